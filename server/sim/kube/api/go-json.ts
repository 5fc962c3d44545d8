/**
 * JSON as Go's `encoding/json` reads it: duplicate fields are reported (the last one wins), and a
 * syntax error is worded by Go's scanner.
 */

export interface GoJson {
  readonly value: unknown;
  /** `duplicate field "spec.replicas"`, in document order. */
  readonly duplicates: readonly string[];
}

/** Throws SyntaxError; ask `goJsonError` for Go's words. */
export function parseGoJson(text: string): GoJson {
  const value: unknown = JSON.parse(text);
  return { value, duplicates: findDuplicates(text) };
}

/** Walks a text that is known to be valid JSON. */
function findDuplicates(text: string): string[] {
  const duplicates: string[] = [];
  let index = 0;
  const skipSpace = () => {
    while (" \t\r\n".includes(text.charAt(index)) && index < text.length) index++;
  };
  const readString = (): string => {
    const start = index++;
    while (text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
    index++;
    return text.slice(start, index);
  };
  const walk = (path: string): void => {
    skipSpace();
    const char = text[index];
    if (char === "{") walkObject(path);
    else if (char === "[") walkArray(path);
    else if (char === '"') readString();
    else while (index < text.length && !",]} \t\r\n".includes(text.charAt(index))) index++;
  };
  const walkObject = (path: string): void => {
    const seen = new Set<string>();
    index++;
    for (skipSpace(); text[index] !== "}"; skipSpace()) {
      const name = JSON.parse(readString()) as string;
      const childPath = path ? `${path}.${name}` : name;
      if (seen.has(name)) duplicates.push(`duplicate field ${JSON.stringify(childPath)}`);
      seen.add(name);
      skipSpace();
      index++;
      walk(childPath);
      skipSpace();
      if (text[index] === ",") index++;
      skipSpace();
    }
    index++;
  };
  const walkArray = (path: string): void => {
    index++;
    let position = 0;
    for (skipSpace(); text[index] !== "]"; skipSpace()) {
      walk(`${path}[${position++}]`);
      skipSpace();
      if (text[index] === ",") index++;
    }
    index++;
  };
  walk("");
  return duplicates;
}

type State = (char: string) => State | string;

/** What Go says of a text that is not JSON: `invalid character 'b' looking for beginning of object key string`. */
export function goJsonError(text: string): string {
  const scanner = new Scanner();
  for (const char of text) {
    const problem = scanner.step(char);
    if (problem) return `invalid character ${quoteChar(char)} ${problem}`;
  }
  return scanner.isComplete() ? "unexpected error" : "unexpected end of JSON input";
}

function quoteChar(char: string): string {
  if (char === "'") return "'\\''";
  if (char === '"') return `'"'`;
  const quoted = JSON.stringify(char);
  return `'${quoted.slice(1, -1)}'`;
}

/** The state machine of `encoding/json/scanner.go`, without its values. */
class Scanner {
  readonly #stack: ("key" | "value" | "array")[] = [];
  #state: State = (char) => this.#beginValue(char);

  /** The problem with this character, or "". */
  step(char: string): string {
    const next = this.#state(char);
    if (typeof next === "string") return next;
    this.#state = next;
    return "";
  }

  isComplete(): boolean {
    const next = this.#state(" ");
    return typeof next !== "string" && this.#stack.length === 0 && this.#isEnd;
  }

  #isEnd = false;

  #beginValue(char: string): State | string {
    if (isSpace(char)) return (next) => this.#beginValue(next);
    if (char === "{") {
      this.#stack.push("key");
      return (next) => this.#beginStringOrEmpty(next);
    }
    if (char === "[") {
      this.#stack.push("array");
      return (next) => this.#beginValueOrEmpty(next);
    }
    if (char === '"') return (next) => this.#inString(next);
    if (char === "-") return (next) => this.#negative(next);
    if (char === "0") return (next) => this.#zero(next);
    if (/[1-9]/.test(char)) return (next) => this.#digits(next);
    if (char === "t") return this.#literal("true", 1);
    if (char === "f") return this.#literal("false", 1);
    if (char === "n") return this.#literal("null", 1);
    return "looking for beginning of value";
  }

  #beginValueOrEmpty(char: string): State | string {
    if (isSpace(char)) return (next) => this.#beginValueOrEmpty(next);
    return char === "]" ? this.#endValue(char) : this.#beginValue(char);
  }

  #beginStringOrEmpty(char: string): State | string {
    if (isSpace(char)) return (next) => this.#beginStringOrEmpty(next);
    if (char === "}") {
      this.#stack[this.#stack.length - 1] = "value";
      return this.#endValue(char);
    }
    return this.#beginString(char);
  }

  #beginString(char: string): State | string {
    if (isSpace(char)) return (next) => this.#beginString(next);
    return char === '"' ? (next) => this.#inString(next) : "looking for beginning of object key string";
  }

  #endValue(char: string): State | string {
    const top = this.#stack.at(-1);
    if (top === undefined) {
      this.#isEnd = true;
      return isSpace(char) ? (next) => this.#endValue(next) : "after top-level value";
    }
    if (isSpace(char)) return (next) => this.#endValue(next);
    switch (top) {
      case "key":
        if (char !== ":") return "after object key";
        this.#stack[this.#stack.length - 1] = "value";
        return (next) => this.#beginValue(next);
      case "value":
        if (char === ",") {
          this.#stack[this.#stack.length - 1] = "key";
          return (next) => this.#beginString(next);
        }
        return char === "}" ? this.#pop() : "after object key:value pair";
      case "array":
        if (char === ",") return (next) => this.#beginValue(next);
        return char === "]" ? this.#pop() : "after array element";
    }
  }

  #pop(): State {
    this.#stack.pop();
    if (this.#stack.length === 0) this.#isEnd = true;
    return (next) => this.#endValue(next);
  }

  #inString(char: string): State | string {
    if (char === '"') {
      if (this.#stack.length === 0) this.#isEnd = true;
      return (next) => this.#endValue(next);
    }
    if (char === "\\") return (next) => this.#inEscape(next);
    return char < " " ? "in string literal" : (next) => this.#inString(next);
  }

  #inEscape(char: string): State | string {
    if ('bfnrt\\/"'.includes(char)) return (next) => this.#inString(next);
    return char === "u" ? this.#hexDigits(4) : "in string escape code";
  }

  #hexDigits(left: number): State {
    return (char) => {
      if (!/[0-9a-fA-F]/.test(char)) return "in \\u hexadecimal character escape";
      return left === 1 ? (next) => this.#inString(next) : this.#hexDigits(left - 1);
    };
  }

  #negative(char: string): State | string {
    if (char === "0") return (next) => this.#zero(next);
    return /[1-9]/.test(char) ? (next) => this.#digits(next) : "in numeric literal";
  }

  #digits(char: string): State | string {
    return /\d/.test(char) ? (next) => this.#digits(next) : this.#zero(char);
  }

  #zero(char: string): State | string {
    if (char === ".") return this.#needDigit("after decimal point in numeric literal", (next) => this.#fraction(next));
    if (char === "e" || char === "E") return (next) => this.#exponentSign(next);
    return this.#endValue(char);
  }

  #needDigit(problem: string, then: State): State {
    return (char) => (/\d/.test(char) ? then : problem);
  }

  #fraction(char: string): State | string {
    if (/\d/.test(char)) return (next) => this.#fraction(next);
    return char === "e" || char === "E" ? (next) => this.#exponentSign(next) : this.#endValue(char);
  }

  #exponentSign(char: string): State | string {
    const problem = "in exponent of numeric literal";
    if (char === "+" || char === "-") return this.#needDigit(problem, (next) => this.#exponent(next));
    return /\d/.test(char) ? (next) => this.#exponent(next) : problem;
  }

  #exponent(char: string): State | string {
    return /\d/.test(char) ? (next) => this.#exponent(next) : this.#endValue(char);
  }

  #literal(word: string, position: number): State {
    return (char) => {
      if (char !== word[position]) return `in literal ${word} (expecting '${word[position]}')`;
      if (position + 1 < word.length) return this.#literal(word, position + 1);
      if (this.#stack.length === 0) this.#isEnd = true;
      return (next) => this.#endValue(next);
    };
  }
}

function isSpace(char: string): boolean {
  return char === " " || char === "\t" || char === "\r" || char === "\n";
}
