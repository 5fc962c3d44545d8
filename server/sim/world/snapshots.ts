/** A world's difference from its boot image as JSON data. */
import type { ComponentName } from "./keys.ts";
import type { ClusterImage, ClusterSnapshot, NodeSnapshot } from "./cluster.ts";
import type { KubeletSnapshot } from "../kube/controllers/kubelet/kubelet.ts";
import type { PodSnapshot } from "../kube/controllers/kubelet/pod-worker.ts";
import type { FsSnapshot } from "../machine/fs/snapshot.ts";
import type { StoreSnapshot } from "../kube/store/store.ts";
import type { WorldSnapshot } from "../world-types.ts";

/** A node with what equals the image left out. */
interface StoredNode {
  readonly fs?: FsSnapshot;
  readonly images?: readonly string[];
  readonly lastIp: number;
  /** Pods as they are, or the uid of one that is as in the image. */
  readonly pods: readonly (PodSnapshot | string)[];
}

export interface StoredWorld extends WorldSnapshot {
  readonly format: "netpol-world/1";
  readonly nowMs: number;
  readonly random: number;
  readonly store: StoreSnapshot;
  readonly nodes: Readonly<Record<string, StoredNode>>;
  readonly components: readonly ComponentName[];
  /** File system of the terminal host, when it is no node. */
  readonly terminalHost?: FsSnapshot;
  /** What each shell remembers, by the terminal's id. */
  readonly terminals: Readonly<Record<string, unknown>>;
}

const texts = new WeakMap<object, string>();

/** The JSON text of an image's part; images are compared with again and again. */
function textOf(part: object): string {
  let text = texts.get(part);
  if (text === undefined) {
    text = JSON.stringify(part);
    texts.set(part, text);
  }
  return text;
}

const equals = (imagePart: object | undefined, part: object): boolean =>
  imagePart !== undefined && textOf(imagePart) === JSON.stringify(part);

export function packNodes(image: ClusterImage, snapshot: ClusterSnapshot): Readonly<Record<string, StoredNode>> {
  return Object.fromEntries(
    Object.entries(snapshot.nodes).map(([name, node]) => [name, packNode(image.nodes[name], node)]),
  );
}

function packNode(image: NodeSnapshot | undefined, { fs, kubelet }: NodeSnapshot): StoredNode {
  const known = new Map(image?.kubelet.pods.map((pod) => [pod.uid, pod]));
  return {
    ...(equals(image?.fs, fs) ? {} : { fs }),
    ...(equals(image?.kubelet.images, kubelet.images) ? {} : { images: kubelet.images }),
    lastIp: kubelet.lastIp,
    pods: kubelet.pods.map((pod) => (equals(known.get(pod.uid), pod) ? pod.uid : pod)),
  };
}

export function unpackCluster(image: ClusterImage, stored: StoredWorld): ClusterSnapshot {
  const nodes = Object.fromEntries(
    Object.entries(stored.nodes).map(([name, node]) => [name, unpackNode(image.nodes[name], node)]),
  );
  return { store: stored.store, nodes, components: stored.components };
}

const EMPTY_FS: FsSnapshot = { nextInode: 2, root: { n: 1 } };

function unpackNode(image: NodeSnapshot | undefined, stored: StoredNode): NodeSnapshot {
  const known = new Map(image?.kubelet.pods.map((pod) => [pod.uid, pod]));
  const kubelet: KubeletSnapshot = {
    images: stored.images ?? image?.kubelet.images ?? [],
    lastIp: stored.lastIp,
    pods: stored.pods.flatMap((pod) => (typeof pod === "string" ? (known.get(pod) ?? []) : pod)),
  };
  return { fs: stored.fs ?? image?.fs ?? EMPTY_FS, kubelet };
}

export function isStoredWorld(snapshot: WorldSnapshot): snapshot is StoredWorld {
  return snapshot.format === "netpol-world/1" && typeof snapshot["nowMs"] === "number" && "store" in snapshot;
}
