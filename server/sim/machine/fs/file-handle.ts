/** Open regular files. */
import { Errno } from "../errno.ts";
import { BaseFile } from "../open-file.ts";
import type { FileStat } from "../types.ts";
import { contentOf, Inode, type InodeStore, type Node, replaceContent, resize, statOf, writeAt } from "./inode.ts";

const DONE: Promise<void> = Promise.resolve();
const DEFAULT_READ_BYTES = 65_536;

export interface FileHandleOptions {
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  readonly isAppending: boolean;
  readonly store: InodeStore;
  readonly storePath: string;
  readonly closed: () => void;
}

export class FileHandle extends BaseFile {
  readonly kind = "file";
  readonly path: string;
  readonly #node: Node;
  readonly #options: FileHandleOptions;
  #offset = 0;

  constructor(node: Node, path: string, options: FileHandleOptions) {
    super();
    this.#node = node;
    this.path = path;
    this.#options = options;
  }

  override read(maxBytes = DEFAULT_READ_BYTES): Promise<Uint8Array> {
    if (!this.#options.isReadable) return Promise.reject(new Errno("EBADF", this.path));
    return Promise.resolve(this.#take(maxBytes));
  }

  readThrough(delimiter: number, maxBytes: number): Promise<Uint8Array> {
    if (!this.#options.isReadable) return Promise.reject(new Errno("EBADF", this.path));
    const index = contentOf(this.#node).indexOf(delimiter, this.#offset);
    return Promise.resolve(this.#take(index < 0 ? maxBytes : Math.min(maxBytes, index + 1 - this.#offset)));
  }

  #take(maxBytes: number): Uint8Array {
    const content = contentOf(this.#node);
    const end = Math.min(content.length, this.#offset + maxBytes);
    // A copy where the file may still change, a view of what never does.
    const isMutable = this.#node instanceof Inode && this.#node.buffer !== null;
    const bytes = isMutable ? content.slice(this.#offset, end) : content.subarray(this.#offset, end);
    this.#offset += bytes.length;
    return bytes;
  }

  override write(bytes: Uint8Array): Promise<void> {
    const { isWritable, isAppending, store, storePath } = this.#options;
    const node = this.#node;
    if (!isWritable) return Promise.reject(new Errno("EBADF", this.path));
    try {
      if (node instanceof Inode && node.image?.kind === "file" && node.image.store) node.image.store(bytes);
      else if (node instanceof Inode) {
        const offset = isAppending ? contentOf(node).length : this.#offset;
        writeAt(store, node, offset, bytes);
        this.#offset = offset + bytes.length;
        store.changed(storePath);
      }
      return DONE;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  seek(offset: number, whence: "set" | "current" | "end" = "set"): number {
    const base = whence === "set" ? 0 : whence === "current" ? this.#offset : contentOf(this.#node).length;
    if (base + offset < 0) throw new Errno("EINVAL", this.path);
    this.#offset = base + offset;
    return this.#offset;
  }

  truncate(sizeBytes: number): void {
    const { store, storePath, isWritable } = this.#options;
    if (!isWritable || !(this.#node instanceof Inode)) throw new Errno("EINVAL", this.path);
    if (sizeBytes === 0) replaceContent(store, this.#node, new Uint8Array(0), true);
    else resize(store, this.#node, sizeBytes);
    store.changed(storePath);
  }

  stat(): FileStat {
    return statOf(this.#node, this.#options.store.device);
  }

  protected override closed(): void {
    this.#options.closed();
  }
}
