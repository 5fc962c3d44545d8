/** A simple command: expand, redirect, assign, then a function, a builtin or a program. */
import type { Assignment, Command, Redirection } from "unbash";
import { isErrno } from "../machine/errno.ts";
import {
  assignTemporarily,
  assignmentText,
  expandAssignment,
  performAssignment,
  type ReadyAssignment,
} from "./assignments.ts";
import { builtins, declarationBuiltins, specialBuiltins } from "./builtins/index.ts";
import { type Builtin, type BuiltinArgument, helpText } from "./builtins/builtin.ts";
import { DiscardCommand, ExitShell, ExpansionError } from "./control.ts";
import { drive } from "./expansion.ts";
import { becomeProgram, runExternal } from "./external-command.ts";
import { callFunction } from "./functions.ts";
import type { Interpreter } from "./interpreter.ts";
import { frozenText } from "./pipelines.ts";
import { quoteIfNeeded } from "./quote.ts";
import {
  applyChanges,
  applyForGood,
  openRedirections,
  type OpenedRedirections,
  RedirectionError,
  redirectionStatus,
} from "./redirections.ts";
import { closeSubstitutions } from "./substitution.ts";
import type { ShellFunction } from "./state.ts";
import { lowerWord } from "./words.ts";

export interface ExpandedCommand {
  readonly words: readonly BuiltinArgument[];
  readonly assignments: readonly ReadyAssignment[];
}

export async function runSimpleCommand(shell: Interpreter, node: Command): Promise<number> {
  shell.position = node.pos;
  await shell.checkpoint();
  if (!shell.traps.isRunningAction) shell.currentCommandText = frozenText(shell, node);
  if (shell.traps.has("DEBUG")) await shell.traps.run("DEBUG");
  const substitutions = shell.openSubstitutions.length;
  try {
    return await shell.finishCommand(await runExpanded(shell, node));
  } finally {
    if (shell.openSubstitutions.length > substitutions) closeSubstitutions(shell, substitutions);
  }
}

async function runExpanded(shell: Interpreter, node: Command): Promise<number> {
  shell.substitutionStatus = undefined;
  let words = await expandWords(shell, node);
  if (words.length === 0) return runAssignmentsOnly(shell, node);
  // `%1` alone means `fg %1`.
  if (shell.isBash && shell.hasJobControl && /^%/.test(String(words[0]))) words = ["fg", ...words];
  const name = words[0] as string;
  const opened = await openFor(shell, node.redirects);
  if (typeof opened === "number") {
    if (specialBuiltins.has(name) && !shell.isBash && !shell.state.isInteractive) throw new ExitShell(opened);
    shell.state.pipeStatus = [opened];
    return opened;
  }
  const assignments = await expandPrefix(shell, node);
  if (shell.options.has("xtrace")) await trace(shell, assignments, words);
  // An `exec` without a command keeps its redirections.
  if (name === "exec" && words.length === 1 && opened && !shell.state.functions.has("exec")) {
    applyForGood(shell, opened);
    for (const assignment of assignments) performAssignment(shell, assignment);
    return 0;
  }
  const status = await runCommand(shell, words, assignments, opened, node);
  shell.state.lastArgument = String(words.at(-1));
  shell.state.pipeStatus = [status];
  return status;
}

/** The command's words; `declare` and its like get assignments as such. */
export async function expandWords(shell: Interpreter, node: Command): Promise<BuiltinArgument[]> {
  if (!node.name) return [];
  const words: BuiltinArgument[] = [];
  const first = lowerWord(node.name, shell.source);
  if (first.literal !== undefined) words.push(first.literal);
  else words.push(...(await drive(shell.expander.fields(first))));
  const declares = declarationBuiltins.has(String(words[0]));
  let isAssociative = false;
  for (const argument of node.args) {
    if (argument.type === "Assignment") {
      if (declares || words.some((word) => typeof word === "string" && declarationBuiltins.has(word))) {
        words.push({
          assignment: await expandAssignment(
            shell,
            argument,
            isAssociative || shell.variables.isAssociative(argument.name),
          ),
        });
      } else words.push(...(await expandAsWord(shell, argument)));
      continue;
    }
    const word = lowerWord(argument, shell.source);
    if (word.literal !== undefined) words.push(word.literal);
    else {
      const fields = drive(shell.expander.fields(word));
      words.push(...(fields instanceof Promise ? await fields : fields));
    }
    if (declares && /^-[a-zA-Z]*A/.test(argument.text)) isAssociative = true;
  }
  return words;
}

async function expandAsWord(shell: Interpreter, argument: Assignment): Promise<string[]> {
  const ready = await expandAssignment(shell, argument, false);
  return [assignmentText(ready, (text) => text)];
}

async function openFor(
  shell: Interpreter,
  redirects: readonly Redirection[],
): Promise<OpenedRedirections | undefined | number> {
  if (redirects.length === 0) return undefined;
  try {
    return await openRedirections(shell, redirects);
  } catch (error) {
    if (!(error instanceof RedirectionError)) throw error;
    await shell.reportPlain(error.message);
    return redirectionStatus(shell);
  }
}

async function expandPrefix(shell: Interpreter, node: Command): Promise<ReadyAssignment[]> {
  if (node.prefix.length === 0) return [];
  const ready: ReadyAssignment[] = [];
  for (const item of node.prefix) if (item.type === "Assignment") ready.push(await expandAssignment(shell, item));
  return ready;
}

async function runAssignmentsOnly(shell: Interpreter, node: Command): Promise<number> {
  const opened = await openFor(shell, node.redirects);
  if (typeof opened === "number") return opened;
  const undo = opened && applyChanges(shell, opened);
  try {
    for (const item of node.prefix) {
      if (item.type !== "Assignment") continue;
      const assignment = await expandAssignment(shell, item);
      if (shell.options.has("xtrace"))
        await shell.writeError(`${tracePrefix(shell)}${assignmentText(assignment, quoteIfNeeded)}\n`);
      await assign(shell, assignment);
    }
  } finally {
    undo?.();
  }
  const status = shell.substitutionStatus ?? 0;
  shell.state.pipeStatus = [status];
  return status;
}

/** A readonly variable: bash drops the line, dash and ash end the shell. */
async function assign(shell: Interpreter, assignment: ReadyAssignment): Promise<void> {
  try {
    performAssignment(shell, assignment);
  } catch (error) {
    if (!(error instanceof ExpansionError)) throw error;
    if (shell.isBash) throw error;
    throw new ExpansionError(error.message.replace("readonly variable", "is read only"), true, 2);
  }
}

async function runCommand(
  shell: Interpreter,
  words: readonly BuiltinArgument[],
  assignments: readonly ReadyAssignment[],
  opened: OpenedRedirections | undefined,
  node: Command,
): Promise<number> {
  const name = words[0] as string;
  const isSpecial = specialBuiltins.has(name) && (!shell.isBash || shell.options.has("posix"));
  const definition = isSpecial ? undefined : shell.state.functions.get(name);
  const builtin = definition ? undefined : findBuiltin(shell, name);
  if (!definition && !builtin) {
    const run = shell.becomesLastProgram ? becomeProgram : runExternal;
    return run(shell, {
      words: words.map(argumentText),
      assignments,
      opened,
      text: frozenText(shell, node),
    });
  }
  const undo = opened && applyChanges(shell, opened);
  try {
    return await runHere(shell, { definition, builtin, words, assignments, isSpecial });
  } finally {
    undo?.();
  }
}

export function findBuiltin(shell: Interpreter, name: string): Builtin | undefined {
  if (shell.state.disabledBuiltins.has(name)) return undefined;
  const builtin = builtins.get(name);
  return builtin && (builtin.flavours ?? ["bash", "dash", "ash"]).includes(shell.state.flavour) ? builtin : undefined;
}

export function argumentText(argument: BuiltinArgument): string {
  return typeof argument === "string" ? argument : assignmentText(argument.assignment, (text) => text);
}

interface HereCommand {
  readonly definition: ShellFunction | undefined;
  readonly builtin: Builtin | undefined;
  readonly words: readonly BuiltinArgument[];
  readonly assignments: readonly ReadyAssignment[];
  readonly isSpecial: boolean;
}

async function runHere(shell: Interpreter, command: HereCommand): Promise<number> {
  const { assignments } = command;
  if (assignments.length === 0) return runDirectly(shell, command);
  // In POSIX shells assignments before a special builtin last.
  if (command.isSpecial) {
    for (const assignment of assignments) await assign(shell, assignment);
    return runDirectly(shell, command);
  }
  const scope = shell.variables.pushScope("environment");
  try {
    for (const assignment of assignments) assignTemporarily(shell, scope, assignment);
    return await runDirectly(shell, command);
  } finally {
    shell.variables.popScope(scope);
  }
}

async function runDirectly(shell: Interpreter, command: HereCommand): Promise<number> {
  const [name, ...args] = command.words;
  if (command.definition) return callFunction(shell, command.definition, args.map(argumentText));
  if (command.builtin) return runBuiltin(shell, command.builtin, String(name), args);
  return 127;
}

/** To these builtins of bash `--help` is a word like any other. */
const WITHOUT_HELP: ReadonlySet<string> = new Set([":", "[", "echo", "false", "test", "true"]);

/** `cd --help` prints what `help cd` does, with the status of wrong usage. */
async function showHelp(shell: Interpreter, builtin: Builtin): Promise<number> {
  await shell.write(helpText(builtin));
  return 2;
}

export async function runBuiltin(
  shell: Interpreter,
  builtin: Builtin,
  name: string,
  args: readonly BuiltinArgument[],
): Promise<number> {
  if (shell.isBash && args[0] === "--help" && !WITHOUT_HELP.has(name)) return showHelp(shell, builtin);
  const outer = shell.currentBuiltin;
  shell.currentBuiltin = name;
  try {
    const status = builtin.run({ shell, name, args: args.map(argumentText), rawArguments: args });
    return typeof status === "number" ? status : await status;
  } catch (error) {
    return await builtinFailed(shell, name, error);
  } finally {
    shell.currentBuiltin = outer;
  }
}

async function builtinFailed(shell: Interpreter, name: string, error: unknown): Promise<number> {
  if (isErrno(error)) {
    // A write that failed: SIGPIPE has ended the process before we come here, unless it is ignored.
    await shell.report(shell.isBash ? `write error: ${error.message}` : error.message);
    return 1;
  }
  if (error instanceof ExpansionError) {
    const isOwn = error.message.endsWith("readonly variable") || !error.message.startsWith("xre");
    await (isOwn && declarationBuiltins.has(name) ? shell.report(error.message) : shell.reportPlain(error.message));
    if (!shell.isBash && specialBuiltins.has(name) && !shell.state.isInteractive) throw new ExitShell(2);
    if (error.isFatal && !shell.state.isInteractive) throw new ExitShell(error.status);
    if (error.isFatal) throw new DiscardCommand(error.status);
    return error.status;
  }
  throw error;
}

// ----------------------------------------------------------------------- tracing

export function tracePrefix(shell: Interpreter): string {
  const prompt = shell.variables.scalar("PS4") ?? "+ ";
  const expanded = shell.isBash ? shell.expandPrompt(prompt) : prompt;
  return expanded.charAt(0).repeat(shell.isBash ? shell.state.substitutionDepth + shell.evalDepth : 0) + expanded;
}

async function trace(
  shell: Interpreter,
  assignments: readonly ReadyAssignment[],
  words: readonly BuiltinArgument[],
): Promise<void> {
  if (shell.state.flavour === "dash") {
    await shell.writeError(
      `${tracePrefix(shell)}${[...assignments.map((each) => assignmentText(each, (text) => text)), ...words.map(argumentText)].join(" ")}\n`,
    );
    return;
  }
  const parts = [
    ...assignments.map((assignment) => assignmentText(assignment, quoteIfNeeded)),
    ...words.map((word) => (typeof word === "string" ? quoteIfNeeded(word) : tracedDeclaration(word.assignment))),
  ];
  if (shell.isBash && assignments.length > 0) {
    const prefix = tracePrefix(shell);
    const lines = parts.slice(0, assignments.length).map((part) => `${prefix}${part}\n`);
    await shell.writeError(`${lines.join("")}${prefix}${parts.slice(assignments.length).join(" ")}\n`);
    return;
  }
  await shell.writeError(`${tracePrefix(shell)}${parts.join(" ")}\n`);
}

/** `declare` shows plain assignments as the words they are. */
function tracedDeclaration(assignment: ReadyAssignment): string {
  if (typeof assignment.value !== "string") return assignmentText(assignment, quoteIfNeeded);
  return quoteIfNeeded(assignmentText(assignment, (text) => text));
}
