/** What kubeadm v1.36 keeps in the cluster: its configuration, the bootstrap token, the roles for joining nodes. */
import { encodeText, toBase64 } from "../machine/bytes.ts";
import type { ApiClient } from "../kube/api/types.ts";
import { timestamp } from "../kube/controllers/context.ts";
import {
  account,
  clusterRole,
  clusterRoleBinding,
  type ClusterObjectsInput,
  configMap,
  group,
  RBAC,
  roleWithBinding,
  type Rule,
  yaml,
} from "./object-forms.ts";
import type { WorldSettings } from "./settings.ts";
import { IMAGE_REGISTRY } from "./static-manifests.ts";

const BOOTSTRAP_TOKEN = { id: "abcdef", secret: "0123456789abcdef" };

export function createKubeadmObjects(input: ClusterObjectsInput): void {
  createConfigMaps(input);
  createBootstrapToken(input);
  createKubeadmRbac(input.client);
}

function createConfigMaps({ client, settings, pki }: ClusterObjectsInput): void {
  configMap(client, "kube-system", "kubeadm-config", { ClusterConfiguration: clusterConfiguration(settings) });
  configMap(
    client,
    "kube-system",
    "kubelet-config",
    { kubelet: kubeletConfiguration(settings) },
    {
      annotations: {
        "kubeadm.kubernetes.io/component-config.hash":
          "sha256:26488e9fc7c5cb5fdda9996cda2e6651a9af5febce07ea02de11bd3ef3f49e9c",
      },
    },
  );
  configMap(client, "kube-system", "extension-apiserver-authentication", {
    "client-ca-file": pki.caCertificate,
    "requestheader-allowed-names": '["front-proxy-client"]',
    "requestheader-client-ca-file": pki.files.get("/etc/kubernetes/pki/front-proxy-ca.crt")?.text ?? "",
    "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
    "requestheader-group-headers": '["X-Remote-Group"]',
    "requestheader-username-headers": '["X-Remote-User"]',
  });
  configMap(client, "kube-system", "kube-apiserver-legacy-service-account-token-tracking", { since: "2026-01-15" });
  const server = `https://${settings.controlPlane.address}:6443`;
  const kubeconfig = yaml({
    apiVersion: "v1",
    clusters: [
      { cluster: { "certificate-authority-data": toBase64(encodeText(pki.caCertificate)), server }, name: "" },
    ],
    contexts: null,
    "current-context": "",
    kind: "Config",
    users: null,
  });
  configMap(client, "kube-public", "cluster-info", { kubeconfig });
}

const clusterConfiguration = (settings: WorldSettings): string =>
  yaml({
    apiServer: {},
    apiVersion: "kubeadm.k8s.io/v1beta4",
    caCertificateValidityPeriod: "87600h0m0s",
    certificateValidityPeriod: "8760h0m0s",
    certificatesDir: "/etc/kubernetes/pki",
    clusterName: "kubernetes",
    controllerManager: {},
    dns: {},
    encryptionAlgorithm: "RSA-2048",
    etcd: { local: { dataDir: "/var/lib/etcd" } },
    imageRepository: IMAGE_REGISTRY,
    kind: "ClusterConfiguration",
    kubernetesVersion: settings.kubernetesVersion,
    networking: {
      dnsDomain: settings.clusterDomain,
      podSubnet: settings.podCidr,
      serviceSubnet: settings.serviceCidr,
    },
    proxy: {},
    scheduler: {},
  });

const kubeletConfiguration = (settings: WorldSettings): string =>
  yaml({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    authentication: {
      anonymous: { enabled: false },
      webhook: { cacheTTL: "0s", enabled: true },
      x509: { clientCAFile: "/etc/kubernetes/pki/ca.crt" },
    },
    authorization: {
      mode: "Webhook",
      webhook: { cacheAuthorizedTTL: "0s", cacheUnauthorizedTTL: "0s" },
    },
    cgroupDriver: "systemd",
    clusterDNS: [settings.dnsIp],
    clusterDomain: settings.clusterDomain,
    containerRuntimeEndpoint: "",
    cpuManagerReconcilePeriod: "0s",
    crashLoopBackOff: {},
    evictionPressureTransitionPeriod: "0s",
    fileCheckFrequency: "0s",
    healthzBindAddress: "127.0.0.1",
    healthzPort: 10_248,
    httpCheckFrequency: "0s",
    imageMaximumGCAge: "0s",
    imageMinimumGCAge: "0s",
    kind: "KubeletConfiguration",
    logging: {
      flushFrequency: 0,
      options: { json: { infoBufferSize: "0" }, text: { infoBufferSize: "0" } },
      verbosity: 0,
    },
    memorySwap: {},
    nodeStatusReportFrequency: "0s",
    nodeStatusUpdateFrequency: "0s",
    rotateCertificates: true,
    runtimeRequestTimeout: "0s",
    shutdownGracePeriod: "0s",
    shutdownGracePeriodCriticalPods: "0s",
    staticPodPath: "/etc/kubernetes/manifests",
    streamingConnectionIdleTimeout: "0s",
    syncFrequency: "0s",
    volumeStatsAggPeriod: "0s",
  });

function createBootstrapToken({ client, nowMs }: ClusterObjectsInput): void {
  const { id, secret } = BOOTSTRAP_TOKEN;
  client.create("secrets", {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    stringData: {
      "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
      expiration: timestamp(nowMs + 24 * 3600 * 1000),
      "token-id": id,
      "token-secret": secret,
      "usage-bootstrap-authentication": "true",
      "usage-bootstrap-signing": "true",
    },
  });
}

function createKubeadmRbac(client: ApiClient): void {
  const tokenNodes = group("system:bootstrappers:kubeadm:default-node-token");
  const get = (resource: string, name: string): Rule => ({
    apiGroups: [""],
    resourceNames: [name],
    resources: [resource],
    verbs: ["get"],
  });
  clusterRole(client, "kubeadm:get-nodes", [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }]);
  clusterRoleBinding(client, "kubeadm:get-nodes", "kubeadm:get-nodes", [tokenNodes]);
  clusterRoleBinding(client, "kubeadm:cluster-admins", "cluster-admin", [group("kubeadm:cluster-admins")]);
  clusterRoleBinding(client, "kubeadm:apiserver-kubelet-client", "system:kubelet-api-admin", [
    { apiGroup: RBAC, kind: "User", name: "kube-apiserver-kubelet-client" },
  ]);
  clusterRoleBinding(client, "kubeadm:kubelet-bootstrap", "system:node-bootstrapper", [tokenNodes]);
  clusterRoleBinding(
    client,
    "kubeadm:node-autoapprove-bootstrap",
    "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
    [tokenNodes],
  );
  clusterRoleBinding(
    client,
    "kubeadm:node-autoapprove-certificate-rotation",
    "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
    [group("system:nodes")],
  );
  clusterRoleBinding(client, "kubeadm:node-proxier", "system:node-proxier", [account("kube-proxy", "kube-system")]);
  const nodes = [group("system:nodes"), tokenNodes];
  roleWithBinding(client, "kube-system", "kubeadm:kubelet-config", [get("configmaps", "kubelet-config")], nodes);
  roleWithBinding(client, "kube-system", "kubeadm:nodes-kubeadm-config", [get("configmaps", "kubeadm-config")], nodes);
  roleWithBinding(client, "kube-system", "kube-proxy", [get("configmaps", "kube-proxy")], [tokenNodes]);
  roleWithBinding(
    client,
    "kube-public",
    "kubeadm:bootstrap-signer-clusterinfo",
    [get("configmaps", "cluster-info")],
    [{ apiGroup: RBAC, kind: "User", name: "system:anonymous" }],
  );
}
