/**
 * Parses arguments as spf13/pflag v1.0 does, wording included: interspersed flags,
 * clusters of shorthands, `--` and NoOptDefVal.
 */
import type { FlagDefinition, FlagType } from "./types.ts";

/** A flag pflag refuses; the command's usage hint is added by the caller. */
export class FlagError extends Error {}

export type FlagValue = boolean | string | number | readonly string[] | ReadonlyMap<string, string>;

/** Flags by long name and by shorthand. */
export class FlagSet {
  readonly byName = new Map<string, FlagDefinition>();
  readonly byShort = new Map<string, FlagDefinition>();

  constructor(flags: Iterable<FlagDefinition>) {
    for (const flag of flags) {
      if (this.byName.has(flag.name)) continue;
      this.byName.set(flag.name, flag);
      if (flag.short !== "" && !this.byShort.has(flag.short)) this.byShort.set(flag.short, flag);
    }
  }
}

/** The outcome of parsing: values by long name, arguments, and where `--` stood. */
export class ParsedFlags {
  readonly values = new Map<string, FlagValue>();
  readonly args: string[] = [];
  /** Number of arguments before `--`; -1 without one. */
  argsLengthAtDash = -1;
  /** Every flag as it was given, in order. */
  readonly given: { readonly name: string; readonly text: string }[] = [];
  /** Deprecation lines to print on stderr. */
  readonly notices: string[] = [];

  constructor(readonly set: FlagSet) {}

  /** Whether the flag was given on the command line. */
  isChanged(name: string): boolean {
    return this.values.has(name);
  }

  private valueOf(name: string): FlagValue | undefined {
    const given = this.values.get(name);
    if (given !== undefined) return given;
    const flag = this.set.byName.get(name);
    return flag === undefined ? undefined : parseValue(flag.type, flag.defaultText);
  }

  bool(name: string): boolean {
    return this.valueOf(name) === true;
  }

  string(name: string): string {
    const value = this.valueOf(name);
    return typeof value === "string" ? value : "";
  }

  /** Integers; durations in milliseconds. */
  number(name: string): number {
    const value = this.valueOf(name);
    return typeof value === "number" ? value : 0;
  }

  list(name: string): readonly string[] {
    const value = this.valueOf(name);
    return Array.isArray(value) ? value : [];
  }

  map(name: string): ReadonlyMap<string, string> {
    const value = this.valueOf(name);
    return value instanceof Map ? value : new Map();
  }
}

/** Parses all of `args`. Throws FlagError in pflag's words. */
export function parseFlags(set: FlagSet, args: readonly string[]): ParsedFlags {
  const parsed = new ParsedFlags(set);
  const rest = [...args];
  while (rest.length > 0) {
    const arg = rest.shift() ?? "";
    if (arg.length < 2 || arg[0] !== "-") {
      parsed.args.push(arg);
    } else if (arg === "--") {
      parsed.argsLengthAtDash = parsed.args.length;
      parsed.args.push(...rest);
      break;
    } else if (arg[1] === "-") {
      parseLong(parsed, arg, rest);
    } else {
      parseShorts(parsed, arg, rest);
    }
  }
  return parsed;
}

function parseLong(parsed: ParsedFlags, arg: string, rest: string[]): void {
  const body = arg.slice(2);
  if (body[0] === "-" || body[0] === "=") throw new FlagError(`bad flag syntax: ${arg}`);
  const equals = body.indexOf("=");
  const name = equals < 0 ? body : body.slice(0, equals);
  const flag = parsed.set.byName.get(name.replaceAll("_", "-"));
  if (flag === undefined) throw new FlagError(`unknown flag: --${name}`);
  if (equals >= 0) setValue(parsed, flag, body.slice(equals + 1));
  else if (flag.noOptionValue !== undefined) setValue(parsed, flag, flag.noOptionValue);
  else if (rest.length > 0) setValue(parsed, flag, rest.shift() ?? "");
  else throw new FlagError(`flag needs an argument: ${arg}`);
}

function parseShorts(parsed: ParsedFlags, arg: string, rest: string[]): void {
  let cluster = arg.slice(1);
  while (cluster !== "") {
    const letter = cluster[0] ?? "";
    const flag = parsed.set.byShort.get(letter);
    if (flag === undefined) throw new FlagError(`unknown shorthand flag: '${letter}' in -${cluster}`);
    if (cluster.length > 2 && cluster[1] === "=") {
      setValue(parsed, flag, cluster.slice(2));
      return;
    }
    if (flag.noOptionValue !== undefined) {
      setValue(parsed, flag, flag.noOptionValue);
      cluster = cluster.slice(1);
    } else if (cluster.length > 1) {
      setValue(parsed, flag, cluster.slice(1));
      return;
    } else if (rest.length > 0) {
      setValue(parsed, flag, rest.shift() ?? "");
      return;
    } else {
      throw new FlagError(`flag needs an argument: '${letter}' in -${cluster}`);
    }
  }
}

function setValue(parsed: ParsedFlags, flag: FlagDefinition, text: string): void {
  const value = (() => {
    try {
      return parseValue(flag.type, text);
    } catch (error) {
      const shown = flag.short === "" ? `--${flag.name}` : `-${flag.short}, --${flag.name}`;
      throw new FlagError(`invalid argument ${JSON.stringify(text)} for "${shown}" flag: ${(error as Error).message}`);
    }
  })();
  if (flag.deprecated !== undefined && !parsed.values.has(flag.name)) {
    parsed.notices.push(`Flag --${flag.name} has been deprecated, ${flag.deprecated}`);
  }
  parsed.given.push({ name: flag.name, text });
  const previous = parsed.values.get(flag.name);
  if (Array.isArray(previous) && Array.isArray(value)) parsed.values.set(flag.name, [...previous, ...value]);
  else if (previous instanceof Map && value instanceof Map)
    parsed.values.set(flag.name, new Map([...previous, ...value]));
  else parsed.values.set(flag.name, value);
}

function parseValue(type: FlagType, text: string): FlagValue {
  switch (type) {
    case "string":
      return text;
    case "bool":
      return parseBool(text);
    case "int":
      return parseInteger(text);
    case "float": {
      const value = Number(text);
      if (text.trim() === "" || Number.isNaN(value))
        throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
      return value;
    }
    case "duration":
      return parseGoDuration(text);
    case "stringSlice":
      return text === "" ? [] : splitCsv(text);
    case "stringArray":
      return text === "" ? [] : [text];
    case "stringToString":
      return parsePairs(text);
    default: {
      const never: never = type;
      return never;
    }
  }
}

function parseBool(text: string): boolean {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return true;
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) return false;
  throw new Error(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function parseInteger(text: string): number {
  if (!/^[+-]?(\d[\d_]*|0x[\da-f]+|0o?[0-7]+|0b[01]+)$/i.test(text)) {
    throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  const value = Number(text.replaceAll("_", ""));
  if (!Number.isSafeInteger(value))
    throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  return value;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a Go duration (`1h2m3.5s`). Throws in the words of time.ParseDuration. */
export function parseGoDuration(text: string): number {
  const invalid = () => new Error(`time: invalid duration ${JSON.stringify(text)}`);
  const sign = text.startsWith("-") ? -1 : 1;
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0;
  if (rest === "") throw invalid();
  let total = 0;
  while (rest !== "") {
    const number = /^(\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    if (number === undefined) throw invalid();
    rest = rest.slice(number.length);
    const unit = /^[^\d.]+/.exec(rest)?.[0];
    if (unit === undefined) throw new Error(`time: missing unit in duration ${JSON.stringify(text)}`);
    const factor = UNIT_MS[unit];
    if (factor === undefined)
      throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`);
    total += Number(number) * factor;
    rest = rest.slice(unit.length);
  }
  return sign * total;
}

/** One record of encoding/csv with LazyQuotes off: quoted fields may hold commas. */
function splitCsv(text: string): string[] {
  if (!text.includes('"')) return text.split(",");
  const fields: string[] = [];
  let position = 0;
  for (;;) {
    if (text[position] === '"') {
      const match = /^"((?:[^"]|"")*)"(,|$)/.exec(text.slice(position));
      if (match === null) throw new Error(`parse error on line 1, column ${position + 2}: bare " in non-quoted-field`);
      fields.push((match[1] ?? "").replaceAll('""', '"'));
      position += match[0].length;
      if (match[2] === "") return fields;
    } else {
      const comma = text.indexOf(",", position);
      const field = text.slice(position, comma < 0 ? undefined : comma);
      const quote = field.indexOf('"');
      if (quote >= 0)
        throw new Error(`parse error on line 1, column ${position + quote + 1}: bare " in non-quoted-field`);
      fields.push(field);
      if (comma < 0) return fields;
      position = comma + 1;
    }
  }
}

function parsePairs(text: string): ReadonlyMap<string, string> {
  if (text === "") return new Map();
  const parts = (text.match(/=/g)?.length ?? 0) === 1 ? [text.replace(/^"(.*)"$/, "$1")] : splitCsv(text);
  return new Map(
    parts.map((part) => {
      const equals = part.indexOf("=");
      if (equals < 0) throw new Error(`${part} must be formatted as key=value`);
      return [part.slice(0, equals), part.slice(equals + 1)] as const;
    }),
  );
}
