/** Keeps as many pods as a ReplicaSet asks for. Models kube-controller-manager's replicaset controller, v1.36. */
import type { ApiClient } from "../api/types.ts";
import { findCondition, removeCondition, setCondition } from "./conditions.ts";
import { type Controller, type ControllerContext, timestamp } from "./context.ts";
import { isReason, messageOf } from "./errors.ts";
import type { Condition, Pod, ReplicaSet } from "./objects.ts";
import { claim, controllerOf } from "./owners.ts";
import { availableInMs, byCostOfDeletion, isActive, isFinished, isPodReady, isTerminating } from "./pods.ts";
import { matchesLabels, matchesSelector } from "./selectors.ts";
import { canonical, podFromTemplate } from "./template.ts";
import { runController } from "./run-controller.ts";
import { keyOf, splitKey } from "./work-queue.ts";

const COMPONENT = "replicaset-controller";
/** client-go creates and deletes at most so many pods in one sync. */
const BURST = 500;

export function startReplicaSetController(context: ControllerContext): Controller {
  const { api } = context;
  return runController(context, {
    name: COMPONENT,
    sync: (key, again) => sync(context, key, again),
    watch: (queue, options) => [
      api.watch<ReplicaSet>("replicasets.apps", ({ object }) => queue.add(keyOf(object)), options),
      api.watch<Pod>(
        "pods",
        ({ object }, old) => {
          for (const key of interested(api, object, old)) queue.add(key);
        },
        options,
      ),
    ],
  });
}

/** The ReplicaSets a pod event concerns: its controller (now and before), or who might adopt it. */
function interested(api: ApiClient, pod: Pod, old: Pod | undefined): readonly string[] {
  const namespace = pod.metadata.namespace ?? "";
  const owners = [controllerOf(pod), old && controllerOf(old)].filter((owner) => owner?.kind === "ReplicaSet");
  if (owners.length > 0) return [...new Set(owners.map((owner) => `${namespace}/${owner?.name}`))];
  if (controllerOf(pod) !== undefined) return [];
  return api
    .list<ReplicaSet>("replicasets.apps", namespace)
    .filter((set) => matchesSelector(set.spec.selector, pod.metadata.labels))
    .map(keyOf);
}

function sync(context: ControllerContext, key: string, again: (delayMs: number) => void): void {
  const { api } = context;
  const [namespace, name] = splitKey(key);
  const set = api.get<ReplicaSet>("replicasets.apps", namespace, name);
  if (set === undefined) return;
  const pods = claim<Pod>(api, "pods", set, set.spec.selector);
  const active = pods.filter(isActive);
  let failure: unknown;
  if (set.metadata.deletionTimestamp === undefined) {
    try {
      manage(context, set, active);
    } catch (error) {
      failure = error;
    }
  }
  // The status is that of the pods met; those just made or deleted count with their own events.
  updateStatus(context, set, pods, failure, again);
  if (failure !== undefined && !isReason(failure, "NotFound")) throw failure;
}

function manage(context: ControllerContext, set: ReplicaSet, active: readonly Pod[]): void {
  const missing = (set.spec.replicas ?? 1) - active.length;
  if (missing > 0) {
    for (let count = 0; count < Math.min(missing, BURST); count++) createPod(context, set);
  } else if (missing < 0) {
    const surplus = [...active].sort(byCostOfDeletion).slice(0, Math.min(-missing, BURST));
    for (const pod of surplus) deletePod(context, set, pod);
  }
}

function createPod({ api }: ControllerContext, set: ReplicaSet): void {
  try {
    const pod = api.create<Pod>(
      "pods",
      podFromTemplate(set, set.spec.template, { generateName: `${set.metadata.name}-` }),
    );
    api.recordEvent({
      involved: set,
      type: "Normal",
      reason: "SuccessfulCreate",
      message: `Created pod: ${pod.metadata.name}`,
      component: COMPONENT,
    });
  } catch (error) {
    api.recordEvent({
      involved: set,
      type: "Warning",
      reason: "FailedCreate",
      message: `Error creating: ${messageOf(error)}`,
      component: COMPONENT,
    });
    throw error;
  }
}

function deletePod({ api }: ControllerContext, set: ReplicaSet, pod: Pod): void {
  api.delete("pods", pod.metadata.namespace ?? "", pod.metadata.name, { uid: pod.metadata.uid });
  api.recordEvent({
    involved: set,
    type: "Normal",
    reason: "SuccessfulDelete",
    message: `Deleted pod: ${pod.metadata.name}`,
    component: COMPONENT,
  });
}

function updateStatus(
  context: ControllerContext,
  set: ReplicaSet,
  pods: readonly Pod[],
  failure: unknown,
  again: (delayMs: number) => void,
): void {
  const nowMs = context.clock.now();
  const active = pods.filter(isActive);
  const templateLabels = set.spec.template.metadata?.labels ?? {};
  const waits = active.map((pod) => availableInMs(pod, set.spec.minReadySeconds ?? 0, nowMs));
  const soonest = Math.min(...waits.filter((wait): wait is number => wait !== undefined && wait > 0));
  if (Number.isFinite(soonest)) again(soonest);
  const counts = {
    fullyLabeledReplicas: active.filter((pod) => matchesLabels(templateLabels, pod.metadata.labels)).length,
    readyReplicas: active.filter(isPodReady).length,
    availableReplicas: waits.filter((wait) => wait === 0).length,
  };
  const conditions = conditionsOf(set, active.length, failure, nowMs);
  const status = {
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    replicas: active.length,
    terminatingReplicas: pods.filter((pod) => isTerminating(pod) && !isFinished(pod)).length,
    observedGeneration: set.metadata.generation ?? 1,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
  const { namespace = "", name } = set.metadata;
  context.api.mutate<ReplicaSet>(
    "replicasets.apps",
    namespace,
    name,
    (current) => (canonical(current.status) === canonical(status) ? undefined : { ...current, status }),
    { subresource: "status" },
  );
}

function conditionsOf(set: ReplicaSet, active: number, failure: unknown, nowMs: number): readonly Condition[] {
  const conditions = set.status?.conditions ?? [];
  const present = findCondition(conditions, "ReplicaFailure");
  if (failure === undefined) return removeCondition(conditions, "ReplicaFailure");
  if (present !== undefined) return conditions;
  return setCondition(conditions, {
    type: "ReplicaFailure",
    status: "True",
    lastTransitionTime: timestamp(nowMs),
    reason: active < (set.spec.replicas ?? 1) ? "FailedCreate" : "FailedDelete",
    message: messageOf(failure),
  });
}
