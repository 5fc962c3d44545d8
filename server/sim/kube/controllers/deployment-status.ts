/** A Deployment's status, computed from its ReplicaSets. */
import { findCondition, removeCondition, setCondition } from "./conditions.ts";
import { parseTimestamp, timestamp } from "./context.ts";
import type { Condition, Deployment, ReplicaSet } from "./objects.ts";

type Status = NonNullable<Deployment["status"]>;

interface StatusInput {
  readonly deployment: Deployment;
  readonly sets: readonly ReplicaSet[];
  readonly newSet: ReplicaSet | undefined;
  readonly replicas: number;
  readonly maxUnavailable: number;
  readonly nowMs: number;
}

const total = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number | undefined): number =>
  sets.reduce((sum, set) => sum + (count(set) ?? 0), 0);

export function statusOf(input: StatusInput): Status {
  const { deployment, sets, newSet, replicas } = input;
  const availableReplicas = total(sets, (set) => set.status?.availableReplicas);
  const wanted = total(sets, (set) => set.spec.replicas ?? 1);
  const counts = {
    replicas: total(sets, (set) => set.status?.replicas),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: total(sets, (set) => set.status?.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(0, wanted - availableReplicas),
  };
  const conditions = withFailure(
    progressingConditions(input, counts, availabilityConditions(input, availableReplicas)),
    replicaFailure(sets, newSet),
  );
  return {
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    terminatingReplicas: total(sets, (set) => set.status?.terminatingReplicas),
    observedGeneration: deployment.metadata.generation ?? 1,
    ...(deployment.status?.collisionCount ? { collisionCount: deployment.status.collisionCount } : {}),
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(replicas === 0 && counts.replicas === 0 ? {} : {}),
  };
}

function availabilityConditions(input: StatusInput, available: number): readonly Condition[] {
  const isAvailable = available >= input.replicas - input.maxUnavailable;
  const now = timestamp(input.nowMs);
  return setCondition(input.deployment.status?.conditions ?? [], {
    type: "Available",
    status: isAvailable ? "True" : "False",
    lastUpdateTime: now,
    lastTransitionTime: now,
    reason: isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    message: isAvailable ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
  });
}

/** Why a ReplicaSet cannot make its pods; trouble of the new one goes before that of others. */
function replicaFailure(sets: readonly ReplicaSet[], newSet: ReplicaSet | undefined): Condition | undefined {
  for (const set of [...(newSet ? [newSet] : []), ...sets]) {
    const found = findCondition(set.status?.conditions, "ReplicaFailure");
    if (found !== undefined) return { ...found, lastUpdateTime: found.lastTransitionTime };
  }
  return undefined;
}

function withFailure(conditions: readonly Condition[], failure: Condition | undefined): readonly Condition[] {
  return failure === undefined ? removeCondition(conditions, "ReplicaFailure") : setCondition(conditions, failure);
}

type Counts = {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
};

function progressingConditions(
  input: StatusInput,
  counts: Counts,
  conditions: readonly Condition[],
): readonly Condition[] {
  const { deployment, newSet, replicas } = input;
  const present = findCondition(deployment.status?.conditions, "Progressing");
  const name = newSet?.metadata.name ?? deployment.metadata.name;
  const subject = newSet === undefined ? "Deployment" : "ReplicaSet";
  const isDone = counts.replicas === counts.updatedReplicas && present?.reason === "NewReplicaSetAvailable";
  if (deployment.spec.progressDeadlineSeconds === undefined || deployment.spec.paused === true || isDone) {
    return conditions;
  }
  const isComplete =
    counts.updatedReplicas === replicas &&
    counts.replicas === replicas &&
    counts.availableReplicas === replicas &&
    (deployment.metadata.generation ?? 1) >= 1;
  if (isComplete)
    return progress(
      input,
      conditions,
      "True",
      "NewReplicaSetAvailable",
      `${subject} "${name}" has successfully progressed.`,
    );
  if (hasProgressed(deployment, counts)) {
    return progress(input, conditions, "True", "ReplicaSetUpdated", `${subject} "${name}" is progressing.`);
  }
  if (hasTimedOut(input, present)) {
    return progress(
      input,
      conditions,
      "False",
      "ProgressDeadlineExceeded",
      `${subject} "${name}" has timed out progressing.`,
    );
  }
  return conditions;
}

function progress(
  { deployment, nowMs }: StatusInput,
  conditions: readonly Condition[],
  status: string,
  reason: string,
  message: string,
): readonly Condition[] {
  const now = timestamp(nowMs);
  const present = findCondition(deployment.status?.conditions, "Progressing");
  const lastTransitionTime = present?.status === status ? present.lastTransitionTime : now;
  return [
    ...conditions.filter(({ type }) => type !== "Progressing"),
    { type: "Progressing", status, lastUpdateTime: now, lastTransitionTime, reason, message },
  ];
}

function hasProgressed(deployment: Deployment, counts: Counts): boolean {
  const old = deployment.status;
  return (
    counts.updatedReplicas > (old?.updatedReplicas ?? 0) ||
    counts.readyReplicas > (old?.readyReplicas ?? 0) ||
    counts.availableReplicas > (old?.availableReplicas ?? 0) ||
    counts.replicas - counts.updatedReplicas < (old?.replicas ?? 0) - (old?.updatedReplicas ?? 0)
  );
}

function hasTimedOut({ deployment, nowMs }: StatusInput, present: Condition | undefined): boolean {
  if (present === undefined || present.reason === "NewReplicaSetAvailable") return false;
  if (present.reason === "ProgressDeadlineExceeded") return true;
  const deadlineMs = (deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
  return parseTimestamp(present.lastUpdateTime) + deadlineMs < nowMs;
}

/** When an unfinished rollout must be looked at again, in milliseconds since the epoch. */
export function progressDeadlineMs(deployment: Deployment, status: Status): number | undefined {
  const progressing = findCondition(status.conditions, "Progressing");
  if (progressing === undefined || deployment.spec.paused === true) return undefined;
  if (["NewReplicaSetAvailable", "ProgressDeadlineExceeded"].includes(progressing.reason ?? "")) return undefined;
  return parseTimestamp(progressing.lastUpdateTime) + (deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
}
