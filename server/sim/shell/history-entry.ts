/**
 * The lines of a command as one line of history: bash's `cmdhist`. Models history_delimiting_chars
 * and bash_add_history of bash 5.2, which decide by the last two tokens before each newline.
 */

/** After these a newline means nothing, so no semicolon takes its place. */
const WITHOUT_SEMICOLON: ReadonlySet<string> = new Set(
  "{ ( ; & | && || ;; ;& ;;& case do else if in then until while".split(" "),
);
/** Words after which a command, and so a reserved word, may stand. */
const BEFORE_COMMAND: ReadonlySet<string> = new Set(
  "{ ( ) ; & | && || |& ;; ;& ;;& do else elif if then until while !".split(" "),
);
const RESERVED: ReadonlySet<string> = new Set(
  "{ } ! case do done elif else esac fi for function if in select then until while".split(" "),
);
const OPERATOR = /^(?:;;&|;;|;&|&&|\|\||\|&|[;&|()])/;
const REDIRECTION = /^(?:<<<|<<-?|<>|>>|>\||[<>]&|&>>?|[<>](?!\())/;

/** Lines of one command, as typed, joined. */
export function joinLines(lines: readonly string[]): string {
  const reader = new LineReader();
  let entry = "";
  let glue = "";
  for (const line of lines) {
    // A line that is nothing but a comment, or nothing at all, is not kept.
    const isKept = reader.isInsideText || !/^\s*(?:#.*)?$/.test(line) || entry === "";
    const takesIn = reader.isAfterForName && /^\s*in\b/.test(line);
    if (isKept) {
      entry += (takesIn ? " " : glue) + line;
      glue = "";
    }
    reader.read(line);
    if (!isKept) {
      // What a comment stood before begins on a line of its own.
      if (line.trim() !== "") glue = "\n";
      continue;
    }
    glue = reader.delimiter;
    if (reader.endsWithBackslash) {
      entry = entry.slice(0, -1);
      glue = "";
    }
    if (reader.hasReadDocumentLine) {
      entry += "\n";
      glue = reader.isInsideText ? "" : glue.replace(/^;|^\n/, "");
    }
  }
  return entry;
}

/** Reads shell text line by line, as far as the choice of delimiters needs it. */
export class LineReader {
  /** Closing characters of what is open: quotes, substitutions, arrays. */
  private readonly open: string[] = [];
  private readonly documents: { readonly end: string; readonly stripsTabs: boolean }[] = [];
  private tokens: [string, string] = ["", ""];
  private caseDepth = 0;
  private hasComment = false;
  private isLineStart = true;
  endsWithBackslash = false;
  hasReadDocumentLine = false;

  /** Within quotes or a here-document, where lines are what they are. */
  get isInsideText(): boolean {
    return this.open.length > 0 || this.documents.length > 0;
  }

  /** Here-documents and single quotes keep their exclamation marks. */
  get expandsHistory(): boolean {
    return this.documents.length === 0 && this.open.at(-1) !== "'";
  }

  get isInDoubleQuotes(): boolean {
    return this.open.at(-1) === '"';
  }

  /** Whether more lines of a here-document are due. */
  get isInDocument(): boolean {
    return this.documents.length > 0;
  }

  get isAfterForName(): boolean {
    return this.tokens[0] === "for";
  }

  /** What goes between the lines read so far and the next. */
  get delimiter(): string {
    const inner = this.open.at(-1);
    if (inner === ARRAY_END) return " ";
    if (inner !== undefined || this.documents.length > 0 || this.hasComment) return "\n";
    const [before, last] = this.tokens;
    if (last === ")") return before === "(" || this.caseDepth > 0 ? " " : "; ";
    if (before === "function" || (before === "case" && this.caseDepth > 0)) return " ";
    if (before === "for") return ";";
    return WITHOUT_SEMICOLON.has(last) ? " " : "; ";
  }

  read(line: string): void {
    this.endsWithBackslash = false;
    this.hasComment = false;
    const [document] = this.documents;
    this.hasReadDocumentLine = document !== undefined && this.open.length === 0;
    if (this.hasReadDocumentLine && document) {
      if ((document.stripsTabs ? line.replace(/^\t+/, "") : line) === document.end) this.documents.shift();
      return;
    }
    this.isLineStart = true;
    let at = 0;
    while (at < line.length) at = this.open.length > 0 ? this.readInside(line, at) : this.readToken(line, at);
  }

  private push(token: string): void {
    this.tokens = [this.tokens[1], token];
    this.isLineStart = false;
    if (token === "case") this.caseDepth++;
    if (token === "esac" && this.caseDepth > 0) this.caseDepth--;
  }

  private get isAtCommand(): boolean {
    return this.isLineStart || BEFORE_COMMAND.has(this.tokens[1]);
  }

  /** Reads one token that begins at `at`; gives where the next one may begin. */
  private readToken(line: string, at: number): number {
    const rest = line.slice(at);
    const blanks = /^\s+/.exec(rest);
    if (blanks) return at + blanks[0].length;
    if (rest.startsWith("#")) {
      this.hasComment = true;
      return line.length;
    }
    if (rest === "\\") {
      this.endsWithBackslash = true;
      return line.length;
    }
    const document = /^<<(-?)\s*(\\?[^\s;&|<>()]+)/.exec(rest);
    if (document && !rest.startsWith("<<<")) {
      this.documents.push({ end: (document[2] ?? "").replace(/["'\\]/g, ""), stripsTabs: document[1] === "-" });
      return at + document[0].length;
    }
    const redirection = REDIRECTION.exec(rest);
    if (redirection) return at + redirection[0].length;
    const operator = OPERATOR.exec(rest);
    if (operator) {
      this.push(operator[0]);
      return at + operator[0].length;
    }
    return this.readWord(line, at);
  }

  private readWord(line: string, start: number): number {
    let at = start;
    while (at < line.length && !/[\s;&|()<>]/.test(line.charAt(at))) {
      const opened = openedBy(line, at);
      if (opened) {
        this.open.push(opened.end);
        at += opened.length;
        while (at < line.length && this.open.length > 0) at = this.readInside(line, at);
        if (this.open.length > 0) break;
      } else if (line.charAt(at) === "\\") {
        if (at + 1 === line.length) this.endsWithBackslash = true;
        at += 2;
      } else at++;
    }
    const word = line.slice(start, at);
    const isReserved = RESERVED.has(word) && (this.isAtCommand || word === "in" || word === "do");
    this.push(isReserved ? word : "word");
    return Math.max(at, start + 1);
  }

  /** One step within quotes, a substitution or an array. */
  private readInside(line: string, at: number): number {
    const end = this.open.at(-1);
    const character = line.charAt(at);
    if (character === (end === ARRAY_END ? ")" : end)) {
      this.open.pop();
      return at + 1;
    }
    if (end === "'") return at + 1;
    if (character === "\\") return at + 2;
    const opened = openedBy(line, at);
    // Single quotes mean nothing within double quotes.
    if (opened && !(end === '"' && !opened.isSubstitution)) {
      this.open.push(opened.end);
      return at + opened.length;
    }
    if (character === "(" && end === ")") this.open.push(")");
    return at + 1;
  }
}

const ARRAY_END = "array";

/** What the characters at `at` open: quotes, `$(…)`, `${…}`, backquotes, `name=(`. */
function openedBy(
  line: string,
  at: number,
): { readonly end: string; readonly length: number; readonly isSubstitution: boolean } | undefined {
  const character = line.charAt(at);
  const next = line.charAt(at + 1);
  if (character === "'" || character === '"') return { end: character, length: 1, isSubstitution: false };
  if (character === "`") return { end: character, length: 1, isSubstitution: true };
  if (character === "$" && next === "(") return { end: ")", length: 2, isSubstitution: true };
  if (character === "$" && next === "{") return { end: "}", length: 2, isSubstitution: true };
  if (character === "=" && next === "(") return { end: ARRAY_END, length: 2, isSubstitution: false };
  return undefined;
}
