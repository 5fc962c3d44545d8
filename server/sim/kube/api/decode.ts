/**
 * Decodes JSON into the fields a Go type has, as `sigs.k8s.io/json` does: a field of the wrong
 * type fails with the decoder's text, fields the type does not have are dropped and reported,
 * `null` becomes absent. Go's names for string types are restated where the schema has lost them.
 */
import {
  definition,
  goTypeOf,
  INT_OR_STRING,
  MICRO_TIME,
  QUANTITY,
  TIME,
  type DefinitionSchema,
  type FieldSchema,
} from "../kinds/schema.ts";
import type { Draft } from "../kinds/types.ts";
import { goStringType, NAMED_STRINGS } from "./go-types.ts";

/** The body has the wrong shape; `message` is the decoder's text. */
export class DecodeError extends Error {}

export interface Decoded {
  readonly draft: Draft;
  /** `unknown field "spec.foo"`, in document order. */
  readonly strictErrors: readonly string[];
}

/** Where a value stands: the Go struct that holds it, and the path of field names. */
interface Place {
  readonly struct: string;
  readonly definition: string;
  readonly field: string;
  /** Field names joined by dots, without indices: as type errors print it. */
  readonly plainPath: string;
  /** With indices and map keys: as strict errors print it. */
  readonly path: string;
  readonly source: "json" | "tree";
}

const QUANTITY_PATTERN = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const RAW_EXTENSION = "io.k8s.apimachinery.pkg.runtime.RawExtension";
const FIELDS_V1 = "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1";

/**
 * Decodes `value` as the named definition. Throws DecodeError. Unknown definitions are copied as they are.
 * `source`: errors are worded by the JSON decoder, or by the converter of trees that strategic merge
 * patches go through.
 */
export function decodeObject(definitionName: string, value: unknown, source: "json" | "tree" = "json"): Decoded {
  const strictErrors: string[] = [];
  const root = definition(definitionName);
  const structName = definitionName.split(".").at(-1) ?? "";
  const place: Place = { struct: structName, definition: definitionName, field: "", plainPath: "", path: "", source };
  if (!root) return { draft: value as Draft, strictErrors };
  const draft = decodeStruct(root, value, place, strictErrors);
  return { draft: draft as Draft, strictErrors };
}

function decodeStruct(schema: DefinitionSchema, value: unknown, place: Place, errors: string[]): Draft {
  if (!isObject(value)) throw mismatch(value, place, typeName({ ref: schema.name }, place));
  const struct = schema.name.split(".").at(-1) ?? "";
  const result: Draft = {};
  for (const name in value) {
    const field = schema.fields[name];
    const path = place.path ? `${place.path}.${name}` : name;
    if (!field) {
      errors.push(`unknown field ${JSON.stringify(path)}`);
      continue;
    }
    const child = value[name];
    if (child === null || child === undefined) continue;
    result[name] = decodeField(
      field,
      child,
      {
        struct,
        definition: schema.name,
        field: name,
        plainPath: place.plainPath ? `${place.plainPath}.${name}` : name,
        path,
        source: place.source,
      },
      errors,
    );
  }
  return result;
}

function decodeField(field: FieldSchema, value: unknown, place: Place, errors: string[]): unknown {
  if (field.ref !== undefined) return decodeReference(field.ref, value, place, errors);
  switch (field.type) {
    case "array":
      if (!Array.isArray(value)) throw mismatch(value, place, typeName(field, place));
      return value.map((item, index) => {
        if (item === null) return zeroOf(field.items);
        return decodeField(field.items ?? {}, item, { ...place, path: `${place.path}[${index}]` }, errors);
      });
    case "map":
      return decodeMap(field, value, place, errors);
    case "string":
      if (typeof value !== "string") throw mismatch(value, place, typeName(field, place));
      if (field.format === "byte") checkBase64(value);
      return value;
    case "integer":
      return decodeInteger(field.format ?? "int64", value, place);
    case "number":
      if (typeof value !== "number") throw mismatch(value, place, "float64");
      return value;
    case "boolean":
      if (typeof value !== "boolean") throw mismatch(value, place, "bool");
      return value;
    default:
      return value;
  }
}

function decodeMap(field: FieldSchema, value: unknown, place: Place, errors: string[]): unknown {
  if (!isObject(value)) throw mismatch(value, place, typeName(field, place));
  const result: Draft = {};
  for (const key in value) {
    const item = value[key];
    result[key] =
      item === null
        ? zeroOf(field.values)
        : decodeField(field.values ?? {}, item, { ...place, path: `${place.path}.${key}` }, errors);
  }
  return result;
}

function decodeReference(name: string, value: unknown, place: Place, errors: string[]): unknown {
  switch (name) {
    case INT_OR_STRING:
      if (typeof value === "string") return value;
      return decodeInteger("int32", value, place);
    case QUANTITY:
      return decodeQuantity(value);
    case TIME:
    case MICRO_TIME:
      return decodeTime(value, name === TIME);
    case RAW_EXTENSION:
    case FIELDS_V1:
      return value;
  }
  const schema = definition(name);
  if (!schema || schema.type !== undefined) {
    if (schema?.type === "string" && typeof value !== "string") throw mismatch(value, place, "string");
    return value;
  }
  return decodeStruct(schema, value, place, errors);
}

function decodeInteger(type: string, value: unknown, place: Place): number {
  if (typeof value !== "number") throw mismatch(value, place, type);
  const limit = type === "int32" ? 2 ** 31 : 2 ** 63;
  if (!Number.isInteger(value) || value >= limit || value < -limit) {
    if (place.source === "tree") throw new DecodeError(conversionText(value, type));
    throw new DecodeError(unmarshalText(`number ${value}`, place, type));
  }
  return value;
}

function decodeQuantity(value: unknown): string {
  // Quantities may be written as bare numbers; they are kept as text.
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string" || !QUANTITY_PATTERN.test(text)) {
    throw new DecodeError(`quantities must match the regular expression '${QUANTITY_PATTERN.source}'`);
  }
  return text;
}

const TIME_PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function decodeTime(value: unknown, isSeconds: boolean): string {
  if (typeof value !== "string") {
    throw new DecodeError(`json: cannot unmarshal ${kindOf(value)} into Go value of type string`);
  }
  if (!TIME_PATTERN.test(value)) {
    const layout = isSeconds ? "2006-01-02T15:04:05Z07:00" : "2006-01-02T15:04:05.000000Z07:00";
    const rest = value.match(/^\d{4}/) ? value.slice(4) : value;
    const element = rest === value ? "2006" : "-";
    throw new DecodeError(
      `parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${element}"`,
    );
  }
  if (!isSeconds || (value.endsWith("Z") && value.length === 20)) return value;
  return `${new Date(value).toISOString().slice(0, 19)}Z`;
}

function checkBase64(value: string): void {
  const compact = value.replace(/[\r\n]/g, "");
  const match = compact.match(/^(?:[A-Za-z0-9+/]{4})*/)?.[0] ?? "";
  const rest = compact.slice(match.length);
  if (rest === "" || /^(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$/.test(rest)) return;
  const bad = compact.search(/[^A-Za-z0-9+/]/);
  const index = bad === -1 ? match.length : bad;
  throw new DecodeError(`illegal base64 data at input byte ${index}`);
}

/** What `null` in a list or map decodes to. */
function zeroOf(field: FieldSchema | undefined): unknown {
  if (field?.ref === INT_OR_STRING) return 0;
  if (field?.ref === QUANTITY) return "0";
  switch (field?.type) {
    case "string":
      return "";
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    default:
      return field?.ref === undefined ? null : {};
  }
}

function mismatch(value: unknown, place: Place, type: string): DecodeError {
  if (place.source === "tree") return new DecodeError(conversionText(value, type));
  return new DecodeError(unmarshalText(kindOf(value), place, type));
}

/** As `apimachinery/pkg/runtime/converter.go` says it: only the kind of Go type is named. */
function conversionText(value: unknown, type: string): string {
  const from = treeKindOf(value);
  if (type.startsWith("map[") || type.endsWith("ResourceList")) return `cannot restore map from ${from}`;
  if (type.startsWith("[]")) return `cannot restore slice from ${from}`;
  if (/^(string|bool|int32|int64|float64)$/.test(type)) return `unrecognized type: ${type}`;
  return NAMED_STRINGS.has(type) ? "unrecognized type: string" : `cannot restore struct from: ${from}`;
}

function treeKindOf(value: unknown): string {
  if (Array.isArray(value)) return "slice";
  if (typeof value === "object") return "map";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function unmarshalText(what: string, place: Place, type: string): string {
  if (!place.plainPath) return `json: cannot unmarshal ${what} into Go value of type ${type}`;
  return `json: cannot unmarshal ${what} into Go struct field ${place.struct}.${place.plainPath} of type ${type}`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  if (typeof value === "boolean") return "bool";
  return typeof value;
}

function typeName(field: FieldSchema, place: Place): string {
  const named = goStringType(place.definition, place.field);
  if (named === undefined) return goTypeOf(field);
  return field.type === "array" && !named.startsWith("[]") ? `[]${named}` : named;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
