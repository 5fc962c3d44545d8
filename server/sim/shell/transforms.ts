/** `${x@Q}` and its sisters. */
import { AssociativeArray, IndexedArray } from "./arrays.ts";
import { decodeEscapes } from "./ansi-c.ts";
import type { Expander } from "./expansion.ts";
import type { ParameterValue } from "./parameter-expansion.ts";
import { doubleQuote, quoteForReuse, quoteSubscript } from "./quote.ts";
import type { Parameter } from "./words.ts";

/** Null when nothing comes out. */
export function transformValue(
  expander: Expander,
  parameter: Parameter,
  letter: string,
  value: ParameterValue,
): readonly string[] | null {
  const { host } = expander;
  switch (letter) {
    case "A":
      return assignmentOf(expander, parameter, value);
    case "a": {
      if (value.isList && value.values) return value.values.map(() => attributeLetters(expander, parameter.name));
      return host.variables.raw(parameter.name) ? [attributeLetters(expander, parameter.name)] : null;
    }
    case "K":
      if (!value.isList) return value.values?.map(quoteForReuse) ?? null;
      return [
        pairsOf(expander, parameter.name, value)
          .map(([key, text]) => `${key} ${text}`)
          .join(" "),
      ];
    case "k":
      if (!value.isList) return value.values?.map(quoteForReuse) ?? null;
      return rawPairs(expander, parameter.name, value).flat();
    default:
      return value.values?.map((text) => transformText(expander, letter, text)) ?? null;
  }
}

function transformText(expander: Expander, letter: string, text: string): string {
  switch (letter) {
    case "U":
      return text.toUpperCase();
    case "u":
      return text.charAt(0).toUpperCase() + text.slice(1);
    case "L":
      return text.toLowerCase();
    case "Q":
      return quoteForReuse(text);
    case "E":
      return decodeEscapes(text, "ansi-c").text;
    case "P":
      return expander.host.expandPrompt(text);
    default:
      return text;
  }
}

function assignmentOf(expander: Expander, parameter: Parameter, value: ParameterValue): readonly string[] | null {
  const { host } = expander;
  if (parameter.name === "@" || parameter.name === "*")
    return [`set -- ${(value.values ?? []).map(quoteForReuse).join(" ")}`];
  const variable = host.variables.raw(parameter.name);
  if (!variable || variable.value === undefined) return null;
  if (
    variable.value instanceof IndexedArray ||
    variable.value instanceof AssociativeArray ||
    variable.attributes.size > 0
  ) {
    if (typeof variable.value === "string") {
      return [
        `declare -${attributeLetters(expander, parameter.name)} ${parameter.name}=${quoteForReuse(variable.value)}`,
      ];
    }
    return [host.describeVariable(parameter.name)];
  }
  return [`${parameter.name}=${quoteForReuse(variable.value)}`];
}

function attributeLetters(expander: Expander, name: string): string {
  const variable = expander.host.variables.raw(name);
  if (!variable) return "";
  let letters = "";
  if (variable.value instanceof IndexedArray || variable.arrayKind === "indexed") letters += "a";
  if (variable.value instanceof AssociativeArray || variable.arrayKind === "associative") letters += "A";
  for (const letter of ["i", "n", "r", "t", "x", "c", "l", "u"] as const)
    if (variable.attributes.has(letter)) letters += letter;
  return letters;
}

function rawPairs(expander: Expander, name: string, value: ParameterValue): [string, string][] {
  const stored = expander.host.variables.get(name)?.value;
  if (stored instanceof IndexedArray) return stored.entries().map(([index, text]) => [String(index), text]);
  if (stored instanceof AssociativeArray) return stored.entries();
  return (value.values ?? []).map((text, index) => [String(index), text]);
}

function pairsOf(expander: Expander, name: string, value: ParameterValue): [string, string][] {
  return rawPairs(expander, name, value).map(([key, text]) => [quoteSubscript(key), doubleQuote(text)]);
}
