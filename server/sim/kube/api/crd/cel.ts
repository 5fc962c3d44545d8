/**
 * The part of the Common Expression Language that validation rules use: fields, operators, the
 * macros over lists, functions on text, lists and addresses. Left out: types, durations, maths.
 * An expression with anything else decides nothing.
 */
import { parseAddress, parseCidr } from "../../kinds/validation/cidrs.ts";

export type CelVariables = Readonly<Record<string, unknown>>;

/** True or false; undefined when the rule cannot be evaluated. */
export function evaluateRule(rule: string, variables: CelVariables): boolean | undefined {
  try {
    const value = new Parser(tokenize(rule)).parse()(variables);
    return typeof value === "boolean" ? value : undefined;
  } catch (error) {
    if (error instanceof CelError) return undefined;
    throw error;
  }
}

class CelError extends Error {}

type Expression = (variables: CelVariables) => unknown;

interface Token {
  readonly kind: "name" | "number" | "text" | "symbol" | "end";
  readonly text: string;
}

const TOKEN =
  /\s+|(r?"(?:[^"\\]|\\.)*"|r?'(?:[^'\\]|\\.)*')|(\d+(?:\.\d+)?u?)|([A-Za-z_]\w*)|(&&|\|\||[<>=!]=|[-+*/%<>!?:.,()[\]{}])/gy;

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN.source, "gy");
  while (pattern.lastIndex < source.length) {
    const match = pattern.exec(source);
    if (!match) throw new CelError("unexpected character");
    const [, quoted, number, name, symbol] = match;
    if (quoted !== undefined) tokens.push({ kind: "text", text: unquote(quoted) });
    else if (number !== undefined) tokens.push({ kind: "number", text: number.replace("u", "") });
    else if (name !== undefined) tokens.push({ kind: "name", text: name });
    else if (symbol !== undefined) tokens.push({ kind: "symbol", text: symbol });
  }
  return tokens;
}

function unquote(quoted: string): string {
  if (quoted.startsWith("r")) return quoted.slice(2, -1);
  const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };
  return quoted.slice(1, -1).replace(/\\(.)/g, (_match, char: string) => escapes[char] ?? char);
}

/** Operators by rising strength. */
const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!=", "<", "<=", ">", ">=", "in"],
  ["+", "-"],
  ["*", "/", "%"],
];

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#conditional();
    if (this.#peek().kind !== "end") throw new CelError("text after the expression");
    return expression;
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? { kind: "end", text: "" };
  }

  #take(): Token {
    const token = this.#peek();
    this.#position++;
    return token;
  }

  #accept(symbol: string): boolean {
    const token = this.#peek();
    if (token.text !== symbol || token.kind === "text") return false;
    this.#position++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#accept(symbol)) throw new CelError(`expected ${symbol}`);
  }

  #conditional(): Expression {
    const condition = this.#binary(0);
    if (!this.#accept("?")) return condition;
    const whenTrue = this.#conditional();
    this.#expect(":");
    const whenFalse = this.#conditional();
    return (variables) => (condition(variables) === true ? whenTrue(variables) : whenFalse(variables));
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = operators.find((candidate) => this.#accept(candidate));
      if (operator === undefined) return left;
      left = binary(operator, left, this.#binary(level + 1));
    }
  }

  #unary(): Expression {
    if (this.#accept("!")) {
      const operand = this.#unary();
      return (variables) => operand(variables) !== true;
    }
    if (this.#accept("-")) {
      const operand = this.#unary();
      return (variables) => -Number(operand(variables));
    }
    return this.#members(this.#primary());
  }

  #members(start: Expression): Expression {
    let object = start;
    for (;;) {
      if (this.#accept(".")) {
        const name = this.#take().text;
        object = this.#accept("(") ? this.#method(object, name) : field(object, name);
      } else if (this.#accept("[")) {
        const index = this.#conditional();
        this.#expect("]");
        object = element(object, index);
      } else return object;
    }
  }

  #primary(): Expression {
    const token = this.#take();
    if (token.kind === "text") return () => token.text;
    if (token.kind === "number") return () => Number(token.text);
    if (token.text === "(") {
      const inner = this.#conditional();
      this.#expect(")");
      return inner;
    }
    if (token.text === "[") return this.#list();
    if (token.kind !== "name") throw new CelError(`unexpected ${token.text}`);
    switch (token.text) {
      case "true":
        return () => true;
      case "false":
        return () => false;
      case "null":
        return () => null;
    }
    if (!this.#accept("(")) return (variables) => variables[token.text];
    return token.text === "has" ? this.#has() : call(token.text, this.#arguments());
  }

  #list(): Expression {
    const values: Expression[] = [];
    while (!this.#accept("]")) {
      values.push(this.#conditional());
      this.#accept(",");
    }
    return (variables) => values.map((value) => value(variables));
  }

  /** `has(a.b)`: whether the last field is there. */
  #has(): Expression {
    const [argument] = this.#arguments();
    if (!argument) throw new CelError("has() needs a field");
    return (variables) => {
      try {
        return argument(variables) !== undefined;
      } catch (error) {
        if (error instanceof NoSuchField) return false;
        throw error;
      }
    };
  }

  #arguments(): Expression[] {
    const values: Expression[] = [];
    while (!this.#accept(")")) {
      values.push(this.#conditional());
      this.#accept(",");
    }
    return values;
  }

  #method(object: Expression, name: string): Expression {
    if (!MACROS.has(name)) {
      const values = this.#arguments();
      return (variables) =>
        callMethod(
          name,
          object(variables),
          values.map((value) => value(variables)),
        );
    }
    const variable = this.#take().text;
    this.#expect(",");
    const body = this.#conditional();
    this.#expect(")");
    return (variables) => macro(name, object(variables), (item) => body({ ...variables, [variable]: item }));
  }
}

class NoSuchField extends CelError {}

function field(object: Expression, name: string): Expression {
  return (variables) => {
    const value = object(variables);
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) throw new NoSuchField(name);
    return (value as Record<string, unknown>)[name];
  };
}

function element(object: Expression, index: Expression): Expression {
  return (variables) => {
    const [value, key] = [object(variables), index(variables)];
    const found = (value as Record<string, unknown> | undefined)?.[String(key)];
    if (found === undefined) throw new NoSuchField(String(key));
    return found;
  };
}

function binary(operator: string, left: Expression, right: Expression): Expression {
  switch (operator) {
    // Either side may fail if the other one decides.
    case "||":
      return (variables) => logic(left, right, variables, true);
    case "&&":
      return (variables) => logic(left, right, variables, false);
    default:
      return (variables) => compute(operator, left(variables), right(variables));
  }
}

function logic(left: Expression, right: Expression, variables: CelVariables, deciding: boolean): unknown {
  try {
    if (left(variables) === deciding) return deciding;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    if (right(variables) === deciding) return deciding;
    throw error;
  }
  return right(variables);
}

function compute(operator: string, left: unknown, right: unknown): unknown {
  switch (operator) {
    case "==":
      return JSON.stringify(left) === JSON.stringify(right);
    case "!=":
      return JSON.stringify(left) !== JSON.stringify(right);
    case "in":
      return Array.isArray(right) ? right.includes(left) : Object.hasOwn(right as object, String(left));
    case "+":
      if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
      return typeof left === "string" ? left + String(right) : Number(left) + Number(right);
    case "-":
      return Number(left) - Number(right);
    case "*":
      return Number(left) * Number(right);
    case "/":
      return Math.trunc(Number(left) / Number(right));
    case "%":
      return Number(left) % Number(right);
  }
  const [a, b] = [left as number, right as number];
  switch (operator) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
}

const MACROS: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "filter", "map"]);

function macro(name: string, range: unknown, body: (item: unknown) => unknown): unknown {
  const list = Array.isArray(range) ? range : Object.keys((range ?? {}) as object);
  switch (name) {
    case "all":
      return list.every((item) => body(item) === true);
    case "exists":
      return list.some((item) => body(item) === true);
    case "exists_one":
      return list.filter((item) => body(item) === true).length === 1;
    case "filter":
      return list.filter((item) => body(item) === true);
    default:
      return list.map(body);
  }
}

function call(name: string, values: readonly Expression[]): Expression {
  return (variables) =>
    callMethod(
      name,
      values[0]?.(variables),
      values.slice(1).map((value) => value(variables)),
    );
}

/** Functions and methods alike: the first argument is the receiver. */
function callMethod(name: string, receiver: unknown, values: readonly unknown[]): unknown {
  const text = String(receiver);
  const argument = String(values[0]);
  switch (name) {
    case "size":
      if (typeof receiver === "string") return [...receiver].length;
      return Array.isArray(receiver) ? receiver.length : Object.keys((receiver ?? {}) as object).length;
    case "startsWith":
      return text.startsWith(argument);
    case "endsWith":
      return text.endsWith(argument);
    case "contains":
      return text.includes(argument);
    case "matches":
      return new RegExp(argument, "u").test(text);
    case "lowerAscii":
      return text.toLowerCase();
    case "upperAscii":
      return text.toUpperCase();
    case "trim":
      return text.trim();
    case "split":
      return text.split(argument);
    case "join":
      return (receiver as unknown[]).join(values.length > 0 ? argument : "");
    case "int":
    case "double":
    case "uint":
      return Number(receiver);
    case "string":
      return text;
    case "isCIDR":
      return parseCidr(text) !== undefined;
    case "isIP":
      return parseAddress(text) !== undefined;
    default:
      throw new CelError(`no function ${name}`);
  }
}
