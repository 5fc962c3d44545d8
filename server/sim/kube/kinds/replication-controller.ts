import { defineKind, scaleSubresource, statusSubresource } from "./define.ts";

export const replicationController = defineKind({
  kind: "ReplicationController",
  plural: "replicationcontrollers",
  shortNames: ["rc"],
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    scale: scaleSubresource,
    status: statusSubresource("ReplicationController"),
  },
});
