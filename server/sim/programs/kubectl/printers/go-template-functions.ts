/** The functions of Go templates, and the two that kubectl adds. */
import { TemplateError } from "./go-template-syntax.ts";
import { formatGo, isTrue, MISSING, printed } from "./go-template-values.ts";

export const TEMPLATE_FUNCTIONS: ReadonlySet<string> = new Set([
  "and",
  "or",
  "not",
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
  "len",
  "index",
  "slice",
  "print",
  "printf",
  "println",
  "html",
  "js",
  "urlquery",
  "exists",
  "base64decode",
  "call",
]);

/** Throws TemplateError without a position. */
export function callFunction(name: string, args: readonly unknown[]): unknown {
  const [first, second] = args;
  switch (name) {
    case "not":
      return !isTrue(first);
    case "len":
      return lengthOf(first);
    case "index":
      return args.slice(1).reduce(indexInto, first);
    case "slice":
      return (first as string | readonly unknown[]).slice(
        Number(second ?? 0),
        args[2] === undefined ? undefined : Number(args[2]),
      );
    case "print":
      return args.map(printed).join(" ");
    case "println":
      return `${args.map(printed).join(" ")}\n`;
    case "printf":
      return formatGo(String(first), args.slice(1));
    case "html":
      return args
        .map(printed)
        .join("")
        .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
    case "js":
      return args
        .map(printed)
        .join("")
        .replace(/[\\'"]/g, "\\$&");
    case "urlquery":
      return encodeURIComponent(args.map(printed).join(""));
    case "base64decode":
      return decodeBase64(String(first));
    case "exists":
      return existsAt(first, args.slice(1));
    default:
      return compareAll(name, args);
  }
}

function lengthOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  if (typeof value === "object" && value !== null) return Object.keys(value).length;
  throw new TemplateError(value === MISSING || value === null ? "len of nil pointer" : `len of type ${typeof value}`);
}

function indexInto(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    const index = Number(key);
    if (index < 0 || index >= value.length) throw new TemplateError(`index out of range: ${index}`);
    return value[index];
  }
  if (typeof value === "object" && value !== null) {
    const found = (value as Readonly<Record<string, unknown>>)[String(key)];
    return found === undefined ? MISSING : found;
  }
  throw new TemplateError("index of untyped nil");
}

function existsAt(value: unknown, keys: readonly unknown[]): boolean {
  let current: unknown = value;
  for (const key of keys) {
    if (typeof current !== "object" || current === null) return false;
    current = (current as Readonly<Record<string, unknown>>)[String(key)];
    if (current === undefined) return false;
  }
  return true;
}

function decodeBase64(text: string): string {
  try {
    const binary = atob(text);
    return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
  } catch {
    throw new TemplateError("base64 decode failed: illegal base64 data");
  }
}

function compareAll(name: string, args: readonly unknown[]): boolean {
  if (args.length < 2) throw new TemplateError("missing argument for comparison");
  const [first, ...others] = args;
  if (name === "eq") return others.some((other) => equal(first, other));
  const other = others[0];
  if (name === "ne") return !equal(first, other);
  if (typeof first !== typeof other) throw new TemplateError("incompatible types for comparison");
  const a = first as string | number;
  const b = other as string | number;
  switch (name) {
    case "lt":
      return a < b;
    case "le":
      return a <= b;
    case "gt":
      return a > b;
    default:
      return a >= b;
  }
}

function equal(a: unknown, b: unknown): boolean {
  if (a === MISSING || a === null || b === MISSING || b === null)
    return (a === MISSING || a === null) && (b === MISSING || b === null);
  if (typeof a === "object" || typeof b === "object") throw new TemplateError("non-comparable type");
  if (typeof a !== typeof b) throw new TemplateError("incompatible types for comparison");
  return a === b;
}
