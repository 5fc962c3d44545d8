/**
 * Lets go of claims that no pod uses and of volumes that are not bound, once they are being deleted.
 * Models the pvc-protection and pv-protection controllers, v1.36.
 */
import type { ApiClient } from "../api/types.ts";
import type { Controller, ControllerContext } from "./context.ts";
import type { KubeObject, Pod } from "./objects.ts";
import { claimsOf, type PersistentVolume, type PersistentVolumeClaim } from "./persistent-volume.ts";
import { runController } from "./run-controller.ts";
import { keyOf, splitKey } from "./work-queue.ts";

const CLAIM_FINALIZER = "kubernetes.io/pvc-protection";
const VOLUME_FINALIZER = "kubernetes.io/pv-protection";

export function startStorageProtectionController(context: ControllerContext): Controller {
  const { api } = context;
  return runController(context, {
    name: "storage-protection-controller",
    sync: (key) => {
      const [namespace, name] = splitKey(key);
      if (namespace === "") syncVolume(api, name);
      else syncClaim(api, namespace, name);
    },
    watch: (queue, options) => [
      api.watch<PersistentVolumeClaim>(
        "persistentvolumeclaims",
        ({ type, object }) => {
          if (type !== "DELETED" && isDeleting(object)) queue.add(keyOf(object));
        },
        options,
      ),
      api.watch<PersistentVolume>(
        "persistentvolumes",
        ({ type, object }) => {
          if (type !== "DELETED" && isDeleting(object)) queue.add(keyOf(object));
        },
        options,
      ),
      api.watch<Pod>(
        "pods",
        ({ type, object }) => {
          if (type !== "DELETED") return;
          for (const name of claimsOf(object)) queue.add(`${object.metadata.namespace}/${name}`);
        },
        { skipInitial: true },
      ),
    ],
  });
}

const isDeleting = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined;

/** A pod that no node has yet does not count: no kubelet will start it with a claim that is going. */
function syncClaim(api: ApiClient, namespace: string, name: string): void {
  const claim = api.get<PersistentVolumeClaim>("persistentvolumeclaims", namespace, name);
  if (claim === undefined || !isDeleting(claim)) return;
  const isUsed = api.list<Pod>("pods", namespace).some((pod) => pod.spec.nodeName && claimsOf(pod).includes(name));
  if (!isUsed) release(api, "persistentvolumeclaims", claim, CLAIM_FINALIZER);
}

function syncVolume(api: ApiClient, name: string): void {
  const volume = api.get<PersistentVolume>("persistentvolumes", "", name);
  if (volume === undefined || !isDeleting(volume) || volume.status?.phase === "Bound") return;
  release(api, "persistentvolumes", volume, VOLUME_FINALIZER);
}

function release(api: ApiClient, resource: string, { metadata }: KubeObject, finalizer: string): void {
  if (!metadata.finalizers?.includes(finalizer)) return;
  api.mutate(resource, metadata.namespace ?? "", metadata.name, (current) => ({
    ...current,
    metadata: {
      ...current.metadata,
      finalizers: (current.metadata.finalizers ?? []).filter((name) => name !== finalizer),
    },
  }));
}
