/** The pod template that every workload's description contains. */
import { at, fields, integer, isAbsent, objects, text } from "../../../kube/kinds/fields.ts";
import type { KubeObject } from "../../../kube/api/types.ts";
import { selectorMatches } from "../../../kube/kinds/validation/selectors.ts";
import { writeContainers } from "./containers.ts";
import { writeAnnotations, writeLabels } from "./format.ts";
import { writeSpread, writeTolerations } from "./pod.ts";
import type { PrefixWriter } from "./prefix-writer.ts";
import { CURRENT_MINOR, type RelatedQuery, type RelatedResult, SINCE_MINOR } from "./types.ts";
import { writeVolumes } from "./volumes.ts";

export function writePodTemplate(w: PrefixWriter, template: unknown, kubectlMinor = CURRENT_MINOR): void {
  w.line(0, "Pod Template:");
  if (isAbsent(template)) {
    w.line(0, "  <unset>");
    return;
  }
  const indent = "  ";
  const spec = fields(at(template, "spec"));
  writeLabels(w, "Labels", at(template, "metadata", "labels"), indent);
  const annotations = fields(at(template, "metadata", "annotations"));
  if (Object.keys(annotations).length > 0) writeAnnotations(w, annotations, "  Annotations");
  if (text(spec["serviceAccountName"]) !== "") w.field("Service Account", text(spec["serviceAccountName"]), 1);
  const init = objects(spec["initContainers"]);
  if (init.length > 0) writeContainers(w, { label: "Init Containers", containers: init, indent });
  writeContainers(w, { label: "Containers", containers: objects(spec["containers"]), indent });
  writeVolumes(w, objects(spec["volumes"]), indent, kubectlMinor);
  writeSpread(w, objects(spec["topologySpreadConstraints"]), indent);
  if (text(spec["priorityClassName"]) !== "") w.field("Priority Class Name", text(spec["priorityClassName"]), 1);
  if (kubectlMinor < SINCE_MINOR.templateScheduling) return;
  writeLabels(w, "Node-Selectors", spec["nodeSelector"], indent);
  writeTolerations(w, objects(spec["tolerations"]), indent);
}

/** All pods of a namespace; who belongs to the workload is decided by selector and owner. */
export function podsQuery(object: KubeObject): RelatedQuery {
  return { name: "pods", group: "", version: "v1", resource: "pods", namespace: object.metadata.namespace ?? "" };
}

/** `2 Running / 0 Waiting / 0 Succeeded / 0 Failed`. */
export function podsStatus(object: KubeObject, selector: unknown, pods: RelatedResult | undefined): string {
  if (pods?.error !== undefined) return `error in fetching pods: ${pods.error}`;
  const own = (pods?.items ?? []).filter(
    (pod) =>
      selectorMatches(selector, pod.metadata.labels ?? {}) &&
      pod.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === object.metadata.uid),
  );
  const count = (phase: string) => own.filter((pod) => text(at(pod, "status", "phase")) === phase).length;
  return `${count("Running")} Running / ${count("Pending")} Waiting / ${count("Succeeded")} Succeeded / ${count("Failed")} Failed`;
}

/** A number of the status; absent is 0. */
export function statusCount(object: KubeObject, field: string): number {
  return integer(at(object, "status", field));
}
