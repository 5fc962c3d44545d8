/** What is installed on the hosts of a world: an Ubuntu with the tools of a Kubernetes node or a workstation. */
import { SYSTEM_BASHRC } from "../images/userland/etc.ts";
import { FsImageBuilder, type FsImage } from "../machine/fs/image.ts";
import type { Pki } from "./pki.ts";
import { staticManifests } from "./static-manifests.ts";
import type { NodeSettings, WorldSettings } from "./settings.ts";

/** Programs that belong to images, not to hosts. */
const NOT_ON_HOSTS = new Set([
  "busybox",
  "coredns",
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "calico-node",
  "flanneld",
  "nginx",
  "httpd",
  "pause",
]);

const OS_RELEASE = `PRETTY_NAME="Ubuntu 24.04.1 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION="24.04.1 LTS (Noble Numbat)"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
HOME_URL="https://www.ubuntu.com/"
SUPPORT_URL="https://help.ubuntu.com/"
BUG_REPORT_URL="https://bugs.launchpad.net/ubuntu/"
PRIVACY_POLICY_URL="https://www.ubuntu.com/legal/terms-and-policies/privacy-policy"
UBUNTU_CODENAME=noble
LOGO=ubuntu-logo
`;

const PROFILE = `# /etc/profile: system-wide .profile file for the Bourne shell (sh(1))
# and Bourne compatible shells (bash(1), ksh(1), ash(1), ...).

if [ -f /etc/bash.bashrc ]; then
  . /etc/bash.bashrc
fi
`;

const DOT_PROFILE = `# ~/.profile: executed by the command interpreter for login shells.

if [ -n "$BASH_VERSION" ]; then
    if [ -f "$HOME/.bashrc" ]; then
        . "$HOME/.bashrc"
    fi
fi
`;

/** `color` is the escape colour of user and host. */
const dotBashrc = (color: string): string => `# ~/.bashrc: executed by bash(1) for non-login shells.

# If not running interactively, don't do anything
case $- in
    *i*) ;;
      *) return;;
esac

HISTCONTROL=ignoreboth
HISTSIZE=1000
HISTFILESIZE=2000

PS1='\\[\\033[01;${color}m\\]\\u@\\h\\[\\033[00m\\]:\\[\\033[01;34m\\]\\w\\[\\033[00m\\]\\$ '

alias ls='ls --color=auto'
alias grep='grep --color=auto'
alias ll='ls -alF'
alias la='ls -A'
alias l='ls -CF'

source <(kubectl completion bash)
alias k=kubectl
complete -o default -F __start_kubectl k
`;

export interface HostImages {
  readonly terminal: FsImage;
  node(node: NodeSettings): FsImage;
}

export function createHostImages(settings: WorldSettings, pki: Pki, programNames: readonly string[]): HostImages {
  const base = baseImage(settings, programNames);
  const nodes = new Map(settings.nodes.map((node) => [node.name, nodeImage(base, settings, pki, node)]));
  return {
    terminal: terminalImage(base, settings, pki),
    node: (node) => nodes.get(node.name) ?? base,
  };
}

function baseImage(settings: WorldSettings, programNames: readonly string[]): FsImage {
  const builder = new FsImageBuilder();
  for (const path of [
    "/boot",
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/run",
    "/srv",
    "/usr/local/bin",
    "/usr/sbin",
    "/var/lib",
    "/var/log",
    "/usr/share",
  ]) {
    builder.directory(path);
  }
  builder
    .directory("/tmp", { mode: 0o1777 })
    .directory("/var/tmp", { mode: 0o1777 })
    .directory("/root", { mode: 0o700 });
  for (const name of programNames) if (!NOT_ON_HOSTS.has(name)) builder.executable(`/usr/bin/${name}`, name);
  // Ubuntu's netcat is OpenBSD's; the plain name among the programs is busybox's.
  builder.executable("/usr/bin/nc", "nc.openbsd").symlink("/usr/bin/netcat", "nc");
  // kubectl is as old as the cluster, and behaves so.
  builder.executable("/usr/bin/kubectl", { name: "kubectl", version: settings.kubernetesVersion });
  builder.symlink("/bin", "usr/bin").symlink("/sbin", "usr/sbin").symlink("/lib", "usr/lib").directory("/usr/lib");
  builder
    .file("/etc/os-release", OS_RELEASE)
    .file("/etc/profile", PROFILE)
    .file("/etc/bash.bashrc", SYSTEM_BASHRC)
    .file("/etc/shells", "# /etc/shells: valid login shells\n/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n")
    .file("/etc/debian_version", "trixie/sid\n")
    .file("/etc/timezone", "Etc/UTC\n")
    .file(
      "/etc/nsswitch.conf",
      "passwd:         files\ngroup:          files\nshadow:         files\n\nhosts:          files dns\n",
    )
    .file("/etc/resolv.conf", "nameserver 172.30.1.1\n")
    .file("/etc/services", "ssh\t\t22/tcp\ndomain\t\t53/tcp\ndomain\t\t53/udp\nhttp\t\t80/tcp\nhttps\t\t443/tcp\n")
    .file("/root/.profile", DOT_PROFILE)
    .file("/root/.bashrc", dotBashrc("31"));
  return addAccounts(builder, settings).build();
}

function addAccounts(builder: FsImageBuilder, { login }: WorldSettings): FsImageBuilder {
  const person = login.uid === 0 ? "" : `${login.user}:x:${login.uid}:${login.uid}:,,,:${login.home}:${login.shell}\n`;
  const group = login.uid === 0 ? "" : `${login.user}:x:${login.uid}:\n`;
  builder
    .file(
      "/etc/passwd",
      `root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nbin:x:2:2:bin:/bin:/usr/sbin/nologin\nsys:x:3:3:sys:/dev:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n${person}`,
    )
    .file(
      "/etc/group",
      `root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:\ntty:x:5:\nsudo:x:27:${login.uid === 0 ? "" : login.user}\nwww-data:x:33:\nnogroup:x:65534:\n${group}`,
    )
    .file("/etc/sudoers", "root\tALL=(ALL:ALL) ALL\n%sudo\tALL=(ALL:ALL) NOPASSWD: ALL\n", { mode: 0o440 });
  if (login.uid === 0) return builder;
  const owner = { uid: login.uid, gid: login.uid };
  return builder
    .directory(login.home, { mode: 0o750, ...owner })
    .file(`${login.home}/.profile`, DOT_PROFILE, owner)
    .file(`${login.home}/.bashrc`, dotBashrc("32"), owner);
}

function hostsFile(settings: WorldSettings, ownName: string): string {
  const others = [
    ...settings.nodes.map(({ name, address }) => ({ name, address })),
    ...(settings.terminalHost.isNode ? [] : [settings.terminalHost]),
  ];
  return [
    "127.0.0.1 localhost",
    `127.0.1.1 ${ownName}`,
    "",
    "# The following lines are desirable for IPv6 capable hosts",
    "::1     ip6-localhost ip6-loopback",
    "fe00::0 ip6-localnet",
    "ff02::1 ip6-allnodes",
    "ff02::2 ip6-allrouters",
    "",
    ...others.map(({ name, address }) => `${address} ${name}`),
    "",
  ].join("\n");
}

function terminalImage(base: FsImage, settings: WorldSettings, pki: Pki): FsImage {
  const { login } = settings;
  const owner = { uid: login.uid, gid: login.uid };
  return new FsImageBuilder({ base })
    .file("/etc/hostname", `${settings.terminalHost.name}\n`)
    .file("/etc/hosts", hostsFile(settings, settings.terminalHost.name))
    .directory(`${login.home}/.kube`, owner)
    .file(`${login.home}/.kube/config`, pki.adminConfig, { mode: 0o600, ...owner })
    .directory("/root/.kube")
    .file("/root/.kube/config", pki.adminConfig, { mode: 0o600 })
    .build();
}

const KUBELET_CONFIG = `apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
  webhook:
    cacheTTL: 0s
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
  webhook:
    cacheAuthorizedTTL: 0s
    cacheUnauthorizedTTL: 0s
cgroupDriver: systemd
clusterDNS:
- DNS_IP
clusterDomain: cluster.local
containerRuntimeEndpoint: unix:///var/run/containerd/containerd.sock
healthzBindAddress: 127.0.0.1
healthzPort: 10248
kind: KubeletConfiguration
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
`;

function nodeImage(base: FsImage, settings: WorldSettings, pki: Pki, node: NodeSettings): FsImage {
  const builder = new FsImageBuilder({ base })
    .file("/etc/hostname", `${node.name}\n`)
    .file("/etc/hosts", hostsFile(settings, node.name))
    .directory("/etc/kubernetes/manifests")
    .directory("/etc/kubernetes/pki")
    .directory("/etc/cni/net.d")
    .directory("/opt/cni/bin")
    .directory("/var/log/pods")
    .directory("/var/log/containers")
    .directory("/usr/lib/modules")
    .directory("/etc/ssl/certs")
    .file("/etc/ssl/certs/ca-certificates.crt", pki.caCertificate)
    .file("/run/xtables.lock", "")
    .file("/var/lib/kubelet/config.yaml", KUBELET_CONFIG.replace("DNS_IP", settings.dnsIp));
  if (node.role === "control-plane") return controlPlaneFiles(builder, settings, pki).build();
  return builder
    .file("/etc/kubernetes/pki/ca.crt", pki.caCertificate)
    .file("/etc/kubernetes/kubelet.conf", pki.kubeletConfig(node.name), { mode: 0o600 })
    .build();
}

function controlPlaneFiles(builder: FsImageBuilder, settings: WorldSettings, pki: Pki): FsImageBuilder {
  builder.directory("/var/lib/etcd", { mode: 0o700 }).directory("/usr/libexec/kubernetes/kubelet-plugins/volume/exec");
  for (const [path, { text, mode }] of pki.files) builder.file(path, text, { mode });
  for (const [name, text] of staticManifests(settings)) {
    builder.file(`/etc/kubernetes/manifests/${name}`, text, { mode: 0o600 });
  }
  return builder.directory("/root/.kube").file("/root/.kube/config", pki.adminConfig, { mode: 0o600 });
}
