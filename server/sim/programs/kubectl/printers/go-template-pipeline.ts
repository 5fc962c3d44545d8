/** Reads the pipeline of an action: commands, their words, and what it declares. */
import { goQuote } from "./go-format.ts";
import { TEMPLATE_FUNCTIONS } from "./go-template-functions.ts";
import { type Command, type Expression, failAt, type Pipeline } from "./go-template-syntax.ts";

type Lexeme = {
  readonly kind: "field" | "variable" | "string" | "number" | "name" | "symbol" | "space";
  readonly text: string;
};

const LEXEMES: readonly (readonly [Lexeme["kind"], RegExp])[] = [
  ["space", /^\s+/],
  ["string", /^"(?:[^"\\\n]|\\.)*"|^`[^`]*`|^'(?:[^'\\]|\\.)+'/],
  ["number", /^[+-]?(?:0[xX][\da-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)/],
  ["field", /^\.[\p{L}_][\p{L}\p{N}_]*/u],
  ["variable", /^\$[\p{L}\p{N}_]*/u],
  ["name", /^[\p{L}_][\p{L}\p{N}_]*/u],
  ["symbol", /^(?::=|[.()|=,])/],
];

function lex(text: string, line: number): readonly Lexeme[] {
  const lexemes: Lexeme[] = [];
  let rest = text;
  while (rest !== "") {
    const found = LEXEMES.map(([kind, pattern]) => [kind, pattern.exec(rest)?.[0]] as const).find(([, match]) => match);
    if (found?.[1] === undefined) {
      const char = rest[0] as string;
      const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      const context =
        char === "-"
          ? `bad number syntax: ${goQuote(char)}`
          : `unexpected bad character U+${code} '${char}' in command`;
      throw failAt(line, context);
    }
    lexemes.push({ kind: found[0], text: found[1] });
    rest = rest.slice(found[1].length);
  }
  return lexemes;
}

export function parsePipeline(text: string, line: number, context: string): Pipeline {
  const reader = new PipelineReader(lex(text, line), line, context);
  const pipeline = reader.pipeline();
  reader.expectEnd();
  return pipeline;
}

class PipelineReader {
  private position = 0;

  constructor(
    private readonly lexemes: readonly Lexeme[],
    private readonly line: number,
    private readonly context: string,
  ) {}

  private peek(): Lexeme | undefined {
    return this.lexemes[this.position];
  }

  private skipSpace(): void {
    while (this.peek()?.kind === "space") this.position++;
  }

  expectEnd(): void {
    this.skipSpace();
    const left = this.peek();
    if (left !== undefined) throw failAt(this.line, `unexpected ${goQuote(left.text)} in ${this.context}`);
  }

  pipeline(): Pipeline {
    this.skipSpace();
    const declaration = this.declaration();
    const commands: Command[] = [];
    for (;;) {
      commands.push(this.command());
      this.skipSpace();
      if (this.peek()?.text !== "|") break;
      this.position++;
    }
    return { ...declaration, commands };
  }

  private declaration(): Pick<Pipeline, "declares" | "isAssignment"> {
    const start = this.position;
    const names: string[] = [];
    while (this.peek()?.kind === "variable") {
      names.push(this.peek()?.text ?? "");
      this.position++;
      this.skipSpace();
      const sign = this.peek()?.text;
      if (sign === ":=" || sign === "=") {
        this.position++;
        this.skipSpace();
        return { declares: names, isAssignment: sign === "=" };
      }
      if (sign !== ",") break;
      this.position++;
      this.skipSpace();
    }
    this.position = start;
    return { declares: [], isAssignment: false };
  }

  private command(): Command {
    const start = this.position;
    const words: Expression[] = [];
    for (;;) {
      this.skipSpace();
      const next = this.peek();
      if (next === undefined || next.text === "|" || next.text === ")") break;
      words.push(this.operand());
    }
    if (words.length === 0) throw failAt(this.line, `missing value for ${this.context}`);
    const text = this.lexemes
      .slice(start, this.position)
      .map((lexeme) => lexeme.text)
      .join("")
      .trim();
    return { words, text };
  }

  private operand(): Expression {
    const base = this.term();
    const fields: string[] = [];
    while (this.peek()?.kind === "field") {
      fields.push((this.peek()?.text ?? "").slice(1));
      this.position++;
    }
    return fields.length === 0 ? base : { kind: "chain", base, fields };
  }

  private term(): Expression {
    const lexeme = this.peek() as Lexeme;
    if (lexeme.kind === "field") return { kind: "dot" };
    this.position++;
    switch (lexeme.kind) {
      case "string":
        return { kind: "literal", value: unquoteGo(lexeme.text) };
      case "number":
        return { kind: "literal", value: Number(lexeme.text) };
      case "variable":
        return { kind: "variable", name: lexeme.text };
      case "name":
        return this.named(lexeme.text);
      default:
    }
    if (lexeme.text === ".") return { kind: "dot" };
    if (lexeme.text === "(") {
      const pipeline = this.pipeline();
      this.skipSpace();
      if (this.peek()?.text !== ")") throw failAt(this.line, "unclosed left paren");
      this.position++;
      return { kind: "pipeline", pipeline };
    }
    throw failAt(this.line, `unexpected ${goQuote(lexeme.text)} in operand`);
  }

  private named(name: string): Expression {
    if (name === "true" || name === "false") return { kind: "literal", value: name === "true" };
    if (name === "nil") return { kind: "nil" };
    if (!TEMPLATE_FUNCTIONS.has(name)) throw failAt(this.line, `function ${goQuote(name)} not defined`);
    return { kind: "function", name };
  }
}

function unquoteGo(text: string): unknown {
  const body = text.slice(1, -1);
  if (text[0] === "`") return body;
  const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v" };
  const value = body.replace(/\\(u[\da-fA-F]{4}|x[\da-fA-F]{2}|[\s\S])/g, (_, code: string) =>
    code.length > 1 ? String.fromCodePoint(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? code),
  );
  return text[0] === "'" ? (value.codePointAt(0) ?? 0) : value;
}
