import { defineKind } from "./define.ts";

export const runtimeClass = defineKind({
  group: "node.k8s.io",
  kind: "RuntimeClass",
  plural: "runtimeclasses",
  isNamespaced: false,
});
