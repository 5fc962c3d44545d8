import { defineKind } from "./define.ts";

export const endpoints = defineKind({
  kind: "Endpoints",
  plural: "endpoints",
  shortNames: ["ep"],
});
