/** Field errors as apimachinery `pkg/util/validation/field` words them. */
import type { FieldError } from "../types.ts";

export type FieldErrors = readonly FieldError[];

export function required(field: string, detail = ""): FieldError {
  return { field, reason: "FieldValueRequired", message: withDetail("Required value", detail) };
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { field, reason: "FieldValueInvalid", message: withDetail(`Invalid value: ${render(value)}`, detail) };
}

export function forbidden(field: string, detail: string): FieldError {
  return { field, reason: "FieldValueForbidden", message: withDetail("Forbidden", detail) };
}

export function duplicate(field: string, value: unknown): FieldError {
  return { field, reason: "FieldValueDuplicate", message: `Duplicate value: ${render(value)}` };
}

export function notFound(field: string, value: unknown): FieldError {
  return { field, reason: "FieldValueNotFound", message: `Not found: ${render(value)}` };
}

export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = supported.length === 0 ? "" : `supported values: ${supported.map(quote).join(", ")}`;
  return {
    field,
    reason: "FieldValueNotSupported",
    message: withDetail(`Unsupported value: ${render(value)}`, detail),
  };
}

export function tooLong(field: string, maxBytes: number): FieldError {
  return { field, reason: "FieldValueTooLong", message: `Too long: may not be more than ${maxBytes} bytes` };
}

export function tooMany(field: string, actual: number, maximum: number): FieldError {
  const items = maximum === 1 ? "item" : "items";
  return { field, reason: "FieldValueTooMany", message: `Too many: ${actual}: must have at most ${maximum} ${items}` };
}

/** One `Invalid value` for each message a string check returned. */
export function invalids(field: string, value: unknown, details: readonly string[]): FieldErrors {
  return details.map((detail) => invalid(field, value, detail));
}

/** As Go's `%q` writes text. */
export function quote(text: string): string {
  return JSON.stringify(text).replaceAll(/\\u00([0-9a-f]{2})|\u007f/g, (_, code: string | undefined) => {
    if (code === "07") return "\\a";
    if (code === "0b") return "\\v";
    return `\\x${code ?? "7f"}`;
  });
}

/** Strings quoted, numbers plain, everything else as Go's JSON; what is absent is `null`. */
function render(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (value === undefined) return "null";
  return JSON.stringify(value).replaceAll(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

function withDetail(text: string, detail: string): string {
  return detail === "" ? text : `${text}: ${detail}`;
}
