/** The interpreter: one per shell process. Walks unbash's tree. */
import type { AndOr, CommandNode, CompoundList, Pipeline, PipelineNode, Statement } from "unbash";
import type { Process, SignalName } from "../machine/types.ts";
import { isErrno } from "../machine/errno.ts";
import { createInterruption, type InterruptionSource } from "../machine/interruption.ts";
import { expandAliases } from "./aliases.ts";
import { evaluateArithmetic } from "./arithmetic.ts";
import { ArithmeticError } from "./arithmetic-parser.ts";
import { arithmeticMessage, createArithmeticScope } from "./arithmetic-messages.ts";
import { encodeText } from "./bytes.ts";
import { runCompound, runFunctionDefinition } from "./compound.ts";
import {
  BreakLoop,
  DiscardCommand,
  ExitShell,
  ExpansionError,
  ReturnFromFunction,
  ShellSyntaxError,
} from "./control.ts";
import { installDynamicVariables } from "./dynamic-variables.ts";
import { drive, Expander, type ExpansionHost } from "./expansion.ts";
import type { GlobContext } from "./glob.ts";
import { jobState, JobTable } from "./jobs.ts";
import { parseText, readProgram, validateStatement } from "./parser.ts";
import { startBackground, runPipeline } from "./pipelines.ts";
import { describeVariable } from "./declarations.ts";
import { expandPrompt } from "./prompt.ts";
import { homeOf } from "./users.ts";
import { runSimpleCommand } from "./simple-command.ts";
import { SourceText } from "./source-text.ts";
import type { ShellState } from "./state.ts";
import { ForkFamily } from "./forking.ts";
import { openProcessSubstitution, substituteCommand } from "./substitution.ts";
import { specialParameter } from "./special-parameters.ts";
import { TrapTable } from "./traps.ts";
import type { Segment } from "./words.ts";

/** A function call, a sourced file or the main program. */
export interface Frame {
  readonly kind: "main" | "function" | "source" | "eval";
  readonly name: string;
  readonly source: SourceText;
  /** Line of the call, in the caller's source. */
  readonly callLine: number;
}

export class Interpreter implements ExpansionHost {
  readonly expander: Expander;
  readonly jobs: JobTable;
  readonly traps: TrapTable;
  readonly frames: Frame[] = [];
  /** Above zero: a failing command does not end the shell under `set -e`. */
  errexitSuppressed = 0;
  loopDepth = 0;
  functionDepth = 0;
  evalDepth = 0;
  source: SourceText;
  /** Where the command now running stands in `source`. */
  position = 0;
  /** Status of the last `$(…)` of the command being expanded. */
  substitutionStatus: number | undefined;
  /** Set when there is no shell: a builtin runs as a program of this name. */
  programName: string | undefined;
  /** The one program a `-c` text consists of takes the shell's place, as if by `exec`. */
  becomesLastProgram = false;
  /** Builtin now running: its name goes into messages. */
  currentBuiltin: string | undefined;
  /** `BASH_COMMAND` */
  currentCommandText: () => string = () => "";
  /** Descriptors of process substitutions to close when the command ends. */
  openSubstitutions: number[] = [];
  /** Fires when a signal arrives that `read` and `wait` must notice. */
  private wakeSource: InterruptionSource = createInterruption();
  /** A session goes on with its next text where a script would die of SIGINT. */
  outlivesInterrupts = false;
  /** An interactive shell got SIGINT. */
  isInterrupted = false;

  constructor(
    readonly process: Process,
    readonly state: ShellState,
    readonly family: ForkFamily = new ForkFamily(),
    parentJobs?: JobTable,
  ) {
    this.source = new SourceText("", "main");
    this.expander = new Expander(this);
    this.jobs = parentJobs ? parentJobs.copyForSubshell() : new JobTable();
    this.traps = new TrapTable(this);
    state.variables.evaluateArithmetic = (expression) => this.evaluateArithmetic(expression);
    state.variables.warn = (message) => {
      this.queueReport(message);
    };
    installDynamicVariables(this);
  }

  // ---------------------------------------------------------------- what it is

  get variables() {
    return this.state.variables;
  }

  get options() {
    return this.state.options;
  }

  get positional(): readonly string[] {
    return this.state.positional;
  }

  get shellName(): string {
    return this.state.shellName;
  }

  get isBash(): boolean {
    return this.state.flavour === "bash";
  }

  get hasBashExpansions(): boolean {
    return this.state.flavour !== "dash";
  }

  get hasJobControl(): boolean {
    return this.options.has("monitor");
  }

  get line(): number {
    return this.source.lineAt(this.position);
  }

  special(name: string): string | undefined {
    return specialParameter(this, name);
  }

  describeVariable(name: string): string {
    return describeVariable(this, name) ?? "";
  }

  homeOf(user: string | undefined): string | undefined {
    return homeOf(this.process, user);
  }

  expandPrompt(text: string): string {
    return expandPrompt(this, text);
  }

  globContext(): GlobContext {
    return { fs: this.process.machine.fs, cwd: this.process.cwd, credentials: this.process.credentials };
  }

  substituteCommand(segment: Extract<Segment, { kind: "command" }>): Promise<string> {
    return substituteCommand(this, segment);
  }

  substituteProcess(segment: Extract<Segment, { kind: "process" }>): string {
    return openProcessSubstitution(this, segment);
  }

  /** Throws ExpansionError with bash's words. */
  evaluateArithmetic(expression: string): bigint {
    try {
      return evaluateArithmetic(expression, createArithmeticScope(this));
    } catch (error) {
      if (error instanceof ArithmeticError)
        throw new ExpansionError(arithmeticMessage(error, this.state.flavour), !this.isBash, this.isBash ? 1 : 2);
      throw error;
    }
  }

  /** Expands text as between double quotes: prompts, `PS4`, `${x@P}`. Null when it would have to wait. */
  expandNow(segments: readonly Segment[]): string | null {
    const result = drive(this.expander.segmentText(segments));
    return result instanceof Promise ? null : result;
  }

  // ------------------------------------------------------------------- messages

  /** What stands before every message: `bash: `, `script.sh: line 3: `, `sh: 1: `. */
  messagePrefix(): string {
    const { flavour, isInteractive } = this.state;
    if (this.programName !== undefined) return `${this.programName}: `;
    if (flavour === "dash")
      return `${this.shellName}: ${this.line}: ${this.currentBuiltin ? `${this.currentBuiltin}: ` : ""}`;
    if (flavour === "ash") return this.ashPrefix();
    const builtin = this.currentBuiltin ? `${this.currentBuiltin}: ` : "";
    if (isInteractive) return `${baseName(this.shellName)}: ${builtin}`;
    const name = this.source.name === "main" ? this.shellName : this.source.name;
    return `${name}: line ${this.line}: ${builtin}`;
  }

  private ashPrefix(): string {
    const isScript = this.frames[0]?.kind === "main" && this.frames[0].source.name !== "main";
    const line = this.state.isInteractive ? "" : `line ${this.line}: `;
    if (this.currentBuiltin) return `${this.shellName}: ${this.currentBuiltin}: ${line}`;
    return isScript ? `${this.shellName}: ${line}` : `${this.shellName}: `;
  }

  /** Prints `PREFIX: message` on standard error. */
  async report(message: string): Promise<void> {
    await this.writeError(`${this.messagePrefix()}${message}\n`);
  }

  /** The same without the name of the running builtin. */
  async reportPlain(message: string): Promise<void> {
    const builtin = this.currentBuiltin;
    this.currentBuiltin = undefined;
    try {
      await this.report(message);
    } finally {
      this.currentBuiltin = builtin;
    }
  }

  private queuedReports: string[] = [];

  /** For places that cannot wait; printed before the next command. */
  queueReport(message: string): void {
    this.queuedReports.push(`${this.messagePrefix()}${message}\n`);
  }

  async flushReports(): Promise<void> {
    const text = this.queuedReports.join("");
    this.queuedReports = [];
    if (text !== "") await this.writeError(text);
  }

  async writeError(text: string): Promise<void> {
    try {
      await this.process.stderr.write(encodeText(text));
    } catch (error) {
      // A closed standard error swallows what is written to it.
      if (!isErrno(error)) throw error;
    }
  }

  async write(text: string): Promise<void> {
    if (text !== "") await this.process.stdout.write(encodeText(text));
  }

  // --------------------------------------------------------------------- waiting

  /** Fires at the next signal that a trap or the interactive shell handles. */
  get wakeUp() {
    return this.wakeSource.interruption;
  }

  wake(): void {
    const old = this.wakeSource;
    this.wakeSource = createInterruption();
    old.interrupt("signal");
  }

  /** The promise's result; rejects when this process ends meanwhile. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const { interruption } = this.process;
    if (interruption.isInterrupted) throw interruption.reason;
    return await new Promise<T>((resolve, reject) => {
      const cancel = interruption.onInterrupt(reject);
      promise.then(
        (value) => {
          cancel();
          resolve(value);
        },
        (error: unknown) => {
          cancel();
          reject(error);
        },
      );
    });
  }

  /** Counts the lines typed at a terminal. */
  commandNumber = 0;
  private warnedAtCommand = -1;

  /** "There are stopped jobs.": said once; a second `exit` in a row leaves. */
  async refusesExit(): Promise<boolean> {
    const kinds = this.jobs.all.map((job) => jobState(job).kind);
    const isChecked = this.options.has("checkjobs") && kinds.includes("running");
    if (!kinds.includes("stopped") && !isChecked) return false;
    if (this.warnedAtCommand === this.commandNumber - 1) return false;
    this.warnedAtCommand = this.commandNumber;
    await this.writeError(kinds.includes("stopped") ? "There are stopped jobs.\n" : "There are running jobs.\n");
    return true;
  }

  /** What an interactive shell does with signals that would end or stop it. */
  readonly ownSignals = new Map<SignalName, () => void>();

  restoreDefaultSignal(signal: SignalName): void {
    this.process.onSignal(signal, "default");
    const own = this.ownSignals.get(signal);
    if (own) this.process.onSignal(signal, own);
  }

  /** Between commands: lets others run, dies if it must, handles signals. */
  async checkpoint(): Promise<void> {
    await this.process.clock.breathe();
    const { interruption } = this.process;
    if (interruption.isInterrupted) throw interruption.reason;
    if (this.isInterrupted && this.state.isInteractive) {
      this.isInterrupted = false;
      await this.writeError("\n");
      throw new DiscardCommand(130, true);
    }
    if (this.family.isCondemned && this.state.subshellDepth > 0) throw new ExitShell(254);
    if (this.queuedReports.length > 0) await this.flushReports();
    if (this.traps.hasPending) await this.traps.runPending();
  }

  // -------------------------------------------------------------------- programs

  /** Runs a text from its first line to its last; statements of one line are read together. */
  async runProgram(source: SourceText): Promise<number> {
    const outer = { source: this.source, position: this.position };
    this.source = source;
    try {
      return await this.runGroups(source);
    } finally {
      this.source = outer.source;
      this.position = outer.position;
    }
  }

  private async runGroups(source: SourceText): Promise<number> {
    const program = readProgram(source, this.state.flavour);
    for (const group of program.groups) {
      if (this.options.has("noexec") && !this.state.isInteractive) continue;
      if (this.options.has("verbose")) await this.writeError(ensureNewline(source.text.slice(group.start, group.end)));
      const expanded = this.withAliases(source, group.start, group.end);
      try {
        if (expanded) await this.runExpanded(expanded);
        else await this.runStatements(group.statements);
      } catch (error) {
        // What discards a line leaves the next lines to run, in a script as at a terminal.
        if (!(error instanceof DiscardCommand) || error.isInterrupt || this.evalDepth > 0) throw error;
        this.state.lastStatus = error.status;
        if (this.state.subshellDepth > 0) throw new ExitShell(error.status);
      }
    }
    if (program.fault) await this.syntaxError(source, program.fault);
    return this.state.lastStatus;
  }

  private withAliases(source: SourceText, start: number, end: number): SourceText | undefined {
    if (!this.options.has("expand_aliases") || this.state.aliases.size === 0) return undefined;
    const text = source.text.slice(start, end);
    const expanded = expandAliases(text, this.state.aliases);
    return expanded === text
      ? undefined
      : new SourceText(expanded, source.name, source.lineAt(start), source.errorLabel);
  }

  private async runExpanded(source: SourceText): Promise<void> {
    const outer = this.source;
    this.source = source;
    try {
      const { script, errors } = parseText(source.text);
      if (errors.length > 0) {
        const { fault } = readProgram(source, this.state.flavour);
        if (fault) return await this.syntaxError(source, fault);
      }
      await this.runStatements(script.commands);
    } finally {
      this.source = outer;
    }
  }

  private async runStatements(statements: readonly Statement[]): Promise<void> {
    for (const statement of statements) {
      try {
        validateStatement(statement, this.source, this.state.flavour, this.options);
      } catch (error) {
        if (error instanceof ShellSyntaxError) return await this.syntaxError(this.source, error);
        throw error;
      }
    }
    for (const statement of statements) await this.runStatement(statement);
  }

  /** Prints a syntax error. A shell that is not interactive ends with it; `eval` and `source` return 2 (bash) or 1. */
  async syntaxError(source: SourceText, error: ShellSyntaxError): Promise<void> {
    await this.printSyntaxError(source, error);
    this.state.lastStatus = 2;
    const isMain = this.evalDepth === 0;
    if (this.state.isInteractive) throw new DiscardCommand(2);
    if (isMain || !this.isBash) throw new ExitShell(2);
    throw new ReturnFromEval(2);
  }

  private async printSyntaxError(source: SourceText, error: ShellSyntaxError): Promise<void> {
    const line = error.position > source.text.length ? source.endLine : source.lineAt(error.position);
    const { flavour, isInteractive } = this.state;
    if (flavour === "dash") return this.writeError(`${this.shellName}: ${line}: ${error.message}\n`);
    if (flavour === "ash") {
      const isScript = source.name !== "main";
      return this.writeError(`${this.shellName}: ${isScript ? `line ${line}: ` : ""}${error.message}\n`);
    }
    if (isInteractive && this.evalDepth === 0)
      return this.writeError(`${baseName(this.shellName)}: ${error.message}\n`);
    const name = source.name === "main" ? baseOrPath(this.shellName, isInteractive) : source.name;
    const label = source.errorLabel ? `${source.errorLabel}: ` : "";
    const prefix = isInteractive ? `${name}: ${label}` : `${name}: ${label}line ${line}: `;
    const repeated = error.repeatsLine
      ? `${prefix}\`${source.lineText(Math.min(error.position, source.text.length))}'\n`
      : "";
    await this.writeError(`${prefix}${error.message}\n${repeated}`);
  }

  // ------------------------------------------------------------------- execution

  async runList(list: CompoundList): Promise<number> {
    for (const statement of list.commands) await this.runStatement(statement);
    return this.state.lastStatus;
  }

  async runStatement(statement: Statement): Promise<void> {
    if (this.options.has("noexec") && !this.state.isInteractive) return;
    if (statement.background) {
      await startBackground(this, statement);
      return;
    }
    await this.runNode(statement.command);
  }

  async runNode(node: PipelineNode | AndOr): Promise<number> {
    switch (node.type) {
      case "AndOr":
        return this.runAndOr(node);
      case "Pipeline":
        return runPipeline(this, node);
      default:
        return this.runCommandNode(node);
    }
  }

  async runCommandNode(node: CommandNode): Promise<number> {
    try {
      if (node.type === "Command") return await runSimpleCommand(this, node);
      if (node.type === "Function") return await runFunctionDefinition(this, node);
      return await runCompound(this, node);
    } catch (error) {
      if (error instanceof ExpansionError) return await this.expansionFailed(error);
      throw error;
    }
  }

  /** A failed expansion: message, then exit (fatal and not interactive) or the rest of the line is dropped. */
  async expansionFailed(error: ExpansionError): Promise<never> {
    await this.reportPlain(error.message);
    this.currentBuiltin = undefined;
    this.state.lastStatus = error.status;
    const isFatal = error.isFatal || !this.isBash;
    if (isFatal && !this.state.isInteractive) {
      // Only the shell that runs `-c` itself ends with 127; scripts and subshells do with 1.
      const isCommandText = this.options.has("-c") && this.state.subshellDepth === 0;
      throw new ExitShell(!this.isBash ? 2 : error.status === 127 && !isCommandText ? 1 : error.status);
    }
    throw new DiscardCommand(this.isBash && error.status === 127 ? 1 : error.status);
  }

  private async runAndOr(node: AndOr): Promise<number> {
    const last = node.commands.length - 1;
    for (let index = 0; index <= last; index++) {
      const operator = node.operators[index - 1];
      if (operator === "&&" && this.state.lastStatus !== 0) continue;
      if (operator === "||" && this.state.lastStatus === 0) continue;
      const command = node.commands[index] as PipelineNode;
      if (index < last) await this.withoutErrexit(() => this.runNode(command));
      else await this.runNode(command);
    }
    return this.state.lastStatus;
  }

  /** Runs something whose failure is looked at: conditions, all but the last of `&&` and `||`. */
  async withoutErrexit<T>(run: () => Promise<T>): Promise<T> {
    this.errexitSuppressed++;
    try {
      return await run();
    } finally {
      this.errexitSuppressed--;
    }
  }

  /** After a command that counts: the ERR trap and `set -e`. */
  async finishCommand(status: number): Promise<number> {
    this.state.lastStatus = status;
    if (status !== 0 && this.errexitSuppressed === 0) {
      if (this.traps.has("ERR")) await this.traps.run("ERR");
      if (this.options.has("errexit")) throw new ExitShell(status);
    }
    return status;
  }

  async runPipelineNode(node: Pipeline): Promise<number> {
    return runPipeline(this, node);
  }

  // ------------------------------------------------------------------------- end

  /** Runs `body` as the whole life of this shell and gives the exit status, EXIT trap included. */
  async runToEnd(body: () => Promise<number>): Promise<number> {
    let status: number;
    try {
      status = await body();
      // A trap that is due comes before the EXIT trap, and may set the status with `exit`.
      if (this.traps.hasPending) await this.traps.runPending();
    } catch (error) {
      status = this.statusOfEnd(error);
    }
    await this.flushReports();
    return this.runExitTrap(status);
  }

  private statusOfEnd(error: unknown): number {
    if (error instanceof ExitShell || error instanceof ReturnFromFunction || error instanceof DiscardCommand)
      return error.status;
    if (error instanceof BreakLoop) return 0;
    if (error instanceof ReturnFromEval) return error.status;
    throw error;
  }

  /** The EXIT trap, once; gives the status it leaves. */
  async runExitTrap(status: number): Promise<number> {
    const action = this.state.traps.get("EXIT");
    if (!action) return status;
    this.state.traps.delete("EXIT");
    this.state.lastStatus = status;
    try {
      await this.traps.runAction(action, "exit trap");
    } catch (error) {
      return this.statusOfEnd(error);
    }
    return status;
  }
}

/** Leaves an `eval` or `source` whose text is wrong. */
export class ReturnFromEval extends Error {
  constructor(readonly status: number) {
    super("eval");
  }
}

function ensureNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

export function baseName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function baseOrPath(name: string, isInteractive: boolean): string {
  return isInteractive ? baseName(name) : name;
}
