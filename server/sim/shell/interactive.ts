/** A shell at a terminal: prompts, history, job notices, and what ^C, ^D and ^Z mean to it. */
import { isErrno } from "../machine/errno.ts";
import { type EditResult, KillRing, readLine } from "../machine/line-editor.ts";
import { isProcessEnded } from "../machine/process-ended.ts";
import type { Cancel, SignalName, Tty } from "../machine/types.ts";
import { IndexedArray } from "./arrays.ts";
import { completeLine } from "./completion.ts";
import { BreakLoop, DiscardCommand, ExitShell, ExpansionError, ReturnFromFunction } from "./control.ts";
import { addToHistory, expandHistory, historyPath, readHistoryFile, writeHistoryFile } from "./history.ts";
import { LineReader } from "./history-entry.ts";
import { type Interpreter, ReturnFromEval } from "./interpreter.ts";
import { isUnfinished } from "./parser.ts";
import { renderPrompt } from "./prompt.ts";
import { type FinishedCommand, type InteractiveShell, shellServices } from "./services.ts";
import { restoreSnapshot, type ShellSnapshot, takeSnapshot } from "./snapshot.ts";
import { SourceText } from "./source-text.ts";

/** Lives until `exit` or the end of input; gives the exit status. */
export async function runInteractive(shell: Interpreter, tty: Tty): Promise<number> {
  return new Session(shell, tty).run();
}

/** Signals an interactive shell outlives. Handlers, not "ignore": children get the defaults back. */
const SURVIVED: readonly SignalName[] = ["SIGTERM", "SIGQUIT", "SIGTSTP", "SIGTTIN", "SIGTTOU"];

class Session implements InteractiveShell {
  private readonly commandListeners = new Set<(command: FinishedCommand) => void>();
  private readonly endListeners = new Set<() => void>();
  private readonly killRing = new KillRing();
  private lastSnapshot: ShellSnapshot | undefined;
  private lineNumber = 1;
  /** Lines of a paste that are still to be run. */
  private pasted: string[] = [];
  /** ^D came within a command: the shell ends with it. */
  private isAtEnd = false;
  /** ^D in a row, for IGNOREEOF. */
  private endsInARow = 0;

  constructor(
    private readonly shell: Interpreter,
    readonly tty: Tty,
  ) {}

  get process() {
    return this.shell.process;
  }

  snapshot(): ShellSnapshot {
    this.lastSnapshot ??= takeSnapshot(this.shell);
    return this.lastSnapshot;
  }

  onCommand(listener: (command: FinishedCommand) => void): Cancel {
    this.commandListeners.add(listener);
    return () => void this.commandListeners.delete(listener);
  }

  onEnd(listener: () => void): Cancel {
    this.endListeners.add(listener);
    return () => void this.endListeners.delete(listener);
  }

  async run(): Promise<number> {
    const { shell } = this;
    this.takeTerminal();
    this.handleSignals();
    if (shell.isBash) shell.options.set("emacs", true);
    for (const option of ["history", "histexpand"])
      if (shell.isBash && !shell.options.has("posix")) shell.options.set(option, true);
    const services = shell.process.machine.services.get(shellServices);
    const snapshot = services?.snapshotFor?.(this.tty);
    if (snapshot) restoreSnapshot(shell, snapshot);
    else readHistoryFile(shell, historyPath(shell));
    this.lastSnapshot = undefined;
    services?.shellStarted?.(this);
    try {
      return await this.loop();
    } finally {
      for (const listener of this.endListeners) listener();
    }
  }

  /** Its own process group, in the foreground. */
  private takeTerminal(): void {
    const { process } = this.shell;
    if (process.processGroup !== process.pid) process.processGroup = process.pid;
    this.tty.foregroundProcessGroup = process.processGroup;
    this.shell.options.set("monitor", true);
  }

  private handleSignals(): void {
    const { shell } = this;
    const own = (signal: SignalName, handler: () => void): void => {
      shell.ownSignals.set(signal, handler);
      shell.process.onSignal(signal, handler);
    };
    for (const signal of SURVIVED) own(signal, () => {});
    own("SIGINT", () => {
      shell.isInterrupted = true;
      shell.wake();
    });
    own("SIGHUP", () => this.hangUp());
    own("SIGWINCH", () => this.measureWindow());
  }

  /** The terminal is gone: jobs hear of it, then the shell ends. */
  private hangUp(): void {
    const { shell } = this;
    for (const job of shell.jobs.all) {
      if (job.isKept) continue;
      for (const signal of ["SIGHUP", "SIGCONT"] as const) {
        try {
          shell.process.kill(-job.processGroup, signal);
        } catch (error) {
          if (!isErrno(error)) throw error;
        }
      }
    }
    shell.process.onSignal("SIGHUP", "default");
    try {
      shell.process.kill(shell.process.pid, "SIGHUP");
    } catch (error) {
      // Its own end is what was wanted; whoever closed the terminal still has to go on.
      if (!isProcessEnded(error)) throw error;
    }
  }

  private measureWindow(): void {
    if (!this.shell.isBash) return;
    this.shell.variables.force("COLUMNS", String(this.tty.size.columns));
    this.shell.variables.force("LINES", String(this.tty.size.rows));
  }

  private async loop(): Promise<number> {
    for (;;) {
      const text = await this.readCommand();
      if (text === null) {
        const status = await this.endOfInput();
        if (status !== undefined) return status;
        continue;
      }
      this.endsInARow = 0;
      if (text === "") continue;
      const status = (await this.runCommand(text)) ?? (this.isAtEnd ? await this.endOfInput() : undefined);
      this.isAtEnd = false;
      if (status !== undefined) return status;
    }
  }

  /** ^D. Undefined: the shell stays. */
  private async endOfInput(): Promise<number | undefined> {
    const { shell } = this;
    if (this.ignoresEnd()) {
      await shell.writeError(`Use "${shell.state.isLogin ? "logout" : "exit"}" to leave the shell.\n`);
      return undefined;
    }
    if (shell.isBash) await shell.writeError(shell.state.isLogin ? "logout\n" : "exit\n");
    else await shell.writeError("\n");
    shell.commandNumber++;
    if (await shell.refusesExit()) return undefined;
    this.saveHistory();
    return shell.state.lastStatus;
  }

  /** IGNOREEOF: so many ^D in a row are let pass, ten unless it is a number. */
  private ignoresEnd(): boolean {
    const { shell } = this;
    const text = shell.isBash ? shell.variables.scalar("IGNOREEOF") : undefined;
    if (text === undefined) return shell.options.has("ignoreeof");
    return this.endsInARow++ < (/^[0-9]+$/.test(text) ? Number(text) : 10);
  }

  private saveHistory(): void {
    const { shell } = this;
    const path = shell.isBash
      ? shell.variables.scalar("HISTFILE")
      : shell.state.flavour === "ash"
        ? historyPath(shell)
        : undefined;
    if (path) writeHistoryFile(shell, path);
  }

  // ----------------------------------------------------------------------- reading

  /** A whole command, several lines if need be; empty when there is nothing to run, null at the end. */
  private async readCommand(): Promise<string | null> {
    if (this.pasted.length === 0) await this.beforePrompt();
    const reader = new LineReader();
    let text: string | undefined;
    for (;;) {
      const result = await this.nextLine(text === undefined ? "PS1" : "PS2");
      if (result.kind === "interrupted") return this.abandon(text);
      if (result.kind === "eof") {
        if (text === undefined) return null;
        // The text is judged as it is; only a here-document may end like that.
        this.isAtEnd = !reader.isInDocument;
        return `${text}\n`;
      }
      const line = await this.expandLine(result.line, reader);
      if (line === undefined) {
        if (text === undefined) return "";
        continue;
      }
      reader.read(line);
      if (!this.shell.isBash) addToHistory(this.shell, line);
      text = text === undefined ? line : `${text}\n${line}`;
      if (text.trim() === "") return "";
      if (!isUnfinished(text)) return text;
    }
  }

  /** ^C while a command is typed: bash remembers the lines before. */
  private abandon(text: string | undefined): string {
    const { shell } = this;
    shell.state.lastStatus = 130;
    shell.isInterrupted = false;
    if (text !== undefined && shell.isBash && shell.options.has("history")) addToHistory(shell, text);
    return "";
  }

  /** Typed, or left of a paste of several lines, which come one after the other as if typed. */
  private async nextLine(prompt: "PS1" | "PS2"): Promise<EditResult> {
    const pasted = this.pasted.shift();
    if (pasted !== undefined) return { kind: "line", line: pasted };
    const result = await readLine({
      process: this.process,
      tty: this.tty,
      prompt: await this.prompt(prompt),
      history: this.shell.state.history,
      killRing: this.killRing,
      bracketedPaste: this.shell.isBash,
      listsAtSecondTab: !this.shell.isBash,
      complete: (line, cursor) => completeLine(this.shell, line, cursor),
    });
    // The line editor hears of a new size while it reads; COLUMNS and LINES learn of it here.
    this.measureWindow();
    if (result.kind !== "line") return result;
    const [line = "", ...rest] = result.line.split("\n");
    // The newline that ends a paste, and Enter after it, are one end of the last line.
    if (rest.at(-1) === "") rest.pop();
    this.pasted = rest;
    return { kind: "line", line };
  }

  private async prompt(name: string): Promise<string> {
    const text = this.shell.variables.scalar(name) ?? "";
    try {
      return await renderPrompt(this.shell, text, true);
    } catch (error) {
      if (error instanceof ExpansionError || error instanceof DiscardCommand) return text;
      throw error;
    }
  }

  /** `!` expansion; the result is shown before it runs. Undefined: the line does not count. */
  private async expandLine(line: string, reader: LineReader): Promise<string | undefined> {
    const { shell } = this;
    if (!shell.options.has("histexpand") || !reader.expandsHistory) return line;
    const { history, historyBase } = shell.state;
    const expansion = expandHistory(history, historyBase, line, reader.isInDoubleQuotes);
    if (expansion.kind === "same") return line;
    if (expansion.kind === "failed") {
      await shell.report(expansion.message);
      return undefined;
    }
    await shell.writeError(`${expansion.text}\n`);
    if (!expansion.isPrintOnly) return expansion.text;
    addToHistory(shell, expansion.text);
    return undefined;
  }

  private async beforePrompt(): Promise<void> {
    const { shell } = this;
    shell.family.failures = 0;
    shell.family.isCondemned = false;
    const notices = shell.jobs.takeNotices();
    if (notices !== "") await shell.writeError(notices);
    if (shell.traps.hasPending) await this.guarded(() => shell.traps.runPending());
    this.measureWindow();
    for (const command of this.promptCommands()) {
      const { lastStatus } = shell.state;
      await this.guarded(async () => {
        await shell.runProgram(new SourceText(command, "main", this.lineNumber));
      });
      shell.state.lastStatus = lastStatus;
    }
    shell.isInterrupted = false;
  }

  /** PROMPT_COMMAND: one command, or an array of them. */
  private promptCommands(): readonly string[] {
    const { shell } = this;
    if (!shell.isBash) return [];
    const value = shell.variables.get("PROMPT_COMMAND")?.value;
    if (value instanceof IndexedArray) return value.indices().map((index) => value.get(index) ?? "");
    const command = shell.variables.scalar("PROMPT_COMMAND");
    return command ? [command] : [];
  }

  // ----------------------------------------------------------------------- running

  /** Undefined: the shell goes on. */
  private async runCommand(text: string): Promise<number | undefined> {
    const { shell } = this;
    if (shell.isBash && shell.options.has("history")) addToHistory(shell, text);
    shell.commandNumber++;
    const announcement = shell.isBash && this.hasPs0 ? await this.prompt("PS0") : "";
    if (announcement !== "") await shell.writeError(announcement.replace(/[\x01\x02]/g, ""));
    const source = new SourceText(text, "main", this.lineNumber);
    this.lineNumber += text.split("\n").length;
    const status = await this.guarded(async () => {
      await shell.runProgram(source);
    });
    this.lastSnapshot = undefined;
    if (status === undefined) this.tellListeners(text);
    else this.saveHistory();
    return status;
  }

  private get hasPs0(): boolean {
    return Boolean(this.shell.variables.scalar("PS0"));
  }

  private tellListeners(line: string): void {
    const exitCode = this.shell.state.lastStatus;
    for (const listener of this.commandListeners) listener({ line, exitCode });
  }

  /** Runs something; the exit status when the shell must end. */
  private async guarded(run: () => Promise<void>): Promise<number | undefined> {
    const { shell } = this;
    try {
      await run();
    } catch (error) {
      if (error instanceof ExitShell) return error.status;
      if (error instanceof DiscardCommand) this.pasted = [];
      if (error instanceof DiscardCommand || error instanceof ReturnFromEval || error instanceof ReturnFromFunction)
        shell.state.lastStatus = error.status;
      else if (!(error instanceof BreakLoop)) throw error;
    } finally {
      this.resetAfterCommand();
    }
    return undefined;
  }

  /** What an abandoned command may have left behind. */
  private resetAfterCommand(): void {
    const { shell } = this;
    shell.errexitSuppressed = 0;
    shell.loopDepth = 0;
    shell.evalDepth = 0;
    shell.currentBuiltin = undefined;
    shell.isInterrupted = false;
    if (this.process.interruption.isInterrupted) return;
    this.tty.foregroundProcessGroup = this.process.processGroup;
  }
}
