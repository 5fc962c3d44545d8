/** Evaluates arithmetic expressions over shell variables, in 64 bits that wrap. */
import {
  type Arithmetic,
  ArithmeticError,
  type BinaryOperator,
  parseArithmetic,
  type Target,
} from "./arithmetic-parser.ts";
import { limits } from "./limits.ts";

/** What an expression sees of the shell. */
export interface ArithmeticScope {
  /** Undefined counts as 0 (or is refused under `set -u`, by throwing). */
  read(name: string, subscript: string | undefined): string | undefined;
  assign(name: string, subscript: string | undefined, value: string): void;
}

const CACHE_SIZE = 500;
const cache = new Map<string, Arithmetic>();

function parseCached(expression: string): Arithmetic {
  const known = cache.get(expression);
  if (known) return known;
  const tree = parseArithmetic(expression);
  if (cache.size >= CACHE_SIZE) cache.clear();
  if (expression.length < 200) cache.set(expression, tree);
  return tree;
}

/** Throws ArithmeticError. */
export function evaluateArithmetic(expression: string, scope: ArithmeticScope, depth = 0): bigint {
  return new Evaluation(expression, scope, depth).run();
}

class Evaluation {
  constructor(
    private readonly expression: string,
    private readonly scope: ArithmeticScope,
    private readonly depth: number,
  ) {}

  run(): bigint {
    if (this.depth > limits.arithmeticRecursion) throw new ArithmeticError("recursion", this.expression, 0);
    return this.evaluate(parseCached(this.expression));
  }

  private evaluate(node: Arithmetic): bigint {
    switch (node.kind) {
      case "number":
        return node.value;
      case "variable":
        return this.read(node, node.at);
      case "unary":
        return unary(node.operator, this.evaluate(node.operand));
      case "step": {
        const before = this.read(node.target, 0);
        const after = BigInt.asIntN(64, before + node.by);
        this.scope.assign(node.target.name, node.target.subscript, String(after));
        return node.isPrefix ? after : before;
      }
      case "binary":
        return this.binary(node.operator, this.evaluate(node.left), this.evaluate(node.right), node.at);
      case "and":
        return this.evaluate(node.left) !== 0n && this.evaluate(node.right) !== 0n ? 1n : 0n;
      case "or":
        return this.evaluate(node.left) !== 0n || this.evaluate(node.right) !== 0n ? 1n : 0n;
      case "conditional":
        return this.evaluate(this.evaluate(node.test) !== 0n ? node.yes : node.no);
      case "sequence":
        this.evaluate(node.left);
        return this.evaluate(node.right);
      case "assign": {
        const value =
          node.operator === undefined
            ? this.evaluate(node.value)
            : this.binary(node.operator, this.read(node.target, node.at), this.evaluate(node.value), node.at);
        this.scope.assign(node.target.name, node.target.subscript, String(value));
        return value;
      }
      default: {
        const unknown: never = node;
        return unknown;
      }
    }
  }

  private read(target: Target, _at: number): bigint {
    const text = this.scope.read(target.name, target.subscript);
    if (text === undefined || text === "") return 0n;
    if (/^-?[1-9][0-9]{0,17}$|^0$/.test(text)) return BigInt(text);
    return evaluateArithmetic(text, this.scope, this.depth + 1);
  }

  private binary(operator: BinaryOperator, left: bigint, right: bigint, at: number): bigint {
    switch (operator) {
      case "+":
        return BigInt.asIntN(64, left + right);
      case "-":
        return BigInt.asIntN(64, left - right);
      case "*":
        return BigInt.asIntN(64, left * right);
      case "/":
      case "%":
        if (right === 0n) throw new ArithmeticError("division-by-zero", this.expression, at);
        return BigInt.asIntN(64, operator === "/" ? left / right : left % right);
      case "**":
        if (right < 0n) throw new ArithmeticError("negative-exponent", this.expression, at);
        return power(left, right);
      case "<<":
        return BigInt.asIntN(64, left << (right & 63n));
      case ">>":
        return left >> (right & 63n);
      case "&":
        return left & right;
      case "|":
        return left | right;
      case "^":
        return left ^ right;
      case "<":
        return left < right ? 1n : 0n;
      case ">":
        return left > right ? 1n : 0n;
      case "<=":
        return left <= right ? 1n : 0n;
      case ">=":
        return left >= right ? 1n : 0n;
      case "==":
        return left === right ? 1n : 0n;
      case "!=":
        return left !== right ? 1n : 0n;
      default: {
        const unknown: never = operator;
        return unknown;
      }
    }
  }
}

function unary(operator: "!" | "~" | "-" | "+", value: bigint): bigint {
  if (operator === "!") return value === 0n ? 1n : 0n;
  if (operator === "~") return ~value;
  return operator === "-" ? BigInt.asIntN(64, -value) : value;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let factor = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = BigInt.asIntN(64, result * factor);
    factor = BigInt.asIntN(64, factor * factor);
  }
  return result;
}
