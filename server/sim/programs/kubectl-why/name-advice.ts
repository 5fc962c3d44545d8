/** Why a name has no address, where the cluster leaves no doubt. */
import type { Flow } from "../../net/types.ts";
import type { ApiObject } from "../kubectl/client/rest-client.ts";
import { nameOf, namespaceOf } from "../kubectl/resources/target.ts";
import type { PlacedAdvice } from "./answer.ts";
import { listIfAllowed, type Plugin } from "./plugin.ts";

/** The parts of a name that may mean a Service: `web`, `web.shop`, `web.shop.svc`, `web.shop.svc.cluster.local`. */
interface ServiceName {
  readonly service: string;
  /** Null: that of the pod that asks. */
  readonly namespace: string | null;
  /** Whether it can mean nothing else. */
  readonly isCertain: boolean;
}

/** How many Services are named where none fits. */
const MOST_NAMES = 10;

export async function nameAdvice(plugin: Plugin, { outcome, requestedName, source }: Flow): Promise<PlacedAdvice[]> {
  if (outcome !== "name-not-found") return [];
  const wanted = serviceNameOf(requestedName ?? "");
  if (wanted === null) return NO_INTERNET;
  const services = await listIfAllowed(plugin, "/api/v1", "services", "");
  const own = /^pod:([^/]+)\//.exec(source)?.[1] ?? null;
  const same = services.filter((one) => nameOf(one) === wanted.service);
  if (own === null) return outsideAdvice(wanted, same);
  const namespace = wanted.namespace ?? own;
  if (same.some((one) => namespaceOf(one) === namespace)) return existsNow(namespace, wanted.service);
  const isThere = plugin.fabric.engine.state().namespaces.some(({ name }) => name === namespace);
  if (!isThere && !wanted.isCertain && same.length === 0) return NO_INTERNET;
  const found = [...elsewhere(own, namespace, wanted, same), ...podNames(plugin, namespace, wanted)];
  if (!isThere) return [{ id: "no-such-namespace", text: `There is no namespace ${namespace}.` }, ...found];
  return found.length > 0 ? found : whatThereIs(namespace, wanted, services);
}

const NO_INTERNET: PlacedAdvice[] = [
  {
    id: "no-internet",
    text: "There is no Internet here: names are known of this cluster's Services and of /etc/hosts.",
  },
];

function whatThereIs(namespace: string, { service }: ServiceName, services: readonly ApiObject[]): PlacedAdvice[] {
  const there = services.filter((one) => namespaceOf(one) === namespace).map(nameOf);
  const names = there.slice(0, MOST_NAMES).join(", ") + (there.length > MOST_NAMES ? ", …" : "");
  const text =
    there.length === 0
      ? `Namespace ${namespace} has no Services.`
      : `Namespace ${namespace} has no Service ${service}; it has ${names}.`;
  return [{ id: "no-such-service", text }];
}

function serviceNameOf(name: string): ServiceName | null {
  const [service = "", namespace, svc, ...domain] = name.replace(/\.$/, "").split(".");
  if (service === "" || (svc !== undefined && svc !== "svc")) return null;
  if (domain.length > 0 && domain.join(".") !== "cluster.local") return null;
  return { service, namespace: namespace ?? null, isCertain: svc !== undefined };
}

/** A terminal or a node asks another name server than pods do. */
function outsideAdvice({ service }: ServiceName, same: readonly ApiObject[]): PlacedAdvice[] {
  const [first] = same;
  if (first === undefined) return [];
  const text = `Service ${namespaceOf(first)}/${service} exists, but only pods ask the cluster DNS: run this in a pod (kubectl exec), or use an address.`;
  return [{ id: "name-known-in-pods-only", text }];
}

function existsNow(namespace: string, service: string): PlacedAdvice[] {
  return [{ id: "name-exists-now", text: `Service ${namespace}/${service} exists by now: try again.` }];
}

function elsewhere(
  own: string,
  namespace: string,
  { service }: ServiceName,
  same: readonly ApiObject[],
): PlacedAdvice[] {
  return same.map((one) => {
    const place = namespaceOf(one);
    const text = `Service ${service} is in namespace ${place}, not in ${namespace}: from a pod in ${own} its name is ${place === own ? service : `${service}.${place}`}.`;
    return { id: "name-in-another-namespace", text };
  });
}

/** Pods have names for kubectl only. */
function podNames({ fabric }: Plugin, namespace: string, { service }: ServiceName): PlacedAdvice[] {
  const pod = fabric.engine.state().pods.find((one) => one.namespace === namespace && one.name === service);
  const [address] = pod?.addresses ?? [];
  if (pod === undefined || address === undefined) return [];
  const text = `${service} is a pod, and pods have no names in the DNS: give it a Service, or use its address ${address}.`;
  return [{ id: "pods-have-no-names", text }];
}
