/** ReplicaSet and ReplicationController. */
import type { KubeObject } from "../../../kube/api/types.ts";
import { at, integer } from "../../../kube/kinds/fields.ts";
import { formatLabelSelector, formatLabels } from "../../../kube/kinds/validation/selectors.ts";
import {
  controllerOf,
  eventsQuery,
  specOf,
  statusOf,
  writeAnnotations,
  writeConditions,
  writeEvents,
  writeLabels,
  writeName,
} from "./format.ts";
import { podsQuery, podsStatus, statusCount, writePodTemplate } from "./pod-template.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer, RelatedObjects } from "./types.ts";

export const replicaSet: Describer = {
  group: "apps",
  kind: "ReplicaSet",
  queries: (object) => [podsQuery(object), eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const selector = specOf(object)["selector"];
    return describeReplicas(object, formatLabelSelector(selector), selector, related, nowMs, kubectlMinor);
  },
};

export const replicationController: Describer = {
  group: "",
  kind: "ReplicationController",
  queries: (object) => [podsQuery(object), eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const selector = specOf(object)["selector"];
    return describeReplicas(object, formatLabels(selector), { matchLabels: selector }, related, nowMs, kubectlMinor);
  },
};

function describeReplicas(
  object: KubeObject,
  selectorText: string,
  selector: unknown,
  related: RelatedObjects,
  nowMs: number,
  kubectlMinor: number | undefined,
): string {
  const w = new PrefixWriter();
  writeName(w, object);
  w.field("Selector", selectorText);
  writeLabels(w, "Labels", object.metadata.labels);
  writeAnnotations(w, object.metadata.annotations);
  const owner = controllerOf(object);
  if (owner !== "") w.field("Controlled By", owner);
  const desired = integer(at(object, "spec", "replicas"));
  w.field("Replicas", `${statusCount(object, "replicas")} current / ${desired} desired`);
  w.field("Pods Status", podsStatus(object, selector, related["pods"]));
  writePodTemplate(w, specOf(object)["template"], kubectlMinor);
  writeConditions(w, statusOf(object)["conditions"]);
  writeEvents(w, related["events"], nowMs, kubectlMinor);
  return w.toString();
}
