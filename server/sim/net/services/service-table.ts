/**
 * Services as kube-proxy's iptables mode programs them: which address and port is translated, and
 * to which endpoint. Sources: KEP-3866, kube-proxy `iptables/proxier.go` behaviour, rules 93–102.
 */
import { canonicalAddress } from "../policy/address.ts";
import { FABRIC_LIMITS } from "../limits.ts";
import type { Protocol, ServiceEntry, ServicePortEntry } from "../types.ts";

export interface ServiceTarget {
  readonly service: ServiceEntry;
  readonly port: ServicePortEntry;
}

export type Endpoint = ServicePortEntry["endpoints"][number];

export type EndpointChoice =
  | { readonly kind: "endpoint"; readonly endpoint: Endpoint }
  /** Nobody is ready anywhere: REJECT, seen as "connection refused". */
  | { readonly kind: "none" }
  /** A Local policy, and nobody ready on this node: DROP. */
  | { readonly kind: "none-here" };

export class ServiceTable {
  readonly #services = new Map<string, ServiceEntry>();
  /** Address → services that have it. */
  readonly #byAddress = new Map<string, ServiceEntry[]>();
  /** `PROTOCOL/NODEPORT` → target. */
  readonly #byNodePort = new Map<string, ServiceTarget>();
  readonly #affinities = new Map<string, string>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  set(service: ServiceEntry): void {
    this.delete(service.namespace, service.name);
    this.#services.set(`${service.namespace}/${service.name}`, service);
    for (const address of service.addresses.map(canonicalAddress)) {
      this.#byAddress.set(address, [...(this.#byAddress.get(address) ?? []), service]);
    }
    for (const port of service.ports) {
      if (port.nodePort) this.#byNodePort.set(`${port.protocol}/${port.nodePort}`, { service, port });
    }
  }

  delete(namespace: string, name: string): void {
    const service = this.#services.get(`${namespace}/${name}`);
    if (service === undefined) return;
    this.#services.delete(`${namespace}/${name}`);
    for (const address of service.addresses.map(canonicalAddress)) {
      const others = (this.#byAddress.get(address) ?? []).filter((other) => other !== service);
      if (others.length > 0) this.#byAddress.set(address, others);
      else this.#byAddress.delete(address);
    }
    for (const [key, target] of this.#byNodePort) if (target.service === service) this.#byNodePort.delete(key);
  }

  all(): Iterable<ServiceEntry> {
    return this.#services.values();
  }

  /** The Services that have this address; undefined when it is no Service's. */
  atAddress(address: string): readonly ServiceEntry[] | undefined {
    return this.#byAddress.get(address);
  }

  atPort(address: string, port: number, protocol: Protocol): ServiceTarget | undefined {
    for (const service of this.#byAddress.get(address) ?? []) {
      const entry = service.ports.find((candidate) => candidate.port === port && candidate.protocol === protocol);
      if (entry !== undefined) return { service, port: entry };
    }
    return undefined;
  }

  atNodePort(port: number, protocol: Protocol): ServiceTarget | undefined {
    return this.#byNodePort.get(`${protocol}/${port}`);
  }

  /** Picks a ready endpoint for a client; with `onNode` only those of that node count. */
  choose({ service, port }: ServiceTarget, client: string, onNode: string | null): EndpointChoice {
    if (port.endpoints.length === 0) return { kind: "none" };
    const usable = onNode === null ? port.endpoints : port.endpoints.filter((one) => one.nodeName === onNode);
    if (usable.length === 0) return { kind: "none-here" };
    const key = `${service.namespace}/${service.name}/${port.name}/${port.port}/${client}`;
    const sticky = service.sessionAffinityClientIp ? this.#affinities.get(key) : undefined;
    const known = sticky === undefined ? undefined : usable.find((one) => endpointKey(one) === sticky);
    const endpoint = known ?? usable[Math.floor(this.#random() * usable.length)] ?? usable[0];
    if (endpoint === undefined) return { kind: "none" };
    if (service.sessionAffinityClientIp) this.#remember(key, endpointKey(endpoint));
    return { kind: "endpoint", endpoint };
  }

  #remember(key: string, endpoint: string): void {
    this.#affinities.delete(key);
    const oldest = this.#affinities.keys().next();
    if (this.#affinities.size >= FABRIC_LIMITS.affinities && !oldest.done) this.#affinities.delete(oldest.value);
    this.#affinities.set(key, endpoint);
  }
}

function endpointKey({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
