/** Ports given by number or by name (`intstr.IntOrString`), and numbers given as percentages. */
import { type FieldErrors, invalid, invalids } from "./errors.ts";
import { isPortName, isPortNumber } from "./names.ts";

/** A port number in its range, or a port name. */
export function validatePort(port: unknown, path: string): FieldErrors {
  if (typeof port === "string") return invalids(path, port, isPortName(port));
  const number = typeof port === "number" ? port : 0;
  return invalids(path, number, isPortNumber(number));
}

/** `5`, `25%`: not negative, and a percentage where it is text. */
export function validateIntOrPercent(value: unknown, path: string): FieldErrors {
  if (typeof value === "number") {
    return value >= 0 ? [] : [invalid(path, value, "must be greater than or equal to 0")];
  }
  if (typeof value !== "string" || /^[0-9]+%$/.test(value)) return [];
  return [
    invalid(
      path,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ),
  ];
}

/** Percentages above 100 make no sense for what cannot exceed the whole. */
export function validateAtMostHundredPercent(value: unknown, path: string): FieldErrors {
  const match = typeof value === "string" ? /^([0-9]+)%$/.exec(value) : null;
  return match !== null && Number(match[1]) > 100 ? [invalid(path, value, "must not be greater than 100%")] : [];
}

export function isZeroIntOrPercent(value: unknown): boolean {
  return value === 0 || value === "0%" || value === "0";
}
