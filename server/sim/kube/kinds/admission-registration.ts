import { defineKind, statusSubresource } from "./define.ts";

export const mutatingAdmissionPolicy = defineKind({
  group: "admissionregistration.k8s.io",
  kind: "MutatingAdmissionPolicy",
  plural: "mutatingadmissionpolicies",
  categories: ["api-extensions"],
  isNamespaced: false,
  hasGeneration: true,
});

export const mutatingAdmissionPolicyBinding = defineKind({
  group: "admissionregistration.k8s.io",
  kind: "MutatingAdmissionPolicyBinding",
  plural: "mutatingadmissionpolicybindings",
  categories: ["api-extensions"],
  isNamespaced: false,
  hasGeneration: true,
});

export const mutatingWebhookConfiguration = defineKind({
  group: "admissionregistration.k8s.io",
  kind: "MutatingWebhookConfiguration",
  plural: "mutatingwebhookconfigurations",
  categories: ["api-extensions"],
  isNamespaced: false,
  hasGeneration: true,
});

export const validatingAdmissionPolicy = defineKind({
  group: "admissionregistration.k8s.io",
  kind: "ValidatingAdmissionPolicy",
  plural: "validatingadmissionpolicies",
  categories: ["api-extensions"],
  isNamespaced: false,
  hasGeneration: true,
  subresources: {
    status: statusSubresource("ValidatingAdmissionPolicy"),
  },
});

export const validatingAdmissionPolicyBinding = defineKind({
  group: "admissionregistration.k8s.io",
  kind: "ValidatingAdmissionPolicyBinding",
  plural: "validatingadmissionpolicybindings",
  categories: ["api-extensions"],
  isNamespaced: false,
  hasGeneration: true,
});

export const validatingWebhookConfiguration = defineKind({
  group: "admissionregistration.k8s.io",
  kind: "ValidatingWebhookConfiguration",
  plural: "validatingwebhookconfigurations",
  categories: ["api-extensions"],
  isNamespaced: false,
  hasGeneration: true,
});
