/** What an awk program remembers: its variables, and the current record with its fields. */
import { compileRegex } from "../toolkit/posix-regex.ts";
import { AwkError } from "./awk-error.ts";
import { sprintf } from "./sprintf.ts";
import { toNumber, toText, type Value } from "./values.ts";

export type AwkArray = Map<string, Value>;
export type Variables = Map<string, Value | AwkArray>;

const MAX_CACHED_REGEXES = 200;

export class Memory {
  private readonly globals: Variables;
  /** The variables of the function that runs; null outside of functions. */
  private locals: Variables | null = null;
  private record = "";
  private fields: string[] = [];
  private fieldsAreSplit = true;
  /** A field was changed: the record must be joined again. */
  private recordIsStale = false;
  private readonly regexes = new Map<string, RegExp>();

  constructor(operands: readonly string[], environment: ReadonlyMap<string, string>) {
    this.globals = new Map<string, Value | AwkArray>([
      ["FS", " "],
      ["OFS", " "],
      ["ORS", "\n"],
      ["RS", "\n"],
      ["NR", 0],
      ["NF", 0],
      ["FNR", 0],
      ["SUBSEP", "\u001c"],
      ["CONVFMT", "%.6g"],
      ["OFMT", "%.6g"],
      ["RSTART", 0],
      ["RLENGTH", -1],
      ["FILENAME", ""],
      ["ARGC", operands.length + 1],
      ["ERRNO", ""],
      ["ENVIRON", new Map([...environment].map(([name, value]) => [name, { text: value }]))],
      [
        "ARGV",
        new Map<string, Value>(
          ["awk", ...operands].map((text, index) => [String(index), index === 0 ? text : { text }]),
        ),
      ],
    ]);
  }

  /** Makes these the local variables and returns those before, which the caller puts back. */
  enter(locals: Variables | null): Variables | null {
    const before = this.locals;
    this.locals = locals;
    return before;
  }

  lookUp(name: string): Value | AwkArray | undefined {
    return this.locals?.get(name) ?? this.globals.get(name);
  }

  setRecord(text: string): void {
    this.record = text;
    this.fieldsAreSplit = false;
    this.recordIsStale = false;
  }

  recordText(): string {
    if (this.recordIsStale) {
      this.record = this.fields.join(this.text(this.get("OFS")));
      this.recordIsStale = false;
    }
    return this.record;
  }

  private splitRecord(): void {
    if (this.fieldsAreSplit) return;
    this.fieldsAreSplit = true;
    const separator = this.text(this.get("FS"));
    const isParagraph = this.text(this.get("RS")) === "";
    this.fields = this.split(this.record, isParagraph && separator !== " " ? `${separator}|\n` : separator);
    this.globals.set("NF", this.fields.length);
  }

  split(text: string, separator: string | RegExp): string[] {
    if (separator === " ") return text.split(/[ \t\n]+/).filter((part) => part !== "");
    if (text === "") return [];
    if (separator === "") return [...text];
    if (typeof separator === "string" && separator.length === 1 && separator !== "\\") return text.split(separator);
    const regex = typeof separator === "string" ? this.regex(separator) : separator;
    // JavaScript's split returns groups too.
    const parts: string[] = [];
    let at = 0;
    regex.lastIndex = 0;
    for (const match of text.matchAll(regex)) {
      if (match[0] === "") continue;
      parts.push(text.slice(at, match.index));
      at = match.index + match[0].length;
    }
    parts.push(text.slice(at));
    return parts;
  }

  getField(index: number): Value {
    if (index < 0) throw new AwkError("trying to access out of range field -1");
    if (index === 0) {
      this.splitRecord();
      return { text: this.recordText() };
    }
    this.splitRecord();
    const field = this.fields[index - 1];
    return field === undefined ? { text: "" } : { text: field };
  }

  setField(index: number, value: Value): void {
    const text = this.text(value);
    if (index === 0) {
      this.setRecord(text);
      return;
    }
    this.splitRecord();
    while (this.fields.length < index) this.fields.push("");
    this.fields[index - 1] = text;
    this.globals.set("NF", this.fields.length);
    this.recordIsStale = true;
  }

  text(value: Value, format = "CONVFMT"): string {
    return toText(value, (number) => this.formatNumber(number, format));
  }

  private formatNumber(value: number, format: string): string {
    const spec = this.globals.get(format);
    return sprintf(typeof spec === "string" ? spec : "%.6g", [value], (inner) => this.text(inner));
  }

  get(name: string): Value {
    if (name === "NF") this.splitRecord();
    const value = this.lookUp(name);
    if (value instanceof Map) throw new AwkError(`can't use array ${name} in scalar context`);
    return value ?? { text: "" };
  }

  set(name: string, value: Value): void {
    if (this.locals?.has(name)) {
      this.locals.set(name, value);
      return;
    }
    if (name === "NF") {
      this.splitRecord();
      const count = Math.max(0, Math.floor(toNumber(value)));
      while (this.fields.length < count) this.fields.push("");
      this.fields.length = count;
      this.recordIsStale = true;
    }
    this.globals.set(name, value);
  }

  /** `-v name=text`: escapes are read, the value may look numeric. */
  assignText(name: string, text: string): void {
    this.set(name, { text });
  }

  array(name: string): AwkArray {
    const scope = this.locals?.has(name) ? this.locals : this.globals;
    const existing = scope.get(name);
    if (existing instanceof Map) return existing;
    const isUnset = existing === undefined || (typeof existing === "object" && existing.text === "");
    if (!isUnset) throw new AwkError(`can't use scalar ${name} as array`);
    const created: AwkArray = new Map();
    scope.set(name, created);
    return created;
  }

  regex(source: string): RegExp {
    const cached = this.regexes.get(source);
    if (cached) return cached;
    if (this.regexes.size >= MAX_CACHED_REGEXES) this.regexes.clear();
    const regex = compileRegex(source, { syntax: "extended", isGlobal: true });
    this.regexes.set(source, regex);
    return regex;
  }
}
