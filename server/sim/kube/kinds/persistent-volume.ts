import { defineKind, statusSubresource } from "./define.ts";

export const persistentVolume = defineKind({
  kind: "PersistentVolume",
  plural: "persistentvolumes",
  shortNames: ["pv"],
  isNamespaced: false,
  subresources: {
    status: statusSubresource("PersistentVolume"),
  },
});
