/** Role and ClusterRole: rbac/v1 validation. */
import { defineKind } from "./define.ts";
import { type Fields, list, objects } from "./fields.ts";
import { type FieldErrors, invalid, required } from "./validation/errors.ts";
import { isPathSegment } from "./validation/names.ts";

export const role = defineKind({
  group: "rbac.authorization.k8s.io",
  kind: "Role",
  plural: "roles",
  checkName: isPathSegment,
  validateSpec: (object) => validateRules(objects(object["rules"]), true),
});

export const clusterRole = defineKind({
  group: "rbac.authorization.k8s.io",
  kind: "ClusterRole",
  plural: "clusterroles",
  isNamespaced: false,
  checkName: isPathSegment,
  validateSpec: (object) => validateRules(objects(object["rules"]), false),
});

function validateRules(rules: readonly Fields[], isNamespaced: boolean): FieldErrors {
  return rules.flatMap((rule, index) => validateRule(rule, isNamespaced, `rules[${index}]`));
}

function validateRule(rule: Fields, isNamespaced: boolean, path: string): FieldErrors {
  const count = (field: string) => list(rule[field]).length;
  const verbs = count("verbs") === 0 ? [required(`${path}.verbs`, "verbs must contain at least one value")] : [];
  if (count("nonResourceURLs") > 0) {
    return [
      ...verbs,
      ...(isNamespaced
        ? [
            invalid(
              `${path}.nonResourceURLs`,
              rule["nonResourceURLs"],
              "namespaced rules cannot apply to non-resource URLs",
            ),
          ]
        : []),
      ...(count("apiGroups") + count("resources") + count("resourceNames") > 0
        ? [
            invalid(
              `${path}.nonResourceURLs`,
              rule["nonResourceURLs"],
              "rules cannot apply to both regular resources and non-resource URLs",
            ),
          ]
        : []),
    ];
  }
  return [
    ...verbs,
    ...(count("apiGroups") === 0
      ? [required(`${path}.apiGroups`, "resource rules must supply at least one api group")]
      : []),
    ...(count("resources") === 0
      ? [required(`${path}.resources`, "resource rules must supply at least one resource")]
      : []),
  ];
}
