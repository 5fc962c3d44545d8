import { defineKind } from "./define.ts";

export const componentStatus = defineKind({
  kind: "ComponentStatus",
  plural: "componentstatuses",
  shortNames: ["cs"],
  isNamespaced: false,
  verbs: ["get", "list"],
});
