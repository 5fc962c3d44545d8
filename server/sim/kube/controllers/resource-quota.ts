/** What a namespace uses of its ResourceQuotas. Models the resourcequota controller, v1.36; admission is the API server's. */
import type { ApiClient } from "../api/types.ts";
import type { Controller, ControllerContext } from "./context.ts";
import type { KubeObject, Pod } from "./objects.ts";
import { isFinished } from "./pods.ts";
import { quantity } from "./quantity.ts";
import { runController } from "./run-controller.ts";
import { requestOf } from "./scheduler-filters.ts";
import { canonical } from "./template.ts";
import { keyOf, splitKey } from "./work-queue.ts";

interface ResourceQuota extends KubeObject {
  readonly spec: { readonly hard?: Readonly<Record<string, string>> };
  readonly status?: {
    readonly hard?: Readonly<Record<string, string>>;
    readonly used?: Readonly<Record<string, string>>;
  };
}

/** Quota names that count objects → the resource counted. */
const COUNTED: Readonly<Record<string, string>> = {
  services: "services",
  secrets: "secrets",
  configmaps: "configmaps",
  replicationcontrollers: "replicationcontrollers",
  resourcequotas: "resourcequotas",
  persistentvolumeclaims: "persistentvolumeclaims",
};

export function startResourceQuotaController(context: ControllerContext): Controller {
  const { api } = context;
  return runController(context, {
    name: "resourcequota-controller",
    sync: (key) => sync(api, key),
    watch: (queue, options) => {
      const recount = ({ object }: { readonly object: KubeObject }): void => {
        for (const quota of api.list<ResourceQuota>("resourcequotas", object.metadata.namespace))
          queue.add(keyOf(quota));
      };
      return [
        api.watch<ResourceQuota>("resourcequotas", ({ object }) => queue.add(keyOf(object)), options),
        ...["pods", ...Object.values(COUNTED)].map((resource) => api.watch(resource, recount, { skipInitial: true })),
      ];
    },
  });
}

function sync(api: ApiClient, key: string): void {
  const [namespace, name] = splitKey(key);
  const quota = api.get<ResourceQuota>("resourcequotas", namespace, name);
  if (quota === undefined) return;
  const hard = quota.spec.hard ?? {};
  const used = Object.fromEntries(Object.keys(hard).map((resource) => [resource, usage(api, namespace, resource)]));
  const status = { hard, used };
  api.mutate<ResourceQuota>(
    "resourcequotas",
    namespace,
    name,
    (current) => (canonical(current.status) === canonical(status) ? undefined : { ...current, status }),
    { subresource: "status" },
  );
}

function usage(api: ApiClient, namespace: string, resource: string): string {
  const counted = COUNTED[resource] ?? (resource.startsWith("count/") ? resource.slice("count/".length) : undefined);
  if (counted !== undefined) return String(api.list(counted, namespace).length);
  const pods = api.list<Pod>("pods", namespace).filter((pod) => !isFinished(pod));
  if (resource === "pods") return String(pods.length);
  const isLimit = resource.startsWith("limits.");
  const plain = resource.replace(/^(requests|limits)\./, "");
  const total = pods.reduce((sum, pod) => sum + (isLimit ? limitOf(pod, plain) : requestOf(pod.spec, plain)), 0);
  return plain === "cpu" ? formatCpu(total) : formatBytes(total);
}

const limitOf = (pod: Pod, resource: string): number =>
  pod.spec.containers.reduce((sum, { resources }) => sum + quantity(resources?.limits?.[resource]), 0);

export function formatCpu(cores: number): string {
  const milli = Math.round(cores * 1000);
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

export function formatBytes(bytes: number): string {
  if (bytes === 0) return "0";
  for (const [suffix, power] of [
    ["Gi", 30],
    ["Mi", 20],
    ["Ki", 10],
  ] as const) {
    if (bytes % 2 ** power === 0) return `${bytes / 2 ** power}${suffix}`;
  }
  return String(bytes);
}
