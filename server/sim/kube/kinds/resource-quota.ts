import { defineKind, statusSubresource } from "./define.ts";

export const resourceQuota = defineKind({
  kind: "ResourceQuota",
  plural: "resourcequotas",
  shortNames: ["quota"],
  subresources: {
    status: statusSubresource("ResourceQuota"),
  },
});
