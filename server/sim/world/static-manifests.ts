/** The static pod manifests that kubeadm v1.36 writes to /etc/kubernetes/manifests. */
import { stringify } from "yaml";
import type { WorldSettings } from "./settings.ts";

export const IMAGE_REGISTRY = "registry.k8s.io";

interface ProbeSpec {
  readonly host: string;
  readonly path: string;
  readonly scheme: "HTTP" | "HTTPS";
}

const probe = ({ host, path, scheme }: ProbeSpec, timing: Readonly<Record<string, number>>) => ({
  ...timing,
  httpGet: { host, path, port: "probe-port", scheme },
});

const LIVENESS = { failureThreshold: 8, initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 15 };
const READINESS = { failureThreshold: 3, periodSeconds: 1, timeoutSeconds: 15 };
const STARTUP = { failureThreshold: 24, initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 15 };

interface ComponentSpec {
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly image: string;
  readonly port: number;
  readonly requests: Readonly<Record<string, string>>;
  readonly liveness: ProbeSpec;
  readonly readiness?: ProbeSpec;
  readonly startup: ProbeSpec;
  readonly mounts: readonly {
    readonly name: string;
    readonly path: string;
    readonly type: string;
    readonly readOnly?: true;
  }[];
}

/** File name → YAML. */
export function staticManifests(settings: WorldSettings): ReadonlyMap<string, string> {
  const components = [etcd(settings), apiServer(settings), controllerManager(settings), scheduler(settings)];
  return new Map(components.map((component) => [`${component.name}.yaml`, manifest(component)]));
}

function manifest(component: ComponentSpec): string {
  const volumes = [...component.mounts].sort((left, right) => (left.name < right.name ? -1 : 1));
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...(component.annotations ? { annotations: component.annotations } : {}),
      labels: { component: component.name, tier: "control-plane" },
      name: component.name,
      namespace: "kube-system",
    },
    spec: {
      containers: [
        {
          command: component.command,
          image: component.image,
          imagePullPolicy: "IfNotPresent",
          livenessProbe: probe(component.liveness, LIVENESS),
          name: component.name,
          ports: [{ containerPort: component.port, name: "probe-port", protocol: "TCP" }],
          ...(component.readiness ? { readinessProbe: probe(component.readiness, READINESS) } : {}),
          resources: { requests: component.requests },
          startupProbe: probe(component.startup, STARTUP),
          volumeMounts: component.mounts.map(({ name, path, readOnly }) => ({
            mountPath: path,
            name,
            ...(readOnly ? { readOnly } : {}),
          })),
        },
      ],
      hostNetwork: true,
      priority: 2_000_001_000,
      priorityClassName: "system-node-critical",
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      volumes: volumes.map(({ name, path, type }) => ({ hostPath: { path, type }, name })),
    },
    status: {},
  };
  return stringify(pod, { indentSeq: false, lineWidth: 0, aliasDuplicateObjects: false });
}

function etcd({ controlPlane }: WorldSettings): ComponentSpec {
  const { name, address } = controlPlane;
  const local = { host: "127.0.0.1", scheme: "HTTP" as const };
  return {
    name: "etcd",
    annotations: { "kubeadm.kubernetes.io/etcd.advertise-client-urls": `https://${address}:2379` },
    command: [
      "etcd",
      `--advertise-client-urls=https://${address}:2379`,
      "--cert-file=/etc/kubernetes/pki/etcd/server.crt",
      "--client-cert-auth=true",
      "--data-dir=/var/lib/etcd",
      "--feature-gates=InitialCorruptCheck=true",
      `--initial-advertise-peer-urls=https://${address}:2380`,
      `--initial-cluster=${name}=https://${address}:2380`,
      "--key-file=/etc/kubernetes/pki/etcd/server.key",
      `--listen-client-urls=https://127.0.0.1:2379,https://${address}:2379`,
      "--listen-metrics-urls=http://127.0.0.1:2381",
      `--listen-peer-urls=https://${address}:2380`,
      `--name=${name}`,
      "--peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt",
      "--peer-client-cert-auth=true",
      "--peer-key-file=/etc/kubernetes/pki/etcd/peer.key",
      "--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
      "--snapshot-count=10000",
      "--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
      "--watch-progress-notify-interval=5s",
    ],
    image: `${IMAGE_REGISTRY}/etcd:3.6.4-0`,
    port: 2381,
    requests: { cpu: "100m", memory: "100Mi" },
    liveness: { ...local, path: "/livez" },
    readiness: { ...local, path: "/readyz" },
    startup: { ...local, path: "/readyz" },
    mounts: [
      { name: "etcd-data", path: "/var/lib/etcd", type: "DirectoryOrCreate" },
      { name: "etcd-certs", path: "/etc/kubernetes/pki/etcd", type: "DirectoryOrCreate" },
    ],
  };
}

function apiServer({ controlPlane, serviceCidr, kubernetesVersion }: WorldSettings): ComponentSpec {
  const { address } = controlPlane;
  const own = { host: address, scheme: "HTTPS" as const };
  const pki = "/etc/kubernetes/pki";
  return {
    name: "kube-apiserver",
    annotations: { "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint": `${address}:6443` },
    command: [
      "kube-apiserver",
      `--advertise-address=${address}`,
      "--allow-privileged=true",
      "--authorization-mode=Node,RBAC",
      `--client-ca-file=${pki}/ca.crt`,
      "--enable-admission-plugins=NodeRestriction",
      "--enable-bootstrap-token-auth=true",
      `--etcd-cafile=${pki}/etcd/ca.crt`,
      `--etcd-certfile=${pki}/apiserver-etcd-client.crt`,
      `--etcd-keyfile=${pki}/apiserver-etcd-client.key`,
      "--etcd-servers=https://127.0.0.1:2379",
      `--kubelet-client-certificate=${pki}/apiserver-kubelet-client.crt`,
      `--kubelet-client-key=${pki}/apiserver-kubelet-client.key`,
      "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
      `--proxy-client-cert-file=${pki}/front-proxy-client.crt`,
      `--proxy-client-key-file=${pki}/front-proxy-client.key`,
      "--requestheader-allowed-names=front-proxy-client",
      `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-username-headers=X-Remote-User",
      "--secure-port=6443",
      "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
      `--service-account-key-file=${pki}/sa.pub`,
      `--service-account-signing-key-file=${pki}/sa.key`,
      `--service-cluster-ip-range=${serviceCidr}`,
      `--tls-cert-file=${pki}/apiserver.crt`,
      `--tls-private-key-file=${pki}/apiserver.key`,
    ],
    image: `${IMAGE_REGISTRY}/kube-apiserver:${kubernetesVersion}`,
    port: 6443,
    requests: { cpu: "250m" },
    liveness: { ...own, path: "/livez" },
    readiness: { ...own, path: "/readyz" },
    startup: { ...own, path: "/livez" },
    mounts: [
      { name: "ca-certs", path: "/etc/ssl/certs", type: "DirectoryOrCreate", readOnly: true },
      { name: "k8s-certs", path: pki, type: "DirectoryOrCreate", readOnly: true },
    ],
  };
}

function controllerManager({ podCidr, serviceCidr, kubernetesVersion }: WorldSettings): ComponentSpec {
  const local = { host: "127.0.0.1", path: "/healthz", scheme: "HTTPS" as const };
  const pki = "/etc/kubernetes/pki";
  const config = "/etc/kubernetes/controller-manager.conf";
  return {
    name: "kube-controller-manager",
    command: [
      "kube-controller-manager",
      "--allocate-node-cidrs=true",
      `--authentication-kubeconfig=${config}`,
      `--authorization-kubeconfig=${config}`,
      "--bind-address=127.0.0.1",
      `--client-ca-file=${pki}/ca.crt`,
      `--cluster-cidr=${podCidr}`,
      "--cluster-name=kubernetes",
      `--cluster-signing-cert-file=${pki}/ca.crt`,
      `--cluster-signing-key-file=${pki}/ca.key`,
      "--controllers=*,bootstrapsigner,tokencleaner",
      `--kubeconfig=${config}`,
      "--leader-elect=true",
      `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
      `--root-ca-file=${pki}/ca.crt`,
      `--service-account-private-key-file=${pki}/sa.key`,
      `--service-cluster-ip-range=${serviceCidr}`,
      "--use-service-account-credentials=true",
    ],
    image: `${IMAGE_REGISTRY}/kube-controller-manager:${kubernetesVersion}`,
    port: 10_257,
    requests: { cpu: "200m" },
    liveness: local,
    startup: local,
    mounts: [
      { name: "ca-certs", path: "/etc/ssl/certs", type: "DirectoryOrCreate", readOnly: true },
      {
        name: "flexvolume-dir",
        path: "/usr/libexec/kubernetes/kubelet-plugins/volume/exec",
        type: "DirectoryOrCreate",
      },
      { name: "k8s-certs", path: pki, type: "DirectoryOrCreate", readOnly: true },
      { name: "kubeconfig", path: config, type: "FileOrCreate", readOnly: true },
    ],
  };
}

function scheduler({ kubernetesVersion }: WorldSettings): ComponentSpec {
  const local = { host: "127.0.0.1", scheme: "HTTPS" as const };
  const config = "/etc/kubernetes/scheduler.conf";
  return {
    name: "kube-scheduler",
    command: [
      "kube-scheduler",
      `--authentication-kubeconfig=${config}`,
      `--authorization-kubeconfig=${config}`,
      "--bind-address=127.0.0.1",
      `--kubeconfig=${config}`,
      "--leader-elect=true",
    ],
    image: `${IMAGE_REGISTRY}/kube-scheduler:${kubernetesVersion}`,
    port: 10_259,
    requests: { cpu: "100m" },
    liveness: { ...local, path: "/livez" },
    readiness: { ...local, path: "/readyz" },
    startup: { ...local, path: "/livez" },
    mounts: [{ name: "kubeconfig", path: config, type: "FileOrCreate", readOnly: true }],
  };
}
