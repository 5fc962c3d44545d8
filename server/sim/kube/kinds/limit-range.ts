import { defineKind } from "./define.ts";

export const limitRange = defineKind({
  kind: "LimitRange",
  plural: "limitranges",
  shortNames: ["limits"],
});
