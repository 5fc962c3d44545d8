/** Validation of `metadata` as apimachinery does for every kind. Texts: `api/validation/objectmeta.go`, v1.36. */
import type { FieldError, KindDefinition } from "../kinds/types.ts";
import { equalTrees } from "../store/freeze.ts";
import { forbiddenField, invalidValue, required } from "./errors.ts";
import { resourceNameOf } from "./kind-registry.ts";
import type { KubeObject, ObjectMeta, OwnerReference } from "./types.ts";

const SUBDOMAIN = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";

const SUBDOMAIN_PATTERN = new RegExp(`^${SUBDOMAIN}$`);
const LABEL_PATTERN = new RegExp(`^${LABEL}$`);
const LABEL_1035_PATTERN = new RegExp(`^${LABEL_1035}$`);
const QUALIFIED_NAME_PATTERN = new RegExp(`^${QUALIFIED_NAME}$`);
const LABEL_VALUE_PATTERN = new RegExp(`^${LABEL_VALUE}$`);

const ANNOTATIONS_LIMIT_BYTES = 256 * 1024;

/** Says what is wrong with a name; empty when nothing is. */
export type NameRule = (name: string) => readonly string[];

export const isDns1123Subdomain: NameRule = (value) => [
  ...(value.length > 253 ? ["must be no more than 253 characters"] : []),
  ...(SUBDOMAIN_PATTERN.test(value)
    ? []
    : [
        `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`,
      ]),
];

export const isDns1123Label: NameRule = (value) => [
  ...(value.length > 63 ? ["must be no more than 63 characters"] : []),
  ...(LABEL_PATTERN.test(value)
    ? []
    : SUBDOMAIN_PATTERN.test(value)
      ? ["must not contain dots"]
      : [
          `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`,
        ]),
];

export const isDns1035Label: NameRule = (value) => [
  ...(value.length > 63 ? ["must be no more than 63 characters"] : []),
  ...(LABEL_1035_PATTERN.test(value)
    ? []
    : [
        `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${LABEL_1035}')`,
      ]),
];

export const isPathSegment: NameRule = (value) => {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  return ["/", "%"].filter((illegal) => value.includes(illegal)).map((illegal) => `may not contain '${illegal}'`);
};

/** Label and annotation keys. */
export const isQualifiedName: NameRule = (value) => {
  const parts = value.split("/");
  const charset = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED_NAME}')`;
  if (parts.length > 2) {
    return [`a valid label key ${charset} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const problems: string[] = [];
  const [first = "", second] = parts;
  if (second !== undefined) {
    if (first === "") problems.push("prefix part must be non-empty");
    else problems.push(...isDns1123Subdomain(first).map((problem) => `prefix part ${problem}`));
  }
  const name = second ?? first;
  if (name === "") problems.push("name part must be non-empty");
  else if (name.length > 63) problems.push("name part must be no more than 63 bytes");
  if (!QUALIFIED_NAME_PATTERN.test(name)) problems.push(`name part ${charset}`);
  return problems;
};

export const isLabelValue: NameRule = (value) => [
  ...(value.length > 63 ? ["must be no more than 63 bytes"] : []),
  ...(LABEL_VALUE_PATTERN.test(value)
    ? []
    : [
        `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${LABEL_VALUE}')`,
      ]),
];

/** Kinds whose names follow another rule than an RFC 1123 subdomain. */
const NAME_RULES: Readonly<Record<string, NameRule>> = {
  namespaces: isDns1123Label,
  services: isDns1035Label,
  "roles.rbac.authorization.k8s.io": isPathSegment,
  "rolebindings.rbac.authorization.k8s.io": isPathSegment,
  "clusterroles.rbac.authorization.k8s.io": isPathSegment,
  "clusterrolebindings.rbac.authorization.k8s.io": isPathSegment,
  "certificatesigningrequests.certificates.k8s.io": isPathSegment,
  "flowschemas.flowcontrol.apiserver.k8s.io": isPathSegment,
  "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": isPathSegment,
};

export function nameRuleOf(kind: KindDefinition): NameRule {
  return NAME_RULES[resourceNameOf(kind)] ?? isDns1123Subdomain;
}

/** Errors of `metadata` on create. */
export function validateObjectMeta(kind: KindDefinition, meta: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  const rule = nameRuleOf(kind);
  if (meta.generateName) {
    // A prefix may end where a whole name may not.
    for (const problem of rule(`${meta.generateName}a`.replace(/-a$/, "a"))) {
      errors.push(invalidValue("metadata.generateName", meta.generateName, problem));
    }
  }
  if (!meta.name) errors.push(required("metadata.name", "name or generateName is required"));
  else for (const problem of rule(meta.name)) errors.push(invalidValue("metadata.name", meta.name, problem));
  if (kind.isNamespaced) {
    if (!meta.namespace) errors.push(required("metadata.namespace"));
    else {
      for (const problem of isDns1123Label(meta.namespace)) {
        errors.push(invalidValue("metadata.namespace", meta.namespace, problem));
      }
    }
  } else if (meta.namespace) {
    errors.push(forbiddenField("metadata.namespace", "not allowed on this type"));
  }
  return [...errors, ...validateMetaParts(meta)];
}

function validateMetaParts(meta: ObjectMeta): FieldError[] {
  return [
    ...validateLabels(meta.labels, "metadata.labels"),
    ...validateAnnotations(meta.annotations, "metadata.annotations"),
    ...validateOwnerReferences(meta.ownerReferences ?? []),
    ...validateFinalizers(meta.finalizers ?? []),
  ];
}

export function validateLabels(labels: Readonly<Record<string, string>> | undefined, field: string): FieldError[] {
  return sortedEntries(labels).flatMap(([key, value]) => [
    ...isQualifiedName(key).map((problem) => invalidValue(field, key, problem)),
    ...isLabelValue(value).map((problem) => invalidValue(field, value, problem)),
  ]);
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  const entries = sortedEntries(annotations);
  const errors = entries.flatMap(([key]) =>
    isQualifiedName(key.toLowerCase()).map((problem) => invalidValue(field, key, problem)),
  );
  const size = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (size > ANNOTATIONS_LIMIT_BYTES) {
    errors.push({
      field,
      reason: "FieldValueTooLong",
      message: `Too long: may not be more than ${ANNOTATIONS_LIMIT_BYTES} bytes`,
    });
  }
  return errors;
}

function validateOwnerReferences(owners: readonly OwnerReference[]): FieldError[] {
  const errors: FieldError[] = [];
  let controller: OwnerReference | undefined;
  owners.forEach((owner) => {
    const field = "metadata.ownerReferences";
    if (!owner.apiVersion?.includes("/") && owner.apiVersion !== "v1") {
      errors.push(invalidValue(`${field}.apiVersion`, owner.apiVersion ?? "", "version must not be empty"));
    }
    if (!owner.kind) errors.push(invalidValue(`${field}.kind`, "", "must not be empty"));
    if (!owner.name) errors.push(invalidValue(`${field}.name`, "", "must not be empty"));
    if (!owner.uid) errors.push(invalidValue(`${field}.uid`, "", "must not be empty"));
    if (!owner.controller) return;
    if (controller) {
      errors.push(
        invalidValue(
          field,
          owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller.kind}/${controller.name} and ${owner.kind}/${owner.name}`,
        ),
      );
    } else controller = owner;
  });
  return errors;
}

function validateFinalizers(finalizers: readonly string[]): FieldError[] {
  const errors = finalizers.flatMap((finalizer) => [
    ...isQualifiedName(finalizer).map((problem) => invalidValue("metadata.finalizers", finalizer, problem)),
    ...(finalizer.includes("/") || ["orphan", "foregroundDeletion", "kubernetes"].includes(finalizer)
      ? []
      : [
          invalidValue(
            "metadata.finalizers",
            finalizer,
            "name is neither a standard finalizer name nor is it fully qualified",
          ),
        ]),
  ]);
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    errors.push(
      invalidValue("metadata.finalizers", finalizers, "finalizer orphan and foregroundDeletion cannot be both set"),
    );
  }
  return errors;
}

/** Errors of `metadata` when `next` replaces `old`. */
export function validateObjectMetaUpdate(next: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) {
    const added = (next.finalizers ?? []).filter((finalizer) => !(old.finalizers ?? []).includes(finalizer));
    if (added.length > 0) {
      errors.push(
        forbiddenField(
          "metadata.finalizers",
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((name) => JSON.stringify(name)).join(", ")}}`,
        ),
      );
    }
  }
  for (const field of ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp"] as const) {
    if (!equalTrees(next[field] ?? null, old[field] ?? null)) {
      errors.push(invalidValue(`metadata.${field}`, next[field] ?? null, "field is immutable"));
    }
  }
  return [...errors, ...validateMetaParts(next)];
}

/** Go ranges over maps in random order; sorted is one of the orders it can print. */
function sortedEntries(map: Readonly<Record<string, string>> | undefined): [string, string][] {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `metadata` in the order of the Go type, empty fields left out. */
export function orderObjectMeta(meta: Readonly<Record<string, unknown>>): ObjectMeta {
  const result: Record<string, unknown> = {};
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
