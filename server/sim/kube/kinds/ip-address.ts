import { defineKind } from "./define.ts";

export const ipAddress = defineKind({
  group: "networking.k8s.io",
  kind: "IPAddress",
  plural: "ipaddresses",
  shortNames: ["ip"],
  isNamespaced: false,
});
