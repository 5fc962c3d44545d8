/** Child processes of a shell: forks that carry its state, and the bound on runaway forking. */
import { isErrno } from "../machine/errno.ts";
import { SIGNAL_NUMBERS } from "../machine/signals.ts";
import type { ChildProcess, ExitStatus, OpenFile, Process, SpawnOptions } from "../machine/types.ts";
import { ExitShell } from "./control.ts";
import { Interpreter } from "./interpreter.ts";
import { limits } from "./limits.ts";

const RETRY_SECONDS = [1, 2, 4, 8];
const MAX_FAILURES = 50;

/** A shell and all shells forked from it. */
export class ForkFamily {
  failures = 0;
  /** A fork bomb was seen: the subshells of this family end. */
  isCondemned = false;
}

export interface ForkOptions {
  readonly fds?: ReadonlyMap<number, OpenFile | null>;
  readonly processGroup?: number;
  readonly ignoresInterrupts?: boolean;
  /** Gets the terminal, before it can read from it. */
  readonly isForeground?: boolean;
}

/** Gives the terminal to a process group. */
export function foregroundGroup(shell: Interpreter, processGroup: number): void {
  const { tty } = shell.process;
  if (shell.hasJobControl && shell.state.isInteractive && tty) tty.foregroundProcessGroup = processGroup;
}

export function statusCode(status: ExitStatus): number {
  return status.kind === "exited" ? status.code : 128 + SIGNAL_NUMBERS[status.signal];
}

/** Starts a child; when the process table is full, tries again as bash does, then gives up. */
export async function startChild(
  shell: Interpreter,
  start: () => ChildProcess,
  isForeground = false,
): Promise<ChildProcess> {
  for (const seconds of RETRY_SECONDS) {
    try {
      const child = start();
      if (isForeground) foregroundGroup(shell, child.process.processGroup);
      return child;
    } catch (error) {
      if (!isErrno(error, "EAGAIN")) throw error;
    }
    noteFailure(shell);
    await shell.reportPlain("fork: retry: Resource temporarily unavailable");
    await shell.process.sleep(seconds * 1000);
  }
  noteFailure(shell);
  await shell.reportPlain("fork: Resource temporarily unavailable");
  throw new ExitShell(254);
}

function noteFailure(shell: Interpreter): void {
  const { family } = shell;
  family.failures++;
  if (family.failures < MAX_FAILURES) return;
  family.isCondemned = true;
  if (shell.state.subshellDepth > 0) throw new ExitShell(254);
}

/** A subshell: a child process with a copy of the state, which runs `body`. */
export function forkShell(
  shell: Interpreter,
  body: (child: Interpreter) => Promise<number>,
  options: ForkOptions = {},
): Promise<ChildProcess> {
  if (shell.state.subshellDepth > limits.subshellDepth) throw new ExitShell(254);
  const state = shell.state.fork();
  const main = (process: Process): Promise<number> => {
    const child = new Interpreter(process, state, shell.family, shell.jobs);
    child.source = shell.source;
    child.position = shell.position;
    child.frames.push(...shell.frames);
    child.loopDepth = 0;
    child.functionDepth = shell.functionDepth;
    child.evalDepth = shell.evalDepth;
    child.errexitSuppressed = shell.errexitSuppressed;
    child.options.set("monitor", false);
    return child.runToEnd(() => body(child));
  };
  const spawnOptions: SpawnOptions = {
    ...(options.fds ? { fds: options.fds } : {}),
    ...(options.processGroup !== undefined ? { processGroup: options.processGroup } : {}),
    ...(options.ignoresInterrupts ? { ignoredSignals: ["SIGINT", "SIGQUIT"] } : {}),
    cwd: shell.process.cwd,
    umask: shell.process.umask,
  };
  return startChild(shell, () => shell.process.fork(shell.process.argv, main, spawnOptions), options.isForeground);
}
