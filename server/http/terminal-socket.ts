import type { RawData, WebSocket } from "ws";
import { closeCodes, type TerminalServerMessage } from "../protocol.ts";
import { limits } from "../session/limits.ts";
import type { Replay } from "../session/screen-log.ts";
import type { Attachment, TerminalChannel, Viewer } from "../session/terminal-channel.ts";
import { readTerminalMessage } from "./messages.ts";
import type { Metrics } from "./metrics.ts";

export interface TerminalQuery {
  readonly client: string;
  readonly epoch?: string | undefined;
  readonly offset?: number | undefined;
  readonly acked: number;
}

const frameBytes = 64 * 1024;
/** Arrival is told at most this often; the page needs it only to know what to send again. */
const receivedDelayMs = 40;

/** Connects one page's socket with a terminal until either goes away. */
export function serveTerminal(
  socket: WebSocket,
  channel: TerminalChannel,
  query: TerminalQuery,
  metrics: Metrics,
): void {
  let receivedTimer: NodeJS.Timeout | null = null;
  let receivedBytes = 0;
  const send = (message: TerminalServerMessage): void => socket.send(JSON.stringify(message));
  const sendBytes = (bytes: Uint8Array): void => {
    metrics.outputBytes.inc(bytes.length);
    for (let at = 0; at < bytes.length; at += frameBytes) socket.send(bytes.subarray(at, at + frameBytes));
  };
  const sendReplay = (replay: Replay, received: number): void => {
    const { columns, rows } = channel.size;
    send({
      type: "attached",
      epoch: replay.epoch,
      offset: replay.offset,
      received,
      isWhole: replay.isWhole,
      columns,
      rows,
    });
    for (const entry of replay.entries) {
      if (entry.kind === "size") send({ type: "size", columns: entry.size.columns, rows: entry.size.rows });
      else sendBytes(entry.bytes);
    }
    send({ type: "live" });
  };

  const viewer: Viewer = {
    client: query.client,
    write: sendBytes,
    size: ({ columns, rows }) => send({ type: "size", columns, rows }),
    replace: (replay) => sendReplay(replay, receivedBytes),
    received: (bytes) => {
      receivedBytes = bytes;
      receivedTimer ??= setTimeout(() => {
        receivedTimer = null;
        if (socket.readyState === socket.OPEN) send({ type: "received", bytes: receivedBytes });
      }, receivedDelayMs);
    },
    end: (reason) => {
      if (reason === "closed") socket.close(closeCodes.closed, "this terminal was closed");
      else if (reason === "asleep") socket.close(closeCodes.asleep, "this world went to sleep");
      else socket.close(closeCodes.tooSlow, "output was not acknowledged in time");
    },
  };

  const since =
    query.epoch !== undefined && query.offset !== undefined ? { epoch: query.epoch, offset: query.offset } : undefined;
  const attachment = channel.attach(viewer, since, query.acked);
  if (!attachment) {
    socket.close(closeCodes.tooMany, `at most ${limits.viewersPerTerminal} pages may show one terminal`);
    return;
  }
  receivedBytes = attachment.received;
  sendReplay(attachment.replay, attachment.received);

  socket.on("message", (data, isBinary) => hear(socket, attachment, data, isBinary, metrics, send));
  socket.on("close", () => {
    if (receivedTimer) clearTimeout(receivedTimer);
    attachment.detach();
  });
}

function hear(
  socket: WebSocket,
  attachment: Attachment,
  data: RawData,
  isBinary: boolean,
  metrics: Metrics,
  send: (message: TerminalServerMessage) => void,
): void {
  const bytes = bytesOf(data);
  if (isBinary) {
    if (bytes.length > limits.inputBytes) {
      socket.close(1009, `at most ${limits.inputBytes} bytes in one frame`);
      return;
    }
    metrics.inputBytes.inc(bytes.length);
    attachment.input(bytes);
    return;
  }
  const result = readTerminalMessage(new TextDecoder().decode(bytes));
  if (result.kind === "malformed") {
    socket.close(result.code, result.reason.slice(0, 120));
    return;
  }
  const { message } = result;
  switch (message.type) {
    case "resize":
      attachment.resize({ columns: message.columns, rows: message.rows });
      break;
    case "ack":
      attachment.ack(message.bytes);
      break;
    case "ping":
      send({ type: "pong" });
      break;
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
