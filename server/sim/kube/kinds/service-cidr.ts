import { defineKind, statusSubresource } from "./define.ts";

export const serviceCidr = defineKind({
  group: "networking.k8s.io",
  kind: "ServiceCIDR",
  plural: "servicecidrs",
  isNamespaced: false,
  subresources: {
    status: statusSubresource("ServiceCIDR"),
  },
});
