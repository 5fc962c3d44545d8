/** Values in a Go template: how they print, which are true, and fmt.Sprintf. */
import { goNumber, goQuote, goValue } from "./go-format.ts";

/** Go's zero Value: a key that is not in the map. */
export const MISSING = Symbol("missing");

export function printed(value: unknown): string {
  if (value === MISSING || value === undefined || value === null) return "<no value>";
  return typeof value === "number" ? goNumber(value) : goValue(value);
}

export function isTrue(value: unknown): boolean {
  if (value === MISSING || value === null || value === undefined || value === false || value === 0 || value === "")
    return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === "object" ? Object.keys(value).length > 0 : true;
}

/** The verbs of fmt.Sprintf that templates use. */
export function formatGo(format: string, args: readonly unknown[]): string {
  let index = 0;
  const out = format.replace(
    /%([-+ 0#]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === "%") return "%";
      if (index >= args.length) return `%!${verb}(MISSING)`;
      const text = formatOne(args[index++], verb, flags, precision);
      if (width === "") return text;
      if (flags.includes("-")) return text.padEnd(Number(width));
      return text.padStart(Number(width), flags.includes("0") ? "0" : " ");
    },
  );
  if (index >= args.length) return out;
  const extra = args.slice(index).map((arg) => `${goTypeName(arg)}=${printed(arg)}`);
  return `${out}%!(EXTRA ${extra.join(", ")})`;
}

function goTypeName(value: unknown): string {
  if (value === MISSING || value === null) return "<nil>";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float64";
  if (Array.isArray(value)) return "[]interface {}";
  return typeof value === "object" ? "map[string]interface {}" : typeof value === "boolean" ? "bool" : "string";
}

function formatOne(value: unknown, verb: string, flags: string, precision: string | undefined): string {
  switch (verb) {
    case "v":
      return value === MISSING || value === null ? "<nil>" : printed(value);
    case "s":
      if (typeof value === "number") return `%!s(${goTypeName(value)}=${printed(value)})`;
      if (value === MISSING || value === null) return "%!s(<nil>)";
      return precision === undefined ? printed(value) : printed(value).slice(0, Number(precision));
    case "q":
      return goQuote(printed(value));
    case "d":
      return typeof value === "number"
        ? flags.includes("+") && value >= 0
          ? `+${value}`
          : String(value)
        : `%!d(${goTypeName(value)}=${printed(value)})`;
    case "f":
      return typeof value === "number"
        ? value.toFixed(precision === undefined ? 6 : Number(precision))
        : `%!f(${goTypeName(value)}=${printed(value)})`;
    case "t":
      return String(value);
    case "x":
      return typeof value === "number"
        ? value.toString(16)
        : [...printed(value)].map((char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
    case "T":
      return goTypeName(value);
    default:
      return `%!${verb}(${goTypeName(value)}=${printed(value)})`;
  }
}
