/** The objects that an API server creates by itself when it starts on an empty etcd. */
import type { Cancel, Clock } from "../../machine/types.ts";
import { groupVersions } from "../kinds/index.ts";
import { registerApiService } from "./api-services.ts";
import type { ApiClient, WatchEvent } from "./types.ts";
import {
  AGGREGATED_ROLES,
  AGGREGATION_LABELS,
  type BootstrapSubject,
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  CONTROLLER_ROLES,
  NAMESPACED_ROLE_BINDINGS,
  NAMESPACED_ROLES,
} from "./rbac-bootstrap.ts";
import type { PolicyRule } from "./auth/rbac.ts";

const RBAC = "rbac.authorization.k8s.io";
const BOOTSTRAP_META = {
  annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
  labels: { "kubernetes.io/bootstrapping": "rbac-defaults" },
};

export interface BootstrapOptions {
  readonly client: ApiClient;
  /** Where the server is reached: endpoint of the Service `kubernetes`. */
  readonly advertiseAddress: string;
  readonly port?: number;
  readonly serviceCidr?: string;
  /** First address of the service range: cluster IP of the Service `kubernetes`. */
  readonly kubernetesServiceIp?: string;
}

/** System namespaces, the Service `kubernetes`, RBAC defaults, priority classes. Call once, on an empty store. */
export function bootstrapObjects(options: BootstrapOptions): void {
  const { client } = options;
  for (const name of ["kube-system", "kube-public", "kube-node-lease", "default"]) {
    client.create("namespaces", { metadata: { name } });
  }
  for (const { group, versions } of groupVersions) {
    // The group of the APIServices themselves has none.
    if (group === "apiregistration.k8s.io") continue;
    for (const version of versions) registerApiService(client, group, version, "onstart");
  }
  createPriorityClasses(client);
  createClusterRoles(client);
  createNamespacedRoles(client);
  createKubernetesService(options);
}

function createPriorityClasses(client: ApiClient): void {
  const classes = [
    [
      "system-node-critical",
      2_000_001_000,
      "Used for system critical pods that must not be moved from their current node.",
    ],
    [
      "system-cluster-critical",
      2_000_000_000,
      "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ],
  ] as const;
  for (const [name, value, description] of classes) {
    client.create("priorityclasses.scheduling.k8s.io", { metadata: { name }, value, description });
  }
}

function createClusterRoles(client: ApiClient): void {
  const byLabel = new Map<string, PolicyRule[]>();
  const gather = (label: string | undefined, rules: readonly PolicyRule[]) => {
    if (label) byLabel.set(label, [...(byLabel.get(label) ?? []), ...rules]);
  };
  const roles: Readonly<Record<string, readonly PolicyRule[]>> = {
    ...CLUSTER_ROLES,
    ...Object.fromEntries(
      Object.entries(CONTROLLER_ROLES).map(([name, rules]) => [`system:controller:${name}`, rules]),
    ),
  };
  for (const [name, rules] of Object.entries(roles)) {
    const label = AGGREGATION_LABELS[name];
    gather(label, rules);
    client.create(`clusterroles.${RBAC}`, { metadata: roleMeta(name, label), rules });
  }
  // From the smallest to the largest, as each is part of the next.
  for (const role of [...AGGREGATED_ROLES].reverse()) {
    const rules = byLabel.get(role.from) ?? [];
    gather(role.into, rules);
    client.create(`clusterroles.${RBAC}`, {
      metadata: roleMeta(role.name, role.into),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [role.from]: "true" } }] },
      rules,
    });
  }
  const controllers = Object.keys(CONTROLLER_ROLES).map(
    (name) => [`system:controller:${name}`, [{ kind: "ServiceAccount", name }] as BootstrapSubject[]] as const,
  );
  for (const [name, subjects] of [...Object.entries(CLUSTER_ROLE_BINDINGS), ...controllers]) {
    client.create(`clusterrolebindings.${RBAC}`, {
      metadata: { name, ...BOOTSTRAP_META },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name },
      ...(subjects.length > 0 ? { subjects: subjects.map(subjectOf) } : {}),
    });
  }
}

function roleMeta(name: string, label: string | undefined): Record<string, unknown> {
  return { name, ...BOOTSTRAP_META, labels: { ...BOOTSTRAP_META.labels, ...(label ? { [label]: "true" } : {}) } };
}

function subjectOf(subject: BootstrapSubject): Record<string, string> {
  return subject.kind === "ServiceAccount"
    ? { kind: subject.kind, name: subject.name, namespace: "kube-system" }
    : { apiGroup: RBAC, kind: subject.kind, name: subject.name };
}

function createNamespacedRoles(client: ApiClient): void {
  for (const { namespace, name, rules } of NAMESPACED_ROLES) {
    client.create(`roles.${RBAC}`, { metadata: { name, namespace, ...BOOTSTRAP_META }, rules });
  }
  for (const { namespace, name, role, subjects } of NAMESPACED_ROLE_BINDINGS) {
    client.create(`rolebindings.${RBAC}`, {
      metadata: { name, namespace, ...BOOTSTRAP_META },
      roleRef: { apiGroup: RBAC, kind: "Role", name: role },
      subjects: subjects.map(subjectOf),
    });
  }
}

/** The Service, its Endpoints and its EndpointSlice: the server keeps all three itself. */
function createKubernetesService(options: BootstrapOptions): void {
  createServiceAndEndpoints(options);
  createServiceCidr(options.client, options.serviceCidr ?? "10.96.0.0/12");
}

/** How long the server may take to notice that its Service is gone. */
const RECONCILE_MS = 10_000;

/** Brings the Service `kubernetes` and its endpoints back when somebody deletes them. */
export function keepKubernetesService(clock: Clock, options: BootstrapOptions): Cancel {
  const { client } = options;
  let cancelTimer: Cancel | undefined;
  const onDelete = ({ type, object }: WatchEvent) => {
    if (type !== "DELETED" || object.metadata.name !== "kubernetes" || cancelTimer) return;
    cancelTimer = clock.setTimer(RECONCILE_MS, () => {
      cancelTimer = undefined;
      createServiceAndEndpoints(options);
    });
  };
  const watches = ["services", "endpoints", "endpointslices.discovery.k8s.io"].map((resource) =>
    client.watch(resource, onDelete, { namespace: "default", skipInitial: true }),
  );
  return () => {
    cancelTimer?.();
    for (const cancel of watches) cancel();
  };
}

function createServiceAndEndpoints(options: BootstrapOptions): void {
  const { advertiseAddress } = options;
  const port = options.port ?? 6443;
  const clusterIP = options.kubernetesServiceIp ?? "10.96.0.1";
  const client = {
    create(resource: string, object: unknown): void {
      if (options.client.get(resource, "default", "kubernetes") === undefined) options.client.create(resource, object);
    },
  };
  client.create("services", {
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: {
      type: "ClusterIP",
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      sessionAffinity: "None",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: port }],
    },
  });
  client.create("endpoints", {
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { "endpointslice.kubernetes.io/skip-mirror": "true" },
    },
    subsets: [{ addresses: [{ ip: advertiseAddress }], ports: [{ name: "https", port, protocol: "TCP" }] }],
  });
  client.create("endpointslices.discovery.k8s.io", {
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { "kubernetes.io/service-name": "kubernetes" },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: [advertiseAddress], conditions: { ready: true } }],
    ports: [{ name: "https", port, protocol: "TCP" }],
  });
}

function createServiceCidr(client: ApiClient, cidr: string): void {
  client.create("servicecidrs.networking.k8s.io", { metadata: { name: "kubernetes" }, spec: { cidrs: [cidr] } });
}
