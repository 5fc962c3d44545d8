import { defineKind, statusSubresource } from "./define.ts";

export const persistentVolumeClaim = defineKind({
  kind: "PersistentVolumeClaim",
  plural: "persistentvolumeclaims",
  shortNames: ["pvc"],
  subresources: {
    status: statusSubresource("PersistentVolumeClaim"),
  },
});
