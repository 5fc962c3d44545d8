/** What Deployments, ReplicaSets, StatefulSets and DaemonSets have in common. */
import type { KubeObject } from "../api/types.ts";
import { at, fields, isAbsent, isObject } from "./fields.ts";
import type { KindContext } from "./types.ts";
import { type FieldErrors, invalid, required } from "./validation/errors.ts";
import { validateNonNegative } from "./validation/metadata.ts";
import { validateReplicatedTemplate } from "./validation/pod-spec.ts";
import { isEmptySelector, validateLabelSelector } from "./validation/selectors.ts";

/** `spec.selector` must be there and not empty; `kind` as the refusal names it. */
export function validateWorkloadSelector(selector: unknown, kind: string): FieldErrors {
  if (isAbsent(selector)) return [required("spec.selector")];
  return [
    ...validateLabelSelector(selector, "spec.selector"),
    ...(isEmptySelector(selector) ? [invalid("spec.selector", selector, `empty selector is invalid for ${kind}`)] : []),
  ];
}

export function validateWorkloadTemplate(object: KubeObject, context: KindContext, owner = "ReplicaSet"): FieldErrors {
  const selector = at(object, "spec", "selector");
  const isEmpty = isObject(selector) && isEmptySelector(selector);
  return validateReplicatedTemplate(
    fields(at(object, "spec", "template")),
    selector,
    "spec.template",
    context.profile,
    { isEmpty, owner },
  );
}

export function validateCounts(object: KubeObject, ...names: readonly string[]): FieldErrors {
  return names.flatMap((name) => validateNonNegative(at(object, "spec", name), `spec.${name}`));
}
