/** Reads HTTP/1.1 messages from a connection. Source: RFC 9112. */
import { concatBytes, decodeText, NO_BYTES } from "../bytes.ts";
import { HTTP_HEAD_BYTES } from "../limits.ts";
import type { Interruption, OpenFile } from "../types.ts";
import { HttpHeaders } from "./headers.ts";

/** What arrived is no HTTP message, or ended in the middle of one. */
export class HttpError extends Error {
  readonly kind: "malformed" | "too-large" | "incomplete" | "empty-reply";

  constructor(kind: HttpError["kind"], message: string) {
    super(message);
    this.name = "HttpError";
    this.kind = kind;
  }
}

export interface MessageHead {
  readonly startLine: string;
  readonly headers: HttpHeaders;
}

/** A buffered reader over one connection. */
export class MessageReader {
  readonly #file: OpenFile;
  readonly #interruption: Interruption | undefined;
  #buffer: Uint8Array = NO_BYTES;
  #filling: Promise<boolean> | null = null;
  #isEnded = false;

  constructor(file: OpenFile, interruption?: Interruption) {
    this.#file = file;
    this.#interruption = interruption;
  }

  /** What was read beyond the last message. */
  takeRest(): Uint8Array {
    const rest = this.#buffer;
    this.#buffer = NO_BYTES;
    return rest;
  }

  /** One read at a time: who watches for the peer's end and who waits for the next message share it. */
  #fill(): Promise<boolean> {
    this.#filling ??= this.#readMore().finally(() => {
      this.#filling = null;
    });
    return this.#filling;
  }

  async #readMore(): Promise<boolean> {
    if (this.#isEnded) return false;
    const bytes = await this.#file.read(65_536, this.#interruption);
    if (bytes.length === 0) this.#isEnded = true;
    else this.#buffer = this.#buffer.length === 0 ? bytes : concatBytes([this.#buffer, bytes]);
    return bytes.length > 0;
  }

  /** Resolves when the peer has sent all it will send, or sends something more: true for the former. */
  async untilEnd(): Promise<boolean> {
    if (this.#buffer.length > 0) return false;
    return !(await this.#fill());
  }

  async line(): Promise<string> {
    const line = await this.#lineOrEnd();
    if (line === null) throw new HttpError("incomplete", "connection closed within a message");
    return line;
  }

  async #lineOrEnd(): Promise<string | null> {
    let searched = 0;
    for (;;) {
      const end = this.#buffer.indexOf(10, searched);
      if (end >= 0) {
        const line = decodeText(this.#buffer.subarray(0, end)).replace(/\r$/, "");
        this.#buffer = this.#buffer.subarray(end + 1);
        return line;
      }
      searched = this.#buffer.length;
      // A control character begins no line of HTTP: a TLS client that came to a plain port.
      const [first = 32] = this.#buffer;
      if (first < 32 && first !== 13) throw new HttpError("malformed", "not an HTTP message");
      if (searched > HTTP_HEAD_BYTES) throw new HttpError("too-large", "header line too long");
      if (!(await this.#fill())) return null;
    }
  }

  /** Null when the connection ends before a message begins. Throws `malformed` at once for a start line that is none. */
  async head(isStartLine: (line: string) => boolean = () => true): Promise<MessageHead | null> {
    let startLine = await this.#lineOrEnd();
    // RFC 9112 2.2: empty lines before a message are skipped.
    for (let i = 0; startLine === "" && i < 4; i++) startLine = await this.#lineOrEnd();
    if (startLine === null) {
      if (this.#buffer.length > 0) throw new HttpError("malformed", decodeText(this.#buffer));
      return null;
    }
    if (!isStartLine(startLine)) throw new HttpError("malformed", startLine);
    return { startLine, headers: await this.#headers(startLine) };
  }

  async #headers(startLine: string): Promise<HttpHeaders> {
    const headers = new HttpHeaders();
    let size = startLine.length;
    for (;;) {
      const line = await this.line();
      if (line === "") return headers;
      size += line.length;
      if (size > HTTP_HEAD_BYTES) throw new HttpError("too-large", "header fields too large");
      const colon = line.indexOf(":");
      if (colon <= 0) throw new HttpError("malformed", `malformed header line: ${line}`);
      headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
    }
  }

  /** The next `length` bytes in pieces. */
  async *fixed(length: number): AsyncIterable<Uint8Array> {
    let left = length;
    while (left > 0) {
      if (this.#buffer.length === 0 && !(await this.#fill())) {
        throw new HttpError("incomplete", `connection closed with ${left} bytes remaining to read`);
      }
      const piece = this.#buffer.subarray(0, left);
      this.#buffer = this.#buffer.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async *chunked(): AsyncIterable<Uint8Array> {
    for (;;) {
      const line = await this.line();
      const size = Number.parseInt(line, 16);
      if (!/^[0-9a-fA-F]/.test(line) || !Number.isFinite(size)) throw new HttpError("malformed", "bad chunk size");
      if (size === 0) break;
      yield* this.fixed(size);
      await this.line();
    }
    while ((await this.line()) !== "") {
      // Trailers say nothing that is used here.
    }
  }

  async *untilClose(): AsyncIterable<Uint8Array> {
    do {
      const rest = this.takeRest();
      if (rest.length > 0) yield rest;
    } while (await this.#fill());
  }
}

/** A message's body: read once, as pieces, bytes or text. */
export class HttpBody implements AsyncIterable<Uint8Array> {
  readonly #pieces: AsyncIterable<Uint8Array>;
  readonly #finished: () => void;
  isFinished = false;

  constructor(pieces: AsyncIterable<Uint8Array>, finished: () => void = () => {}) {
    this.#pieces = pieces;
    this.#finished = finished;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    if (this.isFinished) return;
    for await (const piece of this.#pieces) yield piece;
    this.isFinished = true;
    this.#finished();
  }

  async readAll(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this) pieces.push(piece);
    return concatBytes(pieces);
  }

  async readText(): Promise<string> {
    return decodeText(await this.readAll());
  }
}

export async function* noPieces(): AsyncIterable<Uint8Array> {}
