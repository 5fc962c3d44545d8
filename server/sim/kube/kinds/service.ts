import { defineKind, statusSubresource } from "./define.ts";

export const service = defineKind({
  kind: "Service",
  plural: "services",
  shortNames: ["svc"],
  categories: ["all"],
  subresources: {
    proxy: { kind: "ServiceProxyOptions", verbs: ["create", "delete", "get", "patch", "update"] },
    status: statusSubresource("Service"),
  },
});
