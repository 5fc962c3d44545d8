/** The client's side of a WebSocket over a simulated connection. Source: RFC 6455; without extensions. */
import type { Interruption, Socket } from "../../../machine/types.ts";

const TEXT_OR_BINARY = new Set([0, 1, 2]);
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export class WebSocketClient {
  private buffer: Uint8Array = new Uint8Array();

  constructor(
    private readonly socket: Socket,
    private readonly interruption: Interruption,
  ) {}

  /** The next message; null when the server has closed. */
  async receive(): Promise<Uint8Array | null> {
    const parts: Uint8Array[] = [];
    for (;;) {
      const head = await this.take(2);
      if (head === null) return null;
      const [first = 0, second = 0] = head;
      const size = await this.readSize(second & 0x7f);
      const payload = size === null ? null : await this.take(size);
      if (payload === null || (first & 0x0f) === CLOSE) return null;
      if ((first & 0x0f) === PING) await this.sendFrame(PONG, payload);
      if (!TEXT_OR_BINARY.has(first & 0x0f)) continue;
      parts.push(payload);
      if ((first & 0x80) !== 0) return concat(parts);
    }
  }

  send(bytes: Uint8Array): Promise<void> {
    return this.sendFrame(2, bytes);
  }

  async close(): Promise<void> {
    await this.sendFrame(CLOSE, Uint8Array.of(0x03, 0xe8)).catch(() => {});
    this.socket.release();
  }

  /** Clients must mask; a key of zeros leaves the bytes as they are. */
  private sendFrame(opcode: number, payload: Uint8Array): Promise<void> {
    const { length } = payload;
    const size =
      length < 126
        ? [0x80 | length]
        : length < 65_536
          ? [0x80 | 126, length >> 8, length & 0xff]
          : [
              0x80 | 127,
              0,
              0,
              0,
              0,
              (length >>> 24) & 0xff,
              (length >>> 16) & 0xff,
              (length >>> 8) & 0xff,
              length & 0xff,
            ];
    return this.socket.write(concat([Uint8Array.of(0x80 | opcode, ...size, 0, 0, 0, 0), payload]), this.interruption);
  }

  private async readSize(short: number): Promise<number | null> {
    if (short < 126) return short;
    const bytes = await this.take(short === 126 ? 2 : 8);
    return bytes === null ? null : bytes.reduce((total, byte) => total * 256 + byte, 0);
  }

  private async take(count: number): Promise<Uint8Array | null> {
    while (this.buffer.length < count) {
      const bytes = await this.socket.read(65_536, this.interruption);
      if (bytes.length === 0) return null;
      this.buffer = this.buffer.length === 0 ? bytes : concat([this.buffer, bytes]);
    }
    const taken = this.buffer.slice(0, count);
    this.buffer = this.buffer.subarray(count);
    return taken;
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let position = 0;
  for (const part of parts) {
    joined.set(part, position);
    position += part.length;
  }
  return joined;
}
