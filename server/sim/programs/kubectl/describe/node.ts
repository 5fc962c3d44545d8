import type { KubeObject } from "../../../kube/api/types.ts";
import { at, type Fields, fields, objects, stringMap, strings, text } from "../../../kube/kinds/fields.ts";
import { ageOf } from "../../../kube/kinds/human-duration.ts";
import { nodeRoles } from "../../../kube/kinds/node.ts";
import { addQuantities, quantityNano } from "../../../kube/kinds/quantity.ts";
import {
  eventsQuery,
  longTime,
  sortedEntries,
  specOf,
  statusOf,
  writeAnnotations,
  writeEvents,
  writeLabels,
  writeMultiline,
  writeTimedConditions,
} from "./format.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import { CURRENT_MINOR, type Describer, type RelatedResult, SINCE_MINOR } from "./types.ts";

export const node: Describer = {
  group: "",
  kind: "Node",
  queries: (object) => [
    {
      name: "lease",
      group: "coordination.k8s.io",
      version: "v1",
      resource: "leases",
      namespace: "kube-node-lease",
      objectName: object.metadata.name,
    },
    {
      name: "pods",
      group: "",
      version: "v1",
      resource: "pods",
      fieldSelector: `spec.nodeName=${object.metadata.name},status.phase!=Succeeded,status.phase!=Failed`,
    },
    eventsQuery(object),
  ],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    w.field("Name", object.metadata.name);
    w.field("Roles", nodeRoles(object).join(",") || "<none>");
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.field("CreationTimestamp", longTime(object.metadata.creationTimestamp));
    writeMultiline(w, "Taints", objects(specOf(object)["taints"]).map(formatTaint));
    w.field("Unschedulable", specOf(object)["unschedulable"] === true);
    writeLease(w, related["lease"]);
    writeTimedConditions(w, objects(statusOf(object)["conditions"]), "lastHeartbeatTime");
    writeAddresses(w, statusOf(object));
    writeAmounts(w, "Capacity", statusOf(object)["capacity"]);
    writeAmounts(w, "Allocatable", statusOf(object)["allocatable"]);
    writeSystemInfo(w, fields(statusOf(object)["nodeInfo"]), kubectlMinor ?? CURRENT_MINOR);
    writeRanges(w, specOf(object));
    if (related["pods"] !== undefined) writePods(w, object, related["pods"].items, nowMs);
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function formatTaint(taint: Fields): string {
  const [key, value, effect] = [text(taint["key"]), text(taint["value"]), text(taint["effect"])];
  return `${key}${value === "" ? "" : `=${value}`}:${effect}`;
}

function writeLease(w: PrefixWriter, lease: RelatedResult | undefined): void {
  if (lease === undefined) return;
  if (lease.error !== undefined) {
    w.field("Lease", `Failed to get lease: ${lease.error}`);
    return;
  }
  const spec = fields(lease.items[0]?.["spec"]);
  const time = (field: string) => (text(spec[field]) === "" ? "<unset>" : longTime(spec[field]));
  w.line(0, "Lease:");
  w.field("HolderIdentity", text(spec["holderIdentity"]) || "<unset>", 1);
  w.field("AcquireTime", time("acquireTime"), 1);
  w.field("RenewTime", time("renewTime"), 1);
}

function writeAddresses(w: PrefixWriter, status: Fields): void {
  w.line(0, "Addresses:");
  for (const address of objects(status["addresses"])) w.field(text(address["type"]), text(address["address"]), 1);
}

function writeAmounts(w: PrefixWriter, title: string, amounts: unknown): void {
  const entries = sortedEntries(stringMap(amounts));
  if (entries.length === 0) return;
  w.line(0, `${title}:`);
  for (const [name, amount] of entries) w.field(name, amount, 1);
}

const SYSTEM_INFO = [
  ["Machine ID", "machineID"],
  ["System UUID", "systemUUID"],
  ["Boot ID", "bootID"],
  ["Kernel Version", "kernelVersion"],
  ["OS Image", "osImage"],
  ["Operating System", "operatingSystem"],
  ["Architecture", "architecture"],
  ["Container Runtime Version", "containerRuntimeVersion"],
  ["Kubelet Version", "kubeletVersion"],
] as const;

function writeSystemInfo(w: PrefixWriter, info: Fields, kubectlMinor: number): void {
  w.line(0, "System Info:");
  for (const [label, field] of SYSTEM_INFO) w.field(label, text(info[field]), 1);
  // The field is deprecated and empty; older versions show it all the same.
  const version = text(info["kubeProxyVersion"]);
  if (version !== "" || kubectlMinor < SINCE_MINOR.eventParts) w.field("Kube-Proxy Version", version, 1);
}

function writeRanges(w: PrefixWriter, spec: Fields): void {
  if (text(spec["podCIDR"]) !== "") w.field("PodCIDR", text(spec["podCIDR"]));
  if (strings(spec["podCIDRs"]).length > 0) w.field("PodCIDRs", strings(spec["podCIDRs"]).join(","));
  if (text(spec["providerID"]) !== "") w.field("ProviderID", text(spec["providerID"]));
}

function writePods(w: PrefixWriter, object: KubeObject, pods: readonly KubeObject[], nowMs: number): void {
  const allocatable = stringMap(statusOf(object)["allocatable"]);
  w.field("Non-terminated Pods", `(${pods.length} in total)`);
  w.row(1, "Namespace", "Name", "", "CPU Requests", "CPU Limits", "Memory Requests", "Memory Limits", "Age");
  w.row(1, "---------", "----", "", "------------", "----------", "---------------", "-------------", "---");
  for (const pod of pods) {
    const share = (kind: Kind, resource: string) =>
      withPercentage(podAmount(pod, kind, resource), allocatable[resource]);
    w.row(
      1,
      pod.metadata.namespace ?? "",
      pod.metadata.name,
      "",
      share("requests", "cpu"),
      share("limits", "cpu"),
      share("requests", "memory"),
      share("limits", "memory"),
      ageOf(pod.metadata.creationTimestamp, nowMs),
    );
  }
  writeAllocated(w, pods, allocatable);
}

type Kind = "requests" | "limits";

function writeAllocated(
  w: PrefixWriter,
  pods: readonly KubeObject[],
  allocatable: Readonly<Record<string, string>>,
): void {
  w.write(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n");
  w.row(1, "Resource", "Requests", "Limits");
  w.row(1, "--------", "--------", "------");
  const hugePages = Object.keys(allocatable)
    .filter((name) => name.startsWith("hugepages-"))
    .sort();
  const total = (kind: Kind, resource: string) => addQuantities(pods.map((pod) => podAmount(pod, kind, resource)));
  for (const resource of ["cpu", "memory", "ephemeral-storage", ...hugePages]) {
    const cells = (["requests", "limits"] as const).map((kind) =>
      withPercentage(total(kind, resource), allocatable[resource]),
    );
    w.row(1, resource, ...cells);
  }
  const standard = new Set(["cpu", "memory", "ephemeral-storage", "pods", ...hugePages]);
  for (const resource of Object.keys(allocatable)
    .filter((name) => !standard.has(name))
    .sort()) {
    w.row(1, resource, total("requests", resource), total("limits", resource));
  }
}

/** What a pod asks for: its containers together, or its largest init container if that is more. */
function podAmount(pod: KubeObject, kind: Kind, resource: string): string {
  const spec = specOf(pod);
  const amountOf = (container: Fields) => at(container, "resources", kind, resource);
  const init = objects(spec["initContainers"]);
  const sidecars = init.filter((container) => container["restartPolicy"] === "Always");
  const sum = addQuantities([...objects(spec["containers"]), ...sidecars].map(amountOf));
  const largest = init
    .filter((container) => container["restartPolicy"] !== "Always")
    .map(amountOf)
    .reduce<string>((most, amount) => (quantityNano(amount) > quantityNano(most) ? text(amount) : most), "0");
  const needed = quantityNano(largest) > quantityNano(sum) ? largest : sum;
  return addQuantities([needed, at(spec, "overhead", resource)]);
}

/** `100m (5%)`; the percentage is cut off, not rounded. */
function withPercentage(amount: string, allocatable: string | undefined): string {
  const whole = quantityNano(allocatable);
  const percentage = whole === 0n ? 0n : (quantityNano(amount) * 100n) / whole;
  return `${amount} (${percentage}%)`;
}
