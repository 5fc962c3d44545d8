/** JSON values as jq 1.6 holds them: their order, their kinds, their text. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** Keys keep the order in which they came, also those that look like numbers. */
export type JsonObject = ReadonlyMap<string, Json>;
export type Kind = "null" | "boolean" | "number" | "string" | "array" | "object";

/** An error of the jq language, which `try` catches; the payload may be any value. */
export class JqError extends Error {
  override readonly name = "JqError";
  constructor(readonly payload: Json) {
    super(typeof payload === "string" ? payload : "jq error");
  }
}

/** More than one value may hold; jq prints this and aborts. */
export class OutOfMemory extends Error {
  override readonly name = "OutOfMemory";
}

export const MAX_ELEMENTS = 2_000_000;
export const MAX_TEXT_LENGTH = 32 * 1024 * 1024;

export const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);
export const isObject = (value: Json): value is JsonObject => value instanceof Map;
export const isTrue = (value: Json): boolean => value !== null && value !== false;

export function kindOf(value: Json): Kind {
  if (value === null) return "null";
  if (isArray(value)) return "array";
  if (isObject(value)) return "object";
  return typeof value as "boolean" | "number" | "string";
}

/** The value's text in a message, cut to what a C buffer of `sizeBytes` holds. */
export function excerpt(value: Json, sizeBytes = 15): string {
  const text = dump(value);
  const bytes = new TextEncoder().encode(text);
  if (bytes.length < sizeBytes) return text;
  return `${new TextDecoder().decode(bytes.subarray(0, sizeBytes - 4))}...`;
}

/** `array ([1,2])`, as messages name a value. */
export const described = (value: Json): string => `${kindOf(value)} (${excerpt(value)})`;

const RANK: Readonly<Record<Kind, number>> = { null: 0, boolean: 1, number: 3, string: 4, array: 5, object: 6 };

function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x === y) continue;
    // The order is that of UTF-8: what lies beyond the basic plane comes last.
    const isHighX = x >= 0xd800 && x <= 0xdfff;
    const isHighY = y >= 0xd800 && y <= 0xdfff;
    if (isHighX !== isHighY) return isHighX ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

export const sortedKeys = (object: JsonObject): readonly string[] => [...object.keys()].sort(compareText);

/** jq's total order. NaN is less than any number, itself included. */
export function compare(a: Json, b: Json): number {
  const kindA = kindOf(a);
  const kindB = kindOf(b);
  if (kindA !== kindB) return RANK[kindA] - RANK[kindB];
  if (typeof a === "number" && typeof b === "number") return a < b || Number.isNaN(a) ? -1 : a === b ? 0 : 1;
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (typeof a === "boolean") return Number(a) - Number(b);
  if (isArray(a) && isArray(b)) {
    for (let at = 0; at < a.length && at < b.length; at++) {
      const order = compare(a[at] ?? null, b[at] ?? null);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  if (isObject(a) && isObject(b)) return compareObjects(a, b);
  return 0;
}

function compareObjects(a: JsonObject, b: JsonObject): number {
  const keys = sortedKeys(a);
  const order = compare(keys, sortedKeys(b));
  if (order !== 0) return order;
  for (const key of keys) {
    const inner = compare(a.get(key) ?? null, b.get(key) ?? null);
    if (inner !== 0) return inner;
  }
  return 0;
}

export const isEqual = (a: Json, b: Json): boolean => a === b || compare(a, b) === 0;

/** Seventeen significant digits at most, the exponent as C prints it (`1e+17`, `1e-05`). */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "null";
  if (value === Infinity) return "1.7976931348623157e+308";
  if (value === -Infinity) return "-1.7976931348623157e+308";
  if (Object.is(value, -0)) return "-0";
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential());
  if (!match) return String(value);
  const [, sign = "", first = "", rest = "", power = "0"] = match;
  const digits = first + rest;
  const point = Number(power) + 1;
  if (value !== 0 && (point <= -4 || point > digits.length + 15)) {
    const exponent = Number(power);
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${first}${rest === "" ? "" : `.${rest}`}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits + "0".repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
  "\b": "\\b",
  "\f": "\\f",
};
const hex = (unit: number): string => `\\u${unit.toString(16).padStart(4, "0")}`;

function dumpString(text: string, isAscii = false): string {
  const escaped = text.replace(/["\\\u0000-\u001f\u007f]/g, (char) => ESCAPES[char] ?? hex(char.charCodeAt(0)));
  return `"${isAscii ? escaped.replace(/[^\u0000-\u007f]/g, (char) => hex(char.charCodeAt(0))) : escaped}"`;
}

export interface DumpStyle {
  /** One level; null prints on one line. */
  readonly indent: string | null;
  readonly sortsKeys?: boolean;
  readonly isAscii?: boolean;
  readonly hasColors?: boolean;
}

const COLORS: Readonly<Record<Kind | "false", string>> = {
  null: "1;30",
  false: "0;39",
  boolean: "0;39",
  number: "0;39",
  string: "0;32",
  array: "1;39",
  object: "1;39",
};
const RESET = "\x1b[0m";
const KEY_COLOR = "\x1b[34;1m";

/** Compact JSON unless the style says otherwise. Throws `OutOfMemory` for more text than one value may have. */
export function dump(value: Json, style: DumpStyle = { indent: null }): string {
  const parts: string[] = [];
  let length = 0;
  const put = (text: string): void => {
    length += text.length;
    if (length > MAX_TEXT_LENGTH) throw new OutOfMemory();
    parts.push(text);
  };
  if (style.hasColors) dumpColored(value, style, 0, put);
  else dumpPlain(value, style, 0, put);
  return parts.join("");
}

function scalarText(value: Json, style: DumpStyle): string {
  if (typeof value === "string") return dumpString(value, style.isAscii);
  return typeof value === "number" ? formatNumber(value) : String(value);
}

function keysOf(value: JsonObject, style: DumpStyle): readonly string[] {
  return style.sortsKeys ? sortedKeys(value) : [...value.keys()];
}

function dumpPlain(value: Json, style: DumpStyle, depth: number, put: (text: string) => void): void {
  if (!isArray(value) && !isObject(value)) return put(scalarText(value, style));
  const [open, close] = isArray(value) ? "[]" : "{}";
  put(open ?? "");
  const line = (level: number): void => {
    if (style.indent !== null) put(`\n${style.indent.repeat(level)}`);
  };
  let isFirst = true;
  const separate = (): void => {
    if (!isFirst) put(",");
    isFirst = false;
    line(depth + 1);
  };
  if (isArray(value)) {
    for (const item of value) {
      separate();
      dumpPlain(item, style, depth + 1, put);
    }
  } else {
    for (const key of keysOf(value, style)) {
      separate();
      put(dumpString(key, style.isAscii) + (style.indent === null ? ":" : ": "));
      dumpPlain(value.get(key) ?? null, style, depth + 1, put);
    }
  }
  if (!isFirst) line(depth);
  put(close ?? "");
}

/** The places of the escape sequences are those of jq 1.6, redundant ones included. */
function dumpColored(value: Json, style: DumpStyle, depth: number, put: (text: string) => void): void {
  const color = `\x1b[${COLORS[value === false ? "false" : kindOf(value)]}m`;
  if (!isArray(value) && !isObject(value)) return put(color + scalarText(value, style) + RESET);
  const line = (level: number): string => (style.indent === null ? "" : `\n${style.indent.repeat(level)}`);
  const size = isArray(value) ? value.length : value.size;
  if (isArray(value)) {
    put(`${color}[`);
    value.forEach((item, at) => {
      put(at === 0 ? line(depth + 1) : `${color},${line(depth + 1)}`);
      dumpColored(item, style, depth + 1, put);
    });
    put(size === 0 ? `${color}]` : `${color}${line(depth)}${color}]`);
    return put(RESET);
  }
  put(`${color}{`);
  if (size > 0) put(line(depth + 1));
  keysOf(value, style).forEach((key, at) => {
    if (at > 0) put(`${color},${line(depth + 1)}`);
    put(`${RESET}${KEY_COLOR}${dumpString(key, style.isAscii)}${RESET}`);
    put(`${color}:${style.indent === null ? "" : " "}${RESET}`);
    dumpColored(value.get(key) ?? null, style, depth + 1, put);
  });
  put(size === 0 ? `${color}}` : `${color}${line(depth)}${color}}`);
  put(RESET);
}
