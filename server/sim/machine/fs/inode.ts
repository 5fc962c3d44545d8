/** The mutable side of a file system: an inode exists only where something differs from the image. */
import { NO_BYTES } from "../bytes.ts";
import { Errno } from "../errno.ts";
import { INODE_BYTES } from "../limits.ts";
import type { Fifo } from "../pipe.ts";
import type { Clock, FileKind, FileStat, Random } from "../types.ts";
import { decodeExecutable } from "./executable.ts";
import type { FsImage, ImageNode } from "./image.ts";

export type Node = Inode | ImageNode;

export class Inode {
  readonly kind: FileKind;
  readonly number: number;
  mode: number;
  uid: number;
  gid: number;
  modifiedMs: number;
  changedMs: number;
  accessedMs: number;
  links = 1;
  /** What this inode covers: unchanged children, content and device come from there. */
  image: ImageNode | null = null;
  /** Differences from the image's directory; null hides an entry. */
  children: Map<string, Inode | null> | null = null;
  /** Null: the image's content. May be longer than the file, to grow in. */
  buffer: Uint8Array | null = null;
  sizeBytes = 0;
  target = "";
  fifo: Fifo | null = null;

  constructor(kind: FileKind, number: number, mode: number, uid: number, gid: number, nowMs: number) {
    this.kind = kind;
    this.number = number;
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
    this.modifiedMs = nowMs;
    this.changedMs = nowMs;
    this.accessedMs = nowMs;
  }

  static over(image: ImageNode): Inode {
    const inode = new Inode(image.kind, image.inode, image.mode, image.uid, image.gid, image.modifiedMs);
    inode.image = image;
    if (image.kind === "symlink") inode.target = image.target;
    return inode;
  }

  /** The content as it is now; valid until the next change. */
  content(): Uint8Array {
    if (this.buffer) return this.buffer.subarray(0, this.sizeBytes);
    return this.image?.kind === "file" ? this.image.content() : NO_BYTES;
  }
}

/** What a file system takes from the machine that uses it. */
export interface FsEnvironment {
  readonly clock: Pick<Clock, "now">;
  readonly random: Pick<Random, "bytes">;
  readonly quotaBytes?: number;
}

/** The inodes of one file system, their quota and their watchers. Several mounts may share one store. */
export class InodeStore {
  readonly image: FsImage;
  readonly device: string;
  root: Inode;
  quotaBytes: number;
  usedBytes = 0;
  /** Null: times are those of the image. */
  clock: FsEnvironment["clock"] | null = null;
  /** Null: zeros. */
  random: FsEnvironment["random"] | null = null;
  #nextInode: number;
  #watchers: Set<{ readonly path: string; notify(changed: string): void }> | null = null;

  constructor(image: FsImage, device: string, quotaBytes: number) {
    this.image = image;
    this.device = device;
    this.quotaBytes = quotaBytes;
    this.root = Inode.over(image.root);
    this.#nextInode = image.lastInode + 1;
  }

  now(): number {
    return this.clock ? this.clock.now() : this.image.root.modifiedMs;
  }

  randomBytes(length: number): Uint8Array {
    return this.random ? this.random.bytes(length) : new Uint8Array(length);
  }

  get nextInode(): number {
    return this.#nextInode;
  }

  set nextInode(number: number) {
    this.#nextInode = number;
  }

  create(kind: FileKind, mode: number, uid: number, gid: number): Inode {
    this.charge(INODE_BYTES);
    return new Inode(kind, this.#nextInode++, mode, uid, gid, this.now());
  }

  /** Counts bytes against the quota. Throws ENOSPC. */
  charge(bytes: number): void {
    if (bytes > 0 && this.usedBytes + bytes > this.quotaBytes) throw new Errno("ENOSPC");
    this.usedBytes += bytes;
  }

  /** A name is gone; with the last one its bytes are free again. */
  unlinked(inode: Inode): void {
    inode.links--;
    inode.changedMs = this.now();
    if (inode.links > 0) return;
    this.usedBytes -= INODE_BYTES + (inode.buffer ? inode.sizeBytes : 0);
    if (this.usedBytes < 0) this.usedBytes = 0;
  }

  watch(path: string, notify: (changed: string) => void): () => void {
    this.#watchers ??= new Set();
    const watcher = { path, notify };
    this.#watchers.add(watcher);
    return () => {
      this.#watchers?.delete(watcher);
    };
  }

  /** Tells watchers, after the running task, that `path` of this store has changed. */
  changed(path: string): void {
    if (!this.#watchers || this.#watchers.size === 0) return;
    for (const watcher of this.#watchers) {
      if (!isBelow(path, watcher.path) && !isBelow(watcher.path, path)) continue;
      queueMicrotask(() => {
        if (this.#watchers?.has(watcher)) watcher.notify(path);
      });
    }
  }
}

/** Whether `path` is `ancestor` or lies below it. */
export function isBelow(path: string, ancestor: string): boolean {
  return ancestor === "/" || path === ancestor || path.startsWith(`${ancestor}/`);
}

export function childOf(node: Node, name: string): Node | undefined {
  if (!(node instanceof Inode)) return node.kind === "directory" ? node.lookup(name) : undefined;
  const own = node.children?.get(name);
  if (own !== undefined) return own ?? undefined;
  return node.image?.kind === "directory" ? node.image.lookup(name) : undefined;
}

/** Unsorted. */
export function childNames(node: Node): string[] {
  const image = node instanceof Inode ? node.image : node;
  const names = image?.kind === "directory" ? [...image.names()] : [];
  if (!(node instanceof Inode) || !node.children || node.children.size === 0) return names;
  const merged = new Set(names);
  for (const [name, child] of node.children) {
    if (child) merged.add(name);
    else merged.delete(name);
  }
  return [...merged];
}

export function contentOf(node: Node): Uint8Array {
  if (node instanceof Inode) return node.content();
  return node.kind === "file" ? node.content() : NO_BYTES;
}

export function targetOf(node: Node): string {
  if (node instanceof Inode) return node.target;
  return node.kind === "symlink" ? node.target : "";
}

/** Changes the content to `sizeBytes`, filling with zeros. */
export function resize(store: InodeStore, inode: Inode, sizeBytes: number): void {
  const before = inode.content();
  const wasOwn = inode.buffer !== null;
  store.charge(sizeBytes - (wasOwn ? inode.sizeBytes : 0));
  if (!inode.buffer || inode.buffer.length < sizeBytes) {
    // Room to grow, so that a log written line by line is copied only now and then.
    const capacity = wasOwn && sizeBytes > inode.sizeBytes ? Math.max(sizeBytes, inode.sizeBytes * 2, 256) : sizeBytes;
    const buffer = new Uint8Array(capacity);
    buffer.set(before.subarray(0, sizeBytes));
    inode.buffer = buffer;
  } else if (sizeBytes < inode.sizeBytes) inode.buffer.fill(0, sizeBytes, inode.sizeBytes);
  inode.sizeBytes = sizeBytes;
}

/** Writes `bytes` at `offset`, growing the file as needed. */
export function writeAt(store: InodeStore, inode: Inode, offset: number, bytes: Uint8Array): void {
  const size = inode.buffer ? inode.sizeBytes : inode.content().length;
  if (!inode.buffer || offset + bytes.length > size) resize(store, inode, Math.max(size, offset + bytes.length));
  inode.buffer?.set(bytes, offset);
  touch(store, inode);
}

/** Replaces the whole content. The bytes are kept, not copied, when `isOwned`. */
export function replaceContent(store: InodeStore, inode: Inode, bytes: Uint8Array, isOwned: boolean): void {
  store.charge(bytes.length - (inode.buffer ? inode.sizeBytes : 0));
  inode.buffer = isOwned ? bytes : bytes.slice();
  inode.sizeBytes = bytes.length;
  touch(store, inode);
}

export function touch(store: InodeStore, inode: Inode): void {
  inode.modifiedMs = store.now();
  inode.changedMs = inode.modifiedMs;
}

export function statOf(node: Node, device: string): FileStat {
  if (node instanceof Inode) return statOfInode(node, device);
  const program = node.kind === "file" ? node.program : undefined;
  return {
    kind: node.kind,
    inode: node.inode,
    mode: node.mode,
    uid: node.uid,
    gid: node.gid,
    sizeBytes: imageSize(node),
    modifiedMs: node.modifiedMs,
    changedMs: node.modifiedMs,
    accessedMs: node.modifiedMs,
    links: node.kind === "directory" ? directoryLinks(node) : 1,
    device: node.kind === "device" ? node.device : device,
    ...(program ? { program } : {}),
  };
}

function statOfInode(inode: Inode, device: string): FileStat {
  const { image } = inode;
  const isUnchanged = inode.buffer === null && image?.kind === "file";
  const program = isUnchanged ? image.program : inode.buffer ? decodeExecutable(inode.content()) : undefined;
  return {
    kind: inode.kind,
    inode: inode.number,
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    sizeBytes: inodeSize(inode),
    modifiedMs: inode.modifiedMs,
    changedMs: inode.changedMs,
    accessedMs: inode.accessedMs,
    links: inode.kind === "directory" ? directoryLinks(inode) : inode.links,
    device: image?.kind === "device" ? image.device : device,
    ...(program ? { program } : {}),
  };
}

function imageSize(node: ImageNode): number {
  switch (node.kind) {
    case "file":
      return node.sizeBytes ?? node.content().length;
    case "symlink":
      return node.target.length;
    case "directory":
      return 4096;
    case "device":
      return 0;
  }
}

function inodeSize(inode: Inode): number {
  if (inode.kind === "directory") return 4096;
  if (inode.kind === "symlink") return inode.target.length;
  if (inode.kind !== "file") return 0;
  return inode.buffer === null && inode.image ? imageSize(inode.image) : inode.sizeBytes;
}

/** Two, and one for the `..` of each directory within. */
function directoryLinks(node: Node): number {
  let links = 2;
  for (const name of childNames(node)) if (childOf(node, name)?.kind === "directory") links++;
  return links;
}
