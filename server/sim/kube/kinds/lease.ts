import { defineKind } from "./define.ts";

export const lease = defineKind({
  group: "coordination.k8s.io",
  kind: "Lease",
  plural: "leases",
});
