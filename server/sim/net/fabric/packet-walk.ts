/**
 * The journey of one packet: Service translation, egress at the source, ingress at the destination,
 * the listener. Pods share one flat network with nodes and outside hosts; policies see addresses
 * after translation (rules 86, 93).
 */
import { canonicalAddress, isLoopback, parseAddress } from "../policy/address.ts";
import { decide, type PacketFacts } from "../filter/decision.ts";
import type { End, PolicyEngine } from "../filter/engine.ts";
import { ICMP, protocolNumber, type ProtocolNumber } from "../policy/port-set.ts";
import type { EndpointChoice, ServiceTable, ServiceTarget } from "../services/service-table.ts";
import type { ConnectRequest, Flow, FlowOutcome, FlowStep, NetworkHost, NetworkProfile, PodFacts } from "../types.ts";

export type Journey = Omit<Flow, "id" | "timeMs">;

export interface WalkContext {
  readonly engine: PolicyEngine;
  readonly services: ServiceTable;
  readonly hosts: ReadonlyMap<string, NetworkHost>;
  readonly hostsByAddress: ReadonlyMap<string, NetworkHost>;
  readonly podsByAddress: ReadonlyMap<string, PodFacts>;
  /** Address → node name. */
  readonly nodesByAddress: ReadonlyMap<string, string>;
  readonly random: () => number;
}

/** A packet under way: what it carries now, and the stations so far. */
interface Packet {
  readonly request: ConnectRequest;
  readonly profile: NetworkProfile;
  readonly isProbe: boolean;
  readonly source: NetworkHost | undefined;
  readonly protocol: ProtocolNumber;
  readonly sourceAddress: string;
  /** The source as the destination sees it: the receiving node's address after SNAT. */
  seenSource: string;
  address: string;
  port: number;
  readonly steps: FlowStep[];
}

export class PacketWalk {
  readonly #context: WalkContext;

  constructor(context: WalkContext) {
    this.#context = context;
  }

  travel(request: ConnectRequest, profile: NetworkProfile, isProbe: boolean): Journey {
    const packet = this.#start(request, profile, isProbe);
    const outcome = this.#walk(packet);
    const { audit, source, requestedName } = request;
    return {
      source,
      sourceAddress: packet.sourceAddress,
      requestedAddress: request.address,
      requestedPort: request.port,
      protocol: request.protocol,
      destination: this.#destinationHost(packet)?.id ?? null,
      destinationAddress: packet.address,
      destinationPort: packet.port,
      outcome,
      steps: packet.steps,
      ...(packet.seenSource === packet.sourceAddress ? {} : { translatedSourceAddress: packet.seenSource }),
      ...(requestedName === undefined ? {} : { requestedName }),
      ...(audit === undefined ? {} : { audit }),
    };
  }

  /** The ends of a packet between two addresses, as policies see them. */
  packetOf(sourceAddress: string, address: string, port: number, protocol: ProtocolNumber): PacketFacts {
    const family = address.includes(":") ? 1 : 0;
    return { source: this.#endAt(sourceAddress), destination: this.#endAt(address), protocol, port, family };
  }

  /** What policies see of a recorded flow at one of its sides; null when the packet never got there. */
  packetOfFlow(flow: Flow, direction: "egress" | "ingress"): PacketFacts | null {
    const protocol = protocolNumber(flow.protocol);
    if (protocol === -1) return null;
    const source = direction === "ingress" ? (flow.translatedSourceAddress ?? flow.sourceAddress) : flow.sourceAddress;
    // A node port of another node is translated there, after the egress side.
    const foreign = flow.steps.find((step) => step.at === "service" && step.node !== undefined);
    const isLate = direction === "egress" && foreign !== undefined && flow.steps.indexOf(foreign) > 0;
    const address = isLate ? canonicalAddress(flow.requestedAddress) : flow.destinationAddress;
    return this.packetOf(source, address, isLate ? flow.requestedPort : flow.destinationPort, protocol);
  }

  #start(request: ConnectRequest, profile: NetworkProfile, isProbe: boolean): Packet {
    const source = this.#context.hosts.get(request.source);
    const address = canonicalAddress(request.address);
    const isIpv6 = address.includes(":");
    const own = source?.addresses.find((candidate) => candidate.includes(":") === isIpv6);
    const sourceAddress = canonicalAddress(request.sourceAddress ?? own ?? "");
    const number = protocolNumber(request.protocol);
    const protocol = number === -1 ? 0 : number;
    const { port } = request;
    const steps: FlowStep[] = [];
    return {
      request,
      profile,
      isProbe,
      source,
      protocol,
      sourceAddress,
      seenSource: sourceAddress,
      address,
      port,
      steps,
    };
  }

  #walk(packet: Packet): FlowOutcome {
    const { source } = packet;
    if (source === undefined) return routeEnds(packet, "no-route", "the source has no network");
    const address = parseAddress(packet.address);
    if (address === null) return routeEnds(packet, "no-route", "not an address");
    const isLocal = isLoopback(address);
    if (!isLocal && packet.sourceAddress === "") {
      return routeEnds(packet, "no-route", `no ${address.family === 6 ? "IPv6" : "IPv4"} address at the source`);
    }
    const translated = this.#translateAtSource(packet, source, isLocal);
    if (translated !== null) return translated;
    if (isLocal && packet.address === canonicalAddress(packet.request.address)) return this.#arriveAt(source, packet);
    // Without translation a pod's way to itself never leaves its network namespace (rule 99).
    if (packet.steps.length === 0 && source.addresses.map(canonicalAddress).includes(packet.address)) {
      packet.steps.push({ at: "route", note: "a host always reaches itself" });
      return this.#arriveAt(source, packet);
    }
    if (!this.#passes(packet, "egress")) return denied(packet.profile);
    const forwarded = this.#translateAtNode(packet);
    if (forwarded !== null) return forwarded;
    const destination = this.#destinationHost(packet);
    if (destination === undefined) return routeEnds(packet, "unreachable", `no host has the address ${packet.address}`);
    if (!this.#passes(packet, "ingress")) return denied(packet.profile);
    return this.#arriveAt(destination, packet);
  }

  // ------------------------------------------------------------------- services

  /** What kube-proxy on the client's node does; null when the packet goes on. */
  #translateAtSource(packet: Packet, source: NetworkHost, isLoopbackAddress: boolean): FlowOutcome | null {
    const { services, nodesByAddress } = this.#context;
    const { address, port, request } = packet;
    if (source.kind === "external") return this.#translateFromOutside(packet);
    const known = services.atAddress(address);
    if (known !== undefined) {
      // Only the translated ports of a Service address exist; iptables mode lets the rest fall
      // through to a route that leads nowhere (rules 77, 94).
      if (packet.protocol === ICMP) return routeEnds(packet, "unreachable", "a Service address does not answer ping");
      const target = services.atPort(address, port, request.protocol);
      if (target === undefined) {
        const names = known.map((service) => `${service.namespace}/${service.name}`).join(", ");
        return routeEnds(packet, "unreachable", `Service ${names} has no port ${port}/${request.protocol}`);
      }
      const isLocalOnly = target.service.internalTrafficPolicy === "Local";
      const isInternal = !target.service.externalAddresses?.map(canonicalAddress).includes(address);
      return this.#translate(packet, target, isInternal && isLocalOnly ? (source.nodeName ?? null) : null);
    }
    const receivingNode = isLoopbackAddress && source.kind === "node" ? source.nodeName : nodesByAddress.get(address);
    if (receivingNode === undefined || receivingNode !== source.nodeName) return null;
    return this.#translateNodePort(packet, receivingNode);
  }

  /** A client outside reaches external addresses through some node, and no cluster IP at all. */
  #translateFromOutside(packet: Packet): FlowOutcome | null {
    const { services, nodesByAddress, random } = this.#context;
    const { address, port, request } = packet;
    const known = services.atAddress(address);
    if (known === undefined) return null;
    const target = services.atPort(address, port, request.protocol);
    const isExternal = (target === undefined ? known : [target.service]).some((service) =>
      service.externalAddresses?.map(canonicalAddress).includes(address),
    );
    if (!isExternal) return routeEnds(packet, "unreachable", "cluster IPs exist inside the cluster only");
    if (target === undefined || packet.protocol === ICMP)
      return routeEnds(packet, "unreachable", "no such Service port");
    // A load balancer sends only to nodes with a local endpoint under the Local policy; the source is kept.
    if (target.service.externalTrafficPolicy === "Local") return this.#translate(packet, target, null);
    const nodes = [...nodesByAddress].filter(([candidate]) => candidate.includes(":") === address.includes(":"));
    const via = nodes[Math.floor(random() * nodes.length)];
    if (via !== undefined) packet.seenSource = via[0];
    return this.#translate(packet, target, null);
  }

  /** What kube-proxy on the node that owns the destination address does. */
  #translateAtNode(packet: Packet): FlowOutcome | null {
    if (packet.steps.some((step) => step.at === "service")) return null;
    const receivingNode = this.#context.nodesByAddress.get(packet.address);
    return receivingNode === undefined ? null : this.#translateNodePort(packet, receivingNode);
  }

  #translateNodePort(packet: Packet, receivingNode: string): FlowOutcome | null {
    const target = this.#context.services.atNodePort(packet.port, packet.request.protocol);
    if (target === undefined || packet.protocol === ICMP) return null;
    const isOutside = packet.source?.kind === "external";
    const keepsSource = target.service.externalTrafficPolicy === "Local";
    // Clients in the cluster take the short way: any endpoint, whatever the Local policy says (rule 102).
    const outcome = this.#translate(packet, target, keepsSource && isOutside ? receivingNode : null, receivingNode);
    if (!keepsSource) packet.seenSource = this.#addressOfNode(receivingNode, packet.address);
    return outcome;
  }

  #addressOfNode(name: string, like: string): string {
    for (const [address, node] of this.#context.nodesByAddress) {
      if (node === name && address.includes(":") === like.includes(":")) return address;
    }
    return like;
  }

  #translate(packet: Packet, target: ServiceTarget, onNode: string | null, via?: string): FlowOutcome | null {
    const choice = this.#context.services.choose(target, packet.sourceAddress, onNode);
    const service = `${target.service.namespace}/${target.service.name}`;
    const step = {
      at: "service",
      service,
      port: target.port.port,
      ...(via === undefined ? {} : { node: via }),
    } as const;
    if (choice.kind !== "endpoint") {
      packet.steps.push({ ...step, endpoint: null, decides: true });
      return unserved(choice);
    }
    const { address, port } = choice.endpoint;
    packet.address = canonicalAddress(address);
    packet.port = port;
    const shown = packet.address.includes(":") ? `[${packet.address}]:${port}` : `${packet.address}:${port}`;
    packet.steps.push({ ...step, endpoint: shown });
    return null;
  }

  // ------------------------------------------------------------------- policies

  #passes(packet: Packet, direction: "egress" | "ingress"): boolean {
    const from = direction === "egress" ? packet.sourceAddress : packet.seenSource;
    const facts = this.packetOf(from, packet.address, packet.port, packet.protocol);
    const { source, destination } = facts;
    const end = direction === "egress" ? source : destination;
    if (end.kind !== "pod") return true;
    const decision = decide(this.#context.engine, facts, direction);
    const step = { at: direction, pod: end.name, decision } as const;
    packet.steps.push(decision.isAllowed ? step : { ...step, decides: true });
    return decision.isAllowed;
  }

  #endAt(address: string): End {
    const pod = this.#context.podsByAddress.get(address);
    const end = pod === undefined ? undefined : this.#context.engine.podEnd(pod.namespace, pod.name);
    return end ?? this.#context.engine.addressEnd(address);
  }

  // -------------------------------------------------------------------- arrival

  #destinationHost(packet: Packet): NetworkHost | undefined {
    const address = parseAddress(packet.address);
    if (address !== null && isLoopback(address)) return packet.source;
    return this.#context.hostsByAddress.get(packet.address);
  }

  #arriveAt(host: NetworkHost, packet: Packet): FlowOutcome {
    const { address, port, request, isProbe, protocol } = packet;
    const isListening = isProbe || protocol === ICMP || host.accepts(address, port, request.protocol);
    packet.steps.push({ at: "listener", host: host.id, port, isListening, decides: true });
    return isListening ? "connected" : "refused";
  }
}

function routeEnds(packet: Packet, outcome: FlowOutcome, note: string): FlowOutcome {
  packet.steps.push({ at: "route", note, decides: true });
  return outcome;
}

function denied(profile: NetworkProfile): FlowOutcome {
  return profile.denial === "reject" ? "refused" : "dropped";
}

function unserved(choice: EndpointChoice): FlowOutcome {
  return choice.kind === "none" ? "refused" : "dropped";
}
