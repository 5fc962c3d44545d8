/**
 * The roles and bindings that every cluster starts with. Facts from
 * `plugin/pkg/auth/authorizer/rbac/bootstrappolicy`, v1.36.
 */
import type { PolicyRule } from "./auth/rbac.ts";

const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "deletecollection", "patch", "update"];
const READ_UPDATE = ["get", "list", "update", "watch"];

function rule(
  verbs: readonly string[] | string,
  group: string,
  resources: readonly string[] | string,
  resourceNames?: readonly string[],
): PolicyRule {
  const listOf = (value: readonly string[] | string) => (typeof value === "string" ? value.split(" ") : value);
  return {
    verbs: listOf(verbs),
    apiGroups: group === "*" ? ["*"] : listOf(group === "" ? [""] : group).map((name) => (name === "core" ? "" : name)),
    resources: listOf(resources),
    ...(resourceNames ? { resourceNames } : {}),
  };
}

function paths(verbs: string, urls: string): PolicyRule {
  return { verbs: verbs.split(" "), nonResourceURLs: urls.split(" ") };
}

/** What every component that records events may do. */
const EVENTS = rule("create patch update", "core events.k8s.io", "events");

const VIEW_RULES: readonly PolicyRule[] = [
  rule(
    READ,
    "",
    "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status",
  ),
  rule(
    READ,
    "",
    "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status",
  ),
  rule(READ, "", "namespaces"),
  rule(READ, "discovery.k8s.io", "endpointslices"),
  rule(
    READ,
    "apps",
    "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status",
  ),
  rule(READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
  rule(READ, "batch", "cronjobs cronjobs/status jobs jobs/status"),
  rule(
    READ,
    "extensions",
    "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale",
  ),
  rule(READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
  rule(READ, "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
  rule(READ, "resource.k8s.io", "resourceclaims resourceclaims/status resourceclaimtemplates"),
];

const EDIT_RULES: readonly PolicyRule[] = [
  rule(READ, "", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
  rule("impersonate", "", "serviceaccounts"),
  rule(WRITE, "", "pods pods/attach pods/exec pods/portforward pods/proxy"),
  rule("create", "", "pods/eviction"),
  rule(
    WRITE,
    "",
    "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy",
  ),
  rule("create", "", "serviceaccounts/token"),
  rule(
    WRITE,
    "apps",
    "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale",
  ),
  rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
  rule(WRITE, "batch", "cronjobs jobs"),
  rule(
    WRITE,
    "extensions",
    "daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale",
  ),
  rule(WRITE, "policy", "poddisruptionbudgets"),
  rule(WRITE, "networking.k8s.io", "ingresses networkpolicies"),
  rule(WRITE, "resource.k8s.io", "resourceclaims resourceclaimtemplates"),
  rule("create delete deletecollection get list patch update watch", "coordination.k8s.io", "leases"),
];

const ADMIN_RULES: readonly PolicyRule[] = [
  rule("create", "authorization.k8s.io", "localsubjectaccessreviews"),
  rule("create delete deletecollection get list patch update watch", "rbac.authorization.k8s.io", "rolebindings roles"),
];

const DISCOVERY_PATHS = "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/";

const NODE_RULES: readonly PolicyRule[] = [
  rule("create", "authentication.k8s.io", "tokenreviews"),
  rule("create", "authorization.k8s.io", "localsubjectaccessreviews subjectaccessreviews"),
  rule(READ, "", "services"),
  rule("create get list watch", "", "nodes"),
  rule("patch update", "", "nodes/status"),
  rule("patch update", "", "nodes"),
  rule(READ, "", "pods"),
  rule("create delete", "", "pods"),
  rule("patch update", "", "pods/status"),
  rule("create", "", "pods/eviction"),
  rule(READ, "", "configmaps secrets"),
  rule("get", "", "persistentvolumeclaims persistentvolumes"),
  rule("get", "", "endpoints"),
  rule("create get list watch", "certificates.k8s.io", "certificatesigningrequests"),
  rule("create delete get patch update", "coordination.k8s.io", "leases"),
  rule("get", "storage.k8s.io", "volumeattachments"),
  rule("create", "", "serviceaccounts/token"),
  rule("get patch update", "", "persistentvolumeclaims/status"),
  rule(READ, "storage.k8s.io", "csidrivers"),
  rule("create delete get patch update", "storage.k8s.io", "csinodes"),
  rule(READ, "node.k8s.io", "runtimeclasses"),
  rule("get", "resource.k8s.io", "resourceclaims"),
  rule("deletecollection", "resource.k8s.io", "resourceslices"),
  rule("create delete get list patch update watch", "resource.k8s.io", "resourceslices"),
  EVENTS,
];

const VOLUME_SCHEDULER_RULES: readonly PolicyRule[] = [
  rule("get list patch update watch", "", "persistentvolumes"),
  rule(READ, "storage.k8s.io", "storageclasses"),
  rule("get list patch update watch", "", "persistentvolumeclaims"),
];

/** ClusterRoles by name. */
export const CLUSTER_ROLES: Readonly<Record<string, readonly PolicyRule[]>> = {
  "cluster-admin": [rule("*", "*", "*"), paths("*", "*")],
  "system:discovery": [paths("get", DISCOVERY_PATHS)],
  "system:monitoring": [paths("get", "/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*")],
  "system:basic-user": [
    rule("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
    rule("create", "authentication.k8s.io", "selfsubjectreviews"),
  ],
  "system:public-info-viewer": [paths("get", "/healthz /livez /readyz /version /version/")],
  "system:aggregate-to-admin": ADMIN_RULES,
  "system:aggregate-to-edit": EDIT_RULES,
  "system:aggregate-to-view": VIEW_RULES,
  "system:heapster": [rule(READ, "", "events namespaces nodes pods"), rule(READ, "extensions", "deployments")],
  "system:node": NODE_RULES,
  "system:node-problem-detector": [rule("get", "", "nodes"), rule("patch", "", "nodes/status"), EVENTS],
  "system:kubelet-api-admin": [
    rule(READ, "", "nodes"),
    rule("proxy", "", "nodes"),
    rule("*", "", "nodes/log nodes/metrics nodes/proxy nodes/stats"),
  ],
  "system:node-bootstrapper": [rule("create get list watch", "certificates.k8s.io", "certificatesigningrequests")],
  "system:auth-delegator": [
    rule("create", "authentication.k8s.io", "tokenreviews"),
    rule("create", "authorization.k8s.io", "subjectaccessreviews"),
  ],
  "system:kube-aggregator": [rule(READ, "", "endpoints services")],
  "system:kube-controller-manager": [
    EVENTS,
    rule("create", "coordination.k8s.io", "leases"),
    rule("get update", "coordination.k8s.io", "leases", ["kube-controller-manager"]),
    rule("create", "", "secrets serviceaccounts"),
    rule("delete", "", "secrets"),
    rule("get", "", "configmaps namespaces secrets serviceaccounts"),
    rule("update", "", "secrets serviceaccounts"),
    rule("create", "authentication.k8s.io", "tokenreviews"),
    rule("create", "authorization.k8s.io", "subjectaccessreviews"),
    rule("list watch", "*", "*"),
    rule("create", "", "serviceaccounts/token"),
  ],
  "system:kube-dns": [rule("list watch", "", "endpoints services")],
  "system:persistent-volume-provisioner": [
    rule("create delete get list watch", "", "persistentvolumes"),
    rule("get list update watch", "", "persistentvolumeclaims"),
    rule(READ, "storage.k8s.io", "storageclasses"),
    rule("watch", "", "events"),
    EVENTS,
  ],
  "system:certificates.k8s.io:certificatesigningrequests:nodeclient": [
    rule("create", "certificates.k8s.io", "certificatesigningrequests/nodeclient"),
  ],
  "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient": [
    rule("create", "certificates.k8s.io", "certificatesigningrequests/selfnodeclient"),
  ],
  "system:certificates.k8s.io:legacy-unknown-approver": [
    rule("approve", "certificates.k8s.io", "signers", ["kubernetes.io/legacy-unknown"]),
  ],
  "system:certificates.k8s.io:kubelet-serving-approver": [
    rule("approve", "certificates.k8s.io", "signers", ["kubernetes.io/kubelet-serving"]),
  ],
  "system:certificates.k8s.io:kube-apiserver-client-approver": [
    rule("approve", "certificates.k8s.io", "signers", ["kubernetes.io/kube-apiserver-client"]),
  ],
  "system:certificates.k8s.io:kube-apiserver-client-kubelet-approver": [
    rule("approve", "certificates.k8s.io", "signers", ["kubernetes.io/kube-apiserver-client-kubelet"]),
  ],
  "system:service-account-issuer-discovery": [
    paths(
      "get",
      "/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/",
    ),
  ],
  "system:node-proxier": [
    rule("list watch", "", "endpoints services"),
    rule("get list watch", "", "nodes"),
    rule("list watch", "discovery.k8s.io", "endpointslices"),
    rule("list watch", "networking.k8s.io", "servicecidrs"),
    EVENTS,
  ],
  "system:kube-scheduler": [
    EVENTS,
    rule("create", "coordination.k8s.io", "leases"),
    rule("get list update watch", "coordination.k8s.io", "leases", ["kube-scheduler"]),
    rule(READ, "", "nodes"),
    rule("delete get list watch", "", "pods"),
    rule("create", "", "bindings pods/binding"),
    rule("patch update", "", "pods/status"),
    rule(READ, "", "replicationcontrollers services"),
    rule(READ, "apps extensions", "replicasets"),
    rule(READ, "apps", "statefulsets"),
    rule(READ, "policy", "poddisruptionbudgets"),
    rule(READ, "", "persistentvolumeclaims persistentvolumes"),
    rule("create", "authentication.k8s.io", "tokenreviews"),
    rule("create", "authorization.k8s.io", "subjectaccessreviews"),
    rule(READ, "storage.k8s.io", "csinodes"),
    rule(READ, "", "namespaces"),
    rule(READ, "storage.k8s.io", "csidrivers"),
    rule(READ, "storage.k8s.io", "csistoragecapacities"),
    rule(READ, "storage.k8s.io", "volumeattachments"),
    rule(READ, "resource.k8s.io", "deviceclasses"),
    rule("get list patch update watch", "resource.k8s.io", "resourceclaims"),
    rule("get list patch update watch", "resource.k8s.io", "resourceclaims/status"),
    rule("get list patch update watch", "", "pods/finalizers"),
    rule(READ, "resource.k8s.io", "resourceslices"),
  ],
  "system:volume-scheduler": VOLUME_SCHEDULER_RULES,
};

export interface AggregatedRole {
  readonly name: string;
  /** Label that roles to be gathered carry. */
  readonly from: string;
  /** Label by which this role is gathered itself. */
  readonly into?: string;
}

/** Roles whose rules are those of other roles. */
export const AGGREGATED_ROLES: readonly AggregatedRole[] = [
  { name: "admin", from: "rbac.authorization.k8s.io/aggregate-to-admin" },
  {
    name: "edit",
    from: "rbac.authorization.k8s.io/aggregate-to-edit",
    into: "rbac.authorization.k8s.io/aggregate-to-admin",
  },
  {
    name: "view",
    from: "rbac.authorization.k8s.io/aggregate-to-view",
    into: "rbac.authorization.k8s.io/aggregate-to-edit",
  },
];

/** Extra labels of plain roles. */
export const AGGREGATION_LABELS: Readonly<Record<string, string>> = {
  "system:aggregate-to-admin": "rbac.authorization.k8s.io/aggregate-to-admin",
  "system:aggregate-to-edit": "rbac.authorization.k8s.io/aggregate-to-edit",
  "system:aggregate-to-view": "rbac.authorization.k8s.io/aggregate-to-view",
};

/** Rules of the controllers' roles, `system:controller:NAME`. */
export const CONTROLLER_ROLES: Readonly<Record<string, readonly PolicyRule[]>> = {
  "attachdetach-controller": [
    rule("list watch", "", "persistentvolumeclaims persistentvolumes"),
    rule(READ, "", "nodes"),
    rule("patch update", "", "nodes/status"),
    rule("list watch", "", "pods"),
    rule("create delete get list watch", "storage.k8s.io", "volumeattachments"),
    rule(READ, "storage.k8s.io", "csidrivers csinodes"),
    EVENTS,
  ],
  "clusterrole-aggregation-controller": [
    rule("escalate get list patch update watch", "rbac.authorization.k8s.io", "clusterroles"),
  ],
  "cronjob-controller": [
    rule(READ_UPDATE, "batch", "cronjobs"),
    rule("create delete get list patch update watch", "batch", "jobs"),
    rule("update", "batch", "cronjobs/status"),
    rule("update", "batch", "cronjobs/finalizers"),
    rule("delete list", "", "pods"),
    EVENTS,
  ],
  "daemon-set-controller": [
    rule(READ, "apps extensions", "daemonsets"),
    rule("update", "apps extensions", "daemonsets/status"),
    rule("update", "apps extensions", "daemonsets/finalizers"),
    rule("list watch", "", "nodes"),
    rule("create delete list patch watch", "", "pods"),
    rule("create", "", "pods/binding"),
    rule("create delete get list patch update watch", "apps", "controllerrevisions"),
    EVENTS,
  ],
  "deployment-controller": [
    rule(READ_UPDATE, "apps extensions", "deployments"),
    rule("update", "apps extensions", "deployments/status"),
    rule("update", "apps extensions", "deployments/finalizers"),
    rule("create delete get list patch update watch", "apps extensions", "replicasets"),
    rule("get list update watch", "", "pods"),
    EVENTS,
  ],
  "device-taint-eviction-controller": [
    rule(READ, "", "pods"),
    rule("patch update", "", "pods/status"),
    rule("delete", "", "pods"),
    rule(READ, "resource.k8s.io", "resourceclaims resourceslices deviceclasses"),
    EVENTS,
  ],
  "disruption-controller": [
    rule(READ, "apps extensions", "deployments"),
    rule(READ, "apps extensions", "replicasets"),
    rule(READ, "", "replicationcontrollers"),
    rule(READ, "policy", "poddisruptionbudgets"),
    rule(READ, "apps", "statefulsets"),
    rule("update", "policy", "poddisruptionbudgets/status"),
    rule("get", "*", "*/scale"),
    rule(READ, "", "pods"),
    rule("patch update", "", "pods/status"),
    EVENTS,
  ],
  "endpoint-controller": [
    rule(READ, "", "pods services"),
    rule("create delete get list update", "", "endpoints"),
    rule("create", "", "endpoints/restricted"),
    EVENTS,
  ],
  "endpointslice-controller": [
    rule(READ, "", "nodes pods services"),
    rule("update", "", "services/finalizers"),
    rule("create delete get list update", "discovery.k8s.io", "endpointslices"),
    EVENTS,
  ],
  "endpointslicemirroring-controller": [
    rule(READ, "", "endpoints services"),
    rule("update", "", "services/finalizers"),
    rule("update", "", "endpoints/finalizers"),
    rule("create delete get list update", "discovery.k8s.io", "endpointslices"),
    EVENTS,
  ],
  "expand-controller": [
    rule("get list patch update watch", "", "persistentvolumes"),
    rule("patch update", "", "persistentvolumeclaims/status"),
    rule(READ, "", "persistentvolumeclaims"),
    rule("get", "", "endpoints services"),
    EVENTS,
  ],
  "ephemeral-volume-controller": [
    rule("update", "", "pods/finalizers"),
    rule(READ, "", "pods"),
    rule("create get list watch", "", "persistentvolumeclaims"),
    EVENTS,
  ],
  "generic-garbage-collector": [rule("delete get list patch update watch", "*", "*"), EVENTS],
  "horizontal-pod-autoscaler": [
    rule(READ, "autoscaling", "horizontalpodautoscalers"),
    rule("update", "autoscaling", "horizontalpodautoscalers/status"),
    rule("get update", "*", "*/scale"),
    rule("list", "", "pods"),
    rule("list", "metrics.k8s.io", "pods"),
    rule("get list", "custom.metrics.k8s.io", "*"),
    rule("get list", "external.metrics.k8s.io", "*"),
    EVENTS,
  ],
  "job-controller": [
    rule("get list patch update watch", "batch", "jobs"),
    rule("update", "batch", "jobs/status"),
    rule("update", "batch", "jobs/finalizers"),
    rule("create delete list patch watch", "", "pods"),
    EVENTS,
  ],
  "legacy-service-account-token-cleaner": [
    rule("get", "", "configmaps", ["kube-apiserver-legacy-service-account-token-tracking"]),
    rule("delete patch", "", "secrets"),
  ],
  "namespace-controller": [
    rule("delete get list watch", "", "namespaces"),
    rule("update", "", "namespaces/finalize namespaces/status"),
    rule("delete deletecollection get list", "*", "*"),
  ],
  "node-controller": [
    rule("delete get list patch update", "", "nodes"),
    rule("patch update", "", "nodes/status"),
    rule("patch update", "", "pods/status"),
    rule("delete list", "", "pods"),
    rule("get", "", "pods"),
    EVENTS,
  ],
  "persistent-volume-binder": [
    rule("create delete get list update watch", "", "persistentvolumes"),
    rule("update", "", "persistentvolumes/status"),
    rule("get list update watch", "", "persistentvolumeclaims"),
    rule("update", "", "persistentvolumeclaims/status"),
    rule("create delete get list watch", "", "pods"),
    rule(READ, "storage.k8s.io", "storageclasses"),
    rule("create delete get", "", "endpoints services"),
    rule("get list", "", "secrets"),
    rule("get list", "", "nodes"),
    rule("watch", "", "events"),
    EVENTS,
  ],
  "pod-garbage-collector": [
    rule("delete list watch", "", "pods"),
    rule("get list", "", "nodes"),
    rule("patch", "", "pods/status"),
  ],
  "pv-protection-controller": [rule("get list update watch", "", "persistentvolumes"), EVENTS],
  "pvc-protection-controller": [
    rule("get list update watch", "", "persistentvolumeclaims"),
    rule(READ, "", "pods"),
    EVENTS,
  ],
  "replicaset-controller": [
    rule(READ_UPDATE, "apps extensions", "replicasets"),
    rule("update", "apps extensions", "replicasets/status"),
    rule("update", "apps extensions", "replicasets/finalizers"),
    rule("create delete list patch watch", "", "pods"),
    EVENTS,
  ],
  "replication-controller": [
    rule(READ_UPDATE, "", "replicationcontrollers"),
    rule("update", "", "replicationcontrollers/status"),
    rule("update", "", "replicationcontrollers/finalizers"),
    rule("create delete list patch watch", "", "pods"),
    EVENTS,
  ],
  "resource-claim-controller": [
    rule("update", "", "pods/finalizers"),
    rule(READ, "", "pods"),
    rule("create delete get list watch", "resource.k8s.io", "resourceclaims"),
    rule("patch update", "resource.k8s.io", "resourceclaims resourceclaims/status"),
    rule("patch update", "", "pods/status"),
    EVENTS,
  ],
  "resourcequota-controller": [rule("list watch", "*", "*"), rule("update", "", "resourcequotas/status"), EVENTS],
  "root-ca-cert-publisher": [rule("create update", "", "configmaps"), EVENTS],
  "route-controller": [rule("list watch", "", "nodes"), rule("patch", "", "nodes/status"), EVENTS],
  "selinux-warning-controller": [
    rule(READ, "", "persistentvolumeclaims persistentvolumes pods"),
    rule(READ, "storage.k8s.io", "csidrivers"),
    EVENTS,
  ],
  "service-account-controller": [rule("create", "", "serviceaccounts"), EVENTS],
  "service-cidrs-controller": [
    rule("get list patch update watch", "networking.k8s.io", "servicecidrs"),
    rule("patch update", "networking.k8s.io", "servicecidrs/finalizers servicecidrs/status"),
    rule(READ, "networking.k8s.io", "ipaddresses"),
    EVENTS,
  ],
  "service-controller": [
    rule(READ, "", "services"),
    rule("patch update", "", "services/status"),
    rule("list watch", "", "nodes"),
    EVENTS,
  ],
  "statefulset-controller": [
    rule("list watch", "", "pods"),
    rule(READ, "apps", "statefulsets"),
    rule("update", "apps", "statefulsets/status"),
    rule("update", "apps", "statefulsets/finalizers"),
    rule("create delete get patch update", "", "pods"),
    rule("create delete get list patch update watch", "apps", "controllerrevisions"),
    rule("create get", "", "persistentvolumeclaims"),
    EVENTS,
    rule("delete update", "", "persistentvolumeclaims"),
  ],
  "ttl-after-finished-controller": [rule("delete get list watch", "batch", "jobs"), EVENTS],
  "ttl-controller": [rule("list patch update watch", "", "nodes"), EVENTS],
  "validatingadmissionpolicy-status-controller": [
    rule(READ, "admissionregistration.k8s.io", "validatingadmissionpolicies"),
    rule("get patch update", "admissionregistration.k8s.io", "validatingadmissionpolicies/status"),
    EVENTS,
  ],
  "volumeattributesclass-protection-controller": [
    rule(READ, "", "persistentvolumeclaims persistentvolumes"),
    rule("get list update watch", "storage.k8s.io", "volumeattributesclasses"),
    EVENTS,
  ],
  "certificate-controller": [
    rule("delete get list watch", "certificates.k8s.io", "certificatesigningrequests"),
    rule("update", "certificates.k8s.io", "certificatesigningrequests/approval certificatesigningrequests/status"),
    rule("approve", "certificates.k8s.io", "signers", ["kubernetes.io/kube-apiserver-client-kubelet"]),
    rule("sign", "certificates.k8s.io", "signers", [
      "kubernetes.io/kube-apiserver-client",
      "kubernetes.io/kube-apiserver-client-kubelet",
      "kubernetes.io/kubelet-serving",
      "kubernetes.io/legacy-unknown",
    ]),
    rule("create", "authorization.k8s.io", "subjectaccessreviews"),
    EVENTS,
  ],
};

export interface BootstrapSubject {
  readonly kind: "User" | "Group" | "ServiceAccount";
  readonly name: string;
}

const group = (name: string): BootstrapSubject => ({ kind: "Group", name });
const user = (name: string): BootstrapSubject => ({ kind: "User", name });
const serviceAccount = (name: string): BootstrapSubject => ({ kind: "ServiceAccount", name });

/** ClusterRoleBindings: each binds the role of its own name. */
export const CLUSTER_ROLE_BINDINGS: Readonly<Record<string, readonly BootstrapSubject[]>> = {
  "cluster-admin": [group("system:masters")],
  "system:monitoring": [group("system:monitoring")],
  "system:discovery": [group("system:authenticated")],
  "system:basic-user": [group("system:authenticated")],
  "system:public-info-viewer": [group("system:authenticated"), group("system:unauthenticated")],
  "system:node-proxier": [user("system:kube-proxy")],
  "system:kube-controller-manager": [user("system:kube-controller-manager")],
  "system:kube-dns": [serviceAccount("kube-dns")],
  "system:kube-scheduler": [user("system:kube-scheduler")],
  "system:volume-scheduler": [user("system:kube-scheduler")],
  // Kubelets are judged by the node authorizer; the binding is kept without subjects.
  "system:node": [],
  "system:service-account-issuer-discovery": [group("system:serviceaccounts")],
};

export interface BootstrapRole {
  readonly namespace: "kube-system" | "kube-public";
  readonly name: string;
  readonly rules: readonly PolicyRule[];
}

export const NAMESPACED_ROLES: readonly BootstrapRole[] = [
  {
    namespace: "kube-system",
    name: "extension-apiserver-authentication-reader",
    rules: [rule(READ, "", "configmaps", ["extension-apiserver-authentication"])],
  },
  { namespace: "kube-system", name: "system:controller:bootstrap-signer", rules: [rule(READ, "", "secrets")] },
  {
    namespace: "kube-system",
    name: "system:controller:cloud-provider",
    rules: [rule("create get list watch", "", "configmaps")],
  },
  {
    namespace: "kube-system",
    name: "system:controller:token-cleaner",
    rules: [rule("delete get list watch", "", "secrets"), EVENTS],
  },
  {
    namespace: "kube-system",
    name: "system::leader-locking-kube-controller-manager",
    rules: [rule("watch", "", "configmaps"), rule("get update", "", "configmaps", ["kube-controller-manager"])],
  },
  {
    namespace: "kube-system",
    name: "system::leader-locking-kube-scheduler",
    rules: [rule("watch", "", "configmaps"), rule("get update", "", "configmaps", ["kube-scheduler"])],
  },
  {
    namespace: "kube-public",
    name: "system:controller:bootstrap-signer",
    rules: [rule(READ, "", "configmaps"), rule("update", "", "configmaps", ["cluster-info"]), EVENTS],
  },
];

export interface BootstrapRoleBinding {
  readonly namespace: "kube-system" | "kube-public";
  readonly name: string;
  readonly role: string;
  readonly subjects: readonly BootstrapSubject[];
}

export const NAMESPACED_ROLE_BINDINGS: readonly BootstrapRoleBinding[] = [
  {
    namespace: "kube-system",
    name: "system::extension-apiserver-authentication-reader",
    role: "extension-apiserver-authentication-reader",
    subjects: [user("system:kube-controller-manager"), user("system:kube-scheduler")],
  },
  {
    namespace: "kube-system",
    name: "system::leader-locking-kube-controller-manager",
    role: "system::leader-locking-kube-controller-manager",
    subjects: [
      user("system:kube-controller-manager"),
      serviceAccount("kube-controller-manager"),
      serviceAccount("leader-election-controller"),
    ],
  },
  {
    namespace: "kube-system",
    name: "system::leader-locking-kube-scheduler",
    role: "system::leader-locking-kube-scheduler",
    subjects: [user("system:kube-scheduler"), serviceAccount("kube-scheduler")],
  },
  ...["bootstrap-signer", "cloud-provider", "token-cleaner"].map(
    (name): BootstrapRoleBinding => ({
      namespace: "kube-system",
      name: `system:controller:${name}`,
      role: `system:controller:${name}`,
      subjects: [serviceAccount(name)],
    }),
  ),
  {
    namespace: "kube-public",
    name: "system:controller:bootstrap-signer",
    role: "system:controller:bootstrap-signer",
    subjects: [serviceAccount("bootstrap-signer")],
  },
];
