import { defineKind } from "./define.ts";

export const controllerRevision = defineKind({
  group: "apps",
  kind: "ControllerRevision",
  plural: "controllerrevisions",
});
