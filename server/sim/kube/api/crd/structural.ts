/** Structural schemas of custom resources: pruning of unknown fields and defaults. */
import type { Draft } from "../../kinds/types.ts";
import { cloneTree } from "../../store/freeze.ts";
import { decodeObject } from "../decode.ts";
import { OBJECT_META } from "../../kinds/schema.ts";

/** `JSONSchemaProps`, as far as it counts here. */
export interface StructuralSchema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly items?: StructuralSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly StructuralSchema[];
  readonly anyOf?: readonly StructuralSchema[];
  readonly oneOf?: readonly StructuralSchema[];
  readonly not?: StructuralSchema;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-validations"?: readonly ValidationRule[];
}

export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
}

/** The object without fields its schema does not know, and the names of those. Throws DecodeError for bad metadata. */
export function pruneObject(
  schema: StructuralSchema,
  value: Draft,
): { readonly draft: Draft; readonly strictErrors: readonly string[] } {
  const strictErrors: string[] = [];
  const { apiVersion, kind, metadata, ...rest } = value;
  const decoded = decodeObject(OBJECT_META, metadata ?? {});
  strictErrors.push(...decoded.strictErrors.map((error) => error.replace('field "', 'field "metadata.')));
  const pruned = prune({ ...schema, type: "object" }, rest, "", strictErrors) as Draft;
  return { draft: { apiVersion, kind, metadata: decoded.draft, ...pruned }, strictErrors };
}

function prune(schema: StructuralSchema | undefined, value: unknown, path: string, unknown: string[]): unknown {
  if (Array.isArray(value)) {
    return value.map((item, index) => prune(schema?.items, item, `${path}[${index}]`, unknown));
  }
  if (typeof value !== "object" || value === null) return value;
  const result: Draft = {};
  for (const [name, child] of Object.entries(value)) {
    const childPath = path ? `${path}.${name}` : name;
    const childSchema = propertyOf(schema, name);
    if (childSchema === undefined) {
      if (keepsUnknown(schema)) result[name] = child;
      else unknown.push(`unknown field ${JSON.stringify(childPath)}`);
      continue;
    }
    // Null for a field that must not be null, but has a default, makes room for the default.
    if (child === null && !childSchema.nullable && childSchema.default !== undefined) continue;
    result[name] = prune(childSchema, child, childPath, unknown);
  }
  return result;
}

export function propertyOf(schema: StructuralSchema | undefined, name: string): StructuralSchema | undefined {
  const property = schema?.properties?.[name];
  if (property) return property;
  const additional = schema?.additionalProperties;
  if (additional === true) return { "x-kubernetes-preserve-unknown-fields": true };
  return typeof additional === "object" ? additional : undefined;
}

function keepsUnknown(schema: StructuralSchema | undefined): boolean {
  if (schema === undefined) return true;
  return schema["x-kubernetes-preserve-unknown-fields"] === true;
}

/** Fills in what is absent and has a default, in place. */
export function applyDefaults(schema: StructuralSchema | undefined, value: unknown): void {
  if (!schema || typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) applyDefaults(schema.items, item);
    return;
  }
  const fields = value as Draft;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (fields[name] === undefined && property.default !== undefined) fields[name] = cloneTree(property.default);
  }
  for (const [name, child] of Object.entries(fields)) applyDefaults(propertyOf(schema, name), child);
}
