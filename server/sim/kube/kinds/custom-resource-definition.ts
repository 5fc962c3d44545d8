import { defineKind, statusSubresource } from "./define.ts";

export const customResourceDefinition = defineKind({
  group: "apiextensions.k8s.io",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  isNamespaced: false,
  hasGeneration: true,
  subresources: {
    status: statusSubresource("CustomResourceDefinition"),
  },
});
