/** Owner references: who controls whom, and taking over orphans. */
import type { ApiClient } from "../api/types.ts";
import type { KubeObject, LabelSelector, OwnerReference } from "./objects.ts";
import { matchesSelector } from "./selectors.ts";

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/**
 * What `owner` controls among `resource` in its namespace. Orphans that its selector
 * matches are adopted; controlled objects it no longer matches are released.
 */
export function claim<T extends KubeObject>(
  api: ApiClient,
  resource: string,
  owner: KubeObject,
  selector: LabelSelector,
): readonly T[] {
  const namespace = owner.metadata.namespace ?? "";
  const claimed: T[] = [];
  for (const object of api.list<T>(resource, namespace)) {
    const result = claimOne(api, resource, owner, selector, object);
    if (result !== undefined) claimed.push(result);
  }
  return claimed;
}

function claimOne<T extends KubeObject>(
  api: ApiClient,
  resource: string,
  owner: KubeObject,
  selector: LabelSelector,
  object: T,
): T | undefined {
  const reference = controllerOf(object);
  const matches = matchesSelector(selector, object.metadata.labels);
  if (reference !== undefined) {
    if (reference.uid !== owner.metadata.uid) return undefined;
    if (matches || owner.metadata.deletionTimestamp !== undefined) return object;
    release(api, resource, object, owner);
    return undefined;
  }
  const canAdopt =
    matches && owner.metadata.deletionTimestamp === undefined && object.metadata.deletionTimestamp === undefined;
  return canAdopt ? adopt(api, resource, object, owner) : undefined;
}

function adopt<T extends KubeObject>(api: ApiClient, resource: string, object: T, owner: KubeObject): T | undefined {
  const { namespace = "", name } = object.metadata;
  return api.mutate<T>(resource, namespace, name, (current) => ({
    ...current,
    metadata: {
      ...current.metadata,
      ownerReferences: [...(current.metadata.ownerReferences ?? []), controllerReference(owner)],
    },
  }));
}

function release<T extends KubeObject>(api: ApiClient, resource: string, object: T, owner: KubeObject): void {
  const { namespace = "", name } = object.metadata;
  api.mutate<T>(resource, namespace, name, (current) => ({
    ...current,
    metadata: {
      ...current.metadata,
      ownerReferences: (current.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid),
    },
  }));
}
