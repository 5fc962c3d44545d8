/** Questions to the API server about identity and rights: answered at once, never stored. */
import { defineKind } from "./define.ts";

export const selfSubjectReview = defineKind({
  group: "authentication.k8s.io",
  kind: "SelfSubjectReview",
  plural: "selfsubjectreviews",
  isNamespaced: false,
  verbs: ["create"],
  hasName: false,
});

export const tokenReview = defineKind({
  group: "authentication.k8s.io",
  kind: "TokenReview",
  plural: "tokenreviews",
  isNamespaced: false,
  verbs: ["create"],
  hasName: false,
});

export const localSubjectAccessReview = defineKind({
  group: "authorization.k8s.io",
  kind: "LocalSubjectAccessReview",
  plural: "localsubjectaccessreviews",
  verbs: ["create"],
  hasName: false,
});

export const selfSubjectAccessReview = defineKind({
  group: "authorization.k8s.io",
  kind: "SelfSubjectAccessReview",
  plural: "selfsubjectaccessreviews",
  isNamespaced: false,
  verbs: ["create"],
  hasName: false,
});

export const selfSubjectRulesReview = defineKind({
  group: "authorization.k8s.io",
  kind: "SelfSubjectRulesReview",
  plural: "selfsubjectrulesreviews",
  isNamespaced: false,
  verbs: ["create"],
  hasName: false,
});

export const subjectAccessReview = defineKind({
  group: "authorization.k8s.io",
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
  isNamespaced: false,
  verbs: ["create"],
  hasName: false,
});
