import { defineKind } from "./define.ts";

export const binding = defineKind({
  kind: "Binding",
  plural: "bindings",
  verbs: ["create"],
});
