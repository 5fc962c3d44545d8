/**
 * Immutable trees of files: what a container image or a host's installation holds.
 * Built once per process, shared by every file system over it.
 */
import { encodeText, toBytes } from "../bytes.ts";
import type { OpenFile, ProgramReference } from "../types.ts";
import { encodeExecutable } from "./executable.ts";

interface ImageAttributes {
  readonly inode: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modifiedMs: number;
}

/** A directory answers by name, so that /proc can make its entries as they are asked for. */
export interface ImageDirectory extends ImageAttributes {
  readonly kind: "directory";
  lookup(name: string): ImageNode | undefined;
  names(): Iterable<string>;
}

export interface ImageFile extends ImageAttributes {
  readonly kind: "file";
  content(): Uint8Array;
  /** What `stat` says where it is not the content's length. */
  readonly sizeBytes?: number;
  readonly program?: ProgramReference;
  /** Takes writes of a generated file (`/proc/sys/…`). Without it such a file cannot be written. */
  readonly store?: (bytes: Uint8Array) => void;
}

export interface ImageSymlink extends ImageAttributes {
  readonly kind: "symlink";
  readonly target: string;
}

/** A character device, or whatever else `open` stands for (`/proc/PID/fd/1`). */
export interface ImageDevice extends ImageAttributes {
  readonly kind: "device";
  readonly device: string;
  open(environment: DeviceEnvironment): OpenFile;
}

export type ImageNode = ImageDirectory | ImageFile | ImageSymlink | ImageDevice;

/** What devices need of the machine. */
export interface DeviceEnvironment {
  randomBytes(length: number): Uint8Array;
}

export interface FsImage {
  readonly root: ImageDirectory;
  /** The highest inode number in use. */
  readonly lastInode: number;
}

/** Owner and mode; `root` and 0755 for directories and executables, 0644 for files. */
export interface EntryOptions {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly modifiedMs?: number;
}

class StaticDirectory implements ImageDirectory {
  readonly kind = "directory";
  readonly inode: number;
  mode: number;
  uid: number;
  gid: number;
  modifiedMs: number;
  readonly children = new Map<string, ImageNode>();

  constructor(inode: number, options: EntryOptions, modifiedMs: number) {
    this.inode = inode;
    this.mode = options.mode ?? 0o755;
    this.uid = options.uid ?? 0;
    this.gid = options.gid ?? 0;
    this.modifiedMs = options.modifiedMs ?? modifiedMs;
  }

  lookup(name: string): ImageNode | undefined {
    return this.children.get(name);
  }

  names(): Iterable<string> {
    return this.children.keys();
  }
}

export type FileContent = string | Uint8Array | (() => string | Uint8Array);

/** When nothing else is said, files of an image bear this time: 2024-05-01 00:00:00 UTC. */
export const DEFAULT_IMAGE_TIME_MS = 1_714_521_600_000;

/**
 * Builds an image. Parent directories are made as needed (root, 0755). A later entry
 * replaces an earlier one of the same path. Paths are absolute and plain.
 */
export class FsImageBuilder {
  readonly #modifiedMs: number;
  readonly #root: StaticDirectory;
  #lastInode = 1;

  /** `modifiedMs`: the default time of the entries. `base`: an image to start from. */
  constructor(options: { readonly modifiedMs?: number; readonly base?: FsImage } = {}) {
    this.#modifiedMs = options.modifiedMs ?? DEFAULT_IMAGE_TIME_MS;
    this.#lastInode = options.base?.lastInode ?? 1;
    this.#root = options.base ? this.#copyDirectory(options.base.root) : new StaticDirectory(1, {}, this.#modifiedMs);
  }

  directory(path: string, options: EntryOptions = {}): this {
    const names = split(path);
    const directory = this.#descend(names);
    if (options.mode !== undefined) directory.mode = options.mode;
    if (options.uid !== undefined) directory.uid = options.uid;
    if (options.gid !== undefined) directory.gid = options.gid;
    if (options.modifiedMs !== undefined) directory.modifiedMs = options.modifiedMs;
    return this;
  }

  /** A lazy content is made on first use, once per process. */
  file(path: string, content: FileContent, options: EntryOptions & { readonly sizeBytes?: number } = {}): this {
    const node: ImageFile = {
      kind: "file",
      ...this.#attributes(options, 0o644),
      content: once(content),
      ...(options.sizeBytes === undefined ? {} : { sizeBytes: options.sizeBytes }),
    };
    return this.#put(path, node);
  }

  /** A script, mode 0755. */
  script(path: string, content: FileContent, options: EntryOptions = {}): this {
    return this.file(path, content, { mode: 0o755, ...options });
  }

  /** An executable that runs a program of the registry. `sizeBytes` is what `ls -l` shows. */
  executable(
    path: string,
    program: ProgramReference | string,
    options: EntryOptions & { readonly sizeBytes?: number } = {},
  ): this {
    const reference: ProgramReference = typeof program === "string" ? { name: program } : program;
    const node: ImageFile = {
      kind: "file",
      ...this.#attributes(options, 0o755),
      content: once(() => encodeExecutable(reference)),
      sizeBytes: options.sizeBytes ?? 35_416,
      program: reference,
    };
    return this.#put(path, node);
  }

  symlink(path: string, target: string, options: EntryOptions = {}): this {
    return this.#put(path, { kind: "symlink", ...this.#attributes(options, 0o777), target });
  }

  /** A hard link: a second name of an entry that exists already (busybox's applets). */
  link(path: string, existing: string): this {
    const node = this.#find(existing);
    if (!node || node.kind === "directory") throw new Error(`FsImageBuilder: no file ${existing} to link`);
    return this.#put(path, node);
  }

  device(path: string, device: string, open: ImageDevice["open"], options: EntryOptions = {}): this {
    return this.#put(path, { kind: "device", ...this.#attributes(options, 0o666), device, open });
  }

  /** Puts an entry made elsewhere, such as a generated directory. */
  node(path: string, node: ImageNode): this {
    return this.#put(path, node);
  }

  remove(path: string): this {
    const names = split(path);
    const name = names.pop();
    if (name !== undefined) this.#descend(names).children.delete(name);
    return this;
  }

  build(): FsImage {
    return { root: this.#root, lastInode: this.#lastInode };
  }

  #attributes(options: EntryOptions, mode: number): ImageAttributes {
    return {
      inode: ++this.#lastInode,
      mode: options.mode ?? mode,
      uid: options.uid ?? 0,
      gid: options.gid ?? 0,
      modifiedMs: options.modifiedMs ?? this.#modifiedMs,
    };
  }

  #put(path: string, node: ImageNode): this {
    const names = split(path);
    const name = names.pop();
    if (name === undefined) throw new Error("FsImageBuilder: the root cannot be replaced");
    this.#descend(names).children.set(name, node);
    return this;
  }

  #find(path: string): ImageNode | undefined {
    let node: ImageNode | undefined = this.#root;
    for (const name of split(path)) node = node?.kind === "directory" ? node.lookup(name) : undefined;
    return node;
  }

  #descend(names: readonly string[]): StaticDirectory {
    let directory = this.#root;
    for (const name of names) {
      const child = directory.children.get(name);
      if (child instanceof StaticDirectory) directory = child;
      else if (child === undefined) {
        const made = new StaticDirectory(++this.#lastInode, {}, this.#modifiedMs);
        directory.children.set(name, made);
        directory = made;
      } else throw new Error(`FsImageBuilder: ${name} of /${names.join("/")} is no directory`);
    }
    return directory;
  }

  /** Directories are copied so that additions do not show in the base; files are shared. */
  #copyDirectory(source: ImageDirectory): StaticDirectory {
    const copy = new StaticDirectory(source.inode, source, source.modifiedMs);
    for (const name of source.names()) {
      const child = source.lookup(name);
      if (child) copy.children.set(name, child instanceof StaticDirectory ? this.#copyDirectory(child) : child);
    }
    return copy;
  }
}

/** The image without any file. */
export const EMPTY_IMAGE: FsImage = new FsImageBuilder().build();

function once(content: FileContent): () => Uint8Array {
  let bytes: Uint8Array | undefined;
  return () => {
    bytes ??= toBytes(typeof content === "function" ? content() : content);
    return bytes;
  };
}

function split(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

/** A file whose text is made anew for each reader. */
export function generatedFile(
  inode: number,
  content: () => string,
  options: EntryOptions & { readonly store?: (bytes: Uint8Array) => void } = {},
): ImageFile {
  return {
    kind: "file",
    inode,
    mode: options.mode ?? 0o444,
    uid: options.uid ?? 0,
    gid: options.gid ?? 0,
    modifiedMs: options.modifiedMs ?? DEFAULT_IMAGE_TIME_MS,
    sizeBytes: 0,
    content: () => encodeText(content()),
    ...(options.store ? { store: options.store } : {}),
  };
}

/** A directory whose entries are made as they are asked for. */
export function generatedDirectory(
  inode: number,
  names: () => Iterable<string>,
  lookup: (name: string) => ImageNode | undefined,
  options: EntryOptions = {},
): ImageDirectory {
  return {
    kind: "directory",
    inode,
    mode: options.mode ?? 0o555,
    uid: options.uid ?? 0,
    gid: options.gid ?? 0,
    modifiedMs: options.modifiedMs ?? DEFAULT_IMAGE_TIME_MS,
    names,
    lookup,
  };
}
