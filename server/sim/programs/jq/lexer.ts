/** The words of a jq program (jq 1.6, src/lexer.l). */
import { unescapeString } from "./json.ts";
import { CompileError } from "./syntax.ts";

export type Token =
  | { readonly kind: "number"; readonly value: number; readonly at: number }
  | { readonly kind: "name" | "keyword" | "field" | "format" | "operator"; readonly text: string; readonly at: number }
  | { readonly kind: "string"; readonly parts: readonly (string | readonly Token[])[]; readonly at: number }
  | { readonly kind: "end"; readonly at: number };

const KEYWORDS = new Set(
  "as import include module def if then else elif and or end reduce foreach try catch label __loc__".split(" "),
);
const OPERATORS = /^(?:\?\/\/=?|\/\/=|\|=|\+=|-=|\*=|\/=|%=|==|!=|<=|>=|\/\/|\.\.|[.?=;,:|+\-*/%$<>()[\]{}])/;

export function tokenize(source: string): readonly Token[] {
  const lexer = new Lexer(source);
  const tokens = lexer.tokens(null);
  return [...tokens, { kind: "end", at: tokens.at(-1)?.at ?? 0 }];
}

class Lexer {
  private at = 0;
  constructor(private readonly source: string) {}

  /** Up to the end, or to the parenthesis that closes an interpolation. */
  tokens(closing: ")" | null): readonly Token[] {
    const out: Token[] = [];
    const open: string[] = [];
    while (true) {
      this.skipBlanks();
      const { at } = this;
      if (at >= this.source.length) {
        if (closing !== null) throw unexpected("$end", out.at(-1)?.at ?? at);
        return out;
      }
      const char = this.source[at] ?? "";
      if (closing !== null && char === ")" && open.length === 0) {
        this.at++;
        return [...out, { kind: "end", at }];
      }
      const token = this.token();
      if (token.kind === "operator") {
        if ("([{".includes(token.text)) open.push(token.text);
        if (")]}".includes(token.text) && "([{"[")]}".indexOf(token.text)] !== open.pop()) {
          throw unexpected("INVALID_CHARACTER", at, open.length === 0 ? "$end" : "");
        }
      }
      out.push(token);
    }
  }

  private skipBlanks(): void {
    while (true) {
      const match = /^(?:[ \t\r\n]+|#[^\n]*)/.exec(this.source.slice(this.at, this.at + 4096));
      if (!match) return;
      this.at += match[0].length;
    }
  }

  private take(pattern: RegExp): string | null {
    const text = pattern.exec(this.source.slice(this.at))?.[0] ?? null;
    if (text !== null) this.at += text.length;
    return text;
  }

  private token(): Token {
    const { at } = this;
    if (this.source[at] === '"') return this.string();
    const number = this.take(/^(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/);
    if (number !== null) return { kind: "number", value: Number(number), at };
    const field = this.take(/^\.[a-zA-Z_]\w*/);
    if (field !== null) return { kind: "field", text: field.slice(1), at };
    const format = this.take(/^@\w+/);
    if (format !== null) return { kind: "format", text: format, at };
    const name = this.take(/^(?:[a-zA-Z_]\w*::)*[a-zA-Z_]\w*/);
    if (name !== null) return { kind: KEYWORDS.has(name) ? "keyword" : "name", text: name, at };
    const operator = this.take(OPERATORS);
    if (operator !== null) return { kind: "operator", text: operator, at };
    throw unexpected("INVALID_CHARACTER", at);
  }

  private string(): Token {
    const at = this.at++;
    const parts: (string | readonly Token[])[] = [];
    let raw = "";
    const flush = (): void => {
      const { text, error } = unescapeString(raw);
      if (error !== null) {
        throw new CompileError(
          `${error} at line 1, column ${raw.length + 2} (while parsing '"${raw}"')`,
          this.at - raw.length - 1,
        );
      }
      if (text !== "") parts.push(text);
      raw = "";
    };
    while (true) {
      const char = this.source[this.at];
      if (char === undefined) throw unexpected("QQSTRING_START", at);
      this.at++;
      if (char === '"') {
        flush();
        return { kind: "string", parts, at };
      }
      if (char !== "\\") raw += char;
      else if (this.source[this.at] === "(") {
        flush();
        this.at++;
        parts.push(this.tokens(")"));
      } else raw += char + (this.source[this.at++] ?? "");
    }
  }
}

export function unexpected(what: string, at: number, expecting = ""): CompileError {
  return new CompileError(
    `syntax error, unexpected ${what}${expecting === "" ? "" : `, expecting ${expecting}`} (Unix shell quoting issues?)`,
    at,
  );
}
