/**
 * Facts of the API's types, as the OpenAPI document of Kubernetes v1.36 states them.
 * The data stands in `generated/schema.ts`; a definition is parsed when first asked for.
 */
import { SCHEMA_LINES } from "./generated/schema.ts";

export type FieldType = "string" | "integer" | "number" | "boolean" | "object" | "array" | "map" | "any";

export interface FieldSchema {
  /** Absent when `ref` names a definition. `object` and `any` without `ref` take whatever they are given. */
  readonly type?: FieldType;
  /** Name of a definition: `io.k8s.api.core.v1.PodSpec`. */
  readonly ref?: string;
  /** `int32`, `int64`, `double`, `byte` (base64). */
  readonly format?: string;
  readonly enum?: readonly string[];
  /** Of an array. */
  readonly items?: FieldSchema;
  /** Of a map; keys are strings. */
  readonly values?: FieldSchema;
  /** `merge`, `retainKeys`, `merge,retainKeys`, `replace`. */
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  /** `atomic`, `set`, `map`. */
  readonly listType?: "atomic" | "set" | "map";
  readonly listMapKeys?: readonly string[];
  readonly mapType?: "atomic" | "granular";
}

export interface DefinitionSchema {
  readonly name: string;
  /** Set only for definitions without fields: `string`, `object` or `any`. */
  readonly type?: FieldType;
  /** `int-or-string`, `date-time`. */
  readonly format?: string;
  readonly mapType?: "atomic" | "granular";
  readonly required: readonly string[];
  readonly kinds: readonly { readonly group: string; readonly version: string; readonly kind: string }[];
  /** In the order of the OpenAPI document (alphabetical). */
  readonly fields: Readonly<Record<string, FieldSchema>>;
}

/** The two definitions whose JSON form is wider than their declared type. */
export const INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
export const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
export const TIME = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";
export const MICRO_TIME = "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime";
export const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

let linesByName: Map<string, string> | undefined;
const parsed = new Map<string, DefinitionSchema>();

/** `undefined` for a name the document does not define. */
export function definition(name: string): DefinitionSchema | undefined {
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const line = lineOf(name);
  if (line === undefined) return undefined;
  const facts = JSON.parse(line) as Partial<DefinitionSchema>;
  const result: DefinitionSchema = { required: [], kinds: [], fields: {}, ...facts, name };
  parsed.set(name, result);
  return result;
}

export function definitionNames(): readonly string[] {
  return [...lines().keys()];
}

/** The definition that carries a group, version and kind; `undefined` when none does. */
export function definitionOfKind(group: string, version: string, kind: string): DefinitionSchema | undefined {
  for (const name of lines().keys()) {
    if (!name.endsWith(`.${kind}`)) continue;
    const candidate = definition(name);
    if (candidate?.kinds.some((gvk) => gvk.group === group && gvk.version === version && gvk.kind === kind)) {
      return candidate;
    }
  }
  return undefined;
}

/** The schema of one field of a definition. */
export function fieldOf(definitionName: string, field: string): FieldSchema | undefined {
  return definition(definitionName)?.fields[field];
}

/**
 * The schema at a path below a definition: field names; for elements of lists and maps any
 * segment stands for the element (`["spec", "containers", "0", "ports"]`). An empty path is
 * the definition itself. `undefined` where the path leaves the schema.
 */
export function fieldAt(definitionName: string, path: readonly string[]): FieldSchema | undefined {
  let current: FieldSchema | undefined = { ref: definitionName };
  for (const segment of path) {
    if (current === undefined) return undefined;
    current = childOf(current, segment);
  }
  return current;
}

/** The schema one step below a field: of a named field, an element or a map's value. */
export function childOf(field: FieldSchema, segment: string): FieldSchema | undefined {
  if (field.ref !== undefined) return fieldOf(field.ref, segment);
  return field.items ?? field.values;
}

export interface PatchMeta {
  /** `patchStrategy` split at commas: `["merge", "retainKeys"]`. */
  readonly strategies: readonly string[];
  readonly mergeKey?: string;
}

/** How a strategic merge patch treats the field at `path`. */
export function patchMeta(definitionName: string, path: readonly string[]): PatchMeta {
  const field = fieldAt(definitionName, path);
  return {
    strategies: field?.patchStrategy?.split(",") ?? [],
    ...(field?.patchMergeKey === undefined ? {} : { mergeKey: field.patchMergeKey }),
  };
}

/** The last part of a definition's name as Go writes the type: `v1.PodSpec`, `intstr.IntOrString`. */
export function goTypeOfDefinition(name: string): string {
  return name.split(".").slice(-2).join(".");
}

/** The Go type a decoder names in its errors: `int32`, `[]v1.Container`, `map[string]string`. */
export function goTypeOf(field: FieldSchema): string {
  if (field.ref !== undefined) return goTypeOfDefinition(field.ref);
  switch (field.type) {
    case "array":
      return `[]${goTypeOf(field.items ?? {})}`;
    case "map":
      return `map[string]${goTypeOf(field.values ?? {})}`;
    case "integer":
      return field.format ?? "int64";
    case "number":
      return "float64";
    case "boolean":
      return "bool";
    case "string":
      return field.format === "byte" ? "[]uint8" : "string";
    default:
      return "interface {}";
  }
}

function lineOf(name: string): string | undefined {
  return lines().get(name);
}

function lines(): Map<string, string> {
  linesByName ??= new Map(
    SCHEMA_LINES.map((line) => {
      const end = line.indexOf(" ");
      return [line.slice(0, end), line.slice(end + 1)];
    }),
  );
  return linesByName;
}
