/** `/api`, `/apis` and what lies below: the lists of groups, versions and resources, plain and aggregated. */
import { sha256 } from "@noble/hashes/sha2.js";
import type { KindDefinition } from "../kinds/types.ts";
import { HEALTH_PATHS } from "./health.ts";
import { isBuiltInGroup, type KindRegistry } from "./kind-registry.ts";
import { wantsAggregatedDiscovery } from "./negotiate.ts";
import { jsonResponse } from "./responses.ts";
import { storedKindOf } from "./served-from.ts";
import type { ApiRequest, ApiResponse } from "./types.ts";

export interface DiscoveryOptions {
  readonly registry: KindRegistry;
  /** `172.30.1.2:6443`. */
  readonly serverAddress: string;
}

/** Answers a discovery path; undefined when the path is none. */
export function discover(request: ApiRequest, options: DiscoveryOptions): ApiResponse | undefined {
  const [root, group, version, ...more] = request.path.split("/").filter(Boolean);
  if (more.length > 0) return undefined;
  if (root === "api") {
    if (group === undefined) return apiRoot(request, options);
    return version === undefined ? resourceList(options.registry, "", group) : undefined;
  }
  if (root !== "apis") return undefined;
  if (group === undefined) return groupList(request, options);
  if (version === undefined) return oneGroup(options.registry, group);
  return resourceList(options.registry, group, version);
}

/** What `/` lists. */
export function indexOf(registry: KindRegistry): string[] {
  const groups = groupNames(registry).flatMap((group) => [
    `/apis/${group}`,
    ...versionsOf(registry, group).map((version) => `/apis/${group}/${version}`),
  ]);
  return ["/api", "/api/v1", "/apis", "/apis/", ...groups, ...HEALTH_PATHS, ...OTHER_PATHS].sort();
}

const OTHER_PATHS = [
  "/.well-known/openid-configuration",
  "/openapi/v2",
  "/openapi/v3",
  "/openapi/v3/",
  "/openid/v1/jwks",
  "/version",
];

function apiRoot(request: ApiRequest, options: DiscoveryOptions): ApiResponse {
  const aggregated = wantsAggregatedDiscovery(request.headers["accept"]);
  if (aggregated) return aggregatedResponse(aggregated, [aggregatedGroup(options.registry, "")]);
  return jsonResponse(200, {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: options.serverAddress }],
  });
}

function groupList(request: ApiRequest, { registry }: DiscoveryOptions): ApiResponse {
  const names = groupNames(registry);
  const aggregated = wantsAggregatedDiscovery(request.headers["accept"]);
  if (aggregated) {
    return aggregatedResponse(
      aggregated,
      names.map((name) => aggregatedGroup(registry, name)),
    );
  }
  return jsonResponse(200, {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: names.map((name) => groupOf(registry, name)),
  });
}

/** Named groups in the order in which they were registered; those of custom resources come last, sorted. */
function groupNames(registry: KindRegistry): string[] {
  const names = [...new Set(registry.kinds.map((kind) => kind.group))].filter((name) => name !== "");
  return [...names.filter(isBuiltInGroup), ...names.filter((name) => !isBuiltInGroup(name)).sort()];
}

/** Preferred version first. */
function versionsOf(registry: KindRegistry, group: string): string[] {
  return [...new Set(registry.kinds.filter((kind) => kind.group === group).map((kind) => kind.version))];
}

function groupOf(registry: KindRegistry, name: string): Record<string, unknown> {
  const versions = versionsOf(registry, name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function oneGroup(registry: KindRegistry, name: string): ApiResponse | undefined {
  if (versionsOf(registry, name).length === 0) return undefined;
  return jsonResponse(200, { kind: "APIGroup", apiVersion: "v1", ...groupOf(registry, name) });
}

function resourceList(registry: KindRegistry, group: string, version: string): ApiResponse | undefined {
  const kinds = kindsOf(registry, group, version);
  if (kinds.length === 0) return undefined;
  return jsonResponse(200, {
    kind: "APIResourceList",
    ...(group ? { apiVersion: "v1" } : {}),
    groupVersion: group ? `${group}/${version}` : version,
    resources: kinds.flatMap((kind) => resourceEntries(registry, kind)),
  });
}

function kindsOf(registry: KindRegistry, group: string, version: string): KindDefinition[] {
  const kinds = registry.kinds.filter((kind) => kind.group === group && kind.version === version);
  return kinds.sort((a, b) => (a.plural < b.plural ? -1 : 1));
}

function resourceEntries(registry: KindRegistry, kind: KindDefinition): Record<string, unknown>[] {
  const isStored = kind.verbs.includes("list") && kind.verbs.includes("create");
  const main = {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.isNamespaced,
    kind: kind.kind,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    ...(isStored ? { storageVersionHash: storageVersionHash(storedKindOf(kind, registry)) } : {}),
  };
  const subresources = Object.entries(kind.subresources ?? {}).map(([name, subresource]) => ({
    name: `${kind.plural}/${name}`,
    singularName: "",
    namespaced: kind.isNamespaced,
    ...(subresource.group === undefined ? {} : { group: subresource.group }),
    ...(subresource.version === undefined ? {} : { version: subresource.version }),
    kind: subresource.kind,
    verbs: subresource.verbs,
  }));
  return [main, ...subresources];
}

/** Kinds that etcd keeps in an older version than the one that is served. */
const OLDER_STORAGE: Readonly<Record<string, string>> = {
  CustomResourceDefinition: "v1beta1",
  MutatingAdmissionPolicy: "v1beta1",
  MutatingAdmissionPolicyBinding: "v1beta1",
};

const hashes = new Map<string, string>();

/** The first eight bytes of the hash of the kind under which etcd keeps the objects. */
function storageVersionHash(kind: KindDefinition): string {
  const name = `${kind.group}/${OLDER_STORAGE[kind.kind] ?? kind.version}/${kind.kind}`;
  const known = hashes.get(name);
  if (known !== undefined) return known;
  const bytes = sha256(new TextEncoder().encode(name)).slice(0, 8);
  const hash = btoa(String.fromCharCode(...bytes));
  hashes.set(name, hash);
  return hash;
}

function aggregatedResponse(version: "v2" | "v2beta1", items: readonly unknown[]): ApiResponse {
  return jsonResponse(
    200,
    { kind: "APIGroupDiscoveryList", apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items },
    { contentType: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList` },
  );
}

function aggregatedGroup(registry: KindRegistry, group: string): Record<string, unknown> {
  return {
    metadata: group ? { name: group } : {},
    versions: versionsOf(registry, group).map((version) => ({
      version,
      resources: kindsOf(registry, group, version).map(aggregatedResource),
      freshness: "Current",
    })),
  };
}

function aggregatedResource(kind: KindDefinition): Record<string, unknown> {
  // Built-in kinds leave group and version to the place where they stand.
  const own = isBuiltInGroup(kind.group) ? { group: "", version: "" } : { group: kind.group, version: kind.version };
  const subresources = Object.entries(kind.subresources ?? {}).map(([name, subresource]) => ({
    subresource: name,
    responseKind: {
      group: subresource.group ?? own.group,
      version: subresource.version ?? own.version,
      kind: subresource.kind,
    },
    verbs: subresource.verbs,
  }));
  return {
    resource: kind.plural,
    responseKind: { ...own, kind: kind.kind },
    scope: kind.isNamespaced ? "Namespaced" : "Cluster",
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}
