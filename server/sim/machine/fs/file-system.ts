/**
 * An in-memory Linux file system: copy-on-write over an immutable image, with
 * permissions, links, mounts and devices. One that nothing was written to holds a few
 * hundred bytes. Left out: ACLs, extended attributes, capabilities, O_DIRECT and locks.
 */
import { decodeText, toBytes } from "../bytes.ts";
import { Errno } from "../errno.ts";
import { DEFAULT_LIMITS, INODE_BYTES } from "../limits.ts";
import { Fifo } from "../pipe.ts";
import type { Cancel, Credentials, FileStat, FileSystem, OpenFile, WriteOptions } from "../types.ts";
import { FileHandle } from "./file-handle.ts";
import { EMPTY_IMAGE, type FsImage } from "./image.ts";
import {
  childNames,
  contentOf,
  type FsEnvironment,
  Inode,
  InodeStore,
  isBelow,
  replaceContent,
  statOf,
  targetOf,
  touch,
  writeAt,
} from "./inode.ts";
import { Mount, type MountOptions } from "./mount.ts";
import { type Frame, materialize, mayAccess, walk, type Walk } from "./walk.ts";
import { type FsSnapshot, restoreStore, snapshotStore } from "./snapshot.ts";

export interface FileSystemOptions {
  /** Default: an empty root directory. */
  readonly image?: FsImage;
  readonly quotaBytes?: number;
  /** As `df` and `mount` name it. */
  readonly device?: string;
  /** Clock of the file times; `bind` (which a machine calls) sets it as well. */
  readonly now?: () => number;
}

export function createFileSystem(options: FileSystemOptions = {}): MemoryFileSystem {
  const store = new InodeStore(
    options.image ?? EMPTY_IMAGE,
    options.device ?? "overlay",
    options.quotaBytes ?? DEFAULT_LIMITS.maxFileSystemBytes,
  );
  const fs = new MemoryFileSystem(store);
  if (options.now) store.clock = { now: options.now };
  return fs;
}

export class MemoryFileSystem implements FileSystem {
  /** For those who mount it; several file systems may show parts of one store. */
  readonly store: InodeStore;
  /** Where the root lies within `store`. */
  readonly storePath: string;
  readonly #subtree: Inode | null;
  #mounts: Map<string, Mount> | null = null;
  #environment: FsEnvironment | null = null;

  /** `subtree` and `storePath`: a directory or file of `store` seen as a file system of its own. */
  constructor(store: InodeStore, subtree: Inode | null = null, storePath = "/") {
    this.store = store;
    this.storePath = storePath;
    this.#subtree = subtree;
  }

  get root(): Inode {
    return this.#subtree ?? this.store.root;
  }

  /** Gives clock, chance and quota of the machine; file systems mounted later get them too. */
  bind(environment: FsEnvironment): void {
    this.#environment = environment;
    this.store.clock = environment.clock;
    this.store.random = environment.random;
    if (environment.quotaBytes !== undefined) this.store.quotaBytes = environment.quotaBytes;
  }

  /** Gives `inner` what this one was given, unless it has been given something. */
  lendEnvironment(inner: MemoryFileSystem): void {
    if (this.#environment && !inner.#environment) inner.bind(this.#environment);
  }

  /** Bytes that count against the quota, and the quota. */
  get usage(): { readonly usedBytes: number; readonly quotaBytes: number } {
    return { usedBytes: this.store.usedBytes, quotaBytes: this.store.quotaBytes };
  }

  /**
   * A directory or file seen as a file system of its own, for bind mounts (hostPath, subPath).
   * Changes on either side are the same changes. Throws ENOENT.
   */
  subtree(path: string): MemoryFileSystem {
    const frames = this.#existing(path, true).frames;
    const inode = materialize(frames);
    const { store, storePath } = last(frames);
    return new MemoryFileSystem(store, inode, storePath);
  }

  /** What differs from the image, as JSON data. Mounted file systems are not part of it. */
  snapshot(): FsSnapshot {
    return snapshotStore(this.store);
  }

  /** Replaces every difference by those of a snapshot of the same image. */
  restore(snapshot: FsSnapshot): void {
    restoreStore(this.store, snapshot);
    this.store.changed("/");
  }

  // ------------------------------------------------------------------ reading

  stat(path: string, as?: Credentials): FileStat {
    const { node, store } = last(this.#existing(path, true, as).frames);
    return statOf(node, store.device);
  }

  lstat(path: string, as?: Credentials): FileStat {
    const { node, store } = last(this.#existing(path, false, as).frames);
    return statOf(node, store.device);
  }

  exists(path: string): boolean {
    try {
      return this.#walk(path, true).missing === null;
    } catch {
      return false;
    }
  }

  readlink(path: string): string {
    const { node } = last(this.#existing(path, false).frames);
    if (node.kind !== "symlink") throw new Errno("EINVAL", path);
    return targetOf(node);
  }

  realpath(path: string): string {
    return last(this.#existing(path, true).frames).path;
  }

  readdir(path: string, as?: Credentials): readonly string[] {
    const frame = last(this.#existing(path, true, as).frames);
    if (frame.node.kind !== "directory") throw new Errno("ENOTDIR", path);
    if (as && !mayAccess(frame.node, 4, as)) throw new Errno("EACCES", path);
    const names = childNames(frame.node);
    if (!this.#mounts) return names.sort();
    const all = new Set(names);
    const prefix = frame.path === "/" ? "/" : `${frame.path}/`;
    for (const mountPath of this.#mounts.keys()) {
      const rest = mountPath.startsWith(prefix) ? mountPath.slice(prefix.length) : "";
      if (rest !== "" && !rest.includes("/")) all.add(rest);
    }
    return [...all].sort();
  }

  readFile(path: string, as?: Credentials): Uint8Array {
    const { node } = last(this.#existing(path, true, as).frames);
    if (node.kind === "directory") throw new Errno("EISDIR", path);
    if (as && !mayAccess(node, 4, as)) throw new Errno("EACCES", path);
    if (node.kind === "file") {
      const content = contentOf(node);
      return node instanceof Inode && node.buffer ? content.slice() : content;
    }
    if (node.kind === "device" && deviceName(node) === "null") return new Uint8Array(0);
    throw new Errno("EINVAL", path);
  }

  readText(path: string, as?: Credentials): string {
    return decodeText(this.readFile(path, as));
  }

  access(path: string, mode: number, as: Credentials): boolean {
    try {
      const frame = last(this.#existing(path, true, as).frames);
      if (mode & 2 && frame.isReadOnly && frame.node.kind !== "device") return false;
      return mayAccess(frame.node, mode, as);
    } catch {
      return false;
    }
  }

  // ------------------------------------------------------------------ content

  writeFile(path: string, content: Uint8Array | string, options: WriteOptions = {}): void {
    this.#change(path, content, options, false);
  }

  appendFile(path: string, content: Uint8Array | string, options: WriteOptions = {}): void {
    this.#change(path, content, options, true);
  }

  #change(path: string, content: Uint8Array | string, options: WriteOptions, isAppending: boolean): void {
    const frames = this.#forWriting(path, options, false);
    const frame = last(frames);
    const bytes = toBytes(content);
    if (frame.node.kind === "device") return;
    const inode = materialize(frames);
    if (inode.image?.kind === "file" && inode.image.store) {
      inode.image.store(bytes);
      return;
    }
    if (isAppending) writeAt(frame.store, inode, inode.content().length, bytes);
    else replaceContent(frame.store, inode, bytes, typeof content === "string");
    frame.store.changed(frame.storePath);
  }

  /** The frames of a file that is to be written, made if missing. */
  #forWriting(path: string, options: WriteOptions, isExclusive: boolean): Frame[] {
    const found = this.#walk(path, !isExclusive, options.as);
    if (found.missing !== null) {
      if (found.mustBeDirectory) throw new Errno("EISDIR", path);
      return this.#create(found, path, options);
    }
    if (isExclusive) throw new Errno("EEXIST", path);
    const frame = last(found.frames);
    if (frame.node.kind === "directory") throw new Errno("EISDIR", path);
    if (frame.isReadOnly && frame.node.kind === "file" && !isStored(frame)) throw new Errno("EROFS", path);
    if (options.as && !mayAccess(frame.node, 2, options.as)) throw new Errno("EACCES", path);
    return found.frames;
  }

  #create(found: Walk, path: string, options: WriteOptions): Frame[] {
    const uid = options.as?.uid ?? 0;
    const inode = this.#newEntry(found, path, options.as, (parent) =>
      parent.store.create("file", options.mode ?? 0o644, uid, this.#groupFor(parent, options.as)),
    );
    // A file of its own, empty: no image lies below it.
    inode.buffer = new Uint8Array(0);
    return found.frames;
  }

  /** A set-group-ID directory hands its group to what is made in it. */
  #groupFor(parent: Frame, as: Credentials | undefined): number {
    return parent.node.mode & 0o2000 ? parent.node.gid : (as?.gid ?? 0);
  }

  /** Adds an entry named `found.missing`; its frame is appended to `found.frames`. */
  #newEntry(found: Walk, path: string, as: Credentials | undefined, make: (parent: Frame) => Inode): Inode {
    const parent = last(found.frames);
    if (found.missing === null) throw new Errno("EEXIST", path);
    this.#mayChange(parent, path, as);
    const directory = materialize(found.frames);
    const inode = make(parent);
    directory.children ??= new Map();
    directory.children.set(found.missing, inode);
    touch(parent.store, directory);
    const storePath = join(parent.storePath, found.missing);
    found.frames.push({
      node: inode,
      name: found.missing,
      path: join(parent.path, found.missing),
      store: parent.store,
      storePath,
      isReadOnly: parent.isReadOnly,
      isMountRoot: false,
    });
    parent.store.changed(storePath);
    return inode;
  }

  /** Throws unless entries may be added to or removed from this directory. */
  #mayChange(directory: Frame, path: string, as: Credentials | undefined): void {
    if (as && !mayAccess(directory.node, 3, as)) throw new Errno("EACCES", path);
    if (directory.isReadOnly) throw new Errno("EROFS", path);
  }

  open(path: string, flags: string, options: WriteOptions = {}): OpenFile {
    const isExclusive = flags.includes("x");
    const isPlus = flags.includes("+");
    const isReading = flags.startsWith("r");
    const isWritable = !isReading || isPlus;
    const frames = isReading
      ? this.#existing(path, true, options.as).frames
      : this.#forWriting(path, options, isExclusive);
    const frame = last(frames);
    const { node, store } = frame;
    if (isReading) this.#mayOpen(frame, path, isWritable, options.as);
    if (node.kind === "device") return deviceOf(node).open(store);
    if (node.kind === "fifo" && node instanceof Inode) {
      node.fifo ??= new Fifo();
      return isReading ? node.fifo.openReader(path) : node.fifo.openWriter(path);
    }
    const opened = isWritable ? materialize(frames) : node;
    if (flags.startsWith("w") && opened instanceof Inode && opened.image?.kind !== "directory" && !isStored(frame)) {
      replaceContent(store, opened, new Uint8Array(0), true);
      store.changed(frame.storePath);
    }
    return new FileHandle(opened, frame.path, {
      isReadable: isReading || isPlus,
      isWritable,
      isAppending: flags.startsWith("a"),
      store,
      storePath: frame.storePath,
      closed: () => {},
    });
  }

  #mayOpen(frame: Frame, path: string, isWritable: boolean, as: Credentials | undefined): void {
    if (isWritable && frame.node.kind === "directory") throw new Errno("EISDIR", path);
    if (as && !mayAccess(frame.node, isWritable ? 6 : 4, as)) throw new Errno("EACCES", path);
    if (isWritable && frame.isReadOnly && frame.node.kind === "file") throw new Errno("EROFS", path);
    if (frame.node.kind === "directory") throw new Errno("EISDIR", path);
    if (frame.node.kind === "socket") throw new Errno("ENXIO", path);
  }

  // ------------------------------------------------------------------ entries

  mkdir(
    path: string,
    options: { readonly mode?: number; readonly recursive?: boolean; readonly as?: Credentials } = {},
  ): void {
    if (options.recursive) this.#makeParents(path, options.as);
    const found = this.#walk(path, true, options.as);
    if (found.missing === null) {
      if (options.recursive && last(found.frames).node.kind === "directory") return;
      throw new Errno("EEXIST", path);
    }
    this.#makeDirectory(found, path, options.mode ?? 0o755, options.as);
  }

  #makeDirectory(found: Walk, path: string, mode: number, as: Credentials | undefined): void {
    this.#newEntry(found, path, as, (parent) =>
      parent.store.create("directory", mode | (parent.node.mode & 0o2000), as?.uid ?? 0, this.#groupFor(parent, as)),
    );
  }

  #makeParents(path: string, as: Credentials | undefined): void {
    const parts = path.split("/").filter((part) => part !== "");
    for (let i = 1; i < parts.length; i++) {
      const parent = `/${parts.slice(0, i).join("/")}`;
      const found = this.#walk(parent, true, as);
      if (found.missing !== null) this.#makeDirectory(found, parent, 0o755, as);
      else if (last(found.frames).node.kind !== "directory") throw new Errno("ENOTDIR", path);
    }
  }

  rmdir(path: string, as?: Credentials): void {
    const { frames } = this.#existing(path, false, as);
    const frame = last(frames);
    if (frame.node.kind !== "directory") throw new Errno("ENOTDIR", path);
    if (frames.length === 1 || frame.isMountRoot || this.#hasMountBelow(frame.path)) throw new Errno("EBUSY", path);
    this.#mayRemove(frames, path, as);
    if (childNames(frame.node).length > 0) throw new Errno("ENOTEMPTY", path);
    this.#remove(frames);
  }

  unlink(path: string, as?: Credentials): void {
    const { frames } = this.#existing(path, false, as);
    const frame = last(frames);
    if (frame.node.kind === "directory") throw new Errno("EISDIR", path);
    if (frame.isMountRoot) throw new Errno("EBUSY", path);
    this.#mayRemove(frames, path, as);
    this.#remove(frames);
  }

  removeTree(path: string, as?: Credentials): void {
    const found = this.#walk(path, false, as);
    if (found.missing !== null) return;
    const { frames } = found;
    const frame = last(frames);
    if (frames.length === 1 || frame.isMountRoot || this.#hasMountBelow(frame.path)) throw new Errno("EBUSY", path);
    if (as && frame.node.kind === "directory") {
      for (const name of childNames(frame.node)) this.removeTree(join(frame.path, name), as);
    }
    this.#mayRemove(frames, path, as);
    this.#remove(frames);
  }

  #remove(frames: Frame[]): void {
    const { node, store } = last(frames);
    this.#detach(frames);
    if (node instanceof Inode) releaseTree(store, node);
  }

  /** The last frame's entry leaves its directory. */
  #detach(frames: Frame[]): void {
    const frame = frames.pop() as Frame;
    const directory = materialize(frames);
    const { store } = frame;
    const isInImage = directory.image?.kind === "directory" && directory.image.lookup(frame.name) !== undefined;
    directory.children ??= new Map();
    if (isInImage) directory.children.set(frame.name, null);
    else directory.children.delete(frame.name);
    touch(store, directory);
    store.changed(frame.storePath);
  }

  #mayRemove(frames: readonly Frame[], path: string, as: Credentials | undefined): void {
    const parent = frames[frames.length - 2];
    const { node } = last(frames);
    if (!parent) throw new Errno("EBUSY", path);
    this.#mayChange(parent, path, as);
    const isSticky = (parent.node.mode & 0o1000) !== 0;
    if (as && as.uid !== 0 && isSticky && node.uid !== as.uid && parent.node.uid !== as.uid) {
      throw new Errno("EPERM", path);
    }
  }

  #hasMountBelow(path: string): boolean {
    if (!this.#mounts) return false;
    for (const mount of this.#mounts.keys()) if (isBelow(mount, path)) return true;
    return false;
  }

  rename(from: string, to: string, as?: Credentials): void {
    const source = this.#existing(from, false, as).frames;
    const moved = last(source);
    const target = this.#walk(to, false, as);
    const parent = target.missing === null ? target.frames[target.frames.length - 2] : last(target.frames);
    if (!parent || source.length === 1 || moved.isMountRoot) throw new Errno("EBUSY", from);
    if (parent.store !== moved.store) throw new Errno("EXDEV", from);
    if (moved.node.kind === "directory" && isBelow(parent.path, moved.path)) throw new Errno("EINVAL", from);
    this.#mayRemove(source, from, as);
    this.#mayChange(parent, to, as);
    if (target.missing === null && !this.#clearTarget(moved, target.frames, to, as)) return;
    if (target.missing !== null && target.mustBeDirectory && moved.node.kind !== "directory") {
      throw new Errno("ENOTDIR", to);
    }
    const inode = materialize(source);
    this.#detach(source);
    const name = target.missing ?? last(target.frames).name;
    // The way to the target may have been copied up by the removal; walk it again.
    const parentFrames = this.#existing(parent.path, true).frames;
    const directory = materialize(parentFrames);
    directory.children ??= new Map();
    directory.children.set(name, inode);
    touch(parent.store, directory);
    parent.store.changed(join(parent.storePath, name));
  }

  /** Removes what `rename` replaces. False when both names are one file, and nothing is to be done. */
  #clearTarget(moved: Frame, target: Frame[], to: string, as: Credentials | undefined): boolean {
    const replaced = last(target);
    if (replaced.node === moved.node) return false;
    if (replaced.isMountRoot) throw new Errno("EBUSY", to);
    if (replaced.node.kind === "directory") {
      if (moved.node.kind !== "directory") throw new Errno("EISDIR", to);
      if (childNames(replaced.node).length > 0) throw new Errno("ENOTEMPTY", to);
    } else if (moved.node.kind === "directory") throw new Errno("ENOTDIR", to);
    this.#mayRemove(target, to, as);
    this.#remove([...target]);
    return true;
  }

  symlink(target: string, path: string, as?: Credentials): void {
    const found = this.#walk(path, false, as);
    const inode = this.#newEntry(found, path, as, (parent) =>
      parent.store.create("symlink", 0o777, as?.uid ?? 0, this.#groupFor(parent, as)),
    );
    inode.target = target;
  }

  link(existing: string, path: string, as?: Credentials): void {
    const source = this.#existing(existing, false, as).frames;
    if (last(source).node.kind === "directory") throw new Errno("EPERM", existing);
    const found = this.#walk(path, false, as);
    if (found.missing === null) throw new Errno("EEXIST", path);
    if (last(found.frames).store !== last(source).store) throw new Errno("EXDEV", path);
    const inode = materialize(source);
    const again = this.#walk(path, false, as);
    this.#newEntry(again, path, as, () => inode);
    inode.links++;
    inode.changedMs = last(source).store.now();
  }

  mkfifo(path: string, mode: number, as?: Credentials): void {
    const found = this.#walk(path, false, as);
    this.#newEntry(found, path, as, (parent) =>
      parent.store.create("fifo", mode, as?.uid ?? 0, this.#groupFor(parent, as)),
    );
  }

  // --------------------------------------------------------------- attributes

  chmod(path: string, mode: number, as?: Credentials): void {
    this.#setAttributes(path, true, as, (inode) => {
      if (as && as.uid !== 0 && inode.uid !== as.uid) throw new Errno("EPERM", path);
      inode.mode = mode & 0o7777;
    });
  }

  chown(path: string, uid: number, gid: number, as?: Credentials): void {
    this.#setAttributes(path, true, as, (inode) => {
      const keepsOwner = uid < 0 || uid === inode.uid;
      const isOwnGroup = gid < 0 || (as && (gid === as.gid || as.groups.includes(gid)) && as.uid === inode.uid);
      if (as && as.uid !== 0 && !(keepsOwner && isOwnGroup)) throw new Errno("EPERM", path);
      if (uid >= 0) inode.uid = uid;
      if (gid >= 0) inode.gid = gid;
    });
  }

  utimes(path: string, accessedMs: number, modifiedMs: number, as?: Credentials): void {
    this.#setAttributes(path, true, as, (inode) => {
      if (as && as.uid !== 0 && inode.uid !== as.uid && !mayAccess(inode, 2, as)) throw new Errno("EACCES", path);
      inode.accessedMs = accessedMs;
      inode.modifiedMs = modifiedMs;
    });
  }

  #setAttributes(path: string, follow: boolean, as: Credentials | undefined, change: (inode: Inode) => void): void {
    const { frames } = this.#existing(path, follow, as);
    const frame = last(frames);
    if (frame.isReadOnly) throw new Errno("EROFS", path);
    const inode = materialize(frames);
    change(inode);
    inode.changedMs = frame.store.now();
    frame.store.changed(frame.storePath);
  }

  // ------------------------------------------------------------------- mounts

  /** `path` need not exist in this file system. `other` may be a single file (`subtree` of one). */
  mount(path: string, other: FileSystem, options: MountOptions = {}): void {
    if (!(other instanceof MemoryFileSystem)) throw new Errno("EINVAL", path);
    const at = this.exists(path) ? this.realpath(path) : normalise(path);
    this.#mounts ??= new Map();
    this.#mounts.set(at, new Mount(at, this, other, options));
  }

  /** Mounts what `make` returns when a path first leads there: /proc costs nothing until it is read. */
  mountLazily(path: string, make: () => MemoryFileSystem, options: MountOptions = {}): void {
    this.#mounts ??= new Map();
    this.#mounts.set(path, new Mount(path, this, make, options));
  }

  unmount(path: string): void {
    const at = normalise(path);
    if (!this.#mounts?.delete(at) && !this.#mounts?.delete(this.realpath(path))) throw new Errno("EINVAL", path);
  }

  mounts(): readonly { path: string; source: string; type: string; isReadOnly: boolean }[] {
    const list = [...(this.#mounts?.values() ?? [])];
    return list.map(({ path, source, type, isReadOnly }) => ({ path, source, type, isReadOnly }));
  }

  watch(path: string, callback: (changedPath: string) => void): Cancel {
    const found = this.#walk(path, true, undefined, true);
    const frame = last(found.frames);
    const rest = found.missing === null ? "" : path.slice(path.indexOf(found.missing, frame.path.length));
    const storePath = rest === "" ? frame.storePath : join(frame.storePath, normalise(rest).slice(1));
    const seenAs = rest === "" ? frame.path : join(frame.path, normalise(rest).slice(1));
    return frame.store.watch(storePath, (changed) => {
      const below = isBelow(changed, storePath) ? changed.slice(storePath === "/" ? 0 : storePath.length) : "";
      callback(seenAs === "/" ? below || "/" : seenAs + (below === "/" ? "" : below));
    });
  }

  // -------------------------------------------------------------------- walks

  #walk(path: string, followLast: boolean, as?: Credentials, isLenient = false): Walk {
    const root: Frame = {
      node: this.root,
      name: "",
      path: "/",
      store: this.store,
      storePath: this.storePath,
      isReadOnly: false,
      isMountRoot: true,
    };
    const mounts = this.#mounts;
    return walk(path, root, (at) => mounts?.get(at), { followLast, as, isLenient });
  }

  #existing(path: string, followLast: boolean, as?: Credentials): Walk {
    const found = this.#walk(path, followLast, as);
    if (found.missing !== null) throw new Errno("ENOENT", path);
    return found;
  }
}

function last(frames: readonly Frame[]): Frame {
  return frames[frames.length - 1] as Frame;
}

function join(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

/** Absolute, without empty parts, `.` and `..`; symbolic links are not looked at. */
export function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function isStored(frame: Frame): boolean {
  const image = frame.node instanceof Inode ? frame.node.image : frame.node;
  return image?.kind === "file" && image.store !== undefined;
}

function deviceName(node: Frame["node"]): string {
  return deviceOf(node).device;
}

function deviceOf(node: Frame["node"]): { device: string; open(environment: InodeStore): OpenFile } {
  const image = node instanceof Inode ? node.image : node;
  if (image?.kind !== "device") throw new Errno("ENXIO");
  return image;
}

function releaseTree(store: InodeStore, inode: Inode): void {
  if (inode.kind === "directory" && inode.children) {
    for (const child of inode.children.values()) if (child) releaseTree(store, child);
  }
  if (inode.image && inode.buffer === null) {
    inode.links--;
    return;
  }
  // An inode over the image was not charged for itself, only for its bytes.
  if (inode.image) store.usedBytes += INODE_BYTES;
  store.unlinked(inode);
}
