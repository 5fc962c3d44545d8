/**
 * Strategic merge patch: a merge patch that knows from the schema which lists are merged, and by
 * which key. Follows `apimachinery/pkg/util/strategicpatch/patch.go`.
 */
import { childOf, type FieldSchema, fieldOf } from "../../kinds/schema.ts";
import { equalTrees } from "../../store/freeze.ts";

const DIRECTIVE = "$patch";
const RETAIN_KEYS = "$retainKeys";
const DELETE_FROM_PREFIX = "$deleteFromPrimitiveList/";
const ORDER_PREFIX = "$setElementOrder/";

type Tree = Readonly<Record<string, unknown>>;

/** The patch contradicts itself or lacks a merge key; `message` is the library's text. */
export class StrategicPatchError extends Error {}

/** `original` changed by `patch`; neither is altered. `definitionName` names the type of both. */
export function strategicMergePatch(definitionName: string, original: Tree, patch: Tree): Tree {
  return mergeMap({ ref: definitionName }, original, patch);
}

function mergeMap(schema: FieldSchema | undefined, original: Tree, patch: Tree): Tree {
  switch (patch[DIRECTIVE]) {
    case undefined:
    case "merge":
      break;
    case "replace":
      return withoutDirectives(patch) as Tree;
    case "delete":
      return {};
    default:
      throw unknownDirective(patch);
  }
  const result: Record<string, unknown> = { ...retained(original, patch) };
  for (const [name, value] of Object.entries(patch)) {
    if (name === DIRECTIVE || name === RETAIN_KEYS) continue;
    if (name.startsWith(DELETE_FROM_PREFIX)) {
      deleteFromList(result, name.slice(DELETE_FROM_PREFIX.length), value);
      continue;
    }
    if (name.startsWith(ORDER_PREFIX)) continue;
    if (value === null) {
      delete result[name];
      continue;
    }
    result[name] = mergeValue(schema && fieldSchema(schema, name), result[name], value, patch[ORDER_PREFIX + name]);
  }
  for (const name of Object.keys(patch)) {
    if (!name.startsWith(ORDER_PREFIX)) continue;
    const field = name.slice(ORDER_PREFIX.length);
    if (patch[field] !== undefined || !Array.isArray(result[field])) continue;
    const child = schema && fieldSchema(schema, field);
    result[field] = reorder(result[field] as unknown[], patch[name], child?.patchMergeKey, original[field]);
  }
  return result;
}

function fieldSchema(schema: FieldSchema, name: string): FieldSchema | undefined {
  return schema.ref === undefined ? childOf(schema, name) : fieldOf(schema.ref, name);
}

function mergeValue(schema: FieldSchema | undefined, original: unknown, patch: unknown, order: unknown): unknown {
  if (isMap(patch)) {
    if (!isMap(original) || schema?.patchStrategy === "replace") {
      // Nothing to merge with: directives still must not be stored.
      return isMap(original) || original === undefined ? mergeMap(schema, {}, patch) : withoutDirectives(patch);
    }
    return mergeMap(schema, original, patch);
  }
  if (!Array.isArray(patch)) return patch;
  const strategies = schema?.patchStrategy?.split(",") ?? [];
  if (!strategies.includes("merge")) return withoutDirectives(patch);
  return mergeList(schema, Array.isArray(original) ? original : [], patch, order);
}

function mergeList(
  schema: FieldSchema | undefined,
  original: readonly unknown[],
  patch: readonly unknown[],
  order: unknown,
): unknown[] {
  const key = schema?.patchMergeKey;
  if (key === undefined || patch.some((item) => !isMap(item))) {
    const added = patch.filter((item) => !original.some((other) => equalTrees(item, other)));
    return reorder([...original, ...added], order ?? patch, undefined, original);
  }
  let merged: unknown[] = [...original];
  const additions: unknown[] = [];
  for (const item of patch as Tree[]) {
    const directive = item[DIRECTIVE];
    if (directive === "replace") {
      // The whole list is replaced by its other items.
      merged = (patch as Tree[]).filter((other) => other[DIRECTIVE] === undefined).map(withoutDirectives);
      return merged;
    }
    if (item[key] === undefined) {
      throw new StrategicPatchError(`map: ${goMap(item)} does not contain declared merge key: ${key}`);
    }
    const index = merged.findIndex((other) => isMap(other) && equalTrees(other[key], item[key]));
    if (directive === "delete") {
      merged = merged.filter((other) => !(isMap(other) && equalTrees(other[key], item[key])));
      continue;
    }
    if (directive !== undefined && directive !== "merge") throw unknownDirective(item);
    if (index === -1) additions.push(mergeMap(schema?.items, {}, item));
    else merged[index] = mergeMap(schema?.items, merged[index] as Tree, item);
  }
  return reorder([...merged, ...additions], order ?? patch, key, original);
}

/**
 * Puts the items that `order` names into its order; the others keep their places among them
 * as in `server`, the list before the patch. Items new to the server go before those that only
 * the server has: that is why an added container comes first.
 */
function reorder(items: unknown[], order: unknown, key: string | undefined, server: unknown): unknown[] {
  if (!Array.isArray(order) || order.length === 0) return items;
  const identity = (item: unknown): string => JSON.stringify(key !== undefined && isMap(item) ? item[key] : item);
  const positions = new Map(order.map((item, index) => [identity(item), index]));
  const before = new Map((Array.isArray(server) ? server : []).map((item, index) => [identity(item), index]));
  const ordered = items
    .filter((item) => positions.has(identity(item)))
    .sort((a, b) => (positions.get(identity(a)) ?? 0) - (positions.get(identity(b)) ?? 0));
  const others = items
    .filter((item) => !positions.has(identity(item)))
    .sort((a, b) => (before.get(identity(a)) ?? 0) - (before.get(identity(b)) ?? 0));
  const result: unknown[] = [];
  for (const item of others) {
    const place = before.get(identity(item)) ?? Number.POSITIVE_INFINITY;
    while (ordered.length > 0 && isBefore(before.get(identity(ordered[0])), place)) result.push(ordered.shift());
    result.push(item);
  }
  return [...result, ...ordered];
}

function isBefore(position: number | undefined, place: number): boolean {
  return position === undefined || position < place;
}

function retained(original: Tree, patch: Tree): Tree {
  const keys = patch[RETAIN_KEYS];
  if (!Array.isArray(keys)) return original;
  return Object.fromEntries(Object.entries(original).filter(([name]) => keys.includes(name)));
}

function deleteFromList(target: Record<string, unknown>, field: string, values: unknown): void {
  const present = target[field];
  if (!Array.isArray(present) || !Array.isArray(values)) return;
  target[field] = present.filter((item) => !values.some((value) => equalTrees(value, item)));
}

function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !(isMap(item) && item[DIRECTIVE] === "delete")).map(withoutDirectives);
  }
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([name, child]) => !name.startsWith("$") && child !== null);
  return Object.fromEntries(kept.map(([name, child]) => [name, withoutDirectives(child)]));
}

function unknownDirective(patch: Tree): StrategicPatchError {
  return new StrategicPatchError(`Unknown patch directive: ${String(patch[DIRECTIVE])} in map: ${goMap(patch)}`);
}

function isMap(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as Go's `%v` prints it: `map[name:web port:80]`. */
export function goMap(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goMap).join(" ")}]`;
  if (!isMap(value)) return String(value);
  const names = Object.keys(value).sort();
  return `map[${names.map((name) => `${name}:${goMap(value[name])}`).join(" ")}]`;
}
