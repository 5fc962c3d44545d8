/**
 * Keeps the size of scaled objects between an autoscaler's bounds and says why it cannot do more: this cluster
 * serves no metrics API, so every metric fails as it does in a real one without metrics-server.
 * Models the horizontal pod autoscaling controller, v1.36; left out: selectors of several autoscalers that overlap.
 */
import { setCondition } from "./conditions.ts";
import { type Controller, type ControllerContext, timestamp } from "./context.ts";
import type { Condition, KubeObject } from "./objects.ts";
import { runController } from "./run-controller.ts";
import { canonical } from "./template.ts";
import { keyOf, splitKey } from "./work-queue.ts";

const COMPONENT = "horizontal-pod-autoscaler";
const RESOURCE = "horizontalpodautoscalers.autoscaling";

/** The resync period; an autoscaler is first looked at when one has passed. */
const PERIOD_MS = 15_000;
/** Failures that nothing here will end are repeated ever more rarely, so that an idle world stays idle. */
const LONGEST_PERIOD_MS = 300_000;

/** What an autoscaler can point to, by its kind. */
const TARGETS: Readonly<Record<string, string>> = {
  Deployment: "deployments.apps",
  ReplicaSet: "replicasets.apps",
  StatefulSet: "statefulsets.apps",
  ReplicationController: "replicationcontrollers",
};

interface Metric {
  readonly type: string;
  readonly resource?: { readonly name: string; readonly target?: { readonly type?: string } };
  readonly containerResource?: { readonly name: string };
  readonly pods?: { readonly metric?: { readonly name?: string } };
  readonly object?: { readonly metric?: { readonly name?: string } };
  readonly external?: { readonly metric?: { readonly name?: string } };
}

interface Autoscaler extends KubeObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
    readonly metrics?: readonly Metric[];
  };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
    readonly lastScaleTime?: string;
  };
}

interface Scalable extends KubeObject {
  readonly spec: { readonly replicas?: number };
}

type Status = NonNullable<Autoscaler["status"]>;

export function startHorizontalPodAutoscalerController(context: ControllerContext): Controller {
  const { api } = context;
  const periods = new Map<string, number>();
  return runController(context, {
    name: COMPONENT,
    sync: (key, again) => {
      const period = periods.get(key);
      if (period === undefined) {
        // Nothing happens before the first period is over.
        periods.set(key, PERIOD_MS);
        again(PERIOD_MS);
        return;
      }
      const outcome = sync(context, key);
      if (outcome === "gone") periods.delete(key);
      else {
        const next = outcome === "scaled" ? PERIOD_MS : Math.min(period * 2, LONGEST_PERIOD_MS);
        periods.set(key, next);
        again(period);
      }
    },
    watch: (queue) => [
      // Autoscalers act by the clock: they must be set up even in a steady world.
      api.watch<Autoscaler>(RESOURCE, ({ object }, old) => {
        if (canonical(old?.spec) === canonical(object.spec)) return;
        periods.delete(keyOf(object));
        queue.add(keyOf(object));
      }),
      ...Object.entries(TARGETS).map(([kind, resource]) =>
        api.watch<Scalable>(
          resource,
          ({ object }, old) => {
            if (old?.spec.replicas === object.spec.replicas) return;
            for (const autoscaler of api.list<Autoscaler>(RESOURCE, object.metadata.namespace)) {
              const { scaleTargetRef } = autoscaler.spec;
              if (scaleTargetRef.kind !== kind || scaleTargetRef.name !== object.metadata.name) continue;
              periods.set(keyOf(autoscaler), PERIOD_MS);
              queue.addAfter(keyOf(autoscaler), PERIOD_MS);
            }
          },
          { skipInitial: true },
        ),
      ),
    ],
  });
}

function sync(context: ControllerContext, key: string): "gone" | "scaled" | "failing" {
  const { api, clock } = context;
  const [namespace, name] = splitKey(key);
  const autoscaler = api.get<Autoscaler>(RESOURCE, namespace, name);
  if (autoscaler === undefined || autoscaler.metadata.deletionTimestamp !== undefined) return "gone";
  const { scaleTargetRef, minReplicas = 1, maxReplicas } = autoscaler.spec;
  const resource = TARGETS[scaleTargetRef.kind];
  const target = resource === undefined ? undefined : api.get<Scalable>(resource, namespace, scaleTargetRef.name);
  if (resource === undefined || target === undefined) {
    refuseTarget(context, autoscaler, resource);
    return "failing";
  }
  const conditions = withCondition(context, autoscaler.status?.conditions ?? [], "AbleToScale", "True", {
    reason: "SucceededGetScale",
    message: "the HPA controller was able to get the target's current scale",
  });
  const current = target.spec.replicas ?? 1;
  const status: Status = { ...autoscaler.status, conditions, currentReplicas: current };
  const wanted = Math.min(Math.max(current, minReplicas), maxReplicas);
  if (current === 0 && minReplicas !== 0) {
    const disabled = withCondition(context, conditions, "ScalingActive", "False", {
      reason: "ScalingDisabled",
      message: "scaling is disabled since the replica count of the target is zero",
    });
    writeStatus(context, autoscaler, { ...status, conditions: disabled, desiredReplicas: 0 });
    return "failing";
  }
  if (wanted === current) {
    writeStatus(context, autoscaler, { ...status, conditions: failMetrics(context, autoscaler, conditions) });
    return "failing";
  }
  api.mutate<Scalable>(
    resource,
    namespace,
    scaleTargetRef.name,
    (present) => ({ ...present, spec: { ...present.spec, replicas: wanted } }),
    { subresource: "scale" },
  );
  const bound = wanted > current ? "below Spec.MinReplicas" : "above Spec.MaxReplicas";
  const text = `New size: ${wanted}; reason: Current number of replicas ${bound}`;
  record(context, autoscaler, "Normal", "SuccessfulRescale", text);
  writeStatus(context, autoscaler, {
    ...status,
    conditions: withCondition(context, conditions, "AbleToScale", "True", {
      reason: "SucceededRescale",
      message: `the HPA controller was able to update the target scale to ${wanted}`,
    }),
    desiredReplicas: wanted,
    lastScaleTime: timestamp(clock.now()),
  });
  return "scaled";
}

function refuseTarget(context: ControllerContext, autoscaler: Autoscaler, resource: string | undefined): void {
  const { kind, name, apiVersion = "" } = autoscaler.spec.scaleTargetRef;
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const reason =
    resource === undefined
      ? `no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`
      : `${resource} ${JSON.stringify(name)} not found`;
  record(context, autoscaler, "Warning", "FailedGetScale", reason);
  const conditions = withCondition(context, autoscaler.status?.conditions ?? [], "AbleToScale", "False", {
    reason: "FailedGetScale",
    message: `the HPA controller was unable to get the target's current scale: ${reason}`,
  });
  writeStatus(context, autoscaler, { ...autoscaler.status, conditions });
}

/** Says of every metric that it cannot be had; the first one makes the condition. */
function failMetrics(
  context: ControllerContext,
  autoscaler: Autoscaler,
  conditions: readonly Condition[],
): readonly Condition[] {
  const failures = (autoscaler.spec.metrics ?? []).map(failureOf);
  const [first] = failures;
  if (first === undefined) return conditions;
  for (const { reason, message } of failures) record(context, autoscaler, "Warning", reason, message);
  const count = failures.length;
  const summary = `invalid metrics (${count} invalid out of ${count}), first error is: ${first.source}: ${first.message}`;
  record(context, autoscaler, "Warning", "FailedComputeMetricsReplicas", summary);
  return withCondition(context, conditions, "ScalingActive", "False", {
    reason: first.reason,
    message: `the HPA was unable to compute the replica count: ${first.message}`,
  });
}

interface MetricFailure {
  readonly reason: string;
  readonly message: string;
  /** What could not be got, as the summary names it. */
  readonly source: string;
}

const NO_RESOURCE_METRICS =
  "unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)";

function failureOf({ type, resource, containerResource, ...others }: Metric): MetricFailure {
  if (resource !== undefined || containerResource !== undefined) {
    const name = resource?.name ?? containerResource?.name ?? "";
    const measure = resource?.target?.type === "AverageValue" ? "usage" : "utilization";
    return {
      reason: resource ? "FailedGetResourceMetric" : "FailedGetContainerResourceMetric",
      message: `failed to get ${name} ${measure}: unable to get metrics for resource ${name}: ${NO_RESOURCE_METRICS}`,
      source: `failed to get ${name} ${resource ? "resource" : "container"} metric value`,
    };
  }
  const { pods, object, external } = others;
  const api = external === undefined ? "custom" : "external";
  const metric = (pods ?? object ?? external)?.metric?.name ?? "";
  const text = `unable to get ${external === undefined ? "" : "external "}metric ${metric}: unable to fetch metrics from ${api} metrics API: no ${api} metrics API (${api}.metrics.k8s.io) registered`;
  return {
    reason: `FailedGet${type}Metric`,
    message: text,
    source: `failed to get ${type.toLowerCase()} metric value`,
  };
}

function withCondition(
  { clock }: ControllerContext,
  conditions: readonly Condition[],
  type: string,
  status: string,
  { reason, message }: { readonly reason: string; readonly message: string },
): readonly Condition[] {
  const now = timestamp(clock.now());
  const next = setCondition(conditions, { type, status, reason, message, lastTransitionTime: now });
  // A condition keeps its place, unlike those of deployments.
  const changed = next.find((condition) => condition.type === type);
  return conditions.some((condition) => condition.type === type)
    ? conditions.map((condition) => (condition.type === type && changed ? { ...changed, message } : condition))
    : next;
}

function writeStatus({ api }: ControllerContext, autoscaler: Autoscaler, status: Status): void {
  const complete = {
    ...status,
    currentReplicas: status.currentReplicas ?? 0,
    desiredReplicas: status.desiredReplicas ?? 0,
  };
  api.mutate<Autoscaler>(
    RESOURCE,
    autoscaler.metadata.namespace ?? "",
    autoscaler.metadata.name,
    (present) => (canonical(present.status) === canonical(complete) ? undefined : { ...present, status: complete }),
    { subresource: "status" },
  );
}

function record(
  { api }: ControllerContext,
  involved: Autoscaler,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): void {
  api.recordEvent({ involved, type, reason, message, component: COMPONENT });
}
