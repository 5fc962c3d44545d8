/** Pipes: a bounded queue of bytes between open files. Source: pipe(7). */
import { ByteQueue } from "./byte-queue.ts";
import { NO_BYTES } from "./bytes.ts";
import { Errno } from "./errno.ts";
import { WaitQueue } from "./interruption.ts";
import { PIPE_BYTES } from "./limits.ts";
import type { FileStat, Interruption, OpenFile } from "./types.ts";

const DONE: Promise<void> = Promise.resolve();
const END_OF_FILE: Promise<Uint8Array> = Promise.resolve(NO_BYTES);

/** The queue itself. It ends when `closeWriting` was called and breaks when `closeReading` was. */
export class PipeBuffer {
  readonly #capacityBytes: number;
  readonly #queue = new ByteQueue();
  #readers: WaitQueue | null = null;
  #writers: WaitQueue | null = null;
  #isWritingClosed = false;
  #isReadingClosed = false;
  #failure: Errno | null = null;

  constructor(capacityBytes = PIPE_BYTES) {
    this.#capacityBytes = capacityBytes;
  }

  get sizeBytes(): number {
    return this.#queue.sizeBytes;
  }

  get isWritingClosed(): boolean {
    return this.#isWritingClosed;
  }

  get isReadingClosed(): boolean {
    return this.#isReadingClosed;
  }

  read(maxBytes: number, interruption?: Interruption): Promise<Uint8Array> {
    if (this.#queue.sizeBytes > 0) return Promise.resolve(this.#taken(this.#queue.take(maxBytes)));
    if (this.#isWritingClosed && !this.#failure) return END_OF_FILE;
    return this.#readLater(() => this.#queue.take(maxBytes), interruption);
  }

  readThrough(delimiter: number, maxBytes: number, interruption?: Interruption): Promise<Uint8Array> {
    return this.#readLater(() => this.#queue.takeThrough(delimiter, maxBytes), interruption);
  }

  async #readLater(take: () => Uint8Array, interruption?: Interruption): Promise<Uint8Array> {
    while (this.#queue.sizeBytes === 0) {
      if (this.#failure) throw this.#failure;
      if (this.#isWritingClosed || this.#isReadingClosed) return NO_BYTES;
      this.#readers ??= new WaitQueue();
      await this.#readers.wait(interruption);
    }
    return this.#taken(take());
  }

  #taken(bytes: Uint8Array): Uint8Array {
    this.#writers?.wakeAll();
    return bytes;
  }

  write(bytes: Uint8Array, interruption?: Interruption): Promise<void> {
    if (this.#isReadingClosed || this.#isWritingClosed) return Promise.reject(new Errno("EPIPE"));
    if (this.#queue.sizeBytes + bytes.length <= this.#capacityBytes) {
      this.#queue.push(bytes);
      this.#readers?.wakeAll();
      return DONE;
    }
    return this.#writeLater(bytes, interruption);
  }

  async #writeLater(bytes: Uint8Array, interruption?: Interruption): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#isReadingClosed || this.#isWritingClosed) throw this.#failure ?? new Errno("EPIPE");
      const room = this.#capacityBytes - this.#queue.sizeBytes;
      if (room > 0) {
        this.#queue.push(rest.subarray(0, room));
        rest = rest.subarray(room);
        this.#readers?.wakeAll();
      } else {
        this.#writers ??= new WaitQueue();
        await this.#writers.wait(interruption);
      }
    }
  }

  /** Nothing more comes: readers get the rest, then the end of file. */
  closeWriting(): void {
    this.#isWritingClosed = true;
    this.#readers?.wakeAll();
    this.#writers?.wakeAll();
  }

  /** Nobody reads any more: writers get EPIPE. */
  closeReading(): void {
    this.#isReadingClosed = true;
    this.#queue.clear();
    this.#writers?.wakeAll();
    this.#readers?.wakeAll();
  }

  /** Breaks the pipe: pending and later calls fail with `failure` (a connection that was reset). */
  fail(failure: Errno): void {
    this.#failure = failure;
    this.#queue.clear();
    this.#isWritingClosed = true;
    this.#isReadingClosed = true;
    this.#readers?.wakeAll();
    this.#writers?.wakeAll();
  }

  /** A FIFO that is opened anew after its last writer or reader had left. */
  reopen(): void {
    this.#isReadingClosed = false;
    this.#isWritingClosed = false;
  }
}

abstract class PipeEnd implements OpenFile {
  readonly kind = "pipe";
  readonly path?: string;
  protected readonly buffer: PipeBuffer;
  #references = 1;
  readonly #closed: () => void;

  constructor(buffer: PipeBuffer, closed: () => void, path?: string) {
    this.buffer = buffer;
    this.#closed = closed;
    if (path !== undefined) this.path = path;
  }

  abstract read(maxBytes?: number, interruption?: Interruption): Promise<Uint8Array>;
  abstract write(bytes: Uint8Array, interruption?: Interruption): Promise<void>;

  stat(): FileStat {
    return PIPE_STAT;
  }

  retain(): this {
    this.#references++;
    return this;
  }

  release(): void {
    if (--this.#references === 0) this.#closed();
  }
}

const PIPE_STAT: FileStat = {
  kind: "fifo",
  inode: 0,
  mode: 0o600,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
  modifiedMs: 0,
  changedMs: 0,
  accessedMs: 0,
  links: 1,
  device: "pipe",
};

export class PipeReader extends PipeEnd {
  read(maxBytes = PIPE_BYTES, interruption?: Interruption): Promise<Uint8Array> {
    return this.buffer.read(maxBytes, interruption);
  }

  readThrough(delimiter: number, maxBytes: number, interruption?: Interruption): Promise<Uint8Array> {
    return this.buffer.readThrough(delimiter, maxBytes, interruption);
  }

  write(): Promise<void> {
    return Promise.reject(new Errno("EBADF"));
  }
}

export class PipeWriter extends PipeEnd {
  read(): Promise<Uint8Array> {
    return Promise.reject(new Errno("EBADF"));
  }

  write(bytes: Uint8Array, interruption?: Interruption): Promise<void> {
    return this.buffer.write(bytes, interruption);
  }
}

/** pipe(2): each end holds one reference; whoever keeps it calls `release`. */
export function createPipe(capacityBytes = PIPE_BYTES): { readonly reader: OpenFile; readonly writer: OpenFile } {
  const buffer = new PipeBuffer(capacityBytes);
  return {
    reader: new PipeReader(buffer, () => buffer.closeReading()),
    writer: new PipeWriter(buffer, () => buffer.closeWriting()),
  };
}

/** A named pipe: ends are opened and closed many times; a reader waits for the first writer. */
export class Fifo {
  readonly #buffer = new PipeBuffer();
  #readers = 0;
  #writers = 0;

  openReader(path: string): OpenFile {
    if (this.#readers++ === 0 && this.#buffer.isReadingClosed) this.#buffer.reopen();
    return new PipeReader(
      this.#buffer,
      () => {
        if (--this.#readers === 0) this.#buffer.closeReading();
      },
      path,
    );
  }

  openWriter(path: string): OpenFile {
    if (this.#writers++ === 0 && this.#buffer.isWritingClosed) this.#buffer.reopen();
    return new PipeWriter(
      this.#buffer,
      () => {
        if (--this.#writers === 0) this.#buffer.closeWriting();
      },
      path,
    );
  }
}
