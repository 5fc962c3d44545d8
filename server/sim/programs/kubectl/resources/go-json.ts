/** Go's words for malformed JSON (encoding/json). */

export class JsonSyntaxError extends Error {
  constructor(
    message: string,
    /** Bytes read when the error was found, from 1. */
    readonly offset: number,
  ) {
    super(message);
  }
}

/** The value at the start of `text` and where it ends. Throws JsonSyntaxError. */
export function parseJsonPrefix(text: string): { readonly value: unknown; readonly end: number } {
  const end = scanValue(text, skipSpace(text, 0));
  return { value: JSON.parse(text.slice(0, end)), end };
}

/** All of `text` as one value. Throws JsonSyntaxError. */
export function parseGoJson(text: string): unknown {
  const { value, end } = parseJsonPrefix(text);
  const rest = skipSpace(text, end);
  if (rest < text.length) throw invalid(text, rest, "after top-level value");
  return value;
}

function skipSpace(text: string, from: number): number {
  let position = from;
  while (position < text.length && " \t\r\n".includes(text[position] as string)) position++;
  return position;
}

function invalid(text: string, position: number, context: string): JsonSyntaxError {
  const char = String.fromCodePoint(text.codePointAt(position) ?? 0);
  const shown = char === "'" ? `'\\''` : char === '"' ? `'"'` : `'${JSON.stringify(char).slice(1, -1)}'`;
  return new JsonSyntaxError(`invalid character ${shown} ${context}`, position + 1);
}

function unexpectedEnd(text: string): JsonSyntaxError {
  return new JsonSyntaxError("unexpected end of JSON input", text.length);
}

function scanValue(text: string, start: number): number {
  const char = text[start];
  if (char === undefined) throw unexpectedEnd(text);
  if (char === "{") return scanObject(text, start);
  if (char === "[") return scanArray(text, start);
  if (char === '"') return scanString(text, start);
  for (const literal of ["true", "false", "null"]) if (char === literal[0]) return scanLiteral(text, start, literal);
  if (char === "-" || (char >= "0" && char <= "9")) return scanNumber(text, start);
  throw invalid(text, start, "looking for beginning of value");
}

function scanObject(text: string, start: number): number {
  let position = skipSpace(text, start + 1);
  if (text[position] === "}") return position + 1;
  for (;;) {
    if (position >= text.length) throw unexpectedEnd(text);
    if (text[position] !== '"') throw invalid(text, position, "looking for beginning of object key string");
    position = skipSpace(text, scanString(text, position));
    if (position >= text.length) throw unexpectedEnd(text);
    if (text[position] !== ":") throw invalid(text, position, "after object key");
    position = skipSpace(text, scanValue(text, skipSpace(text, position + 1)));
    if (position >= text.length) throw unexpectedEnd(text);
    if (text[position] === "}") return position + 1;
    if (text[position] !== ",") throw invalid(text, position, "after object key:value pair");
    position = skipSpace(text, position + 1);
  }
}

function scanArray(text: string, start: number): number {
  let position = skipSpace(text, start + 1);
  if (text[position] === "]") return position + 1;
  for (;;) {
    position = skipSpace(text, scanValue(text, position));
    if (position >= text.length) throw unexpectedEnd(text);
    if (text[position] === "]") return position + 1;
    if (text[position] !== ",") throw invalid(text, position, "after array element");
    position = skipSpace(text, position + 1);
  }
}

function scanString(text: string, start: number): number {
  for (let position = start + 1; position < text.length; position++) {
    const char = text[position] as string;
    if (char === '"') return position + 1;
    if (char < " ") throw invalid(text, position, "in string literal");
    if (char !== "\\") continue;
    position++;
    const escaped = text[position];
    if (escaped === undefined) break;
    if (escaped === "u") {
      for (let i = 1; i <= 4; i++) {
        if (position + i >= text.length) throw unexpectedEnd(text);
        if (!/[\da-f]/i.test(text[position + i] as string))
          throw invalid(text, position + i, "in \\u hexadecimal character escape");
      }
      position += 4;
    } else if (!'"\\/bfnrt'.includes(escaped)) throw invalid(text, position, "in string escape code");
  }
  throw unexpectedEnd(text);
}

function scanLiteral(text: string, start: number, literal: string): number {
  for (let i = 1; i < literal.length; i++) {
    if (start + i >= text.length) throw unexpectedEnd(text);
    if (text[start + i] !== literal[i])
      throw invalid(text, start + i, `in literal ${literal} (expecting '${literal[i]}')`);
  }
  return start + literal.length;
}

function scanNumber(text: string, start: number): number {
  const match = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/.exec(text.slice(start, start + 400));
  if (match === null) {
    if (start + 1 >= text.length) throw unexpectedEnd(text);
    throw invalid(text, start + 1, "in numeric literal");
  }
  return start + match[0].length;
}
