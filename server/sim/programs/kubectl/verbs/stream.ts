/** Connects the local terminal or pipes with a process in a container: exec, attach, run -it, debug. */
import type { Cancel, Interruption, Tty, TtyModes, TtySize } from "../../../machine/types.ts";
import type { Query } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { ExitFailure, KubectlError, StatusFailure, type Status } from "../errors.ts";
import { withDeadline } from "./deadline.ts";

export interface StreamOptions {
  /** Ends in `/exec` or `/attach`. */
  readonly path: string;
  readonly query: Query;
  readonly hasStdin: boolean;
  readonly isTty: boolean;
}

/** Bytes pass untouched while a remote terminal is connected. */
const RAW: TtyModes = { isCanonical: false, echoes: false, makesSignals: false, mapsNewlines: false };

/** Whether `-t` can be honoured; says so on stderr when not. */
export async function settleTty(kubectl: Kubectl, wantsTty: boolean, hasStdin: boolean): Promise<boolean> {
  if (!wantsTty) return false;
  if (!hasStdin) return false;
  if (kubectl.process.stdin.isTty) return true;
  await kubectl.err("Unable to use a TTY - input is not a terminal or the right kind of file\n");
  return false;
}

/** Runs the session; resolves with 0 or throws what kubectl reports. */
export async function runStream(kubectl: Kubectl, options: StreamOptions): Promise<number> {
  const { process } = kubectl;
  const tty = options.isTty ? (process.stdin.file.tty ?? process.tty) : null;
  const restore = tty === null ? () => {} : enterRawMode(tty);
  const unhook: Cancel[] = [];
  try {
    const status = await withDeadline(kubectl, Number.POSITIVE_INFINITY, (interruption) =>
      kubectl.client().stream(options.path, [...options.query, ...streamQuery(options)], {
        stdin: options.hasStdin ? readInput(kubectl, interruption) : null,
        stdout: (bytes) => process.stdout.write(bytes),
        stderr: (bytes) => process.stderr.write(bytes),
        onResize: (listener) => watchSize(kubectl, tty, listener, unhook),
        interruption: process.interruption,
      }),
    );
    return explainEnd(status);
  } finally {
    restore();
    for (const cancel of unhook) cancel();
  }
}

function streamQuery(options: StreamOptions): Query {
  return [
    ...(options.hasStdin ? [["stdin", "true"] as const] : []),
    ["stdout", "true"],
    ...(options.isTty ? [["tty", "true"] as const] : [["stderr", "true"] as const]),
  ];
}

function enterRawMode(tty: Tty): () => void {
  const before = tty.modes;
  tty.setModes(RAW);
  return () => tty.setModes(before);
}

async function* readInput(kubectl: Kubectl, interruption: Interruption): AsyncGenerator<Uint8Array> {
  for (;;) {
    let bytes: Uint8Array;
    try {
      bytes = await kubectl.process.stdin.file.read(65_536, interruption);
    } catch (error) {
      if (interruption.isInterrupted) return;
      throw error;
    }
    if (bytes.length === 0) return;
    yield bytes;
  }
}

function watchSize(kubectl: Kubectl, tty: Tty | null, listener: (size: TtySize) => void, unhook: Cancel[]): Cancel {
  if (tty === null) return () => {};
  listener(tty.size);
  const cancel = kubectl.process.onSignal("SIGWINCH", () => listener(tty.size));
  unhook.push(cancel);
  return cancel;
}

function explainEnd(status: Status | undefined): number {
  if (status === undefined || status.status === "Success") return 0;
  if (status.reason === "NonZeroExitCode") {
    const cause = status.details?.causes?.find(({ reason }) => reason === "ExitCode");
    const code = Number(cause?.message ?? 1);
    throw new ExitFailure(code, `command terminated with exit code ${code}`);
  }
  throw new KubectlError(status.message ?? "");
}

/** A refused upgrade: what the handshake's answer said. Only refusals of access keep their reason. */
export function refusedUpgrade(failure: Error): Error {
  if (!(failure instanceof StatusFailure)) return failure;
  if (failure.reason === "BadRequest") return new KubectlError(`unable to upgrade connection: ${failure.message}`);
  return failure.reason === "InternalError" ? new KubectlError(failure.message) : failure;
}
