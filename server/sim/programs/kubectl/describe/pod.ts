import type { KubeObject } from "../../../kube/api/types.ts";
import {
  at,
  type Fields,
  fields,
  integer,
  isAbsent,
  isObject,
  objects,
  strings,
  text,
} from "../../../kube/kinds/fields.ts";
import { ageOf } from "../../../kube/kinds/human-duration.ts";
import { qosClass } from "../../../kube/kinds/pod.ts";
import { formatLabelSelector } from "../../../kube/kinds/validation/selectors.ts";
import { writeContainers } from "./containers.ts";
import {
  controllerOf,
  eventsQuery,
  longTime,
  specOf,
  statusOf,
  writeAnnotations,
  writeEvents,
  writeLabels,
  writeMultiline,
  writeName,
  writeResources,
} from "./format.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer } from "./types.ts";
import { writeVolumes } from "./volumes.ts";

export const pod: Describer = {
  group: "",
  kind: "Pod",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    writeName(w, object);
    writeScheduling(w, object);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    writeStatus(w, object, nowMs);
    writeAllContainers(w, object);
    writeReadiness(w, object);
    writePodConditions(w, statusOf(object));
    writeVolumes(w, objects(spec["volumes"]), "", kubectlMinor);
    w.field("QoS Class", text(statusOf(object)["qosClass"]) || qosClass(spec));
    writeLabels(w, "Node-Selectors", spec["nodeSelector"]);
    writeTolerations(w, objects(spec["tolerations"]));
    writeSpread(w, objects(spec["topologySpreadConstraints"]));
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function writeScheduling(w: PrefixWriter, object: KubeObject): void {
  const spec = specOf(object);
  const status = statusOf(object);
  if (!isAbsent(spec["priority"])) w.field("Priority", integer(spec["priority"]));
  if (text(spec["priorityClassName"]) !== "") w.field("Priority Class Name", text(spec["priorityClassName"]));
  if (text(spec["runtimeClassName"]) !== "") w.field("Runtime Class Name", text(spec["runtimeClassName"]));
  if (text(spec["serviceAccountName"]) !== "") w.field("Service Account", text(spec["serviceAccountName"]));
  const node = text(spec["nodeName"]);
  w.field("Node", node === "" ? "<none>" : `${node}/${text(status["hostIP"])}`);
  if (!isAbsent(status["startTime"])) w.field("Start Time", longTime(status["startTime"]));
}

function writeStatus(w: PrefixWriter, object: KubeObject, nowMs: number): void {
  const status = statusOf(object);
  const phase = text(status["phase"]);
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
  if (deletionTimestamp !== undefined && phase !== "Failed" && phase !== "Succeeded") {
    w.field("Status", `Terminating (lasts ${ageOf(deletionTimestamp, nowMs)})`);
    w.field("Termination Grace Period", `${deletionGracePeriodSeconds ?? 0}s`);
  } else {
    w.field("Status", phase);
  }
  if (text(status["reason"]) !== "") w.field("Reason", text(status["reason"]));
  if (text(status["message"]) !== "") w.field("Message", text(status["message"]));
  writeSeccomp(w, at(object, "spec", "securityContext", "seccompProfile"));
  w.field("IP", text(status["podIP"]));
  writeAddresses(w, status);
  const owner = controllerOf(object);
  if (owner !== "") w.field("Controlled By", owner);
  if (text(status["nominatedNodeName"]) !== "") w.field("NominatedNodeName", text(status["nominatedNodeName"]));
}

function writeSeccomp(w: PrefixWriter, profile: unknown): void {
  if (!isObject(profile)) return;
  w.field("SeccompProfile", text(profile["type"]));
  if (profile["type"] === "Localhost") w.field("LocalhostProfile", text(profile["localhostProfile"]));
}

function writeAddresses(w: PrefixWriter, status: Fields): void {
  const addresses = objects(status["podIPs"]);
  if (addresses.length === 0) {
    w.field("IPs", "<none>");
    return;
  }
  w.line(0, "IPs:");
  for (const address of addresses) w.field("IP", text(address["ip"]), 1);
}

function writeAllContainers(w: PrefixWriter, object: KubeObject): void {
  const spec = specOf(object);
  const status = statusOf(object);
  if (isObject(spec["resources"])) {
    w.line(0, "Resources:");
    writeResources(w, "Limits", spec["resources"]["limits"], 1);
    writeResources(w, "Requests", spec["resources"]["requests"], 1);
  }
  const kinds = [
    ["Init Containers", "initContainers", "initContainerStatuses"],
    ["Containers", "containers", "containerStatuses"],
    ["Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"],
  ] as const;
  for (const [label, field, statusField] of kinds) {
    const containers = objects(spec[field]);
    if (containers.length === 0 && field !== "containers") continue;
    writeContainers(w, { label, containers, statuses: objects(status[statusField]), pod: object, indent: "" });
  }
}

function writeReadiness(w: PrefixWriter, object: KubeObject): void {
  const gates = objects(specOf(object)["readinessGates"]);
  if (gates.length === 0) return;
  const conditions = objects(statusOf(object)["conditions"]);
  w.write(0, "Readiness Gates:\n  Type\tStatus\n");
  for (const gate of gates) {
    const condition = conditions.find((candidate) => candidate["type"] === gate["conditionType"]);
    w.row(1, `${text(gate["conditionType"])} `, `${text(fields(condition)["status"]) || "<none>"} `);
  }
}

function writePodConditions(w: PrefixWriter, status: Fields): void {
  const conditions = objects(status["conditions"]);
  if (conditions.length === 0) return;
  w.write(0, "Conditions:\n  Type\tStatus\n");
  for (const condition of conditions) w.row(1, `${text(condition["type"])} `, `${text(condition["status"])} `);
}

/** Sorted by key, each on a line of its own. */
export function writeTolerations(w: PrefixWriter, tolerations: readonly Fields[], indent = ""): void {
  const sorted = [...tolerations].sort((left, right) => compare(text(left["key"]), text(right["key"])));
  writeMultiline(w, `${indent}Tolerations`, sorted.map(formatToleration), indent);
}

function formatToleration(toleration: Fields): string {
  const [key, value, effect] = [text(toleration["key"]), text(toleration["value"]), text(toleration["effect"])];
  const head = `${key}${value === "" ? "" : `=${value}`}${effect === "" ? "" : `:${effect}`}`;
  const exists = toleration["operator"] === "Exists" && value === "" ? `${head === "" ? "" : " "}op=Exists` : "";
  const seconds = toleration["tolerationSeconds"];
  return `${head}${exists}${isAbsent(seconds) ? "" : ` for ${integer(seconds)}s`}`;
}

export function writeSpread(w: PrefixWriter, constraints: readonly Fields[], indent = ""): void {
  if (constraints.length === 0) return;
  const sorted = [...constraints].sort((left, right) => compare(text(left["topologyKey"]), text(right["topologyKey"])));
  const entries = sorted.map((constraint) => {
    const selector = constraint["labelSelector"];
    const suffix = isAbsent(selector) ? "" : ` for selector ${formatLabelSelector(selector)}`;
    const keys = strings(constraint["matchLabelKeys"]);
    const matched = keys.length === 0 ? "" : ` matching labels ${keys.join(",")}`;
    return `${text(constraint["topologyKey"])}:${text(constraint["whenUnsatisfiable"])} when max skew ${integer(constraint["maxSkew"])} is exceeded${suffix}${matched}`;
  });
  writeMultiline(w, `${indent}Topology Spread Constraints`, entries, indent);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
