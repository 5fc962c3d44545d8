/** A shell between two commands, as JSON. */
import { AssociativeArray, IndexedArray } from "./arrays.ts";
import type { Interpreter } from "./interpreter.ts";
import { parseText } from "./parser.ts";
import { SourceText } from "./source-text.ts";
import type { CompletionSpec } from "./state.ts";
import type { Attribute, Variable } from "./variables.ts";

export interface VariableSnapshot {
  readonly name: string;
  readonly attributes?: string;
  readonly value?: string;
  readonly indexed?: readonly (readonly [number, string])[];
  readonly associative?: readonly (readonly [string, string])[];
  readonly arrayKind?: "indexed" | "associative";
}

export interface ShellSnapshot {
  readonly format: "netpol-shell/1";
  readonly cwd: string;
  readonly umask: number;
  readonly shellName: string;
  readonly variables: readonly VariableSnapshot[];
  readonly functions: readonly { readonly name: string; readonly source: string; readonly isExported: boolean }[];
  readonly aliases: readonly (readonly [string, string])[];
  readonly options: readonly string[];
  readonly traps: readonly (readonly [string, string])[];
  readonly completions: readonly (readonly [string, CompletionSpec])[];
  readonly history: readonly string[];
  readonly historyBase: number;
  readonly positional: readonly string[];
  readonly directoryStack: readonly string[];
  readonly lastStatus: number;
  readonly lastArgument: string;
  readonly startedMs: number;
  readonly randomState: number;
}

export function takeSnapshot(shell: Interpreter): ShellSnapshot {
  const { state, process } = shell;
  return {
    format: "netpol-shell/1",
    cwd: process.cwd,
    umask: process.umask,
    shellName: state.shellName,
    variables: [...shell.variables.globals()].map(([name, variable]) => variableSnapshot(name, variable)),
    functions: [...state.functions.values()].map(({ name, node, source, isExported }) => ({
      name,
      source: source.text.slice(node.pos, node.end),
      isExported,
    })),
    aliases: [...state.aliases],
    options: state.options.names(),
    traps: [...state.traps],
    completions: [...state.completions],
    history: state.history,
    historyBase: state.historyBase,
    positional: state.positional,
    directoryStack: state.directoryStack,
    lastStatus: state.lastStatus,
    lastArgument: state.lastArgument,
    startedMs: state.startedMs,
    randomState: state.randomState,
  };
}

function variableSnapshot(name: string, variable: Variable): VariableSnapshot {
  const attributes = [...variable.attributes].join("");
  const { value } = variable;
  return {
    name,
    ...(attributes === "" ? {} : { attributes }),
    ...(variable.arrayKind ? { arrayKind: variable.arrayKind } : {}),
    ...(typeof value === "string" ? { value } : {}),
    ...(value instanceof IndexedArray ? { indexed: value.entries() } : {}),
    ...(value instanceof AssociativeArray ? { associative: value.entries() } : {}),
  };
}

/** Variables that belong to the process, not to its past. */
const OF_THE_PROCESS = new Set(["PPID", "SHLVL", "COLUMNS", "LINES", "BASHPID"]);

/** Puts a fresh shell into the state of a snapshot. A directory that is gone leaves the shell where it is. */
export function restoreSnapshot(shell: Interpreter, snapshot: ShellSnapshot): void {
  const { state, process } = shell;
  try {
    if (process.machine.fs.stat(snapshot.cwd).kind === "directory") process.cwd = snapshot.cwd;
  } catch {
    // Gone meanwhile.
  }
  process.umask = snapshot.umask;
  for (const each of snapshot.variables)
    if (!OF_THE_PROCESS.has(each.name)) shell.variables.restoreGlobal(each.name, restoredVariable(each));
  for (const each of snapshot.functions) restoreFunction(shell, each);
  for (const [name, value] of snapshot.aliases) state.aliases.set(name, value);
  for (const option of state.options.names()) state.options.set(option, false);
  for (const option of snapshot.options) state.options.set(option, true);
  for (const [name, action] of snapshot.traps) shell.traps.set(name, action);
  for (const [name, spec] of snapshot.completions) state.completions.set(name, spec);
  state.history = [...snapshot.history];
  state.historyBase = snapshot.historyBase;
  state.positional = snapshot.positional;
  state.directoryStack = snapshot.directoryStack;
  state.lastStatus = snapshot.lastStatus;
  state.lastArgument = snapshot.lastArgument;
  state.startedMs = snapshot.startedMs;
  state.randomState = snapshot.randomState;
}

function restoredVariable(each: VariableSnapshot): Variable {
  const value = each.indexed
    ? new IndexedArray(new Map(each.indexed))
    : each.associative
      ? new AssociativeArray(new Map(each.associative))
      : each.value;
  return {
    value,
    attributes: new Set([...(each.attributes ?? "")] as Attribute[]),
    ...(each.arrayKind ? { arrayKind: each.arrayKind } : {}),
  };
}

export function restoreFunction(
  shell: Interpreter,
  each: { readonly name: string; readonly source: string; readonly isExported: boolean },
  sourceName = "main",
): void {
  const source = new SourceText(each.source, sourceName);
  const command = parseText(source.text).script.commands[0]?.command;
  if (command?.type === "Function")
    shell.state.functions.set(each.name, { name: each.name, node: command, source, isExported: each.isExported });
}
