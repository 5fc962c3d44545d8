import { type ClusterObjectsInput, configMap, serviceAccount, yaml } from "./object-forms.ts";
import type { WorldSettings } from "./settings.ts";
import { IMAGE_REGISTRY } from "./static-manifests.ts";

export function createKubeProxy({ client, settings }: ClusterObjectsInput): void {
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
