import { defineKind, statusSubresource } from "./define.ts";

export const deviceClass = defineKind({
  group: "resource.k8s.io",
  kind: "DeviceClass",
  plural: "deviceclasses",
  isNamespaced: false,
  hasGeneration: true,
});

export const resourceClaim = defineKind({
  group: "resource.k8s.io",
  kind: "ResourceClaim",
  plural: "resourceclaims",
  subresources: {
    status: statusSubresource("ResourceClaim"),
  },
});

export const resourceClaimTemplate = defineKind({
  group: "resource.k8s.io",
  kind: "ResourceClaimTemplate",
  plural: "resourceclaimtemplates",
});

export const resourceSlice = defineKind({
  group: "resource.k8s.io",
  kind: "ResourceSlice",
  plural: "resourceslices",
  isNamespaced: false,
  hasGeneration: true,
});
