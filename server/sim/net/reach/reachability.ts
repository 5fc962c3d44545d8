/** Who reaches whom: every pod with every pod on given ports, by class and expanded to pods. */
import { type End, type EngineState, packetFamily, type PolicyEngine } from "../filter/engine.ts";
import { type ProbeDepth, probesFor } from "./probe-universe.ts";
import { PROTOCOLS, protocolNumber, type ProtocolNumber } from "../policy/port-set.ts";
import type { PodFacts, Protocol } from "../types.ts";

export interface ReachabilityPort {
  readonly port: number;
  readonly protocol: Protocol;
}

export interface ReachabilityPod {
  /** `NAMESPACE/NAME` */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly hostNetwork: boolean;
  /** Whether a NetworkPolicy isolates the pod for this direction. */
  readonly isIngressIsolated: boolean;
  readonly isEgressIsolated: boolean;
  /** Policies that select the pod for ingress or egress. */
  readonly policies: readonly string[];
}

export interface Reachability {
  /** Pods with an address that are not finished, by namespace and name. */
  readonly pods: readonly ReachabilityPod[];
  readonly ports: readonly ReachabilityPort[];
  /** Whether policies let `pods[source]` reach `pods[destination]` on `ports[port]`. */
  allows(source: number, destination: number, port: number): boolean;
  /** The outside addresses asked for, and whether they may talk with `pods[pod]`. */
  readonly outside: readonly string[];
  allowsFromOutside(address: number, pod: number, port: number): boolean;
  allowsToOutside(pod: number, address: number, port: number): boolean;
}

/** The table of all pods, and outside addresses if given, on the given ports. Reads the engine as it is now. */
export function reachabilityOf(
  engineOrFabric: PolicyEngine | { readonly engine: PolicyEngine },
  ports: readonly ReachabilityPort[],
  outside: readonly string[] = [],
): Reachability {
  const engine = "engine" in engineOrFabric ? engineOrFabric.engine : engineOrFabric;
  const facts = listedPods(engine);
  const ends = facts.map((pod) => engine.podEnd(pod.namespace, pod.name) as End);
  const pods = facts.map((pod, i) => describePod(pod, ends[i] as End));
  const strangers = outside.map((address) => engine.addressEnd(address));
  const numbers = ports.map(({ protocol, port }) => ({ protocol: protocolNumber(protocol) as ProtocolNumber, port }));
  const table = (sources: readonly End[], destinations: readonly End[]) =>
    numbers.map(({ protocol, port }) =>
      sources.map((source) =>
        destinations.map((destination) =>
          engine.allows(source, destination, protocol, port, packetFamily(source, destination)),
        ),
      ),
    );
  const [among, into, out] = [table(ends, ends), table(strangers, ends), table(ends, strangers)];
  return {
    pods,
    ports,
    outside,
    allows: (source, destination, port) => among[port]?.[source]?.[destination] === true,
    allowsFromOutside: (address, pod, port) => into[port]?.[address]?.[pod] === true,
    allowsToOutside: (pod, address, port) => out[port]?.[pod]?.[address] === true,
  };
}

/** The state with pods that do not exist, in their own and other namespaces: what a new pod could reach. */
export function withProbes(state: EngineState, depth: ProbeDepth = "plain"): EngineState {
  const { namespaces, pods } = probesFor([state], depth);
  return { ...state, namespaces: [...state.namespaces, ...namespaces], pods: [...state.pods, ...pods] };
}

function listedPods(engine: PolicyEngine): readonly PodFacts[] {
  return engine
    .state()
    .pods.filter((pod) => !pod.isFinished && pod.addresses.length > 0)
    .sort((a, b) =>
      a.namespace === b.namespace ? compareText(a.name, b.name) : compareText(a.namespace, b.namespace),
    );
}

function describePod({ namespace, name, hostNetwork }: PodFacts, end: End): ReachabilityPod {
  const { ingress, egress } = end.kind === "pod" ? end.member.podClass : { ingress: undefined, egress: undefined };
  const policies = [...(ingress?.policies ?? []), ...(egress?.policies ?? [])].map((entry) => entry.policy.id);
  return {
    id: `${namespace}/${name}`,
    namespace,
    name,
    hostNetwork,
    isIngressIsolated: ingress?.isIsolated === true,
    isEgressIsolated: egress?.isIsolated === true,
    policies: [...new Set(policies)],
  };
}

/** The ports pods declare, each once: what a map shows by default. */
export function declaredPorts(engine: PolicyEngine): readonly ReachabilityPort[] {
  const found = new Map<string, ReachabilityPort>();
  for (const pod of engine.state().pods) {
    for (const { containerPort, protocol } of pod.isFinished ? [] : pod.ports) {
      const port = { port: containerPort, protocol: PROTOCOLS[protocolNumber(protocol ?? "TCP")] ?? "TCP" };
      found.set(`${port.protocol}/${port.port}`, port);
    }
  }
  return [...found.values()].sort((a, b) => a.port - b.port || compareText(a.protocol, b.protocol));
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
