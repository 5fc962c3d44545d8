import { defineKind } from "./define.ts";
import { at, text } from "./fields.ts";

export const lease = defineKind({
  group: "coordination.k8s.io",
  kind: "Lease",
  plural: "leases",
  cells: {
    Holder: (object) => text(at(object, "spec", "holderIdentity")),
  },
});
