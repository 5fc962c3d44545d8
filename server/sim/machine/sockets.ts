/**
 * A network namespace over the fabric: turns the outcome of a flow into what a system call
 * returns. The fabric decides; here are ports, backlogs, waits and replies.
 * Source: tcp(7), udp(7), icmp(7), ip(7).
 */
import type { NetworkFabric } from "../net/index.ts";
import type { ConnectRequest, Flow, NetworkHost, Protocol } from "../net/types.ts";
import { isIpv6, isLoopback, isWildcard } from "./addresses.ts";
import { Errno } from "./errno.ts";
import { CONNECTION_TRACKING_ENTRIES } from "./limits.ts";
import { type ConnectedSocket, connectPair, type Endpoint, ListeningSocket, type SocketOwner } from "./tcp.ts";
import type {
  Clock,
  ConnectOptions,
  DatagramSocket,
  EchoOutcome,
  Interruption,
  Listener,
  NetworkNamespace,
  OpenFile,
  Random,
  Socket,
} from "./types.ts";
import { type DatagramCarrier, UdpSocket } from "./udp.ts";

export interface NetworkNamespaceOptions {
  /** `pod:NAMESPACE/NAME`, `node:NAME` or `external:NAME`. */
  readonly id: string;
  readonly kind: NetworkHost["kind"];
  readonly addresses: readonly string[];
  readonly fabric: NetworkFabric;
  readonly clock: Clock;
  readonly random: Random;
  readonly nodeName?: string;
  readonly namespace?: string;
  readonly podName?: string;
  /** Default: `lo` and `eth0` with `addresses`. */
  readonly interfaces?: NetworkNamespace["interfaces"];
  /** Default: through 169.254.1.1 for pods, the network's first address for others. */
  readonly routes?: NetworkNamespace["routes"];
}

/** A process as sockets know it. */
export interface SocketProcess extends SocketOwner {
  readonly fds: ReadonlyMap<number, OpenFile>;
}

/** A namespace with the calls that machines make in it. */
export interface NetworkNamespaceHandle extends NetworkNamespace {
  connect(
    owner: SocketOwner,
    address: string,
    port: number,
    options?: ConnectOptions & { readonly protocol?: Protocol },
  ): Promise<Socket>;
  listen(
    owner: SocketOwner,
    port: number,
    options?: { readonly address?: string; readonly protocol?: Protocol },
  ): Listener;
  openDatagram(owner: SocketOwner, options?: { readonly port?: number; readonly address?: string }): DatagramSocket;
  echo(
    owner: SocketOwner,
    address: string,
    timeoutMs: number,
    options?: { readonly interruption?: Interruption; readonly requestedName?: string; readonly sizeBytes?: number },
  ): Promise<EchoOutcome>;
  /** Closes what a process that has ended leaves open. */
  releaseProcess(process: SocketProcess): void;
  /** Leaves the fabric; everything open breaks. */
  detach(): void;
}

/** When the kernel sends a SYN again (tcp_syn_retries 6), in ms after the first; the last entry gives up. */
const SYN_RETRIES_MS: readonly number[] = [1000, 3000, 7000, 15_000, 31_000, 63_000, 127_000];
const TCP_RETRIES = 15;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 120_000;
const FIRST_EPHEMERAL_PORT = 32_768;
const EPHEMERAL_PORTS = 60_999 - FIRST_EPHEMERAL_PORT + 1;
/** How long replies of a UDP exchange are recognised (nf_conntrack_udp_timeout_stream). */
const UDP_TRACKING_MS = 120_000;

/** All namespaces of a fabric by id: how a flow's destination becomes a socket table. */
const namespacesOf = new WeakMap<NetworkFabric, Map<string, Namespace>>();

/** Makes the namespace and attaches it to the fabric. */
export function createNetworkNamespace(options: NetworkNamespaceOptions): NetworkNamespaceHandle {
  return new Namespace(options);
}

interface TrackedExchange {
  readonly origin: UdpSocket;
  /** What the sender believes it talks to: a Service's address. */
  readonly seenAs: Endpoint;
  readonly flow: Flow;
  expiresMs: number;
}

class Namespace implements NetworkNamespaceHandle, DatagramCarrier {
  readonly id: string;
  readonly addresses: readonly string[];
  readonly fabric: NetworkFabric;
  readonly interfaces: NetworkNamespace["interfaces"];
  readonly routes: NetworkNamespace["routes"];
  readonly clock: Clock;
  readonly #random: Random;
  readonly #host: NetworkHost;
  readonly #listeners = new Map<string, ListeningSocket[]>();
  readonly #udpSockets = new Map<number, UdpSocket[]>();
  readonly #connections = new Set<ConnectedSocket>();
  readonly #exchanges = new Map<string, TrackedExchange>();
  #nextPort: number;
  #echoes = 0;

  constructor(options: NetworkNamespaceOptions) {
    this.id = options.id;
    this.addresses = options.addresses;
    this.fabric = options.fabric;
    this.clock = options.clock;
    this.#random = options.random;
    this.interfaces = options.interfaces ?? defaultInterfaces(options);
    this.routes = options.routes ?? defaultRoutes(options);
    this.#nextPort = options.random.integer(EPHEMERAL_PORTS);
    const { kind, nodeName, namespace, podName } = options;
    this.#host = {
      id: this.id,
      kind,
      addresses: this.addresses,
      ...(nodeName === undefined ? {} : { nodeName }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(podName === undefined ? {} : { podName }),
      accepts: (address, port, protocol) => this.accepts(address, port, protocol),
    };
    let namespaces = namespacesOf.get(this.fabric);
    if (!namespaces) {
      namespaces = new Map();
      namespacesOf.set(this.fabric, namespaces);
    }
    namespaces.set(this.id, this);
    this.fabric.attach(this.#host);
  }

  detach(): void {
    const namespaces = namespacesOf.get(this.fabric);
    // A pod that was replaced under its name: by the time the old one is torn down,
    // the id on the fabric belongs to the new one.
    if (namespaces?.get(this.id) === this) {
      namespaces.delete(this.id);
      this.fabric.detach(this.id);
    }
    for (const listeners of [...this.#listeners.values()]) for (const listener of [...listeners]) listener.close();
    for (const sockets of [...this.#udpSockets.values()]) for (const socket of [...sockets]) socket.close();
    for (const socket of [...this.#connections]) socket.reset();
  }

  releaseProcess(process: SocketProcess): void {
    if (this.#listeners.size === 0 && this.#connections.size === 0 && this.#udpSockets.size === 0) return;
    const inTable = new Set(process.fds.values());
    for (const listeners of [...this.#listeners.values()]) {
      for (const listener of [...listeners]) if (listener.owner === process) listener.close();
    }
    for (const sockets of [...this.#udpSockets.values()]) {
      for (const socket of [...sockets]) if (socket.owner === process) socket.close();
    }
    for (const socket of [...this.#connections]) {
      if (socket.owner === process && !inTable.has(socket)) socket.releaseByOwner();
    }
  }

  // -------------------------------------------------------------- connections

  accepts(address: string, port: number, protocol: Protocol): boolean {
    if (protocol === "UDP") return this.#udpSocketFor(address, port) !== undefined;
    return this.#listenerFor(address, port, protocol) !== undefined;
  }

  #listenerFor(address: string, port: number, protocol: Protocol): ListeningSocket | undefined {
    const listeners = this.#listeners.get(`${protocol}:${port}`);
    return listeners?.find((listener) => listener.address === address || covers(listener.address, address));
  }

  #udpSocketFor(address: string, port: number): UdpSocket | undefined {
    const sockets = this.#udpSockets.get(port);
    return sockets?.find((socket) => socket.address === address || covers(socket.address, address));
  }

  async connect(
    owner: SocketOwner,
    address: string,
    port: number,
    options: ConnectOptions & { readonly protocol?: Protocol } = {},
  ): Promise<Socket> {
    if (options.interruption?.isInterrupted) throw options.interruption.reason;
    const protocol = options.protocol ?? "TCP";
    const target = isWildcard(address) ? (address === "::" ? "::1" : "127.0.0.1") : address;
    if (isLoopback(target)) return this.#connectLocally(owner, target, port, protocol, options);
    const request: ConnectRequest = {
      source: this.id,
      ...(this.#host.kind === "pod" ? {} : this.#sourceAddress(target)),
      address: target,
      port,
      protocol,
      audit: owner.audit,
      ...(options.requestedName === undefined ? {} : { requestedName: options.requestedName }),
    };
    const flow = this.fabric.connect(request);
    return this.#established(owner, flow, options) ?? this.#awaitAnswer(owner, request, flow, options);
  }

  #sourceAddress(target: string): { readonly sourceAddress?: string } {
    const family = isIpv6(target);
    const found = this.addresses.find((one) => isIpv6(one) === family);
    return found === undefined ? {} : { sourceAddress: found };
  }

  #connectLocally(
    owner: SocketOwner,
    address: string,
    port: number,
    protocol: Protocol,
    options: ConnectOptions,
  ): Socket {
    const listener = this.#listenerFor(address, port, protocol);
    const local = { address, port: options.sourcePort ?? this.#ephemeralPort(protocol) };
    return this.#open(owner, listener, this, protocol, null, local, { address, port }, { address, port });
  }

  /** The socket of a flow that connected; undefined for one that was met with silence. Throws at once what is known at once. */
  #established(owner: SocketOwner, flow: Flow, options: ConnectOptions): Socket | undefined {
    switch (flow.outcome) {
      case "connected": {
        const peer = flow.destination === null ? undefined : namespacesOf.get(this.fabric)?.get(flow.destination);
        const local = {
          address: flow.sourceAddress,
          port: options.sourcePort ?? this.#ephemeralPort(flow.protocol),
        };
        const destination = { address: flow.destinationAddress, port: flow.destinationPort };
        const listener = peer ? peer.#listenerFor(destination.address, destination.port, flow.protocol) : undefined;
        const requested = { address: flow.requestedAddress, port: flow.requestedPort };
        return this.#open(owner, listener, peer, flow.protocol, flow, local, requested, destination);
      }
      case "refused":
        throw new Errno("ECONNREFUSED");
      case "no-route":
      case "name-not-found":
        throw new Errno("ENETUNREACH");
      case "dropped":
      case "unreachable":
        return undefined;
    }
  }

  #open(
    owner: SocketOwner,
    listener: ListeningSocket | undefined,
    peer: Namespace | undefined,
    protocol: Protocol,
    flow: Flow | null,
    local: Endpoint,
    requested: Endpoint,
    destination: Endpoint,
  ): Socket {
    if (!listener || !peer) throw new Errno("ECONNREFUSED");
    const seenFrom = { address: flow?.translatedSourceAddress ?? local.address, port: local.port };
    const [client, server] = connectPair(
      protocol,
      flow,
      flow ? (interruption) => this.#delayOf(flow, interruption) : undefined,
      { local, remote: requested, closed: (socket) => this.#connections.delete(socket) },
      { local: destination, remote: seenFrom, closed: (socket) => peer.#connections.delete(socket) },
    );
    if (!listener.offer(server)) throw new Errno("ECONNREFUSED");
    client.owner = owner;
    this.#connections.add(client);
    return client;
  }

  /**
   * Silence. The kernel sends its SYN again and again, so a policy that is lifted while a
   * program waits lets it through; else ETIMEDOUT after 127 s or `timeoutMs`.
   */
  async #awaitAnswer(
    owner: SocketOwner,
    request: ConnectRequest,
    first: Flow,
    options: ConnectOptions,
  ): Promise<Socket> {
    const startMs = first.timeMs;
    const limitMs = Math.min(options.timeoutMs ?? Number.POSITIVE_INFINITY, 127_000);
    for (const retryMs of SYN_RETRIES_MS) {
      const dueMs = Math.min(retryMs, limitMs);
      await this.clock.sleep(startMs + dueMs - this.clock.now(), options.interruption);
      if (dueMs >= limitMs) break;
      const { outcome } = this.fabric.probe(request);
      if (outcome === "dropped" || outcome === "unreachable") continue;
      const socket = this.#established(owner, this.fabric.connect(request), options);
      if (socket) return socket;
    }
    throw new Errno("ETIMEDOUT");
  }

  /** Where the plugin cuts open connections that policies no longer allow, their packets are lost. */
  #delayOf(flow: Flow, interruption?: Interruption): Promise<void> | null {
    if (this.fabric.profile.establishedConnections !== "cut" || this.fabric.stillAllows(flow)) return null;
    return this.#retransmit(flow, interruption);
  }

  /** TCP repeats what nobody acknowledges, ever more slowly, for 924 s (tcp_retries2 15). */
  async #retransmit(flow: Flow, interruption?: Interruption): Promise<void> {
    for (let count = 0; count <= TCP_RETRIES; count++) {
      await this.clock.sleep(Math.min(FIRST_RETRY_MS * 2 ** count, LAST_RETRY_MS), interruption);
      if (this.fabric.stillAllows(flow)) return;
    }
    throw new Errno("ETIMEDOUT");
  }

  #ephemeralPort(protocol: Protocol): number {
    for (let i = 0; i < EPHEMERAL_PORTS; i++) {
      const port = FIRST_EPHEMERAL_PORT + this.#nextPort;
      this.#nextPort = (this.#nextPort + 1) % EPHEMERAL_PORTS;
      const isTaken = protocol === "UDP" ? this.#udpSockets.has(port) : this.#listeners.has(`${protocol}:${port}`);
      if (!isTaken) return port;
    }
    throw new Errno("EADDRNOTAVAIL");
  }

  listen(
    owner: SocketOwner,
    port: number,
    options: { readonly address?: string; readonly protocol?: Protocol } = {},
  ): Listener {
    const protocol = options.protocol ?? "TCP";
    const address = options.address ?? "0.0.0.0";
    this.#checkLocal(address);
    const actualPort = port === 0 ? this.#ephemeralPort(protocol) : port;
    const key = `${protocol}:${actualPort}`;
    const others = this.#listeners.get(key) ?? [];
    if (others.some((other) => overlaps(other.address, address))) throw new Errno("EADDRINUSE");
    const listener = new ListeningSocket(
      { address, port: actualPort },
      protocol,
      owner,
      (socket, acceptedBy) => {
        socket.owner = acceptedBy;
        this.#connections.add(socket);
      },
      (closed) => {
        const rest = (this.#listeners.get(key) ?? []).filter((other) => other !== closed);
        if (rest.length > 0) this.#listeners.set(key, rest);
        else this.#listeners.delete(key);
      },
    );
    this.#listeners.set(key, [...others, listener]);
    return listener;
  }

  #checkLocal(address: string): void {
    if (isWildcard(address) || isLoopback(address) || this.addresses.includes(address)) return;
    throw new Errno("EADDRNOTAVAIL");
  }

  // ---------------------------------------------------------------- datagrams

  openDatagram(
    owner: SocketOwner,
    options: { readonly port?: number; readonly address?: string } = {},
  ): DatagramSocket {
    const address = options.address ?? "0.0.0.0";
    this.#checkLocal(address);
    const port = options.port ? options.port : this.#ephemeralPort("UDP");
    const others = this.#udpSockets.get(port) ?? [];
    if (others.some((other) => overlaps(other.address, address))) throw new Errno("EADDRINUSE");
    const socket = new UdpSocket(address, port, owner, this);
    this.#udpSockets.set(port, [...others, socket]);
    return socket;
  }

  closed(socket: UdpSocket): void {
    const rest = (this.#udpSockets.get(socket.localPort) ?? []).filter((other) => other !== socket);
    if (rest.length > 0) this.#udpSockets.set(socket.localPort, rest);
    else this.#udpSockets.delete(socket.localPort);
    for (const [key, exchange] of this.#exchanges) if (exchange.origin === socket) this.#exchanges.delete(key);
  }

  carry(socket: UdpSocket, address: string, port: number, bytes: Uint8Array, requestedName?: string): Flow {
    const target = isWildcard(address) ? "127.0.0.1" : address;
    const known = this.#exchanges.get(exchangeKey(socket.localPort, target, port));
    if (known && known.expiresMs >= this.clock.now()) {
      known.expiresMs = this.clock.now() + UDP_TRACKING_MS;
      known.origin.arrived({ bytes, address: known.seenAs.address, port: known.seenAs.port });
      return known.flow;
    }
    const flow = isLoopback(target)
      ? this.#localFlow(target, port)
      : this.fabric.connect({
          source: this.id,
          ...(this.#host.kind === "pod" ? {} : this.#sourceAddress(target)),
          address: target,
          port,
          protocol: "UDP",
          audit: socket.owner.audit,
          ...(requestedName === undefined ? {} : { requestedName }),
        });
    if (flow.outcome === "no-route") throw new Errno("ENETUNREACH");
    const peer =
      flow.destination === this.id
        ? this
        : flow.destination === null
          ? undefined
          : namespacesOf.get(this.fabric)?.get(flow.destination);
    if (flow.outcome === "connected" && peer) peer.#receive(socket, flow, bytes);
    else if (flow.outcome === "refused" || flow.outcome === "connected") socket.refused();
    return flow;
  }

  /** A datagram within the host; the fabric is not asked and its log not filled. */
  #localFlow(address: string, port: number): Flow {
    return {
      id: 0,
      timeMs: this.clock.now(),
      source: this.id,
      sourceAddress: address,
      requestedAddress: address,
      requestedPort: port,
      protocol: "UDP",
      destination: this.id,
      destinationAddress: address,
      destinationPort: port,
      outcome: this.#udpSocketFor(address, port) ? "connected" : "refused",
      steps: [],
    };
  }

  #receive(origin: UdpSocket, flow: Flow, bytes: Uint8Array): void {
    const socket = this.#udpSocketFor(flow.destinationAddress, flow.destinationPort);
    if (!socket) return origin.refused();
    const sender = flow.translatedSourceAddress ?? flow.sourceAddress;
    const key = exchangeKey(socket.localPort, sender, origin.localPort);
    this.#exchanges.delete(key);
    if (this.#exchanges.size >= CONNECTION_TRACKING_ENTRIES) {
      for (const oldest of this.#exchanges.keys()) {
        this.#exchanges.delete(oldest);
        break;
      }
    }
    this.#exchanges.set(key, {
      origin,
      seenAs: { address: flow.requestedAddress, port: flow.requestedPort },
      flow,
      expiresMs: this.clock.now() + UDP_TRACKING_MS,
    });
    socket.arrived({ bytes, address: sender, port: origin.localPort });
  }

  // --------------------------------------------------------------------- echo

  async echo(
    owner: SocketOwner,
    address: string,
    timeoutMs: number,
    options: { readonly interruption?: Interruption; readonly requestedName?: string } = {},
  ): Promise<EchoOutcome> {
    const target = isWildcard(address) ? "127.0.0.1" : address;
    if (isLoopback(target)) return this.#reply(64, target, 0.04);
    const flow = this.fabric.connect({
      source: this.id,
      ...(this.#host.kind === "pod" ? {} : this.#sourceAddress(target)),
      address: target,
      port: 0,
      protocol: "ICMP",
      audit: owner.audit,
      ...(options.requestedName === undefined ? {} : { requestedName: options.requestedName }),
    });
    switch (flow.outcome) {
      case "connected":
        return this.#replyFrom(flow);
      case "refused":
        return { kind: "unreachable", from: flow.requestedAddress, reason: "port" };
      case "no-route":
      case "name-not-found":
        throw new Errno("ENETUNREACH");
      case "dropped":
      case "unreachable":
        await this.clock.sleep(timeoutMs, options.interruption);
        return { kind: "lost" };
    }
  }

  #replyFrom(flow: Flow): EchoOutcome {
    const peer = this.fabric.hostByAddress(flow.destinationAddress);
    const hops = peer ? hopsBetween(this.#host, peer) : 2;
    return this.#reply(64 - hops, flow.requestedAddress, hops === 0 ? 0.04 : 0.06 + 0.12 * (hops - 1));
  }

  /** The first reply of a namespace is slower: its neighbour has to be found. */
  #reply(ttl: number, from: string, baseMs: number): EchoOutcome {
    const first = this.#echoes++ === 0 ? 0.25 : 0;
    const milliseconds = baseMs + first + this.#random.next() * 0.06;
    return { kind: "reply", milliseconds: Math.round(milliseconds * 1000) / 1000, ttl, from };
  }

  // -------------------------------------------------------------------- table

  sockets(): ReturnType<NetworkNamespace["sockets"]> {
    const rows: ReturnType<NetworkNamespace["sockets"]>[number][] = [];
    for (const listeners of this.#listeners.values()) {
      for (const { protocol, address, port, owner } of listeners) {
        rows.push({ ...row(protocol, "LISTEN", { address, port }, { address: "", port: 0 }), ...shownOwner(owner) });
      }
    }
    for (const sockets of this.#udpSockets.values()) {
      for (const { address, localPort, owner } of sockets) {
        const local = { address, port: localPort };
        rows.push({ ...row("UDP", "UNCONN", local, { address: "", port: 0 }), ...shownOwner(owner) });
      }
    }
    for (const socket of this.#connections) {
      const local = { address: socket.localAddress, port: socket.localPort };
      const remote = { address: socket.remoteAddress, port: socket.remotePort };
      rows.push({ ...row(socket.protocol, "ESTABLISHED", local, remote), ...shownOwner(socket.owner) });
    }
    return rows;
  }
}

function shownOwner(owner: SocketOwner | null): { readonly pid: number; readonly processName: string } {
  return { pid: owner?.pid ?? 0, processName: owner?.name ?? "" };
}

function row(protocol: Protocol, state: "LISTEN" | "ESTABLISHED" | "UNCONN", local: Endpoint, remote: Endpoint) {
  return {
    protocol,
    state,
    local: local.address,
    localPort: local.port,
    remote: remote.address,
    remotePort: remote.port,
  };
}

function exchangeKey(localPort: number, address: string, port: number): string {
  return `${localPort} ${address} ${port}`;
}

/** `0.0.0.0` is every IPv4 address; `::` is, without IPV6_V6ONLY, every address. */
function covers(bound: string, address: string): boolean {
  if (bound === "::") return true;
  return isWildcard(bound) && !isIpv6(address);
}

function overlaps(a: string, b: string): boolean {
  return a === b || covers(a, b) || covers(b, a);
}

/** Routers between two hosts of a routed pod network. */
function hopsBetween(source: NetworkHost, destination: NetworkHost): number {
  if (source.id === destination.id) return 0;
  const pods = (source.kind === "pod" ? 1 : 0) + (destination.kind === "pod" ? 1 : 0);
  const isSameNode = source.nodeName !== undefined && source.nodeName === destination.nodeName;
  return isSameNode ? (pods === 2 ? 1 : 0) : pods;
}

function defaultInterfaces(options: NetworkNamespaceOptions): NetworkNamespace["interfaces"] {
  const bytes = [...options.addresses.join(",")].reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) >>> 0, 7);
  const hex = bytes.toString(16).padStart(8, "0");
  const mac = `aa:7b:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6, 8)}`;
  return [
    { name: "lo", addresses: ["127.0.0.1", "::1"], mac: "00:00:00:00:00:00", mtu: 65_536 },
    { name: "eth0", addresses: options.addresses, mac, mtu: options.kind === "pod" ? 1450 : 1500 },
  ];
}

function defaultRoutes(options: NetworkNamespaceOptions): NetworkNamespace["routes"] {
  if (options.kind === "pod") {
    return [
      { destination: "default", gateway: "169.254.1.1", device: "eth0" },
      { destination: "169.254.1.1", gateway: null, device: "eth0" },
    ];
  }
  const [address = "0.0.0.0"] = options.addresses;
  const network = address.split(".").slice(0, 3).join(".");
  return [
    { destination: "default", gateway: `${network}.1`, device: "eth0" },
    { destination: `${network}.0/24`, gateway: null, device: "eth0" },
  ];
}
