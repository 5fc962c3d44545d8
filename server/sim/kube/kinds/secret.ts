import { defineKind } from "./define.ts";

export const secret = defineKind({
  kind: "Secret",
  plural: "secrets",
});
