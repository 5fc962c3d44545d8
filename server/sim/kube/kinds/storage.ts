import { defineKind, statusSubresource } from "./define.ts";

export const csiDriver = defineKind({
  group: "storage.k8s.io",
  kind: "CSIDriver",
  plural: "csidrivers",
  isNamespaced: false,
});

export const csiNode = defineKind({
  group: "storage.k8s.io",
  kind: "CSINode",
  plural: "csinodes",
  isNamespaced: false,
});

export const csiStorageCapacity = defineKind({
  group: "storage.k8s.io",
  kind: "CSIStorageCapacity",
  plural: "csistoragecapacities",
});

export const volumeAttachment = defineKind({
  group: "storage.k8s.io",
  kind: "VolumeAttachment",
  plural: "volumeattachments",
  isNamespaced: false,
  subresources: {
    status: statusSubresource("VolumeAttachment"),
  },
});

export const volumeAttributesClass = defineKind({
  group: "storage.k8s.io",
  kind: "VolumeAttributesClass",
  plural: "volumeattributesclasses",
  shortNames: ["vac"],
  isNamespaced: false,
});
