/** What the manifests of canal and flannel put into a cluster. */
import type { ApiClient } from "../kube/api/types.ts";
import {
  account,
  clusterRole,
  clusterRoleBinding,
  type ClusterObjectsInput,
  configMap,
  type Rule,
  serviceAccount,
} from "./object-forms.ts";
import type { WorldSettings } from "./settings.ts";

const CALICO_VERSION = "v3.32.1";

const netConf = (settings: WorldSettings): string =>
  `{\n  "Network": "${settings.podCidr}",\n  "Backend": {\n    "Type": "vxlan"\n  }\n}\n`;

export function createCanal({ client, settings }: ClusterObjectsInput): void {
  for (const name of ["canal", "calico-kube-controllers", "calico-cni-plugin"])
    serviceAccount(client, "kube-system", name);
  configMap(client, "kube-system", "canal-config", {
    canal_iface: "",
    masquerade: "true",
    "net-conf.json": netConf(settings),
    typha_service_name: "none",
    veth_mtu: "0",
  });
  const readPods: readonly Rule[] = [
    { apiGroups: [""], resources: ["pods", "nodes", "namespaces", "services"], verbs: ["get", "list", "watch"] },
    { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["watch", "list"] },
    { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch", "update"] },
  ];
  clusterRole(client, "calico-node", readPods);
  clusterRole(client, "flannel", readPods.slice(0, 1));
  clusterRoleBinding(client, "canal-calico", "calico-node", [account("canal", "kube-system")]);
  clusterRoleBinding(client, "canal-flannel", "flannel", [account("canal", "kube-system")]);
  const labels = { "k8s-app": "canal" };
  client.create("daemonsets.apps", {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "canal", namespace: "kube-system", labels },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: { "kubernetes.io/os": "linux" },
          hostNetwork: true,
          tolerations: [
            { effect: "NoSchedule", operator: "Exists" },
            { key: "CriticalAddonsOnly", operator: "Exists" },
            { effect: "NoExecute", operator: "Exists" },
          ],
          serviceAccountName: "canal",
          terminationGracePeriodSeconds: 0,
          priorityClassName: "system-node-critical",
          initContainers: [
            {
              name: "install-cni",
              image: `docker.io/calico/cni:${CALICO_VERSION}`,
              imagePullPolicy: "IfNotPresent",
              command: ["/opt/cni/bin/install"],
              volumeMounts: [
                { mountPath: "/host/opt/cni/bin", name: "cni-bin-dir" },
                { mountPath: "/host/etc/cni/net.d", name: "cni-net-dir" },
              ],
            },
          ],
          containers: [
            {
              name: "calico-node",
              image: `docker.io/calico/node:${CALICO_VERSION}`,
              imagePullPolicy: "IfNotPresent",
              env: [
                { name: "DATASTORE_TYPE", value: "kubernetes" },
                { name: "NODENAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
                { name: "CALICO_NETWORKING_BACKEND", value: "none" },
                { name: "CLUSTER_TYPE", value: "k8s,canal" },
                { name: "FELIX_HEALTHENABLED", value: "true" },
              ],
              securityContext: { privileged: true },
              resources: { requests: { cpu: "250m" } },
            },
            {
              name: "kube-flannel",
              image: "docker.io/flannel/flannel:v0.24.4",
              imagePullPolicy: "IfNotPresent",
              command: ["/opt/bin/flanneld", "--ip-masq", "--kube-subnet-mgr"],
              securityContext: { privileged: true },
              env: [
                { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
              ],
              volumeMounts: [{ mountPath: "/etc/kube-flannel/", name: "flannel-cfg" }],
            },
          ],
          volumes: [
            { name: "flannel-cfg", configMap: { name: "canal-config" } },
            { name: "cni-bin-dir", hostPath: { path: "/opt/cni/bin", type: "DirectoryOrCreate" } },
            { name: "cni-net-dir", hostPath: { path: "/etc/cni/net.d" } },
          ],
        },
      },
    },
  });
  createCalicoControllers(client);
}

function createCalicoControllers(client: ApiClient): void {
  const labels = { "k8s-app": "calico-kube-controllers" };
  clusterRole(client, "calico-kube-controllers", [
    { apiGroups: [""], resources: ["nodes", "pods"], verbs: ["get", "list", "watch"] },
  ]);
  clusterRoleBinding(client, "calico-kube-controllers", "calico-kube-controllers", [
    account("calico-kube-controllers", "kube-system"),
  ]);
  client.create("deployments.apps", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "calico-kube-controllers", namespace: "kube-system", labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      strategy: { type: "Recreate" },
      template: {
        metadata: { name: "calico-kube-controllers", namespace: "kube-system", labels },
        spec: {
          nodeSelector: { "kubernetes.io/os": "linux" },
          tolerations: [
            { key: "CriticalAddonsOnly", operator: "Exists" },
            { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
          ],
          serviceAccountName: "calico-kube-controllers",
          priorityClassName: "system-cluster-critical",
          containers: [
            {
              name: "calico-kube-controllers",
              image: `docker.io/calico/kube-controllers:${CALICO_VERSION}`,
              imagePullPolicy: "IfNotPresent",
              env: [
                { name: "ENABLED_CONTROLLERS", value: "node" },
                { name: "DATASTORE_TYPE", value: "kubernetes" },
              ],
            },
          ],
        },
      },
    },
  });
}

export function createFlannel({ client, settings }: ClusterObjectsInput): void {
  const namespace = "kube-flannel";
  const labels = { app: "flannel", tier: "node" };
  client.create("namespaces", {
    metadata: { name: namespace, labels: { "k8s-app": "flannel", "pod-security.kubernetes.io/enforce": "privileged" } },
  });
  serviceAccount(client, namespace, "flannel");
  clusterRole(client, "flannel", [
    { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
    { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
    { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
  ]);
  clusterRoleBinding(client, "flannel", "flannel", [account("flannel", namespace)]);
  configMap(client, namespace, "kube-flannel-cfg", { "net-conf.json": netConf(settings) }, { labels });
  client.create("daemonsets.apps", {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "kube-flannel-ds", namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true,
          priorityClassName: "system-node-critical",
          tolerations: [{ operator: "Exists", effect: "NoSchedule" }],
          serviceAccountName: "flannel",
          containers: [
            {
              name: "kube-flannel",
              image: "ghcr.io/flannel-io/flannel:v0.27.3",
              command: ["/opt/bin/flanneld"],
              args: ["--ip-masq", "--kube-subnet-mgr"],
              resources: { requests: { cpu: "100m", memory: "50Mi" } },
              volumeMounts: [{ name: "flannel-cfg", mountPath: "/etc/kube-flannel/" }],
            },
          ],
          volumes: [{ name: "flannel-cfg", configMap: { name: "kube-flannel-cfg" } }],
        },
      },
    },
  });
}
