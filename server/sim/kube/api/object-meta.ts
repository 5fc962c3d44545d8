/** The order in which Go writes the fields of an object. */
import type { KindDefinition } from "../kinds/types.ts";
import type { KubeObject, ObjectMeta } from "./types.ts";

/** `metadata` in the order of the Go type, empty fields left out; the name is always a text. */
export function orderObjectMeta(meta: Readonly<Record<string, unknown>>): ObjectMeta {
  const result: Record<string, unknown> = { name: "" };
  for (const field of META_FIELDS) {
    const value = meta[field];
    if (value === undefined || value === null || value === "") continue;
    if (Array.isArray(value) ? value.length === 0 : isEmptyObject(value)) continue;
    result[field] = value;
  }
  return result as unknown as ObjectMeta;
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

const META_FIELDS = [
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
] as const;

/** The whole object with `kind`, `apiVersion`, `metadata` and `spec` first, `status` last, as Go writes it. */
export function orderObject(kind: KindDefinition, draft: Readonly<Record<string, unknown>>): KubeObject {
  const { kind: _kind, apiVersion: _version, metadata, spec, status, ...rest } = draft;
  return {
    kind: kind.kind,
    apiVersion: kind.group ? `${kind.group}/${kind.version}` : kind.version,
    metadata: orderObjectMeta((metadata ?? {}) as Record<string, unknown>),
    ...(spec === undefined ? {} : { spec }),
    ...rest,
    ...(status === undefined ? {} : { status }),
  };
}
