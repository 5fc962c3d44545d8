/** The tokens of an awk program. */
import { AwkSyntaxError } from "./syntax.ts";

export interface Token {
  readonly kind:
    | "number"
    | "string"
    | "regex"
    | "name"
    | "funcname"
    | "builtin"
    | "keyword"
    | "punctuation"
    | "newline"
    | "end";
  readonly text: string;
  readonly line: number;
  /** A blank stood in front: tells `a (b)` from the call `a(b)`. */
  readonly spaced: boolean;
}

const KEYWORDS = new Set([
  "BEGIN",
  "END",
  "function",
  "func",
  "if",
  "else",
  "while",
  "for",
  "do",
  "break",
  "continue",
  "next",
  "nextfile",
  "exit",
  "return",
  "delete",
  "in",
  "getline",
  "print",
  "printf",
]);

const BUILTINS: ReadonlySet<string> = new Set([
  "length",
  "substr",
  "index",
  "split",
  "sub",
  "gsub",
  "gensub",
  "match",
  "sprintf",
  "sin",
  "cos",
  "atan2",
  "exp",
  "log",
  "sqrt",
  "int",
  "rand",
  "srand",
  "tolower",
  "toupper",
  "system",
  "close",
  "fflush",
  "strftime",
  "systime",
  "mktime",
  "and",
  "or",
  "xor",
  "lshift",
  "rshift",
  "compl",
  "asort",
  "asorti",
  "strtonum",
]);

const PUNCTUATION = [
  "**=",
  "&&",
  "||",
  "++",
  "--",
  "+=",
  "-=",
  "*=",
  "/=",
  "%=",
  "^=",
  "==",
  "<=",
  ">=",
  "!=",
  "!~",
  ">>",
  "**",
  "|&",
  "{",
  "}",
  "(",
  ")",
  "[",
  "]",
  ";",
  ",",
  "+",
  "-",
  "*",
  "/",
  "%",
  "^",
  "!",
  ">",
  "<",
  "|",
  "?",
  ":",
  "~",
  "$",
  "=",
];

export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let spaced = false;
  const push = (kind: Token["kind"], text: string): void => {
    tokens.push({ kind, text, line, spaced });
    spaced = false;
  };
  const regexMayFollow = (): boolean => {
    const last = tokens.at(-1);
    if (!last) return true;
    if (last.kind === "number" || last.kind === "string" || last.kind === "name" || last.kind === "regex") return false;
    if (last.kind === "builtin") return false;
    return !(last.kind === "punctuation" && [")", "]", "$", "++", "--"].includes(last.text));
  };
  while (at < source.length) {
    const char = source[at] ?? "";
    if (char === "\n") {
      push("newline", "\n");
      line++;
      at++;
    } else if (/[ \t\r]/.test(char)) {
      spaced = true;
      at++;
    } else if (char === "\\" && /^\\\r?\n/.test(source.slice(at))) {
      at = source.indexOf("\n", at) + 1;
      line++;
      spaced = true;
    } else if (char === "#") {
      while (at < source.length && source[at] !== "\n") at++;
    } else if (char === '"') {
      const end = endOfString(source, at, line);
      push("string", decodeString(source.slice(at + 1, end)));
      at = end + 1;
    } else if (/[0-9.]/.test(char) && /^(\d|\.\d)/.test(source.slice(at))) {
      const text = /^(0[xX][0-9a-fA-F]+|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)/.exec(source.slice(at))?.[0] ?? char;
      push("number", text);
      at += text.length;
    } else if (/[A-Za-z_]/.test(char)) {
      const text = /^[A-Za-z_]\w*/.exec(source.slice(at))?.[0] ?? char;
      at += text.length;
      push(
        KEYWORDS.has(text) ? "keyword" : BUILTINS.has(text) ? "builtin" : source[at] === "(" ? "funcname" : "name",
        text,
      );
    } else if (char === "/" && regexMayFollow()) {
      const end = endOfRegex(source, at, line);
      push("regex", source.slice(at + 1, end));
      at = end + 1;
    } else {
      const text = PUNCTUATION.find((candidate) => source.startsWith(candidate, at));
      if (text === undefined) throw new AwkSyntaxError(`unexpected character '${char}'`, line, char);
      push("punctuation", text);
      at += text.length;
    }
  }
  push("newline", "\n");
  push("end", "");
  return tokens;
}

function endOfString(source: string, start: number, line: number): number {
  let at = start + 1;
  while (source[at] !== '"') {
    if (at >= source.length || source[at] === "\n")
      throw new AwkSyntaxError("unterminated string", line, source.slice(start, at));
    at += source[at] === "\\" ? 2 : 1;
  }
  return at;
}

function endOfRegex(source: string, start: number, line: number): number {
  let at = start + 1;
  let isInBracket = false;
  while (at < source.length) {
    const char = source[at];
    if (char === "\n") break;
    if (char === "\\") at++;
    else if (isInBracket && char === "]") isInBracket = false;
    else if (!isInBracket && char === "[") {
      isInBracket = true;
      if (source[at + 1] === "^") at++;
      if (source[at + 1] === "]") at++;
    } else if (char === "/" && !isInBracket) return at;
    at++;
  }
  throw new AwkSyntaxError("unterminated regexp", line, source.slice(start, at));
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  '"': '"',
  "/": "/",
  a: "\u0007",
  b: "\b",
  f: "\f",
  v: "\v",
};

/** Backslash sequences of a string; an unknown one keeps its backslash for a regular expression to see. */
export function decodeString(text: string): string {
  return text.replace(/\\([0-7]{1,3}|\n|[\s\S])/g, (whole, sequence: string) => {
    if (/^[0-7]/.test(sequence)) return String.fromCharCode(Number.parseInt(sequence, 8));
    if (sequence === "\n") return "";
    return ESCAPES[sequence] ?? whole;
  });
}
