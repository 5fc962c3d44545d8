/** The `@name` formats (jq 1.6). */
import { decode, encode } from "../coreutils/base64.ts";
import { bytesOf, utf8 } from "../toolkit/input.ts";
import { described, dump, formatNumber, isArray, type Json, JqError } from "./values.ts";

export const textOf = (value: Json): string => (typeof value === "string" ? value : dump(value));

export function formatValue(format: string, value: Json): string {
  switch (format) {
    case "@text":
      return textOf(value);
    case "@json":
      return dump(value);
    case "@csv":
      return row(value, "csv", ",", (text) => `"${text.replaceAll('"', '""')}"`);
    case "@tsv":
      return row(value, "tsv", "\t", escapeTsv);
    case "@html":
      return textOf(value).replace(/[<>&'"]/g, (char) => HTML[char] ?? char);
    case "@uri":
      return [...bytesOf(textOf(value))].map(escapeUri).join("");
    case "@sh":
      return isArray(value) ? value.map(shellWord).join(" ") : shellWord(value);
    case "@base64":
      return encode(bytesOf(textOf(value)));
    case "@base64d":
      return decodeBase64(value);
    default:
      throw new JqError(`${format.slice(1)} is not a valid format`);
  }
}

const HTML: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  "'": "&apos;",
  '"': "&quot;",
};

function escapeTsv(text: string): string {
  return text.replace(/[\t\n\r\\]/g, (char) => ({ "\t": "\\t", "\n": "\\n", "\r": "\\r" })[char] ?? "\\\\");
}

function row(value: Json, name: string, separator: string, quoted: (text: string) => string): string {
  if (!isArray(value)) throw new JqError(`${described(value)} cannot be ${name}-formatted, only array`);
  const cell = (item: Json): string => {
    if (item === null) return "";
    if (typeof item === "boolean") return String(item);
    if (typeof item === "number") return formatNumber(item);
    if (typeof item === "string") return quoted(item);
    throw new JqError(`${described(item)} is not valid in a csv row`);
  };
  return value.map(cell).join(separator);
}

function escapeUri(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9\-_.!~*'()]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

function shellWord(value: Json): string {
  if (typeof value === "string") return `'${value.replaceAll("'", "'\\''")}'`;
  if (value !== null && typeof value === "object")
    throw new JqError(`${described(value)} can not be escaped for shell`);
  return dump(value);
}

function decodeBase64(value: Json): string {
  const text = textOf(value);
  const { bytes } = decode(text.replace(/=+$/, "").replace(/[^A-Za-z0-9+/]/g, ""));
  if (bytes.length === 0 && text.replace(/=+$/, "") !== "")
    throw new JqError(`${described(text)} is not valid base64 data`);
  return utf8(bytes);
}
