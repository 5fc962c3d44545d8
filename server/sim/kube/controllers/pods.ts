/** Questions about pods that several controllers ask. */
import { parseTimestamp } from "./context.ts";
import type { Pod, PodCondition } from "./objects.ts";

export function conditionOf(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export const isPodReady = (pod: Pod): boolean => conditionOf(pod, "Ready")?.status === "True";

export const isFinished = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

export const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

/** Neither finished nor being deleted. */
export const isActive = (pod: Pod): boolean => !isFinished(pod) && !isTerminating(pod);

/** Milliseconds until the pod counts as available; 0: it is; undefined: it is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number | undefined {
  const ready = conditionOf(pod, "Ready");
  if (ready?.status !== "True") return undefined;
  if (minReadySeconds === 0) return 0;
  return Math.max(0, parseTimestamp(ready.lastTransitionTime) + minReadySeconds * 1000 - nowMs);
}

/** Kubernetes's ActivePods order: the pods that cost least to lose come first. */
export function byCostOfDeletion(left: Pod, right: Pod): number {
  return (
    Number(Boolean(left.spec.nodeName)) - Number(Boolean(right.spec.nodeName)) ||
    phaseRank(left) - phaseRank(right) ||
    Number(isPodReady(left)) - Number(isPodReady(right)) ||
    readySince(right) - readySince(left) ||
    restarts(right) - restarts(left) ||
    parseTimestamp(right.metadata.creationTimestamp) - parseTimestamp(left.metadata.creationTimestamp)
  );
}

const phaseRank = (pod: Pod): number =>
  pod.status?.phase === "Running" ? 2 : pod.status?.phase === undefined || pod.status.phase === "Pending" ? 0 : 1;
const readySince = (pod: Pod): number => parseTimestamp(conditionOf(pod, "Ready")?.lastTransitionTime);
const restarts = (pod: Pod): number =>
  Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));
