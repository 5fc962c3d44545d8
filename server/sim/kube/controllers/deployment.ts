/**
 * Rolls a Deployment's template out over ReplicaSets. Models kube-controller-manager's
 * deployment controller, v1.36: revisions, surge and unavailability, conditions, history.
 */
import type { ApiClient } from "../api/types.ts";
import { type Controller, type ControllerContext, parseTimestamp, timestamp } from "./context.ts";
import { findCondition } from "./conditions.ts";
import { createReplicaSet, findNewReplicaSet, publishRevision } from "./deployment-revisions.ts";
import { progressDeadlineMs, statusOf } from "./deployment-status.ts";
import { isReason, messageOf } from "./errors.ts";
import type { Deployment, Pod, ReplicaSet } from "./objects.ts";
import { claim, controllerOf } from "./owners.ts";
import { isFinished } from "./pods.ts";
import { matchesSelector } from "./selectors.ts";
import { canonical } from "./template.ts";
import { runController } from "./run-controller.ts";
import { keyOf, splitKey } from "./work-queue.ts";

const COMPONENT = "deployment-controller";
const DESIRED = "deployment.kubernetes.io/desired-replicas";
const MAX = "deployment.kubernetes.io/max-replicas";

export function startDeploymentController(context: ControllerContext): Controller {
  const { api } = context;
  return runController(context, {
    name: COMPONENT,
    sync: (key, again) => sync(context, key, again),
    watch: (queue, options) => [
      api.watch<Deployment>("deployments.apps", ({ object }) => queue.add(keyOf(object)), options),
      api.watch<ReplicaSet>(
        "replicasets.apps",
        ({ object }) => {
          for (const key of ownersOf(api, object)) queue.add(key);
        },
        options,
      ),
      // Only a Recreate rollout waits for the end of pods.
      api.watch<Pod>(
        "pods",
        ({ type, object }) => {
          if (type === "DELETED") for (const key of recreatingOwners(api, object)) queue.add(key);
        },
        { skipInitial: true },
      ),
    ],
  });
}

function ownersOf(api: ApiClient, set: ReplicaSet): readonly string[] {
  const namespace = set.metadata.namespace ?? "";
  const owner = controllerOf(set);
  if (owner !== undefined) return owner.kind === "Deployment" ? [`${namespace}/${owner.name}`] : [];
  return api
    .list<Deployment>("deployments.apps", namespace)
    .filter((deployment) => matchesSelector(deployment.spec.selector, set.metadata.labels))
    .map(keyOf);
}

function recreatingOwners(api: ApiClient, pod: Pod): readonly string[] {
  const namespace = pod.metadata.namespace ?? "";
  const owner = controllerOf(pod);
  if (owner?.kind !== "ReplicaSet") return [];
  const set = api.get<ReplicaSet>("replicasets.apps", namespace, owner.name);
  return set === undefined ? [] : ownersOf(api, set);
}

/** One sync's view: the Deployment, its ReplicaSets, and what the strategy allows. */
interface Rollout {
  readonly context: ControllerContext;
  readonly deployment: Deployment;
  readonly sets: readonly ReplicaSet[];
  readonly newSet: ReplicaSet | undefined;
  readonly oldSets: readonly ReplicaSet[];
  readonly replicas: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

function sync(context: ControllerContext, key: string, again: (delayMs: number) => void): void {
  const { api } = context;
  const [namespace, name] = splitKey(key);
  const deployment = api.get<Deployment>("deployments.apps", namespace, name);
  if (deployment === undefined) return;
  if (deployment.metadata.deletionTimestamp !== undefined) {
    writeStatus(context, rolloutOf(context, deployment), again);
    return;
  }
  markPause(context, deployment);
  const rollout = rolloutOf(context, current(api, deployment));
  if (rollout.deployment.spec.paused === true || isScaling(rollout)) scaleAll(rollout);
  else if (rollout.deployment.spec.strategy?.type === "Recreate") recreate(rollout);
  else rollingUpdate(rollout);
  const after = rolloutOf(context, current(api, deployment));
  writeStatus(context, after, again);
  cleanUp(rolloutOf(context, current(api, deployment)));
}

function current(api: ApiClient, deployment: Deployment): Deployment {
  const { namespace = "", name } = deployment.metadata;
  return api.get<Deployment>("deployments.apps", namespace, name) ?? deployment;
}

function rolloutOf(context: ControllerContext, deployment: Deployment): Rollout {
  const sets = [...claim<ReplicaSet>(context.api, "replicasets.apps", deployment, deployment.spec.selector)].sort(
    (left, right) =>
      parseTimestamp(left.metadata.creationTimestamp) - parseTimestamp(right.metadata.creationTimestamp) ||
      (left.metadata.name < right.metadata.name ? -1 : 1),
  );
  const newSet = findNewReplicaSet(deployment, sets);
  const replicas = deployment.spec.replicas ?? 1;
  const { maxSurge, maxUnavailable } = fenceposts(deployment, replicas);
  return {
    context,
    deployment,
    sets,
    newSet,
    oldSets: sets.filter((set) => set !== newSet),
    replicas,
    maxSurge,
    maxUnavailable,
  };
}

/** Surge rounds up, unavailability down; both zero would never progress. */
function fenceposts(deployment: Deployment, replicas: number): { maxSurge: number; maxUnavailable: number } {
  const strategy = deployment.spec.strategy;
  if (strategy?.type === "Recreate") return { maxSurge: 0, maxUnavailable: replicas };
  const maxSurge = scaledValue(strategy?.rollingUpdate?.maxSurge ?? "25%", replicas, Math.ceil);
  const maxUnavailable = scaledValue(strategy?.rollingUpdate?.maxUnavailable ?? "25%", replicas, Math.floor);
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : Math.min(maxUnavailable, replicas) };
}

export function scaledValue(value: number | string, total: number, round: (value: number) => number): number {
  if (typeof value === "number") return value;
  return round((Number.parseInt(value, 10) * total) / 100);
}

const sizeOf = (set: ReplicaSet): number => set.spec.replicas ?? 1;
const sum = (sets: readonly ReplicaSet[], size: (set: ReplicaSet) => number): number =>
  sets.reduce((total, set) => total + size(set), 0);
const available = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;

function isScaling({ sets, replicas }: Rollout): boolean {
  return sets.some((set) => {
    const desired = set.metadata.annotations?.[DESIRED];
    return sizeOf(set) > 0 && desired !== undefined && Number(desired) !== replicas;
  });
}

function ensureNewSet(rollout: Rollout): Rollout {
  const { context, deployment, newSet, oldSets } = rollout;
  if (newSet !== undefined) {
    publishRevision(context.api, deployment, newSet, oldSets);
    return rolloutOf(context, current(context.api, deployment));
  }
  const size = initialSize(rollout);
  try {
    createReplicaSet(context, deployment, oldSets, size, rollout.replicas + rollout.maxSurge);
  } catch (error) {
    if (!isReason(error, "AlreadyExists")) {
      record(rollout, "Warning", "ReplicaSetCreateError", `Failed to create new replica set: ${messageOf(error)}`);
    }
    throw error;
  }
  const after = rolloutOf(context, current(context.api, deployment));
  if (after.newSet !== undefined && size > 0) recordScaling(after, after.newSet, 0, size);
  return after;
}

/** How large a rolling update's new ReplicaSet may start. */
function initialSize({ deployment, oldSets, replicas, maxSurge }: Rollout): number {
  if (deployment.spec.strategy?.type === "Recreate") return replicas;
  const room = replicas + maxSurge - sum(oldSets, sizeOf);
  return Math.max(0, Math.min(room, replicas));
}

function rollingUpdate(given: Rollout): void {
  const rollout = ensureNewSet(given);
  const { newSet } = rollout;
  if (newSet === undefined) return;
  if (growNewSet(rollout, newSet)) return;
  shrinkOldSets(rollout, newSet);
}

function growNewSet(rollout: Rollout, newSet: ReplicaSet): boolean {
  const { replicas, maxSurge, sets } = rollout;
  const size = sizeOf(newSet);
  if (size === replicas) return false;
  if (size > replicas) return scale(rollout, newSet, replicas);
  const room = replicas + maxSurge - sum(sets, sizeOf);
  return room > 0 && scale(rollout, newSet, size + Math.min(room, replicas - size));
}

function shrinkOldSets(rollout: Rollout, newSet: ReplicaSet): void {
  const { replicas, maxUnavailable, sets, oldSets } = rollout;
  if (sum(oldSets, sizeOf) === 0) return;
  const minAvailable = replicas - maxUnavailable;
  const newUnavailable = sizeOf(newSet) - available(newSet);
  const spare = sum(sets, sizeOf) - minAvailable - newUnavailable;
  if (spare <= 0) return;
  const removed = dropUnhealthy(rollout, spare);
  const after = removed > 0 ? rolloutOf(rollout.context, rollout.deployment) : rollout;
  let surplus = sum(after.sets, (set) => Math.min(available(set), sizeOf(set))) - minAvailable;
  for (const set of after.oldSets) {
    const count = Math.min(sizeOf(set), surplus);
    if (count <= 0) continue;
    scale(after, set, sizeOf(set) - count);
    surplus -= count;
  }
}

/** Replicas that never became available go first: they serve nobody. */
function dropUnhealthy(rollout: Rollout, limit: number): number {
  let removed = 0;
  for (const set of rollout.oldSets) {
    const unhealthy = sizeOf(set) - available(set);
    const count = Math.min(unhealthy, limit - removed);
    if (sizeOf(set) === 0 || count <= 0) continue;
    scale(rollout, set, sizeOf(set) - count);
    removed += count;
  }
  return removed;
}

function recreate(rollout: Rollout): void {
  let isShrinking = false;
  for (const set of rollout.oldSets) if (sizeOf(set) > 0) isShrinking = scale(rollout, set, 0) || isShrinking;
  if (isShrinking || hasOldPods(rollout)) return;
  const after = ensureNewSet(rollout);
  if (after.newSet !== undefined && sizeOf(after.newSet) !== after.replicas) scale(after, after.newSet, after.replicas);
}

function hasOldPods({ context, deployment, oldSets }: Rollout): boolean {
  const uids = new Set(oldSets.map((set) => set.metadata.uid));
  return context.api
    .list<Pod>("pods", deployment.metadata.namespace)
    .some((pod) => uids.has(controllerOf(pod)?.uid) && !isFinished(pod));
}

/** While paused or while the wanted size changes: sizes follow proportionally, nothing is rolled. */
function scaleAll(rollout: Rollout): void {
  const active = rollout.sets.filter((set) => sizeOf(set) > 0);
  const [only] = active;
  if (active.length <= 1) {
    const set = only ?? rollout.newSet ?? rollout.sets.at(-1);
    if (set === undefined) return;
    if (sizeOf(set) !== rollout.replicas) scale(rollout, set, rollout.replicas);
    else annotateSize(rollout, set);
    return;
  }
  const { newSet } = rollout;
  if (newSet !== undefined && available(newSet) >= rollout.replicas && sizeOf(newSet) === rollout.replicas) {
    for (const set of rollout.oldSets) if (sizeOf(set) > 0) scale(rollout, set, 0);
    return;
  }
  scaleProportionally(rollout, active);
}

function scaleProportionally(rollout: Rollout, active: readonly ReplicaSet[]): void {
  const total = sum(active, sizeOf);
  const allowed = rollout.replicas > 0 ? rollout.replicas + rollout.maxSurge : 0;
  const toAdd = allowed - total;
  const ordered = [...active].sort((left, right) => sizeOf(right) - sizeOf(left));
  let added = 0;
  const sizes = ordered.map((set) => {
    const before = Number(set.metadata.annotations?.[MAX] ?? total) || total;
    const share = Math.round((sizeOf(set) * allowed) / before) - sizeOf(set);
    const change =
      toAdd > 0 ? Math.min(Math.max(0, share), toAdd - added) : Math.max(Math.min(0, share), toAdd - added);
    added += change;
    return sizeOf(set) + change;
  });
  ordered.forEach((set, index) => {
    const leftover = index === 0 ? toAdd - added : 0;
    const size = Math.max(0, (sizes[index] ?? 0) + leftover);
    if (size !== sizeOf(set)) scale(rollout, set, size);
    else annotateSize(rollout, set);
  });
}

function sizeAnnotations({ replicas, maxSurge }: Rollout): Readonly<Record<string, string>> {
  return { [DESIRED]: String(replicas), [MAX]: String(replicas + maxSurge) };
}

function annotateSize(rollout: Rollout, set: ReplicaSet): void {
  const { namespace = "", name } = set.metadata;
  const wanted = sizeAnnotations(rollout);
  rollout.context.api.mutate<ReplicaSet>("replicasets.apps", namespace, name, (now) => {
    const annotations = { ...now.metadata.annotations, ...wanted };
    if (canonical(annotations) === canonical(now.metadata.annotations)) return undefined;
    return { ...now, metadata: { ...now.metadata, annotations } };
  });
}

function scale(rollout: Rollout, set: ReplicaSet, size: number): boolean {
  const before = sizeOf(set);
  if (before === size) return false;
  const { namespace = "", name } = set.metadata;
  rollout.context.api.mutate<ReplicaSet>("replicasets.apps", namespace, name, (now) => ({
    ...now,
    metadata: { ...now.metadata, annotations: { ...now.metadata.annotations, ...sizeAnnotations(rollout) } },
    spec: { ...now.spec, replicas: size },
  }));
  recordScaling(rollout, set, before, size);
  return true;
}

function recordScaling(rollout: Rollout, set: ReplicaSet, before: number, size: number): void {
  const direction = size > before ? "up" : "down";
  const message = `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${size}`;
  record(rollout, "Normal", "ScalingReplicaSet", message);
}

function record(rollout: Rollout, type: "Normal" | "Warning", reason: string, message: string): void {
  rollout.context.api.recordEvent({ involved: rollout.deployment, type, reason, message, component: COMPONENT });
}

function markPause({ api, clock }: ControllerContext, deployment: Deployment): void {
  const progressing = findCondition(deployment.status?.conditions, "Progressing");
  const isPaused = deployment.spec.paused === true;
  const knowsPause = progressing?.reason === "DeploymentPaused";
  if (isPaused === knowsPause || progressing?.reason === "ProgressDeadlineExceeded") return;
  const now = timestamp(clock.now());
  const { namespace = "", name } = deployment.metadata;
  api.mutate<Deployment>(
    "deployments.apps",
    namespace,
    name,
    (present) => ({
      ...present,
      status: {
        ...present.status,
        conditions: [
          ...(present.status?.conditions ?? []).filter(({ type }) => type !== "Progressing"),
          {
            type: "Progressing",
            status: "Unknown",
            lastUpdateTime: now,
            lastTransitionTime: progressing?.status === "Unknown" ? progressing.lastTransitionTime : now,
            reason: isPaused ? "DeploymentPaused" : "DeploymentResumed",
            message: isPaused ? "Deployment is paused" : "Deployment is resumed",
          },
        ],
      },
    }),
    { subresource: "status" },
  );
}

function writeStatus(context: ControllerContext, rollout: Rollout, again: (delayMs: number) => void): void {
  const { deployment, sets, newSet } = rollout;
  const nowMs = context.clock.now();
  const status = statusOf({ ...rollout, nowMs, sets, newSet });
  const { namespace = "", name } = deployment.metadata;
  context.api.mutate<Deployment>(
    "deployments.apps",
    namespace,
    name,
    (present) => (canonical(present.status) === canonical(status) ? undefined : { ...present, status }),
    { subresource: "status" },
  );
  const deadlineMs = progressDeadlineMs(deployment, status);
  if (deadlineMs !== undefined && deadlineMs > nowMs) again(deadlineMs - nowMs + 1000);
}

/** A finished rollout keeps `revisionHistoryLimit` empty ReplicaSets. */
function cleanUp({ context, deployment, oldSets }: Rollout): void {
  const status = deployment.status;
  const replicas = deployment.spec.replicas ?? 1;
  const isComplete =
    status?.updatedReplicas === replicas && status.replicas === replicas && status.availableReplicas === replicas;
  if (!isComplete && replicas > 0) return;
  const empty = oldSets.filter(
    (set) => sizeOf(set) === 0 && (set.status?.replicas ?? 0) === 0 && set.metadata.deletionTimestamp === undefined,
  );
  const surplus = oldSets.length - (deployment.spec.revisionHistoryLimit ?? 10);
  for (const set of empty.slice(0, Math.max(0, surplus))) {
    context.api.delete("replicasets.apps", set.metadata.namespace ?? "", set.metadata.name);
  }
}
