/** Escapes of `$'…'`, `echo -e` and `printf`. Bytes are kept as bytes until the text is whole. */
import { byteText, normaliseBytes } from "./bytes.ts";

export type EscapeStyle = "ansi-c" | "echo" | "printf" | "printf-b";

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  e: "\u001b",
  E: "\u001b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

export interface Decoded {
  readonly text: string;
  /** `\c` was met: nothing after it is printed. */
  readonly isCut: boolean;
}

export function decodeEscapes(text: string, style: EscapeStyle): Decoded {
  if (!text.includes("\\")) return { text, isCut: false };
  let result = "";
  let index = 0;
  while (index < text.length) {
    const character = text.charAt(index);
    if (character !== "\\" || index + 1 >= text.length) {
      result += character;
      index++;
      continue;
    }
    const sequence = readEscape(text, index, style);
    if (sequence.isCut) return { text: normaliseBytes(result), isCut: true };
    result += sequence.text;
    index = sequence.end;
  }
  return { text: normaliseBytes(result), isCut: false };
}

interface Escape {
  readonly text: string;
  readonly end: number;
  readonly isCut?: boolean;
}

function readEscape(text: string, start: number, style: EscapeStyle): Escape {
  const letter = text.charAt(start + 1);
  const end = start + 2;
  const simple = SIMPLE[letter];
  if (simple !== undefined) return { text: simple, end };
  if (letter === "c") {
    if (style === "ansi-c") return { text: String.fromCharCode(text.charCodeAt(end) & 0x1f), end: end + 1 };
    if (style === "echo" || style === "printf-b") return { text: "", end, isCut: true };
  }
  if ((letter === "'" || letter === '"' || letter === "?") && (style === "ansi-c" || style === "printf"))
    return { text: letter, end };
  if (letter === "x") return hexEscape(text, start, /^[0-9a-fA-F]{1,2}/, true);
  if (letter === "u") return hexEscape(text, start, /^[0-9a-fA-F]{1,4}/, false);
  if (letter === "U") return hexEscape(text, start, /^[0-9a-fA-F]{1,8}/, false);
  return octalEscape(text, start, style);
}

function hexEscape(text: string, start: number, digits: RegExp, isByte: boolean): Escape {
  const match = digits.exec(text.slice(start + 2, start + 10));
  if (!match) return { text: text.slice(start, start + 2), end: start + 2 };
  const code = Number.parseInt(match[0], 16);
  const end = start + 2 + match[0].length;
  if (isByte) return { text: byteText(code), end };
  return { text: code > 0x10ffff ? "" : String.fromCodePoint(code), end };
}

/** `\0NNN` for echo, `\NNN` for the others. */
function octalEscape(text: string, start: number, style: EscapeStyle): Escape {
  const pattern =
    style === "echo" ? /^0[0-7]{0,3}/ : style === "printf-b" ? /^(?:0[0-7]{0,3}|[1-7][0-7]{0,2})/ : /^[0-7]{1,3}/;
  const match = pattern.exec(text.slice(start + 1, start + 5));
  if (!match) return { text: text.slice(start, start + 2), end: start + 2 };
  return { text: byteText(Number.parseInt(match[0], 8) & 0xff), end: start + 1 + match[0].length };
}
