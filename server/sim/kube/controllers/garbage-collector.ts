/**
 * Deletes what lost its owner. Models the garbage collector, v1.36: background deletion after
 * the owner is gone, and the finalizers `foregroundDeletion` and `orphan`. Nothing is cached:
 * a deletion looks through the stored resources, which are few in a learner's cluster.
 */
import type { ApiClient, WatchEvent } from "../api/types.ts";
import type { Controller, ControllerContext } from "./context.ts";
import { isReason } from "./errors.ts";
import type { KubeObject, OwnerReference } from "./objects.ts";
import { customResources, type StoredResource } from "./resources.ts";
import { runController } from "./run-controller.ts";
import type { WorkQueue } from "./work-queue.ts";

const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";
/** The collector works from its own graph, a little behind: who deletes several objects in a row meets them all. */
const REACTION_MS = 20;

export function startGarbageCollector(context: ControllerContext, builtIn: readonly StoredResource[]): Controller {
  const { api } = context;
  const resources = (): readonly StoredResource[] => [...builtIn, ...customResources(api)];
  return runController(context, {
    name: "garbage-collector-controller",
    sync: (key) => sync(api, resources(), key),
    watch: (queue) => {
      const hear = (resource: StoredResource, event: WatchEvent<KubeObject>): void => note(queue, resource, event);
      if (!context.isSteady) {
        for (const resource of resources()) {
          for (const object of api.list(resource.name)) hear(resource, { type: "ADDED", object });
        }
      }
      if (context.watchEverything) {
        return [
          context.watchEverything((event) => {
            const resource = resourceOf(resources(), event.object);
            if (resource) hear(resource, event);
          }),
        ];
      }
      return resources().map((resource) =>
        api.watch(resource.name, (event) => hear(resource, event), { skipInitial: true }),
      );
    },
  });
}

function resourceOf(
  resources: readonly StoredResource[],
  { apiVersion, kind }: KubeObject,
): StoredResource | undefined {
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  return resources.find((candidate) => candidate.kind === kind && candidate.group === group);
}

/** Keys: `gone UID`, `waiting UID`, or `check RESOURCE NAMESPACE NAME` for objects with a finalizer of ours or a doubtful owner. */
function note(queue: WorkQueue, resource: StoredResource, { type, object }: WatchEvent<KubeObject>): void {
  const { metadata } = object;
  const check = `check ${resource.name} ${metadata.namespace ?? ""} ${metadata.name}`;
  if (type === "DELETED") {
    queue.addAfter(`gone ${metadata.uid}`, REACTION_MS);
    for (const owner of metadata.ownerReferences ?? []) queue.add(`waiting ${owner.uid}`);
  } else if (metadata.deletionTimestamp !== undefined && hasOurFinalizer(object)) queue.add(check);
  else if (type === "ADDED" && (metadata.ownerReferences ?? []).length > 0) queue.add(check);
}

const hasOurFinalizer = ({ metadata }: KubeObject): boolean =>
  metadata.finalizers?.some((finalizer) => finalizer === FOREGROUND || finalizer === ORPHAN) ?? false;

function sync(api: ApiClient, resources: readonly StoredResource[], key: string): void {
  const [verb, subject = "", namespace = "", name = ""] = key.split(" ");
  switch (verb) {
    case "gone":
      for (const { resource, object } of dependentsOf(api, resources, subject)) {
        collect(api, resources, resource, object);
      }
      return;
    case "waiting":
      for (const resource of resources) {
        for (const object of api.list(resource.name)) {
          if (object.metadata.uid === subject && hasOurFinalizer(object)) finalize(api, resources, resource, object);
        }
      }
      return;
    default: {
      const resource = resources.find((candidate) => candidate.name === subject);
      const object = resource && api.get(resource.name, namespace, name);
      if (resource === undefined || object === undefined) return;
      if (object.metadata.deletionTimestamp !== undefined) finalize(api, resources, resource, object);
      else collect(api, resources, resource, object);
    }
  }
}

interface Dependent {
  readonly resource: StoredResource;
  readonly object: KubeObject;
}

function dependentsOf(api: ApiClient, resources: readonly StoredResource[], uid: string): readonly Dependent[] {
  const found: Dependent[] = [];
  for (const resource of resources) {
    for (const object of api.list(resource.name)) {
      if (object.metadata.ownerReferences?.some((owner) => owner.uid === uid)) found.push({ resource, object });
    }
  }
  return found;
}

function ownerOf(
  api: ApiClient,
  resources: readonly StoredResource[],
  dependent: KubeObject,
  reference: OwnerReference,
): KubeObject | undefined {
  const slash = reference.apiVersion.indexOf("/");
  const group = slash < 0 ? "" : reference.apiVersion.slice(0, slash);
  const resource = resources.find((candidate) => candidate.kind === reference.kind && candidate.group === group);
  // An owner of a kind nobody serves cannot be proven absent.
  if (resource === undefined) return dependent;
  const namespace = resource.isNamespaced ? (dependent.metadata.namespace ?? "") : "";
  const owner = api.get(resource.name, namespace, reference.name);
  return owner?.metadata.uid === reference.uid ? owner : undefined;
}

/** Deletes an object none of whose owners is left; with some left it only loses the references to the others. */
function collect(
  api: ApiClient,
  resources: readonly StoredResource[],
  resource: StoredResource,
  object: KubeObject,
): void {
  const references = object.metadata.ownerReferences ?? [];
  if (references.length === 0 || object.metadata.deletionTimestamp !== undefined) return;
  const solid = references.filter((reference) => ownerOf(api, resources, object, reference) !== undefined);
  if (solid.length === references.length) return;
  const { namespace = "", name, uid } = object.metadata;
  if (solid.length > 0) {
    setOwners(api, resource, object, solid);
    return;
  }
  const policy = object.metadata.finalizers?.includes(ORPHAN)
    ? "Orphan"
    : object.metadata.finalizers?.includes(FOREGROUND)
      ? "Foreground"
      : "Background";
  try {
    api.delete(resource.name, namespace, name, { uid, propagationPolicy: policy });
  } catch (error) {
    if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
  }
}

function setOwners(
  api: ApiClient,
  resource: StoredResource,
  object: KubeObject,
  ownerReferences: readonly OwnerReference[],
): void {
  api.mutate(resource.name, object.metadata.namespace ?? "", object.metadata.name, (current) => {
    const { ownerReferences: _old, ...metadata } = current.metadata;
    return { ...current, metadata: { ...metadata, ...(ownerReferences.length > 0 ? { ownerReferences } : {}) } };
  });
}

function finalize(
  api: ApiClient,
  resources: readonly StoredResource[],
  resource: StoredResource,
  object: KubeObject,
): void {
  const dependents = dependentsOf(api, resources, object.metadata.uid ?? "");
  if (object.metadata.finalizers?.includes(ORPHAN)) {
    for (const dependent of dependents) {
      const others = (dependent.object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== object.metadata.uid);
      setOwners(api, dependent.resource, dependent.object, others);
    }
    removeFinalizer(api, resource, object, ORPHAN);
    return;
  }
  const blocking = dependents.filter((dependent) =>
    dependent.object.metadata.ownerReferences?.some(
      (owner) => owner.uid === object.metadata.uid && owner.blockOwnerDeletion === true,
    ),
  );
  for (const dependent of blocking) {
    if (dependent.object.metadata.deletionTimestamp !== undefined) continue;
    const { namespace = "", name, uid } = dependent.object.metadata;
    api.delete(dependent.resource.name, namespace, name, { uid, propagationPolicy: "Foreground" });
  }
  const isBlocked = dependentsOf(api, resources, object.metadata.uid ?? "").some((dependent) =>
    dependent.object.metadata.ownerReferences?.some(
      (owner) => owner.uid === object.metadata.uid && owner.blockOwnerDeletion === true,
    ),
  );
  if (!isBlocked) removeFinalizer(api, resource, object, FOREGROUND);
}

function removeFinalizer(api: ApiClient, resource: StoredResource, object: KubeObject, finalizer: string): void {
  api.mutate(resource.name, object.metadata.namespace ?? "", object.metadata.name, (current) => {
    const { finalizers: present, ...metadata } = current.metadata;
    const finalizers = (present ?? []).filter((candidate) => candidate !== finalizer);
    return { ...current, metadata: { ...metadata, ...(finalizers.length > 0 ? { finalizers } : {}) } };
  });
}
