/** Where one file system is seen within another. */
import type { MemoryFileSystem } from "./file-system.ts";
import type { Inode, InodeStore } from "./inode.ts";
import type { MountPoint } from "./walk.ts";

export interface MountOptions {
  readonly isReadOnly?: boolean;
  readonly source?: string;
  /** Default: tmpfs. */
  readonly type?: string;
}

export class Mount implements MountPoint {
  readonly path: string;
  readonly isReadOnly: boolean;
  readonly source: string;
  readonly type: string;
  /** The file system that it is mounted on. */
  readonly #owner: MemoryFileSystem;
  /** What is mounted; a function makes it when a path first leads there. */
  #inner: MemoryFileSystem | (() => MemoryFileSystem);

  constructor(
    path: string,
    owner: MemoryFileSystem,
    inner: MemoryFileSystem | (() => MemoryFileSystem),
    options: MountOptions,
  ) {
    this.path = path;
    this.#owner = owner;
    this.#inner = inner;
    this.isReadOnly = options.isReadOnly ?? false;
    const device = typeof inner === "function" ? (options.type ?? "none") : inner.store.device;
    this.source = options.source ?? device;
    this.type = options.type ?? "tmpfs";
    if (typeof inner !== "function") owner.lendEnvironment(inner);
  }

  root(): Inode {
    return this.#fileSystem().root;
  }

  get store(): InodeStore {
    return this.#fileSystem().store;
  }

  get storePath(): string {
    return this.#fileSystem().storePath;
  }

  #fileSystem(): MemoryFileSystem {
    if (typeof this.#inner === "function") {
      this.#inner = this.#inner();
      this.#owner.lendEnvironment(this.#inner);
    }
    return this.#inner;
  }
}
