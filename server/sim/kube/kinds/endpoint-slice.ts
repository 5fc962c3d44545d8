import { defineKind } from "./define.ts";

export const endpointSlice = defineKind({
  group: "discovery.k8s.io",
  kind: "EndpointSlice",
  plural: "endpointslices",
  hasGeneration: true,
});
