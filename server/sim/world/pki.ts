/** The certificates and kubeconfigs that kubeadm makes: subjects, names and files as v1.36 has them. */
import { stringify } from "yaml";
import { type Certificate, encodeCertificate, encodePem, encodePrivateKey } from "../machine/certificates.ts";
import { encodeText, toBase64 } from "../machine/bytes.ts";
import type { WorldSettings } from "./settings.ts";

const YEAR_MS = 365 * 24 * 3600 * 1000;

interface Authority {
  readonly certificate: string;
  readonly key: string;
  readonly commonName: string;
  readonly keyId: string;
}

export interface Pki {
  /** Path → text and mode, for /etc/kubernetes on the control plane node. */
  readonly files: ReadonlyMap<string, { readonly text: string; readonly mode: number }>;
  readonly caCertificate: string;
  /** A kubeconfig of the administrator that reaches the API server at its node's address. */
  readonly adminConfig: string;
  kubeletConfig(nodeName: string): string;
}

export function createPki(settings: WorldSettings, nowMs: number): Pki {
  const files = new Map<string, { readonly text: string; readonly mode: number }>();
  let serial = 0;
  const nextSerial = (): string => (0x35d6_001e_ee41_0000 + ++serial).toString(16);
  const authority = (name: string, path: string): Authority => {
    const keyId = `${name} key`;
    const certificate = encodeCertificate({
      serial: nextSerial(),
      subject: { commonName: name },
      issuer: { commonName: name },
      notBeforeMs: nowMs,
      notAfterMs: nowMs + 10 * YEAR_MS,
      dnsNames: [name],
      ipAddresses: [],
      isAuthority: true,
      usages: [],
      keyId,
      issuerKeyId: keyId,
    });
    const key = encodePrivateKey(keyId);
    files.set(`/etc/kubernetes/pki/${path}.crt`, { text: certificate, mode: 0o644 });
    files.set(`/etc/kubernetes/pki/${path}.key`, { text: key, mode: 0o600 });
    return { certificate, key, commonName: name, keyId };
  };
  type LeafOptions = Partial<Pick<Certificate, "dnsNames" | "ipAddresses">> & { readonly organization?: string };
  const leaf = (by: Authority, commonName: string, usages: Certificate["usages"], options: LeafOptions = {}) => {
    const keyId = `${commonName} ${usages.join()} key`;
    const certificate = encodeCertificate({
      serial: nextSerial(),
      subject: { commonName, ...(options.organization ? { organizations: [options.organization] } : {}) },
      issuer: { commonName: by.commonName },
      notBeforeMs: nowMs,
      notAfterMs: nowMs + YEAR_MS,
      dnsNames: options.dnsNames ?? [],
      ipAddresses: options.ipAddresses ?? [],
      isAuthority: false,
      usages,
      keyId,
      issuerKeyId: by.keyId,
    });
    return { certificate, key: encodePrivateKey(keyId) };
  };
  const store = (path: string, pair: { readonly certificate: string; readonly key: string }): void => {
    files.set(`/etc/kubernetes/pki/${path}.crt`, { text: pair.certificate, mode: 0o644 });
    files.set(`/etc/kubernetes/pki/${path}.key`, { text: pair.key, mode: 0o600 });
  };

  const { controlPlane, clusterDomain, kubernetesIp } = settings;
  const ca = authority("kubernetes", "ca");
  const frontProxy = authority("front-proxy-ca", "front-proxy-ca");
  const etcd = authority("etcd-ca", "etcd/ca");
  store(
    "apiserver",
    leaf(ca, "kube-apiserver", ["server"], {
      dnsNames: [
        controlPlane.name,
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        `kubernetes.default.svc.${clusterDomain}`,
        "localhost",
      ],
      ipAddresses: [kubernetesIp, controlPlane.address, "127.0.0.1"],
    }),
  );
  store(
    "apiserver-kubelet-client",
    leaf(ca, "kube-apiserver-kubelet-client", ["client"], { organization: "kubeadm:cluster-admins" }),
  );
  store("front-proxy-client", leaf(frontProxy, "front-proxy-client", ["client"]));
  const etcdNames = {
    dnsNames: [controlPlane.name, "localhost"],
    ipAddresses: [controlPlane.address, "127.0.0.1", "::1"],
  };
  store("etcd/server", leaf(etcd, controlPlane.name, ["server", "client"], etcdNames));
  store("etcd/peer", leaf(etcd, controlPlane.name, ["server", "client"], etcdNames));
  store("etcd/healthcheck-client", leaf(etcd, "kube-etcd-healthcheck-client", ["client"]));
  store("apiserver-etcd-client", leaf(etcd, "kube-apiserver-etcd-client", ["client"]));
  files.set("/etc/kubernetes/pki/sa.key", { text: encodePrivateKey("service-account key"), mode: 0o600 });
  files.set("/etc/kubernetes/pki/sa.pub", { text: encodePem("PUBLIC KEY", "service-account key"), mode: 0o600 });

  const config = (user: string, commonName: string, organization?: string): string => {
    const pair = leaf(ca, commonName, ["client"], organization ? { organization } : {});
    return kubeconfig({ settings, ca: ca.certificate, user, ...pair });
  };
  const adminConfig = config("kubernetes-admin", "kubernetes-admin", "kubeadm:cluster-admins");
  const kubeletConfig = (nodeName: string): string =>
    config(`system:node:${nodeName}`, `system:node:${nodeName}`, "system:nodes");
  const configs: readonly (readonly [string, string])[] = [
    ["admin.conf", adminConfig],
    ["super-admin.conf", config("kubernetes-super-admin", "kubernetes-super-admin", "system:masters")],
    ["controller-manager.conf", config("system:kube-controller-manager", "system:kube-controller-manager")],
    ["scheduler.conf", config("system:kube-scheduler", "system:kube-scheduler")],
    ["kubelet.conf", kubeletConfig(controlPlane.name)],
  ];
  for (const [name, text] of configs) files.set(`/etc/kubernetes/${name}`, { text, mode: 0o600 });
  return { files, caCertificate: ca.certificate, adminConfig, kubeletConfig };
}

interface KubeconfigParts {
  readonly settings: WorldSettings;
  readonly ca: string;
  readonly user: string;
  readonly certificate: string;
  readonly key: string;
}

function kubeconfig({ settings, ca, user, certificate, key }: KubeconfigParts): string {
  const encode = (text: string): string => toBase64(encodeText(text));
  const context = `${user}@kubernetes`;
  return stringify(
    {
      apiVersion: "v1",
      clusters: [
        {
          cluster: {
            "certificate-authority-data": encode(ca),
            server: `https://${settings.controlPlane.address}:6443`,
          },
          name: "kubernetes",
        },
      ],
      contexts: [{ context: { cluster: "kubernetes", user }, name: context }],
      "current-context": context,
      kind: "Config",
      users: [{ name: user, user: { "client-certificate-data": encode(certificate), "client-key-data": encode(key) } }],
    },
    { indentSeq: false, lineWidth: 0 },
  );
}
