/** The status of PodDisruptionBudgets, which evictions are measured by. Models the disruption controller, v1.36. */
import { type Controller, type ControllerContext, timestamp } from "./context.ts";
import { scaledValue } from "./deployment.ts";
import type { Deployment, KubeObject, LabelSelector, Pod, ReplicaSet } from "./objects.ts";
import { controllerOf } from "./owners.ts";
import { isActive, isPodReady } from "./pods.ts";
import { runController } from "./run-controller.ts";
import { matchesSelector } from "./selectors.ts";
import { canonical } from "./template.ts";
import { keyOf, splitKey } from "./work-queue.ts";

interface DisruptionBudget extends KubeObject {
  readonly spec: {
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
    readonly selector?: LabelSelector;
  };
  readonly status?: Readonly<Record<string, unknown>>;
}

const RESOURCE = "poddisruptionbudgets.policy";

export function startDisruptionController(context: ControllerContext): Controller {
  const { api } = context;
  return runController(context, {
    name: "disruption-controller",
    sync: (key) => sync(context, key),
    watch: (queue, options) => [
      api.watch<DisruptionBudget>(RESOURCE, ({ object }) => queue.add(keyOf(object)), options),
      api.watch<Pod>(
        "pods",
        ({ object }, old) => {
          for (const budget of api.list<DisruptionBudget>(RESOURCE, object.metadata.namespace)) {
            const concerns = [object, old].some(
              (pod) => pod && matchesSelector(budget.spec.selector, pod.metadata.labels),
            );
            if (concerns) queue.add(keyOf(budget));
          }
        },
        options,
      ),
    ],
  });
}

function sync(context: ControllerContext, key: string): void {
  const { api, clock } = context;
  const [namespace, name] = splitKey(key);
  const budget = api.get<DisruptionBudget>(RESOURCE, namespace, name);
  if (budget === undefined || budget.metadata.deletionTimestamp !== undefined) return;
  const pods = api
    .list<Pod>("pods", namespace)
    .filter((pod) => matchesSelector(budget.spec.selector, pod.metadata.labels));
  const expectedPods = expected(context, pods);
  const { minAvailable, maxUnavailable } = budget.spec;
  const desiredHealthy =
    maxUnavailable !== undefined
      ? Math.max(0, expectedPods - scaledValue(maxUnavailable, expectedPods, Math.ceil))
      : scaledValue(minAvailable ?? 1, expectedPods, Math.ceil);
  const currentHealthy = pods.filter((pod) => isActive(pod) && isPodReady(pod)).length;
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  const present = (budget.status?.["conditions"] ?? []) as readonly {
    readonly status: string;
    readonly lastTransitionTime: string;
  }[];
  const status = disruptionsAllowed > 0 ? "True" : "False";
  const condition = {
    type: "DisruptionAllowed",
    status,
    observedGeneration: budget.metadata.generation ?? 1,
    lastTransitionTime: present[0]?.status === status ? present[0].lastTransitionTime : timestamp(clock.now()),
    reason: disruptionsAllowed > 0 ? "SufficientPods" : "InsufficientPods",
    message: "",
  };
  const next = {
    observedGeneration: budget.metadata.generation ?? 1,
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    conditions: [condition],
  };
  api.mutate<DisruptionBudget>(
    RESOURCE,
    namespace,
    name,
    (current) => (canonical(current.status) === canonical(next) ? undefined : { ...current, status: next }),
    { subresource: "status" },
  );
}

/** The sizes the pods' controllers ask for; bare pods count themselves. */
function expected({ api }: ControllerContext, pods: readonly Pod[]): number {
  const sizes = new Map<string, number>();
  let bare = 0;
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) {
      if (isActive(pod)) bare++;
      continue;
    }
    const namespace = pod.metadata.namespace ?? "";
    if (owner.kind === "ReplicaSet") {
      const set = api.get<ReplicaSet>("replicasets.apps", namespace, owner.name);
      const parent = set && controllerOf(set);
      const deployment = parent && api.get<Deployment>("deployments.apps", namespace, parent.name);
      sizes.set(parent?.uid ?? owner.uid, deployment?.spec.replicas ?? set?.spec.replicas ?? 0);
    } else if (owner.kind === "StatefulSet") {
      const set = api.get<ReplicaSet>("statefulsets.apps", namespace, owner.name);
      sizes.set(owner.uid, set?.spec.replicas ?? 0);
    } else if (isActive(pod)) bare++;
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, bare);
}
