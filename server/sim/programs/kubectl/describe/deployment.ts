import type { KubeObject } from "../../../kube/api/types.ts";
import { at, integer, isObject, semanticallyEqual, text } from "../../../kube/kinds/fields.ts";
import { formatLabelSelector, selectorMatches } from "../../../kube/kinds/validation/selectors.ts";
import {
  eventsQuery,
  longTime,
  specOf,
  statusOf,
  writeAnnotations,
  writeConditions,
  writeEvents,
  writeLabels,
  writeName,
} from "./format.ts";
import { statusCount, writePodTemplate } from "./pod-template.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer } from "./types.ts";

const HASH_LABEL = "pod-template-hash";

export const deployment: Describer = {
  group: "apps",
  kind: "Deployment",
  queries: (object) => [
    {
      name: "replicaSets",
      group: "apps",
      version: "v1",
      resource: "replicasets",
      namespace: object.metadata.namespace ?? "",
    },
    eventsQuery(object),
  ],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    writeName(w, object);
    w.field("CreationTimestamp", longTime(object.metadata.creationTimestamp));
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.field("Selector", formatLabelSelector(spec["selector"]));
    w.field("Replicas", replicasText(object));
    w.field("StrategyType", text(at(spec, "strategy", "type")));
    w.field("MinReadySeconds", integer(spec["minReadySeconds"]));
    const rollingUpdate = at(spec, "strategy", "rollingUpdate");
    if (isObject(rollingUpdate)) {
      const { maxUnavailable, maxSurge } = rollingUpdate;
      w.field("RollingUpdateStrategy", `${String(maxUnavailable)} max unavailable, ${String(maxSurge)} max surge`);
    }
    writePodTemplate(w, spec["template"], kubectlMinor);
    writeConditions(w, statusOf(object)["conditions"]);
    const { oldSets, newSet } = replicaSetsOf(object, related["replicaSets"]?.items ?? []);
    w.field("OldReplicaSets", setsText(oldSets));
    w.field("NewReplicaSet", setsText(newSet === undefined ? [] : [newSet]));
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function replicasText(object: KubeObject): string {
  const count = (field: string) => statusCount(object, field);
  return [
    `${integer(at(object, "spec", "replicas"))} desired`,
    `${count("updatedReplicas")} updated`,
    `${count("replicas")} total`,
    `${count("availableReplicas")} available`,
    `${count("unavailableReplicas")} unavailable`,
  ].join(" | ");
}

interface ReplicaSets {
  readonly oldSets: readonly KubeObject[];
  readonly newSet: KubeObject | undefined;
}

/** The oldest set whose template is the Deployment's is the new one; all others are old. */
function replicaSetsOf(object: KubeObject, sets: readonly KubeObject[]): ReplicaSets {
  const own = sets
    .filter(
      (set) =>
        set.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === object.metadata.uid) &&
        selectorMatches(at(object, "spec", "selector"), set.metadata.labels ?? {}),
    )
    .sort((left, right) => compare(text(left.metadata.creationTimestamp), text(right.metadata.creationTimestamp)));
  const template = withoutHash(at(object, "spec", "template"));
  const newSet = own.find((set) => semanticallyEqual(withoutHash(at(set, "spec", "template")), template));
  return { oldSets: own.filter((set) => set !== newSet), newSet };
}

function withoutHash(template: unknown): unknown {
  if (!isObject(template)) return template;
  const metadata = isObject(template["metadata"]) ? template["metadata"] : {};
  const labels = isObject(metadata["labels"]) ? metadata["labels"] : {};
  const { [HASH_LABEL]: _, ...kept } = labels;
  return { ...template, metadata: { ...metadata, labels: kept } };
}

function setsText(sets: readonly KubeObject[]): string {
  if (sets.length === 0) return "<none>";
  return sets
    .map((set) => {
      const [current, desired] = [statusCount(set, "replicas"), integer(at(set, "spec", "replicas"))];
      return `${set.metadata.name} (${current}/${desired} replicas created)`;
    })
    .join(", ");
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
