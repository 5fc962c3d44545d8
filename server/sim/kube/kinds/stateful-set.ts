import { defineKind, scaleSubresource, statusSubresource } from "./define.ts";

export const statefulSet = defineKind({
  group: "apps",
  kind: "StatefulSet",
  plural: "statefulsets",
  shortNames: ["sts"],
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    scale: scaleSubresource,
    status: statusSubresource("StatefulSet"),
  },
});
