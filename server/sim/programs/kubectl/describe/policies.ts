/** PodDisruptionBudget, HorizontalPodAutoscaler and PriorityClass. */
import type { KubeObject } from "../../../kube/api/types.ts";
import { at, type Fields, fields, integer, isAbsent, objects, text } from "../../../kube/kinds/fields.ts";
import { formatLabelSelector } from "../../../kube/kinds/validation/selectors.ts";
import {
  eventsQuery,
  longTime,
  specOf,
  statusOf,
  writeAnnotations,
  writeEvents,
  writeLabels,
  writeName,
} from "./format.ts";
import { formatLabels } from "../../../kube/kinds/validation/selectors.ts";
import { statusCount } from "./pod-template.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer } from "./types.ts";

export const podDisruptionBudget: Describer = {
  group: "policy",
  kind: "PodDisruptionBudget",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    writeName(w, object);
    if (!isAbsent(spec["minAvailable"])) w.field("Min available", String(spec["minAvailable"]));
    else if (!isAbsent(spec["maxUnavailable"])) w.field("Max unavailable", String(spec["maxUnavailable"]));
    w.field("Selector", isAbsent(spec["selector"]) ? "<unset>" : formatLabelSelector(spec["selector"]));
    w.line(0, "Status:");
    w.field("Allowed disruptions", statusCount(object, "disruptionsAllowed"), 2);
    w.field("Current", statusCount(object, "currentHealthy"), 2);
    w.field("Desired", statusCount(object, "desiredHealthy"), 2);
    w.field("Total", statusCount(object, "expectedPods"), 2);
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

export const horizontalPodAutoscaler: Describer = {
  group: "autoscaling",
  kind: "HorizontalPodAutoscaler",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    const target = fields(spec["scaleTargetRef"]);
    writeName(w, object);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.field("CreationTimestamp", longTime(object.metadata.creationTimestamp));
    w.field("Reference", `${text(target["kind"])}/${text(target["name"])}`);
    w.field("Metrics", "( current / target )");
    const current = objects(statusOf(object)["currentMetrics"]);
    for (const [index, metric] of objects(spec["metrics"]).entries()) writeMetric(w, metric, current[index]);
    w.field("Min replicas", isAbsent(spec["minReplicas"]) ? "<unset>" : integer(spec["minReplicas"]));
    w.field("Max replicas", integer(spec["maxReplicas"]));
    w.field(`${text(target["kind"])} pods`, replicasText(object));
    writeAutoscalerConditions(w, objects(statusOf(object)["conditions"]));
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function replicasText(object: KubeObject): string {
  return `${statusCount(object, "currentReplicas")} current / ${statusCount(object, "desiredReplicas")} desired`;
}

function writeMetric(w: PrefixWriter, metric: Fields, current: Fields | undefined): void {
  const source = fields(metric["resource"]);
  if (metric["type"] !== "Resource") {
    w.field(`<${text(metric["type"]) || "unknown"} metric>`, "<unknown>", 1);
    return;
  }
  const name = `resource ${text(source["name"])} on pods`;
  const target = fields(source["target"]);
  const now = fields(at(current, "resource", "current"));
  if (!isAbsent(target["averageValue"])) {
    w.field(name, `${text(now["averageValue"]) || "<unknown>"} / ${text(target["averageValue"])}`, 1);
    return;
  }
  const wanted = isAbsent(target["averageUtilization"]) ? "<auto>" : `${integer(target["averageUtilization"])}%`;
  const used = isAbsent(now["averageUtilization"])
    ? "<unknown>"
    : `${integer(now["averageUtilization"])}% (${text(now["averageValue"])})`;
  w.field(`${name}  (as a percentage of request)`, `${used} / ${wanted}`, 1);
}

function writeAutoscalerConditions(w: PrefixWriter, conditions: readonly Fields[]): void {
  if (conditions.length === 0) return;
  w.line(0, "Conditions:");
  w.row(1, "Type", "Status", "Reason", "Message");
  w.row(1, "----", "------", "------", "-------");
  for (const condition of conditions) {
    w.row(1, text(condition["type"]), text(condition["status"]), text(condition["reason"]), text(condition["message"]));
  }
}

export const priorityClass: Describer = {
  group: "scheduling.k8s.io",
  kind: "PriorityClass",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    w.field("Name", object.metadata.name);
    w.field("Value", integer(object["value"]));
    w.field("GlobalDefault", object["globalDefault"] === true);
    w.field("PreemptionPolicy", text(object["preemptionPolicy"]));
    w.field("Description", text(object["description"]));
    w.field("Annotations", formatLabels(object.metadata.annotations));
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};
