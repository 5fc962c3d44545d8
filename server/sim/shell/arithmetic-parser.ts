/**
 * The arithmetic of `$((…))`: text to tree. 64-bit integers, C's operators and
 * precedence, as bash 5.2's expr.c; positions are kept for "(error token is …)".
 */

export type Arithmetic =
  | { readonly kind: "number"; readonly value: bigint }
  | { readonly kind: "variable"; readonly name: string; readonly subscript?: string; readonly at: number }
  | { readonly kind: "unary"; readonly operator: "!" | "~" | "-" | "+"; readonly operand: Arithmetic }
  | { readonly kind: "step"; readonly target: Target; readonly by: 1n | -1n; readonly isPrefix: boolean }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
      readonly at: number;
    }
  | { readonly kind: "and" | "or"; readonly left: Arithmetic; readonly right: Arithmetic }
  | { readonly kind: "conditional"; readonly test: Arithmetic; readonly yes: Arithmetic; readonly no: Arithmetic }
  | {
      readonly kind: "assign";
      readonly target: Target;
      readonly operator: BinaryOperator | undefined;
      readonly value: Arithmetic;
      readonly at: number;
    }
  | { readonly kind: "sequence"; readonly left: Arithmetic; readonly right: Arithmetic };

export interface Target {
  readonly name: string;
  readonly subscript?: string;
}

export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "**"
  | "<<"
  | ">>"
  | "&"
  | "|"
  | "^"
  | "<"
  | ">"
  | "<="
  | ">="
  | "=="
  | "!=";

export type ArithmeticFault =
  | "operand-expected"
  | "leftover"
  | "division-by-zero"
  | "too-great-for-base"
  | "invalid-base"
  | "invalid-number"
  | "invalid-operator"
  | "missing-parenthesis"
  | "assignment-to-non-variable"
  | "colon-expected"
  | "expression-expected"
  | "negative-exponent"
  | "bad-subscript"
  | "recursion";

/** Refusal of an expression. `tokenAt` is where the offending token starts. */
export class ArithmeticError extends Error {
  constructor(
    readonly fault: ArithmeticFault,
    readonly expression: string,
    readonly tokenAt: number,
  ) {
    super(fault);
  }
}

type TokenKind = "number" | "name" | "operator" | "end";

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly subscript?: string;
  readonly at: number;
}

const OPERATORS = [
  "<<=",
  ">>=",
  "**",
  "++",
  "--",
  "+=",
  "-=",
  "*=",
  "/=",
  "%=",
  "&=",
  "|=",
  "^=",
  "<<",
  ">>",
  "<=",
  ">=",
  "==",
  "!=",
  "&&",
  "||",
  "+",
  "-",
  "*",
  "/",
  "%",
  "&",
  "|",
  "^",
  "<",
  ">",
  "!",
  "~",
  "=",
  "?",
  ":",
  "(",
  ")",
  ",",
];

const ASSIGNMENTS = new Set(["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="]);

/** Binary operators by level, loosest first; `&&`, `||`, `?:`, assignments and `,` are apart. */
const LEVELS: readonly (readonly string[])[] = [
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<=", ">=", "<", ">"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];

export function parseArithmetic(expression: string): Arithmetic {
  return new Parser(expression).parse();
}

class Parser {
  private position = 0;
  private token: Token = { kind: "end", text: "", at: 0 };
  private lastTokenAt = 0;

  constructor(private readonly text: string) {}

  parse(): Arithmetic {
    this.advance();
    if (this.isAtEnd()) return { kind: "number", value: 0n };
    const tree = this.sequence();
    if (!this.isAtEnd())
      this.fail(this.is("=") || ASSIGNMENTS.has(this.token.text) ? "assignment-to-non-variable" : "leftover");
    return tree;
  }

  private fail(fault: ArithmeticFault, at = this.lastTokenAt): never {
    throw new ArithmeticError(fault, this.text, at);
  }

  private advance(): void {
    const text = this.text;
    while (this.position < text.length && /\s/.test(text[this.position] ?? "")) this.position++;
    const at = this.position;
    if (at >= text.length) {
      this.token = { kind: "end", text: "", at };
      return;
    }
    this.lastTokenAt = at;
    const character = text[at] ?? "";
    if (/[A-Za-z_]/.test(character)) this.readName(at);
    else if (/[0-9]/.test(character)) this.readNumber(at);
    else this.readOperator(at);
  }

  private readName(at: number): void {
    const name = /^[A-Za-z0-9_]+/.exec(this.text.slice(at))?.[0] ?? "";
    this.position = at + name.length;
    if (this.text[this.position] !== "[") {
      this.token = { kind: "name", text: name, at };
      return;
    }
    const end = closingBracket(this.text, this.position);
    if (end < 0) this.fail("bad-subscript", at);
    this.token = { kind: "name", text: name, subscript: this.text.slice(this.position + 1, end), at };
    this.position = end + 1;
  }

  private readNumber(at: number): void {
    const text = /^[0-9A-Za-z_#@]+/.exec(this.text.slice(at))?.[0] ?? "";
    this.position = at + text.length;
    this.token = { kind: "number", text, at };
  }

  private readOperator(at: number): void {
    const rest = this.text.slice(at, at + 3);
    const operator = OPERATORS.find((each) => rest.startsWith(each));
    if (operator === undefined) this.fail("invalid-operator", at);
    this.position = at + operator.length;
    this.token = { kind: "operator", text: operator, at };
  }

  private isAtEnd(): boolean {
    return this.token.kind === "end";
  }

  private is(operator: string): boolean {
    return this.token.kind === "operator" && this.token.text === operator;
  }

  private accept(operator: string): boolean {
    if (!this.is(operator)) return false;
    this.advance();
    return true;
  }

  private sequence(): Arithmetic {
    let left = this.assignment();
    while (this.accept(",")) left = { kind: "sequence", left, right: this.assignment() };
    return left;
  }

  private assignment(): Arithmetic {
    const at = this.token.at;
    const left = this.conditional();
    if (this.token.kind !== "operator" || !ASSIGNMENTS.has(this.token.text)) return left;
    if (left.kind !== "variable") this.fail("assignment-to-non-variable");
    const operator = this.token.text === "=" ? undefined : (this.token.text.slice(0, -1) as BinaryOperator);
    this.advance();
    return { kind: "assign", target: left, operator, value: this.assignment(), at };
  }

  private conditional(): Arithmetic {
    const test = this.or();
    if (!this.accept("?")) return test;
    if (this.isAtEnd() || this.is(":")) this.fail("expression-expected");
    const yes = this.sequence();
    if (!this.accept(":")) this.fail("colon-expected");
    if (this.isAtEnd()) this.fail("expression-expected");
    return { kind: "conditional", test, yes, no: this.conditional() };
  }

  private or(): Arithmetic {
    let left = this.and();
    while (this.accept("||")) left = { kind: "or", left, right: this.and() };
    return left;
  }

  private and(): Arithmetic {
    let left = this.level(0);
    while (this.accept("&&")) left = { kind: "and", left, right: this.level(0) };
    return left;
  }

  private level(index: number): Arithmetic {
    const operators = LEVELS[index];
    if (operators === undefined) return this.power();
    let left = this.level(index + 1);
    while (this.token.kind === "operator" && operators.includes(this.token.text)) {
      const operator = this.token.text as BinaryOperator;
      this.advance();
      const at = this.isAtEnd() ? this.lastTokenAt : this.token.at;
      left = { kind: "binary", operator, left, right: this.level(index + 1), at };
    }
    return left;
  }

  private power(): Arithmetic {
    const left = this.unary();
    if (!this.accept("**")) return left;
    const at = this.token.at;
    return { kind: "binary", operator: "**", left, right: this.power(), at };
  }

  private unary(): Arithmetic {
    for (const operator of ["!", "~", "-", "+"] as const) {
      if (this.accept(operator)) return { kind: "unary", operator, operand: this.unary() };
    }
    if (this.is("++") || this.is("--")) return this.prefixStep();
    return this.postfix();
  }

  private prefixStep(): Arithmetic {
    const isIncrement = this.is("++");
    this.advance();
    if (this.token.kind === "name") {
      const target = this.takeName();
      return { kind: "step", target, by: isIncrement ? 1n : -1n, isPrefix: true };
    }
    // `--5` and `++5` are two signs.
    const inner: Arithmetic = { kind: "unary", operator: isIncrement ? "+" : "-", operand: this.unary() };
    return { kind: "unary", operator: isIncrement ? "+" : "-", operand: inner };
  }

  private takeName(): Extract<Arithmetic, { kind: "variable" }> {
    const { text, subscript, at } = this.token;
    this.advance();
    return subscript === undefined
      ? { kind: "variable", name: text, at }
      : { kind: "variable", name: text, subscript, at };
  }

  private postfix(): Arithmetic {
    const operand = this.primary();
    if (operand.kind === "variable" && (this.is("++") || this.is("--"))) {
      const by = this.is("++") ? 1n : -1n;
      this.advance();
      return { kind: "step", target: operand, by, isPrefix: false };
    }
    return operand;
  }

  private primary(): Arithmetic {
    if (this.token.kind === "number") {
      const value = this.parseNumber(this.token.text, this.token.at);
      this.advance();
      return { kind: "number", value };
    }
    if (this.token.kind === "name") return this.takeName();
    if (this.accept("(")) {
      const inner = this.sequence();
      if (!this.accept(")")) this.fail("missing-parenthesis");
      return inner.kind === "variable" ? { kind: "unary", operator: "+", operand: inner } : inner;
    }
    return this.fail("operand-expected");
  }

  private parseNumber(text: string, at: number): bigint {
    const hash = text.indexOf("#");
    if (hash >= 0) {
      const base = Number(text.slice(0, hash));
      if (!(base >= 2 && base <= 64)) this.fail("invalid-base", at);
      if (hash === text.length - 1) this.fail("invalid-number", at);
      return this.digits(text.slice(hash + 1), base, at);
    }
    if (/^0[xX]/.test(text)) return this.digits(text.slice(2), 16, at);
    if (text.length > 1 && text.startsWith("0")) return this.digits(text.slice(1), 8, at);
    return this.digits(text, 10, at);
  }

  private digits(text: string, base: number, at: number): bigint {
    let value = 0n;
    const wide = BigInt(base);
    if (base === 10 && text.length < 16 && /^[0-9]+$/.test(text)) return BigInt(text);
    for (const character of text) {
      const digit = digitOf(character, base);
      if (digit < 0 || digit >= base) this.fail("too-great-for-base", at);
      value = BigInt.asIntN(64, value * wide + BigInt(digit));
    }
    return value;
  }
}

function digitOf(character: string, base: number): number {
  if (character >= "0" && character <= "9") return character.charCodeAt(0) - 48;
  if (character >= "a" && character <= "z") return character.charCodeAt(0) - 87;
  if (character >= "A" && character <= "Z") return character.charCodeAt(0) - (base <= 36 ? 55 : 29);
  if (character === "@") return 62;
  return character === "_" ? 63 : -1;
}

/** Index of the `]` that closes the `[` at `open`, or -1. */
export function closingBracket(text: string, open: number): number {
  let depth = 0;
  for (let index = open; index < text.length; index++) {
    const character = text[index];
    if (character === "\\") index++;
    else if (character === "[") depth++;
    else if (character === "]" && --depth === 0) return index;
  }
  return -1;
}
