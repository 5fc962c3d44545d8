/** Where keys move the cursor, and the pieces of text that `iw`, `i"`, `ap` … name. */
import type { Buffer, Position, Span } from "./buffer.ts";

export type Reach = "exclusive" | "inclusive" | "linewise";

export interface Motion {
  readonly to: Position;
  readonly reach: Reach;
  /** Up and down keep aiming at this column. */
  readonly keepsColumn?: boolean;
}

type CharClass = "blank" | "word" | "symbol";

function classOf(char: string | undefined, isBig: boolean): CharClass {
  if (char === undefined || /\s/.test(char)) return "blank";
  return isBig || /[\p{L}\p{N}_]/u.test(char) ? "word" : "symbol";
}

export const firstNonBlank = (line: string): number => {
  const at = line.search(/\S/);
  return at === -1 ? Math.max(0, line.length - 1) : at;
};

export function wordForward(buffer: Buffer, from: Position, isBig: boolean): Position {
  let { line, column } = from;
  const text = buffer.line(line);
  const start = classOf(text[column], isBig);
  if (start !== "blank") while (column < text.length && classOf(text[column], isBig) === start) column++;
  while (true) {
    const current = buffer.line(line);
    while (column < current.length && classOf(current[column], isBig) === "blank") column++;
    if (column < current.length) return { line, column };
    if (line >= buffer.lastLine) return { line, column: current.length };
    line++;
    column = 0;
    // An empty line is a word.
    if (buffer.line(line) === "") return { line, column };
  }
}

export function wordBackward(buffer: Buffer, from: Position, isBig: boolean): Position {
  let { line, column } = from;
  while (true) {
    column--;
    while (column < 0) {
      if (line === 0) return { line: 0, column: 0 };
      line--;
      column = buffer.line(line).length - 1;
      if (buffer.line(line) === "") return { line, column: 0 };
    }
    const text = buffer.line(line);
    const here = classOf(text[column], isBig);
    if (here === "blank") continue;
    while (column > 0 && classOf(text[column - 1], isBig) === here) column--;
    return { line, column };
  }
}

/** The end of the word before `from`: `ge`. */
export function wordEndBackward(buffer: Buffer, from: Position, isBig: boolean): Position {
  let { line, column } = from;
  const left = classOf(buffer.line(line)[column], isBig);
  let isInside = left !== "blank";
  for (;;) {
    column--;
    while (column < 0) {
      if (line === 0) return { line: 0, column: 0 };
      line--;
      isInside = false;
      column = buffer.line(line).length - 1;
      if (column < 0) return { line, column: 0 };
    }
    const here = classOf(buffer.line(line)[column], isBig);
    if (isInside && here === left) continue;
    isInside = false;
    if (here !== "blank") return { line, column };
  }
}

export function wordEnd(buffer: Buffer, from: Position, isBig: boolean): Position {
  let { line } = from;
  let column = from.column + 1;
  while (true) {
    const text = buffer.line(line);
    while (column < text.length && classOf(text[column], isBig) === "blank") column++;
    if (column < text.length) {
      const here = classOf(text[column], isBig);
      while (column + 1 < text.length && classOf(text[column + 1], isBig) === here) column++;
      return { line, column };
    }
    if (line >= buffer.lastLine) return { line, column: Math.max(0, text.length - 1) };
    line++;
    column = 0;
  }
}

export function paragraph(buffer: Buffer, from: Position, direction: 1 | -1): Position {
  let line = from.line;
  const isBlank = (index: number): boolean => buffer.line(index) === "";
  while (line > 0 && line < buffer.lastLine && isBlank(line)) line += direction;
  while (line > 0 && line < buffer.lastLine && !isBlank(line)) line += direction;
  line = Math.max(0, Math.min(buffer.lastLine, line));
  const isEdge = direction === 1 && line === buffer.lastLine && !isBlank(line);
  return { line, column: isEdge ? Math.max(0, buffer.line(line).length - 1) : 0 };
}

/** f, F, t, T. */
export function findChar(
  text: string,
  from: number,
  char: string,
  key: "f" | "F" | "t" | "T",
  count: number,
): number | null {
  let at = from;
  for (let left = count; left > 0; left--) {
    if (key === "f" || key === "t") at = text.indexOf(char, at + 1);
    else at = at === 0 ? -1 : text.lastIndexOf(char, at - 1);
    if (at === -1) return null;
  }
  return key === "t" ? at - 1 : key === "T" ? at + 1 : at;
}

const PAIRS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const CLOSERS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** `%` */
export function matchingBracket(buffer: Buffer, from: Position): Position | null {
  const text = buffer.line(from.line);
  let column = from.column;
  while (column < text.length && !/[()[\]{}]/.test(text[column] ?? "")) column++;
  const bracket = text[column];
  if (bracket === undefined) return null;
  const isOpening = bracket in PAIRS;
  const other = isOpening ? PAIRS[bracket] : CLOSERS[bracket];
  return scanBracket(buffer, { line: from.line, column }, bracket, other ?? "", isOpening ? 1 : -1);
}

function scanBracket(
  buffer: Buffer,
  from: Position,
  bracket: string,
  other: string,
  direction: 1 | -1,
): Position | null {
  let depth = 0;
  let { line, column } = from;
  while (line >= 0 && line <= buffer.lastLine) {
    const text = buffer.line(line);
    for (; column >= 0 && column < text.length; column += direction) {
      if (text[column] === bracket) depth++;
      if (text[column] === other && --depth === 0) return { line, column };
    }
    line += direction;
    column = direction === 1 ? 0 : buffer.line(line).length - 1;
  }
  return null;
}

/** The text object `iw`, `a"`, `i{`, `ip` … around the cursor; linewise ones say so. */
export function textObject(
  buffer: Buffer,
  at: Position,
  kind: "i" | "a",
  name: string,
): (Span & { readonly isLinewise: boolean }) | null {
  const characterwise = (span: Span | null) => (span ? { ...span, isLinewise: false } : null);
  switch (name) {
    case "w":
    case "W":
      return characterwise(wordObject(buffer, at, kind, name === "W"));
    case '"':
    case "'":
    case "`":
      return characterwise(quoteObject(buffer, at, kind, name));
    case "(":
    case ")":
    case "b":
      return characterwise(bracketObject(buffer, at, kind, "(", ")"));
    case "[":
    case "]":
      return characterwise(bracketObject(buffer, at, kind, "[", "]"));
    case "{":
    case "}":
    case "B":
      return characterwise(bracketObject(buffer, at, kind, "{", "}"));
    case "<":
    case ">":
      return characterwise(bracketObject(buffer, at, kind, "<", ">"));
    case "p":
      return paragraphObject(buffer, at, kind);
    default:
      return null;
  }
}

function wordObject(buffer: Buffer, at: Position, kind: "i" | "a", isBig: boolean): Span {
  const text = buffer.line(at.line);
  const here = classOf(text[at.column], isBig);
  let start = at.column;
  let end = at.column + 1;
  while (start > 0 && classOf(text[start - 1], isBig) === here) start--;
  while (end < text.length && classOf(text[end], isBig) === here) end++;
  if (kind === "a") {
    const hadEnd = end;
    const following = classOf(text[end], isBig) === "blank";
    if (following) while (end < text.length && classOf(text[end], isBig) === "blank") end++;
    if (end === hadEnd) while (start > 0 && classOf(text[start - 1], isBig) === "blank") start--;
  }
  return { start: { line: at.line, column: start }, end: { line: at.line, column: Math.min(end, text.length) } };
}

function quoteObject(buffer: Buffer, at: Position, kind: "i" | "a", quote: string): Span | null {
  const text = buffer.line(at.line);
  const marks = [...text].flatMap((char, index) => (char === quote && text[index - 1] !== "\\" ? [index] : []));
  for (let index = 0; index + 1 < marks.length; index += 2) {
    const [open = 0, close = 0] = marks.slice(index, index + 2);
    if (close < at.column) continue;
    let start = kind === "i" ? open + 1 : open;
    let end = kind === "i" ? close : close + 1;
    if (kind === "a") {
      const hadEnd = end;
      while (text[end] === " ") end++;
      if (end === hadEnd) while (start > 0 && text[start - 1] === " ") start--;
    }
    return { start: { line: at.line, column: start }, end: { line: at.line, column: end } };
  }
  return null;
}

function bracketObject(buffer: Buffer, at: Position, kind: "i" | "a", open: string, close: string): Span | null {
  const here = buffer.line(at.line)[at.column];
  const start = here === open ? at : enclosing(buffer, at, open, close);
  if (!start) return null;
  const end = scanBracket(buffer, start, open, close, 1);
  if (!end) return null;
  if (kind === "a") return { start, end: { line: end.line, column: end.column + 1 } };
  return { start: { line: start.line, column: start.column + 1 }, end };
}

function enclosing(buffer: Buffer, at: Position, open: string, close: string): Position | null {
  let depth = buffer.line(at.line)[at.column] === close ? 0 : 1;
  let { line, column } = at;
  while (line >= 0) {
    const text = buffer.line(line);
    for (; column >= 0; column--) {
      if (text[column] === close) depth++;
      if (text[column] === open && --depth === 0) return { line, column };
    }
    line--;
    column = buffer.line(line).length - 1;
  }
  return null;
}

function paragraphObject(buffer: Buffer, at: Position, kind: "i" | "a"): Span & { readonly isLinewise: boolean } {
  const isBlank = (line: number): boolean => buffer.line(line) === "";
  const here = isBlank(at.line);
  let start = at.line;
  let end = at.line;
  while (start > 0 && isBlank(start - 1) === here) start--;
  while (end < buffer.lastLine && isBlank(end + 1) === here) end++;
  if (kind === "a") while (end < buffer.lastLine && isBlank(end + 1) !== here) end++;
  return { start: { line: start, column: 0 }, end: { line: end, column: buffer.line(end).length }, isLinewise: true };
}

/** The next match of a pattern, wrapping around; null when there is none. */
export function search(
  buffer: Buffer,
  from: Position,
  pattern: RegExp,
  direction: 1 | -1,
): { readonly at: Position; readonly wrapped: boolean } | null {
  const count = buffer.lines.length;
  for (let offset = 0; offset <= count; offset++) {
    const line = (((from.line + direction * offset) % count) + count) % count;
    const columns = matchColumns(buffer.line(line), pattern).filter((column) => {
      if (offset === 0) return direction === 1 ? column > from.column : column < from.column;
      if (offset === count) return direction === 1 ? column <= from.column : column >= from.column;
      return true;
    });
    const column = direction === 1 ? columns[0] : columns.at(-1);
    if (column !== undefined) {
      const wrapped = direction === 1 ? line < from.line || offset === count : line > from.line || offset === count;
      return { at: { line, column }, wrapped };
    }
  }
  return null;
}

export function matchColumns(text: string, pattern: RegExp): readonly number[] {
  const columns: number[] = [];
  pattern.lastIndex = 0;
  let match = pattern.exec(text);
  while (match) {
    columns.push(match.index);
    if (match[0] === "") pattern.lastIndex++;
    match = pattern.exec(text);
  }
  return columns;
}
