/** What the wires of a world do for everybody above. */
import type { ClusterNetworkPolicy } from "../cluster-policy-types.ts";
import type { JourneyExplanation } from "../explain/journey.ts";
import type { PolicyEngine } from "../filter/engine.ts";
import type {
  ConnectRequest,
  Flow,
  NamespaceFacts,
  NetworkHost,
  NetworkPolicy,
  NetworkProfile,
  NodeFacts,
  PodFacts,
  ServiceEntry,
  UnresolvedName,
} from "../types.ts";

/**
 * The wires between all hosts of a world: policies, Service translation and
 * routes. Made by `createFabric`; every call is synchronous and takes no
 * simulated time. What a caller does with a `dropped` flow (wait, retransmit)
 * is the caller's matter.
 */
export interface NetworkFabric {
  profile: NetworkProfile;
  attach(host: NetworkHost): void;
  detach(id: string): void;
  hostByAddress(address: string): NetworkHost | undefined;

  setNamespace(namespace: NamespaceFacts): void;
  deleteNamespace(name: string): void;
  setPod(pod: PodFacts): void;
  deletePod(namespace: string, name: string): void;
  setNode(node: NodeFacts): void;
  deleteNode(name: string): void;
  setPolicy(policy: NetworkPolicy): void;
  deletePolicy(namespace: string, name: string): void;
  setClusterPolicy(policy: ClusterNetworkPolicy): void;
  deleteClusterPolicy(name: string): void;
  setService(service: ServiceEntry): void;
  deleteService(namespace: string, name: string): void;

  /** Walks Service, egress, ingress and listener; records the flow; returns it. */
  connect(request: ConnectRequest): Flow;
  /** Records that a connection came to nothing because its name has no address. */
  recordUnresolved(request: UnresolvedName): Flow;
  /** The same walk without an entry in the flow log and with every port taken as listening. */
  probe(request: ConnectRequest): Flow;
  /** Whether policies still let the packets of an open connection pass (`establishedConnections: "cut"`). */
  stillAllows(flow: Flow): boolean;
  /** Why a flow went as it did: every policy, rule and field, by the policies of now. */
  explain(flow: Flow): JourneyExplanation;
  /** The packet filter behind the walk: verdicts, tables, explanations, comparisons. */
  readonly engine: PolicyEngine;
  /** Called after each recorded flow. Returns the unsubscriber. */
  onFlow(listener: (flow: Flow) => void): () => void;
  /** The most recent flows, oldest first (bounded). */
  readonly recentFlows: readonly Flow[];
}

/** What the fabric is given by the world. */
export interface FabricOptions {
  readonly profile: NetworkProfile;
  readonly now: () => number;
  /** A number in [0, 1) from the world's seed: picks Service endpoints. */
  readonly random: () => number;
}
