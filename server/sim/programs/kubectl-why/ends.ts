/** What the two ends on the command line mean: pods, workloads, Services, nodes, addresses. */
import type { ConnectRequest, Protocol } from "../../net/types.ts";
import type { ApiObject } from "../kubectl/client/rest-client.ts";
import { KubectlError } from "../kubectl/errors.ts";
import { type Pod, podType, selectorOf } from "../kubectl/resources/pods.ts";
import { getObject, nameOf, namespaceOf } from "../kubectl/resources/target.ts";
import { list, type Plugin } from "./plugin.ts";

/** Where packets start. */
export interface SourceEnd {
  /** `shop/client`, `node node01`, an address. */
  readonly label: string;
  /** Id of the host in the fabric. */
  readonly host: string;
  readonly address: string | null;
  /** The pod, where it is one of the pod network or of its node's. */
  readonly pod: ApiObject | null;
}

/** One way a connection to the target may go. */
export interface Way extends Omit<ConnectRequest, "source" | "sourceAddress"> {
  /** `pod shop/web-1`, where the target stands for several. */
  readonly label: string;
}

export interface ServiceFacts {
  readonly namespace: string;
  readonly name: string;
  readonly object: ApiObject;
  readonly port: ServicePort | null;
  readonly isHeadless: boolean;
  /** Ready endpoints of the port. */
  readonly endpoints: readonly { readonly address: string; readonly port: number }[];
}

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  readonly targetPort?: number | string;
}

export interface TargetEnd {
  readonly label: string;
  readonly protocol: Protocol;
  /** At least one, except for a Service without endpoints that has no address of its own. */
  readonly ways: readonly Way[];
  readonly service: ServiceFacts | null;
}

interface Reference {
  /** Empty for a bare name. */
  readonly type: string;
  readonly namespace: string;
  readonly name: string;
  /** A number or a name; empty where none was given. */
  readonly port: string;
  readonly isAddress: boolean;
  readonly text: string;
}

const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/;
const SERVICE_NAME = /^([a-z0-9-]+)\.([a-z0-9-]+)(\.svc(\.cluster\.local)?)?\.?$/;
const POD_WORDS = new Set(["pod", "pods", "po"]);

/** `TYPE/NAME`, `NAMESPACE/NAME`, `NAMESPACE/TYPE/NAME`, `NAME`, `NAME.NAMESPACE`, an address; each with `:PORT`. */
async function parseReference(plugin: Plugin, text: string): Promise<Reference> {
  const bracketed = /^\[([^\]]+)\](?::([^:]+))?$/.exec(text);
  const [place, port] = bracketed
    ? [bracketed[1] ?? "", bracketed[2] ?? ""]
    : ADDRESS.test(text)
      ? [text, ""]
      : splitPort(text);
  const { namespace: own } = plugin.kubectl;
  if (ADDRESS.test(place)) return { type: "", namespace: own, name: place, port, isAddress: true, text };
  const parts = place.split("/");
  if (parts.length > 3 || parts.some((part) => part === "")) {
    throw plugin.usage(
      `${JSON.stringify(text)} is none of TYPE/NAME, NAMESPACE/NAME, NAMESPACE/TYPE/NAME and an address`,
    );
  }
  const reference = (type: string, namespace: string, name: string): Reference => ({
    type,
    namespace,
    name,
    port,
    isAddress: false,
    text,
  });
  const [first = "", second = "", third = ""] = parts;
  if (parts.length === 3) return reference(second, first, third);
  if (parts.length === 2) {
    const isType = POD_WORDS.has(first) || (await plugin.kubectl.discovery().find(first)) !== undefined;
    return isType ? reference(first, own, second) : reference("pod", first, second);
  }
  const service = SERVICE_NAME.exec(first);
  return service === null ? reference("pod", own, first) : reference("svc", service[2] ?? own, service[1] ?? "");
}

function splitPort(text: string): readonly [string, string] {
  const at = text.lastIndexOf(":");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

async function readObject(plugin: Plugin, { type, namespace, name }: Reference) {
  const { kubectl } = plugin;
  const found = POD_WORDS.has(type) ? podType() : await kubectl.discovery().require(type);
  const object = await getObject(kubectl, found, found.isNamespaced ? namespace : "", name);
  return { type: found, namespace, name, source: "", object };
}

/** The pods behind a workload, by name; those that run and have an address. */
async function podsBehind(plugin: Plugin, reference: Reference): Promise<readonly Pod[]> {
  const target = await readObject(plugin, reference);
  if (target.type.kind === "Pod") return [requireAddress(target.object as Pod)];
  const selector = selectorOf(target, "cannot find the pods of");
  const pods = (await list(plugin, "/api/v1", "pods", reference.namespace, [
    ["labelSelector", selector],
  ])) as readonly Pod[];
  const live = pods.filter((pod) => addressOf(pod) !== null && pod.status?.phase === "Running");
  if (live.length === 0) throw new KubectlError(`${reference.type}/${reference.name} has no running pod`);
  return [...live].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

export function addressOf(pod: ApiObject): string | null {
  const status = (pod["status"] ?? {}) as { readonly podIP?: string };
  return status.podIP ?? null;
}

function requireAddress(pod: Pod): Pod {
  if (addressOf(pod) !== null) return pod;
  throw new KubectlError(
    `pod ${namespaceOf(pod)}/${nameOf(pod)} is ${pod.status?.phase ?? "Pending"}: it has no address yet`,
  );
}

// ------------------------------------------------------------------------------ source

export async function resolveSource(plugin: Plugin, text: string): Promise<SourceEnd> {
  const reference = await parseReference(plugin, text);
  if (reference.port !== "")
    throw plugin.usage(`the source ${JSON.stringify(text)} has a port; only the destination's port counts`);
  if (reference.isAddress) return sourceAt(plugin, reference.name);
  if (["node", "nodes", "no"].includes(reference.type)) {
    const { object } = await readObject(plugin, reference);
    return { label: `node ${nameOf(object)}`, host: `node:${nameOf(object)}`, address: null, pod: null };
  }
  const [pod] = await podsBehind(plugin, reference);
  return sourceOfPod(plugin, pod as ApiObject);
}

function sourceOfPod({ fabric }: Plugin, pod: ApiObject): SourceEnd {
  const address = addressOf(pod);
  const label = `${namespaceOf(pod)}/${nameOf(pod)}`;
  const host = address === null ? undefined : fabric.hostByAddress(address);
  return { label, host: host?.id ?? `pod:${label}`, address, pod };
}

function sourceAt({ fabric }: Plugin, address: string): SourceEnd {
  const host = fabric.hostByAddress(address);
  if (host === undefined) throw new KubectlError(`no host has the address ${address}`);
  return { label: labelOfHost(host.id), host: host.id, address, pod: null };
}

/** `pod:shop/a` → `shop/a`, `node:n` → `node n`. */
export function labelOfHost(id: string): string {
  return id.startsWith("pod:") ? id.slice("pod:".length) : id.replace(":", " ");
}

// ------------------------------------------------------------------------------ target

export async function resolveTarget(plugin: Plugin, text: string, wantedProtocol: Protocol | null): Promise<TargetEnd> {
  const reference = await parseReference(plugin, text);
  if (reference.isAddress) {
    const protocol = wantedProtocol ?? "TCP";
    const port = portNumber(plugin, reference, protocol);
    const label = protocol === "ICMP" ? reference.name : socketText(reference.name, port);
    return { label, protocol, ways: [{ label, address: reference.name, port, protocol }], service: null };
  }
  if (["svc", "service", "services"].includes(reference.type)) return resolveService(plugin, reference, wantedProtocol);
  const pods = await podsBehind(plugin, reference);
  const protocol = wantedProtocol ?? "TCP";
  const ways = pods.map((pod): Way => {
    const port = podPort(plugin, pod, reference, protocol);
    return { label: `${namespaceOf(pod)}/${nameOf(pod)}`, address: addressOf(pod) ?? "", port, protocol };
  });
  const [first] = ways as [Way];
  const isPod = POD_WORDS.has(reference.type);
  const place = isPod ? first.label : `${reference.type}/${reference.name}`;
  return { label: protocol === "ICMP" ? place : `${place}:${first.port}`, protocol, ways, service: null };
}

export function socketText(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function portNumber(plugin: Plugin, { port, text }: Reference, protocol: Protocol): number {
  if (protocol === "ICMP") return 0;
  const number = Number(port);
  if (port === "") throw plugin.usage(`${JSON.stringify(text)} needs a port: ${text}:PORT`);
  if (!/^\d+$/.test(port) || number < 1 || number > 65535) {
    throw plugin.usage(`invalid port ${JSON.stringify(port)} in ${JSON.stringify(text)}: must be between 1 and 65535`);
  }
  return number;
}

interface DeclaredPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol?: string;
}

function podPort(plugin: Plugin, pod: Pod, reference: Reference, protocol: Protocol): number {
  if (protocol === "ICMP" || /^\d+$/.test(reference.port)) return portNumber(plugin, reference, protocol);
  const containers = (pod.spec?.containers ?? []) as readonly { readonly ports?: readonly DeclaredPort[] }[];
  const declared = containers
    .flatMap(({ ports }) => ports ?? [])
    .filter((port) => (port.protocol ?? "TCP") === protocol);
  const fitting = declared.filter(({ name }) => reference.port === "" || name === reference.port);
  const [only, another] = fitting;
  if (only !== undefined && another === undefined) return only.containerPort;
  const which = declared.map(({ name, containerPort }) => (name ? `${containerPort} (${name})` : `${containerPort}`));
  const known = which.length === 0 ? `declares no ${protocol} port` : `declares ${which.join(", ")}`;
  throw plugin.usage(`which port of ${reference.text}? pod ${nameOf(pod)} ${known}`);
}

// ------------------------------------------------------------------------------ Service

async function resolveService(plugin: Plugin, reference: Reference, wanted: Protocol | null): Promise<TargetEnd> {
  const { object } = await readObject(plugin, { ...reference, type: "services" });
  const { namespace, name } = reference;
  const spec = (object["spec"] ?? {}) as {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly externalName?: string;
    readonly ports?: readonly ServicePort[];
  };
  if (spec.type === "ExternalName") {
    throw new KubectlError(
      `Service ${namespace}/${name} is an alias of ${spec.externalName ?? ""}: ask for the address behind it`,
    );
  }
  const port = wanted === "ICMP" ? null : servicePort(plugin, reference, spec.ports ?? [], wanted);
  const protocol = wanted ?? ((port?.protocol ?? "TCP") as Protocol);
  const number = port?.port ?? (protocol === "ICMP" ? 0 : portNumber(plugin, reference, protocol));
  const endpoints = await readyEndpoints(plugin, namespace, name, port);
  const isHeadless = spec.clusterIP === "None";
  const service: ServiceFacts = { namespace, name, object, port, isHeadless, endpoints };
  const requestedName = `${name}.${namespace}.svc.cluster.local`;
  const way = (address: string): Way => ({
    label: `Service ${namespace}/${name}`,
    address,
    port: number,
    protocol,
    requestedName,
  });
  // A headless name leads to the pods themselves, on the port that was asked for (rule 96).
  const addresses = isHeadless ? [...new Set(endpoints.map((endpoint) => endpoint.address))] : [spec.clusterIP ?? ""];
  const label = protocol === "ICMP" ? `svc ${namespace}/${name}` : `svc ${namespace}/${name}:${number}`;
  return { label, protocol, ways: addresses.map(way), service };
}

/** The port meant; null for a number the Service does not have. */
function servicePort(
  plugin: Plugin,
  { port, text }: Reference,
  ports: readonly ServicePort[],
  protocol: Protocol | null,
): ServicePort | null {
  const fitting = ports.filter((one) => protocol === null || (one.protocol ?? "TCP") === protocol);
  if (port !== "") {
    const found = fitting.find((one) => String(one.port) === port || one.name === port);
    if (found === undefined && !/^\d+$/.test(port))
      throw plugin.usage(`the Service has no port named ${port}: ${describePorts(ports)}`);
    return found ?? null;
  }
  // Among several protocols TCP is meant, as everywhere where none is named.
  const tcp = fitting.filter((one) => (one.protocol ?? "TCP") === "TCP");
  const [only, another] = fitting.length > 1 && tcp.length === 1 ? tcp : fitting;
  if (only !== undefined && another === undefined) return only;
  throw plugin.usage(`which port of ${text}? The Service has ${describePorts(ports)}`);
}

function describePorts(ports: readonly ServicePort[]): string {
  const texts = ports.map(({ name, port, protocol }) => `${port}/${protocol ?? "TCP"}${name ? ` (${name})` : ""}`);
  return texts.length === 0 ? "no ports" : texts.join(", ");
}

interface EndpointSlice extends ApiObject {
  /** Null for a Service whose selector matches nothing. */
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[] | null;
  readonly endpoints?:
    | readonly {
        readonly addresses: readonly string[];
        readonly conditions?: { readonly ready?: boolean };
      }[]
    | null;
}

async function readyEndpoints(plugin: Plugin, namespace: string, name: string, port: ServicePort | null) {
  const query = [["labelSelector", `kubernetes.io/service-name=${name}`]] as const;
  const slices = (await list(
    plugin,
    "/apis/discovery.k8s.io/v1",
    "endpointslices",
    namespace,
    query,
  )) as readonly EndpointSlice[];
  const found = slices.flatMap(({ ports: declared, endpoints }) => {
    const ports = declared ?? [];
    const target = port === null ? ports[0] : ports.find((one) => (one.name ?? "") === (port.name ?? ""));
    const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    return ready.flatMap(({ addresses }) => addresses.map((address) => ({ address, port: target?.port ?? 0 })));
  });
  return found.sort((a, b) => (a.address < b.address ? -1 : 1));
}
