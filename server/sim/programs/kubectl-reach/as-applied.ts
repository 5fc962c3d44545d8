/** Policies of a file as the cluster would have them after `kubectl apply`, without applying them. */
import type { EngineState } from "../../net/index.ts";
import type { NetworkPolicy } from "../../net/types.ts";
import type { ApiObject, Query } from "../kubectl/client/rest-client.ts";
import { KubectlError, StatusFailure } from "../kubectl/errors.ts";
import { manifestSources, readDocuments } from "../kubectl/resources/manifest.ts";
import { NETWORKING, type Plugin } from "../kubectl-why/plugin.ts";
import { type LocateField, policiesIn, type WrittenPolicy } from "../kubectl-why/policy-places.ts";

export interface FilePolicies {
  /** `NAMESPACE/NAME` of each policy in the file. */
  readonly ids: ReadonlySet<string>;
  /** The state with these policies added or put in the place of those of the same name. */
  readonly state: EngineState;
  readonly locate: LocateField;
}

/** Throws what apply would say: malformed files, invalid policies. */
export async function asIfApplied(plugin: Plugin, file: string, state: EngineState): Promise<FilePolicies> {
  const { kubectl } = plugin;
  const places = new Map<string, { readonly source: string; readonly written: WrittenPolicy }>();
  const policies: NetworkPolicy[] = [];
  for (const source of manifestSources(kubectl, [file], false)) {
    const text = await source.read();
    // Malformed documents end the command in kubectl's words.
    for (const _ of readDocuments(text, source.name));
    for (const written of policiesIn(text)) {
      if (written.kind !== "NetworkPolicy") continue;
      const namespace = written.namespace || kubectl.namespace;
      const metadata = { ...(written.object["metadata"] as object), namespace };
      const object = { ...written.object, metadata } as ApiObject;
      places.set(`${namespace}/${written.name}`, { source: source.name, written });
      policies.push((await dryRun(plugin, namespace, written.name, object)) as unknown as NetworkPolicy);
    }
  }
  if (policies.length === 0) throw new KubectlError(`no NetworkPolicy found in ${JSON.stringify(file)}`);
  const ids = new Set(places.keys());
  const kept = state.policies.filter(({ metadata }) => !ids.has(`${metadata.namespace ?? ""}/${metadata.name}`));
  const locate: LocateField = (policy, path) => {
    const place = places.get(policy);
    return place === undefined ? null : `${place.source}:${place.written.lineOf(path)}`;
  };
  return { ids, state: { ...state, policies: [...kept, ...policies] }, locate };
}

/** Validated and defaulted by the server; as written for who may not even try, or where the namespace is yet to come. */
async function dryRun({ kubectl }: Plugin, namespace: string, name: string, object: ApiObject): Promise<ApiObject> {
  const path = `${NETWORKING}/namespaces/${encodeURIComponent(namespace)}/networkpolicies`;
  const query: Query = [
    ["dryRun", "All"],
    ["fieldValidation", "Strict"],
  ];
  try {
    return await kubectl.client().request("POST", path, { query, body: object });
  } catch (error) {
    if (!(error instanceof StatusFailure)) throw error;
    if (error.reason === "Forbidden" || error.isNotFound) return object;
    if (error.reason !== "AlreadyExists") throw error;
    return kubectl.client().request("PUT", `${path}/${encodeURIComponent(name)}`, { query, body: object });
  }
}
