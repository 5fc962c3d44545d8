/** `test` and `[`. */
import { ExpansionError } from "../control.ts";
import { compareNumbers, evaluateUnary } from "../conditional.ts";
import { testFile } from "../file-tests.ts";
import { compareBytes } from "../glob.ts";
import type { Interpreter } from "../interpreter.ts";
import type { Builtin, BuiltinCall } from "./builtin.ts";

export const test: Builtin = {
  name: "test",
  synopsis: "test [expr]",
  summary: "Evaluate conditional expression.",
  run: (call) => runTest(call, call.args),
};

export const bracket: Builtin = {
  name: "[",
  synopsis: "[ arg... ]",
  summary: "Evaluate conditional expression.",
  async run(call) {
    if (call.args.at(-1) !== "]") {
      await call.shell.report(call.shell.isBash ? "missing `]'" : "missing ]");
      return 2;
    }
    return runTest(call, call.args.slice(0, -1));
  },
};

class TestError extends Error {}

const UNARY = new Set([
  "-a",
  "-b",
  "-c",
  "-d",
  "-e",
  "-f",
  "-g",
  "-h",
  "-k",
  "-n",
  "-o",
  "-p",
  "-r",
  "-s",
  "-t",
  "-u",
  "-v",
  "-w",
  "-x",
  "-z",
  "-G",
  "-L",
  "-N",
  "-O",
  "-R",
  "-S",
]);
const BINARY = new Set(["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"]);

async function runTest(call: BuiltinCall, args: readonly string[]): Promise<number> {
  const { shell } = call;
  try {
    return evaluate(shell, args) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError) && !(error instanceof ExpansionError)) throw error;
    if (shell.state.flavour === "ash") await shell.reportPlain(error.message);
    else await shell.report(error.message);
    return 2;
  }
}

/** POSIX decides by the number of arguments up to four. */
function evaluate(shell: Interpreter, args: readonly string[]): boolean {
  const [first = "", second = "", third = ""] = args;
  switch (args.length) {
    case 0:
      return false;
    case 1:
      return first !== "";
    case 2:
      if (first === "!") return second === "";
      if (UNARY.has(first)) return unary(shell, first, second);
      throw new TestError(unexpectedUnary(shell, first, second));
    case 3:
      if (BINARY.has(second)) return binary(shell, first, second, third);
      if (second === "-a") return first !== "" && third !== "";
      if (second === "-o") return first !== "" || third !== "";
      if (first === "!") return !evaluate(shell, args.slice(1));
      if (first === "(" && third === ")") return second !== "";
      throw new TestError(unexpectedBinary(shell, second, first));
    case 4:
      if (first === "!") return !evaluate(shell, args.slice(1));
      if (first === "(" && args[3] === ")") return evaluate(shell, args.slice(1, 3));
      break;
    default:
      break;
  }
  const parser = new ExpressionParser(shell, args);
  return parser.parse();
}

function unexpectedUnary(shell: Interpreter, operator: string, operand: string): string {
  if (shell.state.flavour === "bash") return `${operator}: unary operator expected`;
  return shell.state.flavour === "dash" ? `${operator}: unexpected operator` : `${operand}: unknown operand`;
}

function unexpectedBinary(shell: Interpreter, operator: string, left: string): string {
  if (shell.state.flavour === "bash") return `${operator}: binary operator expected`;
  return shell.state.flavour === "dash" ? `${left}: unexpected operator` : `${operator}: unknown operand`;
}

function unary(shell: Interpreter, operator: string, operand: string): boolean {
  if (operator === "-t" && !/^[0-9]+$/.test(operand))
    throw new TestError(shell.isBash ? `${operand}: integer expression expected` : `Illegal number: ${operand}`);
  return evaluateUnary(shell, operator, operand);
}

function binary(shell: Interpreter, left: string, operator: string, right: string): boolean {
  switch (operator) {
    case "=":
      return left === right;
    case "==":
      if (shell.state.flavour === "dash") throw new TestError(`${left}: unexpected operator`);
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return compareBytes(left, right) < 0;
    case ">":
      return compareBytes(left, right) > 0;
    case "-nt":
    case "-ot":
    case "-ef":
      return testFile.compare(shell, operator, left, right);
    default:
      return compareNumbers(operator, integer(shell, left), integer(shell, right));
  }
}

function integer(shell: Interpreter, text: string): bigint {
  const trimmed = text.trim();
  if (/^[-+]?[0-9]+$/.test(trimmed)) return BigInt(trimmed.replace(/^\+/, ""));
  const { flavour } = shell.state;
  throw new TestError(
    flavour === "bash"
      ? `${text}: integer expression expected`
      : flavour === "dash"
        ? `Illegal number: ${text}`
        : `${text}: bad number`,
  );
}

/** Five arguments and more: `!`, `( )`, `-a`, `-o` by precedence. */
class ExpressionParser {
  private index = 0;

  constructor(
    private readonly shell: Interpreter,
    private readonly args: readonly string[],
  ) {}

  parse(): boolean {
    const value = this.or();
    if (this.index < this.args.length)
      throw new TestError(this.shell.isBash ? "too many arguments" : `${this.args[this.index]}: unexpected operator`);
    return value;
  }

  private or(): boolean {
    let value = this.and();
    while (this.args[this.index] === "-o") {
      this.index++;
      const right = this.and();
      value = value || right;
    }
    return value;
  }

  private and(): boolean {
    let value = this.not();
    while (this.args[this.index] === "-a") {
      this.index++;
      const right = this.not();
      value = value && right;
    }
    return value;
  }

  private not(): boolean {
    if (this.args[this.index] === "!") {
      this.index++;
      return !this.not();
    }
    return this.primary();
  }

  private primary(): boolean {
    const [first, second, third] = this.args.slice(this.index, this.index + 3);
    if (first === undefined) throw new TestError("argument expected");
    if (first === "(" && !(second !== undefined && BINARY.has(second) && third !== undefined && third !== ")")) {
      this.index++;
      const value = this.or();
      if (this.args[this.index] !== ")") throw new TestError("`)' expected");
      this.index++;
      return value;
    }
    if (second !== undefined && third !== undefined && BINARY.has(second)) {
      this.index += 3;
      return binary(this.shell, first, second, third);
    }
    if (UNARY.has(first) && second !== undefined) {
      this.index += 2;
      return unary(this.shell, first, second);
    }
    this.index++;
    return first !== "";
  }
}
