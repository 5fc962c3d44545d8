/** API priority and fairness: stored and shown; requests are not queued. */
import type { KubeObject } from "../api/types.ts";
import { defineKind, statusSubresource } from "./define.ts";
import { at, draftAt, draftIfPresent, fields, fill, fillEmpty, integer, isAbsent, objects, text } from "./fields.ts";

export const flowSchema = defineKind({
  group: "flowcontrol.apiserver.k8s.io",
  kind: "FlowSchema",
  plural: "flowschemas",
  isNamespaced: false,
  hasGeneration: true,
  subresources: {
    status: statusSubresource("FlowSchema"),
  },
  cells: {
    PriorityLevel: (object) => text(at(object, "spec", "priorityLevelConfiguration", "name")) || "<none>",
    MatchingPrecedence: (object) => integer(at(object, "spec", "matchingPrecedence")),
    DistinguisherMethod: (object) => text(at(object, "spec", "distinguisherMethod", "type")) || "<none>",
    MissingPL: (object) =>
      text(
        fields(objects(at(object, "status", "conditions")).find((entry) => entry["type"] === "Dangling"))["status"],
      ) || "?",
  },
  applyDefaults(draft) {
    fillEmpty(draftAt(draft, "spec"), "matchingPrecedence", 1000);
  },
});

export const priorityLevelConfiguration = defineKind({
  group: "flowcontrol.apiserver.k8s.io",
  kind: "PriorityLevelConfiguration",
  plural: "prioritylevelconfigurations",
  isNamespaced: false,
  hasGeneration: true,
  subresources: {
    status: statusSubresource("PriorityLevelConfiguration"),
  },
  cells: {
    Type: (object) => text(at(object, "spec", "type")),
    NominalConcurrencyShares: (object) => numberOrNone(at(object, "spec", "limited", "nominalConcurrencyShares")),
    Queues: (object) => queuing(object, "queues"),
    HandSize: (object) => queuing(object, "handSize"),
    QueueLengthLimit: (object) => queuing(object, "queueLengthLimit"),
  },
  applyDefaults(draft) {
    const limited = draftIfPresent(draftAt(draft, "spec"), "limited");
    if (limited === undefined) return;
    fill(limited, "nominalConcurrencyShares", 30);
    fill(limited, "lendablePercent", 0);
  },
});

function queuing(object: KubeObject, field: string): string | number {
  return numberOrNone(at(object, "spec", "limited", "limitResponse", "queuing", field));
}

function numberOrNone(value: unknown): string | number {
  return isAbsent(value) ? "<none>" : integer(value);
}
