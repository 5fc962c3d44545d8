/**
 * Binds claims to volumes, and provisions hostPath volumes for the class local-path when a pod
 * needs them. Models the persistentvolume controller, v1.36, and rancher's provisioner. Left
 * out: node affinity of volumes, resizing, snapshots.
 */
import type { ApiClient } from "../api/types.ts";
import { type Controller, type ControllerContext, timestamp } from "./context.ts";
import type { KubeObject, Pod } from "./objects.ts";
import { quantity } from "./quantity.ts";
import { runController } from "./run-controller.ts";
import { keyOf, splitKey } from "./work-queue.ts";

const COMPONENT = "persistentvolume-controller";
const PROVISIONER = "rancher.io/local-path";
/** The controller looks at unbound claims again this often; each look is told as an event. */
const RESYNC_MS = 15_000;

export interface PersistentVolume extends KubeObject {
  readonly spec: {
    readonly capacity?: Readonly<Record<string, string>>;
    readonly accessModes?: readonly string[];
    readonly storageClassName?: string;
    readonly persistentVolumeReclaimPolicy?: string;
    readonly claimRef?: { readonly namespace: string; readonly name: string; readonly uid?: string };
    readonly hostPath?: { readonly path: string; readonly type?: string };
  };
  readonly status?: { readonly phase?: string };
}

export interface PersistentVolumeClaim extends KubeObject {
  readonly spec: {
    readonly accessModes?: readonly string[];
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
  };
  readonly status?: { readonly phase?: string };
}

interface StorageClass extends KubeObject {
  readonly provisioner: string;
  readonly volumeBindingMode?: string;
  readonly reclaimPolicy?: string;
}

export function startPersistentVolumeController(context: ControllerContext): Controller {
  const { api } = context;
  return runController(context, {
    name: COMPONENT,
    sync: (key, again) => {
      if (key.startsWith("/")) syncVolume(context, key.slice(1));
      else syncClaim(context, key, again);
    },
    watch: (queue, options) => [
      api.watch("persistentvolumes", ({ object }) => {
        queue.add(`/${object.metadata.name}`);
        for (const claim of pendingClaims(api)) queue.add(keyOf(claim));
      }),
      api.watch<PersistentVolumeClaim>("persistentvolumeclaims", ({ type, object }) => {
        if (type !== "DELETED") queue.add(keyOf(object));
        else if (object.spec.volumeName) queue.add(`/${object.spec.volumeName}`);
      }),
      api.watch<Pod>(
        "pods",
        ({ type, object }) => {
          if (type !== "ADDED") return;
          for (const name of claimsOf(object)) queue.add(`${object.metadata.namespace}/${name}`);
        },
        options,
      ),
    ],
  });
}

export const claimsOf = (pod: Pod): readonly string[] =>
  (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);

const isBound = ({ status }: PersistentVolumeClaim): boolean => status?.phase === "Bound";

const pendingClaims = (api: ApiClient): readonly PersistentVolumeClaim[] =>
  api.list<PersistentVolumeClaim>("persistentvolumeclaims").filter((claim) => !isBound(claim));

function setPhase(
  api: ApiClient,
  resource: string,
  object: KubeObject,
  status: Readonly<Record<string, unknown>>,
): void {
  const { namespace = "", name } = object.metadata;
  api.mutate(resource, namespace, name, (current) => ({ ...current, status }), { subresource: "status" });
}

function setVolumePhase({ api, clock }: ControllerContext, volume: PersistentVolume, phase: string): void {
  setPhase(api, "persistentvolumes", volume, { phase, lastPhaseTransitionTime: timestamp(clock.now()) });
}

function syncVolume(context: ControllerContext, name: string): void {
  const { api } = context;
  const volume = api.get<PersistentVolume>("persistentvolumes", "", name);
  if (volume === undefined) return;
  const { claimRef, persistentVolumeReclaimPolicy } = volume.spec;
  const claim = claimRef && api.get<PersistentVolumeClaim>("persistentvolumeclaims", claimRef.namespace, claimRef.name);
  const isHeld = claim !== undefined && (claimRef?.uid === undefined || claimRef.uid === claim.metadata.uid);
  const phase = claimRef === undefined ? "Available" : isHeld ? "Bound" : claimRef.uid ? "Released" : "Available";
  if (volume.status?.phase !== phase) setVolumePhase(context, volume, phase);
  if (volume.metadata.deletionTimestamp !== undefined) return;
  if (phase === "Released" && persistentVolumeReclaimPolicy === "Delete") api.delete("persistentvolumes", "", name);
}

function syncClaim(context: ControllerContext, key: string, again: (delayMs: number) => void): void {
  const { api } = context;
  const [namespace, name] = splitKey(key);
  const claim = api.get<PersistentVolumeClaim>("persistentvolumeclaims", namespace, name);
  if (claim === undefined || isBound(claim) || claim.metadata.deletionTimestamp !== undefined) return;
  const storageClass = classOf(api, claim);
  const isUsed = api.list<Pod>("pods", namespace).some((pod) => claimsOf(pod).includes(name));
  const volume = api.list<PersistentVolume>("persistentvolumes").find((candidate) => fits(candidate, claim));
  const waits = storageClass?.volumeBindingMode === "WaitForFirstConsumer" && !isUsed && !claim.spec.volumeName;
  if (waits) {
    note(context, claim, "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
    again(RESYNC_MS);
  } else if (volume !== undefined) bind(context, claim, volume);
  else if (storageClass?.provisioner === PROVISIONER) bind(context, claim, provision(context, claim, storageClass));
  else {
    const message =
      storageClass === undefined
        ? claim.spec.storageClassName
          ? `storageclass.storage.k8s.io "${claim.spec.storageClassName}" not found`
          : "no persistent volumes available for this claim and no storage class is set"
        : `Waiting for a volume to be created either by the external provisioner '${storageClass.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
    const reason = storageClass
      ? "ExternalProvisioning"
      : claim.spec.storageClassName
        ? "ProvisioningFailed"
        : "FailedBinding";
    note(context, claim, reason, message);
    again(RESYNC_MS);
  }
}

function classOf(api: ApiClient, { spec }: PersistentVolumeClaim): StorageClass | undefined {
  return spec.storageClassName
    ? api.get<StorageClass>("storageclasses.storage.k8s.io", "", spec.storageClassName)
    : undefined;
}

function note({ api }: ControllerContext, involved: KubeObject, reason: string, message: string): void {
  const type = reason === "ProvisioningFailed" ? "Warning" : "Normal";
  api.recordEvent({ involved, type, reason, message, component: COMPONENT });
}

function fits(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { claimRef } = volume.spec;
  const { namespace, name, uid } = claim.metadata;
  if (claimRef !== undefined) {
    return claimRef.namespace === namespace && claimRef.name === name && (!claimRef.uid || claimRef.uid === uid);
  }
  if (claim.spec.volumeName) return claim.spec.volumeName === volume.metadata.name;
  return (
    (volume.spec.storageClassName ?? "") === (claim.spec.storageClassName ?? "") &&
    (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode)) &&
    quantity(volume.spec.capacity?.["storage"]) >= quantity(claim.spec.resources?.requests?.["storage"])
  );
}

function bind(context: ControllerContext, claim: PersistentVolumeClaim, volume: PersistentVolume): void {
  const { api } = context;
  const { namespace = "", name, uid, resourceVersion } = claim.metadata;
  const claimRef = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid, resourceVersion };
  api.mutate<PersistentVolume>("persistentvolumes", "", volume.metadata.name, (current) =>
    current.spec.claimRef?.uid ? undefined : { ...current, spec: { ...current.spec, claimRef } },
  );
  setVolumePhase(context, volume, "Bound");
  api.mutate<PersistentVolumeClaim>("persistentvolumeclaims", namespace, name, (current) => ({
    ...current,
    metadata: {
      ...current.metadata,
      annotations: {
        ...current.metadata.annotations,
        "pv.kubernetes.io/bind-completed": "yes",
        "pv.kubernetes.io/bound-by-controller": "yes",
      },
    },
    spec: { ...current.spec, volumeName: volume.metadata.name },
  }));
  const { accessModes, capacity } = volume.spec;
  setPhase(api, "persistentvolumeclaims", claim, { phase: "Bound", accessModes, capacity });
}

function provision(
  { api }: ControllerContext,
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
): PersistentVolume {
  const { namespace, name, uid } = claim.metadata;
  const volumeName = `pvc-${uid}`;
  return api.create<PersistentVolume>("persistentvolumes", {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: volumeName, annotations: { "pv.kubernetes.io/provisioned-by": PROVISIONER } },
    spec: {
      accessModes: claim.spec.accessModes,
      capacity: { storage: claim.spec.resources?.requests?.["storage"] ?? "1Gi" },
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid },
      hostPath: {
        path: `/opt/local-path-provisioner/${volumeName}_${namespace}_${name}`,
        type: "DirectoryOrCreate",
      },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
      storageClassName: storageClass.metadata.name,
      volumeMode: "Filesystem",
    },
  });
}
