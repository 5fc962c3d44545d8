import { defineKind } from "./define.ts";

export const networkPolicy = defineKind({
  group: "networking.k8s.io",
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  shortNames: ["netpol"],
  hasGeneration: true,
});
