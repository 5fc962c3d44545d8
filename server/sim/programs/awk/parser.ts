/** Reads POSIX awk with the common extensions of gawk. */
import {
  AwkSyntaxError,
  type AwkProgram,
  type Expression,
  type FunctionDefinition,
  type Redirect,
  type Rule,
  type Statement,
  type Target,
} from "./syntax.ts";

interface Token {
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

export const BUILTINS: ReadonlySet<string> = new Set([
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

function tokenize(source: string): readonly Token[] {
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

export function parseAwk(source: string): AwkProgram {
  return new Parser(tokenize(source)).program();
}

class Parser {
  private at = 0;
  /** In print's list `>` redirects; inside parentheses it compares. */
  private noGreater = 0;
  private noIn = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  private get token(): Token {
    return this.tokens[this.at] ?? { kind: "end", text: "", line: 0, spaced: false };
  }

  private fail(): AwkSyntaxError {
    const { text, line } = this.token;
    return new AwkSyntaxError("syntax error", line, text === "\n" ? "end of line" : text === "" ? "end of file" : text);
  }

  private is(...texts: readonly string[]): boolean {
    const { kind, text } = this.token;
    return (kind === "punctuation" || kind === "keyword" || kind === "newline") && texts.includes(text);
  }

  private take(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  private expect(text: string): void {
    if (!this.take(text)) throw this.fail();
  }

  private skipNewlines(): void {
    while (this.token.kind === "newline") this.at++;
  }

  private skipTerminators(): void {
    while (this.token.kind === "newline" || this.is(";")) this.at++;
  }

  program(): AwkProgram {
    const rules: Rule[] = [];
    const functions = new Map<string, FunctionDefinition>();
    this.skipTerminators();
    while (this.token.kind !== "end") {
      if (this.is("function", "func")) {
        const definition = this.functionDefinition();
        functions.set(definition.name, definition);
      } else {
        rules.push(this.rule());
      }
      this.skipTerminators();
    }
    return { rules, functions };
  }

  private functionDefinition(): FunctionDefinition {
    this.at++;
    const name = this.token.text;
    this.at++;
    this.expect("(");
    const parameters: string[] = [];
    while (!this.take(")")) {
      if (this.token.kind !== "name") throw this.fail();
      parameters.push(this.token.text);
      this.at++;
      this.take(",");
      this.skipNewlines();
    }
    this.skipNewlines();
    return { name, parameters, body: this.block() };
  }

  private rule(): Rule {
    if (this.take("BEGIN")) {
      this.skipNewlines();
      return { pattern: { kind: "begin" }, body: this.block() };
    }
    if (this.take("END")) {
      this.skipNewlines();
      return { pattern: { kind: "end" }, body: this.block() };
    }
    if (this.is("{")) return { pattern: { kind: "always" }, body: this.block() };
    const from = this.expression();
    let pattern: Rule["pattern"] = { kind: "expression", expression: from };
    if (this.take(",")) {
      this.skipNewlines();
      pattern = { kind: "range", from, to: this.expression() };
    }
    return { pattern, body: this.is("{") ? this.block() : null };
  }

  private block(): Statement {
    this.expect("{");
    const body: Statement[] = [];
    this.skipTerminators();
    while (!this.is("}")) {
      body.push(this.statement());
      this.skipTerminators();
    }
    this.expect("}");
    return { kind: "block", body };
  }

  private endStatement(): void {
    if (this.is("}") || this.token.kind === "end") return;
    if (this.token.kind === "newline" || this.is(";")) {
      this.at++;
      return;
    }
    throw this.fail();
  }

  private statement(): Statement {
    if (this.is("{")) return this.block();
    if (this.take(";")) return { kind: "block", body: [] };
    if (this.take("if")) {
      this.expect("(");
      const test = this.expression();
      this.expect(")");
      const yes = this.nested();
      const mark = this.at;
      this.skipTerminators();
      if (this.take("else")) return { kind: "if", test, yes, no: this.nested() };
      this.at = mark;
      return { kind: "if", test, yes, no: null };
    }
    if (this.take("while")) {
      this.expect("(");
      const test = this.expression();
      this.expect(")");
      if (this.take(";")) return { kind: "while", test, body: { kind: "block", body: [] } };
      return { kind: "while", test, body: this.nested() };
    }
    if (this.take("do")) {
      const body = this.nested();
      this.skipTerminators();
      this.expect("while");
      this.expect("(");
      const test = this.expression();
      this.expect(")");
      this.endStatement();
      return { kind: "do", body, test };
    }
    if (this.take("for")) return this.forStatement();
    const simple = this.simpleStatement();
    this.endStatement();
    return simple;
  }

  private nested(): Statement {
    this.skipNewlines();
    return this.statement();
  }

  private forStatement(): Statement {
    this.expect("(");
    const [name, , array, close] = this.tokens.slice(this.at, this.at + 4);
    if (
      name?.kind === "name" &&
      this.tokens[this.at + 1]?.text === "in" &&
      array?.kind === "name" &&
      close?.text === ")"
    ) {
      this.at += 4;
      return { kind: "forIn", name: name.text, array: array.text, body: this.nested() };
    }
    const start = this.is(";") ? null : this.simpleStatement();
    this.expect(";");
    this.skipNewlines();
    const test = this.is(";") ? null : this.expression();
    this.expect(";");
    this.skipNewlines();
    const step = this.is(")") ? null : this.simpleStatement();
    this.expect(")");
    if (this.take(";")) return { kind: "for", start, test, step, body: { kind: "block", body: [] } };
    return { kind: "for", start, test, step, body: this.nested() };
  }

  private simpleStatement(): Statement {
    for (const kind of ["next", "nextfile", "break", "continue"] as const) if (this.take(kind)) return { kind };
    for (const kind of ["exit", "return"] as const) {
      if (this.take(kind))
        return { kind, value: this.token.kind === "newline" || this.is(";", "}") ? null : this.expression() };
    }
    if (this.take("delete")) {
      const name = this.token.text;
      this.at++;
      if (!this.take("[")) return { kind: "delete", name, subscripts: null };
      const subscripts = this.list("]");
      return { kind: "delete", name, subscripts };
    }
    if (this.is("print", "printf")) return this.printStatement();
    return { kind: "expression", expression: this.expression() };
  }

  private printStatement(): Statement {
    const kind = this.token.text as "print" | "printf";
    this.at++;
    let args: readonly Expression[] = [];
    this.noGreater++;
    if (!this.endsPrint()) {
      const mark = this.at;
      args = this.take("(") ? this.parenthesizedList() : [];
      // `print (a) b` or `print (a, b) > f`: only a list that ends the statement is the whole list.
      if (!(args.length > 0 && this.endsPrint())) {
        this.at = mark;
        args = [this.expression()];
        while (this.take(",")) {
          this.skipNewlines();
          args = [...args, this.expression()];
        }
      }
    }
    this.noGreater--;
    return { kind, args, redirect: this.redirect() };
  }

  private endsPrint(): boolean {
    return this.token.kind === "newline" || this.token.kind === "end" || this.is(";", "}", ">", ">>", "|");
  }

  private parenthesizedList(): readonly Expression[] {
    const saved = this.noGreater;
    this.noGreater = 0;
    const args = this.list(")");
    this.noGreater = saved;
    return args;
  }

  private redirect(): Redirect | null {
    for (const mode of [">", ">>", "|"] as const) {
      if (this.take(mode)) {
        this.noGreater++;
        const to = this.concatenation();
        this.noGreater--;
        return { mode, to };
      }
    }
    return null;
  }

  private list(close: string): readonly Expression[] {
    const args: Expression[] = [];
    this.skipNewlines();
    while (!this.take(close)) {
      args.push(this.expression());
      this.skipNewlines();
      if (!this.is(close)) this.expect(",");
      this.skipNewlines();
    }
    return args;
  }

  private expression(): Expression {
    const left = this.ternary();
    const operator = this.token;
    if (operator.kind === "punctuation" && ["=", "+=", "-=", "*=", "/=", "%=", "^=", "**="].includes(operator.text)) {
      if (!isTarget(left)) throw this.fail();
      this.at++;
      this.skipNewlines();
      return { kind: "assign", operator: operator.text.replace("**", "^"), target: left, value: this.expression() };
    }
    return left;
  }

  private ternary(): Expression {
    const test = this.or();
    if (!this.take("?")) return test;
    this.skipNewlines();
    const yes = this.expression();
    this.skipNewlines();
    this.expect(":");
    this.skipNewlines();
    return { kind: "conditional", test, yes, no: this.expression() };
  }

  private or(): Expression {
    let left = this.and();
    while (this.take("||")) {
      this.skipNewlines();
      left = { kind: "binary", operator: "||", left, right: this.and() };
    }
    return left;
  }

  private and(): Expression {
    let left = this.membership();
    while (this.take("&&")) {
      this.skipNewlines();
      left = { kind: "binary", operator: "&&", left, right: this.membership() };
    }
    return left;
  }

  private membership(): Expression {
    let left = this.matching();
    while (this.noIn === 0 && this.take("in")) {
      const array = this.token.text;
      this.at++;
      left = { kind: "in", subscripts: [left], array };
    }
    return left;
  }

  private matching(): Expression {
    let left = this.comparison();
    while (this.is("~", "!~")) {
      const isNegated = this.token.text === "!~";
      this.at++;
      left = { kind: "match", isNegated, left, right: this.comparison() };
    }
    return left;
  }

  private comparison(): Expression {
    const left = this.concatenation();
    const { text } = this.token;
    const isComparison = this.is("<", "<=", "==", "!=", ">=") || (text === ">" && this.noGreater === 0 && this.is(">"));
    if (!isComparison) return this.pipedGetline(left);
    this.at++;
    return { kind: "binary", operator: text, left, right: this.concatenation() };
  }

  /** `"command" | getline [target]` */
  private pipedGetline(left: Expression): Expression {
    let result = left;
    while (this.is("|") && this.tokens[this.at + 1]?.text === "getline") {
      this.at += 2;
      result = { kind: "getline", target: this.optionalTarget(), source: "command", from: result };
    }
    return result;
  }

  private concatenation(): Expression {
    let left = this.additive();
    while (this.startsOperand()) left = { kind: "concat", left, right: this.additive() };
    return left;
  }

  private startsOperand(): boolean {
    const { kind, text } = this.token;
    if (
      kind === "number" ||
      kind === "string" ||
      kind === "name" ||
      kind === "funcname" ||
      kind === "builtin" ||
      kind === "regex"
    )
      return true;
    if (kind === "keyword") return false;
    return kind === "punctuation" && ["$", "!", "(", "++", "--"].includes(text);
  }

  private additive(): Expression {
    let left = this.multiplicative();
    while (this.is("+", "-")) {
      const operator = this.token.text;
      this.at++;
      left = { kind: "binary", operator, left, right: this.multiplicative() };
    }
    return left;
  }

  private multiplicative(): Expression {
    let left = this.unary();
    while (this.is("*", "/", "%")) {
      const operator = this.token.text;
      this.at++;
      left = { kind: "binary", operator, left, right: this.unary() };
    }
    return left;
  }

  private unary(): Expression {
    if (this.is("!", "-", "+")) {
      const operator = this.token.text as "!" | "-" | "+";
      this.at++;
      return { kind: "unary", operator, operand: this.unary() };
    }
    return this.power();
  }

  private power(): Expression {
    const left = this.postfix();
    if (!this.is("^", "**")) return left;
    this.at++;
    return { kind: "binary", operator: "^", left, right: this.is("-", "+", "!") ? this.unary() : this.power() };
  }

  private postfix(): Expression {
    const operand = this.primary();
    if (isTarget(operand) && this.is("++", "--")) {
      const by = this.token.text === "++" ? 1 : -1;
      this.at++;
      return { kind: "step", target: operand, by, isPrefix: false };
    }
    return operand;
  }

  private primary(): Expression {
    const token = this.token;
    switch (token.kind) {
      case "number":
        this.at++;
        return { kind: "number", value: Number(token.text) };
      case "string":
        this.at++;
        return { kind: "string", value: token.text };
      case "regex":
        this.at++;
        return { kind: "regex", source: token.text };
      case "builtin":
        this.at++;
        if (this.is("(")) {
          this.at++;
          return { kind: "call", name: token.text, args: this.parenthesizedList(), isBuiltin: true };
        }
        if (token.text === "length") return { kind: "call", name: "length", args: [], isBuiltin: true };
        throw this.fail();
      case "funcname":
        this.at += 2;
        return { kind: "call", name: token.text, args: this.parenthesizedList(), isBuiltin: false };
      case "name":
        this.at++;
        if (!this.take("[")) return { kind: "variable", name: token.text };
        return { kind: "element", name: token.text, subscripts: this.list("]") };
      default:
        return this.primaryPunctuation();
    }
  }

  private primaryPunctuation(): Expression {
    if (this.take("$")) {
      if (this.is("++", "--")) return { kind: "field", index: this.primary() };
      if (this.is("-")) return { kind: "field", index: this.unary() };
      return { kind: "field", index: this.primary() };
    }
    if (this.is("++", "--")) {
      const by = this.token.text === "++" ? 1 : -1;
      this.at++;
      const target = this.primary();
      if (!isTarget(target)) throw this.fail();
      return { kind: "step", target, by, isPrefix: true };
    }
    if (this.take("getline")) {
      const target = this.optionalTarget();
      if (this.take("<")) return { kind: "getline", target, source: "file", from: this.postfix() };
      return { kind: "getline", target, source: "input", from: null };
    }
    if (this.take("(")) {
      const saved = { greater: this.noGreater, in: this.noIn };
      this.noGreater = 0;
      this.noIn = 0;
      const items = this.list(")");
      this.noGreater = saved.greater;
      this.noIn = saved.in;
      if (items.length > 1) {
        // (i, j) in array
        this.expect("in");
        const array = this.token.text;
        this.at++;
        return { kind: "in", subscripts: items, array };
      }
      if (!items[0]) throw this.fail();
      return { kind: "group", inner: items[0] };
    }
    if (this.is("-", "+", "!")) return this.unary();
    throw this.fail();
  }

  private optionalTarget(): Target | null {
    if (this.token.kind !== "name" && !this.is("$")) return null;
    const target = this.primary();
    return isTarget(target) ? target : null;
  }
}

function isTarget(expression: Expression): expression is Target {
  return expression.kind === "variable" || expression.kind === "element" || expression.kind === "field";
}
