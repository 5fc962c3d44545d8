import { defineKind, statusSubresource } from "./define.ts";

export const ingress = defineKind({
  group: "networking.k8s.io",
  kind: "Ingress",
  plural: "ingresses",
  shortNames: ["ing"],
  hasGeneration: true,
  subresources: {
    status: statusSubresource("Ingress"),
  },
});
