import { defineKind, statusSubresource } from "./define.ts";

export const node = defineKind({
  kind: "Node",
  plural: "nodes",
  shortNames: ["no"],
  isNamespaced: false,
  subresources: {
    proxy: { kind: "NodeProxyOptions", verbs: ["create", "delete", "get", "patch", "update"] },
    status: statusSubresource("Node"),
  },
});
