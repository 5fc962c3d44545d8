/** What kubeadm v1.36 and the network plugin's manifest put into a fresh cluster. */
import { encodeText, toBase64 } from "../machine/bytes.ts";
import type { ApiClient } from "../kube/api/types.ts";
import { timestamp } from "../kube/controllers/context.ts";
import { createCanal, createFlannel } from "./network-plugin-objects.ts";
import {
  account,
  clusterRole,
  clusterRoleBinding,
  configMap,
  group,
  RBAC,
  roleWithBinding,
  type Rule,
  serviceAccount,
  yaml,
} from "./object-forms.ts";
import type { Pki } from "./pki.ts";
import type { NodeSettings, WorldSettings } from "./settings.ts";
import { IMAGE_REGISTRY } from "./static-manifests.ts";

const BOOTSTRAP_TOKEN = { id: "abcdef", secret: "0123456789abcdef" };

export interface ClusterObjectsInput {
  readonly client: ApiClient;
  readonly settings: WorldSettings;
  readonly pki: Pki;
  readonly nowMs: number;
}

/** A kubelet registers its node. */
export function registerNodes({ client, settings, nowMs }: ClusterObjectsInput, nodes: readonly NodeSettings[]): void {
  for (const node of nodes) {
    client.create("nodes", nodeObject(node, settings, nowMs));
    client.create("leases.coordination.k8s.io", {
      metadata: { name: node.name, namespace: "kube-node-lease" },
      spec: { holderIdentity: node.name, leaseDurationSeconds: 40, renewTime: microTime(nowMs) },
    });
  }
}

const microTime = (ms: number): string => new Date(ms).toISOString().replace("Z", "000Z");

function nodeObject(node: NodeSettings, settings: WorldSettings, nowMs: number): unknown {
  const isControlPlane = node.role === "control-plane";
  const now = timestamp(nowMs);
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
    reason,
    message,
  });
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: node.name,
      labels: {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        ...(isControlPlane
          ? {
              "node-role.kubernetes.io/control-plane": "",
              "node.kubernetes.io/exclude-from-external-load-balancers": "",
            }
          : {}),
      },
      annotations: {
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
      },
    },
    spec: {
      podCIDR: node.podCidr,
      podCIDRs: [node.podCidr],
      ...(isControlPlane ? { taints: [{ effect: "NoSchedule", key: "node-role.kubernetes.io/control-plane" }] } : {}),
    },
    status: {
      addresses: [
        { address: node.address, type: "InternalIP" },
        { address: node.name, type: "Hostname" },
      ],
      allocatable: {
        cpu: "2",
        "ephemeral-storage": "18698430040",
        "hugepages-2Mi": "0",
        memory: "3908492Ki",
        pods: "110",
      },
      capacity: { cpu: "2", "ephemeral-storage": "19221248Ki", "hugepages-2Mi": "0", memory: "4010892Ki", pods: "110" },
      conditions: [
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
      nodeInfo: {
        architecture: "amd64",
        bootID: "5e9f6c3a-1c1d-4d6e-8a7b-2f3c4d5e6f70",
        containerRuntimeVersion: "containerd://1.7.27",
        kernelVersion: "6.8.0-51-generic",
        kubeProxyVersion: "",
        kubeletVersion: settings.kubernetesVersion,
        machineID: MACHINE_ID,
        operatingSystem: "linux",
        osImage: "Ubuntu 24.04.1 LTS",
        systemUUID: MACHINE_ID.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
      },
    },
  };
}

/** The nodes are clones of one virtual machine, whose identity nobody renewed. */
const MACHINE_ID = "a3f9d8c1b2e34f5a9c7d6e5f4a3b2c1d";

export function createClusterObjects(input: ClusterObjectsInput): void {
  createConfigMaps(input);
  createBootstrapToken(input);
  createKubeadmRbac(input.client);
  createKubeProxy(input);
  createCoreDns(input);
  createStorageClass(input.client);
  if (input.settings.plugin === "flannel") createFlannel(input);
  else if (input.settings.plugin !== "none") createCanal(input);
}

/** What the provider of a cluster adds: a default StorageClass. */
function createStorageClass(client: ApiClient): void {
  const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
  const provisioner = "rancher.io/local-path";
  const storageClass = {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { annotations, name: "local-path" },
    provisioner,
    volumeBindingMode: "WaitForFirstConsumer",
  };
  const applied = { "kubectl.kubernetes.io/last-applied-configuration": `${JSON.stringify(storageClass)}\n` };
  client.create("storageclasses.storage.k8s.io", {
    ...storageClass,
    metadata: { name: "local-path", annotations: { ...applied, ...annotations } },
  });
}

// ------------------------------------------------------------- configuration

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

// ----------------------------------------------------------------------- RBAC

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

// ----------------------------------------------------------------- kube-proxy

function createKubeProxy({ client, settings }: ClusterObjectsInput): void {
  serviceAccount(client, "kube-system", "kube-proxy");
  configMap(
    client,
    "kube-system",
    "kube-proxy",
    {
      "config.conf": kubeProxyConfiguration(settings),
      "kubeconfig.conf": yaml({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
          {
            cluster: {
              "certificate-authority": "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
              server: `https://${settings.controlPlane.address}:6443`,
            },
            name: "default",
          },
        ],
        contexts: [{ context: { cluster: "default", namespace: "default", user: "default" }, name: "default" }],
        "current-context": "default",
        users: [{ name: "default", user: { tokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token" } }],
      }).trimEnd(),
    },
    {
      annotations: {
        "kubeadm.kubernetes.io/component-config.hash":
          "sha256:484bc755392a569ea427ef58054fae1bdbd1223f8cb92f2c6881606b246b89f2",
      },
      labels: { app: "kube-proxy" },
    },
  );
  const labels = { "k8s-app": "kube-proxy" };
  client.create("daemonsets.apps", {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "kube-proxy", namespace: "kube-system", labels },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: "RollingUpdate" },
      template: {
        metadata: { labels },
        spec: {
          priorityClassName: "system-node-critical",
          containers: [
            {
              name: "kube-proxy",
              image: `${IMAGE_REGISTRY}/kube-proxy:${settings.kubernetesVersion}`,
              imagePullPolicy: "IfNotPresent",
              command: [
                "/usr/local/bin/kube-proxy",
                "--config=/var/lib/kube-proxy/config.conf",
                "--hostname-override=$(NODE_NAME)",
              ],
              securityContext: { privileged: true },
              volumeMounts: [
                { mountPath: "/var/lib/kube-proxy", name: "kube-proxy" },
                { mountPath: "/run/xtables.lock", name: "xtables-lock" },
                { mountPath: "/lib/modules", name: "lib-modules", readOnly: true },
              ],
              env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
            },
          ],
          hostNetwork: true,
          serviceAccountName: "kube-proxy",
          volumes: [
            { name: "kube-proxy", configMap: { name: "kube-proxy" } },
            { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
            { name: "lib-modules", hostPath: { path: "/lib/modules" } },
          ],
          tolerations: [{ operator: "Exists" }],
          nodeSelector: { "kubernetes.io/os": "linux" },
        },
      },
    },
  });
}

const kubeProxyConfiguration = ({ podCidr }: WorldSettings): string =>
  yaml({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    bindAddress: "0.0.0.0",
    bindAddressHardFail: false,
    clientConnection: {
      acceptContentTypes: "",
      burst: 0,
      contentType: "",
      kubeconfig: "/var/lib/kube-proxy/kubeconfig.conf",
      qps: 0,
    },
    clusterCIDR: podCidr,
    configSyncPeriod: "0s",
    conntrack: {
      maxPerCore: null,
      min: null,
      tcpBeLiberal: false,
      tcpCloseWaitTimeout: null,
      tcpEstablishedTimeout: null,
      udpStreamTimeout: "0s",
      udpTimeout: "0s",
    },
    detectLocal: { bridgeInterface: "", interfaceNamePrefix: "" },
    detectLocalMode: "",
    enableProfiling: false,
    healthzBindAddress: "",
    hostnameOverride: "",
    iptables: {
      localhostNodePorts: null,
      masqueradeAll: false,
      masqueradeBit: null,
      minSyncPeriod: "0s",
      syncPeriod: "0s",
    },
    ipvs: {
      excludeCIDRs: null,
      minSyncPeriod: "0s",
      scheduler: "",
      strictARP: false,
      syncPeriod: "0s",
      tcpFinTimeout: "0s",
      tcpTimeout: "0s",
      udpTimeout: "0s",
    },
    kind: "KubeProxyConfiguration",
    logging: {
      flushFrequency: 0,
      options: { json: { infoBufferSize: "0" }, text: { infoBufferSize: "0" } },
      verbosity: 0,
    },
    metricsBindAddress: "",
    mode: "",
    nftables: { masqueradeAll: false, masqueradeBit: null, minSyncPeriod: "0s", syncPeriod: "0s" },
    nodePortAddresses: null,
    oomScoreAdj: null,
    portRange: "",
    showHiddenMetricsForVersion: "",
    winkernel: {
      enableDSR: false,
      forwardHealthCheckVip: false,
      networkName: "",
      rootHnsEndpointName: "",
      sourceVip: "",
    },
  }).trimEnd();

// -------------------------------------------------------------------- CoreDNS

const COREFILE = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`;

function createCoreDns({ client, settings }: ClusterObjectsInput): void {
  const labels = { "k8s-app": "kube-dns" };
  serviceAccount(client, "kube-system", "coredns");
  clusterRole(client, "system:coredns", [
    { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
  ]);
  clusterRoleBinding(client, "system:coredns", "system:coredns", [account("coredns", "kube-system")]);
  configMap(client, "kube-system", "coredns", { Corefile: COREFILE });
  client.create("services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "kube-dns",
      namespace: "kube-system",
      labels: { ...labels, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" },
      annotations: { "prometheus.io/port": "9153", "prometheus.io/scrape": "true" },
    },
    spec: {
      clusterIP: settings.dnsIp,
      clusterIPs: [settings.dnsIp],
      selector: labels,
      ports: [
        { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
        { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
        { name: "metrics", port: 9153, protocol: "TCP", targetPort: 9153 },
      ],
    },
  });
  client.create("deployments.apps", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "coredns", namespace: "kube-system", labels },
    spec: {
      replicas: 2,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: coreDnsPodSpec(labels) },
    },
  });
}

function coreDnsPodSpec(labels: Readonly<Record<string, string>>): unknown {
  return {
    priorityClassName: "system-cluster-critical",
    serviceAccountName: "coredns",
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              labelSelector: { matchExpressions: [{ key: "k8s-app", operator: "In", values: [labels["k8s-app"]] }] },
              topologyKey: "kubernetes.io/hostname",
            },
          },
        ],
      },
    },
    tolerations: [
      { key: "CriticalAddonsOnly", operator: "Exists" },
      { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
    ],
    nodeSelector: { "kubernetes.io/os": "linux" },
    containers: [
      {
        name: "coredns",
        image: `${IMAGE_REGISTRY}/coredns/coredns:v1.12.3`,
        imagePullPolicy: "IfNotPresent",
        resources: { limits: { memory: "170Mi" }, requests: { cpu: "100m", memory: "70Mi" } },
        args: ["-conf", "/etc/coredns/Corefile"],
        volumeMounts: [{ mountPath: "/etc/coredns", name: "config-volume", readOnly: true }],
        ports: [
          { containerPort: 53, name: "dns", protocol: "UDP" },
          { containerPort: 53, name: "dns-tcp", protocol: "TCP" },
          { containerPort: 9153, name: "metrics", protocol: "TCP" },
          { containerPort: 8080, name: "liveness-probe", protocol: "TCP" },
          { containerPort: 8181, name: "readiness-probe", protocol: "TCP" },
        ],
        livenessProbe: {
          httpGet: { path: "/health", port: "liveness-probe", scheme: "HTTP" },
          initialDelaySeconds: 60,
          timeoutSeconds: 5,
          successThreshold: 1,
          failureThreshold: 5,
        },
        readinessProbe: { httpGet: { path: "/ready", port: "readiness-probe", scheme: "HTTP" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
          readOnlyRootFilesystem: true,
        },
      },
    ],
    dnsPolicy: "Default",
    volumes: [
      { name: "config-volume", configMap: { name: "coredns", items: [{ key: "Corefile", path: "Corefile" }] } },
    ],
  };
}
