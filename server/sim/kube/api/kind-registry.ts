/** The kinds a server knows, found by path or by kind; CustomResourceDefinitions add to it at run time. */
import type { KindDefinition } from "../kinds/types.ts";
import type { GroupName } from "./errors.ts";

/** Kinds made ready for look-ups. Immutable: all registries of the built-in kinds share one. */
interface KindIndex {
  readonly kinds: readonly KindDefinition[];
  readonly byPath: ReadonlyMap<string, KindDefinition>;
  readonly byResource: ReadonlyMap<string, KindDefinition>;
}

const indexes = new WeakMap<readonly KindDefinition[], KindIndex>();

function indexOf(kinds: readonly KindDefinition[]): KindIndex {
  const known = indexes.get(kinds);
  if (known) return known;
  const byPath = new Map<string, KindDefinition>();
  const byResource = new Map<string, KindDefinition>();
  for (const kind of kinds) {
    byPath.set(pathOf(kind), kind);
    const resource = resourceNameOf(kind);
    // The kind that stores the objects answers for the resource, not one of its other views.
    const present = byResource.get(resource);
    if (!present || present.servedFrom || !kind.servedFrom) byResource.set(resource, kind);
  }
  const index = { kinds, byPath, byResource };
  indexes.set(kinds, index);
  return index;
}

export class KindRegistry {
  #index: KindIndex;
  /** Counts additions and removals: discovery answers are cached by it. */
  #generation = 0;

  constructor(kinds: readonly KindDefinition[]) {
    this.#index = indexOf(kinds);
  }

  get kinds(): readonly KindDefinition[] {
    return this.#index.kinds;
  }

  get generation(): number {
    return this.#generation;
  }

  add(kind: KindDefinition): void {
    const path = pathOf(kind);
    this.#replace([...this.kinds.filter((other) => pathOf(other) !== path), kind]);
  }

  remove(kind: KindDefinition): void {
    this.#replace(this.kinds.filter((other) => other !== kind));
  }

  #replace(kinds: readonly KindDefinition[]): void {
    this.#generation++;
    this.#index = indexOf(kinds);
  }

  /** By what a path names. */
  find(group: string, version: string, plural: string): KindDefinition | undefined {
    return this.#index.byPath.get(pathKey(group, version, plural));
  }

  /** By short resource name: `pods`, `deployments.apps`. Throws on an unknown one: a caller's mistake. */
  resource(name: string): KindDefinition {
    const kind = this.#index.byResource.get(name);
    if (!kind) throw new Error(`no kind is registered for resource "${name}"`);
    return kind;
  }

  hasResource(name: string): boolean {
    return this.#index.byResource.has(name);
  }

  findKind(group: string, version: string, kind: string): KindDefinition | undefined {
    return this.kinds.find(
      (candidate) => candidate.group === group && candidate.version === version && candidate.kind === kind,
    );
  }

  hasGroupVersion(group: string, version: string): boolean {
    return this.kinds.some((kind) => kind.group === group && kind.version === version);
  }
}

const pathOf = (kind: KindDefinition): string => pathKey(kind.group, kind.version, kind.plural);

function pathKey(group: string, version: string, plural: string): string {
  return `${group}/${version}/${plural}`;
}

/** `deployments.apps`, `pods`. */
export function resourceNameOf(kind: { readonly group: string; readonly plural: string }): string {
  return kind.group ? `${kind.plural}.${kind.group}` : kind.plural;
}

/** Group and plural, as `not found` texts want them. */
export function groupResource(kind: KindDefinition): GroupName {
  return { group: kind.group, name: kind.plural };
}

/** Group and kind, as `is invalid` texts want them. */
export function groupKind(kind: KindDefinition): GroupName {
  return { group: kind.group, name: kind.kind };
}

export function apiVersionOf(kind: { readonly group: string; readonly version: string }): string {
  return kind.group ? `${kind.group}/${kind.version}` : kind.version;
}

/** Where etcd keeps the objects of a resource when that is not its plural. */
const STORAGE_FOLDERS: Readonly<Record<string, string>> = {
  nodes: "minions",
  services: "services/specs",
  endpoints: "services/endpoints",
  "ingresses.networking.k8s.io": "ingress",
  replicationcontrollers: "controllers",
  "customresourcedefinitions.apiextensions.k8s.io": "apiextensions.k8s.io/customresourcedefinitions",
  "apiservices.apiregistration.k8s.io": "apiregistration.k8s.io/apiservices",
  "events.events.k8s.io": "events",
};

/** Groups that are compiled into the server and whose names have a dot. */
const BUILT_IN_GROUPS: ReadonlySet<string> = new Set(
  [
    "admissionregistration",
    "apiextensions",
    "apiregistration",
    "authentication",
    "authorization",
    "certificates",
    "coordination",
    "discovery",
    "events",
    "flowcontrol.apiserver",
    "internal.apiserver",
    "networking",
    "node",
    "rbac.authorization",
    "resource",
    "scheduling",
    "storage",
    "storagemigration",
  ].map((name) => `${name}.k8s.io`),
);

/** Built-in groups keep their objects under the plural alone; groups of custom resources always have a dot. */
export function isBuiltInGroup(group: string): boolean {
  return !group.includes(".") || BUILT_IN_GROUPS.has(group);
}

/** `/registry/pods/`: the prefix of all objects of a kind. */
export function storagePrefix(kind: KindDefinition): string {
  const resource = resourceNameOf(kind);
  const folder =
    STORAGE_FOLDERS[resource] ?? (isBuiltInGroup(kind.group) ? kind.plural : `${kind.group}/${kind.plural}`);
  return `/registry/${folder}/`;
}

/** `/registry/pods/default/web-0`. */
export function storageKey(kind: KindDefinition, namespace: string, name: string): string {
  return kind.isNamespaced ? `${storagePrefix(kind)}${namespace}/${name}` : `${storagePrefix(kind)}${name}`;
}
