/**
 * The images of a kubeadm cluster: each holds one program and no shell, as the real,
 * distroless ones do.
 */
import { FsImageBuilder } from "../../machine/fs/image.ts";
import { DEFAULT_PATH, type RepositoryDefinition } from "../repository.ts";

interface SingleProgram {
  readonly names: readonly string[];
  readonly path: string;
  readonly program: string;
  readonly entrypoint?: readonly string[];
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly sizeBytes: number;
}

function singleProgram(definition: SingleProgram): RepositoryDefinition {
  return {
    names: definition.names,
    build(tag) {
      const builder = new FsImageBuilder()
        .directory("/tmp", { mode: 0o1777 })
        .file(
          "/etc/passwd",
          "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
        )
        .file("/etc/group", "root:x:0:\nnonroot:x:65532:\n")
        .executable(
          definition.path,
          { name: definition.program, version: tag.replace(/^v/, "") },
          { sizeBytes: definition.sizeBytes * 2 },
        );
      return {
        tree: builder.build(),
        libc: "glibc",
        entrypoint: definition.entrypoint ?? [definition.path],
        env: [DEFAULT_PATH],
        sizeBytes: definition.sizeBytes,
        ...(definition.user ? { user: definition.user } : {}),
      };
    },
  };
}

export const controlPlane: readonly RepositoryDefinition[] = [
  singleProgram({ names: ["registry.k8s.io/pause"], path: "/pause", program: "pause", sizeBytes: 320_000 }),
  singleProgram({
    names: ["registry.k8s.io/kube-apiserver"],
    path: "/usr/local/bin/kube-apiserver",
    program: "kube-apiserver",
    entrypoint: [],
    sizeBytes: 29_000_000,
  }),
  singleProgram({
    names: ["registry.k8s.io/kube-controller-manager"],
    path: "/usr/local/bin/kube-controller-manager",
    program: "kube-controller-manager",
    entrypoint: [],
    sizeBytes: 26_000_000,
  }),
  singleProgram({
    names: ["registry.k8s.io/kube-scheduler"],
    path: "/usr/local/bin/kube-scheduler",
    program: "kube-scheduler",
    entrypoint: [],
    sizeBytes: 20_000_000,
  }),
  singleProgram({
    names: ["registry.k8s.io/kube-proxy"],
    path: "/usr/local/bin/kube-proxy",
    program: "kube-proxy",
    entrypoint: [],
    sizeBytes: 30_000_000,
  }),
  singleProgram({
    names: ["registry.k8s.io/etcd"],
    path: "/usr/local/bin/etcd",
    program: "etcd",
    entrypoint: [],
    sizeBytes: 58_000_000,
  }),
  singleProgram({
    names: ["registry.k8s.io/coredns/coredns", "docker.io/coredns/coredns"],
    path: "/coredns",
    program: "coredns",
    sizeBytes: 18_500_000,
  }),
  singleProgram({
    names: ["docker.io/calico/node", "quay.io/calico/node"],
    path: "/usr/bin/calico-node",
    program: "calico-node",
    sizeBytes: 116_000_000,
  }),
  singleProgram({
    names: ["docker.io/calico/kube-controllers", "quay.io/calico/kube-controllers"],
    path: "/usr/bin/kube-controllers",
    program: "calico-kube-controllers",
    sizeBytes: 33_000_000,
  }),
  singleProgram({
    names: ["docker.io/calico/cni", "quay.io/calico/cni"],
    path: "/opt/cni/bin/install",
    program: "cni-install",
    sizeBytes: 90_000_000,
  }),
  singleProgram({
    names: ["docker.io/flannel/flannel", "ghcr.io/flannel-io/flannel", "quay.io/coreos/flannel"],
    path: "/opt/bin/flanneld",
    program: "flanneld",
    sizeBytes: 30_000_000,
  }),
  singleProgram({
    names: ["docker.io/flannel/flannel-cni-plugin", "ghcr.io/flannel-io/flannel-cni-plugin"],
    path: "/install",
    program: "cni-install",
    sizeBytes: 4_800_000,
  }),
];
