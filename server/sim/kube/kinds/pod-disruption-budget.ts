import { defineKind, statusSubresource } from "./define.ts";

export const podDisruptionBudget = defineKind({
  group: "policy",
  kind: "PodDisruptionBudget",
  plural: "poddisruptionbudgets",
  shortNames: ["pdb"],
  hasGeneration: true,
  subresources: {
    status: statusSubresource("PodDisruptionBudget"),
  },
});
