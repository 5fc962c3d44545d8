import { defineKind, statusSubresource } from "./define.ts";

export const daemonSet = defineKind({
  group: "apps",
  kind: "DaemonSet",
  plural: "daemonsets",
  shortNames: ["ds"],
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    status: statusSubresource("DaemonSet"),
  },
});
