/**
 * POSIX regular expressions, with GNU's extensions, translated to JavaScript's.
 * Differences that remain: alternation takes the first match, not the longest, except among
 * plain words (`longestFirst`) and what grep splits (`alternatives`); back references behave as in JavaScript. Input runs through a translator, never
 * through `eval`; catastrophic patterns are bounded by `MAX_PATTERN_LENGTH` only.
 */
export type RegexSyntax = "basic" | "extended" | "perl" | "fixed";

export interface RegexOptions {
  readonly syntax: RegexSyntax;
  readonly ignoresCase?: boolean;
  /** `^` and `$` match at each line (sed's M flag). */
  readonly isMultiline?: boolean;
  readonly isGlobal?: boolean;
  readonly isSticky?: boolean;
}

/** The message is GNU's: `Unmatched ( or \(`. */
export class RegexError extends Error {
  override readonly name = "RegexError";
}

const MAX_PATTERN_LENGTH = 4096;

export function compileRegex(pattern: string, options: RegexOptions): RegExp {
  if (pattern.length > MAX_PATTERN_LENGTH) throw new RegexError("Regular expression too big");
  const source = regexSource(pattern, options.syntax);
  const flags = `u${options.ignoresCase ? "i" : ""}${options.isMultiline ? "m" : ""}${options.isGlobal ? "g" : ""}${options.isSticky ? "y" : ""}`;
  try {
    return new RegExp(source, flags);
  } catch {
    try {
      return new RegExp(source, flags.replace("u", ""));
    } catch {
      throw new RegexError("Invalid regular expression");
    }
  }
}

export function regexSource(pattern: string, syntax: RegexSyntax): string {
  switch (syntax) {
    case "fixed":
      return pattern.split("").map(escapeLiteral).join("");
    case "perl":
      return perlSource(pattern);
    case "basic":
    case "extended":
      return new Translator(pattern, syntax === "extended").translate();
  }
}

function escapeLiteral(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}

/** PCRE differs from JavaScript in few things that people type. */
function perlSource(pattern: string): string {
  return pattern
    .replace(/\[\[:(\w+):\]\]/g, (_, name: string) => `[${CLASSES[name] ?? ""}]`)
    .replace(/\[:(\w+):\]/g, (_, name: string) => CLASSES[name] ?? "")
    .replace(/\(\?P</g, "(?<")
    .replace(/\\h/g, "[ \\t]")
    .replace(/^\(\?i\)/, "")
    .replace(/([^\\]|^)([*+?}])\+/g, "$1$2");
}

const CLASSES: Readonly<Record<string, string>> = {
  alpha: "\\p{L}",
  digit: "0-9",
  alnum: "\\p{L}\\p{Nd}",
  upper: "\\p{Lu}",
  lower: "\\p{Ll}",
  space: " \\t\\n\\v\\f\\r",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`{-~",
  print: "\\x20-\\x7e\\u00a0-\\u{10ffff}",
  graph: "\\x21-\\x7e\\u00a1-\\u{10ffff}",
  cntrl: "\\x00-\\x1f\\x7f",
  xdigit: "0-9A-Fa-f",
};

class Translator {
  private at = 0;
  private out = "";
  private depth = 0;
  /** Where the bodies of the open groups begin in `out`. */
  private readonly groups: number[] = [];
  /** Whether a repetition here would have nothing to repeat. */
  private isAtStart = true;

  constructor(
    private readonly pattern: string,
    private readonly isExtended: boolean,
  ) {}

  translate(): string {
    while (this.at < this.pattern.length) this.step();
    if (this.depth > 0) throw new RegexError(this.isExtended ? "Unmatched ( or \\(" : "Unmatched ( or \\(");
    return longestFirst(this.out);
  }

  private step(): void {
    const char = String.fromCodePoint(this.pattern.codePointAt(this.at) ?? 0);
    this.at += char.length;
    if (char === "\\") return this.escape();
    if (char === "[") return this.bracket();
    if (char === ".") return this.atom("[^\\n]");
    if (char === "*") return this.isAtStart ? this.atom("\\*") : this.repeat("*");
    if (char === "^") return this.caret();
    if (char === "$") return this.dollar();
    if (this.isExtended) {
      if (char === "(") return this.open();
      if (char === ")") return this.depth > 0 ? this.close() : this.atom("\\)");
      if (char === "|") return this.alternate();
      if (char === "+" || char === "?") return this.isAtStart ? this.atom(`\\${char}`) : this.repeat(char);
      if (char === "{") return this.interval("}");
    }
    this.atom(escapeLiteral(char));
  }

  private atom(source: string): void {
    this.out += source;
    this.isAtStart = false;
  }

  /** Several repetitions in a row collapse into one group, which JavaScript would refuse. */
  private repeat(operator: string): void {
    if (/[*+?}]$/.test(this.out) && !/\\[*+?}]$/.test(this.out)) {
      if (operator === "*" && this.out.endsWith("*")) return;
      const start = this.lastAtomStart();
      this.out = `${this.out.slice(0, start)}(?:${this.out.slice(start)})`;
    }
    this.out += operator;
  }

  private lastAtomStart(): number {
    // A repeated repetition is rare (`a**`, `a+?`): wrapping everything so far in this branch keeps its meaning.
    return Math.max(this.out.lastIndexOf("|"), this.out.lastIndexOf("(")) + 1;
  }

  private open(): void {
    this.depth++;
    this.out += "(";
    this.groups.push(this.out.length);
    this.isAtStart = true;
  }

  private close(): void {
    this.depth--;
    const start = this.groups.pop() ?? 0;
    this.out = this.out.slice(0, start) + longestFirst(this.out.slice(start));
    this.atom(")");
  }

  private alternate(): void {
    this.out += "|";
    this.isAtStart = true;
  }

  private caret(): void {
    const isAnchor = this.isExtended || this.isAtStart;
    if (!isAnchor) return this.atom("\\^");
    this.out += "^";
  }

  private dollar(): void {
    const rest = this.pattern.slice(this.at);
    const isAnchor = this.isExtended || rest === "" || rest.startsWith("\\)") || rest.startsWith("\\|");
    if (isAnchor) this.out += "$";
    else this.atom("\\$");
  }

  private escape(): void {
    const char = this.pattern[this.at++];
    if (char === undefined) throw new RegexError("Trailing backslash");
    if (!this.isExtended) {
      if (char === "(") return this.open();
      if (char === ")") {
        if (this.depth === 0) throw new RegexError("Unmatched ) or \\)");
        return this.close();
      }
      if (char === "|") return this.alternate();
      if (char === "+" || char === "?") return this.isAtStart ? this.atom(`\\${char}`) : this.repeat(char);
      if (char === "{") return this.interval("\\}");
    }
    if (/[1-9]/.test(char)) return this.atom(`(?:\\${char})`);
    switch (char) {
      case "w":
        return this.atom("[\\p{L}\\p{Nd}_]");
      case "W":
        return this.atom("[^\\p{L}\\p{Nd}_]");
      case "s":
        return this.atom("\\s");
      case "S":
        return this.atom("\\S");
      case "b":
        return this.atom("\\b");
      case "B":
        return this.atom("\\B");
      case "<":
        return this.atom("\\b(?=\\w)");
      case ">":
        return this.atom("\\b(?<=\\w)");
      case "`":
        return this.atom("(?<![\\s\\S])");
      case "'":
        return this.atom("(?![\\s\\S])");
      case "n":
        return this.atom("\\n");
      case "t":
        return this.atom("\\t");
      case "r":
        return this.atom("\\r");
      case "f":
        return this.atom("\\f");
      case "v":
        return this.atom("\\v");
      default:
        return this.atom(escapeLiteral(char));
    }
  }

  private interval(close: string): void {
    const end = this.pattern.indexOf(close, this.at);
    const body = end === -1 ? null : this.pattern.slice(this.at, end);
    const match = body === null ? null : /^(\d*)(,?)(\d*)$/.exec(body);
    if (!match || body === "" || body === ",") {
      // ERE: a brace that opens no interval is itself.
      if (this.isExtended && (body === null || !match || body === "")) return this.atom("\\{");
      throw new RegexError(body === null ? "Unmatched \\{" : "Invalid content of \\{\\}");
    }
    if (this.isAtStart) {
      if (this.isExtended) return this.atom("\\{");
      throw new RegexError("Invalid preceding regular expression");
    }
    const [, low = "", comma = "", high = ""] = match;
    if (high !== "" && Number(low) > Number(high)) throw new RegexError("Invalid content of \\{\\}");
    if (Number(low) > 32767 || Number(high) > 32767) throw new RegexError("Regular expression too big");
    this.at = (end ?? 0) + close.length;
    this.repeat(`{${low === "" ? "0" : low}${comma}${high}}`);
  }

  private bracket(): void {
    let at = this.at;
    let body = "";
    const isNegated = this.pattern[at] === "^";
    if (isNegated) at++;
    if (this.pattern[at] === "]") {
      body += "\\]";
      at++;
    }
    if (/^:\w+:\]/.test(this.pattern.slice(at)))
      throw new RegexError("character class syntax is [[:space:]], not [:space:]");
    while (true) {
      const char = this.pattern[at];
      if (char === undefined) throw new RegexError("Unmatched [, [^, [:, [., or [=");
      if (char === "]") break;
      const named = /^\[([:.=])(.*?)\1\]/.exec(this.pattern.slice(at));
      if (named) {
        const [whole, kind, name = ""] = named;
        if (kind === ":") {
          const members = CLASSES[name];
          if (members === undefined) throw new RegexError("Invalid character class name");
          body += members;
        } else {
          body += escapeMember(name);
        }
        at += whole.length;
        continue;
      }
      // GNU tools read \n and \t inside brackets; other backslashes are themselves.
      if (char === "\\" && /[nt]/.test(this.pattern[at + 1] ?? "")) {
        body += `\\${this.pattern[at + 1]}`;
        at += 2;
        continue;
      }
      const rangeEnd = this.pattern[at + 1] === "-" ? this.pattern[at + 2] : undefined;
      if (rangeEnd !== undefined && !/[[\]\\]/.test(rangeEnd) && char > rangeEnd)
        throw new RegexError("Invalid range end");
      const isRange = char === "-" && body !== "" && this.pattern[at + 1] !== "]";
      body += isRange ? "-" : escapeMember(char);
      at++;
    }
    this.at = at + 1;
    this.atom(`[${isNegated ? "^" : ""}${body}${isNegated ? "\\n" : ""}]`);
  }
}

/**
 * POSIX asks for the longest match, JavaScript takes the first alternative that fits. Among plain words
 * the order decides nothing else, so that longer ones may come first: `foo|foobar` finds `foobar`.
 */
function longestFirst(source: string): string {
  const words = source.split("|");
  const arePlain = words.every((word) => /^(?:[^\\^$.*+?()[\]{}]|\\[^\w\s])*$/.test(word));
  if (words.length === 1 || !arePlain) return source;
  return words.sort((left, right) => right.length - left.length).join("|");
}

/** The branches of an extended expression that has no groups, each a pattern of its own. */
export function alternatives(pattern: string): readonly string[] {
  // Escapes, brackets, bars and the rest of the pattern, one token each.
  const tokens = pattern.match(/\\[\s\S]|\[\^?\]?(?:\[[:.=].*?[:.=]\]|[^\]])*\]|[\s\S]/g) ?? [];
  if (tokens.some((token) => token === "(" || /^\\[1-9]$/.test(token))) return [pattern];
  const branches = [""];
  for (const token of tokens) {
    if (token === "|") branches.push("");
    else branches.push((branches.pop() ?? "") + token);
  }
  return branches;
}

function escapeMember(char: string): string {
  return /[\\\]^[-]/.test(char) ? `\\${char}` : char;
}
