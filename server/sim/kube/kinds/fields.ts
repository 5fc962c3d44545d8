/**
 * Reading and changing decoded JSON whose shape the decoder has already checked against the
 * schema. Readers never throw: what is absent reads as the Go zero value.
 */
import type { Draft } from "./types.ts";

export type Fields = Readonly<Record<string, unknown>>;

const EMPTY: Fields = Object.freeze({});

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object at a field, `{}` when absent. */
export function fields(value: unknown): Fields {
  return isObject(value) ? value : EMPTY;
}

/** The list at a field, `[]` when absent. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A list of objects; elements that are none read as `{}`. */
export function objects(value: unknown): readonly Fields[] {
  return list(value).map(fields);
}

export function strings(value: unknown): readonly string[] {
  return list(value).map(text);
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function integer(value: unknown, absent = 0): number {
  return typeof value === "number" ? value : absent;
}

/** `undefined` when absent: for Go's pointers to numbers. */
export function optionalInteger(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

export function isTrue(value: unknown): boolean {
  return value === true;
}

/** A map of strings: labels, annotations, selectors. */
export function stringMap(value: unknown): Readonly<Record<string, string>> {
  return isObject(value) ? (value as Record<string, string>) : (EMPTY as Record<string, string>);
}

/** The value below a path of field names. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const name of path) current = fields(current)[name];
  return current;
}

export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** Absent, or the zero value that Go cannot tell from absent: `""`, `0`, `false`, an empty list or map. */
export function isEmpty(value: unknown): boolean {
  if (isAbsent(value) || value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** Sets a field that is absent. For Go's pointer fields, whose zero value counts as given. */
export function fill(draft: Draft, field: string, value: unknown): void {
  if (isAbsent(draft[field])) draft[field] = value;
}

/** Sets a field that is absent or zero. For Go's plain fields. */
export function fillEmpty(draft: Draft, field: string, value: unknown): void {
  if (isEmpty(draft[field])) draft[field] = value;
}

/** The object at a field of a draft; created when absent. */
export function draftAt(draft: Draft, field: string): Draft {
  const present = draft[field];
  if (isObject(present)) return present as Draft;
  const created: Draft = {};
  draft[field] = created;
  return created;
}

/** The object at a field of a draft, if there is one. */
export function draftIfPresent(draft: Draft, field: string): Draft | undefined {
  const present = draft[field];
  return isObject(present) ? (present as Draft) : undefined;
}

/** The objects in a list of a draft. */
export function draftList(draft: Draft, field: string): readonly Draft[] {
  return list(draft[field]).filter(isObject) as readonly Draft[];
}

/** Deep equality of JSON values; absent fields equal `undefined`. */
export function equalJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => equalJson(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return isAbsent(left) && isAbsent(right);
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every((name) => equalJson(left[name], right[name]));
}

/** Equality as Go's `apiequality.Semantic.DeepEqual` sees it: an empty list or map equals an absent one. */
export function semanticallyEqual(left: unknown, right: unknown): boolean {
  return equalJson(withoutEmpty(left), withoutEmpty(right));
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).map(([name, child]) => [name, withoutEmpty(child)] as const);
  const present = kept.filter(([, child]) => child !== undefined);
  return present.length === 0 ? undefined : Object.fromEntries(present);
}

/** A deep copy of JSON data, free to be changed. */
export function cloneJson<T>(value: T): T {
  if (Array.isArray(value)) return value.map(cloneJson) as T;
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, cloneJson(child)])) as T;
}
