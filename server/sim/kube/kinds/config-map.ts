import { defineKind } from "./define.ts";

export const configMap = defineKind({
  kind: "ConfigMap",
  plural: "configmaps",
  shortNames: ["cm"],
});
