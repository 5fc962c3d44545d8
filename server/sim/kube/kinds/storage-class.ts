import { defineKind } from "./define.ts";

export const storageClass = defineKind({
  group: "storage.k8s.io",
  kind: "StorageClass",
  plural: "storageclasses",
  shortNames: ["sc"],
  isNamespaced: false,
});
