/** APIServices: one for each group version, which the server registers for itself. */
import type { Draft } from "../kinds/types.ts";
import type { Resources } from "./resources.ts";
import type { ApiClient, KubeObject } from "./types.ts";

const API_SERVICES = "apiservices.apiregistration.k8s.io";
const MANAGED_LABEL = "kube-aggregator.kubernetes.io/automanaged";

/** Priorities of the groups among each other; others stand at the custom resources' place. */
const GROUP_PRIORITIES: Readonly<Record<string, number>> = {
  "": 18000,
  apps: 17800,
  "events.k8s.io": 17750,
  "authentication.k8s.io": 17700,
  "authorization.k8s.io": 17600,
  autoscaling: 17500,
  batch: 17400,
  "certificates.k8s.io": 17300,
  "networking.k8s.io": 17200,
  policy: 17100,
  "rbac.authorization.k8s.io": 17000,
  "storage.k8s.io": 16800,
  "apiextensions.k8s.io": 16700,
  "admissionregistration.k8s.io": 16700,
  "scheduling.k8s.io": 16600,
  "coordination.k8s.io": 16500,
  "node.k8s.io": 16300,
  "discovery.k8s.io": 16200,
  "flowcontrol.apiserver.k8s.io": 16100,
  "resource.k8s.io": 16050,
};
const CUSTOM_PRIORITY = 1000;

function nameOf(group: string, version: string): string {
  return `${version}.${group}`;
}

/** `managed`: `onstart` for built-in groups, `true` for those of custom resources. */
export function registerApiService(
  client: ApiClient,
  group: string,
  version: string,
  managed: "onstart" | "true",
): void {
  const name = nameOf(group, version);
  if (client.get(API_SERVICES, "", name) !== undefined) return;
  const created = client.create<KubeObject>(API_SERVICES, {
    metadata: { name, labels: { [MANAGED_LABEL]: managed } },
    spec: {
      ...(group ? { group } : {}),
      version,
      groupPriorityMinimum: GROUP_PRIORITIES[group] ?? CUSTOM_PRIORITY,
      versionPriority: managed === "true" ? 100 : version === "v2" ? 30 : 15,
    },
  });
  const condition: Draft = {
    type: "Available",
    status: "True",
    lastTransitionTime: created.metadata.creationTimestamp,
    reason: "Local",
    message: "Local APIServices are always available",
  };
  client.updateStatus(API_SERVICES, { ...created, status: { conditions: [condition] } });
}

/** Adds those of custom groups that are served and removes those that are no more. */
export function syncCustomApiServices(resources: Resources, client: ApiClient, groups: ReadonlySet<string>): void {
  const served = new Set(resources.registry.kinds.map((kind) => nameOf(kind.group, kind.version)));
  for (const { group, version } of resources.registry.kinds) {
    if (groups.has(group)) registerApiService(client, group, version, "true");
  }
  for (const object of client.list(API_SERVICES)) {
    if (object.metadata.labels?.[MANAGED_LABEL] !== "true" || served.has(object.metadata.name)) continue;
    client.delete(API_SERVICES, "", object.metadata.name);
  }
}
