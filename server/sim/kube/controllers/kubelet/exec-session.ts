/** exec and attach: connects a client's channels with a process in a container. Models kubelet and CRI streaming, v1.36. */
import { concatBytes } from "../../../machine/bytes.ts";
import { openNull, openSink } from "../../../machine/open-file.ts";
import { createPipe } from "../../../machine/pipe.ts";
import { exitCode } from "../../../machine/signals.ts";
import type { ChildProcess, OpenFile, Random } from "../../../machine/types.ts";
import type { ExecOptions, StatusObject, StreamChannels, StreamSession } from "../../api/types.ts";
import { execFailure, findExecutable, type RunningContainer } from "./container-run.ts";

export function execSession(container: RunningContainer, options: ExecOptions, random: Random): StreamSession {
  return { run: (channels) => runExec(container, options, random, channels) };
}

async function runExec(
  container: RunningContainer,
  options: ExecOptions,
  random: Random,
  channels: StreamChannels,
): Promise<StatusObject> {
  const { machine, credentials, cwd } = container;
  const env = new Map(container.env);
  if (options.tty) env.set("TERM", "xterm");
  const argv = options.command;
  const [name = ""] = argv;
  const found = findExecutable(machine.fs, name, env.get("PATH") ?? "", cwd, credentials);
  if (found.kind === "missing") return execRefused(`exec: ${JSON.stringify(name)}: ${found.message}`, random);
  const tty = options.tty ? machine.openTty({ columns: 80, rows: 24 }) : null;
  const input = options.stdin && tty === null && channels.stdin ? createPipe() : null;
  const stopOutput = tty?.onOutput((bytes) => channels.stdout(bytes));
  const fds: ReadonlyMap<number, OpenFile> = tty
    ? new Map([
        [0, tty.file],
        [1, tty.file],
        [2, tty.file],
      ])
    : new Map([
        [0, input?.reader ?? openNull()],
        [1, openSink((bytes) => channels.stdout(bytes))],
        [2, openSink((bytes) => channels.stderr(bytes))],
      ]);
  const stopResize = tty && channels.onResize((size) => tty.resize(size));
  let child: ChildProcess;
  try {
    child = machine.start(found.path, argv, {
      env,
      cwd,
      credentials,
      fds,
      tty,
      ...(options.audit === undefined ? {} : { audit: options.audit }),
    });
  } catch (error) {
    return execRefused(`exec ${name}: ${execFailure(error)}`, random);
  }
  // Client gone: the terminal hangs up; without one the process only loses its pipes, as with a real runtime.
  const stopWatching = channels.interruption.onInterrupt(() => {
    if (tty) tty.hangUp();
  });
  if (channels.stdin && options.stdin) void pump(channels.stdin, input?.writer ?? null, tty);
  const status = await Promise.race([child.exit, interrupted(channels)]);
  stopWatching();
  stopResize?.();
  stopOutput?.();
  input?.writer.release();
  return status === null ? SUCCESS : statusOf(exitCode(status));
}

const interrupted = (channels: StreamChannels): Promise<null> =>
  new Promise((resolve) => channels.interruption.onInterrupt(() => resolve(null)));

/** Copies until either side ends; a closed reader is no error. */
async function pump(
  source: AsyncIterable<Uint8Array>,
  writer: OpenFile | null,
  tty: { input(bytes: Uint8Array): void } | null,
): Promise<void> {
  try {
    for await (const bytes of source) {
      if (tty) tty.input(bytes);
      else await writer?.write(bytes);
    }
    if (!tty) writer?.release();
    else tty.input(Uint8Array.of(4));
  } catch {
    // The process has closed its standard input.
  }
}

export function attachSession(container: RunningContainer, options: ExecOptions): StreamSession {
  return {
    async run(channels) {
      // Who attaches to a container that is nobody's owns what it does, and did: `kubectl run --rm -it`.
      container.process.process.audit.login ??= options.audit?.login ?? null;
      const stopOutput = container.onOutput((bytes, stream) => {
        if (stream === "stderr" && options.stderr) return channels.stderr(bytes);
        return options.stdout ? channels.stdout(bytes) : undefined;
      });
      const stopResize = channels.onResize((size) => container.tty?.resize(size));
      if (channels.stdin && options.stdin) void attachInput(container, channels.stdin);
      // Unlike exec, attach does not tell how the container ended.
      await Promise.race([container.process.exit, interrupted(channels)]);
      stopOutput();
      stopResize();
      return SUCCESS;
    },
  };
}

/** Detaching leaves the container's input open, unless the container wants one client only. */
async function attachInput(container: RunningContainer, source: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const bytes of source) {
      if (container.tty) container.tty.input(bytes);
      else await container.stdin?.write(bytes);
    }
    container.stdin?.release();
  } catch {
    // The process has ended.
  }
}

/** Runs a command in a container and collects what it prints: exec probes and hooks. */
export async function execAndCollect(
  container: RunningContainer,
  command: readonly string[],
): Promise<{ readonly exitCode: number; readonly output: Uint8Array } | { readonly error: string }> {
  const { machine, credentials, cwd, env } = container;
  const [name = ""] = command;
  const found = findExecutable(machine.fs, name, env.get("PATH") ?? "", cwd, credentials);
  if (found.kind === "missing") return { error: `exec: ${JSON.stringify(name)}: ${found.message}` };
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const sink = openSink((bytes) => {
    if (sizeBytes < 10_240) chunks.push(bytes);
    sizeBytes += bytes.length;
  });
  try {
    const fds = new Map([
      [0, openNull()],
      [1, sink],
      [2, sink],
    ]);
    const child = machine.start(found.path, command, { env, cwd, credentials, fds });
    const status = await child.exit;
    return { exitCode: exitCode(status), output: concatBytes(chunks) };
  } catch (error) {
    return { error: `exec ${name}: ${execFailure(error)}` };
  }
}

const SUCCESS: StatusObject = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" };

function statusOf(code: number): StatusObject {
  if (code === 0) return SUCCESS;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: command terminated with exit code ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
}

/**
 * The API server (1.30 and later) puts its own "Internal error occurred: " before the kubelet's.
 * The runtime's words are those of the recordings, without the ": unknown" of older containerd.
 */
function execRefused(reason: string, random: Random): StatusObject {
  const id = hexadecimal(random.bytes(32));
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: `Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "${id}": OCI runtime exec failed: exec failed: unable to start container process: ${reason}`,
    reason: "InternalError",
    details: { causes: [{ message: reason }] },
    code: 500,
  };
}

export function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
