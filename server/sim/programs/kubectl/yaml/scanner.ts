/**
 * Tokens of YAML 1.1 text, with the error messages and line numbers of go-yaml v2
 * (itself libyaml's): learners see these words when a manifest is malformed.
 * Left out: %TAG directives, verbatim tags, UTF-16.
 */

/** `line` is counted from 0, as libyaml's marks are. */
export interface Mark {
  readonly line: number;
  readonly column: number;
}

export type TokenType =
  | "stream-end"
  | "directive"
  | "document-start"
  | "document-end"
  | "block-sequence-start"
  | "block-mapping-start"
  | "block-end"
  | "flow-sequence-start"
  | "flow-sequence-end"
  | "flow-mapping-start"
  | "flow-mapping-end"
  | "block-entry"
  | "flow-entry"
  | "key"
  | "value"
  | "alias"
  | "anchor"
  | "tag"
  | "scalar";

export interface Token {
  readonly type: TokenType;
  readonly mark: Mark;
  /** Where the token ends; parser errors of block collections do not need it. */
  readonly value: string;
  readonly isPlain: boolean;
}

/** Malformed YAML; the message is go-yaml's, `yaml: line 8: …`. */
export class YamlError extends Error {
  /** Scanner errors count lines from the problem itself, parser errors (by a quirk of go-yaml) one less. */
  static at(mark: Mark, problem: string, isScanner: boolean): YamlError {
    const line = mark.line === 0 ? 0 : mark.line + (isScanner ? 1 : 0);
    return new YamlError(`yaml: ${line === 0 ? "" : `line ${line}: `}${problem}`);
  }
}

interface SimpleKey {
  isRequired: boolean;
  tokenNumber: number;
  mark: Mark;
  index: number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\x1b",
  " ": " ",
  '"': '"',
  "/": "/",
  "\\": "\\",
  N: "\x85",
  _: "\xa0",
  L: "\u2028",
  P: "\u2029",
};
const HEX_LENGTHS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

export class Scanner {
  private position = 0;
  private line = 0;
  private column = 0;
  private readonly tokens: Token[] = [];
  private tokensTaken = 0;
  private readonly indents: number[] = [];
  private indent = -1;
  private flowLevel = 0;
  private isSimpleKeyAllowed = true;
  private readonly simpleKeys: (SimpleKey | null)[] = [null];
  private isStreamEnded = false;

  constructor(private readonly text: string) {}

  peek(): Token {
    while (this.needsMore()) this.fetch();
    return this.tokens[0] as Token;
  }

  next(): Token {
    const token = this.peek();
    this.tokens.shift();
    this.tokensTaken++;
    return token;
  }

  private needsMore(): boolean {
    if (this.isStreamEnded) return false;
    if (this.tokens.length === 0) return true;
    this.dropStaleKeys();
    return this.simpleKeys.some((key) => key !== null && key.tokenNumber === this.tokensTaken);
  }

  private mark(): Mark {
    return { line: this.line, column: this.column };
  }

  private fail(problem: string, mark: Mark = this.mark()): never {
    throw YamlError.at(mark, problem, true);
  }

  private at(offset = 0): string {
    return this.text[this.position + offset] ?? "";
  }

  private isBreak(offset = 0): boolean {
    const char = this.at(offset);
    return char === "\n" || char === "\r" || char === "\x85" || char === "\u2028" || char === "\u2029";
  }

  private isBlank(offset = 0): boolean {
    const char = this.at(offset);
    return char === " " || char === "\t";
  }

  private isBlankOrEnd(offset = 0): boolean {
    return this.isBlank(offset) || this.isBreak(offset) || this.at(offset) === "";
  }

  private skip(count = 1): void {
    this.position += count;
    this.column += count;
  }

  private skipLine(): string {
    const isCrLf = this.at() === "\r" && this.at(1) === "\n";
    const char = this.at();
    this.position += isCrLf ? 2 : 1;
    this.line++;
    this.column = 0;
    return char === "\u2028" || char === "\u2029" ? char : "\n";
  }

  private push(type: TokenType, mark: Mark, value = "", isPlain = false): void {
    this.tokens.push({ type, mark, value, isPlain });
  }

  // ------------------------------------------------------------- simple keys

  private dropStaleKeys(): void {
    for (let level = 0; level < this.simpleKeys.length; level++) {
      const key = this.simpleKeys[level];
      if (key && (key.mark.line < this.line || key.index + 1024 < this.position)) {
        if (key.isRequired) this.fail("could not find expected ':'");
        this.simpleKeys[level] = null;
      }
    }
  }

  private saveSimpleKey(): void {
    if (!this.isSimpleKeyAllowed) return;
    this.removeSimpleKey();
    this.simpleKeys[this.simpleKeys.length - 1] = {
      isRequired: this.flowLevel === 0 && this.indent === this.column,
      tokenNumber: this.tokensTaken + this.tokens.length,
      mark: this.mark(),
      index: this.position,
    };
  }

  private removeSimpleKey(): void {
    const key = this.simpleKeys.at(-1);
    if (key?.isRequired) this.fail("could not find expected ':'");
    this.simpleKeys[this.simpleKeys.length - 1] = null;
  }

  private rollIndent(column: number, type: TokenType, mark: Mark, tokenNumber = -1): void {
    if (this.flowLevel > 0 || this.indent >= column) return;
    this.indents.push(this.indent);
    this.indent = column;
    const token: Token = { type, mark, value: "", isPlain: false };
    if (tokenNumber < 0) this.tokens.push(token);
    else this.tokens.splice(tokenNumber - this.tokensTaken, 0, token);
  }

  private unrollIndent(column: number): void {
    if (this.flowLevel > 0) return;
    while (this.indent > column) {
      this.push("block-end", this.mark());
      this.indent = this.indents.pop() ?? -1;
    }
  }

  // ------------------------------------------------------------------- fetch

  private fetch(): void {
    this.scanToNextToken();
    this.dropStaleKeys();
    this.unrollIndent(this.column);
    const char = this.at();
    if (char === "") return this.fetchStreamEnd();
    if (this.column === 0) {
      if (char === "%") return this.fetchDirective();
      if (this.isDocumentIndicator("---")) return this.fetchDocumentIndicator("document-start");
      if (this.isDocumentIndicator("...")) return this.fetchDocumentIndicator("document-end");
    }
    switch (char) {
      case "[":
        return this.fetchFlowStart("flow-sequence-start");
      case "{":
        return this.fetchFlowStart("flow-mapping-start");
      case "]":
        return this.fetchFlowEnd("flow-sequence-end");
      case "}":
        return this.fetchFlowEnd("flow-mapping-end");
      case ",":
        return this.fetchFlowEntry();
      case "*":
        return this.fetchAnchor("alias");
      case "&":
        return this.fetchAnchor("anchor");
      case "!":
        return this.fetchTag();
      case "'":
      case '"':
        return this.fetchQuoted(char);
      default:
    }
    if (char === "-" && this.isBlankOrEnd(1)) return this.fetchBlockEntry();
    if (char === "?" && (this.flowLevel > 0 || this.isBlankOrEnd(1))) return this.fetchKey();
    if (char === ":" && (this.flowLevel > 0 || this.isBlankOrEnd(1))) return this.fetchValue();
    if ((char === "|" || char === ">") && this.flowLevel === 0) return this.fetchBlockScalar(char);
    const startsPlain =
      !(this.isBlankOrEnd() || "-?:,[]{}#&*!|>'\"%@`".includes(char)) ||
      (char === "-" && !this.isBlank(1)) ||
      (this.flowLevel === 0 && (char === "?" || char === ":") && !this.isBlankOrEnd(1));
    if (startsPlain) return this.fetchPlain();
    this.fail("found character that cannot start any token");
  }

  private isDocumentIndicator(text: string): boolean {
    return this.text.startsWith(text, this.position) && this.isBlankOrEnd(3);
  }

  private scanToNextToken(): void {
    for (;;) {
      while (this.at() === " " || ((this.flowLevel > 0 || !this.isSimpleKeyAllowed) && this.at() === "\t")) this.skip();
      if (this.at() === "\uFEFF") this.skip();
      if (this.at() === "#") while (this.at() !== "" && !this.isBreak()) this.skip();
      if (!this.isBreak()) return;
      this.skipLine();
      if (this.flowLevel === 0) this.isSimpleKeyAllowed = true;
    }
  }

  private fetchStreamEnd(): void {
    if (this.column !== 0) {
      this.column = 0;
      this.line++;
    }
    this.unrollIndent(-1);
    this.removeSimpleKey();
    this.isSimpleKeyAllowed = false;
    this.push("stream-end", this.mark());
    this.isStreamEnded = true;
  }

  private fetchDirective(): void {
    this.unrollIndent(-1);
    this.removeSimpleKey();
    this.isSimpleKeyAllowed = false;
    const mark = this.mark();
    while (this.at() !== "" && !this.isBreak()) this.skip();
    this.push("directive", mark);
  }

  private fetchDocumentIndicator(type: TokenType): void {
    this.unrollIndent(-1);
    this.removeSimpleKey();
    this.isSimpleKeyAllowed = false;
    this.push(type, this.mark());
    this.skip(3);
  }

  private fetchFlowStart(type: TokenType): void {
    this.saveSimpleKey();
    this.simpleKeys.push(null);
    this.flowLevel++;
    this.isSimpleKeyAllowed = true;
    this.push(type, this.mark());
    this.skip();
  }

  private fetchFlowEnd(type: TokenType): void {
    this.removeSimpleKey();
    if (this.flowLevel > 0) {
      this.flowLevel--;
      this.simpleKeys.pop();
    }
    this.isSimpleKeyAllowed = false;
    this.push(type, this.mark());
    this.skip();
  }

  private fetchFlowEntry(): void {
    this.removeSimpleKey();
    this.isSimpleKeyAllowed = true;
    this.push("flow-entry", this.mark());
    this.skip();
  }

  private fetchBlockEntry(): void {
    if (this.flowLevel === 0) {
      if (!this.isSimpleKeyAllowed) this.fail("block sequence entries are not allowed in this context");
      this.rollIndent(this.column, "block-sequence-start", this.mark());
    }
    this.removeSimpleKey();
    this.isSimpleKeyAllowed = true;
    this.push("block-entry", this.mark());
    this.skip();
  }

  private fetchKey(): void {
    if (this.flowLevel === 0) {
      if (!this.isSimpleKeyAllowed) this.fail("mapping keys are not allowed in this context");
      this.rollIndent(this.column, "block-mapping-start", this.mark());
    }
    this.removeSimpleKey();
    this.isSimpleKeyAllowed = this.flowLevel === 0;
    this.push("key", this.mark());
    this.skip();
  }

  private fetchValue(): void {
    const key = this.simpleKeys.at(-1);
    if (key) {
      const token: Token = { type: "key", mark: key.mark, value: "", isPlain: false };
      this.tokens.splice(key.tokenNumber - this.tokensTaken, 0, token);
      this.rollIndent(key.mark.column, "block-mapping-start", key.mark, key.tokenNumber);
      this.simpleKeys[this.simpleKeys.length - 1] = null;
      this.isSimpleKeyAllowed = false;
    } else {
      if (this.flowLevel === 0) {
        if (!this.isSimpleKeyAllowed) this.fail("mapping values are not allowed in this context");
        this.rollIndent(this.column, "block-mapping-start", this.mark());
      }
      this.isSimpleKeyAllowed = this.flowLevel === 0;
    }
    this.push("value", this.mark());
    this.skip();
  }

  private fetchAnchor(type: "alias" | "anchor"): void {
    this.saveSimpleKey();
    this.isSimpleKeyAllowed = false;
    const mark = this.mark();
    this.skip();
    const name = /^[\w-]*/.exec(this.text.slice(this.position, this.position + 256))?.[0] ?? "";
    this.skip(name.length);
    if (name === "" || !(this.isBlankOrEnd() || "?:,]}%@`".includes(this.at()))) {
      this.fail("did not find expected alphabetic or numeric character", mark);
    }
    this.push(type, mark, name);
  }

  private fetchTag(): void {
    this.saveSimpleKey();
    this.isSimpleKeyAllowed = false;
    const mark = this.mark();
    let tag = "";
    while (!this.isBlankOrEnd() && !(this.flowLevel > 0 && ",]}".includes(this.at()))) {
      tag += this.at();
      this.skip();
    }
    this.push("tag", mark, tag);
  }

  // ----------------------------------------------------------------- scalars

  private fetchBlockScalar(style: "|" | ">"): void {
    this.removeSimpleKey();
    this.isSimpleKeyAllowed = true;
    const mark = this.mark();
    this.skip();
    let chomping: "" | "+" | "-" = "";
    let increment = 0;
    for (let i = 0; i < 2; i++) {
      const char = this.at();
      if ((char === "+" || char === "-") && chomping === "") chomping = char;
      else if (/^\d$/.test(char) && increment === 0) {
        if (char === "0") this.fail("found an indentation indicator equal to 0", mark);
        increment = Number(char);
      } else break;
      this.skip();
    }
    while (this.isBlank()) this.skip();
    if (this.at() === "#") while (this.at() !== "" && !this.isBreak()) this.skip();
    if (!this.isBreak() && this.at() !== "") this.fail("did not find expected comment or line break", mark);
    if (this.isBreak()) this.skipLine();
    this.scanBlockScalarBody(style, mark, chomping, increment);
  }

  private scanBlockScalarBody(style: "|" | ">", mark: Mark, chomping: "" | "+" | "-", increment: number): void {
    let indent = increment === 0 ? 0 : Math.max(this.indent, 0) + increment;
    let value = "";
    let leadingBreak = "";
    const breaks = { text: "" };
    let wasBlank = false;
    indent = this.scanBlockBreaks(indent, breaks, mark);
    while (this.column === indent && this.at() !== "") {
      const isBlank = this.isBlank();
      if (style === ">" && leadingBreak.startsWith("\n") && !wasBlank && !isBlank) {
        if (breaks.text === "") value += " ";
      } else {
        value += leadingBreak;
      }
      leadingBreak = "";
      value += breaks.text;
      breaks.text = "";
      wasBlank = isBlank;
      const start = this.position;
      while (this.at() !== "" && !this.isBreak()) this.skip();
      value += this.text.slice(start, this.position);
      if (this.isBreak()) leadingBreak = this.skipLine();
      indent = this.scanBlockBreaks(indent, breaks, mark);
    }
    if (chomping !== "-") value += leadingBreak;
    if (chomping === "+") value += breaks.text;
    this.push("scalar", mark, value);
  }

  private scanBlockBreaks(given: number, breaks: { text: string }, mark: Mark): number {
    let indent = given;
    let widest = 0;
    for (;;) {
      while ((indent === 0 || this.column < indent) && this.at() === " ") this.skip();
      widest = Math.max(widest, this.column);
      if ((indent === 0 || this.column < indent) && this.at() === "\t") {
        this.fail("found a tab character where an indentation space is expected", mark);
      }
      if (!this.isBreak()) break;
      breaks.text += this.skipLine();
    }
    if (indent === 0) indent = Math.max(widest, this.indent + 1, 1);
    return indent;
  }

  private fetchQuoted(quote: string): void {
    this.saveSimpleKey();
    this.isSimpleKeyAllowed = false;
    const mark = this.mark();
    this.skip();
    let value = "";
    for (;;) {
      if (this.column === 0 && (this.isDocumentIndicator("---") || this.isDocumentIndicator("..."))) {
        this.fail("found unexpected document indicator");
      }
      if (this.at() === "") this.fail("found unexpected end of stream");
      let hasFoldedLine = false;
      while (!this.isBlankOrEnd()) {
        const char = this.at();
        if (quote === "'" && char === "'" && this.at(1) === "'") {
          value += "'";
          this.skip(2);
        } else if (char === quote) {
          break;
        } else if (quote === '"' && char === "\\" && this.isBreak(1)) {
          this.skip();
          this.skipLine();
          hasFoldedLine = true;
          break;
        } else if (quote === '"' && char === "\\") {
          value += this.scanEscape(mark);
        } else {
          value += char;
          this.skip();
        }
      }
      if (this.at() === quote) break;
      value += this.scanFold(hasFoldedLine);
    }
    this.skip();
    this.push("scalar", mark, value);
  }

  /** Blanks and line breaks inside a scalar, folded: the text that stands for them. */
  private scanFold(isEscaped: boolean): string {
    let blanks = "";
    let firstBreak = "";
    let moreBreaks = "";
    let hasBreak = isEscaped;
    while (this.isBlank() || this.isBreak()) {
      if (this.isBlank()) {
        if (!hasBreak) blanks += this.at();
        this.skip();
      } else if (!hasBreak) {
        blanks = "";
        firstBreak = this.skipLine();
        hasBreak = true;
      } else {
        moreBreaks += this.skipLine();
      }
    }
    if (!hasBreak) return blanks;
    if (firstBreak === "") return moreBreaks;
    return moreBreaks === "" ? " " : moreBreaks;
  }

  private scanEscape(mark: Mark): string {
    const code = this.at(1);
    const plain = ESCAPES[code];
    if (plain !== undefined) {
      this.skip(2);
      return plain;
    }
    const length = HEX_LENGTHS[code];
    if (length === undefined) this.fail("found unknown escape character");
    const digits = this.text.slice(this.position + 2, this.position + 2 + length);
    if (digits.length < length || !/^[\da-f]+$/i.test(digits)) this.fail("did not find expected hexdecimal number");
    const point = Number.parseInt(digits, 16);
    if ((point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff)
      this.fail("found invalid Unicode character escape code", mark);
    this.skip(2 + length);
    return String.fromCodePoint(point);
  }

  private fetchPlain(): void {
    this.saveSimpleKey();
    this.isSimpleKeyAllowed = false;
    const mark = this.mark();
    let value = "";
    let pending = "";
    let hasBreak = false;
    const indent = this.indent + 1;
    for (;;) {
      if (this.column === 0 && (this.isDocumentIndicator("---") || this.isDocumentIndicator("..."))) break;
      if (this.at() === "#") break;
      const start = this.position;
      while (!this.isBlankOrEnd()) {
        const char = this.at();
        if (char === ":" && (this.isBlankOrEnd(1) || (this.flowLevel > 0 && ",?[]{}".includes(this.at(1))))) break;
        if (this.flowLevel > 0 && (",[]{}".includes(char) || (char === "?" && this.isBlankOrEnd(1)))) break;
        this.skip();
      }
      if (this.position > start) {
        value += pending + this.text.slice(start, this.position);
        hasBreak = false;
      }
      if (!(this.isBlank() || this.isBreak())) break;
      const fold = this.scanPlainFold(indent, mark);
      pending = fold.text;
      hasBreak = fold.hasBreak;
      if (this.flowLevel === 0 && this.column < indent) break;
      if (this.position === start) break;
    }
    if (hasBreak) this.isSimpleKeyAllowed = true;
    this.push("scalar", mark, value, true);
  }

  private scanPlainFold(indent: number, mark: Mark): { text: string; hasBreak: boolean } {
    let blanks = "";
    let moreBreaks = "";
    let hasBreak = false;
    while (this.isBlank() || this.isBreak()) {
      if (this.isBlank()) {
        if (hasBreak && this.column < indent && this.at() === "\t") {
          this.fail("found a tab character that violates indentation", mark);
        }
        if (!hasBreak) blanks += this.at();
        this.skip();
      } else if (!hasBreak) {
        this.skipLine();
        hasBreak = true;
      } else {
        moreBreaks += this.skipLine();
      }
    }
    return { text: hasBreak ? moreBreaks || " " : blanks, hasBreak };
  }
}
