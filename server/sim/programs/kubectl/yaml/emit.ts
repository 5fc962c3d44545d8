/**
 * JSON data as YAML, byte for byte as sigs.k8s.io/yaml (go-yaml v2) writes it:
 * sorted keys, lists not indented below their key, long scalars folded after column 80.
 */
import { resolvePlain } from "./parse.ts";

const BEST_WIDTH = 80;
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const TIMESTAMP = /^\d{4}-\d\d?-\d\d?(?:[Tt ]\d\d?:\d\d?:\d\d?(?:\.\d+)?(?:Z|[ ]?[+-]\d\d?(?::?\d\d)?)?)?$/;

/** A whole document, ending in a newline. */
export function emitYaml(value: unknown): string {
  const out = new Writer();
  writeNode(out, value, 0, "root");
  return out.text === "" || out.text.endsWith("\n") ? out.text : `${out.text}\n`;
}

class Writer {
  text = "";
  private lineStart = 0;

  get column(): number {
    return this.text.length - this.lineStart;
  }

  put(text: string): void {
    this.text += text;
  }

  newLine(indent: number): void {
    this.text += `\n${" ".repeat(indent)}`;
    this.lineStart = this.text.length - indent;
  }

  /** Starts the next entry of a block collection; the very first line needs no break. */
  entry(indent: number): void {
    if (this.text !== "") {
      if (!this.text.endsWith("\n")) this.text += "\n";
      this.lineStart = this.text.length;
      this.text += " ".repeat(indent);
    }
  }
}

type Place = "root" | "map" | "list";

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Go's map order: by UTF-8 bytes within letters and digits as go-yaml's keyList sorts them. */
function sortedKeys(record: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort(compareKeys);
}

const isLetter = (char: string) => /\p{L}/u.test(char);
const isDigit = (char: string) => char >= "0" && char <= "9";

/** go-yaml's natural order: runs of digits compare as numbers, letters after other characters. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let wereDigits = false;
  for (let i = 0; i < length; i++) {
    const x = a[i] as string;
    const y = b[i] as string;
    if (x === y) {
      wereDigits = isDigit(x);
      continue;
    }
    const xl = isLetter(x);
    const yl = isLetter(y);
    if (xl && yl) return x < y ? -1 : 1;
    if (xl || yl) return wereDigits === xl ? -1 : 1;
    return compareNumbers(a, b, i) || (x < y ? -1 : 1);
  }
  return a.length - b.length;
}

function compareNumbers(a: string, b: string, index: number): number {
  let start = index;
  if (a[index] === "0" || b[index] === "0") {
    let j = index - 1;
    while (j >= 0 && isDigit(a[j] as string)) {
      if (a[j] !== "0") {
        return 0;
      }
      j--;
    }
  }
  let an = 0;
  let bn = 0;
  let ai = start;
  for (; ai < a.length && isDigit(a[ai] as string); ai++) an = an * 10 + Number(a[ai]);
  start = index;
  let bi = start;
  for (; bi < b.length && isDigit(b[bi] as string); bi++) bn = bn * 10 + Number(b[bi]);
  if (an !== bn) return an - bn;
  return ai - bi;
}

function writeNode(out: Writer, value: unknown, indent: number, place: Place): void {
  if (Array.isArray(value)) writeList(out, value, indent, place);
  else if (isRecord(value)) writeMap(out, value, indent, place);
  else {
    const separator = place === "root" ? "" : " ";
    writeScalar(out, value, separator, place === "root" ? 0 : indent);
  }
}

function writeMap(out: Writer, record: Readonly<Record<string, unknown>>, indent: number, place: Place): void {
  const keys = sortedKeys(record);
  if (keys.length === 0) return out.put(place === "root" ? "{}" : " {}");
  keys.forEach((key, index) => {
    if (place === "list" && index === 0) out.put(" ");
    else out.entry(indent);
    writeKey(out, key);
    const child = record[key];
    const childIndent = Array.isArray(child) ? indent : indent + 2;
    writeNode(out, child, childIndent, "map");
  });
}

function writeKey(out: Writer, key: string): void {
  const style = styleOf(key, true);
  out.put(style === "plain" ? key : style === "single" ? `'${key.replaceAll("'", "''")}'` : escapeDouble(key));
  out.put(":");
}

function writeList(out: Writer, items: readonly unknown[], indent: number, place: Place): void {
  if (items.length === 0) return out.put(place === "root" ? "[]" : " []");
  items.forEach((item, index) => {
    if (place === "list" && index === 0) out.put(" ");
    else out.entry(indent);
    out.put("-");
    writeNode(out, item, indent + 2, "list");
  });
}

// ------------------------------------------------------------------- scalars

type Style = "plain" | "single" | "double" | "literal";

function writeScalar(out: Writer, value: unknown, separator: string, indent: number): void {
  if (value === null || value === undefined) return out.put(`${separator}null`);
  if (typeof value === "boolean" || typeof value === "number") return out.put(`${separator}${value}`);
  const text = String(value);
  const style = styleOf(text, false);
  out.put(separator);
  switch (style) {
    case "plain":
      return writePlain(out, text, indent);
    case "single":
      return writeSingle(out, text, indent);
    case "literal":
      return writeLiteral(out, text, indent);
    case "double":
      return writeDouble(out, text, indent);
    default: {
      const never: never = style;
      return never;
    }
  }
}

const FIRST_INDICATORS = "#,[]{}&*!|>'\"%@`";

interface Analysis {
  readonly isMultiline: boolean;
  readonly isPlainAllowed: boolean;
  readonly isSingleAllowed: boolean;
  readonly isBlockAllowed: boolean;
}

function isPrintable(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  if (code === 0x0a) return true;
  if (code < 0x20 || (code > 0x7e && code < 0xa0)) return false;
  return code < 0xd800 || (code > 0xdfff && code < 0xfffe && code !== 0xfeff);
}

function isBreakChar(char: string): boolean {
  return char === "\n" || char === "\r" || char === "\x85" || char === "\u2028" || char === "\u2029";
}

/** libyaml's yaml_emitter_analyze_scalar for block context. */
function analyze(text: string): Analysis {
  if (text === "") return { isMultiline: false, isPlainAllowed: true, isSingleAllowed: true, isBlockAllowed: false };
  let hasIndicator = text.startsWith("---") || text.startsWith("...");
  let hasBreak = false;
  let hasSpecial = false;
  let breakThenSpace = false;
  let spaceThenBreak = false;
  let previous: "space" | "break" | "other" = "other";
  let isAfterBlank = true;
  const chars = [...text];
  chars.forEach((char, index) => {
    const next = chars[index + 1];
    const isBeforeBlank = next === undefined || next === " " || next === "\t" || isBreakChar(next);
    if (index === 0) {
      if (FIRST_INDICATORS.includes(char)) hasIndicator = true;
      if ((char === "?" || char === ":" || char === "-") && isBeforeBlank) hasIndicator = true;
    } else if ((char === ":" && isBeforeBlank) || (char === "#" && isAfterBlank)) hasIndicator = true;
    if (!isPrintable(char)) hasSpecial = true;
    if (char === " ") {
      if (previous === "break") breakThenSpace = true;
      previous = "space";
    } else if (isBreakChar(char)) {
      hasBreak = true;
      if (previous === "space") spaceThenBreak = true;
      previous = "break";
    } else previous = "other";
    isAfterBlank = char === " " || char === "\t" || isBreakChar(char);
  });
  const first = chars[0] ?? "";
  const last = chars.at(-1) ?? "";
  const hasEdge = first === " " || last === " " || isBreakChar(first) || isBreakChar(last);
  const isBroken = spaceThenBreak || hasSpecial;
  return {
    isMultiline: hasBreak,
    isPlainAllowed: !(hasEdge || breakThenSpace || isBroken || hasBreak || hasIndicator),
    isSingleAllowed: !(breakThenSpace || isBroken),
    isBlockAllowed: !(last === " " || isBroken),
  };
}

function styleOf(text: string, isKey: boolean): Style {
  const analysis = analyze(text);
  if (text.includes("\n")) {
    return isKey || !analysis.isBlockAllowed ? "double" : "literal";
  }
  const resolved = resolvePlain(text);
  const staysText =
    typeof resolved === "string" && !BASE_60.test(text) && !TIMESTAMP.test(text) && !isSpecialFloat(text);
  if (!staysText && text !== "<<") return "double";
  if (text === "<<") return "double";
  if (analysis.isPlainAllowed && !(isKey && analysis.isMultiline)) return "plain";
  return analysis.isSingleAllowed ? "single" : "double";
}

function isSpecialFloat(text: string): boolean {
  return /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/.test(text);
}

function writePlain(out: Writer, text: string, indent: number): void {
  let wasSpace = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (char === " " && !wasSpace && out.column > BEST_WIDTH && text[i + 1] !== " ") out.newLine(indent);
    else out.put(char);
    wasSpace = char === " ";
  }
}

function writeSingle(out: Writer, text: string, indent: number): void {
  out.put("'");
  let wasSpace = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    const mayFold = char === " " && !wasSpace && i > 0 && i < text.length - 1 && text[i + 1] !== " ";
    if (mayFold && out.column > BEST_WIDTH) out.newLine(indent);
    else out.put(char === "'" ? "''" : char);
    wasSpace = char === " ";
  }
  out.put("'");
}

function writeDouble(out: Writer, text: string, indent: number): void {
  out.put('"');
  let wasSpace = false;
  const chars = [...text];
  chars.forEach((char, index) => {
    if (char === " " && !wasSpace && out.column > BEST_WIDTH && index > 0 && index < chars.length - 1) {
      out.newLine(indent);
      if (chars[index + 1] === " ") out.put("\\");
      wasSpace = true;
    } else {
      out.put(escapeChar(char));
      wasSpace = char === " ";
    }
  });
  out.put('"');
}

function escapeDouble(text: string): string {
  return `"${[...text].map(escapeChar).join("")}"`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\x1b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\x85": "\\N",
  "\xa0": "\\_",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

function escapeChar(char: string): string {
  if (char !== '"' && char !== "\\" && char !== "\n" && isPrintable(char) && !isBreakChar(char)) return char;
  const short = SHORT_ESCAPES[char];
  if (short !== undefined) return short;
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

function writeLiteral(out: Writer, text: string, indent: number): void {
  const hint = text[0] === " " || isBreakChar(text[0] ?? "") ? "2" : "";
  const chomp = !text.endsWith("\n") ? "-" : text === "\n" || text.endsWith("\n\n") ? "+" : "";
  out.put(`|${hint}${chomp}`);
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const width = Math.max(indent, 2);
  for (const line of body.split("\n")) {
    if (line === "") out.put("\n");
    else {
      out.newLine(width);
      out.put(line);
    }
  }
  if (text.endsWith("\n")) out.put("\n");
}
