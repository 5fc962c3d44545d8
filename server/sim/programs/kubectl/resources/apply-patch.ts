/** Patches applied by the client to objects it made: `--overrides`, `set --local`. */
import { definitionOfKind, fieldOf, type FieldSchema } from "../../../kube/kinds/schema.ts";

type Fields = { [key: string]: unknown };

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** RFC 7386. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Fields = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = applyMergePatch(result[key], value);
  }
  return result;
}

/** Lists with a merge key are merged by element; directives are not understood. */
export function applyStrategicPatch(target: unknown, patch: unknown): unknown {
  const { apiVersion, kind } = (isRecord(target) ? target : {}) as { apiVersion?: string; kind?: string };
  const slash = (apiVersion ?? "").indexOf("/");
  const group = slash < 0 ? "" : (apiVersion ?? "").slice(0, slash);
  const schema = definitionOfKind(group, (apiVersion ?? "").slice(slash + 1), kind ?? "")?.name;
  return merge(target, patch, schema === undefined ? undefined : { ref: schema });
}

function merge(target: unknown, patch: unknown, schema: FieldSchema | undefined): unknown {
  if (Array.isArray(patch) && Array.isArray(target) && schema?.patchMergeKey !== undefined) {
    return mergeLists(target, patch, schema.patchMergeKey, schema.items);
  }
  if (!isRecord(patch)) return patch;
  const result: Fields = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    const child = schema?.ref === undefined ? schema?.values : fieldOf(schema.ref, key);
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value, child);
  }
  return result;
}

function mergeLists(
  target: readonly unknown[],
  patch: readonly unknown[],
  key: string,
  items: FieldSchema | undefined,
): readonly unknown[] {
  const result = [...target];
  for (const item of patch) {
    const index = result.findIndex((other) => isRecord(other) && isRecord(item) && other[key] === item[key]);
    if (index < 0) result.unshift(item);
    else result[index] = merge(result[index], item, items);
  }
  return result;
}
