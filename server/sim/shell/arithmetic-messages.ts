/** How each shell words an arithmetic error, and what its expressions see of the variables. */
import type { ArithmeticScope } from "./arithmetic.ts";
import type { ArithmeticError, ArithmeticFault } from "./arithmetic-parser.ts";
import { ExpansionError } from "./control.ts";
import type { Flavour } from "./flavour.ts";
import type { Interpreter } from "./interpreter.ts";

const BASH: Readonly<Record<ArithmeticFault, string>> = {
  "operand-expected": "syntax error: operand expected",
  leftover: "syntax error in expression",
  "division-by-zero": "division by 0",
  "too-great-for-base": "value too great for base",
  "invalid-base": "invalid arithmetic base",
  "invalid-number": "invalid number",
  "invalid-operator": "syntax error: invalid arithmetic operator",
  "missing-parenthesis": "missing `)'",
  "assignment-to-non-variable": "attempted assignment to non-variable",
  "colon-expected": "`:' expected for conditional expression",
  "expression-expected": "expression expected",
  "negative-exponent": "exponent less than 0",
  "bad-subscript": "bad array subscript",
  recursion: "expression recursion level exceeded",
};

export function arithmeticMessage(error: ArithmeticError, flavour: Flavour): string {
  const expression = error.expression.replace(/^\s+/, "");
  if (flavour === "ash") return error.fault === "division-by-zero" ? "divide by zero" : "arithmetic syntax error";
  if (flavour === "dash") {
    const message =
      error.fault === "division-by-zero"
        ? "division by zero"
        : error.fault === "operand-expected"
          ? "expecting primary"
          : "expecting EOF";
    return `arithmetic expression: ${message}: "${error.expression}"`;
  }
  // bash cuts the text after a bad number while it reads the number.
  if (error.fault === "too-great-for-base" || error.fault === "invalid-base" || error.fault === "invalid-number") {
    const number = /^[0-9A-Za-z_#@]*/.exec(error.expression.slice(error.tokenAt))?.[0] ?? "";
    const cut = error.expression.slice(0, error.tokenAt + number.length).replace(/^\s+/, "");
    return `${cut}: ${BASH[error.fault]} (error token is "${number}")`;
  }
  const token = error.expression.slice(error.tokenAt);
  return `${expression}: ${BASH[error.fault]} (error token is "${token}")`;
}

export function createArithmeticScope(shell: Interpreter): ArithmeticScope {
  const { variables } = shell;
  const key = (name: string, subscript: string): string =>
    variables.isAssociative(name) ? unquoteKey(subscript) : subscript;
  return {
    read(name, subscript) {
      const value = subscript === undefined ? variables.scalar(name) : variables.element(name, key(name, subscript));
      if (value === undefined && shell.options.has("nounset")) {
        const shown = subscript === undefined ? name : `${name}[${subscript}]`;
        throw new ExpansionError(
          shell.isBash ? `${shown}: unbound variable` : `${shown}: parameter not set`,
          true,
          shell.isBash ? 127 : 2,
        );
      }
      return value;
    },
    assign(name, subscript, value) {
      if (subscript === undefined) variables.assign(name, value);
      else variables.assignElement(name, key(name, subscript), value);
    },
  };
}

function unquoteKey(subscript: string): string {
  return subscript.replace(/^(['"])(.*)\1$/s, "$2");
}
