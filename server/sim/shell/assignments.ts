/** `name=value`, `name+=value`, `name[i]=value`, `name=(…)`. */
import type { ArrayValue, Assignment } from "unbash";
import { closingBracket } from "./arithmetic-parser.ts";
import { ExpansionError } from "./control.ts";
import { drive } from "./expansion.ts";
import type { Interpreter } from "./interpreter.ts";
import { SourceText } from "./source-text.ts";
import type { Scope } from "./variables.ts";
import { type LoweredWord, lowerWord, parseWordText } from "./words.ts";
import { parseText } from "./parser.ts";

/** An assignment with its right side expanded. */
export interface ReadyAssignment {
  readonly name: string;
  readonly subscript: string | undefined;
  readonly isAppend: boolean;
  readonly value: string | readonly ArrayElement[];
}

export interface ArrayElement {
  /** Undefined: the next index. */
  readonly subscript: string | undefined;
  readonly value: string;
  readonly isAppend: boolean;
}

/** Expands the right side. `isAssociative`: the array the words in parentheses go to. */
export async function expandAssignment(
  shell: Interpreter,
  node: Assignment,
  isAssociative = shell.variables.isAssociative(node.name),
): Promise<ReadyAssignment> {
  const subscript =
    node.index && (await drive(shell.expander.segmentText(lowerWord(node.index, shell.source).segments)));
  const isAppend = node.append === true;
  if (node.value.type === "ArrayValue") {
    const value = await expandElements(shell, node.value, isAssociative);
    return { name: node.name, subscript, isAppend, value };
  }
  const value = await drive(shell.expander.text(lowerWord(node.value, shell.source), true));
  return { name: node.name, subscript, isAppend, value };
}

async function expandElements(shell: Interpreter, value: ArrayValue, isAssociative: boolean): Promise<ArrayElement[]> {
  const elements: ArrayElement[] = [];
  for (const word of value.elements) {
    const keyed = word.text.startsWith("[") ? keyedElement(word.text) : undefined;
    if (keyed) {
      elements.push(await expandKeyed(shell, keyed));
      continue;
    }
    const fields = await drive(shell.expander.fields(lowerWord(word, shell.source)));
    for (const field of fields) elements.push({ subscript: undefined, value: field, isAppend: false });
  }
  return isAssociative ? pairUp(elements) : elements;
}

/** `m=(k v k v)` for an associative array. */
function pairUp(elements: readonly ArrayElement[]): ArrayElement[] {
  const paired: ArrayElement[] = [];
  for (let index = 0; index < elements.length; index++) {
    const element = elements[index] as ArrayElement;
    if (element.subscript !== undefined) paired.push(element);
    else paired.push({ subscript: element.value, value: elements[++index]?.value ?? "", isAppend: false });
  }
  return paired;
}

interface KeyedText {
  readonly key: string;
  readonly operator: string;
  readonly value: string;
}

/** `[key]=value` between the parentheses. */
function keyedElement(text: string): KeyedText | undefined {
  const close = closingBracket(text, 0);
  const operator = close < 0 ? null : /^\+?=/.exec(text.slice(close + 1));
  if (!operator) return undefined;
  return { key: text.slice(1, close), operator: operator[0], value: text.slice(close + 1 + operator[0].length) };
}

async function expandKeyed(shell: Interpreter, { key, operator, value }: KeyedText): Promise<ArrayElement> {
  return {
    subscript: await expandKey(shell, key),
    value: await expandRaw(shell, value, true),
    isAppend: operator === "+=",
  };
}

/** A key may hold blanks, so it is read where the grammar allows them: in `name[key]=`. */
async function expandKey(shell: Interpreter, key: string): Promise<string> {
  if (/^[A-Za-z0-9_.-]*$/.test(key)) return key;
  const mini = new SourceText(`m[${key}]=`, shell.source.name, shell.line);
  const command = parseText(mini.text).script.commands[0]?.command;
  const node = command?.type === "Command" ? command.prefix[0] : undefined;
  if (node?.type !== "Assignment" || !node.index) return expandRaw(shell, key);
  return await drive(shell.expander.segmentText(lowerWord(node.index, mini).segments));
}

const rawWords = new Map<string, LoweredWord>();

/** Expands a stretch of source text as the word it is. */
async function expandRaw(shell: Interpreter, text: string, isValue = false): Promise<string> {
  if (text === "") return "";
  let word = rawWords.get(text);
  if (!word) {
    word = parseWordText(text, shell.source.name, shell.line);
    if (rawWords.size > 300) rawWords.clear();
    rawWords.set(text, word);
  }
  return await drive(shell.expander.text(word, isValue));
}

/** Assigns in the current scopes. Throws ExpansionError for readonly variables. */
export function performAssignment(shell: Interpreter, assignment: ReadyAssignment): void {
  const { variables } = shell;
  const { name, subscript, isAppend, value } = assignment;
  if (typeof value !== "string") {
    if (subscript !== undefined) throw new ExpansionError(`${name}[${subscript}]: cannot assign list to array member`);
    assignElements(shell, name, value, isAppend);
    return;
  }
  if (subscript !== undefined) {
    variables.assignElement(name, subscript, value, isAppend);
    return;
  }
  if (name === "RANDOM" || name === "SECONDS" || variables.dynamic.has(name)) variables.assign(name, value);
  else variables.assign(name, value, isAppend);
  if (shell.options.has("allexport")) variables.setAttributes(name, ["x"], []);
  assigned(shell, name);
}

/** What follows from a new value of a variable the shell itself uses. */
export function assigned(shell: Interpreter, name: string): void {
  if (name === "PATH") shell.state.hashedCommands.clear();
  else if (name === "OPTIND") shell.state.getoptsOffset = 0;
}

export function assignElements(
  shell: Interpreter,
  name: string,
  elements: readonly ArrayElement[],
  isAppend: boolean,
): void {
  const { variables } = shell;
  const target = variables.resolveName(name).name;
  const isAssociative = variables.isAssociative(target);
  if (!isAppend) variables.clearArray(target);
  else if (!isAssociative) variables.writableIndexed(target);
  let next = isAppend && !isAssociative ? variables.writableIndexed(target).end : 0;
  for (const element of elements) {
    if (element.subscript === undefined) {
      variables.assignElement(target, String(next++), element.value);
      continue;
    }
    if (element.subscript === "" && isAssociative) throw new ExpansionError(`${name}: bad array subscript`);
    variables.assignElement(target, element.subscript, element.value, element.isAppend);
    if (!isAssociative) next = Number(variables.evaluateArithmetic(element.subscript)) + 1;
  }
}

/** `VAR=x command`: into the scope that lives as long as the command. */
export function assignTemporarily(shell: Interpreter, scope: Scope, assignment: ReadyAssignment): void {
  if (typeof assignment.value !== "string" || assignment.subscript !== undefined) return;
  const old = assignment.isAppend ? (shell.variables.scalar(assignment.name) ?? "") : "";
  shell.variables.assignIn(scope, assignment.name, old + assignment.value, true);
}

/** The text of an assignment for `set -x`. */
export function assignmentText(assignment: ReadyAssignment, quote: (text: string) => string): string {
  const { name, subscript, isAppend, value } = assignment;
  const left = `${name}${subscript === undefined ? "" : `[${subscript}]`}${isAppend ? "+" : ""}=`;
  if (typeof value === "string") return left + (value === "" ? "" : quote(value));
  return `${left}(${value.map((element) => `${element.subscript === undefined ? "" : `[${element.subscript}]=`}${quote(element.value)}`).join(" ")})`;
}

/** Parses `name=value`, `name+=value`, `name[i]=value` given as a plain string to `declare` or `export`. */
export function parseAssignmentText(text: string): ReadyAssignment | undefined {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)/.exec(text);
  if (!match) return undefined;
  const name = match[1] ?? "";
  let rest = text.slice(name.length);
  let subscript: string | undefined;
  if (rest.startsWith("[")) {
    const close = closingBracket(rest, 0);
    if (close < 0) return undefined;
    subscript = rest.slice(1, close);
    rest = rest.slice(close + 1);
  }
  const isAppend = rest.startsWith("+=");
  if (!isAppend && !rest.startsWith("=")) return undefined;
  return { name, subscript, isAppend, value: rest.slice(isAppend ? 2 : 1) };
}

/** `declare -a 'x=(1 2)'`: the parenthesised text is read as array elements. */
export async function expandElementText(
  shell: Interpreter,
  text: string,
  isAssociative: boolean,
): Promise<readonly ArrayElement[] | undefined> {
  const { script, errors } = parseText(`x=${text}`);
  const command = script.commands[0]?.command;
  const node = command?.type === "Command" ? command.prefix[0] : undefined;
  if (errors.length > 0 || node?.type !== "Assignment" || node.value.type !== "ArrayValue") return undefined;
  return expandElements(shell, node.value, isAssociative);
}
