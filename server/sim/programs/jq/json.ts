/** Reading JSON texts as they come, with the complaints of jq 1.6 and their places. */
import { type Json, JqError } from "./values.ts";

/** What is wrong with a text: `Invalid numeric literal at line 1, column 3`. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
}

const MAX_DEPTH = 256;
const NOTHING = Symbol("no value yet");
type Pending = Json | typeof NOTHING;
type Open = { readonly kind: "array"; readonly items: Json[] } | OpenObject;
interface OpenObject {
  readonly kind: "object";
  readonly entries: Map<string, Json>;
  /** The key whose value is being read. */
  key: string | null;
}

/** Takes text piece by piece; complete values wait in `values`. Throws `JsonSyntaxError`. */
export class JsonReader {
  readonly values: Json[] = [];
  private readonly stack: Open[] = [];
  private next: Pending = NOTHING;
  private literal = "";
  private string: string | null = null;
  private isEscaped = false;
  private line = 1;
  private column = 0;

  feed(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const char = text[at] ?? "";
      this.column++;
      if (char === "\n") {
        this.line++;
        this.column = 0;
      }
      this.scan(char);
    }
  }

  /** The text is over. */
  end(): void {
    if (this.string !== null) throw this.error("Unfinished string", true);
    this.finishLiteral(true);
    if (this.stack.length > 0) throw this.error("Unfinished JSON term", true);
    this.emit();
  }

  private error(message: string, isAtEnd = false): JsonSyntaxError {
    return new JsonSyntaxError(`${message} at ${isAtEnd ? "EOF at " : ""}line ${this.line}, column ${this.column}`);
  }

  private scan(char: string): void {
    if (this.string !== null) return this.scanString(char);
    switch (char) {
      case " ":
      case "\t":
      case "\r":
      case "\n":
        this.finishLiteral(false);
        if (this.stack.length === 0) this.emit();
        return;
      case '"':
        this.finishLiteral(false);
        if (this.stack.length === 0) this.emit();
        this.string = "";
        return;
      case "[":
      case "{":
      case "]":
      case "}":
      case ",":
      case ":":
        this.finishLiteral(false);
        if (this.stack.length === 0) this.emit();
        this.structure(char);
        if (this.stack.length === 0) this.emit();
        return;
      default:
        if (this.literal === "" && this.stack.length === 0) this.emit();
        this.literal += char;
    }
  }

  private scanString(char: string): void {
    if (this.isEscaped) this.isEscaped = false;
    else if (char === "\\") this.isEscaped = true;
    else if (char === '"') {
      const raw = this.string ?? "";
      this.string = null;
      const text = unescapeString(raw);
      if (text.error !== null) throw this.error(text.error);
      this.value(text.text);
      if (this.stack.length === 0) this.emit();
      return;
    }
    this.string += char;
  }

  private emit(): void {
    if (this.next === NOTHING) return;
    this.values.push(this.next);
    this.next = NOTHING;
  }

  private value(value: Json, isAtEnd = false): void {
    if (this.next !== NOTHING) throw this.error("Expected separator between values", isAtEnd);
    this.next = value;
  }

  private finishLiteral(isAtEnd: boolean): void {
    if (this.literal === "") return;
    const text = this.literal;
    this.literal = "";
    if (text === "nan") return this.value(Number.NaN, isAtEnd);
    const word = { t: "true", f: "false", n: "null" }[text[0] ?? ""];
    if (word !== undefined && !(text[0] === "n" && text.length === 3)) {
      if (text !== word) throw this.error("Invalid literal", isAtEnd);
      return this.value(text === "true" ? true : text === "false" ? false : null, isAtEnd);
    }
    if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) throw this.error("Invalid numeric literal", isAtEnd);
    this.value(Number(text), isAtEnd);
  }

  private structure(char: string): void {
    const top = this.stack.at(-1);
    const { next } = this;
    switch (char) {
      case "[":
      case "{":
        if (this.stack.length >= MAX_DEPTH) throw this.error("Exceeds depth limit for parsing");
        if (next !== NOTHING) throw this.error("Expected separator between values");
        this.stack.push(
          char === "[" ? { kind: "array", items: [] } : { kind: "object", entries: new Map(), key: null },
        );
        return;
      case ":":
        if (next === NOTHING) throw this.error("Expected string key before ':'");
        if (top?.kind !== "object" || top.key !== null) throw this.error("':' not as part of an object");
        if (typeof next !== "string") throw this.error("Object keys must be strings");
        top.key = next;
        this.next = NOTHING;
        return;
      case ",":
        if (next === NOTHING) throw this.error("Expected value before ','");
        if (!top) throw this.error("',' not as part of an object or array");
        this.addTo(top, next);
        return;
      case "]":
        if (!top) throw this.error("Unmatched ']'");
        if (top.kind !== "array") throw this.error("Unmatched ']' in the middle of an object");
        if (next !== NOTHING) this.addTo(top, next);
        else if (top.items.length > 0) throw this.error("Expected another array element");
        this.stack.pop();
        this.next = top.items;
        return;
      default:
        if (!top) throw this.error("Unmatched '}'");
        if (top.kind !== "object") throw this.error("Unmatched '}' in the middle of an array");
        if (next !== NOTHING) this.addTo(top, next);
        else if (top.entries.size > 0 || top.key !== null) throw this.error("Expected another key-value pair");
        this.stack.pop();
        this.next = top.entries;
    }
  }

  private addTo(top: Open, value: Json): void {
    if (top.kind === "array") top.items.push(value);
    else {
      if (top.key === null) throw this.error("Objects must consist of key:value pairs");
      top.entries.set(top.key, value);
      top.key = null;
    }
    this.next = NOTHING;
  }
}

const SHORT: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** The inside of a JSON string, its escapes resolved; half a surrogate pair becomes U+FFFD. */
export function unescapeString(raw: string): { readonly text: string; readonly error: string | null } {
  let error: string | null = null;
  const text = raw.replace(/\\(u[0-9a-fA-F]{4}|[\s\S]|$)/g, (_, sequence: string) => {
    const first = sequence[0] ?? "";
    if (first === "u" && sequence.length === 5) return String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
    if (first !== "" && '"\\/'.includes(first)) return first;
    const short = SHORT[first];
    if (short === undefined) error = "Invalid escape";
    return short ?? "";
  });
  return { text: text.replace(/\p{Surrogate}/gu, "\ufffd"), error };
}

/** One value of a text (`fromjson`, `tonumber`, `--argjson`). Throws `JqError` with jq's message. */
export function parseJson(text: string): Json {
  const reader = new JsonReader();
  try {
    reader.feed(text);
    reader.end();
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new JqError(`${error.message} (while parsing '${text}')`);
  }
  if (reader.values.length > 1) throw new JqError(`Unexpected extra JSON values (while parsing '${text}')`);
  if (reader.values.length === 0) throw new JqError(`Expected JSON value (while parsing '${text}')`);
  return reader.values[0] ?? null;
}
