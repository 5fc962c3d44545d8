/** `--sort-by`: objects or table rows ordered by one field. */
import { KubectlError } from "../errors.ts";
import { JsonPath, JsonPathError, relaxedPath } from "./jsonpath.ts";

/** Orders `items` by what `path` finds in `objectOf(item)`; missing values come first. Throws KubectlError. */
export function sortByField<T>(items: readonly T[], path: string, objectOf: (item: T) => unknown): readonly T[] {
  const field = relaxOrFail(path);
  const parser = new JsonPath(field);
  const keyed = items.map((item) => ({ item, value: parser.find(objectOf(item))[0]?.[0] }));
  if (items.length > 0 && keyed.every(({ value }) => value === undefined)) {
    throw new KubectlError(`couldn't find any field with path ${JSON.stringify(field)} in the list of objects`);
  }
  return [...keyed].sort((a, b) => compareFields(a.value, b.value)).map(({ item }) => item);
}

function relaxOrFail(path: string): string {
  try {
    const field = relaxedPath(path);
    new JsonPath(field);
    return field;
  } catch (error) {
    throw error instanceof JsonPathError ? new KubectlError(error.message) : error;
  }
}

function compareFields(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") {
    const quantities = [quantityOf(a), quantityOf(b)] as const;
    if (quantities[0] !== undefined && quantities[1] !== undefined) return quantities[0] - quantities[1];
    return naturalCompare(a, b);
  }
  return 0;
}

const SUFFIXES: Readonly<Record<string, number>> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

function quantityOf(text: string): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))([a-zA-Z]*)$/.exec(text);
  const factor = SUFFIXES[match?.[2] ?? "?"];
  return match === null || factor === undefined ? undefined : Number(match[1]) * factor;
}

/** Runs of digits compare as numbers: `pod-2` before `pod-10`. */
export function naturalCompare(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const x = left[i] as string;
    const y = right[i] as string;
    if (x === y) continue;
    if (/^\d/.test(x) && /^\d/.test(y)) return Number(x) - Number(y) || x.length - y.length;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
