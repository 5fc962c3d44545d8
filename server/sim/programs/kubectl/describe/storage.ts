/** PersistentVolume, PersistentVolumeClaim and StorageClass. */
import type { KubeObject } from "../../../kube/api/types.ts";
import { accessModesText } from "../../../kube/kinds/cells.ts";
import { at, type Fields, isAbsent, isObject, objects, stringMap, strings, text } from "../../../kube/kinds/fields.ts";
import { ageOf } from "../../../kube/kinds/human-duration.ts";
import { DEFAULT_CLASS_ANNOTATION } from "../../../kube/kinds/storage-class.ts";
import { formatLabels } from "../../../kube/kinds/validation/selectors.ts";
import {
  eventsQuery,
  goList,
  sortedEntries,
  specOf,
  statusOf,
  writeAnnotations,
  writeEvents,
  writeLabels,
  writeMultiline,
  writeName,
  writeTimedConditions,
} from "./format.ts";
import { podsQuery } from "./pod-template.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer } from "./types.ts";
import { writeVolumeSource } from "./volumes.ts";

export const persistentVolume: Describer = {
  group: "",
  kind: "PersistentVolume",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    const claim = spec["claimRef"];
    w.field("Name", object.metadata.name);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.field("Finalizers", goList(object.metadata.finalizers ?? []));
    w.field("StorageClass", text(spec["storageClassName"]));
    w.field("Status", phaseOf(object, nowMs));
    w.field("Claim", isObject(claim) ? `${text(claim["namespace"])}/${text(claim["name"])}` : "");
    w.field("Reclaim Policy", text(spec["persistentVolumeReclaimPolicy"]));
    w.field("Access Modes", accessModesText(spec["accessModes"]));
    if (!isAbsent(spec["volumeMode"])) w.field("VolumeMode", text(spec["volumeMode"]));
    w.field("Capacity", text(at(spec, "capacity", "storage")) || "0");
    writeNodeAffinity(w, spec["nodeAffinity"]);
    w.field("Message", text(statusOf(object)["message"]));
    w.line(0, "Source:");
    writeVolumeSource(w, spec);
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function phaseOf(object: KubeObject, nowMs: number): string {
  const { deletionTimestamp } = object.metadata;
  return deletionTimestamp === undefined
    ? text(statusOf(object)["phase"])
    : `Terminating (lasts ${ageOf(deletionTimestamp, nowMs)})`;
}

function writeNodeAffinity(w: PrefixWriter, affinity: unknown): void {
  if (!isObject(affinity)) {
    w.field("Node Affinity", "<none>");
    return;
  }
  const terms = objects(at(affinity, "required", "nodeSelectorTerms"));
  w.line(0, "Node Affinity:");
  if (terms.length === 0) {
    w.field("Required Terms", "<none>", 1);
    return;
  }
  w.line(1, "Required Terms:");
  for (const [index, term] of terms.entries()) {
    const expressions = objects(term["matchExpressions"]);
    w.write(2, `Term ${index}:\t`);
    if (expressions.length === 0) w.line(0, "<none>");
    for (const [position, expression] of expressions.entries()) {
      w.line(0, `${position === 0 ? "" : "    \t"}${formatExpression(expression)}`);
    }
  }
}

function formatExpression(expression: Fields): string {
  const [key, operator] = [text(expression["key"]), text(expression["operator"]).toLowerCase()];
  const values = strings(expression["values"]);
  return values.length === 0 ? `${key} ${operator}` : `${key} ${operator} ${goList([values.join(", ")])}`;
}

export const persistentVolumeClaim: Describer = {
  group: "",
  kind: "PersistentVolumeClaim",
  queries: (object) => [podsQuery(object), eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    const isBound = text(spec["volumeName"]) !== "";
    writeName(w, object);
    w.field("StorageClass", text(spec["storageClassName"]));
    w.field("Status", phaseOf(object, nowMs));
    w.field("Volume", text(spec["volumeName"]));
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.field("Finalizers", goList(object.metadata.finalizers ?? []));
    w.field("Capacity", isBound ? text(at(statusOf(object), "capacity", "storage")) || "0" : "");
    w.field("Access Modes", isBound ? accessModesText(statusOf(object)["accessModes"]) : "");
    if (!isAbsent(spec["volumeMode"])) w.field("VolumeMode", text(spec["volumeMode"]));
    writeMultiline(w, "Used By", podsUsing(object, related["pods"]?.items ?? []));
    writeTimedConditions(w, objects(statusOf(object)["conditions"]), "lastProbeTime");
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function podsUsing(claim: KubeObject, pods: readonly KubeObject[]): readonly string[] {
  return pods
    .filter((pod) =>
      objects(specOf(pod)["volumes"]).some(
        (volume) => text(at(volume, "persistentVolumeClaim", "claimName")) === claim.metadata.name,
      ),
    )
    .map((pod) => pod.metadata.name);
}

export const storageClass: Describer = {
  group: "storage.k8s.io",
  kind: "StorageClass",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const { annotations } = object.metadata;
    const expansion = object["allowVolumeExpansion"];
    const options = strings(object["mountOptions"]);
    w.field("Name", object.metadata.name);
    w.field("IsDefaultClass", annotations?.[DEFAULT_CLASS_ANNOTATION] === "true" ? "Yes" : "No");
    w.field("Annotations", formatLabels(annotations));
    w.field("Provisioner", text(object["provisioner"]));
    w.field("Parameters", parametersText(object["parameters"]));
    w.field("AllowVolumeExpansion", isAbsent(expansion) ? "<unset>" : expansion === true ? "True" : "False");
    if (options.length === 0) w.field("MountOptions", "<none>");
    else {
      w.line(0, "MountOptions:");
      for (const option of options) w.line(1, option);
    }
    if (!isAbsent(object["reclaimPolicy"])) w.field("ReclaimPolicy", text(object["reclaimPolicy"]));
    if (!isAbsent(object["volumeBindingMode"])) w.field("VolumeBindingMode", text(object["volumeBindingMode"]));
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function parametersText(parameters: unknown): string {
  return (
    sortedEntries(stringMap(parameters))
      .map(([key, value]) => `${key}=${value}`)
      .join(",") || "<none>"
  );
}
