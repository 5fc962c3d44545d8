import { defineKind } from "./define.ts";

export const event = defineKind({
  kind: "Event",
  plural: "events",
  shortNames: ["ev"],
});

export const eventsV1Event = defineKind({
  group: "events.k8s.io",
  kind: "Event",
  plural: "events",
  shortNames: ["ev"],
});
