/**
 * Which resource types the server has: read from its discovery documents once per
 * machine and server, and again when a name is not among them.
 */
import type { Machine } from "../../../machine/types.ts";
import type { ApiObject, RestClient } from "../client/rest-client.ts";
import { NoResourceMatch } from "../errors.ts";

export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural: `pods`. */
  readonly name: string;
  readonly singularName: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly isNamespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
}

/** `apps/v1`, or `v1` for the core group. */
export function groupVersionOf(type: { readonly group: string; readonly version: string }): string {
  return type.group === "" ? type.version : `${type.group}/${type.version}`;
}

/** `deployments.apps`, `pods`. */
export function groupResourceOf(type: ResourceType): string {
  return type.group === "" ? type.name : `${type.name}.${type.group}`;
}

/** `deployment.apps`: how operations name what they did. */
export function printedKind(group: string, kind: string): string {
  return group === "" ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
}

const DISCOVERY_ACCEPT =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/** kubectl trusts its discovery cache this long. */
const CACHE_TTL_MS = 6 * 3_600_000;

interface Cached {
  readonly types: readonly ResourceType[];
  readonly groupVersions: readonly string[];
  readonly readMs: number;
}

const caches = new WeakMap<Machine, Map<string, Cached>>();

export class Discovery {
  constructor(
    private readonly machine: Machine,
    private readonly server: string,
    private readonly client: () => RestClient,
  ) {}

  /** All resource types in the order of the server's group priorities. */
  async types(): Promise<readonly ResourceType[]> {
    return (await this.read()).types;
  }

  async groupVersions(): Promise<readonly string[]> {
    return (await this.read()).groupVersions;
  }

  /** What is known without asking the server. */
  peek(): readonly ResourceType[] | undefined {
    return caches.get(this.machine)?.get(this.server)?.types;
  }

  /** Forgets what is cached. */
  invalidate(): void {
    caches.get(this.machine)?.delete(this.server);
  }

  private async read(): Promise<Cached> {
    const now = this.machine.clock.now();
    const cached = caches.get(this.machine)?.get(this.server);
    if (cached !== undefined && now - cached.readMs < CACHE_TTL_MS) return cached;
    const fresh = { ...(await this.fetch()), readMs: now };
    const perMachine = caches.get(this.machine) ?? new Map<string, Cached>();
    perMachine.set(this.server, fresh);
    caches.set(this.machine, perMachine);
    return fresh;
  }

  private async fetch(): Promise<Omit<Cached, "readMs">> {
    const client = this.client();
    const core = await client.request("GET", "/api", { accept: DISCOVERY_ACCEPT });
    const groups = await client.request("GET", "/apis", { accept: DISCOVERY_ACCEPT });
    if (core.kind === "APIGroupDiscoveryList" && groups.kind === "APIGroupDiscoveryList") {
      return readAggregated([...itemsOf(core), ...itemsOf(groups)]);
    }
    return readLegacy(client, core, groups);
  }

  /**
   * The type a word on the command line means: plural, singular, short name or kind,
   * with `.group` or `.version.group` behind it. Undefined when there is none.
   */
  async find(word: string): Promise<ResourceType | undefined> {
    const wasCached = this.peek() !== undefined;
    const found = matchResource(await this.types(), word);
    if (found !== undefined || !wasCached) return found;
    this.invalidate();
    return matchResource(await this.types(), word);
  }

  /** As `find`; throws the error that kubectl prints for an unknown type. */
  async require(word: string): Promise<ResourceType> {
    const found = await this.find(word);
    if (found === undefined) throw new NoResourceMatch(word.split(".")[0] ?? word);
    return found;
  }

  /** The type of an object: exact kind (or, as the REST mapper does, lower-cased) and version. */
  async findKind(group: string, version: string, kind: string): Promise<ResourceType | undefined> {
    const match = (types: readonly ResourceType[]) => {
      const served = types.filter((type) => type.group === group && type.version === version);
      return served.find((type) => type.kind === kind) ?? served.find((type) => type.kind.toLowerCase() === kind);
    };
    const wasCached = this.peek() !== undefined;
    const found = match(await this.types());
    if (found !== undefined || !wasCached) return found;
    this.invalidate();
    return match(await this.types());
  }
}

function itemsOf(list: ApiObject): readonly AggregatedGroup[] {
  return Array.isArray(list["items"]) ? (list["items"] as readonly AggregatedGroup[]) : [];
}

interface AggregatedGroup {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly {
    readonly version: string;
    readonly resources?: readonly {
      readonly resource: string;
      readonly responseKind?: { readonly group?: string; readonly version?: string; readonly kind?: string };
      readonly scope: string;
      readonly singularResource?: string;
      readonly shortNames?: readonly string[];
      readonly categories?: readonly string[];
      readonly verbs: readonly string[];
      readonly subresources?: readonly { readonly subresource: string }[];
    }[];
  }[];
}

function readAggregated(groups: readonly AggregatedGroup[]): Omit<Cached, "readMs"> {
  const types: ResourceType[] = [];
  const groupVersions: string[] = [];
  for (const group of groups) {
    const name = group.metadata.name ?? "";
    for (const { version, resources = [] } of group.versions) {
      groupVersions.push(groupVersionOf({ group: name, version }));
      for (const resource of resources) {
        types.push({
          group: resource.responseKind?.group || name,
          version: resource.responseKind?.version || version,
          kind: resource.responseKind?.kind ?? "",
          name: resource.resource,
          singularName: resource.singularResource ?? "",
          shortNames: resource.shortNames ?? [],
          categories: resource.categories ?? [],
          isNamespaced: resource.scope === "Namespaced",
          verbs: resource.verbs,
          subresources: (resource.subresources ?? []).map((sub) => sub.subresource),
        });
      }
    }
  }
  return { types, groupVersions };
}

interface LegacyResource {
  readonly name: string;
  readonly singularName?: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

async function readLegacy(client: RestClient, core: ApiObject, groups: ApiObject): Promise<Omit<Cached, "readMs">> {
  const list: { group: string; version: string }[] = [];
  for (const version of (core["versions"] as readonly string[] | undefined) ?? []) list.push({ group: "", version });
  type Group = { readonly name: string; readonly versions: readonly { readonly version: string }[] };
  for (const group of (groups["groups"] as readonly Group[] | undefined) ?? []) {
    for (const { version } of group.versions) list.push({ group: group.name, version });
  }
  const types: ResourceType[] = [];
  for (const { group, version } of list) {
    const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    const answer = await client.request("GET", path);
    const resources = (answer["resources"] as readonly LegacyResource[] | undefined) ?? [];
    for (const resource of resources.filter((candidate) => !candidate.name.includes("/"))) {
      types.push({
        group: resource.group || group,
        version: resource.version || version,
        kind: resource.kind,
        name: resource.name,
        singularName: resource.singularName ?? "",
        shortNames: resource.shortNames ?? [],
        categories: resource.categories ?? [],
        isNamespaced: resource.namespaced,
        verbs: resource.verbs,
        subresources: resources
          .filter((candidate) => candidate.name.startsWith(`${resource.name}/`))
          .map((candidate) => candidate.name.slice(resource.name.length + 1)),
      });
    }
  }
  return { types, groupVersions: list.map(groupVersionOf) };
}

/** The first type (by group priority) that a word names. */
export function matchResource(types: readonly ResourceType[], word: string): ResourceType | undefined {
  const [first = "", ...more] = word.split(".");
  if (more.length >= 2) {
    const [version = "", ...group] = more;
    const exact = matchNames(types, first, (type) => type.version === version && type.group === group.join("."));
    if (exact !== undefined) return exact;
  }
  if (more.length === 0) return matchNames(types, first, () => true);
  const group = more.join(".");
  return (
    matchNames(types, first, (type) => type.group === group) ??
    matchNames(types, first, (type) => type.group !== "" && type.group.startsWith(group))
  );
}

function matchNames(
  types: readonly ResourceType[],
  word: string,
  accepts: (type: ResourceType) => boolean,
): ResourceType | undefined {
  const lower = word.toLowerCase();
  return (
    types.find((type) => accepts(type) && (type.name === lower || type.singularName === lower)) ??
    types.find((type) => accepts(type) && type.shortNames.includes(lower)) ??
    types.find((type) => accepts(type) && (type.kind === word || type.kind.toLowerCase() === lower))
  );
}
