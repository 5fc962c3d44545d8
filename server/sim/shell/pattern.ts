/**
 * Shell patterns (`*`, `?`, `[…]`, extended `@(…)`), compiled to regular expressions.
 * In a pattern text a backslash quotes the next character.
 */

export interface PatternOptions {
  readonly extglob: boolean;
  readonly ignoreCase?: boolean;
  /** For file names: `*`, `?` and `[…]` do not match a slash. */
  readonly isPathSegment?: boolean;
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: "\\p{L}\\p{Nd}",
  alpha: "\\p{L}",
  ascii: "\\x00-\\x7f",
  blank: " \\t",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "\\p{L}\\p{N}\\p{P}\\p{S}",
  lower: "\\p{Ll}",
  print: "\\p{L}\\p{N}\\p{P}\\p{S} ",
  punct: "\\p{P}\\p{S}",
  space: "\\s",
  upper: "\\p{Lu}",
  word: "\\p{L}\\p{Nd}_",
  xdigit: "0-9A-Fa-f",
};

/** Quotes what is special in a pattern. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]()|!+@-]/g, "\\$&");
}

/** Removes the backslashes of a pattern that matched nothing. */
export function unescapePattern(pattern: string): string {
  return pattern.replace(/\\([\s\S])/g, "$1");
}

/** Whether an (escaped) text has an active pattern character. */
export function hasPattern(pattern: string, extglob: boolean): boolean {
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index];
    if (character === "\\") index++;
    else if (character === "*" || character === "?") return true;
    else if (character === "[" && bracketEnd(pattern, index) > 0) return true;
    else if (extglob && pattern[index + 1] === "(" && character !== undefined && "@+!".includes(character)) return true;
  }
  return false;
}

const cache = new Map<string, RegExp>();

/** Matches whole strings. */
export function compilePattern(pattern: string, options: PatternOptions): RegExp {
  const key = `${options.extglob ? "e" : ""}${options.ignoreCase ? "i" : ""}${options.isPathSegment ? "p" : ""}:${pattern}`;
  const known = cache.get(key);
  if (known) return known;
  const compiled = toRegExp(`^(?:${patternSource(pattern, options)})$`, options);
  if (cache.size > 500) cache.clear();
  cache.set(key, compiled);
  return compiled;
}

function toRegExp(source: string, options: PatternOptions): RegExp {
  try {
    return new RegExp(source, options.ignoreCase ? "sui" : "su");
  } catch {
    // A range out of order or the like: such a pattern matches nothing.
    return /[^\s\S]/;
  }
}

export function patternSource(pattern: string, options: PatternOptions): string {
  return new PatternCompiler(pattern, options).compile();
}

class PatternCompiler {
  private index = 0;

  constructor(
    private readonly pattern: string,
    private readonly options: PatternOptions,
  ) {}

  compile(): string {
    let source = "";
    while (this.index < this.pattern.length) source += this.next();
    return source;
  }

  private next(): string {
    const { pattern, options } = this;
    const character = pattern.charAt(this.index);
    if (options.extglob && pattern[this.index + 1] === "(" && "?*+@!".includes(character)) {
      const end = closingParenthesis(pattern, this.index + 1);
      if (end > 0) return this.extended(character, end);
    }
    this.index++;
    if (character === "\\") {
      if (this.index >= pattern.length) return "\\\\";
      const quoted = this.takeCharacter();
      return escapeRegExp(quoted);
    }
    if (character === "*") {
      while (pattern[this.index] === "*") this.index++;
      return options.isPathSegment ? "[^/]*" : ".*";
    }
    if (character === "?") return options.isPathSegment ? "[^/]" : ".";
    if (character === "[") {
      const end = bracketEnd(pattern, this.index - 1);
      if (end > 0) {
        const source = bracketSource(pattern.slice(this.index, end));
        this.index = end + 1;
        return source;
      }
    }
    this.index--;
    return escapeRegExp(this.takeCharacter());
  }

  private takeCharacter(): string {
    const character = String.fromCodePoint(this.pattern.codePointAt(this.index) ?? 0);
    this.index += character.length;
    return character;
  }

  private extended(operator: string, end: number): string {
    const alternatives = splitAlternatives(this.pattern.slice(this.index + 2, end)).map((part) =>
      patternSource(part, this.options),
    );
    this.index = end + 1;
    const group = `(?:${alternatives.join("|")})`;
    if (operator === "@") return group;
    if (operator !== "!") return `${group}${operator}`;
    // `!(a)rest`: whatever follows must not make the excluded text match up to there.
    const rest = patternSource(this.pattern.slice(this.index), this.options);
    const any = this.options.isPathSegment ? "[^/]*" : ".*";
    return `(?!${group}(?:${rest})$)${any}`;
  }
}

export function closingParenthesis(text: string, open: number): number {
  let depth = 0;
  for (let index = open; index < text.length; index++) {
    const character = text[index];
    if (character === "\\") index++;
    else if (character === "[") {
      const end = bracketEnd(text, index);
      if (end > 0) index = end;
    } else if (character === "(") depth++;
    else if (character === ")" && --depth === 0) return index;
  }
  return -1;
}

function splitAlternatives(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === "\\") index++;
    else if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (character === "|" && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** Index of the `]` that closes a bracket expression, or -1. */
function bracketEnd(pattern: string, open: number): number {
  let index = open + 1;
  if (pattern[index] === "!" || pattern[index] === "^") index++;
  if (pattern[index] === "]") index++;
  for (; index < pattern.length; index++) {
    const character = pattern[index];
    if (character === "\\") index++;
    else if (character === "[" && /[:.=]/.test(pattern[index + 1] ?? "")) {
      const end = pattern.indexOf(`${pattern[index + 1]}]`, index + 2);
      if (end > 0) index = end + 1;
    } else if (character === "]") return index;
  }
  return -1;
}

function bracketSource(body: string): string {
  const isNegated = body.startsWith("!") || body.startsWith("^");
  let set = "";
  for (let index = isNegated ? 1 : 0; index < body.length; index++) {
    const character = body.charAt(index);
    const special = character === "[" ? /^\[([:.=])(.*?)\1\]/s.exec(body.slice(index)) : null;
    if (special) {
      set += special[1] === ":" ? (CLASSES[special[2] ?? ""] ?? "") : escapeInSet(special[2] ?? "");
      index += special[0].length - 1;
    } else if (character === "\\" && index + 1 < body.length) {
      set += escapeInSet(body.charAt(++index));
    } else if (character === "-" && set !== "" && index + 1 < body.length) {
      set += "-";
    } else {
      const whole = String.fromCodePoint(body.codePointAt(index) ?? 0);
      index += whole.length - 1;
      set += escapeInSet(whole);
    }
  }
  if (set === "") return isNegated ? "." : "[^\\s\\S]";
  return `[${isNegated ? "^" : ""}${set}]`;
}

function escapeInSet(text: string): string {
  return text
    .replace(/[\\\]^[-]/g, "\\$&")
    .replace(/[&~!@#%*+=:;'"<>,?`|$(){}./]/g, (character) =>
      /[$(){}./*+?|]/.test(character) ? `\\${character}` : character,
    );
}

export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
