import { defineKind, statusSubresource } from "./define.ts";

export const job = defineKind({
  group: "batch",
  kind: "Job",
  plural: "jobs",
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    status: statusSubresource("Job"),
  },
});
