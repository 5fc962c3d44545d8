import { defineKind } from "./define.ts";

export const podTemplate = defineKind({
  kind: "PodTemplate",
  plural: "podtemplates",
});
