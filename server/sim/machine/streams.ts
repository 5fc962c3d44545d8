/** Reading and writing as one process does it: with its signals, its stops and its death. */
import { concatBytes, decodeText, toBytes } from "./bytes.ts";
import { Errno, isErrno } from "./errno.ts";
import { readAsProcess } from "./process-reading.ts";
import type { SimulatedProcess } from "./process.ts";
import type { InputStream, OpenFile, OutputStream } from "./types.ts";

const NEWLINE = 10;
const READ_BYTES = 65_536;
/** A line longer than this comes in pieces no more; readers of learners' files need not fear for memory. */
const LINE_BYTES = 16 * 1024 * 1024;

/** Descriptor `fd` of a process, whatever file it refers to at the moment of the call. */
export class ProcessInput implements InputStream {
  readonly #process: SimulatedProcess;
  readonly #fd: number;

  constructor(process: SimulatedProcess, fd: number) {
    this.#process = process;
    this.#fd = fd;
  }

  get file(): OpenFile {
    return descriptor(this.#process, this.#fd);
  }

  get isTty(): boolean {
    return this.#process.fds.get(this.#fd)?.kind === "tty";
  }

  async read(maxBytes = READ_BYTES): Promise<Uint8Array> {
    return this.#process.readFrom(this.file, maxBytes);
  }

  async readLine(): Promise<string | null> {
    const line = await this.#lineBytes();
    if (line.length === 0) return null;
    return decodeText(line[line.length - 1] === NEWLINE ? line.subarray(0, -1) : line);
  }

  async #lineBytes(): Promise<Uint8Array> {
    const process = this.#process;
    const parts: Uint8Array[] = [];
    let size = 0;
    while (size < LINE_BYTES) {
      const { file } = this;
      const bytes = await readAsProcess(process, file, (interruption) =>
        file.readThrough ? file.readThrough(NEWLINE, READ_BYTES, interruption) : file.read(1, interruption),
      );
      if (bytes.length === 0) break;
      parts.push(bytes);
      size += bytes.length;
      if (bytes[bytes.length - 1] === NEWLINE) break;
    }
    return concatBytes(parts);
  }

  async readAll(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (;;) {
      const bytes = await this.read();
      if (bytes.length === 0) return concatBytes(parts);
      parts.push(bytes);
    }
  }

  async readAllText(): Promise<string> {
    return decodeText(await this.readAll());
  }

  async *lines(): AsyncIterable<string> {
    let rest: Uint8Array[] = [];
    for (;;) {
      const bytes = await this.read();
      if (bytes.length === 0) break;
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        rest.push(bytes.subarray(start, end));
        yield decodeText(concatBytes(rest));
        rest = [];
        start = end + 1;
      }
      if (start < bytes.length) rest.push(bytes.subarray(start));
    }
    if (rest.length > 0) yield decodeText(concatBytes(rest));
  }
}

export class ProcessOutput implements OutputStream {
  readonly #process: SimulatedProcess;
  readonly #fd: number;

  constructor(process: SimulatedProcess, fd: number) {
    this.#process = process;
    this.#fd = fd;
  }

  get file(): OpenFile {
    return descriptor(this.#process, this.#fd);
  }

  get isTty(): boolean {
    return this.#process.fds.get(this.#fd)?.kind === "tty";
  }

  write(data: string | Uint8Array): Promise<void> {
    return this.#process.blocking(this.#write(toBytes(data)));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await writeForProcess(this.#process, this.file, bytes);
  }
}

function descriptor(process: SimulatedProcess, fd: number): OpenFile {
  process.assertRunning();
  const file = process.fds.get(fd);
  if (!file) throw new Errno("EBADF");
  return file;
}

/** Writes for a process; a broken pipe sends it SIGPIPE, and throws EPIPE if it survives that. */
export async function writeForProcess(process: SimulatedProcess, file: OpenFile, bytes: Uint8Array): Promise<void> {
  process.assertRunning();
  if (bytes.length === 0) return;
  // A program that only writes, to a file that takes everything, must not starve the others.
  await process.breathe();
  try {
    await file.write(bytes, process.interruption);
    if (process.isStopped) await process.whileStopped();
    process.assertRunning();
  } catch (error) {
    if (isErrno(error, "EPIPE")) {
      process.deliver("SIGPIPE");
      process.assertRunning();
    }
    throw error;
  }
}
