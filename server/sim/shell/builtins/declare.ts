/** `declare`, `typeset`, `local`, `export`, `readonly`. */
import {
  assigned,
  assignElements,
  expandElementText,
  parseAssignmentText,
  type ReadyAssignment,
} from "../assignments.ts";
import { attributeFlags, assignmentLine, describeVariable, functionText } from "../declarations.ts";
import { DiscardCommand, ExitShell, ExpansionError } from "../control.ts";
import type { Interpreter } from "../interpreter.ts";
import { singleQuote } from "../quote.ts";
import { type Attribute, parseReference } from "../variables.ts";
import { BASH_ONLY, type Builtin, type BuiltinArgument, type BuiltinCall, usageError } from "./builtin.ts";

interface Request {
  readonly added: Set<Attribute>;
  readonly removed: Set<Attribute>;
  array: "indexed" | "associative" | undefined;
  isGlobal: boolean;
  isFunctions: boolean;
  isFunctionNames: boolean;
  isPrint: boolean;
  isInherit: boolean;
  isLocal: boolean;
}

function emptyRequest(): Request {
  return {
    added: new Set(),
    removed: new Set(),
    array: undefined,
    isGlobal: false,
    isFunctions: false,
    isFunctionNames: false,
    isPrint: false,
    isInherit: false,
    isLocal: false,
  };
}

const DECLARE_SYNOPSIS = "declare [-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]";

function isAttribute(letter: string): letter is Attribute {
  return "xrilnutc".includes(letter);
}

/** Reads `-aAx +r` words; the index of the first operand, or the bad option. */
function readFlags(args: readonly BuiltinArgument[], request: Request, letters: string): number | string {
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index];
    if (typeof word !== "string" || !/^[-+]./.test(word)) break;
    if (word === "--") return index + 1;
    for (const letter of word.slice(1)) {
      if (!letters.includes(letter)) return `${word.charAt(0)}${letter}`;
      applyFlag(request, letter, word.startsWith("-"));
    }
  }
  return index;
}

function applyFlag(request: Request, letter: string, isOn: boolean): void {
  if (letter === "a") request.array = isOn ? "indexed" : undefined;
  else if (letter === "A") request.array = isOn ? "associative" : undefined;
  else if (letter === "g") request.isGlobal = isOn;
  else if (letter === "f") request.isFunctions = true;
  else if (letter === "F") {
    request.isFunctions = true;
    request.isFunctionNames = true;
  } else if (letter === "p") request.isPrint = true;
  else if (letter === "I") request.isInherit = true;
  else if (isAttribute(letter)) (isOn ? request.added : request.removed).add(letter);
}

async function runDeclare(call: BuiltinCall): Promise<number> {
  const { shell } = call;
  const request = emptyRequest();
  request.isLocal = shell.functionDepth > 0;
  const start = readFlags(call.rawArguments, request, "aAfFgiIlnprtuxc");
  if (typeof start === "string")
    return usageError(call, DECLARE_SYNOPSIS.replaceAll("declare", call.name), `${start}: invalid option`);
  const operands = call.rawArguments.slice(start);
  if (request.isFunctions) return declareFunctions(shell, request, operands.map(nameOf));
  if (request.isPrint) return printVariables(call, request, operands.map(nameOf));
  if (operands.length === 0) return listVariables(shell, request);
  if (request.isGlobal) request.isLocal = false;
  return declareAll(call, request, operands);
}

function nameOf(argument: BuiltinArgument): string {
  return typeof argument === "string" ? argument : argument.assignment.name;
}

async function declareFunctions(shell: Interpreter, request: Request, names: readonly string[]): Promise<number> {
  const all = names.length > 0 ? names : [...shell.state.functions.keys()].sort();
  let status = 0;
  for (const name of all) {
    const definition = shell.state.functions.get(name);
    if (!definition) status = 1;
    else if (request.added.has("x")) shell.state.functions.set(name, { ...definition, isExported: true });
    else if (request.isFunctionNames) await shell.write(names.length > 0 ? `${name}\n` : `declare -f ${name}\n`);
    else await shell.write(`${functionText(definition)}\n`);
  }
  return status;
}

async function printVariables(call: BuiltinCall, request: Request, names: readonly string[]): Promise<number> {
  const { shell } = call;
  let status = 0;
  const all = names.length > 0 ? names : shell.variables.names().filter((name) => matches(shell, name, request));
  for (const name of all) {
    const line = describeVariable(shell, name);
    if (line !== undefined) await shell.write(`${line}\n`);
    else {
      await shell.report(`${name}: not found`);
      status = 1;
    }
  }
  return status;
}

function matches(shell: Interpreter, name: string, request: Request): boolean {
  const variable = shell.variables.raw(name);
  if (!variable)
    return (
      request.added.size === 0 &&
      request.array === undefined &&
      shell.variables.dynamic.has(name) &&
      shell.variables.get(name)?.value !== undefined
    );
  const flags = attributeFlags(variable);
  if (request.array === "indexed" && !flags.includes("a")) return false;
  if (request.array === "associative" && !flags.includes("A")) return false;
  return [...request.added].every((attribute) => variable.attributes.has(attribute));
}

async function listVariables(shell: Interpreter, request: Request): Promise<number> {
  const isFiltered = request.added.size > 0 || request.array !== undefined;
  for (const name of request.isLocal && !isFiltered ? shell.variables.localNames() : shell.variables.names()) {
    if (isFiltered && !matches(shell, name, request)) continue;
    const line = isFiltered ? describeVariable(shell, name) : assignmentLine(shell, name);
    if (line !== undefined) await shell.write(`${line}\n`);
  }
  return 0;
}

async function declareAll(call: BuiltinCall, request: Request, operands: readonly BuiltinArgument[]): Promise<number> {
  let status = 0;
  for (const operand of operands) {
    try {
      if (!(await declareOne(call, request, operand))) status = 1;
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error;
      // In bash an assignment to a readonly variable by `declare` and its like fails alone.
      await call.shell.report(error.message);
      status = 1;
      if (error.isFatal) throw new DiscardCommand(1);
    }
  }
  return status;
}

async function toAssignment(
  call: BuiltinCall,
  operand: BuiltinArgument,
  request: Request,
): Promise<ReadyAssignment | undefined> {
  const parsed = typeof operand === "string" ? parseAssignmentText(operand) : operand.assignment;
  if (!parsed || !request.array || typeof parsed.value !== "string") return parsed;
  if (!parsed.value.startsWith("(") || !parsed.value.endsWith(")")) return parsed;
  const elements = await expandElementText(call.shell, parsed.value, request.array === "associative");
  return elements ? { ...parsed, value: elements } : parsed;
}

async function declareOne(call: BuiltinCall, request: Request, operand: BuiltinArgument): Promise<boolean> {
  const { shell } = call;
  const { variables } = shell;
  const assignment = await toAssignment(call, operand, request);
  const reference = assignment
    ? { name: assignment.name, subscript: assignment.subscript }
    : parseReference(typeof operand === "string" ? operand : "");
  if (!reference) {
    const text = typeof operand === "string" ? operand : operand.assignment.name;
    await shell.report(`\`${text}': not a valid identifier`);
    return false;
  }
  const isReference = request.added.has("n");
  const { name } = reference;
  const target = isReference || request.removed.has("n") || request.isLocal ? name : variables.resolveName(name).name;
  if (request.isLocal) variables.declareLocal(target, request.isInherit);
  const scoped = request.isGlobal;
  if (isReference) return declareReference(shell, target, assignment);
  if (request.array && !variables.declareArray(target, request.array)) {
    await shell.report(
      `${name}: cannot convert ${request.array === "indexed" ? "associative to indexed" : "indexed to associative"} array`,
    );
    return false;
  }
  const early = new Set([...request.added].filter((attribute) => attribute !== "r"));
  variables.setAttributes(target, early, request.removed, scoped);
  if (assignment) assignValue(shell, { ...assignment, name: target }, request);
  else if (reference.subscript !== undefined) variables.declareArray(target, "indexed");
  if (request.added.has("r")) variables.setAttributes(target, ["r"], [], scoped);
  assigned(shell, target);
  return true;
}

function declareReference(shell: Interpreter, name: string, assignment: ReadyAssignment | undefined): boolean {
  const value = typeof assignment?.value === "string" ? assignment.value : undefined;
  if (value === name) {
    throw new ExpansionError(`${name}: nameref variable self references not allowed`);
  }
  if (value !== undefined && !parseReference(value))
    throw new ExpansionError(`\`${value}': invalid variable name for name reference`);
  shell.variables.force(name, value ?? shell.variables.raw(name)?.value, ["n"]);
  return true;
}

function assignValue(shell: Interpreter, assignment: ReadyAssignment, request: Request): void {
  const { variables } = shell;
  if (typeof assignment.value !== "string") {
    if (request.array === "associative" || variables.isAssociative(assignment.name))
      assignElements(shell, assignment.name, assignment.value, assignment.isAppend);
    else {
      variables.declareArray(assignment.name, "indexed");
      assignElements(shell, assignment.name, assignment.value, assignment.isAppend);
    }
    return;
  }
  if (assignment.subscript !== undefined)
    variables.assignElement(assignment.name, assignment.subscript, assignment.value, assignment.isAppend);
  else if (request.isGlobal) variables.assignGlobal(assignment.name, assignment.value, assignment.isAppend);
  else variables.assign(assignment.name, assignment.value, assignment.isAppend);
}

export const declare: Builtin = {
  name: "declare",
  flavours: BASH_ONLY,
  declares: true,
  synopsis: DECLARE_SYNOPSIS,
  summary: "Set variable values and attributes.",
  run: runDeclare,
};

export const typeset: Builtin = {
  ...declare,
  name: "typeset",
  synopsis: DECLARE_SYNOPSIS.replaceAll("declare", "typeset"),
};

export const local: Builtin = {
  name: "local",
  declares: true,
  synopsis: "local [option] name[=value] ...",
  summary: "Define local variables.",
  async run(call) {
    const { shell } = call;
    if (shell.functionDepth === 0) {
      await shell.report(shell.isBash ? "can only be used in a function" : "not in a function");
      if (shell.state.flavour === "dash" && !shell.state.isInteractive) throw new ExitShell(2);
      return shell.isBash ? 1 : 2;
    }
    const request = emptyRequest();
    request.isLocal = true;
    const start = readFlags(call.rawArguments, request, "aAfFiIlnprtuxcg");
    if (typeof start === "string") return usageError(call, local.synopsis, `${start}: invalid option`);
    const operands = call.rawArguments.slice(start);
    if (operands.length === 0) return listVariables(shell, request);
    return declareAll(
      call,
      request,
      operands.filter((operand) => operand !== "-"),
    );
  },
};

// ------------------------------------------------------------- export, readonly

async function runAttribute(call: BuiltinCall, attribute: "x" | "r", synopsis: string): Promise<number> {
  const { shell } = call;
  const request = emptyRequest();
  const start = readFlags(call.rawArguments, request, attribute === "x" ? "fnp" : "aAfp");
  if (typeof start === "string") return usageError(call, synopsis, `${start}: invalid option`);
  const operands = call.rawArguments.slice(start);
  const removes = request.added.delete("n");
  if (operands.length === 0) return listAttribute(shell, attribute);
  if (request.isFunctions) return exportFunctions(call, operands.map(nameOf), !removes);
  if (removes) request.removed.add("x");
  else request.added.add(attribute);
  if (shell.isBash) return declareAll(call, request, operands);
  return declarePosix(call, request, operands);
}

/** dash and ash: an assignment to a readonly variable ends the shell. */
async function declarePosix(
  call: BuiltinCall,
  request: Request,
  operands: readonly BuiltinArgument[],
): Promise<number> {
  for (const operand of operands) {
    const text = nameOf(operand);
    const assignment = typeof operand === "string" ? parseAssignmentText(operand) : operand.assignment;
    const name = assignment?.name ?? text;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      await call.shell.report(`${text.split("=")[0]}: bad variable name`);
      throw new DiscardCommand(2);
    }
    try {
      await declareOne(call, request, operand);
    } catch (error) {
      if (error instanceof ExpansionError)
        throw new ExpansionError(error.message.replace("readonly variable", "is read only"), true, 2);
      throw error;
    }
  }
  return 0;
}

async function exportFunctions(call: BuiltinCall, names: readonly string[], isExported: boolean): Promise<number> {
  let status = 0;
  for (const name of names) {
    const definition = call.shell.state.functions.get(name);
    if (definition) call.shell.state.functions.set(name, { ...definition, isExported });
    else {
      await call.shell.report(`${name}: not a function`);
      status = 1;
    }
  }
  return status;
}

async function listAttribute(shell: Interpreter, attribute: "x" | "r"): Promise<number> {
  const lines: string[] = [];
  for (const name of shell.variables.names()) {
    const variable = shell.variables.raw(name);
    if (!variable?.attributes.has(attribute)) continue;
    if (shell.isBash) lines.push(describeVariable(shell, name) ?? "");
    else {
      const value = shell.variables.scalar(name);
      const quoted = value === undefined ? "" : `=${singleQuote(value)}`;
      lines.push(`${attribute === "x" ? "export" : "readonly"} ${name}${quoted}`);
    }
  }
  if (lines.length > 0) await shell.write(`${lines.join("\n")}\n`);
  return 0;
}

export const exportBuiltin: Builtin = {
  name: "export",
  isSpecial: true,
  declares: true,
  synopsis: "export [-fn] [name[=value] ...] or export -p",
  summary: "Set export attribute for shell variables.",
  run: (call) => runAttribute(call, "x", exportBuiltin.synopsis),
};

export const readonlyBuiltin: Builtin = {
  name: "readonly",
  isSpecial: true,
  declares: true,
  synopsis: "readonly [-aAf] [name[=value] ...] or readonly -p",
  summary: "Mark shell variables as unchangeable.",
  run: (call) => runAttribute(call, "r", readonlyBuiltin.synopsis),
};
