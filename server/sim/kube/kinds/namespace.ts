import { defineKind, statusSubresource } from "./define.ts";

export const namespace = defineKind({
  kind: "Namespace",
  plural: "namespaces",
  shortNames: ["ns"],
  isNamespaced: false,
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  subresources: {
    finalize: { kind: "Namespace", verbs: ["update"] },
    status: statusSubresource("Namespace"),
  },
});
