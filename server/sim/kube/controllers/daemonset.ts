/** One pod on every node that fits. Models the daemonset controller, v1.36. */
import type { ApiClient } from "../api/types.ts";
import type { Controller, ControllerContext } from "./context.ts";
import { scaledValue } from "./deployment.ts";
import { messageOf } from "./errors.ts";
import { matchesNodeSelection, toleratesTaints } from "./node-selection.ts";
import type { DaemonSet, Node, Pod, Toleration } from "./objects.ts";
import { claim, controllerOf } from "./owners.ts";
import { availableInMs, isFinished, isPodReady, isTerminating } from "./pods.ts";
import { currentRevision, REVISION_LABEL, revisionHash, trimRevisions } from "./revisions.ts";
import { runController } from "./run-controller.ts";
import { matchesSelector } from "./selectors.ts";
import { canonical, podFromTemplate } from "./template.ts";
import { keyOf, splitKey } from "./work-queue.ts";

const COMPONENT = "daemonset-controller";

/** A daemon stays on nodes in trouble; these come with every daemon pod. */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/memory-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/pid-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
];
const HOST_NETWORK_TOLERATION: Toleration = {
  key: "node.kubernetes.io/network-unavailable",
  operator: "Exists",
  effect: "NoSchedule",
};

export function startDaemonSetController(context: ControllerContext): Controller {
  const { api } = context;
  return runController(context, {
    name: COMPONENT,
    sync: (key, again) => sync(context, key, again),
    watch: (queue, options) => [
      api.watch<DaemonSet>("daemonsets.apps", ({ object }) => queue.add(keyOf(object)), options),
      api.watch<Node>(
        "nodes",
        ({ type, object }, old) => {
          if (type === "MODIFIED" && old !== undefined && isSamePlace(object, old)) return;
          for (const set of api.list<DaemonSet>("daemonsets.apps")) queue.add(keyOf(set));
        },
        options,
      ),
      api.watch<Pod>(
        "pods",
        ({ object }) => {
          for (const key of ownersOf(api, object)) queue.add(key);
        },
        options,
      ),
    ],
  });
}

/** Heartbeats change nodes often without changing where daemons run. */
const isSamePlace = (left: Node, right: Node): boolean =>
  canonical(left.metadata.labels) === canonical(right.metadata.labels) &&
  canonical(left.spec) === canonical(right.spec);

function ownersOf(api: ApiClient, pod: Pod): readonly string[] {
  const namespace = pod.metadata.namespace ?? "";
  const owner = controllerOf(pod);
  if (owner !== undefined) return owner.kind === "DaemonSet" ? [`${namespace}/${owner.name}`] : [];
  return api
    .list<DaemonSet>("daemonsets.apps", namespace)
    .filter((set) => matchesSelector(set.spec.selector, pod.metadata.labels))
    .map(keyOf);
}

interface Round {
  readonly context: ControllerContext;
  readonly set: DaemonSet;
  readonly hash: string;
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
}

function sync(context: ControllerContext, key: string, again: (delayMs: number) => void): void {
  const { api } = context;
  const [namespace, name] = splitKey(key);
  const set = api.get<DaemonSet>("daemonsets.apps", namespace, name);
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
  const hash = revisionHash(currentRevision(api, set));
  const read = (): Round => ({
    context,
    set,
    hash,
    pods: claim<Pod>(api, "pods", set, set.spec.selector),
    nodes: api.list<Node>("nodes"),
  });
  place(read());
  roll(read());
  const after = read();
  writeStatus(after, again);
  const inUse = new Set([hash, ...after.pods.map((pod) => pod.metadata.labels?.[REVISION_LABEL] ?? "")]);
  trimRevisions(api, set, inUse);
}

/** The node a daemon pod is meant for: bound, or named by the affinity the controller gave it. */
function nodeOf(pod: Pod): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms?.[0]?.matchFields?.find(({ key }) => key === "metadata.name")?.values?.[0];
}

function shouldRun(set: DaemonSet, node: Node): boolean {
  const spec = set.spec.template.spec;
  return (
    matchesNodeSelection(spec, node) &&
    toleratesTaints(tolerationsOf(spec.hostNetwork === true, spec.tolerations ?? []), node, ["NoSchedule", "NoExecute"])
  );
}

const tolerationsOf = (isHostNetwork: boolean, own: readonly Toleration[]): readonly Toleration[] => [
  ...own,
  ...DAEMON_TOLERATIONS,
  ...(isHostNetwork ? [HOST_NETWORK_TOLERATION] : []),
];

function place(round: Round): void {
  for (const node of round.nodes) {
    const here = round.pods.filter((pod) => nodeOf(pod) === node.metadata.name && !isTerminating(pod));
    const failed = here.filter(isFinished);
    for (const pod of failed) deletePod(round, pod);
    const alive = here.filter((pod) => !isFinished(pod));
    const leaving = round.pods.some((pod) => nodeOf(pod) === node.metadata.name && isTerminating(pod));
    if (!shouldRun(round.set, node)) for (const pod of alive) deletePod(round, pod);
    else if (alive.length === 0 && !leaving) createPod(round, node);
  }
}

function createPod({ context, set, hash }: Round, node: Node): void {
  const base = podFromTemplate(set, set.spec.template, { generateName: `${set.metadata.name}-` });
  const generation = set.metadata.annotations?.["deprecated.daemonset.template.generation"] ?? "1";
  const pod = {
    ...base,
    metadata: {
      ...base.metadata,
      labels: { ...base.metadata.labels, [REVISION_LABEL]: hash, "pod-template-generation": generation },
    },
    spec: {
      ...base.spec,
      affinity: {
        ...base.spec.affinity,
        nodeAffinity: {
          ...base.spec.affinity?.nodeAffinity,
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchFields: [{ key: "metadata.name", operator: "In", values: [node.metadata.name] }] },
            ],
          },
        },
      },
      tolerations: tolerationsOf(base.spec.hostNetwork === true, base.spec.tolerations ?? []),
    },
  };
  try {
    const created = context.api.create<Pod>("pods", pod);
    record(context, set, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
  } catch (error) {
    record(context, set, "Warning", "FailedCreate", `Error creating: ${messageOf(error)}`);
    throw error;
  }
}

function deletePod({ context, set }: Round, pod: Pod): void {
  const { namespace = "", name, uid } = pod.metadata;
  context.api.delete("pods", namespace, name, { uid });
  record(context, set, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
}

function record(
  { api }: ControllerContext,
  involved: DaemonSet,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): void {
  api.recordEvent({ involved, type, reason, message, component: COMPONENT });
}

/** Deletes outdated pods as far as `maxUnavailable` allows; `place` makes the new ones. */
function roll(round: Round): void {
  const { set, pods, hash, nodes } = round;
  if (set.spec.updateStrategy?.type === "OnDelete") return;
  const desired = nodes.filter((node) => shouldRun(set, node)).length;
  const limit = Math.max(
    1,
    scaledValue(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, desired, Math.ceil),
  );
  const alive = pods.filter((pod) => !isTerminating(pod) && !isFinished(pod));
  const outdated = alive.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] !== hash);
  if (outdated.length === 0) return;
  for (const pod of outdated.filter((candidate) => !isPodReady(candidate))) deletePod(round, pod);
  const ready = outdated.filter(isPodReady);
  const unavailable = desired - alive.filter(isPodReady).length;
  for (const pod of ready.slice(0, Math.max(0, limit - unavailable))) deletePod(round, pod);
}

function writeStatus({ context, set, hash, pods, nodes }: Round, again: (delayMs: number) => void): void {
  const nowMs = context.clock.now();
  const wanted = new Set(nodes.filter((node) => shouldRun(set, node)).map((node) => node.metadata.name));
  const onNode = (pod: Pod): boolean => wanted.has(nodeOf(pod) ?? "");
  const alive = pods.filter((pod) => !isTerminating(pod) && !isFinished(pod));
  const here = alive.filter(onNode);
  const waits = here.map((pod) => availableInMs(pod, set.spec.minReadySeconds ?? 0, nowMs));
  const soonest = Math.min(...waits.filter((wait): wait is number => wait !== undefined && wait > 0));
  if (Number.isFinite(soonest)) again(soonest);
  const available = waits.filter((wait) => wait === 0).length;
  const unavailable = wanted.size - available;
  const status = {
    currentNumberScheduled: new Set(here.map(nodeOf)).size,
    numberMisscheduled: alive.length - here.length,
    desiredNumberScheduled: wanted.size,
    numberReady: here.filter(isPodReady).length,
    observedGeneration: set.metadata.generation ?? 1,
    ...nonZero("updatedNumberScheduled", here.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === hash).length),
    ...nonZero("numberAvailable", available),
    ...nonZero("numberUnavailable", unavailable),
  };
  const { namespace = "", name } = set.metadata;
  context.api.mutate<DaemonSet>(
    "daemonsets.apps",
    namespace,
    name,
    (present) => (canonical(present.status) === canonical(status) ? undefined : { ...present, status }),
    { subresource: "status" },
  );
}

const nonZero = (field: string, count: number): Readonly<Record<string, number>> =>
  count > 0 ? { [field]: count } : {};
