/** The types of `metadata`, checked by the client before anything is sent: a wrong one cannot be decoded. */
import { goTypeOf, OBJECT_META, TIME, fieldOf, definition, type FieldSchema } from "../../../kube/kinds/schema.ts";
import type { ApiObject } from "../client/rest-client.ts";

/** Go's words for the first field of a wrong type; undefined when all fit. */
export function checkMetadata(object: ApiObject): string | undefined {
  const metadata = object.metadata as unknown;
  if (metadata === undefined || metadata === null) return undefined;
  if (!isRecord(metadata)) return mismatch(metadata, "metadataOnlyObject", "metadata", "v1.ObjectMeta");
  return checkStruct(OBJECT_META, "ObjectMeta", metadata, "metadata");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function goKindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function mismatch(value: unknown, struct: string, path: string, type: string): string {
  const isFraction = typeof value === "number" && !Number.isInteger(value) && type.startsWith("int");
  return `json: cannot unmarshal ${goKindOf(value)}${isFraction ? ` ${value}` : ""} into Go struct field ${struct}.${path} of type ${type}`;
}

function checkStruct(
  name: string,
  struct: string,
  record: Readonly<Record<string, unknown>>,
  path: string,
): string | undefined {
  for (const [key, value] of Object.entries(record)) {
    const field = fieldOf(name, key);
    if (field === undefined || value === null) continue;
    const problem = checkField(field, struct, value, `${path}.${key}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkField(field: FieldSchema, struct: string, value: unknown, path: string): string | undefined {
  if (field.ref !== undefined) {
    if (field.ref === TIME) return typeof value === "string" ? undefined : mismatch(value, struct, path, "string");
    const fields = definition(field.ref)?.fields ?? {};
    if (Object.keys(fields).length === 0) return undefined;
    const type = goTypeOf(field);
    return isRecord(value)
      ? checkStruct(field.ref, type.split(".").at(-1) ?? type, value, path)
      : mismatch(value, struct, path, type);
  }
  switch (field.type) {
    case "string":
      return typeof value === "string" ? undefined : mismatch(value, struct, path, "string");
    case "integer":
      return Number.isInteger(value) ? undefined : mismatch(value, struct, path, "int64");
    case "boolean":
      return typeof value === "boolean" ? undefined : mismatch(value, struct, path, "bool");
    case "map": {
      if (!isRecord(value)) return mismatch(value, struct, path, goTypeOf(field));
      return firstProblem(Object.values(value), field.values, struct, path);
    }
    case "array":
      if (!Array.isArray(value)) return mismatch(value, struct, path, goTypeOf(field));
      return firstProblem(value, field.items, struct, path);
    default:
      return undefined;
  }
}

function firstProblem(
  values: readonly unknown[],
  field: FieldSchema | undefined,
  struct: string,
  path: string,
): string | undefined {
  if (field === undefined) return undefined;
  for (const value of values) {
    const problem = value === null ? undefined : checkField(field, struct, value, path);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
