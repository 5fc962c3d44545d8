/** coreutils 9.1 and busybox: expr. */
import type { Program } from "../../machine/types.ts";
import { compileRegex } from "../toolkit/posix-regex.ts";
import { inLocale, quoted, ToolError, toolName } from "../toolkit/tool.ts";

export const expr: Program = {
  name: "expr",
  async run(process) {
    const words = process.argv.slice(1);
    if (words[0] === "--") words.shift();
    try {
      if (words.length === 0) throw new ToolError("missing operand\nTry 'expr --help' for more information.", 2);
      const parser = new Parser(words);
      const value = parser.or();
      if (!parser.isAtEnd) throw new ToolError(`syntax error: unexpected argument ${quoted(parser.rest ?? "")}`, 2);
      await process.stdout.write(`${value}\n`);
      return value === "" || /^-?0+$/.test(value) ? 1 : 0;
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      await process.stderr.write(`${toolName(process)}: ${inLocale(process, error.message)}\n`);
      return error.status;
    }
  },
};

const isZero = (value: string): boolean => value === "" || /^-?0+$/.test(value);

class Parser {
  private at = 0;
  constructor(private readonly words: readonly string[]) {}

  get isAtEnd(): boolean {
    return this.at >= this.words.length;
  }

  get rest(): string {
    return this.words[this.at] ?? "";
  }

  private take(...texts: readonly string[]): string | undefined {
    const word = this.words[this.at];
    if (word === undefined || !texts.includes(word)) return undefined;
    this.at++;
    return word;
  }

  or(): string {
    let left = this.and();
    while (this.take("|")) {
      const right = this.and();
      left = !isZero(left) ? left : isZero(right) ? "0" : right;
    }
    return left;
  }

  private and(): string {
    let left = this.comparison();
    while (this.take("&")) {
      const right = this.comparison();
      left = isZero(left) || isZero(right) ? "0" : left;
    }
    return left;
  }

  private comparison(): string {
    let left = this.sum();
    for (
      let operator = this.take("<", "<=", "=", "==", "!=", ">=", ">");
      operator;
      operator = this.take("<", "<=", "=", "==", "!=", ">=", ">")
    ) {
      const right = this.sum();
      const bothNumbers = /^-?\d+$/.test(left) && /^-?\d+$/.test(right);
      const order = bothNumbers ? Number(BigInt(left) - BigInt(right)) : left < right ? -1 : left > right ? 1 : 0;
      const holds = {
        "<": order < 0,
        "<=": order <= 0,
        "=": order === 0,
        "==": order === 0,
        "!=": order !== 0,
        ">=": order >= 0,
        ">": order > 0,
      }[operator];
      left = holds ? "1" : "0";
    }
    return left;
  }

  private sum(): string {
    let left = this.product();
    for (let operator = this.take("+", "-"); operator; operator = this.take("+", "-")) {
      const right = this.product();
      left = String(operator === "+" ? integer(left) + integer(right) : integer(left) - integer(right));
    }
    return left;
  }

  private product(): string {
    let left = this.match();
    for (let operator = this.take("*", "/", "%"); operator; operator = this.take("*", "/", "%")) {
      const right = integer(this.match());
      if (operator !== "*" && right === 0n) throw new ToolError("division by zero", 2);
      left = String(
        operator === "*" ? integer(left) * right : operator === "/" ? integer(left) / right : integer(left) % right,
      );
    }
    return left;
  }

  private match(): string {
    let left = this.primary();
    while (this.take(":")) left = matched(left, this.primary());
    return left;
  }

  private primary(): string {
    const word = this.words[this.at++];
    if (word === undefined)
      throw new ToolError(`syntax error: missing argument after ${quoted(this.words.at(-1) ?? "")}`, 2);
    switch (word) {
      case "(": {
        const value = this.or();
        if (!this.take(")"))
          throw new ToolError(
            `syntax error: expecting ${quoted(")")} after ${quoted(this.words[this.at - 1] ?? "")}`,
            2,
          );
        return value;
      }
      case "length":
        return String([...this.primary()].length);
      case "match":
        return matched(this.primary(), this.primary());
      case "substr": {
        const text = [...this.primary()];
        const from = Number(this.primary());
        const count = Number(this.primary());
        return from < 1 || count < 1 ? "" : text.slice(from - 1, from - 1 + count).join("");
      }
      case "index": {
        const text = [...this.primary()];
        const chars = this.primary();
        return String(text.findIndex((char) => chars.includes(char)) + 1);
      }
      case "+":
        return this.words[this.at++] ?? "";
      default:
        return word;
    }
  }
}

function integer(text: string): bigint {
  if (!/^-?\d+$/.test(text)) throw new ToolError("non-integer argument", 2);
  return BigInt(text);
}

/** The first group, or the length of the match; anchored at the start. */
function matched(text: string, pattern: string): string {
  const regex = compileRegex(`^${pattern.replace(/^\^/, "")}`, { syntax: "basic" });
  const found = regex.exec(text);
  if (pattern.includes("\\(")) return found?.[1] ?? "";
  return String([...(found?.[0] ?? "")].length);
}
