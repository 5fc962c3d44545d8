/** Parses find's expression: tests and actions joined by -and, -or, -not and parentheses. GNU findutils 4.9. */
import { quoted, ToolError } from "../toolkit/tool.ts";

export type FindExpression =
  | { readonly kind: "and" | "or"; readonly left: FindExpression; readonly right: FindExpression }
  | { readonly kind: "not"; readonly inner: FindExpression }
  | { readonly kind: "test"; readonly name: string; readonly argument: string }
  | { readonly kind: "exec"; readonly argv: readonly string[]; readonly isBatch: boolean; readonly inFolder: boolean };

export interface FindPlan {
  readonly expression: FindExpression;
  readonly minDepth: number;
  readonly maxDepth: number;
  readonly isDepthFirst: boolean;
}

const WITH_ARGUMENT = new Set([
  "name",
  "iname",
  "path",
  "ipath",
  "wholename",
  "regex",
  "iregex",
  "type",
  "size",
  "mtime",
  "mmin",
  "newer",
  "perm",
  "user",
  "group",
  "uid",
  "gid",
  "links",
  "maxdepth",
  "mindepth",
  "printf",
  "lname",
  "inum",
  "atime",
  "ctime",
  "amin",
  "cmin",
  "regextype",
  "samefile",
  "anewer",
  "cnewer",
]);

/** `-newerXY`: time X of the entry against time Y of a file, or against a date (`t`). */
const NEWER = /^newer[acmB][acmBt]$/;
const WITHOUT_ARGUMENT = new Set([
  "print",
  "print0",
  "delete",
  "empty",
  "true",
  "false",
  "prune",
  "quit",
  "ls",
  "depth",
  "executable",
  "readable",
  "writable",
  "nouser",
  "nogroup",
  "xdev",
  "mount",
  "daystart",
  "follow",
  "noleaf",
]);
const ACTIONS = new Set(["print", "print0", "delete", "printf", "ls", "quit"]);

export function parseFind(words: readonly string[]): FindPlan {
  return new Parser(words).plan();
}

class Parser {
  private at = 0;
  private minDepth = 0;
  private maxDepth = Number.POSITIVE_INFINITY;
  private isDepthFirst = false;
  private hasAction = false;
  private regexSyntax: "basic" | "extended" = "basic";

  constructor(private readonly words: readonly string[]) {}

  plan(): FindPlan {
    let expression: FindExpression = this.words.length === 0 ? TRUE : this.or();
    if (this.at < this.words.length)
      throw new ToolError(
        this.words[this.at] === ")"
          ? "you have too many ')'"
          : `paths must precede expression: \`${this.words[this.at]}'`,
      );
    if (!this.hasAction)
      expression = { kind: "and", left: expression, right: { kind: "test", name: "print", argument: "" } };
    return { expression, minDepth: this.minDepth, maxDepth: this.maxDepth, isDepthFirst: this.isDepthFirst };
  }

  private or(): FindExpression {
    let left = this.and();
    while (this.words[this.at] === "-o" || this.words[this.at] === "-or") {
      this.expectMore(this.words[this.at++] ?? "");
      left = { kind: "or", left, right: this.and() };
    }
    return left;
  }

  private and(): FindExpression {
    let left = this.not();
    while (this.at < this.words.length) {
      const word = this.words[this.at];
      if (word === "-a" || word === "-and") this.expectMore(this.words[this.at++] ?? "");
      else if (word === "-o" || word === "-or" || word === ")" || word === ",") break;
      left = { kind: "and", left, right: this.not() };
    }
    return left;
  }

  private expectMore(operator: string): void {
    if (this.at >= this.words.length) throw new ToolError(`expected an expression after '${operator}'`);
  }

  private not(): FindExpression {
    const word = this.words[this.at];
    if (word === "!" || word === "-not") {
      this.at++;
      return { kind: "not", inner: this.not() };
    }
    if (word === "(") {
      this.at++;
      const inner = this.or();
      if (this.words[this.at] !== ")")
        throw new ToolError("invalid expression; I was expecting to find a ')' somewhere but did not see one.");
      this.at++;
      return inner;
    }
    return this.primary();
  }

  private primary(): FindExpression {
    const word = this.words[this.at++];
    if (word === undefined) throw new ToolError("invalid expression");
    if (BINARY.has(word))
      throw new ToolError(`invalid expression; you have used a binary operator '${word}' with nothing before it.`);
    if (!word.startsWith("-")) throw new ToolError(`paths must precede expression: \`${word}'`);
    const name = word.slice(1);
    if (name === "exec" || name === "execdir" || name === "ok") return this.exec(name);
    if (WITHOUT_ARGUMENT.has(name)) {
      this.hasAction ||= ACTIONS.has(name);
      if (name === "depth" || name === "delete") this.isDepthFirst = true;
      return { kind: "test", name, argument: "" };
    }
    if (!WITH_ARGUMENT.has(name) && !NEWER.test(name)) throw new ToolError(`unknown predicate \`${word}'`);
    const argument = this.words[this.at++];
    if (argument === undefined) throw new ToolError(`missing argument to \`${word}'`);
    this.hasAction ||= ACTIONS.has(name);
    ARGUMENT_CHECKS[name]?.(word, argument);
    if (name === "maxdepth") this.maxDepth = Number(argument);
    if (name === "mindepth") this.minDepth = Number(argument);
    if (name === "regextype") this.regexSyntax = /extended|egrep|awk/.test(argument) ? "extended" : "basic";
    if (["maxdepth", "mindepth", "regextype"].includes(name)) return TRUE;
    if (name === "regex" || name === "iregex")
      return { kind: "test", name: this.regexSyntax === "extended" ? `${name}-extended` : name, argument };
    return { kind: "test", name, argument };
  }

  private exec(name: string): FindExpression {
    this.hasAction = true;
    const argv: string[] = [];
    while (this.at < this.words.length) {
      const word = this.words[this.at++] ?? "";
      if (word === ";") return { kind: "exec", argv, isBatch: false, inFolder: name === "execdir" };
      if (word === "+" && argv.at(-1) === "{}")
        return { kind: "exec", argv: argv.slice(0, -1), isBatch: true, inFolder: name === "execdir" };
      argv.push(word);
    }
    throw new ToolError(`missing argument to \`-${name}'`);
  }
}

const BINARY = new Set(["-a", "-and", "-o", "-or", ","]);

function checkDepth(word: string, argument: string): void {
  if (!/^\d+$/.test(argument))
    throw new ToolError(`Expected a positive decimal integer argument to ${word}, but got ${quoted(argument)}`);
}

function checkAge(word: string, argument: string): void {
  if (!/^[+-]?\d+(\.\d+)?$/.test(argument)) throw new ToolError(`invalid argument \`${argument}' to \`${word}'`);
}

function checkSize(_: string, argument: string): void {
  const unit = /^[+-]?\d*(.*)$/s.exec(argument)?.[1] ?? "";
  if (!/^[bcwkMG]?$/.test(unit)) throw new ToolError(`invalid -size type \`${unit}'`);
}

/** What is wrong with an argument is said before the search begins. */
const ARGUMENT_CHECKS: Readonly<Record<string, (word: string, argument: string) => void>> = {
  type: checkTypes,
  maxdepth: checkDepth,
  mindepth: checkDepth,
  size: checkSize,
  mtime: checkAge,
  atime: checkAge,
  ctime: checkAge,
  mmin: checkAge,
  amin: checkAge,
  cmin: checkAge,
};

/** Letters with commas between, each the letter of a kind of file. */
function checkTypes(word: string, argument: string): void {
  if (argument === "") throw new ToolError(`Arguments to ${word} should contain at least one letter`);
  for (const types of argument.split(",")) {
    const unknown = /[^bcdpflsD]/.exec(types[0] ?? "");
    if (unknown) throw new ToolError(`Unknown argument to ${word}: ${unknown[0]}`);
    if (types.length > 1) throw new ToolError(`Must separate multiple arguments to ${word} using: ','`);
  }
}

const TRUE: FindExpression = { kind: "test", name: "true", argument: "" };
