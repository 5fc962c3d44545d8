/**
 * Path resolution across mounts, symbolic links and `..`. Source: path_resolution(7).
 */
import { Errno } from "../errno.ts";
import { NAME_BYTES, PATH_BYTES, SYMLINK_DEPTH } from "../limits.ts";
import type { Credentials } from "../types.ts";
import { childOf, Inode, type InodeStore, type Node, targetOf } from "./inode.ts";

/** One directory (or, as the last, one file) on the way. */
export interface Frame {
  /** Changes when the node is copied up. */
  node: Node;
  readonly name: string;
  /** As the walker sees it, without symbolic links. */
  readonly path: string;
  readonly store: InodeStore;
  /** The path within `store`. */
  readonly storePath: string;
  readonly isReadOnly: boolean;
  /** The root of a mount; its node is always an inode. */
  readonly isMountRoot: boolean;
}

export interface MountPoint {
  readonly path: string;
  readonly root: () => Inode;
  readonly store: InodeStore;
  readonly storePath: string;
  readonly isReadOnly: boolean;
}

export interface Walk {
  /** From the root to the node found, or to the directory that lacks `missing`. */
  readonly frames: Frame[];
  readonly missing: string | null;
  /** The path ended in a slash, so it must be a directory. */
  readonly mustBeDirectory: boolean;
}

export interface WalkOptions {
  readonly followLast: boolean;
  readonly as?: Credentials | undefined;
  /** A missing directory on the way ends the walk instead of failing. */
  readonly isLenient?: boolean;
}

/** Throws ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG with the path asked for. */
export function walk(
  path: string,
  root: Frame,
  mountAt: (path: string) => MountPoint | undefined,
  options: WalkOptions,
): Walk {
  if (path === "") throw new Errno("ENOENT", path);
  if (path.length > PATH_BYTES) throw new Errno("ENAMETOOLONG", path);
  const frames: Frame[] = [root];
  const pending = path.split("/").reverse();
  const mustBeDirectory = pending[0] === "" || pending[0] === "." || pending[0] === "..";
  let links = 0;
  while (pending.length > 0) {
    const name = pending.pop() as string;
    if (name === "" || name === ".") continue;
    const current = frames[frames.length - 1] as Frame;
    if (current.node.kind !== "directory") throw new Errno("ENOTDIR", path);
    if (options.as && !mayAccess(current.node, 1, options.as)) throw new Errno("EACCES", path);
    if (name === "..") {
      if (frames.length > 1) frames.pop();
      continue;
    }
    if (name.length > NAME_BYTES) throw new Errno("ENAMETOOLONG", path);
    const child = step(current, name, mountAt);
    const isLast = pending.every((rest) => rest === "");
    if (!child) {
      if (isLast || options.isLenient) return { frames, missing: name, mustBeDirectory };
      throw new Errno("ENOENT", path);
    }
    const mustFollow = !isLast || options.followLast || pending.length > 0;
    if (child.node.kind === "symlink" && mustFollow) {
      if (++links > SYMLINK_DEPTH) throw new Errno("ELOOP", path);
      const target = targetOf(child.node);
      if (target.startsWith("/")) frames.length = 1;
      for (const part of target.split("/").reverse()) pending.push(part);
      continue;
    }
    frames.push(child);
  }
  const last = frames[frames.length - 1] as Frame;
  if (mustBeDirectory && last.node.kind !== "directory") throw new Errno("ENOTDIR", path);
  return { frames, missing: null, mustBeDirectory };
}

function step(current: Frame, name: string, mountAt: (path: string) => MountPoint | undefined): Frame | undefined {
  const path = current.path === "/" ? `/${name}` : `${current.path}/${name}`;
  const mount = mountAt(path);
  if (mount) {
    const { store, storePath, isReadOnly } = mount;
    return { node: mount.root(), name, path, store, storePath, isReadOnly, isMountRoot: true };
  }
  const node = childOf(current.node, name);
  if (!node) return undefined;
  const storePath = current.storePath === "/" ? `/${name}` : `${current.storePath}/${name}`;
  return { node, name, path, store: current.store, storePath, isReadOnly: current.isReadOnly, isMountRoot: false };
}

/** The inode of the last frame; it and the directories above it are copied up as needed. */
export function materialize(frames: readonly Frame[]): Inode {
  let start = frames.length - 1;
  while (start > 0 && !((frames[start] as Frame).node instanceof Inode)) start--;
  for (let i = start + 1; i < frames.length; i++) {
    const parent = (frames[i - 1] as Frame).node;
    const frame = frames[i] as Frame;
    if (frame.node instanceof Inode || !(parent instanceof Inode)) continue;
    const inode = Inode.over(frame.node);
    parent.children ??= new Map();
    parent.children.set(frame.name, inode);
    frame.node = inode;
  }
  const last = (frames[frames.length - 1] as Frame).node;
  if (!(last instanceof Inode)) throw new Errno("EROFS");
  return last;
}

/** Whether `as` may read (4), write (2), execute or search (1). Root may all but execute what nobody may. */
export function mayAccess(node: Node, wanted: number, as: Credentials): boolean {
  if (as.uid === 0) return !(wanted & 1) || node.kind === "directory" || (node.mode & 0o111) !== 0;
  const shift = node.uid === as.uid ? 6 : node.gid === as.gid || as.groups.includes(node.gid) ? 3 : 0;
  return ((node.mode >> shift) & wanted) === wanted;
}
