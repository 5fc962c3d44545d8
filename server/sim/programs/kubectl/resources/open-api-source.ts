/**
 * Schemas of custom resources for `kubectl explain`, read from the server's OpenAPI v3 document.
 * What is built in comes from the tables kubectl and the server share; left out: `oneOf`, `anyOf`.
 */
import type { DefinitionDescription } from "../../../kube/kinds/descriptions.ts";
import type { DefinitionSchema, FieldSchema } from "../../../kube/kinds/schema.ts";

/** Where schemas and their documentation are looked up by the name of a definition. */
export interface SchemaSource {
  definition(name: string): DefinitionSchema | undefined;
  describe(name: string): DefinitionDescription | undefined;
}

type Json = Readonly<Record<string, unknown>>;

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The schema of a kind in a document, and a source for all it refers to. Undefined when the document has no such kind. */
export function openApiSource(
  document: unknown,
  wanted: GroupVersionKind,
  builtIn: SchemaSource,
): { readonly source: SchemaSource; readonly root: DefinitionSchema } | undefined {
  const schemas = record(record(record(document)["components"])["schemas"]);
  const found = Object.entries(schemas).find(([, schema]) => isOfKind(record(schema), wanted));
  if (found === undefined) return undefined;
  const reader = new DocumentReader();
  const root = reader.define(found[0], record(found[1]), true);
  const source: SchemaSource = {
    definition: (name) => reader.definitions.get(name) ?? builtIn.definition(name),
    describe: (name) => reader.descriptions.get(name) ?? builtIn.describe(name),
  };
  return { source, root };
}

const record = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});

function isOfKind(schema: Json, { group, version, kind }: GroupVersionKind): boolean {
  const kinds = schema["x-kubernetes-group-version-kind"];
  return (
    Array.isArray(kinds) &&
    kinds.some((each: Json) => each["group"] === group && each["version"] === version && each["kind"] === kind)
  );
}

/** Turns objects without a name of their own into definitions; their names end in `.Object`, which is how they show. */
class DocumentReader {
  readonly definitions = new Map<string, DefinitionSchema>();
  readonly descriptions = new Map<string, DefinitionDescription>();

  /** `hasText`: whether the description belongs to the definition, and not to the field that holds it. */
  define(name: string, schema: Json, hasText: boolean): DefinitionSchema {
    const properties = Object.entries(record(schema["properties"])).sort(([a], [b]) => (a < b ? -1 : 1));
    const fields = properties.map(([field, value]) => [field, this.#field(`${name}/${field}`, record(value))] as const);
    const texts = properties.map(([field, value]) => [field, String(record(value)["description"] ?? "")] as const);
    const required = Array.isArray(schema["required"]) ? schema["required"].map(String) : [];
    const definition = { name, required, kinds: [], fields: Object.fromEntries(fields) };
    this.definitions.set(name, definition);
    this.descriptions.set(name, {
      ...(hasText && schema["description"] ? { description: String(schema["description"]) } : {}),
      fields: Object.fromEntries(texts),
    });
    return definition;
  }

  #field(name: string, schema: Json, isElement = false): FieldSchema {
    const [only] = Array.isArray(schema["allOf"]) && schema["allOf"].length === 1 ? schema["allOf"] : [];
    const reference = schema["$ref"] ?? record(only)["$ref"];
    if (typeof reference === "string") return { ref: reference.slice(reference.lastIndexOf("/") + 1) };
    if (schema["items"] !== undefined)
      return { type: "array", items: this.#field(name, record(schema["items"]), true) };
    const values = schema["additionalProperties"];
    if (typeof values === "object") return { type: "map", values: this.#field(name, record(values), true) };
    if (schema["properties"] !== undefined) return { ref: this.define(`${name}.Object`, schema, isElement).name };
    const type = schema["type"];
    const choices = Array.isArray(schema["enum"]) ? { enum: schema["enum"].map(String) } : {};
    if (type === "string" || type === "integer" || type === "number" || type === "boolean") return { type, ...choices };
    return { type: "any", ...choices };
  }
}
