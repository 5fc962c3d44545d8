/** Parses a sed script: GNU sed 4.9's language, with its complaints. */
import { compileRegex, RegexError, type RegexSyntax } from "../toolkit/posix-regex.ts";

export type Address =
  | { readonly kind: "line"; readonly line: number }
  | { readonly kind: "last" }
  | { readonly kind: "step"; readonly first: number; readonly step: number }
  | { readonly kind: "regex"; readonly regex: RegExp | null }
  /** Only as a second address. */
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "multiple"; readonly of: number };

export interface Substitution {
  /** Null: the last regular expression used. */
  readonly regex: RegExp | null;
  readonly replacement: readonly ReplacementPart[];
  readonly isGlobal: boolean;
  readonly occurrence: number;
  readonly prints: boolean;
  readonly evaluates: boolean;
  readonly file: string | null;
}

export type ReplacementPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "group"; readonly group: number }
  | { readonly kind: "case"; readonly mode: "U" | "L" | "u" | "l" | "E" };

export interface Command {
  readonly from: Address | null;
  readonly to: Address | null;
  readonly isNegated: boolean;
  readonly name: string;
  /** Text of a, i, c; label of b, t, T, :; file of r, R, w, W; number of q, Q, l. */
  readonly argument: string;
  readonly substitution?: Substitution;
  readonly translation?: ReadonlyMap<string, string>;
  /** For `{`: index behind the matching `}`. */
  readonly end?: number;
}

export class ScriptError extends Error {
  override readonly name = "ScriptError";
}

/** `pieces` are the -e and -f texts; each ends a command. Throws `ScriptError` in sed's words. */
export function parseScript(pieces: readonly string[], syntax: RegexSyntax): readonly Command[] {
  return new ScriptParser(pieces.join("\n"), syntax).parse();
}

class ScriptParser {
  private at = 0;
  private readonly commands: { -readonly [K in keyof Command]: Command[K] }[] = [];
  private readonly open: number[] = [];

  constructor(
    private readonly text: string,
    private readonly syntax: RegexSyntax,
  ) {}

  parse(): readonly Command[] {
    while (true) {
      this.skip(/[\s;]*/y);
      if (this.at >= this.text.length) break;
      if (this.peek() === "#") {
        this.skip(/[^\n]*/y);
        continue;
      }
      this.command();
    }
    if (this.open.length > 0) throw this.error("unmatched `{'", 0);
    this.checkLabels();
    return this.commands;
  }

  private error(message: string, at = this.at): ScriptError {
    return new ScriptError(`-e expression #1, char ${at}: ${message}`);
  }

  private peek(): string {
    return this.text[this.at] ?? "";
  }

  private skip(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  private command(): void {
    const from = this.address();
    let to: Address | null = null;
    this.skip(/[ \t]*/y);
    if (from && this.peek() === ",") {
      this.at++;
      this.skip(/[ \t]*/y);
      to = this.secondAddress();
      if (!to) throw this.error("unexpected `,'");
    }
    this.skip(/[ \t]*/y);
    let isNegated = false;
    while (this.peek() === "!") {
      isNegated = true;
      this.at++;
      this.skip(/[ \t]*/y);
    }
    const name = this.peek();
    if (name === "") throw this.error("missing command");
    this.at++;
    const base = { from, to, isNegated, name, argument: "" };
    switch (name) {
      case "{":
        this.open.push(this.commands.length);
        this.commands.push(base);
        return;
      case "}": {
        const start = this.open.pop();
        if (start === undefined) throw this.error("unexpected `}'");
        if (from) throw this.error("} doesn't want any addresses");
        const opening = this.commands[start];
        if (opening) opening.end = this.commands.length;
        this.endOfCommand();
        return;
      }
      case "s":
        this.commands.push({ ...base, substitution: this.substitution() });
        this.endOfCommand();
        return;
      case "y":
        this.commands.push({ ...base, translation: this.translation() });
        this.endOfCommand();
        return;
      case "a":
      case "i":
      case "c":
        this.commands.push({ ...base, argument: this.textArgument() });
        return;
      case ":": {
        if (from) throw this.error(": doesn't want any addresses");
        const label = this.skip(/[^\n;]*/y).trim();
        if (label === "") throw this.error('":" lacks a label');
        this.commands.push({ ...base, argument: label });
        return;
      }
      case "b":
      case "t":
      case "T":
        this.commands.push({ ...base, argument: this.skip(/[^\n;}]*/y).trim() });
        return;
      case "r":
      case "R":
      case "w":
      case "W": {
        const file = this.skip(/[^\n]*/y).trim();
        if (file === "") throw this.error("missing filename in r/R/w/W commands");
        this.commands.push({ ...base, argument: file });
        return;
      }
      case "q":
      case "Q":
      case "l":
      case "L":
        this.skip(/[ \t]*/y);
        this.commands.push({ ...base, argument: this.skip(/\d*/y) });
        this.endOfCommand();
        return;
      case "d":
      case "D":
      case "p":
      case "P":
      case "n":
      case "N":
      case "g":
      case "G":
      case "h":
      case "H":
      case "x":
      case "=":
      case "F":
      case "z":
        this.commands.push(base);
        this.endOfCommand();
        return;
      default:
        throw this.error(`unknown command: \`${name}'`);
    }
  }

  private endOfCommand(): void {
    this.skip(/[ \t]*/y);
    const next = this.peek();
    if (next === "" || next === "\n" || next === ";" || next === "}" || next === "#") return;
    throw this.error("extra characters after command", this.at + 1);
  }

  private address(): Address | null {
    const digits = this.skip(/\d+/y);
    if (digits !== "") {
      if (this.peek() === "~") {
        this.at++;
        return { kind: "step", first: Number(digits), step: Number(this.skip(/\d*/y)) };
      }
      return { kind: "line", line: Number(digits) };
    }
    if (this.peek() === "$") {
      this.at++;
      return { kind: "last" };
    }
    if (this.peek() === "/" || this.peek() === "\\") {
      if (this.peek() === "\\") this.at++;
      const delimiter = this.peek();
      this.at++;
      const pattern = this.delimited(delimiter, "unterminated address regex");
      const flags = this.skip(/[IM]*/y);
      return { kind: "regex", regex: this.regex(pattern, flags) };
    }
    return null;
  }

  private secondAddress(): Address | null {
    if (this.peek() === "+" || this.peek() === "~") {
      const sign = this.peek();
      this.at++;
      const number = Number(this.skip(/\d+/y));
      return sign === "+" ? { kind: "count", count: number } : { kind: "multiple", of: number };
    }
    return this.address();
  }

  /** Null for the empty pattern: the last one used. */
  private regex(pattern: string, flags: string): RegExp | null {
    if (pattern === "") return null;
    try {
      return compileRegex(decodeCodes(pattern, true), {
        syntax: this.syntax,
        ignoresCase: /i/i.test(flags),
        isMultiline: /m/i.test(flags),
        isGlobal: true,
      });
    } catch (error) {
      if (error instanceof RegexError) throw this.error(error.message);
      throw error;
    }
  }

  /** Up to the delimiter; an escaped delimiter loses its backslash, brackets hide it. */
  private delimited(delimiter: string, complaint: string, isPattern = true): string {
    let text = "";
    let isInBracket = false;
    while (true) {
      const char = this.text[this.at];
      if (char === undefined || (char === "\n" && isPattern && complaint.includes("address")))
        throw this.error(complaint);
      this.at++;
      if (char === "\\") {
        const next = this.text[this.at] ?? "";
        this.at++;
        if (next === delimiter && !isInBracket)
          text += /[.*[\]^$+?(){}|]/.test(delimiter) && isPattern ? `\\${next}` : next;
        else text += `\\${next}`;
        continue;
      }
      if (isPattern && char === "[" && !isInBracket) {
        isInBracket = true;
        text += char;
        const lead = this.skip(/\^?\]?/y);
        text += lead;
        continue;
      }
      if (isInBracket && char === "[" && /[:.=]/.test(this.peek())) {
        const kind = this.peek();
        const end = this.text.indexOf(`${kind}]`, this.at + 1);
        if (end !== -1) {
          text += char + this.text.slice(this.at, end + 2);
          this.at = end + 2;
          continue;
        }
      }
      if (isInBracket && char === "]") isInBracket = false;
      if (char === delimiter && !isInBracket) return text;
      text += char;
    }
  }

  private substitution(): Substitution {
    const delimiter = this.peek();
    if (delimiter === "\n" || delimiter === "\\" || delimiter === "") throw this.error("unterminated `s' command");
    this.at++;
    const pattern = this.delimited(delimiter, "unterminated `s' command");
    const replacement = this.delimited(delimiter, "unterminated `s' command", false);
    let isGlobal = false;
    let occurrence = 0;
    let prints = false;
    let evaluates = false;
    let file: string | null = null;
    let regexFlags = "";
    while (true) {
      const char = this.peek();
      if (/\d/.test(char)) {
        occurrence = Number(this.skip(/\d+/y));
        if (occurrence === 0) throw this.error("number option to `s' command may not be zero");
        continue;
      }
      if (char === "g") isGlobal = true;
      else if (char === "p") prints = true;
      else if (char === "e") evaluates = true;
      else if (/[iImM]/.test(char) && char !== "") regexFlags += char;
      else if (char === "w") {
        this.at++;
        file = this.skip(/[^\n]*/y).trim();
        break;
      } else if (char === "" || /[\s;}#]/.test(char)) break;
      else throw this.error("unknown option to `s'", this.at + 1);
      this.at++;
    }
    const regex = this.regex(pattern, regexFlags);
    const parts = parseReplacement(decodeCodes(replacement, false));
    const groups = regex === null ? 9 : countGroups(regex);
    for (const part of parts) {
      if (part.kind === "group" && part.group > groups) {
        throw this.error(`invalid reference \\${part.group} on \`s' command's RHS`);
      }
    }
    return { regex, replacement: parts, isGlobal, occurrence: occurrence || 1, prints, evaluates, file };
  }

  private translation(): ReadonlyMap<string, string> {
    const delimiter = this.peek();
    this.at++;
    const decode = (text: string): readonly string[] => [...text.replace(/\\n/g, "\n").replace(/\\(.)/g, "$1")];
    const from = decode(this.delimited(delimiter, "unterminated `y' command", false));
    const to = decode(this.delimited(delimiter, "unterminated `y' command", false));
    if (from.length !== to.length) throw this.error("strings for `y' command are different lengths");
    return new Map(from.map((char, index) => [char, to[index] ?? ""]));
  }

  /** `a\` newline text, or the one-line form; lines ending in a backslash go on. */
  private textArgument(): string {
    this.skip(/[ \t]*/y);
    if (this.peek() === "\\") {
      this.at++;
      // Blanks behind the backslash are text, unless the text begins on the next line: `a\  indented`.
      this.skip(/[ \t]*\n/y);
    }
    if (this.at >= this.text.length) throw this.error("expected \\ after `a', `c' or `i'");
    let text = "";
    while (this.at < this.text.length) {
      const char = this.peek();
      this.at++;
      if (char === "\\") {
        text += CONTROLS[this.peek()] ?? this.peek();
        this.at++;
        continue;
      }
      if (char === "\n") break;
      text += char;
    }
    return text;
  }

  private checkLabels(): void {
    const labels = new Set(this.commands.filter((command) => command.name === ":").map((command) => command.argument));
    for (const { name, argument } of this.commands) {
      if ("btT".includes(name) && argument !== "" && !labels.has(argument)) {
        throw new ScriptError(
          `-e expression #1, char ${this.text.length}: can't find label for jump to \`${argument}'`,
        );
      }
    }
  }
}

/** What a backslash makes of a letter in texts and replacements. */
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", f: "\f", v: "\v", a: "\u0007" };

/**
 * `\xHH`, `\oNNN` and `\dNNN` become the characters they name (GNU 4.9). `^` and `&` get a
 * backslash again, since as codes they stand for themselves; a `.` is special all the same.
 */
function decodeCodes(text: string, isPattern: boolean): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{1,2})|o([0-7]{1,3})|d(\d{1,3})|[\s\S])/g,
    (whole, hex?: string, octal?: string, decimal?: string) => {
      const code = hex
        ? Number.parseInt(hex, 16)
        : octal
          ? Number.parseInt(octal, 8)
          : decimal
            ? Number(decimal)
            : null;
      if (code === null) return whole;
      const char = String.fromCharCode(code);
      return (isPattern ? /[\\^]/ : /[\\&]/).test(char) ? `\\${char}` : char;
    },
  );
}

const countGroups = (regex: RegExp): number => (new RegExp(`${regex.source}|`, regex.flags).exec("")?.length ?? 1) - 1;

function parseReplacement(text: string): readonly ReplacementPart[] {
  const parts: ReplacementPart[] = [];
  let plain = "";
  const flush = (): void => {
    if (plain !== "") parts.push({ kind: "text", text: plain });
    plain = "";
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === "&") {
      flush();
      parts.push({ kind: "group", group: 0 });
    } else if (char === "\\") {
      const next = text[++at] ?? "\\";
      if (/\d/.test(next)) {
        flush();
        parts.push({ kind: "group", group: Number(next) });
      } else if (/[ULulE]/.test(next)) {
        flush();
        parts.push({ kind: "case", mode: next as "U" | "L" | "u" | "l" | "E" });
      } else {
        plain += CONTROLS[next] ?? next;
      }
    } else {
      plain += char;
    }
  }
  flush();
  return parts;
}
