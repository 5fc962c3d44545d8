/** Why a node cannot take a pod, in kube-scheduler's words. Models the default plugins of v1.36. */
import { matchesNodeSelection, untolerated } from "./node-selection.ts";
import type { Namespace, Node, Pod, PodAffinityTerm, PodSpec } from "./objects.ts";
import { isFinished } from "./pods.ts";
import { quantity } from "./quantity.ts";
import { matchesSelector } from "./selectors.ts";

export interface ClusterView {
  readonly nodes: readonly Node[];
  /** Pods that occupy a node: bound and not finished. */
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
}

export interface Refusal {
  readonly reason: string;
  /** Whether removing pods could help; if not, preemption is "not helpful". */
  readonly isResolvable: boolean;
}

type Filter = (pod: Pod, node: Node, view: ClusterView) => readonly Refusal[];

const refuse = (reason: string, isResolvable = false): readonly Refusal[] => [{ reason, isResolvable }];
const PASS: readonly Refusal[] = [];

const nodeUnschedulable: Filter = (pod, node) => {
  if (node.spec.unschedulable !== true) return PASS;
  const tolerated = (pod.spec.tolerations ?? []).some(
    ({ key, operator }) => operator === "Exists" && (!key || key === "node.kubernetes.io/unschedulable"),
  );
  return tolerated ? PASS : refuse("node(s) were unschedulable");
};

const taintToleration: Filter = (pod, node) =>
  untolerated(pod.spec.tolerations ?? [], node, ["NoSchedule", "NoExecute"]) === undefined
    ? PASS
    : refuse("node(s) had untolerated taint(s)");

const nodeAffinity: Filter = (pod, node) =>
  matchesNodeSelection(pod.spec, node) ? PASS : refuse("node(s) didn't match Pod's node affinity/selector");

const hostPortsOf = (spec: PodSpec): readonly string[] =>
  spec.containers.flatMap((container) =>
    (container.ports ?? []).flatMap((port) => {
      const hostPort = port.hostPort ?? (spec.hostNetwork === true ? port.containerPort : 0);
      return hostPort > 0 ? [`${hostPort}/${port.protocol ?? "TCP"}`] : [];
    }),
  );

const nodePorts: Filter = (pod, node, view) => {
  const wanted = hostPortsOf(pod.spec);
  if (wanted.length === 0) return PASS;
  const taken = new Set(podsOn(view, node).flatMap((other) => hostPortsOf(other.spec)));
  return wanted.some((port) => taken.has(port))
    ? refuse("node(s) didn't have free ports for the requested pod ports", true)
    : PASS;
};

export const podsOn = (view: ClusterView, node: Node): readonly Pod[] =>
  view.pods.filter((pod) => pod.spec.nodeName === node.metadata.name);

/** The sum over containers, or the largest init container if that is more. */
export function requestOf(spec: PodSpec, resource: string, fallback = 0): number {
  const of = (container: PodSpec["containers"][number]): number => {
    const text = container.resources?.requests?.[resource];
    return text === undefined ? fallback : quantity(text);
  };
  const inits = spec.initContainers ?? [];
  const sidecars = inits
    .filter(({ restartPolicy }) => restartPolicy === "Always")
    .reduce((sum, each) => sum + of(each), 0);
  const steady = spec.containers.reduce((sum, each) => sum + of(each), sidecars);
  const peak = Math.max(0, ...inits.filter(({ restartPolicy }) => restartPolicy !== "Always").map(of));
  return Math.max(steady, peak) + quantity(spec.overhead?.[resource]);
}

const resourcesFit: Filter = (pod, node, view) => {
  const refusals: Refusal[] = [];
  const present = podsOn(view, node);
  const allocatable = node.status?.allocatable ?? {};
  if (present.length + 1 > quantity(allocatable["pods"] ?? "110")) refusals.push(...refuse("Too many pods", true));
  const resources = new Set(
    [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap((container) =>
      Object.keys(container.resources?.requests ?? {}),
    ),
  );
  for (const resource of resources) {
    const wanted = requestOf(pod.spec, resource);
    const capacity = quantity(allocatable[resource]);
    const used = present.reduce((sum, other) => sum + requestOf(other.spec, resource), 0);
    if (wanted > 0 && wanted > capacity - used)
      refusals.push(...refuse(`Insufficient ${resource}`, wanted <= capacity));
  }
  return refusals;
};

const topologySpread: Filter = (pod, node, view) => {
  for (const constraint of pod.spec.topologySpreadConstraints ?? []) {
    if (constraint.whenUnsatisfiable !== "DoNotSchedule") continue;
    const domain = node.metadata.labels?.[constraint.topologyKey];
    if (domain === undefined)
      return refuse("node(s) didn't match pod topology spread constraints (missing required label)");
    const counts = new Map<string, number>();
    for (const other of view.nodes) {
      const key = other.metadata.labels?.[constraint.topologyKey];
      if (key === undefined || !matchesNodeSelection(pod.spec, other)) continue;
      const here = podsOn(view, other).filter(
        (each) =>
          each.metadata.namespace === pod.metadata.namespace &&
          matchesSelector(constraint.labelSelector, each.metadata.labels),
      );
      counts.set(key, (counts.get(key) ?? 0) + here.length);
    }
    const least = Math.min(...counts.values());
    const self = matchesSelector(constraint.labelSelector, pod.metadata.labels) ? 1 : 0;
    if ((counts.get(domain) ?? 0) + self - least > constraint.maxSkew) {
      return refuse("node(s) didn't match pod topology spread constraints", true);
    }
  }
  return PASS;
};

/** Pods that a term means, in the namespaces it names (default: the pod's own). */
export function matchesTerm(term: PodAffinityTerm, owner: Pod, candidate: Pod, view: ClusterView): boolean {
  if (!matchesSelector(term.labelSelector, candidate.metadata.labels)) return false;
  const namespace = candidate.metadata.namespace ?? "";
  const named = term.namespaces ?? [];
  if (named.length === 0 && !term.namespaceSelector) return namespace === owner.metadata.namespace;
  if (named.includes(namespace)) return true;
  const object = view.namespaces.find(({ metadata }) => metadata.name === namespace);
  return term.namespaceSelector !== undefined && matchesSelector(term.namespaceSelector, object?.metadata.labels);
}

function podsInDomain(term: PodAffinityTerm, node: Node, view: ClusterView): readonly Pod[] {
  const domain = node.metadata.labels?.[term.topologyKey];
  if (domain === undefined) return [];
  const names = new Set(
    view.nodes
      .filter(({ metadata }) => metadata.labels?.[term.topologyKey] === domain)
      .map(({ metadata }) => metadata.name),
  );
  return view.pods.filter((pod) => names.has(pod.spec.nodeName ?? ""));
}

const interPodAffinity: Filter = (pod, node, view) => {
  for (const term of pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    if (podsInDomain(term, node, view).some((other) => matchesTerm(term, pod, other, view))) continue;
    // The first pod of a group that wants to be together may go anywhere.
    const isFirst =
      !view.pods.some((other) => matchesTerm(term, pod, other, view)) &&
      matchesTerm(term, pod, pod, view) &&
      node.metadata.labels?.[term.topologyKey] !== undefined;
    if (!isFirst) return refuse("node(s) didn't match pod affinity rules");
  }
  for (const term of pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    if (podsInDomain(term, node, view).some((other) => matchesTerm(term, pod, other, view))) {
      return refuse("node(s) didn't match pod anti-affinity rules", true);
    }
  }
  for (const other of view.pods) {
    for (const term of other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (podsInDomain(term, node, view).includes(other) && matchesTerm(term, other, pod, view)) {
        return refuse("node(s) didn't satisfy existing pods anti-affinity rules", true);
      }
    }
  }
  return PASS;
};

const FILTERS: readonly Filter[] = [
  nodeUnschedulable,
  taintToleration,
  nodeAffinity,
  nodePorts,
  resourcesFit,
  topologySpread,
  interPodAffinity,
];

/** The reasons of the first plugin that refuses; empty when the node fits. */
export function refusalsOf(pod: Pod, node: Node, view: ClusterView): readonly Refusal[] {
  for (const filter of FILTERS) {
    const refusals = filter(pod, node, view);
    if (refusals.length > 0) return refusals;
  }
  return PASS;
}

export const occupiesNode = (pod: Pod): boolean => Boolean(pod.spec.nodeName) && !isFinished(pod);

/** `0/3 nodes are available: 1 node(s) had …, 2 Insufficient cpu.` */
export function refusalMessage(refusals: readonly (readonly Refusal[])[]): string {
  const reasons = countUp(refusals.flatMap((each) => each.map(({ reason }) => reason)));
  return `0/${refusals.length} nodes are available: ${reasons}.`;
}

/** The same, and why preemption does not help. */
export function unschedulableMessage(refusals: readonly (readonly Refusal[])[]): string {
  const total = refusals.length;
  if (total === 0) return "no nodes available to schedule pods";
  const preemption = countUp(
    refusals.map((each) =>
      each.every(({ isResolvable }) => isResolvable)
        ? "No preemption victims found for incoming pod"
        : "Preemption is not helpful for scheduling",
    ),
  );
  return `${refusalMessage(refusals)} no new claims to deallocate, preemption: 0/${total} nodes are available: ${preemption}.`;
}

function countUp(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(", ");
}
