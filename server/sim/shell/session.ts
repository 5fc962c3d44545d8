/** A shell without a terminal that runs one text after another and keeps its state between them. */
import type { OpenFile, Process } from "../machine/types.ts";
import { BreakLoop, DiscardCommand, ExitShell, ReturnFromFunction } from "./control.ts";
import type { Flavour } from "./flavour.ts";
import { type Interpreter, ReturnFromEval } from "./interpreter.ts";
import { PLAIN_INVOCATION } from "./invocation.ts";
import { createShell } from "./shell-program.ts";
import { restoreSnapshot, type ShellSnapshot, takeSnapshot } from "./snapshot.ts";
import { SourceText } from "./source-text.ts";
import { readStartupFiles } from "./startup.ts";

export interface ShellSessionOptions {
  /** Default bash. */
  readonly flavour?: Flavour;
  /** Continues where a snapshot was taken. */
  readonly restore?: ShellSnapshot;
  /** Reads /etc/profile and ~/.profile first, as a login shell. */
  readonly isLogin?: boolean;
  /** Aliases count, as at a terminal. */
  readonly expandsAliases?: boolean;
  /** `$1`, `$2`, … */
  readonly args?: readonly string[];
}

/** Descriptors of one text; those not given stay the process's own. The caller keeps its references. */
export interface SessionStreams {
  readonly stdin?: OpenFile;
  readonly stdout?: OpenFile;
  readonly stderr?: OpenFile;
}

export interface ShellSession {
  /** Runs a text as `bash -c` would and gives its exit status. One at a time. */
  execute(source: string, streams?: SessionStreams): Promise<number>;
  snapshot(): ShellSnapshot;
  /** `exit` was called; nothing runs any more. */
  readonly hasEnded: boolean;
  /** Ends the shell if `exit` has not: its EXIT trap runs. */
  close(): Promise<void>;
}

/** `process` is the shell's: it must live as long as the session, and does nothing else. */
export async function createShellSession(process: Process, options: ShellSessionOptions = {}): Promise<ShellSession> {
  const isLogin = options.isLogin ?? false;
  const shell = createShell(process, options.flavour ?? "bash", {
    ...PLAIN_INVOCATION,
    isLogin,
    positional: options.args ?? [],
  });
  shell.frames.push({ kind: "main", name: "main", source: shell.source, callLine: 0 });
  shell.outlivesInterrupts = true;
  if (options.expandsAliases) shell.options.set("expand_aliases", true);
  if (isLogin) await readStartupFiles(shell, { isLogin, readsProfile: true, readsRc: false, rcFile: undefined });
  if (options.restore) restoreSnapshot(shell, options.restore);
  return new Session(shell);
}

class Session implements ShellSession {
  hasEnded = false;

  constructor(private readonly shell: Interpreter) {}

  async execute(source: string, streams: SessionStreams = {}): Promise<number> {
    const { shell } = this;
    if (this.hasEnded) return shell.state.lastStatus;
    const restore = this.redirect(streams);
    try {
      await shell.runProgram(new SourceText(source, "main"));
      await shell.flushReports();
      return shell.state.lastStatus;
    } catch (error) {
      return await this.afterError(error);
    } finally {
      restore();
    }
  }

  private async afterError(error: unknown): Promise<number> {
    const { state } = this.shell;
    if (error instanceof ExitShell) {
      this.hasEnded = true;
      state.lastStatus = await this.shell.runToEnd(async () => error.status);
    } else if (
      error instanceof DiscardCommand ||
      error instanceof ReturnFromFunction ||
      error instanceof ReturnFromEval
    )
      state.lastStatus = error.status;
    else if (!(error instanceof BreakLoop)) throw error;
    this.shell.errexitSuppressed = 0;
    this.shell.loopDepth = 0;
    this.shell.evalDepth = 0;
    this.shell.currentBuiltin = undefined;
    return state.lastStatus;
  }

  private redirect(streams: SessionStreams): () => void {
    const { fds } = this.shell.process;
    const before: [number, OpenFile | undefined, OpenFile][] = [];
    for (const [fd, file] of [
      [0, streams.stdin],
      [1, streams.stdout],
      [2, streams.stderr],
    ] as const) {
      if (!file) continue;
      before.push([fd, fds.get(fd), file]);
      fds.set(fd, file.retain());
    }
    return () => {
      for (const [fd, old, file] of before) {
        // `exec >file` took the place for good.
        if (fds.get(fd) !== file) {
          old?.release();
          continue;
        }
        file.release();
        if (old) fds.set(fd, old);
        else fds.delete(fd);
      }
    };
  }

  snapshot(): ShellSnapshot {
    return takeSnapshot(this.shell);
  }

  async close(): Promise<void> {
    if (this.hasEnded || this.shell.process.interruption.isInterrupted) return;
    this.hasEnded = true;
    await this.shell.runToEnd(async () => this.shell.state.lastStatus);
  }
}
