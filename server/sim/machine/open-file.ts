/** Open files that belong to no file system: what a caller reads into memory or is fed from it. */
import { concatBytes, decodeText, NO_BYTES, toBytes } from "./bytes.ts";
import { Errno } from "./errno.ts";
import type { Interruption, OpenFile } from "./types.ts";

const DONE: Promise<void> = Promise.resolve();

/** What open files without state of their own share. */
export abstract class BaseFile implements OpenFile {
  abstract readonly kind: OpenFile["kind"];
  #references = 1;

  read(_maxBytes?: number, _interruption?: Interruption): Promise<Uint8Array> {
    return Promise.reject(new Errno("EBADF"));
  }

  write(_bytes: Uint8Array, _interruption?: Interruption): Promise<void> {
    return Promise.reject(new Errno("EBADF"));
  }

  retain(): this {
    this.#references++;
    return this;
  }

  release(): void {
    if (--this.#references === 0) this.closed();
  }

  /** The last reference is gone. */
  protected closed(): void {}
}

/** `/dev/null`. */
export class NullFile extends BaseFile {
  readonly kind = "null";
  readonly path = "/dev/null";

  override read(): Promise<Uint8Array> {
    return Promise.resolve(NO_BYTES);
  }

  override write(): Promise<void> {
    return DONE;
  }
}

export function openNull(): OpenFile {
  return new NullFile();
}

class InputFile extends BaseFile {
  readonly kind = "pipe";
  #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    super();
    this.#rest = bytes;
  }

  override read(maxBytes = this.#rest.length): Promise<Uint8Array> {
    return Promise.resolve(this.#take(Math.min(maxBytes, this.#rest.length)));
  }

  readThrough(delimiter: number, maxBytes: number): Promise<Uint8Array> {
    const index = this.#rest.indexOf(delimiter);
    return Promise.resolve(this.#take(Math.min(maxBytes, index < 0 ? this.#rest.length : index + 1)));
  }

  #take(size: number): Uint8Array {
    const taken = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    return taken;
  }
}

/** A file to read `data` from, once: the standard input of a command, a here-document. */
export function openInput(data: string | Uint8Array): OpenFile {
  return new InputFile(toBytes(data));
}

/** A file whose bytes are kept (up to `maxBytes`; the rest is dropped): captured output. */
export interface CollectedOutput extends OpenFile {
  bytes(): Uint8Array;
  text(): string;
}

class CollectingFile extends BaseFile implements CollectedOutput {
  readonly kind = "pipe";
  #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    super();
    this.#maxBytes = maxBytes;
  }

  override write(bytes: Uint8Array): Promise<void> {
    const room = this.#maxBytes - this.#sizeBytes;
    if (room > 0) {
      this.#chunks.push(bytes.subarray(0, room));
      this.#sizeBytes += Math.min(room, bytes.length);
    }
    return DONE;
  }

  bytes(): Uint8Array {
    const all = concatBytes(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  text(): string {
    return decodeText(this.bytes());
  }
}

export function collectOutput(maxBytes = 64 * 1024 * 1024): CollectedOutput {
  return new CollectingFile(maxBytes);
}

class SinkFile extends BaseFile {
  readonly kind = "pipe";
  readonly #sink: (bytes: Uint8Array) => void | Promise<void>;

  constructor(sink: (bytes: Uint8Array) => void | Promise<void>) {
    super();
    this.#sink = sink;
  }

  override write(bytes: Uint8Array): Promise<void> {
    return Promise.resolve(this.#sink(bytes));
  }
}

/** A file whose writes go to `sink`; a writer waits for the promise it returns. */
export function openSink(sink: (bytes: Uint8Array) => void | Promise<void>): OpenFile {
  return new SinkFile(sink);
}
