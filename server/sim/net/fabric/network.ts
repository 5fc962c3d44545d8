/** The wires between all hosts of a world: attached hosts, cluster facts, and the log of flows. */
import { canonicalAddress } from "../policy/address.ts";
import { decide } from "../filter/decision.ts";
import { PolicyEngine } from "../filter/engine.ts";
import { explainJourney, isLocalFlow } from "../explain/journey.ts";
import { FABRIC_LIMITS } from "../limits.ts";
import { PacketWalk } from "./packet-walk.ts";
import { ServiceTable } from "../services/service-table.ts";
import type { FabricOptions, NetworkFabric } from "./types.ts";
import type { ConnectRequest, Flow, NetworkHost, NetworkProfile, PodFacts, UnresolvedName } from "../types.ts";

export function createFabric(options: FabricOptions): NetworkFabric {
  let profile = options.profile;
  const engine = new PolicyEngine(profile);
  const services = new ServiceTable(options.random);
  const hosts = new Map<string, NetworkHost>();
  const hostsByAddress = new Map<string, NetworkHost>();
  const podsByAddress = new Map<string, PodFacts>();
  const nodesByAddress = new Map<string, string>();
  const flows: Flow[] = [];
  const listeners = new Set<(flow: Flow) => void>();
  let lastFlowId = 0;

  const walk = new PacketWalk({ engine, services, hosts, hostsByAddress, podsByAddress, nodesByAddress, ...options });

  function forgetPodAddresses(namespace: string, name: string): void {
    for (const [address, pod] of podsByAddress) {
      if (pod.namespace === namespace && pod.name === name) podsByAddress.delete(address);
    }
  }

  function record(flow: Flow): Flow {
    flows.push(flow);
    // Cut in strides, so that a full log does not move all its entries on each flow.
    if (flows.length >= FABRIC_LIMITS.flows * 1.25) flows.splice(0, flows.length - FABRIC_LIMITS.flows);
    for (const listener of [...listeners]) listener(flow);
    return flow;
  }

  return {
    engine,
    get profile(): NetworkProfile {
      return profile;
    },
    set profile(next: NetworkProfile) {
      profile = next;
      engine.setProfile(next);
    },

    attach(host) {
      hosts.set(host.id, host);
      for (const address of host.addresses) hostsByAddress.set(canonicalAddress(address), host);
    },
    detach(id) {
      const host = hosts.get(id);
      if (host === undefined) return;
      hosts.delete(id);
      for (const address of host.addresses.map(canonicalAddress)) {
        if (hostsByAddress.get(address) === host) hostsByAddress.delete(address);
      }
    },
    hostByAddress: (address) => hostsByAddress.get(canonicalAddress(address)),

    setNamespace: (namespace) => engine.setNamespace(namespace),
    deleteNamespace: (name) => engine.deleteNamespace(name),
    setPod(pod) {
      engine.setPod(pod);
      forgetPodAddresses(pod.namespace, pod.name);
      // The address of a finished pod may already belong to another one (rule 112).
      if (pod.hostNetwork || pod.isFinished) return;
      for (const address of pod.addresses) podsByAddress.set(canonicalAddress(address), pod);
    },
    deletePod(namespace, name) {
      engine.deletePod(namespace, name);
      forgetPodAddresses(namespace, name);
    },
    setNode(node) {
      engine.setNode(node);
      for (const [address, name] of nodesByAddress) if (name === node.name) nodesByAddress.delete(address);
      for (const address of node.addresses) nodesByAddress.set(canonicalAddress(address), node.name);
    },
    deleteNode(name) {
      engine.deleteNode(name);
      for (const [address, owner] of nodesByAddress) if (owner === name) nodesByAddress.delete(address);
    },
    setPolicy: (policy) => engine.setPolicy(policy),
    deletePolicy: (namespace, name) => engine.deletePolicy(namespace, name),
    setClusterPolicy: (policy) => engine.setClusterPolicy(policy),
    deleteClusterPolicy: (name) => engine.deleteClusterPolicy(name),
    setService: (service) => services.set(service),
    deleteService: (namespace, name) => services.delete(namespace, name),

    connect(request: ConnectRequest): Flow {
      const journey = walk.travel(request, profile, false);
      return record({ id: ++lastFlowId, timeMs: options.now(), ...journey });
    },
    recordUnresolved({ name, ...source }: UnresolvedName): Flow {
      return record({
        id: ++lastFlowId,
        timeMs: options.now(),
        ...source,
        requestedName: name,
        requestedAddress: "",
        requestedPort: 0,
        protocol: "TCP",
        destination: null,
        destinationAddress: "",
        destinationPort: 0,
        outcome: "name-not-found",
        steps: [{ at: "name", name, decides: true }],
      });
    },
    probe(request: ConnectRequest): Flow {
      return { id: 0, timeMs: options.now(), ...walk.travel(request, profile, true) };
    },
    stillAllows(flow: Flow): boolean {
      return (["egress", "ingress"] as const).every((direction) => {
        const packet = isLocalFlow(flow) ? null : walk.packetOfFlow(flow, direction);
        return packet === null || decide(engine, packet, direction).isAllowed;
      });
    },
    explain: (flow) => explainJourney(engine, services, flow, (direction) => walk.packetOfFlow(flow, direction)),
    onFlow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get recentFlows(): readonly Flow[] {
      return flows.slice(-FABRIC_LIMITS.flows);
    },
  };
}
