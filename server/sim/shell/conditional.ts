/** `[[ … ]]`, and the primaries it shares with `test`. */
import type { TestExpression } from "unbash";
import { IndexedArray } from "./arrays.ts";
import { ExpansionError } from "./control.ts";
import { drive } from "./expansion.ts";
import { testFile } from "./file-tests.ts";
import { compareBytes } from "./glob.ts";
import type { Interpreter } from "./interpreter.ts";
import { setOptions } from "./options.ts";
import { compilePattern } from "./pattern.ts";
import { toExtendedRegExp } from "./posix-regexp.ts";
import { tracePrefix } from "./simple-command.ts";
import { parseReference } from "./variables.ts";
import { lowerWord } from "./words.ts";

/** 0 true, 1 false, 2 wrong. */
export async function evaluateTest(shell: Interpreter, expression: TestExpression): Promise<number> {
  switch (expression.type) {
    case "TestLogical": {
      for (const operand of expression.operands) {
        const status = await evaluateTest(shell, operand);
        if (status > 1) return status;
        if (expression.operator === "&&" ? status !== 0 : status === 0) return status;
      }
      return expression.operator === "&&" ? 0 : 1;
    }
    case "TestNot": {
      const status = await evaluateTest(shell, expression.operand);
      if (status > 1 || expression.negations.length % 2 === 0) return status;
      return status === 0 ? 1 : 0;
    }
    case "TestGroup":
      return evaluateTest(shell, expression.expression);
    case "TestUnary": {
      const operand = await drive(shell.expander.text(lowerWord(expression.operand, shell.source)));
      await trace(shell, [expression.operator, bare(operand)]);
      return evaluateUnary(shell, expression.operator, operand) ? 0 : 1;
    }
    case "TestBinary":
      return evaluateBinary(shell, expression);
    default: {
      const unknown: never = expression;
      return unknown;
    }
  }
}

/** `[[` shows its words unquoted, empty ones excepted. */
function bare(text: string): string {
  return text === "" ? "''" : text;
}

async function trace(shell: Interpreter, words: readonly string[]): Promise<void> {
  if (shell.options.has("xtrace")) await shell.writeError(`${tracePrefix(shell)}[[ ${words.join(" ")} ]]\n`);
}

async function evaluateBinary(
  shell: Interpreter,
  expression: Extract<TestExpression, { type: "TestBinary" }>,
): Promise<number> {
  const { operator } = expression;
  const left = await drive(shell.expander.text(lowerWord(expression.left, shell.source)));
  const right = lowerWord(expression.right, shell.source);
  if (operator === "==" || operator === "=" || operator === "!=") {
    const pattern = await drive(shell.expander.pattern(right.segments));
    await trace(shell, [bare(left), operator, pattern]);
    const matches = compilePattern(pattern, { extglob: true, ignoreCase: shell.options.has("nocasematch") }).test(left);
    return matches === (operator !== "!=") ? 0 : 1;
  }
  if (operator === "=~") {
    const pattern = await drive(shell.expander.regularExpression(right.segments));
    await trace(shell, [bare(left), operator, pattern]);
    return matchRegExp(shell, left, pattern);
  }
  const text = await drive(shell.expander.text(right));
  await trace(shell, [bare(left), operator, bare(text)]);
  return compareTexts(shell, operator, left, text);
}

function compareTexts(shell: Interpreter, operator: string, left: string, right: string): number {
  if (operator === "<") return compareBytes(left, right) < 0 ? 0 : 1;
  if (operator === ">") return compareBytes(left, right) > 0 ? 0 : 1;
  if (operator === "-nt" || operator === "-ot" || operator === "-ef")
    return testFile.compare(shell, operator, left, right) ? 0 : 1;
  const numbers = compareNumbers(operator, evaluate(shell, left), evaluate(shell, right));
  return numbers ? 0 : 1;
}

function evaluate(shell: Interpreter, text: string): bigint {
  try {
    return shell.evaluateArithmetic(text);
  } catch (error) {
    if (error instanceof ExpansionError && !error.isFatal) throw new ExpansionError(`[[: ${error.message}`, false, 1);
    throw error;
  }
}

export function compareNumbers(operator: string, left: bigint, right: bigint): boolean {
  switch (operator) {
    case "-eq":
      return left === right;
    case "-ne":
      return left !== right;
    case "-lt":
      return left < right;
    case "-le":
      return left <= right;
    case "-gt":
      return left > right;
    case "-ge":
      return left >= right;
    default:
      return false;
  }
}

async function matchRegExp(shell: Interpreter, text: string, pattern: string): Promise<number> {
  const expression = toExtendedRegExp(pattern, shell.options.has("nocasematch"));
  if (!expression) return 2;
  const match = expression.exec(text);
  shell.variables.force("BASH_REMATCH", IndexedArray.of(match ? match.map((group) => group ?? "") : []));
  return match ? 0 : 1;
}

/** Primaries with one operand. */
export function evaluateUnary(shell: Interpreter, operator: string, operand: string): boolean {
  switch (operator) {
    case "-z":
      return operand === "";
    case "-n":
      return operand !== "";
    case "-v":
      return isVariableSet(shell, operand);
    case "-R":
      return shell.variables.raw(operand)?.attributes.has("n") === true;
    case "-o":
      return setOptions.some((option) => option.name === operand) && shell.options.has(operand);
    case "-t":
      return /^[0-9]+$/.test(operand) && shell.process.fds.get(Number(operand))?.kind === "tty";
    default:
      return testFile.is(shell, operator, operand);
  }
}

function isVariableSet(shell: Interpreter, text: string): boolean {
  if (/^[0-9]+$/.test(text)) return Number(text) === 0 || shell.positional.length >= Number(text);
  const reference = parseReference(text);
  if (!reference) return false;
  const { name, subscript } = reference;
  if (subscript === undefined) return shell.variables.isSet(name);
  if (subscript === "@" || subscript === "*") {
    const value = shell.variables.get(name)?.value;
    return value !== undefined && (typeof value === "string" || value.size > 0);
  }
  const segments = subscript.replace(/^(['"])(.*)\1$/s, "$2");
  return shell.variables.element(name, segments) !== undefined;
}
