/**
 * exec and attach over a WebSocket: the protocol `v5.channel.k8s.io` (and v4), where the first
 * byte of each message names its channel.
 */
import { concatBytes, decodeText, encodeText } from "../../machine/bytes.ts";
import { createInterruption } from "../../machine/interruption.ts";
import type { Interruption, TtySize } from "../../machine/types.ts";
import type { StreamSession } from "../../kube/api/types.ts";
import type { WebSocketConnection } from "./websocket.ts";

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;
/** v5 only: the client closes one channel. */
const CLOSE = 255;

export const CHANNEL_PROTOCOLS: readonly string[] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

export async function runChannelStream(
  connection: WebSocketConnection,
  session: StreamSession,
  ended: Interruption,
): Promise<void> {
  const { interruption, interrupt } = createInterruption();
  ended.onInterrupt(interrupt);
  const input = new InputQueue();
  const resizeListeners = new Set<(size: TtySize) => void>();
  let lastSize: TtySize | undefined;
  const send = (channel: number, bytes: Uint8Array): Promise<void> =>
    connection.send(concatBytes([Uint8Array.of(channel), bytes]));
  const receiveAll = async (): Promise<void> => {
    for (;;) {
      const message = await connection.receive();
      if (message === null) break;
      const [channel] = message;
      const payload = message.subarray(1);
      if (channel === STDIN) input.push(payload);
      else if (channel === CLOSE && payload[0] === STDIN) input.end();
      else if (channel === RESIZE) {
        lastSize = parseSize(payload);
        if (lastSize) for (const listener of resizeListeners) listener(lastSize);
      }
    }
  };
  void receiveAll()
    .catch(() => {})
    .then(() => {
      input.end();
      interrupt("client disconnected");
    });
  const status = await session.run({
    stdin: input,
    stdout: (bytes) => send(STDOUT, bytes),
    stderr: (bytes) => send(STDERR, bytes),
    onResize(listener) {
      resizeListeners.add(listener);
      if (lastSize) listener(lastSize);
      return () => resizeListeners.delete(listener);
    },
    interruption,
  });
  await send(ERROR, encodeText(JSON.stringify(status))).catch(() => {});
  await connection.close();
}

function parseSize(payload: Uint8Array): TtySize | undefined {
  try {
    const size = JSON.parse(decodeText(payload)) as { readonly Width?: number; readonly Height?: number };
    return { columns: size.Width ?? 80, rows: size.Height ?? 24 };
  } catch {
    return undefined;
  }
}

/** What the client types ahead; the connection's own buffers bound it. */
class InputQueue implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #isEnded = false;
  #wake: (() => void) | undefined;

  push(bytes: Uint8Array): void {
    if (bytes.length > 0 && !this.#isEnded) this.#chunks.push(bytes);
    this.#wake?.();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) yield chunk;
      else if (this.#isEnded) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
