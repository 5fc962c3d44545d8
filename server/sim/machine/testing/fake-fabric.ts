/** A fabric whose only rule is a function: what the machine room's tests need of the network. */
import type { NetworkFabric } from "../../net/index.ts";
import type { ConnectRequest, Flow, FlowOutcome, NetworkHost } from "../../net/types.ts";

export type Judge = (request: ConnectRequest, destination: NetworkHost | undefined) => FlowOutcome | undefined;

export interface FakeFabric extends NetworkFabric {
  /** Decides before hosts are asked; undefined leaves it to them. */
  judge: Judge;
  /** Service address and port → endpoint. */
  readonly services: Map<string, { readonly address: string; readonly port: number }>;
}

export function createFakeFabric(now: () => number): FakeFabric {
  const hosts = new Map<string, NetworkHost>();
  const listeners = new Set<(flow: Flow) => void>();
  const flows: Flow[] = [];
  const nothing = (): void => {};
  const refuse = (): never => {
    throw new Error("the fake fabric has no policies");
  };
  const byAddress = (address: string): NetworkHost | undefined =>
    [...hosts.values()].find((host) => host.addresses.includes(address));
  const fabric: FakeFabric = {
    judge: () => undefined,
    services: new Map(),
    profile: {
      enforcesPolicies: true,
      denial: "drop",
      ipBlockMatchesPods: false,
      icmp: "by-policy",
      establishedConnections: "kept",
    },
    attach: (host) => void hosts.set(host.id, host),
    detach: (id) => void hosts.delete(id),
    hostByAddress: byAddress,
    setNamespace: nothing,
    deleteNamespace: nothing,
    setPod: nothing,
    deletePod: nothing,
    setNode: nothing,
    deleteNode: nothing,
    setPolicy: nothing,
    deletePolicy: nothing,
    setClusterPolicy: nothing,
    deleteClusterPolicy: nothing,
    stillAllows: (flow) =>
      walk({ ...flow, address: flow.requestedAddress, port: flow.requestedPort }, true).outcome === "connected",
    explain: refuse,
    get engine(): never {
      return refuse();
    },
    setService: nothing,
    deleteService: nothing,
    connect(request) {
      const flow = walk(request, false);
      flows.push(flow);
      for (const listener of listeners) listener(flow);
      return flow;
    },
    recordUnresolved(request) {
      const flow = walk({ ...request, address: "", port: 0, protocol: "TCP" }, false);
      const unresolved: Flow = { ...flow, requestedName: request.name, outcome: "name-not-found" };
      flows.push(unresolved);
      return unresolved;
    },
    probe: (request) => walk(request, true),
    onFlow(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    recentFlows: flows,
  };

  function walk(request: ConnectRequest, everyPortListens: boolean): Flow {
    const translated = fabric.services.get(`${request.address}:${request.port}`);
    const address = translated?.address ?? request.address;
    const port = translated?.port ?? request.port;
    const host = byAddress(address);
    const isListening =
      request.protocol === "ICMP" || everyPortListens || host?.accepts(address, port, request.protocol);
    const outcome: FlowOutcome =
      fabric.judge(request, host) ?? (host ? (isListening ? "connected" : "refused") : "unreachable");
    return {
      id: flows.length + 1,
      timeMs: now(),
      source: request.source,
      sourceAddress: request.sourceAddress ?? hosts.get(request.source)?.addresses[0] ?? "",
      requestedAddress: request.address,
      requestedPort: request.port,
      protocol: request.protocol,
      destination: host?.id ?? null,
      destinationAddress: address,
      destinationPort: port,
      outcome,
      steps: [],
    };
  }
  return fabric;
}
