/** Built-in functions of values (jq 1.6, src/builtin.c; newer ones where they do no harm). */
import { parseJson } from "./json.ts";
import { brokenDown, epochSeconds, formatTime, parseTime } from "./dates.ts";
import { formatValue, textOf } from "./formats.ts";
import { Halt } from "./machine.ts";
import { deletePaths, get, has, indexesOf, setPath } from "./paths.ts";
import { matchRegex } from "./regex.ts";
import {
  compare,
  described,
  dump,
  isArray,
  isEqual,
  isObject,
  type Json,
  type JsonObject,
  JqError,
  kindOf,
  MAX_ELEMENTS,
  MAX_TEXT_LENGTH,
  OutOfMemory,
  sortedKeys,
} from "./values.ts";

export type Native = (input: Json, args: readonly Json[]) => Json;

const pair = (a: Json, b: Json): string => `${described(a)} and ${described(b)}`;

function add(a: Json, b: Json): Json {
  if (a === null) return b;
  if (b === null) return a;
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (typeof a === "string" && typeof b === "string") {
    if (a.length + b.length > MAX_TEXT_LENGTH) throw new OutOfMemory();
    return a + b;
  }
  if (isArray(a) && isArray(b)) {
    if (a.length + b.length > MAX_ELEMENTS) throw new OutOfMemory();
    return [...a, ...b];
  }
  if (isObject(a) && isObject(b)) return new Map([...a, ...b]);
  throw new JqError(`${pair(a, b)} cannot be added`);
}

function subtract(a: Json, b: Json): Json {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (isArray(a) && isArray(b)) return a.filter((item) => !b.some((other) => isEqual(item, other)));
  throw new JqError(`${pair(a, b)} cannot be subtracted`);
}

function multiply(a: Json, b: Json): Json {
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (typeof a === "number" && typeof b === "string") return multiply(b, a);
  if (typeof a === "string" && typeof b === "number") {
    if (!(b > 0)) return null;
    const times = Math.max(1, Math.ceil(b));
    if (a.length * times > MAX_TEXT_LENGTH) throw new JqError("Repeat string result too long");
    return a.repeat(times);
  }
  if (isObject(a) && isObject(b)) return merge(a, b);
  throw new JqError(`${pair(a, b)} cannot be multiplied`);
}

function merge(a: JsonObject, b: JsonObject): JsonObject {
  const out = new Map(a);
  for (const [key, value] of b) {
    const old = out.get(key) ?? null;
    out.set(key, isObject(old) && isObject(value) ? merge(old, value) : value);
  }
  return out;
}

function divide(a: Json, b: Json): Json {
  if (typeof a === "number" && typeof b === "number") {
    if (b === 0) throw new JqError(`${pair(a, b)} cannot be divided because the divisor is zero`);
    return a / b;
  }
  if (typeof a === "string" && typeof b === "string") return split(a, b);
  throw new JqError(`${pair(a, b)} cannot be divided`);
}

function remainder(a: Json, b: Json): Json {
  if (typeof a !== "number" || typeof b !== "number") throw new JqError(`${pair(a, b)} cannot be divided (remainder)`);
  const divisor = Math.abs(Math.trunc(b));
  if (divisor === 0 || Number.isNaN(divisor)) {
    throw new JqError(`${pair(a, b)} cannot be divided (remainder) because the divisor is zero`);
  }
  return (Math.trunc(a) % divisor) + 0;
}

/** What a binary operator does with two values. */
export function arithmetic(operator: string): (a: Json, b: Json) => Json {
  switch (operator) {
    case "+":
      return add;
    case "-":
      return subtract;
    case "*":
      return multiply;
    case "/":
      return divide;
    case "%":
      return remainder;
    case "==":
      return (a, b) => isEqual(a, b);
    case "!=":
      return (a, b) => !isEqual(a, b);
    case "<":
      return (a, b) => compare(a, b) < 0;
    case "<=":
      return (a, b) => compare(a, b) <= 0;
    case ">":
      return (a, b) => compare(a, b) > 0;
    default:
      return (a, b) => compare(a, b) >= 0;
  }
}

function split(text: string, separator: string): readonly string[] {
  if (text === "") return [];
  return separator === "" ? [...text] : text.split(separator);
}

function length(value: Json): Json {
  if (value === null) return 0;
  if (typeof value === "number") return Math.abs(value);
  if (typeof value === "string") return [...value].length;
  if (isArray(value)) return value.length;
  if (isObject(value)) return value.size;
  throw new JqError(`${described(value)} has no length`);
}

function keys(value: Json, isSorted: boolean): Json {
  if (isObject(value)) return isSorted ? sortedKeys(value) : [...value.keys()];
  if (isArray(value)) return value.map((_, at) => at);
  throw new JqError(`${described(value)} has no keys`);
}

function contains(a: Json, b: Json): boolean {
  if (isObject(a) && isObject(b)) {
    return [...b].every(([key, value]) => a.has(key) && contains(a.get(key) ?? null, value));
  }
  if (isArray(a) && isArray(b))
    return b.every((value) => a.some((item) => kindOf(item) === kindOf(value) && contains(item, value)));
  if (typeof a === "string" && typeof b === "string") return a.includes(b);
  if (kindOf(a) === kindOf(b)) return isEqual(a, b);
  throw new JqError(`${pair(a, b)} cannot have their containment checked`);
}

const array = (value: Json, what: string): readonly Json[] => {
  if (!isArray(value)) throw new JqError(`${described(value)} cannot be ${what}, as it is not an array`);
  return value;
};

interface Keyed {
  readonly item: Json;
  readonly key: Json;
}

function keyed(input: Json, by: Json | undefined, what = "sorted"): Keyed[] {
  if (by !== undefined && !isArray(input)) {
    throw new JqError(`${pair(input, by)} cannot be sorted, as they are not both arrays`);
  }
  const items = array(input, what);
  if (by === undefined) return items.map((item) => ({ item, key: item }));
  if (!isArray(by) || by.length !== items.length) {
    throw new JqError(`${pair(input, by)} cannot be sorted, as they are not both arrays`);
  }
  return items.map((item, at) => ({ item, key: by[at] ?? null }));
}

const sorted = (input: Json, by?: Json): readonly Keyed[] =>
  keyed(input, by).sort((a, b) => (Number.isNaN(a.key) && Number.isNaN(b.key) ? 0 : compare(a.key, b.key)));

function groups(input: Json, by: Json): readonly (readonly Json[])[] {
  const out: Json[][] = [];
  let last: Keyed | null = null;
  for (const one of sorted(input, by)) {
    if (last !== null && isEqual(last.key, one.key)) out.at(-1)?.push(one.item);
    else out.push([one.item]);
    last = one;
  }
  return out;
}

function extreme(input: Json, by: Json | undefined, isMax: boolean): Json {
  let best: Keyed | null = null;
  for (const one of keyed(input, by)) {
    const order = best === null ? 0 : compare(one.key, best.key);
    if (best === null || (isMax ? order >= 0 : order < 0)) best = one;
  }
  return best?.item ?? null;
}

function indices(input: Json, part: Json): Json {
  if (input === null) return null;
  if (typeof input === "string" && typeof part === "string") {
    if (part === "") throw new OutOfMemory();
    const out: number[] = [];
    // Offsets count bytes, as in jq 1.6.
    const encoder = new TextEncoder();
    for (let at = input.indexOf(part); at !== -1; at = input.indexOf(part, at + 1)) {
      out.push(encoder.encode(input.slice(0, at)).length);
    }
    return out;
  }
  if (isArray(input)) return indexesOf(input, isArray(part) ? part : [part]);
  return get(input, part);
}

function trim(input: Json, affix: Json, isLeft: boolean): Json {
  if (typeof input !== "string" || typeof affix !== "string" || affix === "") return input;
  if (isLeft) return input.startsWith(affix) ? input.slice(affix.length) : input;
  return input.endsWith(affix) ? input.slice(0, -affix.length) : input;
}

function text(input: Json, message: string): string {
  if (typeof input !== "string") throw new JqError(message);
  return input;
}

function implode(input: Json): Json {
  if (!isArray(input)) throw new JqError("implode input must be an array");
  return input
    .map((code) => {
      if (typeof code !== "number")
        throw new JqError(`${described(code)} can't be imploded, unicode codepoint needs to be numeric`);
      return String.fromCodePoint(code >= 0 && code <= 0x10ffff ? Math.floor(code) : 0xfffd);
    })
    .join("");
}

const explode = (input: Json): readonly number[] =>
  [...text(input, "explode input must be a string")].map((char) => char.codePointAt(0) ?? 0);

function toNumber(input: Json): Json {
  if (typeof input === "number") return input;
  if (typeof input !== "string") throw new JqError(`${described(input)} cannot be parsed as a number`);
  const value = parseJson(input);
  if (typeof value !== "number") throw new JqError(`${described(input)} cannot be parsed as a number`);
  return value;
}

function trimSpace(input: Json, pattern: RegExp): Json {
  if (typeof input !== "string") throw new JqError(`${described(input)} cannot be trimmed`);
  return input.replace(pattern, "");
}

function toEntries(input: Json): Json {
  const names = keys(input, false) as readonly Json[];
  return names.map(
    (key) =>
      new Map<string, Json>([
        ["key", key],
        ["value", get(input, key)],
      ]),
  );
}

function add1(input: Json): Json {
  if (isArray(input) && input.length > 0 && input.every((item) => typeof item === "string")) {
    const joined = input.join("");
    if (joined.length > MAX_TEXT_LENGTH) throw new OutOfMemory();
    return joined;
  }
  if (isArray(input) && input.length > 0 && input.every((item) => isArray(item))) {
    const out = input.flat(1) as Json[];
    if (out.length > MAX_ELEMENTS) throw new OutOfMemory();
    return out;
  }
  if (isObject(input)) return add1([...input.values()]);
  if (!isArray(input)) throw new JqError(`Cannot iterate over ${described(input)}`);
  return input.reduce<Json>((sum, item) => add(sum, item), null);
}

function haltError(input: Json, status: Json): never {
  if (typeof status !== "number") throw new JqError(`${described(input)} halt_error/1: number required`);
  throw new Halt(Math.trunc(status), input);
}

const one = (name: string, run: (value: number) => number): readonly [string, Native] => [
  `${name}/0`,
  (input) => run(number(input)),
];
const two = (name: string, run: (a: number, b: number) => number): readonly [string, Native] => [
  `${name}/2`,
  (_input, [a = null, b = null]) => run(number(a), number(b)),
];

function number(value: Json): number {
  if (typeof value !== "number") throw new JqError(`${described(value)} number required`);
  return value;
}

function frexp(value: number): readonly [number, number] {
  if (value === 0 || !Number.isFinite(value)) return [value, 0];
  const exponent = Math.floor(Math.log2(Math.abs(value))) + 1;
  return [value / 2 ** exponent, exponent];
}

function roundEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

const MATH: readonly (readonly [string, Native])[] = [
  ...(
    "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh cbrt exp expm1 floor ceil log log10 log1p log2 sqrt trunc".split(
      " ",
    ) as ("sin" | "floor")[]
  ).map((name) => one(name, Math[name])),
  one("fabs", Math.abs),
  one("round", (value) => Math.sign(value) * Math.round(Math.abs(value))),
  one("rint", roundEven),
  one("nearbyint", roundEven),
  one("exp2", (value) => 2 ** value),
  one("exp10", (value) => 10 ** value),
  one("significand", (value) => frexp(value)[0] * 2),
  one("logb", (value) => frexp(value)[1] - 1),
  two("pow", (a, b) => a ** b),
  two("atan2", Math.atan2),
  two("fmin", Math.min),
  two("fmax", Math.max),
  two("fmod", (a, b) => a % b),
  two("hypot", Math.hypot),
  two("ldexp", (a, b) => a * 2 ** b),
  two("scalb", (a, b) => a * 2 ** b),
  two("fdim", (a, b) => Math.max(0, a - b)),
  two("copysign", (a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a))),
  ["fma/3", (_input, [a = null, b = null, c = null]) => number(a) * number(b) + number(c)],
  ["frexp/0", (input) => [...frexp(number(input))]],
  ["modf/0", (input) => [number(input) - Math.trunc(number(input)), Math.trunc(number(input))]],
];

/** By name and number of arguments. */
export const natives: ReadonlyMap<string, Native> = new Map<string, Native>([
  ...MATH,
  ["length/0", length],
  [
    "utf8bytelength/0",
    (input) => {
      if (typeof input !== "string") throw new JqError(`${described(input)} only strings have UTF-8 byte length`);
      return new TextEncoder().encode(input).length;
    },
  ],
  ["keys/0", (input) => keys(input, true)],
  ["keys_unsorted/0", (input) => keys(input, false)],
  ["has/1", (input, [key = null]) => has(input, key)],
  ["contains/1", (input, [part = null]) => contains(input, part)],
  ["type/0", kindOf],
  ["add/0", add1],
  ["tostring/0", textOf],
  ["tojson/0", (input) => dump(input)],
  [
    "fromjson/0",
    (input) => {
      if (typeof input !== "string") throw new JqError(`${described(input)} only strings can be parsed`);
      return parseJson(input);
    },
  ],
  ["tonumber/0", toNumber],
  [
    "error/1",
    (_input, [payload = null]) => {
      throw new JqError(payload);
    },
  ],
  [
    "halt/0",
    () => {
      throw new Halt(0, undefined);
    },
  ],
  ["halt_error/0", (input) => haltError(input, 5)],
  ["halt_error/1", (input, [status = null]) => haltError(input, status)],
  ["setpath/2", (input, [path = null, value = null]) => setPath(input, path, value)],
  ["delpaths/1", (input, [paths = null]) => deletePaths(input, paths)],
  ["to_entries/0", toEntries],
  ["sort/0", (input) => sorted(input).map(({ item }) => item)],
  ["_sort_by_impl/1", (input, [by = null]) => sorted(input, by).map(({ item }) => item)],
  ["_group_by_impl/1", (input, [by = null]) => groups(input, by)],
  ["_unique_by_impl/1", (input, [by = null]) => groups(input, by).map(([first = null]) => first)],
  ["unique/0", (input) => groups(input, input).map(([first = null]) => first)],
  ["min/0", (input) => extreme(input, undefined, false)],
  ["max/0", (input) => extreme(input, undefined, true)],
  ["_min_by_impl/1", (input, [by = null]) => extreme(input, by, false)],
  ["_max_by_impl/1", (input, [by = null]) => extreme(input, by, true)],
  ["indices/1", (input, [part = null]) => indices(input, part)],
  ["_indices/1", (input, [part = null]) => indices(input, part)],
  [
    "startswith/1",
    (input, [part = null]) => {
      if (typeof part !== "string") throw new JqError("startswith() requires string inputs");
      return text(input, "startswith() requires string inputs").startsWith(part);
    },
  ],
  [
    "endswith/1",
    (input, [part = null]) => {
      if (typeof part !== "string") throw new JqError("endswith() requires string inputs");
      return text(input, "endswith() requires string inputs").endsWith(part);
    },
  ],
  ["ltrimstr/1", (input, [affix = null]) => trim(input, affix, true)],
  ["rtrimstr/1", (input, [affix = null]) => trim(input, affix, false)],
  ["trim/0", (input) => trimSpace(input, /^\s+|\s+$/g)],
  ["ltrim/0", (input) => trimSpace(input, /^\s+/)],
  ["rtrim/0", (input) => trimSpace(input, /\s+$/)],
  [
    "split/1",
    (input, [separator = null]) => {
      if (typeof separator !== "string") throw new JqError("split input and separator must be strings");
      return split(text(input, "split input and separator must be strings"), separator);
    },
  ],
  ["explode/0", explode],
  ["implode/0", implode],
  [
    "ascii_downcase/0",
    (input) => text(input, "explode input must be a string").replace(/[A-Z]/g, (char) => char.toLowerCase()),
  ],
  [
    "ascii_upcase/0",
    (input) => text(input, "explode input must be a string").replace(/[a-z]/g, (char) => char.toUpperCase()),
  ],
  [
    "format/1",
    (input, [name = null]) => {
      if (typeof name !== "string") throw new JqError(`${described(name)} is not a valid format`);
      return formatValue(`@${name}`, input);
    },
  ],
  [
    "_match_impl/3",
    (input, [pattern = null, flags = null, isTest = null]) => matchRegex(input, pattern, flags, isTest === true),
  ],
  ["infinite/0", () => Infinity],
  ["nan/0", () => Number.NaN],
  ["isnan/0", (input) => Number.isNaN(number(input))],
  ["isinfinite/0", (input) => Math.abs(number(input)) === Infinity],
  ["isnormal/0", (input) => Number.isFinite(number(input)) && Math.abs(number(input)) >= 2 ** -1022],
  ["abs/0", (input) => (number(input) < 0 ? -number(input) : number(input))],
  ["toarray/0", (input) => (isArray(input) ? input : [input])],
  ["gmtime/0", (input) => brokenDown(input, "gmtime")],
  ["localtime/0", (input) => brokenDown(input, "localtime")],
  ["mktime/0", epochSeconds],
  ["strftime/1", (input, [format = null]) => formatTime(input, format, "strftime")],
  ["strflocaltime/1", (input, [format = null]) => formatTime(input, format, "strflocaltime")],
  ["strptime/1", (input, [format = null]) => parseTime(input, format)],
  ["get_search_list/0", () => []],
]);
