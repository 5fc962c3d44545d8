import { defineKind } from "./define.ts";

export const ingressClass = defineKind({
  group: "networking.k8s.io",
  kind: "IngressClass",
  plural: "ingressclasses",
  isNamespaced: false,
  hasGeneration: true,
});
