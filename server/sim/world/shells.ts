/** Shells that outlive a command: a person's login shell and the headless shell of transcripts. */
import { exitCode } from "../machine/signals.ts";
import type { ChildProcess, Machine, Process, StartOptions, Tty } from "../machine/types.ts";
import type { MachineKernel } from "../machine/machine.ts";
import {
  createShellSession,
  type FinishedCommand,
  type InteractiveShell,
  type ShellServices,
  type ShellSession,
  type ShellSnapshot,
} from "../shell/index.ts";
import type { HeadlessShell, RunOptions, RunResult } from "../world-types.ts";
import { type Login, capture, type Driver, loginEnvironment } from "./run.ts";

export interface ShellHandle {
  readonly child: ChildProcess;
  onCommand(listener: (command: FinishedCommand) => void): () => void;
  /** What the shell remembers; before its first prompt what it was to restore. */
  snapshot(): unknown;
}

/** What the interactive shells of the terminal host tell, and are told. */
export class ShellBook implements ShellServices {
  readonly #restores = new Map<Tty, ShellSnapshot>();
  readonly #waiting = new Map<Tty, (shell: InteractiveShell) => void>();
  /** Calls back with the first shell that prompts on `tty`. */
  expect(tty: Tty, restore: ShellSnapshot | undefined, started: (shell: InteractiveShell) => void): void {
    if (restore) this.#restores.set(tty, restore);
    this.#waiting.set(tty, started);
  }

  shellStarted(shell: InteractiveShell): void {
    const started = this.#waiting.get(shell.tty);
    this.#waiting.delete(shell.tty);
    started?.(shell);
  }

  snapshotFor(tty: Tty): ShellSnapshot | undefined {
    const restore = this.#restores.get(tty);
    this.#restores.delete(tty);
    return restore;
  }
}

function isShellSnapshot(value: unknown): value is ShellSnapshot {
  return typeof value === "object" && value !== null && "format" in value && value.format === "netpol-shell/1";
}

export function startLoginShell(
  machine: Machine,
  book: ShellBook,
  { restore, tty, ...options }: StartOptions & { readonly tty: Tty; readonly restore?: unknown },
): ShellHandle {
  const saved = isShellSnapshot(restore) ? restore : undefined;
  const listeners = new Set<(command: FinishedCommand) => void>();
  let shell: InteractiveShell | undefined;
  book.expect(tty, saved, (started) => {
    shell = started;
    started.onCommand((command) => {
      for (const listener of [...listeners]) listener(command);
    });
  });
  const child = machine.start("/bin/bash", ["-bash"], { ...options, tty });
  return {
    child,
    onCommand: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => shell?.snapshot() ?? saved ?? null,
  };
}

/** One bash that runs a text after another. It has a terminal of its own, for the texts that want one. */
export function openHeadlessShell(
  machine: MachineKernel,
  login: Login,
  base: RunOptions,
  driver: Driver,
): HeadlessShell {
  const env = loginEnvironment(login);
  for (const [name, value] of Object.entries(base.env ?? {})) env.set(name, value);
  const tty = machine.openTty(base.tty ?? { columns: 80, rows: 24 });
  let session: Promise<ShellSession> | undefined;
  let finish: (code: number) => void = () => {};
  const child = machine.startFunction(
    ["bash"],
    (process) => {
      session = openSession(process, base);
      return new Promise<number>((resolve, reject) => {
        finish = resolve;
        process.interruption.onInterrupt(reject);
      });
    },
    {
      env,
      cwd: base.cwd ?? login.home,
      credentials: login.credentials,
      fds: new Map(),
      tty,
      audit: login.audit,
    },
  );
  /** The process begins in a later microtask. */
  const opened = async (): Promise<ShellSession> => {
    while (session === undefined && child.status === null) await Promise.resolve();
    if (session === undefined) throw new Error("the shell has ended");
    return session;
  };
  const execute = async (
    command: string,
    options: Parameters<HeadlessShell["execute"]>[1] = {},
  ): Promise<RunResult> => {
    const startedMs = machine.clock.now();
    const captured = capture(machine, options, tty);
    const work = (async () => {
      const shell = await opened();
      captured.typeKeys();
      return shell.execute(command, {
        ...streamOf("stdin", captured.fds.get(0)),
        ...streamOf("stdout", captured.fds.get(1)),
        ...streamOf("stderr", captured.fds.get(2)),
      });
    })();
    const ended = child.exit.then(exitCode);
    const code = await driver.drive(Promise.race([work, ended]));
    captured.release();
    const seconds = (machine.clock.now() - startedMs) / 1000;
    return { stdout: captured.stdout(), stderr: captured.stderr(), exitCode: code, seconds };
  };
  return {
    execute,
    close: () => {
      finish(0);
      tty.hangUp();
    },
  };
}

const streamOf = <K extends string, T>(key: K, file: T | undefined): { readonly [P in K]?: T } =>
  (file === undefined ? {} : { [key]: file }) as { readonly [P in K]?: T };

async function openSession(process: Process, base: RunOptions): Promise<ShellSession> {
  // ^C is for what runs in the foreground; the shell itself goes on.
  process.onSignal("SIGINT", () => {});
  process.onSignal("SIGHUP", "ignore");
  return createShellSession(process, { args: base.args ?? [], expandsAliases: true });
}
