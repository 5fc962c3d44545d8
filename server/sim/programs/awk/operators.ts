/** Comparison and arithmetic. */
import { AwkError } from "./awk-error.ts";
import { looksNumeric, toNumber, type Value } from "./values.ts";

/** Numbers compare as numbers, and input that looks like one too; all else as text. */
export function compare(operator: string, left: Value, right: Value, textOf: (value: Value) => string): boolean {
  let order: number;
  if (looksNumeric(left) && looksNumeric(right)) order = toNumber(left) - toNumber(right);
  // An unset variable is both "" and 0.
  else if (isUnset(left) && typeof right === "number") order = -right;
  else if (typeof left === "number" && isUnset(right)) order = left;
  else {
    const a = textOf(left);
    const b = textOf(right);
    order = a < b ? -1 : a > b ? 1 : 0;
  }
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case ">":
      return order > 0;
    default:
      return order >= 0;
  }
}

function isUnset(value: Value): boolean {
  return typeof value === "object" && value.text === "";
}

export function arithmetic(operator: string, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      if (right === 0) throw new AwkError("division by zero");
      return left / right;
    case "%":
      if (right === 0) throw new AwkError("division by zero in %");
      return left % right;
    default:
      return left ** right;
  }
}
