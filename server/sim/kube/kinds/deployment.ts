import { defineKind, scaleSubresource, statusSubresource } from "./define.ts";

export const deployment = defineKind({
  group: "apps",
  kind: "Deployment",
  plural: "deployments",
  shortNames: ["deploy"],
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    scale: scaleSubresource,
    status: statusSubresource("Deployment"),
  },
});
