/** A file system's differences from its image as JSON data, and back. */
import { decodeStrictly, encodeText, fromBase64, toBase64 } from "../bytes.ts";
import { INODE_BYTES } from "../limits.ts";
import type { FileKind } from "../types.ts";
import type { FsImage, ImageNode } from "./image.ts";
import { Inode, type InodeStore } from "./inode.ts";

/** Short keys: a snapshot is taken after each command. */
export interface InodeSnapshot {
  /** Inode number. A later entry with only this number is a further link to the same file. */
  readonly n: number;
  /** Absent in a further link. */
  readonly k?: FileKind;
  readonly m?: number;
  /** uid and gid. */
  readonly o?: readonly [number, number];
  /** modified, changed and accessed time. */
  readonly t?: readonly [number, number, number];
  /** Number, unique within the image, of the node that this inode covers. */
  readonly i?: number;
  /** Text, or bytes in base64. */
  readonly c?: string;
  readonly b?: string;
  /** Target of a symbolic link. */
  readonly l?: string;
  /** Differing entries; null is one that was removed. */
  readonly e?: Readonly<Record<string, InodeSnapshot | null>>;
}

export interface FsSnapshot {
  readonly nextInode: number;
  readonly root: InodeSnapshot;
}

export function snapshotStore(store: InodeStore): FsSnapshot {
  return { nextInode: store.nextInode, root: snapshotInode(store.root, new Set()) };
}

function snapshotInode(inode: Inode, seen: Set<number>): InodeSnapshot {
  if (inode.kind !== "directory" && inode.links > 1) {
    if (seen.has(inode.number)) return { n: inode.number };
    seen.add(inode.number);
  }
  return {
    n: inode.number,
    k: inode.kind,
    m: inode.mode,
    o: [inode.uid, inode.gid],
    t: [inode.modifiedMs, inode.changedMs, inode.accessedMs],
    ...(inode.image ? { i: inode.image.inode } : {}),
    ...(inode.kind === "symlink" ? { l: inode.target } : {}),
    ...contentSnapshot(inode),
    ...entriesSnapshot(inode, seen),
  };
}

function contentSnapshot(inode: Inode): Pick<InodeSnapshot, "c" | "b"> {
  if (inode.kind !== "file" || !inode.buffer) return {};
  const text = decodeStrictly(inode.content());
  return text === undefined ? { b: toBase64(inode.content()) } : { c: text };
}

function entriesSnapshot(inode: Inode, seen: Set<number>): Pick<InodeSnapshot, "e"> {
  if (!inode.children || inode.children.size === 0) return {};
  const entries: Record<string, InodeSnapshot | null> = {};
  for (const [name, child] of inode.children) entries[name] = child ? snapshotInode(child, seen) : null;
  return { e: entries };
}

export function restoreStore(store: InodeStore, snapshot: FsSnapshot): void {
  const restorer = new Restorer(store);
  store.usedBytes = 0;
  store.nextInode = snapshot.nextInode;
  store.root = restorer.inode(snapshot.root);
}

class Restorer {
  readonly #store: InodeStore;
  readonly #linked = new Map<number, Inode>();
  #imageNodes: Map<number, ImageNode> | null = null;

  constructor(store: InodeStore) {
    this.#store = store;
  }

  inode(snapshot: InodeSnapshot): Inode {
    const known = this.#linked.get(snapshot.n);
    if (known && snapshot.k === undefined) {
      known.links++;
      return known;
    }
    const [uid, gid] = snapshot.o ?? [0, 0];
    const inode = new Inode(snapshot.k ?? "file", snapshot.n, snapshot.m ?? 0o644, uid, gid, 0);
    [inode.modifiedMs, inode.changedMs, inode.accessedMs] = snapshot.t ?? [0, 0, 0];
    if (inode.kind !== "directory") this.#linked.set(snapshot.n, inode);
    inode.target = snapshot.l ?? "";
    if (snapshot.i === undefined) this.#store.usedBytes += INODE_BYTES;
    else inode.image = this.#imageNode(snapshot.i);
    this.#restoreContent(inode, snapshot);
    this.#restoreEntries(inode, snapshot);
    return inode;
  }

  #restoreContent(inode: Inode, snapshot: InodeSnapshot): void {
    if (snapshot.c === undefined && snapshot.b === undefined) return;
    inode.buffer = snapshot.b === undefined ? encodeText(snapshot.c ?? "") : fromBase64(snapshot.b);
    inode.sizeBytes = inode.buffer.length;
    this.#store.usedBytes += inode.sizeBytes;
  }

  #restoreEntries(inode: Inode, snapshot: InodeSnapshot): void {
    if (!snapshot.e) return;
    inode.children = new Map();
    for (const [name, entry] of Object.entries(snapshot.e)) {
      inode.children.set(name, entry ? this.inode(entry) : null);
    }
  }

  #imageNode(key: number): ImageNode | null {
    this.#imageNodes ??= indexOf(this.#store.image);
    return this.#imageNodes.get(key) ?? null;
  }
}

const indexes = new WeakMap<FsImage, Map<number, ImageNode>>();

/** All nodes of an image by inode number; made once an image. */
function indexOf(image: FsImage): Map<number, ImageNode> {
  const known = indexes.get(image);
  if (known) return known;
  const index = new Map<number, ImageNode>();
  const visit = (node: ImageNode): void => {
    if (index.has(node.inode)) return;
    index.set(node.inode, node);
    if (node.kind !== "directory") return;
    for (const name of node.names()) {
      const child = node.lookup(name);
      if (child) visit(child);
    }
  };
  visit(image.root);
  indexes.set(image, index);
  return index;
}
