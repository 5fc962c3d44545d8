import {
  account,
  clusterRole,
  clusterRoleBinding,
  type ClusterObjectsInput,
  configMap,
  serviceAccount,
} from "./object-forms.ts";
import { IMAGE_REGISTRY } from "./static-manifests.ts";

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

export function createCoreDns({ client, settings }: ClusterObjectsInput): void {
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
