import { defineKind, statusSubresource } from "./define.ts";

export const cronJob = defineKind({
  group: "batch",
  kind: "CronJob",
  plural: "cronjobs",
  shortNames: ["cj"],
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    status: statusSubresource("CronJob"),
  },
});
