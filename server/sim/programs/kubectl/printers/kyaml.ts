/** KYAML (`-o kyaml`): YAML in flow style with quoted strings, as sigs.k8s.io/yaml/kyaml writes it. */
import { resolvePlain } from "../yaml/parse.ts";
import { compareBytes } from "./json.ts";

/** A document with its `---` line. */
export function emitKyaml(value: unknown): string {
  return `---\n${node(value, 0)}\n`;
}

type Fields = Readonly<Record<string, unknown>>;

function node(value: unknown, depth: number): string {
  const inner = "  ".repeat(depth + 1);
  const close = "  ".repeat(depth);
  if (Array.isArray(value)) return list(value, depth, close);
  if (typeof value === "object" && value !== null) {
    const record = value as Fields;
    const keys = Object.keys(record)
      .filter((key) => record[key] !== undefined)
      .sort(compareBytes);
    if (keys.length === 0) return "{}";
    return `{\n${keys.map((key) => `${inner}${keyText(key)}: ${node(record[key], depth + 1)},\n`).join("")}${close}}`;
  }
  return typeof value === "string"
    ? text(value, depth)
    : value === null || value === undefined
      ? "null"
      : String(value);
}

/** Elements that are collections begin on the bracket's line ("cuddled"). */
function list(items: readonly unknown[], depth: number, close: string): string {
  if (items.length === 0) return "[]";
  const isCollection = (item: unknown) => typeof item === "object" && item !== null;
  if (items.every(isCollection)) return `[${items.map((item) => node(item, depth)).join(", ")}]`;
  const inner = "  ".repeat(depth + 1);
  return `[\n${items.map((item) => `${inner}${node(item, depth + 1)},\n`).join("")}${close}]`;
}

function keyText(key: string): string {
  return /^[A-Za-z_][\w./-]*$/.test(key) && typeof resolvePlain(key) === "string" ? key : JSON.stringify(key);
}

function text(value: string, depth: number): string {
  const body = value.endsWith("\n") ? value.slice(0, -1) : value;
  if (!value.includes("\n")) return JSON.stringify(value);
  const inner = "  ".repeat(depth + 1);
  const lines = body.split("\n").map((line) => JSON.stringify(line).slice(1, -1));
  const folded = lines.map((line, index) => {
    const isLast = index === lines.length - 1;
    return `${inner} ${line}${!isLast || value.endsWith("\n") ? "\\n" : ""}\\\n`;
  });
  return `"\\\n${folded.join("")}${inner}"`;
}
