/**
 * Pods from the manifests in a folder of the node, and their mirror pods in the API.
 * Models kubelet's file source and mirror client, v1.36.
 */
import { parse } from "yaml";
import type { Cancel, FileSystem } from "../../../machine/types.ts";
import type { ApiClient } from "../../api/types.ts";
import { timestamp } from "../context.ts";
import { isStatusError } from "../errors.ts";
import type { Node, Pod } from "../objects.ts";
import { canonical } from "../template.ts";

export const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

export interface StaticPodSource {
  stop(): void;
  /** Makes missing mirror pods again. */
  mirror(): void;
  /** Whether the file of this pod is still there. */
  has(uid: string): boolean;
}

export interface StaticPodOptions {
  readonly fs: FileSystem;
  readonly path: string;
  readonly nodeName: string;
  readonly api: ApiClient;
  readonly now: () => number;
  onAdded(pod: Pod): void;
  onRemoved(uid: string): void;
  /** A manifest nobody can read; the kubelet's journal says so. */
  onInvalid(file: string, reason: string): void;
}

export function watchStaticPods(options: StaticPodOptions): StaticPodSource {
  const { fs, path } = options;
  let pods = new Map<string, Pod>();
  const read = (): void => {
    const found = readManifests(options);
    for (const uid of pods.keys()) if (!found.has(uid)) options.onRemoved(uid);
    const added = [...found].filter(([uid]) => !pods.has(uid)).map(([, pod]) => pod);
    pods = found;
    for (const pod of added) options.onAdded(pod);
  };
  // One look for a burst of changes: an editor writes, renames and removes.
  let isQueued = false;
  const stop: Cancel = fs.watch(path, () => {
    if (isQueued) return;
    isQueued = true;
    queueMicrotask(() => {
      isQueued = false;
      read();
    });
  });
  read();
  return {
    stop,
    mirror: () => {
      for (const pod of pods.values()) createMirror(options, pod);
    },
    has: (uid) => pods.has(uid),
  };
}

function readManifests(options: StaticPodOptions): Map<string, Pod> {
  const { fs, path } = options;
  const pods = new Map<string, Pod>();
  if (!fs.exists(path)) return pods;
  for (const file of fs.readdir(path)) {
    if (file.startsWith(".") || fs.stat(`${path}/${file}`).kind !== "file") continue;
    const pod = readManifest(options, `${path}/${file}`);
    if (pod !== undefined) pods.set(staticUid(pod), pod);
  }
  return pods;
}

/** Every world of a process starts with the same manifests; parsing them dominates a boot otherwise. */
const parsedByText = new Map<string, unknown>();
const MAX_PARSED = 64;

/** Throws what the YAML parser throws. The result is shared: never change it. */
function parseManifest(text: string): unknown {
  if (parsedByText.has(text)) return parsedByText.get(text);
  const document: unknown = parse(text);
  if (parsedByText.size >= MAX_PARSED) parsedByText.clear();
  parsedByText.set(text, document);
  return document;
}

function readManifest(options: StaticPodOptions, file: string): Pod | undefined {
  try {
    const document = parseManifest(options.fs.readText(file));
    if (typeof document !== "object" || document === null) throw new Error("yaml: document is empty");
    const manifest = document as Pod;
    if (manifest.apiVersion !== "v1" || manifest.kind !== "Pod") {
      throw new Error(
        `no kind "${manifest.kind}" is registered for version "${manifest.apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`,
      );
    }
    return asStaticPod(options, manifest);
  } catch (error) {
    options.onInvalid(file, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** Identity comes from the file's content and the node, so that an edited file is a new pod. */
function asStaticPod({ nodeName, now }: StaticPodOptions, manifest: Pod): Pod {
  const hash = configHash(`${nodeName} ${canonical(manifest)}`);
  const { metadata, spec } = manifest;
  return {
    ...manifest,
    metadata: {
      ...metadata,
      name: `${metadata.name}-${nodeName}`,
      namespace: metadata.namespace ?? "default",
      annotations: {
        ...metadata.annotations,
        "kubernetes.io/config.hash": hash,
        "kubernetes.io/config.seen": timestamp(now()),
        "kubernetes.io/config.source": "file",
      },
    },
    spec: {
      ...spec,
      nodeName,
      tolerations: [...(spec.tolerations ?? []), { effect: "NoExecute", operator: "Exists" }],
    },
  };
}

export const staticUid = (pod: Pod): string => pod.metadata.annotations?.["kubernetes.io/config.hash"] ?? "";

/** 32 hexadecimal digits, as the real MD5 has. */
function configHash(text: string): string {
  const parts = [0, 1, 2, 3].map((salt) => {
    let hash = (0x811c9dc5 ^ salt) >>> 0;
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
    return hash.toString(16).padStart(8, "0");
  });
  return parts.join("");
}

/** Creates the mirror pod unless it is there; an older one of the same name is replaced. */
export function createMirror({ api, nodeName }: StaticPodOptions, pod: Pod): void {
  const { namespace = "", name } = pod.metadata;
  const hash = staticUid(pod);
  const node = api.get<Node>("nodes", "", nodeName);
  const present = api.get<Pod>("pods", namespace, name);
  if (present !== undefined) {
    if (present.metadata.annotations?.[MIRROR_ANNOTATION] === hash) return;
    api.delete("pods", namespace, name, { gracePeriodSeconds: 0 });
  }
  try {
    api.create("pods", {
      ...pod,
      metadata: {
        ...pod.metadata,
        annotations: { ...pod.metadata.annotations, [MIRROR_ANNOTATION]: hash },
        ownerReferences: node
          ? [{ apiVersion: "v1", kind: "Node", name: nodeName, uid: node.metadata.uid ?? "", controller: true }]
          : [],
      },
      status: undefined,
    });
  } catch (error) {
    if (!isStatusError(error)) throw error;
  }
}

export const isMirror = (pod: Pod): boolean => pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;
