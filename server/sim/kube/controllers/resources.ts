/** The resources whose objects can own or be owned: what namespace deletion and garbage collection walk over. */
import type { ApiClient, KubeObject } from "../api/types.ts";
import type { KindDefinition } from "../kinds/types.ts";

export interface StoredResource {
  /** As `ApiClient` wants it: `pods`, `deployments.apps`. */
  readonly name: string;
  readonly kind: string;
  readonly group: string;
  readonly isNamespaced: boolean;
}

/** Views of other resources (`events.k8s.io`, older versions) are left out: their objects would be met twice. */
export function storedResources(kinds: readonly KindDefinition[]): readonly StoredResource[] {
  const seen = new Set<string>();
  const resources: StoredResource[] = [];
  for (const kind of kinds) {
    const name = kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`;
    const isStored = ["list", "watch", "delete"].every((verb) => kind.verbs.includes(verb));
    if (!isStored || name === "events.events.k8s.io" || seen.has(name)) continue;
    seen.add(name);
    resources.push({ name, kind: kind.kind, group: kind.group, isNamespaced: kind.isNamespaced });
  }
  return resources;
}

interface CustomResourceDefinition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly plural: string; readonly kind: string };
  };
}

export function customResources(api: ApiClient): readonly StoredResource[] {
  return api
    .list<CustomResourceDefinition>("customresourcedefinitions.apiextensions.k8s.io")
    .filter((definition) => definition.metadata.deletionTimestamp === undefined)
    .map(({ spec }) => ({
      name: `${spec.names.plural}.${spec.group}`,
      kind: spec.names.kind,
      group: spec.group,
      isNamespaced: spec.scope === "Namespaced",
    }));
}
