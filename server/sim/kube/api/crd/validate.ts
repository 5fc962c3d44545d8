/** Validation of custom resources by their schema. Texts: go-openapi/validate as the server words it, v1.36. */
import type { FieldError } from "../../kinds/types.ts";
import { equalTrees } from "../../store/freeze.ts";
import { notSupported } from "../errors.ts";
import { evaluateRule } from "./cel.ts";
import { propertyOf, type StructuralSchema } from "./structural.ts";

const BLOCKING: ReadonlySet<string> = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

/** Errors of the whole object; rules in CEL are checked only when its shape is right. */
export function validateBySchema(
  schema: StructuralSchema,
  object: Readonly<Record<string, unknown>>,
  old?: Readonly<Record<string, unknown>>,
): FieldError[] {
  const errors = validateValue({ ...schema, type: "object" }, object, "");
  if (errors.some((error) => BLOCKING.has(error.reason))) {
    return [
      ...errors,
      {
        field: "<nil>",
        reason: "FieldValueInvalid",
        message:
          "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
      },
    ];
  }
  return [...errors, ...validateRules(schema, object, old, "")];
}

const error = (field: string, reason: FieldError["reason"], message: string): FieldError => ({
  field,
  reason,
  message,
});

function inBody(path: string, value: unknown, text: string): FieldError {
  return error(path, "FieldValueInvalid", `Invalid value: ${JSON.stringify(value)}: ${path} in body ${text}`);
}

function validateValue(schema: StructuralSchema | undefined, value: unknown, path: string): FieldError[] {
  if (!schema || value === undefined) return [];
  if (value === null) {
    return schema.nullable || schema.type === undefined ? [] : [typeError(schema.type, "null", path)];
  }
  const mismatch = typeMismatch(schema, value, path);
  if (mismatch) return [mismatch];
  const errors: FieldError[] = [];
  if (schema.enum && !schema.enum.some((allowed) => equalTrees(allowed, value))) {
    errors.push(notSupported(path, value, schema.enum.map(String)));
  }
  if (typeof value === "number") errors.push(...validateNumber(schema, value, path));
  else if (typeof value === "string") errors.push(...validateText(schema, value, path));
  else if (Array.isArray(value)) errors.push(...validateList(schema, value, path));
  else if (typeof value === "object") errors.push(...validateFields(schema, value as Record<string, unknown>, path));
  return [...errors, ...validateCombinations(schema, value, path)];
}

function typeMismatch(schema: StructuralSchema, value: unknown, path: string): FieldError | undefined {
  if (schema["x-kubernetes-int-or-string"]) {
    return typeof value === "string" || Number.isInteger(value)
      ? undefined
      : typeError("integer,string", typeOf(value), path);
  }
  if (schema.type === undefined) return undefined;
  const actual = typeOf(value);
  if (actual === schema.type || (actual === "integer" && schema.type === "number")) return undefined;
  return typeError(schema.type, actual, path);
}

function typeError(expected: string, actual: string, path: string): FieldError {
  return error(
    path,
    "FieldValueTypeInvalid",
    `Invalid value: ${JSON.stringify(actual)}: ${path} in body must be of type ${expected}: ${JSON.stringify(actual)}`,
  );
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function validateNumber(schema: StructuralSchema, value: number, path: string): FieldError[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const errors: FieldError[] = [];
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    errors.push(inBody(path, value, `should be less than ${exclusiveMaximum ? "" : "or equal to "}${maximum}`));
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    errors.push(inBody(path, value, `should be greater than ${exclusiveMinimum ? "" : "or equal to "}${minimum}`));
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    errors.push(inBody(path, value, `should be a multiple of ${multipleOf}`));
  }
  return errors;
}

function validateText(schema: StructuralSchema, value: string, path: string): FieldError[] {
  const { minLength, maxLength, pattern } = schema;
  const errors: FieldError[] = [];
  const length = [...value].length;
  if (maxLength !== undefined && length > maxLength) {
    errors.push(error(path, "FieldValueTooLong", `Too long: may not be more than ${maxLength} bytes`));
  }
  if (minLength !== undefined && length < minLength) {
    errors.push(inBody(path, value, `should be at least ${minLength} chars long`));
  }
  if (pattern !== undefined && !matchesPattern(pattern, value)) {
    errors.push(inBody(path, value, `should match '${pattern}'`));
  }
  return errors;
}

function matchesPattern(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    // A pattern of RE2 that is none here decides nothing.
    return true;
  }
}

const items = (count: number): string => `${count} item${count === 1 ? "" : "s"}`;

function validateList(schema: StructuralSchema, value: readonly unknown[], path: string): FieldError[] {
  const { minItems, maxItems } = schema;
  const errors: FieldError[] = [];
  if (minItems !== undefined && value.length < minItems) {
    errors.push(inBody(path, value.length, `should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && value.length > maxItems) {
    errors.push(error(path, "FieldValueTooMany", `Too many: ${value.length}: must have at most ${items(maxItems)}`));
  }
  value.forEach((item, index) => {
    errors.push(...validateValue(schema.items, item, `${path}[${index}]`));
    if (isDuplicate(schema, value, index)) {
      const shown = duplicateValue(schema, item);
      errors.push(error(`${path}[${index}]`, "FieldValueDuplicate", `Duplicate value: ${JSON.stringify(shown)}`));
    }
  });
  return errors;
}

function duplicateValue(schema: StructuralSchema, item: unknown): unknown {
  const keys = schema["x-kubernetes-list-map-keys"];
  if (schema["x-kubernetes-list-type"] !== "map" || !keys) return item;
  return Object.fromEntries(keys.map((key) => [key, (item as Record<string, unknown>)[key]]));
}

function isDuplicate(schema: StructuralSchema, list: readonly unknown[], index: number): boolean {
  const listType = schema["x-kubernetes-list-type"];
  if (listType !== "set" && listType !== "map") return false;
  const identity = duplicateValue(schema, list[index]);
  return list.slice(0, index).some((other) => equalTrees(duplicateValue(schema, other), identity));
}

function validateFields(
  schema: StructuralSchema,
  value: Readonly<Record<string, unknown>>,
  path: string,
): FieldError[] {
  const { minProperties, maxProperties } = schema;
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  const errors: FieldError[] = [];
  if (minProperties !== undefined && names.length < minProperties) {
    errors.push(inBody(path, names.length, `should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && names.length > maxProperties) {
    errors.push(
      error(path, "FieldValueTooMany", `Too many: ${names.length}: must have at most ${items(maxProperties)}`),
    );
  }
  for (const name of schema.required ?? []) {
    if (value[name] === undefined) errors.push(error(join(path, name), "FieldValueRequired", "Required value"));
  }
  for (const name of names.sort()) {
    // The metadata has its own validation.
    if (path === "" && name === "metadata") continue;
    errors.push(...validateValue(propertyOf(schema, name), value[name], join(path, name)));
  }
  return errors;
}

function join(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}

function validateCombinations(schema: StructuralSchema, value: unknown, path: string): FieldError[] {
  const passes = (other: StructuralSchema) => validateValue(other, value, path).length === 0;
  const errors = (schema.allOf ?? []).flatMap((other) => validateValue(other, value, path));
  const shown = JSON.stringify(value);
  const mustValidate = (text: string) =>
    error(path, "FieldValueInvalid", `Invalid value: ${shown}: ${path || '""'} ${text}`);
  if (schema.anyOf && !schema.anyOf.some(passes)) {
    errors.push(mustValidate("must validate at least one schema (anyOf)"));
  }
  if (schema.oneOf) {
    const count = schema.oneOf.filter(passes).length;
    if (count !== 1) {
      errors.push(
        mustValidate(
          count === 0
            ? "must validate one and only one schema (oneOf). Found none valid"
            : `must validate one and only one schema (oneOf). Found ${count} valid alternatives`,
        ),
      );
    }
  }
  if (schema.not && passes(schema.not)) errors.push(mustValidate("must not validate the schema (not)"));
  return errors;
}

/** Rules of `x-kubernetes-validations`, parents first. */
function validateRules(schema: StructuralSchema | undefined, value: unknown, old: unknown, path: string): FieldError[] {
  if (!schema || value === undefined || value === null) return [];
  const errors = (schema["x-kubernetes-validations"] ?? []).flatMap((rule) => {
    if (/\boldSelf\b/.test(rule.rule) && old === undefined) return [];
    if (evaluateRule(rule.rule, { self: value, oldSelf: old }) !== false) return [];
    const text = rule.message ?? `failed rule: ${rule.rule}`;
    const shown = typeof value === "object" ? "" : `${JSON.stringify(value)}: `;
    return [error(path + (rule.fieldPath ?? ""), "FieldValueInvalid", `Invalid value: ${shown}${text}`)];
  });
  if (Array.isArray(value)) {
    const before = Array.isArray(old) ? old : [];
    return [
      ...errors,
      ...value.flatMap((item, index) => validateRules(schema.items, item, before[index], `${path}[${index}]`)),
    ];
  }
  if (typeof value !== "object") return errors;
  const before = (old ?? {}) as Record<string, unknown>;
  const children = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...errors,
    ...children.flatMap(([name, child]) =>
      validateRules(propertyOf(schema, name), child, before[name], join(path, name)),
    ),
  ];
}
