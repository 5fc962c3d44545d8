import { defineKind } from "./define.ts";

export const priorityClass = defineKind({
  group: "scheduling.k8s.io",
  kind: "PriorityClass",
  plural: "priorityclasses",
  shortNames: ["pc"],
  isNamespaced: false,
  hasGeneration: true,
});
