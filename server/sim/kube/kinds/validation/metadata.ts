/** Object metadata, as apimachinery `pkg/api/validation/objectmeta.go` checks it. */
import type { KubeObject } from "../../api/types.ts";
import { at, equalJson, fields, integer, isAbsent, objects, stringMap, strings, text } from "../fields.ts";
import { duplicate, type FieldErrors, forbidden, invalid, invalids, required } from "./errors.ts";
import { isDns1123Label, isLabelValue, isQualifiedName } from "./names.ts";

const ANNOTATIONS_MAX_BYTES = 256 * 1024;

export interface MetadataRules {
  readonly isNamespaced: boolean;
  /** Like every `StringCheck`; some names are judged by the profile (`v1.36`). */
  readonly checkName: (name: string, profile: string) => readonly string[];
}

export function validateMetadata(object: KubeObject, rules: MetadataRules, profile = ""): FieldErrors {
  const metadata = fields(object.metadata);
  return [
    ...validateNames(metadata, rules, profile),
    ...validateNamespaceField(text(metadata["namespace"]), rules.isNamespaced),
    ...validateRest(metadata),
  ];
}

export function validateMetadataUpdate(object: KubeObject, old: KubeObject, rules: MetadataRules): FieldErrors {
  const metadata = fields(object.metadata);
  const before = fields(old.metadata);
  const immutable = (field: string) =>
    equalJson(metadata[field], before[field])
      ? []
      : [invalid(`metadata.${field}`, metadata[field] ?? "", "field is immutable")];
  return [
    ...immutable("name"),
    ...(rules.isNamespaced ? immutable("namespace") : []),
    ...immutable("uid"),
    ...(integer(metadata["generation"]) < integer(before["generation"])
      ? [invalid("metadata.generation", metadata["generation"], "must not be decremented")]
      : []),
    ...validateRest(metadata),
  ];
}

/** A name that is a prefix: a trailing hyphen is right, as a suffix will follow. */
function asPrefix(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith("-") ? `${prefix.slice(0, -1)}a` : prefix;
}

function validateNames(
  metadata: Readonly<Record<string, unknown>>,
  rules: MetadataRules,
  profile: string,
): FieldErrors {
  const generateName = text(metadata["generateName"]);
  const name = text(metadata["name"]);
  return [
    ...(generateName === ""
      ? []
      : invalids("metadata.generateName", generateName, rules.checkName(asPrefix(generateName), profile))),
    ...(name === ""
      ? [required("metadata.name", "name or generateName is required")]
      : invalids("metadata.name", name, rules.checkName(name, profile))),
  ];
}

function validateNamespaceField(namespace: string, isNamespaced: boolean): FieldErrors {
  if (!isNamespaced) return namespace === "" ? [] : [forbidden("metadata.namespace", "not allowed on this type")];
  if (namespace === "") return [required("metadata.namespace")];
  return invalids("metadata.namespace", namespace, isDns1123Label(namespace));
}

function validateRest(metadata: Readonly<Record<string, unknown>>): FieldErrors {
  return [
    ...validateLabels(metadata["labels"], "metadata.labels"),
    ...validateAnnotations(metadata["annotations"], "metadata.annotations"),
    ...validateOwners(metadata["ownerReferences"]),
    ...strings(metadata["finalizers"]).flatMap((finalizer) => validateFinalizer(finalizer, "metadata.finalizers")),
  ];
}

export function validateLabels(labels: unknown, path: string): FieldErrors {
  return Object.entries(stringMap(labels))
    .sort(byKey)
    .flatMap(([key, value]) => [
      ...invalids(path, key, isQualifiedName(key)),
      ...invalids(path, value, isLabelValue(value)),
    ]);
}

export function validateAnnotations(annotations: unknown, path: string): FieldErrors {
  const entries = Object.entries(stringMap(annotations)).sort(byKey);
  const totalBytes = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return [
    // The rule for keys is that of labels, but case does not matter.
    ...entries.flatMap(([key]) => invalids(path, key, isQualifiedName(key.toLowerCase()))),
    ...(totalBytes > ANNOTATIONS_MAX_BYTES
      ? [
          {
            field: path,
            reason: "FieldValueTooLong" as const,
            message: `Too long: may not be more than ${ANNOTATIONS_MAX_BYTES} bytes`,
          },
        ]
      : []),
  ];
}

function validateOwners(owners: unknown): FieldErrors {
  const path = "metadata.ownerReferences";
  const references = objects(owners);
  const missing = references.flatMap((owner) => [
    ...(text(owner["apiVersion"]) === ""
      ? [invalid(path, owner["apiVersion"] ?? "", "version must not be empty")]
      : []),
    ...(text(owner["kind"]) === "" ? [invalid(path, owner["kind"] ?? "", "must not be empty")] : []),
    ...(text(owner["name"]) === "" ? [invalid(path, owner["name"] ?? "", "must not be empty")] : []),
    ...(text(owner["uid"]) === "" ? [invalid(path, owner["uid"] ?? "", "must not be empty")] : []),
  ]);
  const controllers = references.filter((owner) => owner["controller"] === true);
  const [first, second] = controllers;
  if (first === undefined || second === undefined) return missing;
  const detail = `Only one reference can have Controller set to true. Found "true" in references for ${text(first["kind"])}/${text(first["name"])} and ${text(second["kind"])}/${text(second["name"])}`;
  return [...missing, invalid(path, references, detail)];
}

export function validateFinalizer(finalizer: string, path: string): FieldErrors {
  const messages = isQualifiedName(finalizer);
  if (messages.length > 0) return invalids(path, finalizer, messages);
  const standard = ["orphan", "foregroundDeletion", "kubernetes"];
  return finalizer.includes("/") || standard.includes(finalizer)
    ? []
    : [invalid(path, finalizer, "name is neither a standard finalizer name nor is it fully qualified")];
}

/** `field is immutable` when a field differs from the stored one. */
export function validateImmutable(value: unknown, old: unknown, path: string): FieldErrors {
  return equalJson(value, old) ? [] : [invalid(path, value, "field is immutable")];
}

/** `field is immutable` for fields of the object itself, by path: `["spec", "selector"]`. */
export function validateImmutableFields(
  object: KubeObject,
  old: KubeObject,
  ...paths: readonly (readonly string[])[]
): FieldErrors {
  return paths.flatMap((path) => validateImmutable(at(object, ...path), at(old, ...path), path.join(".")));
}

/** Duplicates in a list of strings, at the place of each repetition. */
export function validateUnique(values: readonly string[], path: string): FieldErrors {
  return values.flatMap((value, index) =>
    values.indexOf(value) < index ? [duplicate(`${path}[${index}]`, value)] : [],
  );
}

/** `must be greater than or equal to 0`. */
export function validateNonNegative(value: unknown, path: string): FieldErrors {
  return isAbsent(value) || integer(value) >= 0 ? [] : [invalid(path, value, "must be greater than or equal to 0")];
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
