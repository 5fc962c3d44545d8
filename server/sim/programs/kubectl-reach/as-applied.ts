/** What a file's objects would make of the cluster after `kubectl apply`, without applying them. */
import type { ClusterNetworkPolicy, EngineState, NamespaceFacts, NetworkPolicy, PodFacts } from "../../net/index.ts";
import type { ApiObject, Query } from "../kubectl/client/rest-client.ts";
import { KubectlError, StatusFailure } from "../kubectl/errors.ts";
import { listMembers, manifestSources, readDocuments } from "../kubectl/resources/manifest.ts";
import { nameOf, namespaceOf, stringMap } from "../kubectl/resources/target.ts";
import { NETWORKING, type Plugin } from "../kubectl-why/plugin.ts";
import { type LocateField, policiesIn, type WrittenPolicy } from "../kubectl-why/policy-places.ts";
import { existingPod, podToBe } from "./pods-to-be.ts";

const CLUSTER_POLICIES = "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies";

export interface FileState {
  /** `NAMESPACE/NAME`, or `NAME` of a ClusterNetworkPolicy, of each policy in the file. */
  readonly ids: ReadonlySet<string>;
  /** The cluster as it is, with the file's new namespaces and pods, so that only what they meet differs. */
  readonly before: EngineState;
  /** With the file's policies and labels added, or put in the place of those of the same name. */
  readonly after: EngineState;
  readonly newPods: readonly PodFacts[];
  /** Whether the file says nothing about reachability. */
  readonly isEmpty: boolean;
  readonly locate: LocateField;
}

/** Throws what apply would say: malformed files, invalid policies. */
export async function asIfApplied(plugin: Plugin, file: string, state: EngineState): Promise<FileState> {
  const { kubectl } = plugin;
  const places = new Map<string, { readonly source: string; readonly written: WrittenPolicy }>();
  const policies: NetworkPolicy[] = [];
  const clusterPolicies: ClusterNetworkPolicy[] = [];
  const others: ApiObject[] = [];
  for (const source of manifestSources(kubectl, [file], false)) {
    const text = await source.read();
    // Malformed documents end the command in kubectl's words.
    for (const document of readDocuments(text, source.name)) others.push(...objectsOf(document));
    for (const written of policiesIn(text)) {
      if (written.kind === "ClusterNetworkPolicy") {
        places.set(written.name, { source: source.name, written });
        const stored = await dryRun(plugin, CLUSTER_POLICIES, written.name, written.object as ApiObject);
        clusterPolicies.push(stored as unknown as ClusterNetworkPolicy);
      } else {
        const namespace = written.namespace || kubectl.namespace;
        const metadata = { ...(written.object["metadata"] as object), namespace };
        const path = `${NETWORKING}/namespaces/${encodeURIComponent(namespace)}/networkpolicies`;
        places.set(`${namespace}/${written.name}`, { source: source.name, written });
        const stored = await dryRun(plugin, path, written.name, { ...written.object, metadata } as ApiObject);
        policies.push(stored as unknown as NetworkPolicy);
      }
    }
  }
  const facts = factsOf(others, kubectl.namespace);
  const before = withNewcomers(state, facts);
  return {
    ids: new Set(places.keys()),
    before,
    after: {
      ...before,
      namespaces: before.namespaces.map((one) => withLabelsOf(one, facts.namespaces)),
      // Workloads keep the pods they have until they replace them.
      pods: before.pods.map((one) => withLabelsOf(one, facts.pods)),
      policies: replaced(before.policies, policies, ({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`),
      clusterPolicies: replaced(before.clusterPolicies, clusterPolicies, ({ metadata }) => metadata.name),
    },
    newPods: before.pods.slice(state.pods.length),
    isEmpty: places.size + facts.namespaces.length + facts.pods.length === 0,
    locate: (policy, path) => {
      const place = places.get(policy);
      return place === undefined ? null : `${place.source}:${place.written.lineOf(path)}`;
    },
  };
}

// ------------------------------------------------------------------ namespaces, pods

interface FileFacts {
  readonly namespaces: readonly NamespaceFacts[];
  readonly pods: readonly PodFacts[];
}

const objectsOf = (document: unknown): readonly ApiObject[] =>
  typeof document === "object" && document !== null && !Array.isArray(document)
    ? listMembers(document as ApiObject)
    : [];

function factsOf(objects: readonly ApiObject[], defaultNamespace: string): FileFacts {
  const namespaces = objects
    .filter(({ kind }) => kind === "Namespace")
    .map((object) => ({ name: nameOf(object), labels: stringMap(object, "labels") }));
  const pods = objects.flatMap((object) => podToBe(object, namespaceOf(object) || defaultNamespace) ?? []);
  return { namespaces, pods };
}

function withNewcomers(state: EngineState, { namespaces, pods }: FileFacts): EngineState {
  const known = new Set(state.namespaces.map(({ name }) => name));
  return {
    ...state,
    namespaces: [...state.namespaces, ...namespaces.filter(({ name }) => !known.has(name))],
    pods: [...state.pods, ...pods.filter((pod) => existingPod(state, pod) === undefined)],
  };
}

/** Adds the labels the file writes to an object; apply leaves alone what the file does not name. */
function withLabelsOf<T extends NamespaceFacts & { readonly namespace?: string }>(there: T, written: readonly T[]): T {
  const own = written.find(({ namespace, name }) => namespace === there.namespace && name === there.name);
  return own === undefined ? there : { ...there, labels: { ...there.labels, ...own.labels } };
}

function replaced<T>(old: readonly T[], added: readonly T[], keyOf: (entry: T) => string): readonly T[] {
  const keys = new Set(added.map(keyOf));
  return [...old.filter((entry) => !keys.has(keyOf(entry))), ...added];
}

// -------------------------------------------------------------------------- dry run

/** Validated and defaulted by the server; as written for who may not even try, or where the namespace is yet to come. */
async function dryRun({ kubectl }: Plugin, path: string, name: string, object: ApiObject): Promise<ApiObject> {
  const query: Query = [
    ["dryRun", "All"],
    ["fieldValidation", "Strict"],
  ];
  try {
    return await kubectl.client().request("POST", path, { query, body: object });
  } catch (error) {
    if (!(error instanceof StatusFailure)) throw error;
    if (error.isNotFound && path === CLUSTER_POLICIES) {
      throw new KubectlError(
        'no matches for kind "ClusterNetworkPolicy" in version "policy.networking.k8s.io/v1alpha2"\nensure CRDs are installed first',
      );
    }
    if (error.reason === "Forbidden" || error.isNotFound) return object;
    if (error.reason !== "AlreadyExists") throw error;
    const own = `${path}/${encodeURIComponent(name)}`;
    // An update of a custom resource must say which version it replaces.
    const { metadata } = await kubectl.client().request("GET", own);
    const body = { ...object, metadata: { ...object.metadata, resourceVersion: metadata?.["resourceVersion"] } };
    return kubectl.client().request("PUT", own, { query, body });
  }
}
