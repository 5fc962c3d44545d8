/**
 * Makes room for a pod by ending pods of lower priority. Models the DefaultPreemption plugin, v1.36;
 * left out: disruption budgets, which the real one heeds as far as it can.
 */
import { type ControllerContext, parseTimestamp, timestamp } from "./context.ts";
import type { Node, Pod } from "./objects.ts";
import { isTerminating } from "./pods.ts";
import { type ClusterView, podsOn, type Refusal, refusalsOf } from "./scheduler-filters.ts";

export const priorityOf = (pod: Pod): number => pod.spec.priority ?? 0;

interface Candidate {
  readonly node: Node;
  readonly victims: readonly Pod[];
}

/** The node whose pods would be missed least, with those that must go; undefined when no node can be cleared. */
export function findVictims(
  pod: Pod,
  view: ClusterView,
  refusals: readonly (readonly Refusal[])[],
): Candidate | undefined {
  if (pod.spec.preemptionPolicy === "Never") return undefined;
  const candidates = view.nodes.flatMap((node, index): Candidate[] => {
    if (!(refusals[index] ?? []).every(({ isResolvable }) => isResolvable)) return [];
    const victims = victimsOn(pod, node, view);
    return victims === undefined ? [] : [{ node, victims }];
  });
  return candidates.sort(byHarm)[0];
}

/** All pods of lower priority, but for those that fit beside the new one after all: the most important first. */
function victimsOn(pod: Pod, node: Node, view: ClusterView): readonly Pod[] | undefined {
  const lower = podsOn(view, node).filter((other) => priorityOf(other) < priorityOf(pod));
  if (lower.length === 0) return undefined;
  const without = (gone: readonly Pod[]): boolean =>
    refusalsOf(pod, node, { ...view, pods: view.pods.filter((other) => !gone.includes(other)) }).length === 0;
  if (!without(lower)) return undefined;
  let victims: readonly Pod[] = lower;
  for (const candidate of [...lower].sort(byImportance)) {
    const fewer = victims.filter((victim) => victim !== candidate);
    if (without(fewer)) victims = fewer;
  }
  return victims;
}

const startOf = (pod: Pod): number => parseTimestamp(pod.status?.startTime ?? pod.metadata.creationTimestamp);

const byImportance = (a: Pod, b: Pod): number => priorityOf(b) - priorityOf(a) || startOf(a) - startOf(b);

function byHarm({ victims: a }: Candidate, { victims: b }: Candidate): number {
  const highest = (pods: readonly Pod[]): number => Math.max(...pods.map(priorityOf));
  const sum = (pods: readonly Pod[]): number => pods.reduce((total, pod) => total + priorityOf(pod), 0);
  const earliest = (pods: readonly Pod[]): number => Math.min(...pods.map(startOf));
  return highest(a) - highest(b) || sum(a) - sum(b) || a.length - b.length || earliest(b) - earliest(a);
}

/** Whether room is being made already: pods of lower priority are ending on the node that was chosen. */
export function isWaitingForRoom(pod: Pod, view: ClusterView): boolean {
  const chosen = pod.status?.nominatedNodeName;
  return (
    chosen !== undefined &&
    view.pods.some(
      (other) => other.spec.nodeName === chosen && isTerminating(other) && priorityOf(other) < priorityOf(pod),
    )
  );
}

/** Ends the victims and notes the node in the pod, which is tried again when they are gone. */
export function preempt({ api, clock }: ControllerContext, pod: Pod, { node, victims }: Candidate): void {
  const { namespace = "", name, uid } = pod.metadata;
  const nodeName = node.metadata.name;
  api.mutate<Pod>(
    "pods",
    namespace,
    name,
    (present) => ({ ...present, status: { ...present.status, nominatedNodeName: nodeName } }),
    { subresource: "status" },
  );
  for (const victim of victims) {
    const place = victim.metadata.namespace ?? "";
    const target = {
      type: "DisruptionTarget",
      status: "True",
      lastProbeTime: null,
      lastTransitionTime: timestamp(clock.now()),
      reason: "PreemptionByScheduler",
      message: "default-scheduler: preempting to accommodate a higher priority pod",
      observedGeneration: victim.metadata.generation ?? 1,
    };
    api.mutate<Pod>(
      "pods",
      place,
      victim.metadata.name,
      (present) => ({
        ...present,
        status: { ...present.status, conditions: [...(present.status?.conditions ?? []), target] },
      }),
      { subresource: "status" },
    );
    api.delete("pods", place, victim.metadata.name, { uid: victim.metadata.uid });
    api.recordEvent({
      involved: victim,
      type: "Normal",
      reason: "Preempted",
      message: `Preempted by pod ${uid} on node ${nodeName}`,
      component: "default-scheduler",
    });
  }
}
