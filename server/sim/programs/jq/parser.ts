/** From the words of a jq program to its syntax tree (jq 1.6, src/parser.y, with 1.7's optional `else`). */
import { tokenize, type Token, unexpected } from "./lexer.ts";
import { CompileError, CompileErrors, type Definition, type Expr, type Pattern } from "./syntax.ts";
import { formatNumber } from "./values.ts";

interface Level {
  readonly operators: readonly string[];
  readonly associativity: "left" | "right" | "none";
}

/** From the loosest to the tightest; what lies above (`|`, `,`) has its own rules. */
const LEVELS: readonly Level[] = [
  { operators: ["//"], associativity: "right" },
  { operators: ["=", "|=", "+=", "-=", "*=", "/=", "%=", "//="], associativity: "none" },
  { operators: ["or"], associativity: "left" },
  { operators: ["and"], associativity: "left" },
  { operators: ["==", "!=", "<", "<=", ">", ">="], associativity: "none" },
  { operators: ["+", "-"], associativity: "left" },
  { operators: ["*", "/", "%"], associativity: "left" },
];

const IDENTITY: Expr = { kind: "identity" };
const text = (value: string): Expr => ({ kind: "literal", value });

/** The main expression; a program of definitions only filters nothing. */
export function parseProgram(source: string): Expr {
  const parser = new Parser(tokenize(source));
  return parser.program();
}

export function parseDefinitions(source: string): readonly Definition[] {
  return new Parser(tokenize(source)).definitions();
}

class Parser {
  private position = 0;
  constructor(private readonly tokens: readonly Token[]) {}

  private get token(): Token {
    return this.tokens[this.position] ?? { kind: "end", at: 0 };
  }

  private spelling(token: Token = this.token): string | null {
    return token.kind === "operator" || token.kind === "keyword" ? token.text : null;
  }

  private is(word: string): boolean {
    return this.spelling() === word;
  }

  private accept(word: string): boolean {
    if (!this.is(word)) return false;
    this.position++;
    return true;
  }

  private expect(word: string): void {
    if (!this.accept(word)) throw this.unexpected(`'${word}'`);
  }

  private unexpected(expecting = ""): CompileError {
    const { token } = this;
    // An end that comes too early is never told what it should have been.
    if (token.kind === "end") return unexpected("$end", token.at);
    const words: Readonly<Record<Token["kind"], string>> = {
      number: "LITERAL",
      name: "IDENT",
      field: "FIELD",
      format: "FORMAT",
      string: "QQSTRING_START",
      end: "$end",
      keyword: this.spelling() ?? "",
      operator: (this.spelling()?.length ?? 0) === 1 ? `'${this.spelling()}'` : (this.spelling() ?? ""),
    };
    return unexpected(words[token.kind], token.at, expecting.startsWith("'") && expecting.length > 3 ? "" : expecting);
  }

  program(): Expr {
    const definitions: Definition[] = [];
    while (this.is("def")) definitions.push(this.definition());
    const body = this.token.kind === "end" ? IDENTITY : this.pipe();
    if (this.token.kind !== "end") throw this.unexpected("$end");
    return definitions.reduceRight<Expr>((inner, definition) => ({ kind: "define", definition, body: inner }), body);
  }

  definitions(): readonly Definition[] {
    const out: Definition[] = [];
    while (this.is("def")) out.push(this.definition());
    if (this.token.kind !== "end") throw this.unexpected();
    return out;
  }

  private definition(): Definition {
    this.expect("def");
    const name = this.anyName();
    const params: string[] = [];
    if (this.accept("(")) {
      do params.push((this.accept("$") ? "$" : "") + this.anyName());
      while (this.accept(";"));
      this.expect(")");
    }
    this.expect(":");
    const body = this.pipe();
    this.expect(";");
    return { name, params, body };
  }

  private anyName(): string {
    const { token } = this;
    if (token.kind !== "name" && token.kind !== "keyword") throw this.unexpected("IDENT");
    this.position++;
    return token.text;
  }

  private pipe(allowsComma = true): Expr {
    if (this.is("def")) {
      const definition = this.definition();
      return { kind: "define", definition, body: this.pipe(allowsComma) };
    }
    if (this.accept("label")) {
      this.expect("$");
      const name = this.anyName();
      this.expect("|");
      return { kind: "label", name, body: this.pipe(allowsComma) };
    }
    const left = allowsComma ? this.comma() : this.operators(0);
    if (this.accept("|")) return { kind: "pipe", left, right: this.pipe(allowsComma) };
    return left;
  }

  private comma(): Expr {
    let left = this.operators(0);
    while (this.accept(",")) left = { kind: "comma", left, right: this.operators(0) };
    return left;
  }

  private operators(index: number): Expr {
    const level = LEVELS[index];
    if (!level) return this.unary();
    let left = this.operators(index + 1);
    while (true) {
      const at = this.token.at;
      const operator = this.spelling();
      if (operator === null || !level.operators.includes(operator)) return left;
      this.position++;
      const right = this.operators(level.associativity === "right" ? index : index + 1);
      left = folded(operator, left, right, at) ?? { kind: "binary", operator, left, right };
      if (level.associativity === "none") {
        const again = this.spelling();
        if (again !== null && level.operators.includes(again)) throw this.unexpected();
        return left;
      }
    }
  }

  private unary(): Expr {
    const start = this.position;
    if (this.accept("-")) return { kind: "negate", body: this.unary() };
    if (this.accept("reduce")) return this.suffixes(this.reduce());
    if (this.accept("foreach")) return this.suffixes(this.foreach());
    if (this.is("if")) return this.suffixes(this.conditional());
    if (this.accept("try")) {
      const body = this.postfix();
      return { kind: "try", body, handler: this.accept("catch") ? this.postfix() : null };
    }
    if (this.is("def") || this.is("label")) {
      this.position = start;
      return this.pipe();
    }
    const term = this.postfix();
    if (!this.accept("as")) return term;
    const patterns = this.patterns();
    this.expect("|");
    return { kind: "bind", source: term, patterns, body: this.pipe() };
  }

  private reduce(): Expr {
    const source = this.postfix();
    this.expect("as");
    const patterns = this.patterns();
    this.expect("(");
    const start = this.pipe();
    this.expect(";");
    const update = this.pipe();
    this.expect(")");
    return { kind: "reduce", source, patterns, start, update };
  }

  private foreach(): Expr {
    const source = this.postfix();
    this.expect("as");
    const patterns = this.patterns();
    this.expect("(");
    const start = this.pipe();
    this.expect(";");
    const update = this.pipe();
    const extract = this.accept(";") ? this.pipe() : null;
    this.expect(")");
    return { kind: "foreach", source, patterns, start, update, extract };
  }

  private conditional(): Expr {
    const { at } = this.token;
    this.position++;
    const condition = this.pipe();
    this.expect("then");
    const yes = this.pipe();
    if (this.is("elif")) return { kind: "if", condition, yes, no: this.conditional() };
    const no = this.accept("else") ? this.pipe() : null;
    if (!this.accept("end")) throw this.unterminated("if", at);
    return { kind: "if", condition, yes, no };
  }

  private unterminated(statement: string, at: number): CompileErrors {
    return new CompileErrors([
      this.unexpected(),
      new CompileError(`Possibly unterminated '${statement}' statement`, at),
    ]);
  }

  private patterns(): readonly Pattern[] {
    const out = [this.pattern()];
    while (this.accept("?//")) out.push(this.pattern());
    return out;
  }

  private pattern(): Pattern {
    if (this.accept("$")) return { kind: "variable", name: this.anyName() };
    if (this.accept("[")) {
      const items: Pattern[] = [];
      do items.push(this.pattern());
      while (this.accept(","));
      this.expect("]");
      return { kind: "array", items };
    }
    if (!this.accept("{")) throw this.unexpected();
    const entries: { key: Expr; variable: string | null; pattern: Pattern | null }[] = [];
    do {
      if (this.accept("$")) {
        const name = this.anyName();
        entries.push({ key: text(name), variable: name, pattern: this.accept(":") ? this.pattern() : null });
        continue;
      }
      let key: Expr;
      if (this.token.kind === "string") key = this.string(null);
      else if (this.accept("(")) {
        key = this.pipe();
        this.expect(")");
      } else key = text(this.anyName());
      this.expect(":");
      entries.push({ key, variable: null, pattern: this.pattern() });
    } while (this.accept(","));
    this.expect("}");
    return { kind: "object", entries };
  }

  private postfix(): Expr {
    return this.suffixes(this.primary());
  }

  private suffixes(first: Expr): Expr {
    let target = first;
    while (true) {
      const { token } = this;
      if (token.kind === "field") {
        this.position++;
        target = { kind: "index", target, key: text(token.text) };
      } else if (this.is(".") && this.tokens[this.position + 1]?.kind === "string") {
        this.position++;
        target = { kind: "index", target, key: this.string(null) };
      } else if (this.is(".") && this.spelling(this.tokens[this.position + 1]) === "[") {
        this.position++;
      } else if (this.accept("[")) target = this.bracket(target);
      else if (this.accept("?")) target = { kind: "try", body: target, handler: null };
      else return target;
    }
  }

  private bracket(target: Expr): Expr {
    if (this.accept("]")) return { kind: "each", target };
    if (this.accept(":")) {
      const to = this.pipe();
      this.expect("]");
      return { kind: "slice", target, from: null, to };
    }
    const key = this.pipe();
    if (this.accept(":")) {
      const to = this.is("]") ? null : this.pipe();
      this.expect("]");
      return { kind: "slice", target, from: key, to };
    }
    this.expect("]");
    return { kind: "index", target, key };
  }

  private primary(): Expr {
    const { token } = this;
    switch (token.kind) {
      case "number":
        this.position++;
        return { kind: "literal", value: token.value };
      case "string":
        return this.string(null);
      case "format":
        this.position++;
        return this.token.kind === "string" ? this.string(token.text) : { kind: "format", name: token.text };
      case "field":
        this.position++;
        return { kind: "index", target: IDENTITY, key: text(token.text) };
      case "name":
        this.position++;
        return this.call(token.text, token.at);
      case "operator":
        return this.punctuated(token.text, token.at);
      case "keyword":
        if (["reduce", "foreach", "if", "try"].includes(token.text)) return this.unary();
        throw this.unexpected();
      default:
        throw this.unexpected();
    }
  }

  private call(name: string, at: number): Expr {
    if (name === "break" && this.accept("$")) return { kind: "break", name: this.anyName(), at };
    if (name === "break") throw new CompileError("break requires a label to break to", at);
    const args: Expr[] = [];
    if (this.accept("(")) {
      do args.push(this.pipe());
      while (this.accept(";"));
      this.expect(")");
    }
    if (args.length === 0) {
      if (name === "null") return { kind: "literal", value: null };
      if (name === "true" || name === "false") return { kind: "literal", value: name === "true" };
    }
    return { kind: "call", name, args, at };
  }

  private punctuated(operator: string, at: number): Expr {
    this.position++;
    switch (operator) {
      case ".":
        if (this.token.kind === "string") return { kind: "index", target: IDENTITY, key: this.string(null) };
        return IDENTITY;
      case "..":
        return { kind: "recurse" };
      case "$":
        if (this.accept("__loc__")) return location();
        return { kind: "variable", name: this.anyName(), at };
      case "(": {
        const inner = this.pipe();
        this.expect(")");
        return inner;
      }
      case "[": {
        if (this.accept("]")) return { kind: "array", body: null };
        const body = this.pipe();
        this.expect("]");
        return { kind: "array", body };
      }
      case "{":
        return this.object();
      default:
        this.position--;
        throw this.unexpected(this.position === 0 ? "$end" : "");
    }
  }

  private string(format: string | null): Expr {
    const { token } = this;
    if (token.kind !== "string") throw this.unexpected();
    this.position++;
    if (token.parts.every((part) => typeof part === "string")) return text(token.parts.join(""));
    const parts = token.parts.map((part) => (typeof part === "string" ? part : new Parser(part).interpolation()));
    return { kind: "text", format, parts };
  }

  private interpolation(): Expr {
    const inner = this.pipe();
    if (this.token.kind !== "end") throw this.unexpected();
    return inner;
  }

  private object(): Expr {
    const entries: (readonly [Expr, Expr])[] = [];
    if (this.accept("}")) return { kind: "object", entries };
    do {
      if (this.is("}") && entries.length > 0) throw this.unexpected();
      entries.push(this.entry());
    } while (this.accept(","));
    this.expect("}");
    return { kind: "object", entries };
  }

  private entry(): readonly [Expr, Expr] {
    const { token } = this;
    if (this.accept("$")) {
      if (this.accept("__loc__")) return [text("__loc__"), location()];
      const name = this.anyName();
      return [text(name), { kind: "variable", name, at: token.at }];
    }
    if (this.accept("(")) {
      const key = this.pipe();
      this.expect(")");
      if (key.kind === "literal" && typeof key.value !== "string") {
        const kind = typeof key.value === "number" ? `number (${formatNumber(key.value)})` : String(key.value);
        throw new CompileError(`Cannot use ${kind} as object key`, token.at);
      }
      this.expect(":");
      return [key, this.entryValue()];
    }
    let key: Expr;
    if (token.kind === "string") key = this.string(null);
    else if (token.kind === "format") {
      this.position++;
      key = this.string(token.text);
    } else if (token.kind === "number") {
      throw new CompileError(`Object keys must be strings`, token.at);
    } else key = text(this.anyName());
    if (this.accept(":")) return [key, this.entryValue()];
    return [key, { kind: "index", target: IDENTITY, key }];
  }

  /** A value of an object: terms joined by `|`, no operators but the minus. */
  private entryValue(): Expr {
    const term = this.accept("-") ? this.negated() : this.postfix();
    return this.accept("|") ? { kind: "pipe", left: term, right: this.entryValue() } : term;
  }

  private negated(): Expr {
    return { kind: "negate", body: this.accept("-") ? this.negated() : this.postfix() };
  }
}

function location(): Expr {
  return {
    kind: "literal",
    value: new Map<string, string | number>([
      ["file", "<top-level>"],
      ["line", 1],
    ]),
  };
}

/** Arithmetic of two numbers that stand in the program; a division by zero is found at once. */
function folded(operator: string, left: Expr, right: Expr, at: number): Expr | null {
  if (left.kind !== "literal" || right.kind !== "literal") return null;
  if (typeof left.value !== "number" || typeof right.value !== "number") return null;
  if (operator === "/" && right.value === 0) throw new CompileError("Division by zero?", Math.max(0, at - 1));
  return null;
}
