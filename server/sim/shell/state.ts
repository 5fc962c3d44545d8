/** What a shell remembers, apart from its process: copied when it forks, saved in snapshots. */
import type { Function as FunctionNode } from "unbash";
import type { Flavour } from "./flavour.ts";
import { OptionSet } from "./options.ts";
import type { SourceText } from "./source-text.ts";
import { VariableStore } from "./variables.ts";

export interface ShellFunction {
  readonly name: string;
  readonly node: FunctionNode;
  readonly source: SourceText;
  readonly isExported: boolean;
}

/** `complete`'s specification for one command. */
export interface CompletionSpec {
  readonly functionName?: string;
  readonly words?: string;
  readonly actions: readonly string[];
  readonly options: readonly string[];
  readonly globPattern?: string;
  readonly command?: string;
}

export class ShellState {
  readonly functions: Map<string, ShellFunction> = new Map();
  readonly aliases: Map<string, string> = new Map();
  readonly traps: Map<string, string> = new Map();
  readonly hashedCommands: Map<string, { path: string; hits: number }> = new Map();
  readonly disabledBuiltins: Set<string> = new Set();
  readonly completions: Map<string, CompletionSpec> = new Map();
  /** Options of the specification at work, for `compopt`; null while nothing is completed. */
  completionOptions: Set<string> | null = null;
  history: string[] = [];
  /** Number of the first line kept in `history`. */
  historyBase = 1;
  positional: readonly string[] = [];
  /** Below the working directory, which is always on top. */
  directoryStack: readonly string[] = [];
  lastStatus = 0;
  lastArgument = "";
  lastBackgroundPid: number | undefined;
  pipeStatus: readonly number[] = [0];
  /** Position inside a word of clustered options; OPTIND is a variable. */
  getoptsOffset = 0;
  subshellDepth = 0;
  /** Nested `$(…)`: `set -x` repeats its mark so often. */
  substitutionDepth = 0;
  isInteractive = false;
  isLogin = false;
  readsStandardInput = false;
  /** `$$` */
  shellPid = 0;
  /** For `SECONDS`. */
  startedMs = 0;
  randomState = 1;
  /** Signals that were ignored when the shell started stay so. */
  readonly ignoredAtStart: Set<string> = new Set();

  constructor(
    readonly flavour: Flavour,
    /** `$0` */
    public shellName: string,
    readonly variables: VariableStore = VariableStore.empty(),
    readonly options: OptionSet = flavour === "bash"
      ? OptionSet.forBash()
      : new OptionSet(["expand_aliases", "patsub_replacement"]),
  ) {}

  /** `set -E` and `set -T` hand these traps down to subshells. */
  private isInherited(name: string): boolean {
    if (name === "ERR") return this.options.has("errtrace");
    return (name === "DEBUG" || name === "RETURN") && this.options.has("functrace");
  }

  /** The copy a child process starts with: traps that run something are reset. */
  fork(): ShellState {
    const copy = new ShellState(this.flavour, this.shellName, this.variables.fork(), this.options.clone());
    for (const [name, each] of this.functions) copy.functions.set(name, each);
    for (const [name, value] of this.aliases) copy.aliases.set(name, value);
    for (const [name, action] of this.traps) if (action === "" || this.isInherited(name)) copy.traps.set(name, action);
    for (const [name, spec] of this.completions) copy.completions.set(name, spec);
    for (const [name, each] of this.hashedCommands) copy.hashedCommands.set(name, { ...each });
    for (const name of this.disabledBuiltins) copy.disabledBuiltins.add(name);
    copy.history = this.history;
    copy.historyBase = this.historyBase;
    copy.positional = this.positional;
    copy.directoryStack = this.directoryStack;
    copy.lastStatus = this.lastStatus;
    copy.lastArgument = this.lastArgument;
    copy.lastBackgroundPid = this.lastBackgroundPid;
    copy.pipeStatus = this.pipeStatus;
    copy.getoptsOffset = this.getoptsOffset;
    copy.subshellDepth = this.subshellDepth + 1;
    copy.substitutionDepth = this.substitutionDepth;
    copy.isInteractive = false;
    copy.isLogin = this.isLogin;
    copy.shellPid = this.shellPid;
    copy.startedMs = this.startedMs;
    copy.randomState = (Math.imul(this.randomState, 31) + this.subshellDepth + 1) >>> 0;
    return copy;
  }
}
