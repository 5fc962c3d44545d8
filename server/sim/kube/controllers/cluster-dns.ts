/**
 * The names of a cluster: records of Services, EndpointSlices and pods, as a pure function of
 * the objects. Models CoreDNS's kubernetes plugin (`pods insecure`) and the DNS specification
 * for Kubernetes 1.1.0. Wire format and forwarding are the coredns program's.
 */
import type { EndpointSlice, Namespace, Service } from "./objects.ts";

export interface DnsZone {
  /** `cluster.local` */
  readonly domain: string;
  readonly ttlSeconds: number;
  namespace(name: string): Namespace | undefined;
  service(namespace: string, name: string): Service | undefined;
  services(): readonly Service[];
  slices(namespace: string, service: string): readonly EndpointSlice[];
  allSlices(): readonly EndpointSlice[];
}

export interface DnsQuestion {
  /** Lower case, without the final dot. */
  readonly name: string;
  /** `A`, `AAAA`, `SRV`, `PTR`, `CNAME`, … */
  readonly type: string;
}

export interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  /** An address, a name, or `PRIORITY WEIGHT PORT TARGET`. */
  readonly data: string;
}

export type DnsAnswer =
  | { readonly kind: "answer"; readonly records: readonly DnsRecord[]; readonly additional: readonly DnsRecord[] }
  /** The name exists, but not with this type; or it lies between existing names. */
  | { readonly kind: "no-data" }
  | { readonly kind: "no-such-name" }
  /** Not a name of this cluster: for the forwarder. */
  | { readonly kind: "not-mine" };

const NO_DATA: DnsAnswer = { kind: "no-data" };
const NO_SUCH_NAME: DnsAnswer = { kind: "no-such-name" };

export function dnsAnswer(zone: DnsZone, question: DnsQuestion): DnsAnswer {
  const { name } = question;
  if (name.endsWith(".in-addr.arpa")) return reverse(zone, question);
  if (name !== zone.domain && !name.endsWith(`.${zone.domain}`)) return { kind: "not-mine" };
  const labels = name === zone.domain ? [] : name.slice(0, -zone.domain.length - 1).split(".");
  const kind = labels.at(-1);
  if (labels.length === 0) return NO_DATA;
  if (name === `dns-version.${zone.domain}` && question.type === "TXT") {
    return answer([record(zone, name, "TXT", '"1.1.0"')]);
  }
  if (kind === "svc") return serviceName(zone, question, labels.slice(0, -1));
  if (kind === "pod") return podName(zone, question, labels.slice(0, -1));
  return NO_SUCH_NAME;
}

const answer = (records: readonly DnsRecord[], additional: readonly DnsRecord[] = []): DnsAnswer =>
  records.length > 0 ? { kind: "answer", records, additional } : NO_DATA;

const record = (zone: DnsZone, name: string, type: string, data: string): DnsRecord => ({
  name,
  type,
  ttlSeconds: zone.ttlSeconds,
  data,
});

/** `NAME.NAMESPACE`, `HOST.NAME.NAMESPACE` or `_PORT._PROTOCOL.NAME.NAMESPACE`, all before `.svc`. */
function serviceName(zone: DnsZone, question: DnsQuestion, labels: readonly string[]): DnsAnswer {
  const namespace = labels.at(-1);
  if (namespace === undefined) return NO_DATA;
  if (zone.namespace(namespace) === undefined) return NO_SUCH_NAME;
  const name = labels.at(-2);
  if (name === undefined) return NO_DATA;
  const service = zone.service(namespace, name);
  if (service === undefined) return NO_SUCH_NAME;
  const rest = labels.slice(0, -2);
  if (rest.length === 0) return serviceRecords(zone, question, service);
  if (rest.length === 1) return endpointRecords(zone, question, service, rest[0] ?? "");
  return rest.length === 2 ? portRecords(zone, question, service, rest) : NO_SUCH_NAME;
}

const isHeadless = (service: Service): boolean => service.spec.clusterIP === "None";

function serviceRecords(zone: DnsZone, question: DnsQuestion, service: Service): DnsAnswer {
  const { name, type } = question;
  if (service.spec.type === "ExternalName") {
    const target = service.spec.externalName ?? "";
    return ["A", "AAAA", "CNAME"].includes(type) ? answer([record(zone, name, "CNAME", target)]) : NO_DATA;
  }
  if (type === "SRV") return portRecords(zone, question, service, []);
  if (isHeadless(service)) {
    const endpoints = endpointsOf(zone, service);
    // A headless Service without any endpoint does not exist as a name.
    if (endpoints.length === 0) return NO_SUCH_NAME;
    return type === "A" ? answer(endpoints.map(({ address }) => record(zone, name, "A", address))) : NO_DATA;
  }
  const addresses = service.spec.clusterIPs ?? [service.spec.clusterIP ?? ""];
  const wanted = addresses.filter((address) => address !== "" && address.includes(":") === (type === "AAAA"));
  return type === "A" || type === "AAAA" ? answer(wanted.map((address) => record(zone, name, type, address))) : NO_DATA;
}

interface NamedEndpoint {
  readonly address: string;
  /** `hostname`, or the address with dashes. */
  readonly host: string;
  readonly ports: NonNullable<EndpointSlice["ports"]>;
}

function endpointsOf(zone: DnsZone, service: Service): readonly NamedEndpoint[] {
  const { namespace = "", name } = service.metadata;
  const found = new Map<string, NamedEndpoint>();
  for (const slice of zone.slices(namespace, name)) {
    for (const endpoint of slice.endpoints ?? []) {
      if (endpoint.conditions?.ready === false) continue;
      for (const address of endpoint.addresses) {
        found.set(address, {
          address,
          host: endpoint.hostname ?? address.replaceAll(".", "-"),
          ports: slice.ports ?? [],
        });
      }
    }
  }
  return [...found.values()];
}

function endpointRecords(zone: DnsZone, { name, type }: DnsQuestion, service: Service, host: string): DnsAnswer {
  if (!isHeadless(service)) return NO_SUCH_NAME;
  const matching = endpointsOf(zone, service).filter((endpoint) => endpoint.host === host);
  if (matching.length === 0) return NO_SUCH_NAME;
  return type === "A" ? answer(matching.map(({ address }) => record(zone, name, "A", address))) : NO_DATA;
}

function portRecords(zone: DnsZone, { name, type }: DnsQuestion, service: Service, rest: readonly string[]): DnsAnswer {
  const [port = "*", protocol = "*"] = rest.map((label) => label.replace(/^_/, ""));
  const base = `${service.metadata.name}.${service.metadata.namespace}.svc.${zone.domain}`;
  const fits = (each: { readonly name?: string; readonly protocol?: string }): boolean =>
    (rest.length === 0 || each.name === port) &&
    (protocol === "*" || (each.protocol ?? "TCP").toLowerCase() === protocol);
  const records: DnsRecord[] = [];
  const additional: DnsRecord[] = [];
  const targets = isHeadless(service)
    ? endpointsOf(zone, service).map(({ address, host, ports }) => ({ address, target: `${host}.${base}`, ports }))
    : [{ address: service.spec.clusterIP ?? "", target: base, ports: service.spec.ports ?? [] }];
  const weight = Math.max(1, Math.floor(100 / Math.max(1, targets.length)));
  for (const { address, target, ports } of targets) {
    for (const each of ports.filter(fits)) {
      records.push(record(zone, name, "SRV", `0 ${weight} ${each.port} ${target}`));
      additional.push(record(zone, target, "A", address));
    }
  }
  if (records.length === 0) return NO_SUCH_NAME;
  return type === "SRV" ? answer(records, additional) : NO_DATA;
}

/** `10-244-1-5.NAMESPACE` before `.pod`: with `pods insecure` any address in an existing namespace. */
function podName(zone: DnsZone, { name, type }: DnsQuestion, labels: readonly string[]): DnsAnswer {
  const namespace = labels.at(-1);
  if (namespace === undefined) return NO_DATA;
  if (zone.namespace(namespace) === undefined) return NO_SUCH_NAME;
  const [dashed] = labels;
  if (labels.length === 1) return NO_DATA;
  const address = (dashed ?? "").replaceAll("-", ".");
  const isAddress = labels.length === 2 && /^(\d{1,3}\.){3}\d{1,3}$/.test(address);
  if (!isAddress) return NO_SUCH_NAME;
  return type === "A" ? answer([record(zone, name, "A", address)]) : NO_DATA;
}

function reverse(zone: DnsZone, { name, type }: DnsQuestion): DnsAnswer {
  const address = name.slice(0, -".in-addr.arpa".length).split(".").reverse().join(".");
  const service = zone.services().find(({ spec }) => spec.clusterIP === address);
  const names = service
    ? [`${service.metadata.name}.${service.metadata.namespace}.svc.${zone.domain}`]
    : endpointNames(zone, address);
  // `fallthrough in-addr.arpa`: what is no address of the cluster is asked upstream.
  if (names.length === 0) return { kind: "not-mine" };
  return type === "PTR" ? answer(names.map((target) => record(zone, name, "PTR", target))) : NO_DATA;
}

function endpointNames(zone: DnsZone, address: string): readonly string[] {
  return zone.allSlices().flatMap((slice) => {
    const service = slice.metadata.labels?.["kubernetes.io/service-name"];
    if (service === undefined) return [];
    return (slice.endpoints ?? [])
      .filter((endpoint) => endpoint.addresses.includes(address) && endpoint.conditions?.ready !== false)
      .map(
        (endpoint) =>
          `${endpoint.hostname ?? address.replaceAll(".", "-")}.${service}.${slice.metadata.namespace}.svc.${zone.domain}`,
      );
  });
}
