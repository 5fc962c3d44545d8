/** Reads expressions, from the loosest operator to the tightest. */
import { AwkSyntaxError, type Expression, type Target } from "./syntax.ts";
import type { Token } from "./tokens.ts";

const ASSIGNMENTS: readonly string[] = ["=", "+=", "-=", "*=", "/=", "%=", "^=", "**="];

export class ExpressionParser {
  protected at = 0;
  /** In print's list `>` redirects; inside parentheses it compares. */
  protected noGreater = 0;
  private noIn = 0;

  constructor(protected readonly tokens: readonly Token[]) {}

  protected get token(): Token {
    return this.tokens[this.at] ?? { kind: "end", text: "", line: 0, spaced: false };
  }

  protected fail(): AwkSyntaxError {
    const { text, line } = this.token;
    return new AwkSyntaxError("syntax error", line, text === "\n" ? "end of line" : text === "" ? "end of file" : text);
  }

  protected is(...texts: readonly string[]): boolean {
    const { kind, text } = this.token;
    return (kind === "punctuation" || kind === "keyword" || kind === "newline") && texts.includes(text);
  }

  protected take(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  protected expect(text: string): void {
    if (!this.take(text)) throw this.fail();
  }

  protected skipNewlines(): void {
    while (this.token.kind === "newline") this.at++;
  }

  protected skipTerminators(): void {
    while (this.token.kind === "newline" || this.is(";")) this.at++;
  }

  protected parenthesizedList(): readonly Expression[] {
    const saved = this.noGreater;
    this.noGreater = 0;
    const args = this.list(")");
    this.noGreater = saved;
    return args;
  }

  protected list(close: string): readonly Expression[] {
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

  protected expression(): Expression {
    const left = this.ternary();
    const operator = this.token;
    if (operator.kind === "punctuation" && ASSIGNMENTS.includes(operator.text)) {
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

  protected concatenation(): Expression {
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
