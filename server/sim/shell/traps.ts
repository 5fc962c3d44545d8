/** `trap`: signals, and the pseudo-signals EXIT, ERR, DEBUG, RETURN. */
import type { Cancel, SignalName } from "../machine/types.ts";
import { ReturnFromFunction } from "./control.ts";
import type { Interpreter } from "./interpreter.ts";
import { SourceText } from "./source-text.ts";

export type PseudoSignal = "EXIT" | "ERR" | "DEBUG" | "RETURN";

export class TrapTable {
  private readonly cancels = new Map<string, Cancel>();
  private pending: string[] = [];
  private depth = 0;
  private readonly running = new Set<string>();

  constructor(private readonly shell: Interpreter) {}

  private get actions(): Map<string, string> {
    return this.shell.state.traps;
  }

  /** Whether an action is set; ignored signals do not count. */
  has(name: string): boolean {
    const { size } = this.actions;
    return size > 0 && (this.actions.get(name) ?? "") !== "";
  }

  /** Inside an action BASH_COMMAND stays what it was. */
  get isRunningAction(): boolean {
    return this.depth > 0;
  }

  get hasPending(): boolean {
    return this.pending.length > 0;
  }

  /** `name` without SIG. Null restores the default. */
  set(name: string, action: string | null): void {
    this.cancels.get(name)?.();
    this.cancels.delete(name);
    if (action === null) this.actions.delete(name);
    else this.actions.set(name, action);
    if (isPseudo(name)) return;
    const signal = `SIG${name}` as SignalName;
    const { process } = this.shell;
    if (action === null) {
      this.shell.restoreDefaultSignal(signal);
      return;
    }
    this.cancels.set(name, process.onSignal(signal, action === "" ? "ignore" : () => this.arrived(name)));
  }

  /** Name of the signal that came last. */
  lastArrived = "TERM";

  private arrived(name: string): void {
    this.lastArrived = name;
    if (this.pending.length < 100) this.pending.push(name);
    if (name === "INT") this.shell.isInterrupted = false;
    this.shell.wake();
  }

  async runPending(): Promise<void> {
    while (this.pending.length > 0) {
      const name = this.pending.shift() ?? "";
      const action = this.actions.get(name);
      if (action) await this.runAction(action, "trap");
    }
  }

  /** Runs a pseudo-signal's action, not inside itself. */
  async run(name: PseudoSignal): Promise<void> {
    const action = this.actions.get(name);
    if (!action || this.running.has(name)) return;
    this.running.add(name);
    try {
      await this.runAction(action, "trap");
    } finally {
      this.running.delete(name);
    }
  }

  /** `$?` is what it was before, unless the action leaves the shell. */
  async runAction(action: string, label: string): Promise<void> {
    const { shell } = this;
    const { lastStatus, pipeStatus, lastArgument } = shell.state;
    const { position, substitutionStatus, currentBuiltin, currentCommandText } = shell;
    shell.currentBuiltin = undefined;
    const line = shell.line;
    shell.evalDepth++;
    this.depth++;
    try {
      const source = new SourceText(action, shell.source.name, line, label);
      await shell.runProgram(source);
      shell.state.lastStatus = lastStatus;
    } catch (error) {
      if (error instanceof ReturnFromFunction && shell.functionDepth === 0) return;
      throw error;
    } finally {
      shell.evalDepth--;
      this.depth--;
      shell.position = position;
      shell.state.pipeStatus = pipeStatus;
      shell.state.lastArgument = lastArgument;
      shell.substitutionStatus = substitutionStatus;
      shell.currentBuiltin = currentBuiltin;
      shell.currentCommandText = currentCommandText;
    }
  }

  /** Functions do not inherit ERR, DEBUG and RETURN unless `set -E`/`-T` say so. Gives the way back. */
  enterFunction(): () => void {
    if (this.actions.size === 0) return () => {};
    const hidden: [string, string][] = [];
    const hide = (name: string): void => {
      const action = this.actions.get(name);
      if (action === undefined) return;
      hidden.push([name, action]);
      this.actions.delete(name);
    };
    if (!this.shell.options.has("errtrace")) hide("ERR");
    if (!this.shell.options.has("functrace")) {
      hide("DEBUG");
      hide("RETURN");
    }
    return () => {
      for (const [name, action] of hidden) if (!this.actions.has(name)) this.actions.set(name, action);
    };
  }

  /** After a fork: what was ignored stays ignored (the kernel saw to it). */
  names(): string[] {
    return [...this.actions.keys()];
  }
}

export function isPseudo(name: string): name is PseudoSignal {
  return name === "EXIT" || name === "ERR" || name === "DEBUG" || name === "RETURN";
}
