/** How `declare -p`, `set`, `export -p` print variables and functions. */
import { AssociativeArray, IndexedArray } from "./arrays.ts";
import type { Interpreter } from "./interpreter.ts";
import { printFunction } from "./printer.ts";
import { doubleQuote, quoteIfNeeded, quoteSubscript, singleQuote } from "./quote.ts";
import type { ShellFunction } from "./state.ts";
import type { Variable } from "./variables.ts";

/** The letters after `declare -`, or `-`. */
export function attributeFlags(variable: Variable): string {
  let letters = "";
  if (variable.value instanceof IndexedArray || variable.arrayKind === "indexed") letters += "a";
  if (variable.value instanceof AssociativeArray || variable.arrayKind === "associative") letters += "A";
  for (const letter of ["i", "n", "r", "t", "x", "c", "l", "u"] as const)
    if (variable.attributes.has(letter)) letters += letter;
  return letters === "" ? "-" : letters;
}

export function valueText(variable: Variable): string | undefined {
  const { value } = variable;
  if (value === undefined) return undefined;
  if (typeof value === "string") return doubleQuote(value);
  if (value instanceof IndexedArray)
    return `(${value
      .entries()
      .map(([index, text]) => `[${index}]=${doubleQuote(text)}`)
      .join(" ")})`;
  return `(${value
    .entries()
    .map(([key, text]) => `[${quoteSubscript(key)}]=${doubleQuote(text)} `)
    .join("")})`;
}

/** `declare -- name="value"`. Undefined for an unknown name. */
export function describeVariable(shell: Interpreter, name: string): string | undefined {
  const dynamic = shell.variables.dynamic.get(name);
  const variable = dynamic ? { value: dynamic.read(), attributes: new Set<never>() } : shell.variables.raw(name);
  if (!variable) return undefined;
  const value = valueText(variable);
  return `declare -${attributeFlags(variable)} ${name}${value === undefined ? "" : `=${value}`}`;
}

/** As plain `set` lists it. */
export function assignmentLine(shell: Interpreter, name: string): string | undefined {
  const variable = shell.variables.get(name);
  if (variable?.value === undefined) return undefined;
  if (typeof variable.value !== "string") return `${name}=${valueText(variable)}`;
  return `${name}=${shell.isBash ? (variable.value === "" ? "" : quoteIfNeeded(variable.value)) : singleQuote(variable.value)}`;
}

export function functionText(definition: ShellFunction): string {
  return printFunction(definition.node, definition.source);
}
