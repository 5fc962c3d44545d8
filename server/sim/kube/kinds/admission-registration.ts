/** Admission policies and webhooks: stored and shown; what they would decide is not simulated. */
import type { KubeObject } from "../api/types.ts";
import { defineKind, statusSubresource } from "./define.ts";
import { at, draftAt, draftList, fill, fillEmpty, isAbsent, list, objects, text } from "./fields.ts";
import type { Draft } from "./types.ts";
import { type FieldErrors, invalid, required } from "./validation/errors.ts";

const shared = {
  group: "admissionregistration.k8s.io",
  categories: ["api-extensions"],
  isNamespaced: false,
  hasGeneration: true,
} as const;

export const mutatingAdmissionPolicy = defineKind({
  ...shared,
  kind: "MutatingAdmissionPolicy",
  plural: "mutatingadmissionpolicies",
  cells: {
    Mutations: (object) => list(at(object, "spec", "mutations")).length,
    ParamKind: paramKind,
  },
  applyDefaults: defaultPolicy,
});

export const mutatingAdmissionPolicyBinding = defineKind({
  ...shared,
  kind: "MutatingAdmissionPolicyBinding",
  plural: "mutatingadmissionpolicybindings",
  cells: { PolicyName: policyName, ParamRef: paramRef },
});

export const mutatingWebhookConfiguration = defineKind({
  ...shared,
  kind: "MutatingWebhookConfiguration",
  plural: "mutatingwebhookconfigurations",
  cells: { Webhooks: (object) => list(object["webhooks"]).length },
  applyDefaults(draft) {
    for (const webhook of draftList(draft, "webhooks")) {
      defaultWebhook(webhook);
      fill(webhook, "reinvocationPolicy", "Never");
    }
  },
  validateSpec: validateWebhooks,
});

export const validatingAdmissionPolicy = defineKind({
  ...shared,
  kind: "ValidatingAdmissionPolicy",
  plural: "validatingadmissionpolicies",
  subresources: {
    status: statusSubresource("ValidatingAdmissionPolicy"),
  },
  cells: {
    Validations: (object) => list(at(object, "spec", "validations")).length,
    ParamKind: paramKind,
  },
  applyDefaults: defaultPolicy,
});

export const validatingAdmissionPolicyBinding = defineKind({
  ...shared,
  kind: "ValidatingAdmissionPolicyBinding",
  plural: "validatingadmissionpolicybindings",
  cells: { PolicyName: policyName, ParamRef: paramRef },
});

export const validatingWebhookConfiguration = defineKind({
  ...shared,
  kind: "ValidatingWebhookConfiguration",
  plural: "validatingwebhookconfigurations",
  cells: { Webhooks: (object) => list(object["webhooks"]).length },
  applyDefaults(draft) {
    for (const webhook of draftList(draft, "webhooks")) defaultWebhook(webhook);
  },
  validateSpec: validateWebhooks,
});

function paramKind(object: KubeObject): string {
  const kind = at(object, "spec", "paramKind");
  return isAbsent(kind) ? "<unset>" : `${text(at(kind, "apiVersion"))}/${text(at(kind, "kind"))}`;
}

function policyName(object: KubeObject): string {
  return text(at(object, "spec", "policyName"));
}

function paramRef(object: KubeObject): string {
  const reference = at(object, "spec", "paramRef");
  if (isAbsent(reference)) return "<unset>";
  const [namespace, name] = [text(at(reference, "namespace")), text(at(reference, "name"))];
  if (name !== "") return namespace === "" ? name : `${namespace}/${name}`;
  return isAbsent(at(reference, "selector")) ? "<unset>" : "selector";
}

function defaultPolicy(draft: Draft): void {
  const spec = draftAt(draft, "spec");
  fillEmpty(spec, "failurePolicy", "Fail");
  const constraints = draftAt(spec, "matchConstraints");
  fill(constraints, "namespaceSelector", {});
  fill(constraints, "objectSelector", {});
  fillEmpty(constraints, "matchPolicy", "Equivalent");
}

function defaultWebhook(webhook: Draft): void {
  fill(webhook, "failurePolicy", "Fail");
  fill(webhook, "matchPolicy", "Equivalent");
  fill(webhook, "namespaceSelector", {});
  fill(webhook, "objectSelector", {});
  fill(webhook, "timeoutSeconds", 10);
  for (const rule of draftList(webhook, "rules")) fill(rule, "scope", "*");
}

function validateWebhooks(object: KubeObject): FieldErrors {
  return objects(object["webhooks"]).flatMap((webhook, index) => {
    const path = `webhooks[${index}]`;
    const name = text(webhook["name"]);
    const isQualified = name.split(".").length >= 3;
    return [
      ...(isQualified
        ? []
        : [invalid(`${path}.name`, name, "should be a domain with at least three segments separated by dots")]),
      ...(list(webhook["admissionReviewVersions"]).length === 0
        ? [required(`${path}.admissionReviewVersions`, "must specify one of v1, v1beta1")]
        : []),
      ...(isAbsent(webhook["sideEffects"])
        ? [required(`${path}.sideEffects`, "must specify one of None, NoneOnDryRun")]
        : []),
      ...(isAbsent(at(webhook, "clientConfig", "url")) && isAbsent(at(webhook, "clientConfig", "service"))
        ? [required(`${path}.clientConfig`, "exactly one of url or service is required")]
        : []),
    ];
  });
}
