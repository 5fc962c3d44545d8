/**
 * The patch that client-side apply sends: what changed between the last applied, the new
 * and the live configuration. Ported from the rules of apimachinery's strategicpatch
 * (CreateThreeWayMergePatch); kinds without a schema get an RFC 7386 merge patch.
 */
import { definitionOfKind, fieldOf, type FieldSchema } from "../../../kube/kinds/schema.ts";
import type { ApiObject } from "../client/rest-client.ts";
import { compactJson, compareBytes } from "../printers/json.ts";

type Fields = { [key: string]: unknown };

interface Options {
  readonly ignoresAdditions: boolean;
  readonly ignoresDeletions: boolean;
  readonly retainsKeys: boolean;
}

export interface ThreeWayPatch {
  readonly contentType: string;
  readonly patch: Fields;
}

/** The patch from `current` to `modified`, given what was applied last. An empty patch changes nothing. */
export function threeWayPatch(original: ApiObject | undefined, modified: ApiObject, current: ApiObject): ThreeWayPatch {
  const [group, version] = splitApiVersion(modified.apiVersion ?? "");
  const schema = definitionOfKind(group, version, modified.kind ?? "")?.name;
  if (schema === undefined) {
    return {
      contentType: "application/merge-patch+json",
      patch: threeWayMergePatch(original ?? {}, modified, current),
    };
  }
  const field: FieldSchema = { ref: schema };
  const delta = diffMaps(current as Fields, modified as Fields, field, {
    ignoresAdditions: false,
    ignoresDeletions: true,
    retainsKeys: false,
  });
  const deletions = diffMaps((original ?? {}) as Fields, modified as Fields, field, {
    ignoresAdditions: true,
    ignoresDeletions: false,
    retainsKeys: false,
  });
  return { contentType: "application/strategic-merge-patch+json", patch: mergePatches(deletions, delta, field) };
}

function splitApiVersion(apiVersion: string): readonly [string, string] {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function same(a: unknown, b: unknown): boolean {
  return compactJson(a) === compactJson(b);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nil";
  return Array.isArray(value) ? "list" : typeof value;
}

function childSchema(field: FieldSchema | undefined, key: string): FieldSchema | undefined {
  if (field?.ref !== undefined) return fieldOf(field.ref, key);
  return field?.values;
}

function strategiesOf(field: FieldSchema | undefined): readonly string[] {
  return field?.patchStrategy?.split(",") ?? [];
}

// ---------------------------------------------------------------------- diffs

function diffMaps(original: Fields, modified: Fields, schema: FieldSchema | undefined, options: Options): Fields {
  const patch: Fields = {};
  const retained: string[] = [];
  for (const [key, value] of Object.entries(modified)) {
    if (value === undefined) continue;
    if (options.retainsKeys && value !== null) retained.push(key);
    if (!Object.hasOwn(original, key) || kindOf(original[key]) !== kindOf(value)) {
      if (!options.ignoresAdditions) patch[key] = value;
      continue;
    }
    diffValue(key, original[key], value, patch, childSchema(schema, key), options);
  }
  if (!options.ignoresDeletions) {
    for (const key of Object.keys(original)) if (!Object.hasOwn(modified, key)) patch[key] = null;
  }
  const hasExtra = Object.keys(original).some((key) => !Object.hasOwn(modified, key));
  if (retained.length > 0 && (Object.keys(patch).length > 0 || hasExtra))
    patch["$retainKeys"] = retained.sort(compareBytes);
  return patch;
}

function diffValue(
  key: string,
  original: unknown,
  modified: unknown,
  patch: Fields,
  schema: FieldSchema | undefined,
  options: Options,
): void {
  const strategies = strategiesOf(schema);
  const nested: Options = { ...options, retainsKeys: strategies.includes("retainKeys") };
  if (isRecord(original) && isRecord(modified)) {
    if (strategies.includes("replace")) {
      if (!options.ignoresAdditions && !same(original, modified)) patch[key] = modified;
      return;
    }
    const inner = diffMaps(original, modified, schema, nested);
    if (Object.keys(inner).length > 0) patch[key] = inner;
    return;
  }
  if (Array.isArray(original) && Array.isArray(modified) && strategies.includes("merge")) {
    diffLists(key, original, modified, patch, schema, nested);
    return;
  }
  if (!options.ignoresAdditions && !same(original, modified)) patch[key] = modified;
}

function diffLists(
  key: string,
  original: readonly unknown[],
  modified: readonly unknown[],
  patch: Fields,
  schema: FieldSchema | undefined,
  options: Options,
): void {
  if (original.length === 0) {
    if (modified.length > 0 && !options.ignoresAdditions) patch[key] = modified;
    return;
  }
  const mergeKey = schema?.patchMergeKey;
  const isOfMaps = [...original, ...modified].every(isRecord);
  if (!isOfMaps || mergeKey === undefined) {
    diffScalarLists(key, original, modified, patch, options);
    return;
  }
  const before = original as readonly Fields[];
  const after = modified as readonly Fields[];
  const { changes, deletions } = diffMapLists(before, after, mergeKey, schema?.items, options);
  const order = after.map((item) => item[mergeKey]);
  const sorted = order.flatMap((value) => changes.filter((change) => change[mergeKey] === value)).filter(unique);
  const all = [...sorted, ...deletions];
  const isSameOrder = hasSameOrder(before, after, mergeKey);
  if (all.length > 0) patch[key] = all;
  if (all.length > 0 || !isSameOrder)
    patch[`$setElementOrder/${key}`] = after.map((item) => ({ [mergeKey]: item[mergeKey] }));
}

const unique = <T>(item: T, index: number, list: readonly T[]) => list.indexOf(item) === index;

/** Whether elements present in both lists stand in the same order and none is missing. */
function hasSameOrder(before: readonly Fields[], after: readonly Fields[], mergeKey: string): boolean {
  return before.length === after.length && before.every((item, index) => item[mergeKey] === after[index]?.[mergeKey]);
}

function diffMapLists(
  original: readonly Fields[],
  modified: readonly Fields[],
  mergeKey: string,
  schema: FieldSchema | undefined,
  options: Options,
): { readonly changes: Fields[]; readonly deletions: Fields[] } {
  const byKey = (a: Fields, b: Fields) => compareBytes(String(a[mergeKey]), String(b[mergeKey]));
  const before = [...original].sort(byKey);
  const after = [...modified].sort(byKey);
  const changes: Fields[] = [];
  const deletions: Fields[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const old = before[i];
    const fresh = after[j];
    const order = old === undefined ? 1 : fresh === undefined ? -1 : byKey(old, fresh);
    if (order === 0 && old !== undefined && fresh !== undefined) {
      const inner = diffMaps(old, fresh, schema, options);
      if (Object.keys(inner).length > 0) changes.push({ ...inner, [mergeKey]: fresh[mergeKey] });
      i++;
      j++;
    } else if (order > 0 && fresh !== undefined) {
      if (!options.ignoresAdditions) changes.push(fresh);
      j++;
    } else {
      if (!options.ignoresDeletions && old !== undefined)
        deletions.push({ $patch: "delete", [mergeKey]: old[mergeKey] });
      i++;
    }
  }
  return { changes, deletions };
}

function diffScalarLists(
  key: string,
  original: readonly unknown[],
  modified: readonly unknown[],
  patch: Fields,
  options: Options,
): void {
  const added = options.ignoresAdditions ? [] : modified.filter((item) => !original.includes(item));
  const removed = options.ignoresDeletions ? [] : original.filter((item) => !modified.includes(item));
  if (added.length > 0) patch[key] = added;
  if (removed.length > 0) patch[`$deleteFromPrimitiveList/${key}`] = removed;
  if (added.length > 0 || removed.length > 0 || !same(original, modified)) patch[`$setElementOrder/${key}`] = modified;
}

// ------------------------------------------------------------- joining patches

function mergePatches(deletions: Fields, delta: Fields, schema: FieldSchema | undefined): Fields {
  const merged: Fields = { ...deletions };
  for (const [key, value] of Object.entries(delta)) {
    const existing = merged[key];
    if (isRecord(existing) && isRecord(value)) merged[key] = mergePatches(existing, value, childSchema(schema, key));
    else if (Array.isArray(existing) && Array.isArray(value) && !key.startsWith("$")) {
      merged[key] = mergePatchLists(existing, value, childSchema(schema, key));
    } else merged[key] = value;
  }
  return merged;
}

function mergePatchLists(
  deletions: readonly unknown[],
  delta: readonly unknown[],
  schema: FieldSchema | undefined,
): readonly unknown[] {
  const mergeKey = schema?.patchMergeKey;
  if (mergeKey === undefined) return [...deletions, ...delta.filter((item) => !deletions.includes(item))];
  const result = [...deletions];
  for (const item of delta) {
    const index = result.findIndex((other) => isRecord(other) && isRecord(item) && other[mergeKey] === item[mergeKey]);
    const found = result[index];
    if (isRecord(found) && isRecord(item)) result[index] = mergePatches(found, item, schema?.items);
    else result.push(item);
  }
  return result;
}

// ------------------------------------------------------------ RFC 7386 merges

function threeWayMergePatch(original: ApiObject, modified: ApiObject, current: ApiObject): Fields {
  const additions = mergeDiff(current as Fields, modified as Fields, false);
  const deletions = deletionsOnly(mergeDiff(original as Fields, modified as Fields, true));
  return joinMergePatches(deletions, additions);
}

/** The merge patch from one document to another; without deletions unless asked for. */
export function mergeDiff(from: Fields, to: Fields, withDeletions: boolean): Fields {
  const patch: Fields = {};
  for (const [key, value] of Object.entries(to)) {
    const old = from[key];
    if (isRecord(old) && isRecord(value)) {
      const inner = mergeDiff(old, value, withDeletions);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!Object.hasOwn(from, key) || !same(old, value)) patch[key] = value;
  }
  if (withDeletions) for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null;
  return patch;
}

function deletionsOnly(patch: Fields): Fields {
  const kept: Fields = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) kept[key] = null;
    else if (isRecord(value)) {
      const inner = deletionsOnly(value);
      if (Object.keys(inner).length > 0) kept[key] = inner;
    }
  }
  return kept;
}

function joinMergePatches(a: Fields, b: Fields): Fields {
  const joined: Fields = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const existing = joined[key];
    joined[key] = isRecord(existing) && isRecord(value) ? joinMergePatches(existing, value) : value;
  }
  return joined;
}
