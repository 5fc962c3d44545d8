/** Brace expansion, on the text of a word before anything else is expanded. */
import { limits } from "./limits.ts";

/** The words a text stands for; just itself when no brace expression is in it. */
export function expandBraces(text: string): string[] {
  if (!text.includes("{")) return [text];
  const open = findExpression(text, 0);
  if (!open) return [text];
  const { start, end, parts } = open;
  const prefix = text.slice(0, start);
  const rest = expandBraces(text.slice(end + 1));
  const results: string[] = [];
  for (const part of parts) {
    for (const tail of rest) {
      results.push(prefix + part + tail);
      if (results.length > limits.fields) return results;
    }
  }
  return results;
}

interface Expression {
  readonly start: number;
  readonly end: number;
  /** Already expanded. */
  readonly parts: readonly string[];
}

function findExpression(text: string, from: number): Expression | undefined {
  for (let index = from; index < text.length; index++) {
    const skipped = skipQuoted(text, index);
    if (skipped > index) {
      index = skipped - 1;
      continue;
    }
    if (text[index] !== "{" || text[index - 1] === "$") continue;
    const expression = readExpression(text, index);
    if (expression) return expression;
  }
  return undefined;
}

function readExpression(text: string, start: number): Expression | undefined {
  const commas: number[] = [];
  let depth = 0;
  for (let index = start + 1; index < text.length; index++) {
    const skipped = skipQuoted(text, index);
    if (skipped > index) {
      index = skipped - 1;
      continue;
    }
    const character = text[index];
    if (character === "{") depth++;
    else if (character === "," && depth === 0) commas.push(index);
    else if (character === "}") {
      if (depth-- > 0) continue;
      if (commas.length > 0)
        return { start, end: index, parts: splitAt(text, start, index, commas).flatMap(expandBraces) };
      const sequence = expandSequence(text.slice(start + 1, index));
      return sequence ? { start, end: index, parts: sequence } : undefined;
    }
  }
  return undefined;
}

function splitAt(text: string, start: number, end: number, commas: readonly number[]): string[] {
  const bounds = [start, ...commas, end];
  return bounds.slice(0, -1).map((bound, index) => text.slice(bound + 1, bounds[index + 1]));
}

const SEQUENCE = /^(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?$/;

function expandSequence(body: string): string[] | undefined {
  const match = SEQUENCE.exec(body);
  if (!match) return undefined;
  const [, first = "", last = "", stepText] = match;
  const isNumeric = /\d/.test(first);
  if (isNumeric !== /\d/.test(last)) return undefined;
  const from = isNumeric ? Number(first) : first.charCodeAt(0);
  const to = isNumeric ? Number(last) : last.charCodeAt(0);
  const step = Math.abs(Number(stepText ?? 1)) || 1;
  const width = isNumeric && (/^-?0\d/.test(first) || /^-?0\d/.test(last)) ? Math.max(first.length, last.length) : 0;
  const items: string[] = [];
  for (let value = from; from <= to ? value <= to : value >= to; value += from <= to ? step : -step) {
    items.push(isNumeric ? padNumber(value, width) : escapeLetter(String.fromCharCode(value)));
    if (items.length > limits.fields) break;
  }
  return items;
}

function padNumber(value: number, width: number): string {
  const digits = String(Math.abs(value));
  return value < 0 ? `-${digits.padStart(width - 1, "0")}` : digits.padStart(width, "0");
}

/** Between `Z` and `a` there are characters that mean something to the shell. */
function escapeLetter(letter: string): string {
  return /[A-Za-z]/.test(letter) ? letter : `\\${letter}`;
}

/** The index after a quoted or substituted stretch at `index`, or `index`. */
function skipQuoted(text: string, index: number): number {
  const character = text[index];
  if (character === "\\") return index + 2;
  if (character === "'") return closing(text, index + 1, "'");
  if (character === '"') return skipDouble(text, index);
  if (character === "`") return skipDelimited(text, index + 1, "`");
  if (character === "$" && text[index + 1] === "'") return skipDelimited(text, index + 2, "'");
  if (character === "$" && text[index + 1] === "{") return skipNested(text, index + 1, "{", "}");
  if ((character === "$" || character === "<" || character === ">") && text[index + 1] === "(")
    return skipNested(text, index + 1, "(", ")");
  return index;
}

function closing(text: string, from: number, quote: string): number {
  const end = text.indexOf(quote, from);
  return end < 0 ? text.length : end + 1;
}

function skipDelimited(text: string, from: number, quote: string): number {
  for (let index = from; index < text.length; index++) {
    if (text[index] === "\\") index++;
    else if (text[index] === quote) return index + 1;
  }
  return text.length;
}

function skipDouble(text: string, open: number): number {
  for (let index = open + 1; index < text.length; index++) {
    const character = text[index];
    if (character === "\\") index++;
    else if (character === '"') return index + 1;
    else if (character === "$" && (text[index + 1] === "(" || text[index + 1] === "{")) {
      index =
        (text[index + 1] === "(" ? skipNested(text, index + 1, "(", ")") : skipNested(text, index + 1, "{", "}")) - 1;
    }
  }
  return text.length;
}

function skipNested(text: string, open: number, opener: string, closer: string): number {
  let depth = 0;
  for (let index = open; index < text.length; index++) {
    const character = text[index];
    if (character === opener) depth++;
    else if (character === closer) {
      if (--depth === 0) return index + 1;
    } else if (index > open) {
      const skipped = skipQuoted(text, index);
      if (skipped > index) index = skipped - 1;
    }
  }
  return text.length;
}
