/** bc 1.07: decimal arithmetic with a scale, variables, comparisons, if, while, for; no functions of its own, no arrays. */
import { readAllText } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, isErrno } from "../toolkit/tool.ts";
import {
  add,
  compareDecimals,
  type Decimal,
  decimal,
  divide,
  format,
  fromBase,
  inBase,
  modulo,
  multiply,
  power,
  squareRoot,
} from "./decimal.ts";

const MAX_SCALE = 1000;

export const bc = defineTool({
  name: "bc",
  options: [o("l", "mathlib"), o("q", "quiet"), o("s", "standard"), o("i", "interactive"), o("w", "warn")],
  async run(process, options) {
    const calculator = new Calculator(
      (text) => process.stdout.write(text),
      (text) => process.stderr.write(text),
      () => process.breathe(),
    );
    if (options.has("mathlib")) calculator.scale = 20;
    for (const operand of options.operands) {
      try {
        if (!(await calculator.run(await readAllText(process, operand)))) return 0;
      } catch (error) {
        if (!isErrno(error)) throw error;
        await process.stderr.write(`File ${operand} is unavailable.\n`);
        return 1;
      }
    }
    for await (const line of process.stdin.lines()) if (!(await calculator.run(`${line}\n`))) return 0;
    return 0;
  },
});

class SyntaxFailure extends Error {}
class Quit extends Error {}
class Break extends Error {}
class RuntimeFailure extends Error {}

type Write = (text: string) => Promise<void>;
type Token = { readonly kind: "number" | "name" | "string" | "operator" | "end"; readonly text: string };

function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern =
    /(?<blank>[ \t\r]+|\\\n|#[^\n]*|\/\*[\s\S]*?\*\/)|(?<number>[\dA-F]+\.?[\dA-F]*|\.[\dA-F]+)|(?<name>[a-z][a-z0-9_]*)|"(?<string>[^"]*)"|(?<operator>\+\+|--|&&|\|\||[-+*/%^<>=!]=|[-+*/%^<>=!(){};,\n])|(?<bad>[\s\S])/gy;
  for (const { groups = {} } of source.matchAll(pattern)) {
    if (groups["bad"] !== undefined) throw new SyntaxFailure();
    for (const kind of ["number", "name", "string", "operator"] as const) {
      const text = groups[kind];
      if (text !== undefined) tokens.push({ kind, text });
    }
  }
  return tokens;
}

const ZERO = decimal("0");
const ONE = decimal("1");
const truth = (value: boolean): Decimal => (value ? ONE : ZERO);
const isZero = (value: Decimal): boolean => value.digits === 0n;

class Calculator {
  scale = 0;
  private inputBase = 10;
  private outputBase = 10;
  private readonly variables = new Map<string, Decimal>();
  private tokens: readonly Token[] = [];
  private at = 0;
  private line = 1;
  private pending = "";

  constructor(
    private readonly print: Write,
    private readonly complain: Write,
    private readonly breathe: () => Promise<void>,
  ) {}

  /** False after `quit`. Open braces wait for their end. */
  async run(text: string): Promise<boolean> {
    const source = this.pending + text;
    const plain = source.replace(/"[^"]*"|\/\*[\s\S]*?\*\//g, "");
    if ((plain.match(/\{/g)?.length ?? 0) > (plain.match(/\}/g)?.length ?? 0) || source.endsWith("\\\n")) {
      this.pending = source;
      return true;
    }
    this.pending = "";
    try {
      this.tokens = tokenize(source);
      this.at = 0;
      while (this.at < this.tokens.length) {
        await this.statement(true);
        if (this.at < this.tokens.length && !this.accept(";") && !this.accept("\n")) throw new SyntaxFailure();
      }
    } catch (error) {
      if (error instanceof Quit) return false;
      if (error instanceof SyntaxFailure) await this.complain(`(standard_in) ${this.line}: syntax error\n`);
      else if (error instanceof RuntimeFailure)
        await this.complain(`Runtime error (func=(main), adr=3): ${error.message}\n`);
      else if (!(error instanceof Break)) throw error;
    }
    this.line += source.split("\n").length - 1;
    return true;
  }

  private get token(): Token {
    return this.tokens[this.at] ?? { kind: "end", text: "" };
  }

  private is(text: string): boolean {
    return this.token.text === text && this.token.kind !== "string";
  }

  private accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  private expect(text: string): void {
    if (!this.accept(text)) throw new SyntaxFailure();
  }

  /** With `isLive` off, only reads past the statement. */
  private async statement(isLive: boolean): Promise<void> {
    if (this.is(";") || this.is("\n") || this.is("}") || this.token.kind === "end") return;
    const { token } = this;
    if (token.kind === "string") {
      this.at++;
      if (isLive) await this.print(token.text);
      return;
    }
    if (this.accept("{")) return await this.block(isLive);
    if (this.accept("quit") || (isLive && this.accept("halt"))) throw new Quit();
    if (this.accept("print")) return await this.printing(isLive);
    if (this.accept("if")) return await this.conditional(isLive);
    if (this.accept("while")) return await this.loop(isLive);
    if (this.accept("for")) return await this.counted(isLive);
    if (this.accept("break")) {
      if (isLive) throw new Break();
      return;
    }
    const next = this.tokens[this.at + 1]?.text ?? "";
    const isAssignment = token.kind === "name" && /^[-+*/%^]?=$/.test(next);
    const value = this.expression(isLive);
    if (isLive && !isAssignment) await this.print(`${wrap(inBase(value, this.outputBase))}\n`);
  }

  private async block(isLive: boolean): Promise<void> {
    while (!this.accept("}")) {
      if (this.token.kind === "end") throw new SyntaxFailure();
      if (this.accept(";") || this.accept("\n")) continue;
      await this.statement(isLive);
    }
  }

  private async printing(isLive: boolean): Promise<void> {
    do {
      const { token } = this;
      if (token.kind === "string") {
        this.at++;
        if (isLive) await this.print(token.text.replaceAll("\\n", "\n").replaceAll("\\t", "\t"));
      } else {
        const value = this.expression(isLive);
        if (isLive) await this.print(format(value));
      }
    } while (this.accept(","));
  }

  private async conditional(isLive: boolean): Promise<void> {
    this.expect("(");
    const isTrue = !isZero(this.expression(isLive));
    this.expect(")");
    await this.statement(isLive && isTrue);
    const back = this.at;
    while (this.accept("\n") || this.accept(";"));
    if (this.accept("else")) await this.statement(isLive && !isTrue);
    else this.at = back;
  }

  private async loop(isLive: boolean): Promise<void> {
    const start = this.at;
    await this.repeat(isLive, () => {
      this.at = start;
      this.expect("(");
      const isTrue = !isZero(this.expression(isLive));
      this.expect(")");
      return isTrue;
    });
  }

  private async counted(isLive: boolean): Promise<void> {
    this.expect("(");
    if (!this.is(";")) this.expression(isLive);
    this.expect(";");
    const condition = this.at;
    let step = -1;
    await this.repeat(
      isLive,
      () => {
        this.at = condition;
        const isTrue = this.is(";") || !isZero(this.expression(isLive));
        this.expect(";");
        step = this.at;
        if (!this.is(")")) this.expression(false);
        this.expect(")");
        return isTrue;
      },
      () => {
        const back = this.at;
        this.at = step;
        if (!this.is(")")) this.expression(true);
        this.at = back;
      },
    );
  }

  private async repeat(isLive: boolean, test: () => boolean, step: () => void = () => undefined): Promise<void> {
    while (isLive && test()) {
      await this.breathe();
      const body = this.at;
      try {
        await this.statement(true);
      } catch (error) {
        if (!(error instanceof Break)) throw error;
        this.at = body;
        await this.statement(false);
        return;
      }
      step();
    }
    if (!isLive) test();
    await this.statement(false);
  }

  private expression(isLive: boolean): Decimal {
    return this.or(isLive);
  }

  private or(isLive: boolean): Decimal {
    let left = this.and(isLive);
    while (this.accept("||")) {
      const right = this.and(isLive);
      left = truth(!isZero(left) || !isZero(right));
    }
    return left;
  }

  private and(isLive: boolean): Decimal {
    let left = this.not(isLive);
    while (this.accept("&&")) {
      const right = this.not(isLive);
      left = truth(!isZero(left) && !isZero(right));
    }
    return left;
  }

  private not(isLive: boolean): Decimal {
    if (this.accept("!")) return truth(isZero(this.not(isLive)));
    const left = this.assignment(isLive);
    const operator = this.token.text;
    if (!["==", "!=", "<", "<=", ">", ">="].includes(operator)) return left;
    this.at++;
    const order = compareDecimals(left, this.assignment(isLive));
    return truth(
      { "==": order === 0, "!=": order !== 0, "<": order < 0, "<=": order <= 0, ">": order > 0 }[operator] ??
        order >= 0,
    );
  }

  private assignment(isLive: boolean): Decimal {
    const { token } = this;
    const operator = this.tokens[this.at + 1]?.text ?? "";
    if (token.kind !== "name" || !/^[-+*/%^]?=$/.test(operator)) return this.sum(isLive);
    this.at += 2;
    const right = this.assignment(isLive);
    const value = operator === "=" ? right : this.operate(operator[0] ?? "", this.get(token.text), right, isLive);
    if (isLive) this.set(token.text, value);
    return value;
  }

  private get(name: string): Decimal {
    if (name === "scale") return decimal(String(this.scale));
    if (name === "ibase") return decimal(String(this.inputBase));
    if (name === "obase") return decimal(String(this.outputBase));
    return this.variables.get(name) ?? ZERO;
  }

  private set(name: string, value: Decimal): void {
    if (name === "scale") this.scale = Math.min(MAX_SCALE, Math.max(0, Number.parseInt(format(value), 10) || 0));
    else if (name === "ibase") this.inputBase = Math.min(16, Math.max(2, Number.parseInt(format(value), 10) || 0));
    else if (name === "obase") this.outputBase = Math.max(2, Number.parseInt(format(value), 10) || 0);
    else this.variables.set(name, value);
  }

  private operate(operator: string, left: Decimal, right: Decimal, isLive: boolean): Decimal {
    if (!isLive) return ZERO;
    if ((operator === "/" || operator === "%") && isZero(right)) {
      throw new RuntimeFailure(operator === "/" ? "Divide by zero" : "Modulo by zero");
    }
    switch (operator) {
      case "+":
        return add(left, right);
      case "-":
        return add(left, { ...right, digits: -right.digits });
      case "*":
        return multiply(left, right, this.scale);
      case "/":
        return divide(left, right, this.scale);
      case "%":
        return modulo(left, right, this.scale);
      default:
        return power(left, right, this.scale);
    }
  }

  private sum(isLive: boolean): Decimal {
    let left = this.product(isLive);
    while (this.is("+") || this.is("-")) {
      const operator = this.token.text;
      this.at++;
      left = this.operate(operator, left, this.product(isLive), isLive);
    }
    return left;
  }

  private product(isLive: boolean): Decimal {
    let left = this.exponent(isLive);
    while (this.is("*") || this.is("/") || this.is("%")) {
      const operator = this.token.text;
      this.at++;
      left = this.operate(operator, left, this.exponent(isLive), isLive);
    }
    return left;
  }

  private exponent(isLive: boolean): Decimal {
    const left = this.unary(isLive);
    return this.accept("^") ? this.operate("^", left, this.exponent(isLive), isLive) : left;
  }

  private unary(isLive: boolean): Decimal {
    if (this.accept("-")) {
      const value = this.unary(isLive);
      return { ...value, digits: -value.digits };
    }
    if (this.is("++") || this.is("--")) {
      const operator = this.token.text[0] ?? "";
      this.at++;
      const { token } = this;
      if (token.kind !== "name") throw new SyntaxFailure();
      this.at++;
      const value = this.operate(operator, this.get(token.text), ONE, true);
      if (isLive) this.set(token.text, value);
      return value;
    }
    return this.primary(isLive);
  }

  private primary(isLive: boolean): Decimal {
    const { token } = this;
    this.at++;
    if (token.kind === "number") return fromBase(token.text, this.inputBase);
    if (token.kind === "operator" && token.text === "(") {
      const value = this.expression(isLive);
      this.expect(")");
      return value;
    }
    if (token.kind !== "name") throw new SyntaxFailure();
    if (this.is("(")) return this.call(token.text, isLive);
    const value = this.get(token.text);
    if (this.is("++") || this.is("--")) {
      const operator = this.token.text[0] ?? "";
      this.at++;
      if (isLive) this.set(token.text, this.operate(operator, value, ONE, true));
    }
    return value;
  }

  private call(name: string, isLive: boolean): Decimal {
    this.expect("(");
    const value = this.expression(isLive);
    this.expect(")");
    if (!isLive) return ZERO;
    if (name === "scale") return decimal(String(value.scale));
    if (name === "length") return decimal(String(Math.max(1, String(value.digits).replace("-", "").length)));
    if (name === "sqrt") {
      if (value.digits < 0n) throw new RuntimeFailure("Square root of a negative number");
      return squareRoot(value, this.scale);
    }
    throw new RuntimeFailure(`Function ${name} not defined.`);
  }
}

/** Lines have at most 70 characters, the backslash of a broken one included. */
function wrap(text: string): string {
  return text.length < 70 ? text : (text.match(/.{1,69}/g) ?? []).join("\\\n");
}
