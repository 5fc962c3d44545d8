/** Values as Go's fmt package prints them. */
import { compareBytes } from "./json.ts";

type Fields = Readonly<Record<string, unknown>>;

/** `%v`: `map[app:a n:2]`, `[a b]`, `<nil>`. */
export function goValue(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goValue).join(" ")}]`;
  if (typeof value === "object") {
    const record = value as Fields;
    const keys = Object.keys(record).sort(compareBytes);
    return `map[${keys.map((key) => `${key}:${goValue(record[key])}`).join(" ")}]`;
  }
  return typeof value === "number" ? goNumber(value) : String(value);
}

/** `%v` of an int64 or float64. */
export function goNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude < 1e-4 || magnitude >= 1e21) {
    return value.toExponential().replace(/e([-+])(\d)$/, "e$10$2");
  }
  return String(value);
}

/** `%#v` of decoded JSON: `map[string]interface {}{"a":1}`. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return "interface {}(nil)";
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (typeof value === "object") {
    const record = value as Fields;
    const keys = Object.keys(record)
      .filter((key) => record[key] !== undefined)
      .sort(compareBytes);
    return `map[string]interface {}{${keys.map((key) => `${goQuote(key)}:${goSyntax(record[key])}`).join(", ")}}`;
  }
  return typeof value === "string" ? goQuote(value) : goValue(value);
}

/** `%q`. */
export function goQuote(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (char === '"' || char === "\\") out += `\\${char}`;
    else if (char === "\n") out += "\\n";
    else if (char === "\t") out += "\\t";
    else if (char === "\r") out += "\\r";
    else if (char === "\x07") out += "\\a";
    else if (char === "\b") out += "\\b";
    else if (char === "\f") out += "\\f";
    else if (char === "\v") out += "\\v";
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, "0")}`;
    else out += char;
  }
  return `${out}"`;
}
