/** RoleBinding and ClusterRoleBinding: rbac/v1 defaults and validation. */
import type { KubeObject } from "../api/types.ts";
import type { Cells } from "./columns.ts";
import { defineKind } from "./define.ts";
import { draftAt, draftList, equalJson, type Fields, fields, fillEmpty, objects, text } from "./fields.ts";
import type { Draft } from "./types.ts";
import { type FieldErrors, invalid, invalids, notSupported, required } from "./validation/errors.ts";
import { isDns1123Subdomain, isPathSegment } from "./validation/names.ts";

const RBAC_GROUP = "rbac.authorization.k8s.io";

const cells: Cells = {
  Role: (object) => `${text(fields(object["roleRef"])["kind"])}/${text(fields(object["roleRef"])["name"])}`,
  Users: (object) => subjectNames(object, "User"),
  Groups: (object) => subjectNames(object, "Group"),
  ServiceAccounts: (object) => subjectNames(object, "ServiceAccount"),
};

export const roleBinding = defineKind({
  group: RBAC_GROUP,
  kind: "RoleBinding",
  plural: "rolebindings",
  checkName: isPathSegment,
  cells,
  applyDefaults: defaultBinding,
  validateSpec: (object) => validateBinding(object, ["ClusterRole", "Role"], true),
  validateChange: validateRoleRefChange,
});

export const clusterRoleBinding = defineKind({
  group: RBAC_GROUP,
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
  isNamespaced: false,
  checkName: isPathSegment,
  cells,
  applyDefaults: defaultBinding,
  validateSpec: (object) => validateBinding(object, ["ClusterRole"], false),
  validateChange: validateRoleRefChange,
});

function subjectNames(object: KubeObject, kind: string): string {
  return objects(object["subjects"])
    .filter((subject) => subject["kind"] === kind)
    .map((subject) =>
      kind === "ServiceAccount" ? `${text(subject["namespace"])}/${text(subject["name"])}` : text(subject["name"]),
    )
    .join(", ");
}

function defaultBinding(draft: Draft): void {
  fillEmpty(draftAt(draft, "roleRef"), "apiGroup", RBAC_GROUP);
  for (const subject of draftList(draft, "subjects")) {
    if (subject["kind"] === "User" || subject["kind"] === "Group") fillEmpty(subject, "apiGroup", RBAC_GROUP);
  }
}

function validateBinding(object: KubeObject, kinds: readonly string[], isNamespaced: boolean): FieldErrors {
  const roleRef = fields(object["roleRef"]);
  const [group, kind, name] = [text(roleRef["apiGroup"]), text(roleRef["kind"]), text(roleRef["name"])];
  return [
    ...(group === RBAC_GROUP ? [] : [notSupported("roleRef.apiGroup", group, [RBAC_GROUP])]),
    ...(kinds.includes(kind) ? [] : [notSupported("roleRef.kind", kind, kinds)]),
    ...(name === "" ? [required("roleRef.name")] : invalids("roleRef.name", name, isPathSegment(name))),
    ...objects(object["subjects"]).flatMap((subject, index) =>
      validateSubject(subject, isNamespaced, `subjects[${index}]`),
    ),
  ];
}

function validateSubject(subject: Fields, isNamespaced: boolean, path: string): FieldErrors {
  const [kind, name, group] = [text(subject["kind"]), text(subject["name"]), text(subject["apiGroup"])];
  const missing = name === "" ? [required(`${path}.name`)] : [];
  switch (kind) {
    case "ServiceAccount":
      return [
        ...missing,
        ...(name === "" ? [] : invalids(`${path}.name`, name, isDns1123Subdomain(name))),
        ...(group === "" ? [] : [notSupported(`${path}.apiGroup`, group, [""])]),
        ...(!isNamespaced && text(subject["namespace"]) === "" ? [required(`${path}.namespace`)] : []),
      ];
    case "User":
    case "Group":
      return [...missing, ...(group === RBAC_GROUP ? [] : [notSupported(`${path}.apiGroup`, group, [RBAC_GROUP])])];
    default:
      return [...missing, notSupported(`${path}.kind`, kind, ["Group", "ServiceAccount", "User"])];
  }
}

function validateRoleRefChange(object: KubeObject, old: KubeObject): FieldErrors {
  return equalJson(object["roleRef"], old["roleRef"])
    ? []
    : [invalid("roleRef", object["roleRef"], "cannot change roleRef")];
}
