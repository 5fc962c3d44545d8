/** The server's side of a WebSocket over a simulated connection. Source: RFC 6455; without extensions. */
import { sha1 } from "@noble/hashes/legacy.js";
import { concatBytes, encodeText, NO_BYTES, toBase64 } from "../../machine/bytes.ts";
import type { Interruption, Socket } from "../../machine/types.ts";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** The longest message a client may send. */
const MESSAGE_BYTES = 1_048_576;

const CLOSE = 8;
const PING = 9;
const PONG = 10;

export const websocketAccept = (key: string): string => toBase64(sha1(encodeText(key + GUID)));

export class WebSocketConnection {
  readonly #socket: Socket;
  readonly #interruption: Interruption;
  #buffer: Uint8Array = NO_BYTES;
  #isClosed = false;

  constructor(socket: Socket, interruption: Interruption) {
    this.#socket = socket;
    this.#interruption = interruption;
  }

  /** The next message; null when the client has closed. */
  async receive(): Promise<Uint8Array | null> {
    const parts: Uint8Array[] = [];
    let sizeBytes = 0;
    for (;;) {
      const frame = await this.#frame();
      if (frame === null || frame.opcode === CLOSE) return null;
      if (frame.opcode === PING) {
        await this.#send(PONG, frame.payload);
        continue;
      }
      if (frame.opcode === PONG) continue;
      sizeBytes += frame.payload.length;
      if (sizeBytes > MESSAGE_BYTES) return null;
      parts.push(frame.payload);
      if (frame.isLast) return concatBytes(parts);
    }
  }

  send(bytes: Uint8Array): Promise<void> {
    return this.#send(2, bytes);
  }

  /** Says goodbye with status 1000 and lets go of the connection. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#send(CLOSE, Uint8Array.of(0x03, 0xe8)).catch(() => {});
    this.#socket.release();
  }

  async #send(opcode: number, payload: Uint8Array): Promise<void> {
    const size = payload.length;
    const head =
      size < 126
        ? Uint8Array.of(0x80 | opcode, size)
        : size < 65_536
          ? Uint8Array.of(0x80 | opcode, 126, size >> 8, size & 0xff)
          : Uint8Array.of(
              0x80 | opcode,
              127,
              0,
              0,
              0,
              0,
              (size >>> 24) & 0xff,
              (size >>> 16) & 0xff,
              (size >>> 8) & 0xff,
              size & 0xff,
            );
    await this.#socket.write(concatBytes([head, payload]), this.#interruption);
  }

  async #frame(): Promise<{ readonly opcode: number; readonly isLast: boolean; readonly payload: Uint8Array } | null> {
    const head = await this.#take(2);
    if (head === null) return null;
    const [first = 0, second = 0] = head;
    const size = await this.#size(second & 0x7f);
    if (size === null || size > MESSAGE_BYTES) return null;
    const mask = second & 0x80 ? await this.#take(4) : NO_BYTES;
    const payload = size === 0 ? NO_BYTES : await this.#take(size);
    if (mask === null || payload === null) return null;
    const clear = mask.length === 0 ? payload : payload.map((byte, index) => byte ^ (mask[index & 3] ?? 0));
    return { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, payload: clear };
  }

  async #size(short: number): Promise<number | null> {
    if (short < 126) return short;
    const bytes = await this.#take(short === 126 ? 2 : 8);
    return bytes === null ? null : bytes.reduce((total, byte) => total * 256 + byte, 0);
  }

  async #take(count: number): Promise<Uint8Array | null> {
    while (this.#buffer.length < count) {
      const bytes = await this.#socket.read(65_536, this.#interruption);
      if (bytes.length === 0) return null;
      this.#buffer = this.#buffer.length === 0 ? bytes : concatBytes([this.#buffer, bytes]);
    }
    const taken = this.#buffer.slice(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return taken;
  }
}
