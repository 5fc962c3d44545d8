import { defineKind, scaleSubresource, statusSubresource } from "./define.ts";

export const replicaSet = defineKind({
  group: "apps",
  kind: "ReplicaSet",
  plural: "replicasets",
  shortNames: ["rs"],
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    scale: scaleSubresource,
    status: statusSubresource("ReplicaSet"),
  },
});
