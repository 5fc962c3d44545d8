/** awk's values: a number, a string, or text that looks numeric (fields, input). */
export type Value =
  | number
  | string
  /** From input: compares as a number when it looks like one. */
  | { readonly text: string };

const NUMERIC = /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/;
const LEADING = /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?/;

export function toNumber(value: Value): number {
  if (typeof value === "number") return value;
  const text = typeof value === "string" ? value : value.text;
  const match = LEADING.exec(text);
  return match ? Number(match[0]) : 0;
}

/** `format` is CONVFMT or OFMT; whole numbers print as such. */
export function toText(value: Value, format: (value: number) => string): string {
  if (typeof value === "string") return value;
  if (typeof value !== "number") return value.text;
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? String(value === 0 ? 0 : value) : format(value);
}

export function looksNumeric(value: Value): boolean {
  return typeof value === "number" || (typeof value !== "string" && NUMERIC.test(value.text));
}

export function isTrue(value: Value): boolean {
  if (typeof value === "number") return value !== 0;
  if (typeof value === "string") return value !== "";
  return NUMERIC.test(value.text) ? Number(value.text) !== 0 : value.text !== "";
}
