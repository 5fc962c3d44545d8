import { at, type Fields, integer, isAbsent, objects, strings, text } from "../../../kube/kinds/fields.ts";
import { formatLabelSelector } from "../../../kube/kinds/validation/selectors.ts";
import {
  eventsQuery,
  goList,
  longTime,
  specOf,
  writeAnnotations,
  writeEvents,
  writeLabels,
  writeName,
} from "./format.ts";
import { podsQuery, podsStatus, statusCount, writePodTemplate } from "./pod-template.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer } from "./types.ts";

export const statefulSet: Describer = {
  group: "apps",
  kind: "StatefulSet",
  queries: (object) => [podsQuery(object), eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    writeName(w, object);
    w.field("CreationTimestamp", longTime(object.metadata.creationTimestamp));
    w.field("Selector", formatLabelSelector(spec["selector"]));
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.field("Replicas", `${integer(spec["replicas"])} desired | ${statusCount(object, "replicas")} total`);
    w.field("Update Strategy", text(at(spec, "updateStrategy", "type")));
    const partition = at(spec, "updateStrategy", "rollingUpdate", "partition");
    if (!isAbsent(partition)) w.field("Partition", integer(partition), 1);
    w.field("Pods Status", podsStatus(object, spec["selector"], related["pods"]));
    writePodTemplate(w, spec["template"], kubectlMinor);
    writeClaims(w, objects(spec["volumeClaimTemplates"]));
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function writeClaims(w: PrefixWriter, claims: readonly Fields[]): void {
  if (claims.length === 0) {
    w.field("Volume Claims", "<none>");
    return;
  }
  w.line(0, "Volume Claims:");
  for (const claim of claims) {
    w.field("Name", text(at(claim, "metadata", "name")), 1);
    w.field("StorageClass", text(at(claim, "spec", "storageClassName")), 1);
    writeLabels(w, "Labels", at(claim, "metadata", "labels"), "  ");
    writeLabels(w, "Annotations", at(claim, "metadata", "annotations"), "  ");
    w.field("Capacity", text(at(claim, "spec", "resources", "requests", "storage")) || "<default>", 1);
    w.field("Access Modes", goList(strings(at(claim, "spec", "accessModes"))), 1);
  }
}
