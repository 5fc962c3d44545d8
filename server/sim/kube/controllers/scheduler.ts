/**
 * Gives pods a node. Models kube-scheduler v1.36 with its default plugins: filters, then the
 * best score, else preemption.
 */
import type { ApiClient } from "../api/types.ts";
import { type Controller, type ControllerContext, timestamp } from "./context.ts";
import { matchesTerm as matchesNodeTerm, tolerates } from "./node-selection.ts";
import type { Namespace, Node, Pod } from "./objects.ts";
import { controllerOf } from "./owners.ts";
import { conditionOf, isTerminating } from "./pods.ts";
import type { PersistentVolumeClaim } from "./persistent-volume.ts";
import { quantity } from "./quantity.ts";
import { runController } from "./run-controller.ts";
import {
  type ClusterView,
  matchesTerm,
  occupiesNode,
  podsOn,
  refusalMessage,
  refusalsOf,
  requestOf,
  unschedulableMessage,
} from "./scheduler-filters.ts";
import { findVictims, isWaitingForRoom, preempt, priorityOf } from "./scheduler-preemption.ts";
import { keyOf, splitKey, type WorkQueue } from "./work-queue.ts";

const COMPONENT = "default-scheduler";
/** What the scorer assumes of containers that request nothing. */
const DEFAULT_REQUEST = { cpu: 0.1, memory: 200 * 2 ** 20 };

export function startScheduler(context: ControllerContext): Controller {
  const { api } = context;
  const waiting = new Set<string>();
  return runController(context, {
    name: COMPONENT,
    sync: (key) => {
      if (scheduleOne(context, key)) waiting.delete(key);
      else waiting.add(key);
    },
    watch: (queue, options) => [
      api.watch<Pod>(
        "pods",
        ({ type, object }, old) => {
          if (type === "DELETED" || (old !== undefined && occupiesNode(old) && !occupiesNode(object))) {
            waiting.delete(keyOf(object));
            retry(api, queue, waiting);
          } else if (isMine(object) && (type === "ADDED" || isChanged(object, old))) queue.add(keyOf(object));
        },
        options,
      ),
      api.watch<Node>(
        "nodes",
        ({ object }, old) => {
          if (old === undefined || isChanged(object, old)) retry(api, queue, waiting);
        },
        options,
      ),
      api.watch("persistentvolumeclaims", () => retry(api, queue, waiting), { skipInitial: true }),
    ],
  });
}

const isMine = (pod: Pod): boolean =>
  !pod.spec.nodeName &&
  !isTerminating(pod) &&
  (pod.spec.schedulerName ?? COMPONENT) === COMPONENT &&
  (pod.spec.schedulingGates ?? []).length === 0;

/** Status writes, our own condition among them, are no reason to try again. */
const isChanged = (object: Pod | Node, old: Pod | Node | undefined): boolean =>
  old === undefined || object.spec !== old.spec || object.metadata.labels !== old.metadata.labels;

/** Important pods are tried first. */
function retry(api: ApiClient, queue: WorkQueue, waiting: ReadonlySet<string>): void {
  const priority = (key: string): number => {
    const pod = api.get<Pod>("pods", ...splitKey(key));
    return pod === undefined ? 0 : priorityOf(pod);
  };
  for (const key of [...waiting].sort((a, b) => priority(b) - priority(a))) queue.add(key);
}

/** Whether the pod needs no more attention. */
function scheduleOne(context: ControllerContext, key: string): boolean {
  const { api } = context;
  const [namespace, name] = splitKey(key);
  const pod = api.get<Pod>("pods", namespace, name);
  if (pod === undefined || !isMine(pod)) return true;
  const view: ClusterView = {
    nodes: api.list<Node>("nodes"),
    pods: api.list<Pod>("pods").filter(occupiesNode),
    namespaces: api.list<Namespace>("namespaces"),
  };
  const problem = volumeProblem(api, pod);
  if (problem !== undefined) {
    const total = view.nodes.length;
    if (problem.kind === "refused") {
      const preemption = `preemption: 0/${total} nodes are available: ${total} Preemption is not helpful for scheduling.`;
      fail(context, pod, `0/${total} nodes are available: ${problem.reason}. ${preemption}`);
    }
    return false;
  }
  const refusals = view.nodes.map((node) => refusalsOf(pod, node, view));
  const fitting = view.nodes.filter((_, index) => refusals[index]?.length === 0);
  const node = best(pod, fitting, view);
  if (node === undefined) {
    if (isWaitingForRoom(pod, view)) return false;
    const found = findVictims(pod, view, refusals);
    fail(context, pod, found === undefined ? unschedulableMessage(refusals) : refusalMessage(refusals));
    if (found !== undefined) preempt(context, pod, found);
    return false;
  }
  bind(context, pod, node.metadata.name);
  return true;
}

type VolumeProblem = { readonly kind: "refused"; readonly reason: string } | { readonly kind: "being-bound" };

/** Claims of a class that waits for its first consumer are bound for the pod's sake, in a moment. */
function volumeProblem(api: ApiClient, pod: Pod): VolumeProblem | undefined {
  for (const volume of pod.spec.volumes ?? []) {
    const claimName = volume.persistentVolumeClaim?.claimName;
    if (claimName === undefined) continue;
    const claim = api.get<PersistentVolumeClaim>("persistentvolumeclaims", pod.metadata.namespace ?? "", claimName);
    if (claim === undefined) return { kind: "refused", reason: `persistentvolumeclaim "${claimName}" not found` };
    if (claim.status?.phase === "Bound") continue;
    const { storageClassName } = claim.spec;
    const storageClass = storageClassName && api.get("storageclasses.storage.k8s.io", "", storageClassName);
    if (storageClass && storageClass["volumeBindingMode"] === "WaitForFirstConsumer") return { kind: "being-bound" };
    return { kind: "refused", reason: "pod has unbound immediate PersistentVolumeClaims" };
  }
  return undefined;
}

function best(pod: Pod, nodes: readonly Node[], view: ClusterView): Node | undefined {
  const scored = nodes.map((node) => ({ node, score: scoreOf(pod, node, view) }));
  const top = Math.max(...scored.map(({ score }) => score));
  // kube-scheduler throws dice between equals; the first in order is as good, and the same for everybody.
  return scored.find(({ score }) => score === top)?.node;
}

/** Weights of the default profile; each part is 0 to 100. */
function scoreOf(pod: Pod, node: Node, view: ClusterView): number {
  return (
    leastAllocated(pod, node, view) +
    2 * spread(pod, node, view) +
    2 * preferredNodes(pod, node) +
    2 * preferredPods(pod, node, view) +
    3 * toleratedTaints(pod, node)
  );
}

function leastAllocated(pod: Pod, node: Node, view: ClusterView): number {
  const share = (resource: "cpu" | "memory"): number => {
    const capacity = quantity(node.status?.allocatable?.[resource]);
    if (capacity === 0) return 0;
    const used = [...podsOn(view, node), pod].reduce(
      (sum, each) => sum + requestOf(each.spec, resource, DEFAULT_REQUEST[resource]),
      0,
    );
    return Math.max(0, ((capacity - used) / capacity) * 100);
  };
  return Math.floor((share("cpu") + share("memory")) / 2);
}

/** Pods of one owner keep apart. */
function spread(pod: Pod, node: Node, view: ClusterView): number {
  const owner = controllerOf(pod)?.uid;
  const siblings = (candidate: Node): number =>
    podsOn(view, candidate).filter((each) => owner !== undefined && controllerOf(each)?.uid === owner).length;
  const most = Math.max(...view.nodes.map(siblings));
  return most === 0 ? 0 : Math.round(((most - siblings(node)) / most) * 100);
}

function preferredNodes(pod: Pod, node: Node): number {
  const terms = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const total = terms.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return 0;
  const reached = terms.filter(({ preference }) => matchesNodeTerm(preference, node));
  return (reached.reduce((sum, { weight }) => sum + weight, 0) / total) * 100;
}

function preferredPods(pod: Pod, node: Node, view: ClusterView): number {
  const near = pod.spec.affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const apart = pod.spec.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const hits = (term: (typeof near)[number]): number => {
    const domain = node.metadata.labels?.[term.podAffinityTerm.topologyKey];
    const count = view.pods.filter((other) => {
      const home = view.nodes.find(({ metadata }) => metadata.name === other.spec.nodeName);
      const isThere = domain !== undefined && home?.metadata.labels?.[term.podAffinityTerm.topologyKey] === domain;
      return isThere && matchesTerm(term.podAffinityTerm, pod, other, view);
    }).length;
    return count * term.weight;
  };
  const sum =
    near.reduce((total, term) => total + hits(term), 0) - apart.reduce((total, term) => total + hits(term), 0);
  return Math.max(-100, Math.min(100, sum));
}

function toleratedTaints(pod: Pod, node: Node): number {
  const soft = (node.spec.taints ?? []).filter(({ effect }) => effect === "PreferNoSchedule");
  const untolerated = soft.filter((taint) => !(pod.spec.tolerations ?? []).some((each) => tolerates(each, taint)));
  return untolerated.length === 0 ? 100 : 0;
}

function bind({ api }: ControllerContext, pod: Pod, nodeName: string): void {
  const { namespace = "", name, uid } = pod.metadata;
  api.create("pods/binding", {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name, namespace, uid },
    target: { kind: "Node", name: nodeName },
  });
  // The room that was made for it is taken.
  if (pod.status?.nominatedNodeName !== undefined) {
    api.mutate<Pod>(
      "pods",
      namespace,
      name,
      ({ status: { nominatedNodeName: _, ...status } = {}, ...present }) => ({ ...present, status }),
      { subresource: "status" },
    );
  }
  api.recordEvent({
    involved: pod,
    type: "Normal",
    reason: "Scheduled",
    message: `Successfully assigned ${namespace}/${name} to ${nodeName}`,
    component: COMPONENT,
  });
}

function fail({ api, clock }: ControllerContext, pod: Pod, message: string): void {
  const { namespace = "", name } = pod.metadata;
  api.recordEvent({ involved: pod, type: "Warning", reason: "FailedScheduling", message, component: COMPONENT });
  const present = conditionOf(pod, "PodScheduled");
  if (present?.status === "False" && present.message === message) return;
  const condition = {
    type: "PodScheduled",
    status: "False",
    lastProbeTime: null,
    lastTransitionTime: present?.status === "False" ? present.lastTransitionTime : timestamp(clock.now()),
    reason: "Unschedulable",
    message,
    observedGeneration: pod.metadata.generation ?? 1,
  };
  api.mutate<Pod>(
    "pods",
    namespace,
    name,
    (current) => ({
      ...current,
      status: {
        ...current.status,
        conditions: [...(current.status?.conditions ?? []).filter(({ type }) => type !== "PodScheduled"), condition],
      },
    }),
    { subresource: "status" },
  );
}
