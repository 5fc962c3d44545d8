/** Carrying bytes between a connection and standard input and output, as netcats do. */
import type { Interruption, OpenFile, Process, Socket } from "../../machine/types.ts";
import { createInterruption } from "../../machine/interruption.ts";

const CHUNK_BYTES = 16 * 1024;
/** The peer's end of file travels a moment; what standard input holds by then is still sent. */
const FLIGHT_MS = 1;

export interface RelayOptions {
  /** Ends when nothing arrives for so long after standard input has ended. */
  readonly idleMs?: number;
  /** On end of standard input, tell the peer that no more will come. */
  readonly shutsDown: boolean;
  /** Ends so long after the end of standard input (openbsd's -q). */
  readonly quitMs?: number;
  /** Standard input is not read at all (openbsd's -d). */
  readonly ignoresInput?: boolean;
  readonly delayMs?: number;
}

export interface RelayCounts {
  readonly sent: number;
  readonly received: number;
}

/** Ends when the peer closes its side, or when a timeout of `options` strikes. Releases the socket. */
export async function relay(process: Process, socket: Socket, options: RelayOptions): Promise<RelayCounts> {
  const stop = createInterruption();
  const counts = { sent: 0, received: 0 };
  let cancelTimer = (): void => {};
  let hasInputEnded = options.ignoresInput === true;
  const armTimer = (ms: number): void => {
    cancelTimer();
    cancelTimer = process.clock.setTimer(ms, () => stop.interrupt("timeout"));
  };
  const onInputEnd = (): void => {
    hasInputEnded = true;
    if (options.shutsDown) socket.shutdownWrite();
    if (options.quitMs !== undefined) armTimer(options.quitMs);
    else if (options.idleMs !== undefined) armTimer(options.idleMs);
  };
  const upstream = options.ignoresInput
    ? Promise.resolve()
    : pump(
        process,
        process.stdin.file,
        socket,
        stop.interruption,
        (count) => {
          counts.sent += count;
        },
        options.delayMs,
      ).then(onInputEnd, () => undefined);
  try {
    while (true) {
      const bytes = await socket.read(CHUNK_BYTES, stop.interruption);
      if (bytes.length === 0) break;
      counts.received += bytes.length;
      if (hasInputEnded && options.idleMs !== undefined && options.quitMs === undefined) armTimer(options.idleMs);
      await process.stdout.write(bytes);
    }
    if (!hasInputEnded) await process.sleep(FLIGHT_MS);
  } catch (error) {
    if (!stop.interruption.isInterrupted && !isReset(error)) throw error;
  } finally {
    cancelTimer();
    stop.interrupt("done");
    await upstream;
    socket.release();
  }
  return counts;
}

async function pump(
  process: Process,
  from: OpenFile,
  to: OpenFile,
  stop: Interruption,
  count: (bytes: number) => void,
  delayMs = 0,
): Promise<void> {
  while (!stop.isInterrupted) {
    const bytes = await from.read(CHUNK_BYTES, stop);
    if (bytes.length === 0) return;
    await to.write(bytes, stop);
    count(bytes.length);
    if (delayMs > 0) await process.sleep(delayMs);
  }
}

function isReset(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
}

/** Runs a shell command with the connection as its standard input and output. */
export async function serveWith(
  process: Process,
  socket: Socket,
  argv: readonly string[],
  path: string,
): Promise<number> {
  const fds = new Map<number, OpenFile>([
    [0, socket],
    [1, socket],
  ]);
  const child = process.spawn(path, argv, { fds });
  // The child holds it now; a listener that kept a hold would keep the peer waiting for the end of file.
  socket.release();
  const status = await child.exit;
  return status.kind === "exited" ? status.code : 1;
}
