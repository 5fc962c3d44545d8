/**
 * The packet filter: verdicts of NetworkPolicies and ClusterNetworkPolicies on packets between ends.
 * Nothing is compiled before the first question; later changes update what they touch.
 */
import { canonicalAddress } from "../policy/address.ts";
import type { ClusterNetworkPolicy } from "../cluster-policy-types.ts";
import { CompiledCluster } from "./compiled-cluster.ts";
import { ENGINE_LIMITS } from "../limits.ts";
import type { Member, PodClass } from "./pod-class.ts";
import { type Policy, policyKey, readClusterPolicy, readNetworkPolicy } from "../policy/policy.ts";
import type { PortMatcher } from "./port-matcher.ts";
import { ICMP, type NamedPorts, type ProtocolNumber } from "../policy/port-set.ts";
import type { PortTable } from "./port-table.ts";
import { UNRESTRICTED } from "./rule-programs.ts";
import type { InstalledPolicy } from "./side.ts";
import type { NamespaceFacts, NetworkPolicy, NetworkProfile, NodeFacts, PodFacts } from "../types.ts";

export type EngineProfile = Pick<NetworkProfile, "enforcesPolicies" | "ipBlockMatchesPods" | "icmp">;

export const DEFAULT_ENGINE_PROFILE: EngineProfile = {
  enforcesPolicies: true,
  ipBlockMatchesPods: true,
  icmp: "by-policy",
};

/** Everything verdicts depend on, as plain data. */
export interface EngineState {
  readonly profile: EngineProfile;
  readonly namespaces: readonly NamespaceFacts[];
  readonly nodes: readonly NodeFacts[];
  readonly pods: readonly PodFacts[];
  readonly policies: readonly NetworkPolicy[];
  readonly clusterPolicies: readonly ClusterNetworkPolicy[];
}

/** One end of a packet as policies see it. Valid until the next change of the engine. */
export interface End {
  /** `node` also for hostNetwork pods: they are seen as their node's address (rule 107). */
  readonly kind: "pod" | "node" | "external";
  /** `NAMESPACE/NAME` or an address. */
  readonly name: string;
  readonly nodeName: string | null;
  readonly member: Member;
  readonly classId: number;
  readonly namedPorts: NamedPorts;
  /** Of the first address: 0 for IPv4, 1 for IPv6. */
  readonly family: 0 | 1;
}

export class PolicyEngine {
  #profile: EngineProfile;
  readonly #namespaces = new Map<string, NamespaceFacts>();
  readonly #nodes = new Map<string, NodeFacts>();
  readonly #pods = new Map<string, PodFacts>();
  readonly #policies = new Map<string, Policy>();
  readonly #clusterPolicies = new Map<string, Policy>();
  #alsoKnown: readonly Policy[] = [];
  /** Null until the first question. */
  #compiled: CompiledCluster | null = null;
  #changesSinceCompiled = 0;

  constructor(profile: EngineProfile = DEFAULT_ENGINE_PROFILE) {
    this.#profile = profile;
  }

  /** An engine of a state; words of `alsoKnown` policies tell classes apart as well, without any effect. */
  static of(state: EngineState, alsoKnown: readonly Policy[] = []): PolicyEngine {
    const engine = new PolicyEngine(state.profile);
    engine.#alsoKnown = alsoKnown;
    for (const namespace of state.namespaces) engine.setNamespace(namespace);
    for (const node of state.nodes) engine.setNode(node);
    for (const pod of state.pods) engine.setPod(pod);
    for (const policy of state.policies) engine.setPolicy(policy);
    for (const policy of state.clusterPolicies) engine.setClusterPolicy(policy);
    return engine;
  }

  state(): EngineState {
    return {
      profile: this.#profile,
      namespaces: [...this.#namespaces.values()],
      nodes: [...this.#nodes.values()],
      pods: [...this.#pods.values()],
      policies: [...this.#policies.values()].map((policy) => policy.source as NetworkPolicy),
      clusterPolicies: [...this.#clusterPolicies.values()].map((policy) => policy.source as ClusterNetworkPolicy),
    };
  }

  get profile(): EngineProfile {
    return this.#profile;
  }

  setProfile(profile: EngineProfile): void {
    if (profile.ipBlockMatchesPods !== this.#profile.ipBlockMatchesPods) this.#compiled = null;
    this.#profile = profile;
  }

  #cluster(): CompiledCluster {
    if (this.#compiled === null) {
      this.#compiled = new CompiledCluster({
        namespaces: this.#namespaces,
        nodes: this.#nodes,
        pods: this.#pods,
        policies: [...this.#policies.values(), ...this.#clusterPolicies.values()],
        alsoKnown: this.#alsoKnown,
        ipBlockMatchesPods: this.#profile.ipBlockMatchesPods,
      });
      this.#changesSinceCompiled = 0;
    }
    return this.#compiled;
  }

  // ------------------------------------------------------------------------ ends

  /** A pod's end; undefined for unknown and finished pods (rule 112). */
  podEnd(namespace: string, name: string): End | undefined {
    const { members } = this.#cluster();
    const id = `${namespace}/${name}`;
    const pod = this.#pods.get(id);
    if (pod === undefined || pod.isFinished) return undefined;
    const address = pod.addresses[0];
    const member = members.pods.get(id);
    if (member !== undefined) return endOf("pod", id, pod.nodeName, member, address);
    if (address === undefined) return undefined;
    return endOf("node", id, pod.nodeName, members.address(canonicalAddress(address)), address);
  }

  /** An address that belongs to no pod: a node's or an outside host's. */
  addressEnd(address: string): End {
    const { members } = this.#cluster();
    const name = canonicalAddress(address);
    const nodeName = members.nodeNameAt(name);
    return endOf(nodeName === null ? "external" : "node", name, nodeName, members.address(name), name);
  }

  // -------------------------------------------------------------------- verdicts

  /** Whether policies let a packet from one end reach the other. Replies pass by themselves (rule 6). */
  allows(source: End, destination: End, protocol: ProtocolNumber, port: number, family: 0 | 1 = 0): boolean {
    if (!this.isFiltered(protocol)) return true;
    if (source.member === destination.member) return true;
    return (
      this.allowsEgress(source, destination, protocol, port, family) &&
      this.allowsIngress(source, destination, protocol, port, family)
    );
  }

  /** Whether this plugin filters the protocol at all. */
  isFiltered(protocol: ProtocolNumber): boolean {
    return this.#profile.enforcesPolicies && (protocol !== ICMP || this.#profile.icmp === "by-policy");
  }

  /** The source's half. The own node is exempt from NetworkPolicy, not from ClusterNetworkPolicy. */
  allowsEgress(source: End, destination: End, protocol: ProtocolNumber, port: number, family: 0 | 1): boolean {
    const { programs } = this.#cluster().sides;
    const at = programs.egressAt[source.classId] as number;
    if (at === UNRESTRICTED) return true;
    const { namedPorts } = destination;
    const isExempt = isOwnNode(source, destination) || source.member === destination.member;
    if (at >= 0 && family === 0) {
      return isExempt || programs.run(at, destination.classId, protocol, port, namedPorts);
    }
    const side = source.member.podClass.egress;
    return side === undefined || side.allows(destination.classId, protocol, port, family, namedPorts, isExempt);
  }

  /** The destination's half. From its own node a pod can always be reached (rule 103). */
  allowsIngress(source: End, destination: End, protocol: ProtocolNumber, port: number, family: 0 | 1): boolean {
    const { programs } = this.#cluster().sides;
    const at = programs.ingressAt[destination.classId] as number;
    if (at === UNRESTRICTED || isOwnNode(destination, source)) return true;
    const { namedPorts } = destination;
    const isExempt = source.member === destination.member;
    if (at >= 0 && family === 0) {
      return isExempt || programs.run(at, source.classId, protocol, port, namedPorts);
    }
    const side = destination.member.podClass.ingress;
    return side === undefined || side.allows(source.classId, protocol, port, family, namedPorts, isExempt);
  }

  // ---------------------------------------------------------------- whole tables

  /** The table of a port: made on first use, then kept current by every change. */
  table(protocol: ProtocolNumber, port: number, family: 0 | 1 = 0): PortTable {
    return this.#cluster().table(protocol, port, family);
  }

  /** What single rules match on a port. Valid until the next change of the engine. */
  matcher(protocol: ProtocolNumber, port: number, family: 0 | 1 = 0): PortMatcher {
    return this.#cluster().matcher(protocol, port, family);
  }

  /** Classes by id; ids without members are undefined. */
  get classes(): readonly (PodClass | undefined)[] {
    return this.#cluster().members.classes;
  }

  /** Words in a set of classes. */
  get wordCount(): number {
    return this.#cluster().wordCount;
  }

  /** Pods that have sides, neither finished nor on the host network, by `NAMESPACE/NAME`. */
  get podMembers(): ReadonlyMap<string, Member> {
    return this.#cluster().members.pods;
  }

  /** Every policy, ClusterNetworkPolicies first, in the order in which they are asked. */
  installedPolicies(): readonly InstalledPolicy[] {
    return this.#cluster().sides.policies();
  }

  classesSelectedBy(installed: InstalledPolicy): PodClass[] {
    const { members, sides } = this.#cluster();
    return members.classes.filter((one): one is PodClass => one !== undefined && sides.selects(installed, one));
  }

  // --------------------------------------------------------------------- changes

  setNamespace(facts: NamespaceFacts): void {
    this.#namespaces.set(facts.name, facts);
    this.#compiled?.relabelNamespace(facts.name);
  }

  /** Pods that still name the namespace see it without labels. */
  deleteNamespace(name: string): void {
    if (this.#namespaces.delete(name)) this.#compiled?.relabelNamespace(name);
  }

  setNode(facts: NodeFacts): void {
    this.deleteNode(facts.name);
    this.#nodes.set(facts.name, facts);
    this.#compiled?.members.setNode(facts);
  }

  deleteNode(name: string): void {
    const facts = this.#nodes.get(name);
    if (facts === undefined) return;
    this.#nodes.delete(name);
    this.#compiled?.members.deleteNode(facts);
  }

  setPod(pod: PodFacts): void {
    const id = `${pod.namespace}/${pod.name}`;
    this.#pods.set(id, pod);
    this.#compiled?.members.setPod(id, pod);
  }

  deletePod(namespace: string, name: string): void {
    const id = `${namespace}/${name}`;
    this.#pods.delete(id);
    this.#compiled?.members.deletePod(id);
  }

  setPolicy(policy: NetworkPolicy): void {
    const read = readNetworkPolicy(policy);
    this.#policies.set(read.id, read);
    this.#replacePolicy(read.id, read);
  }

  deletePolicy(namespace: string, name: string): void {
    const id = policyKey(namespace, name);
    if (this.#policies.delete(id)) this.#replacePolicy(id, null);
  }

  setClusterPolicy(policy: ClusterNetworkPolicy): void {
    const read = readClusterPolicy(policy);
    this.#clusterPolicies.set(read.id, read);
    this.#replacePolicy(read.id, read);
  }

  deleteClusterPolicy(name: string): void {
    if (this.#clusterPolicies.delete(name)) this.#replacePolicy(name, null);
  }

  #replacePolicy(id: string, policy: Policy | null): void {
    // Words of deleted policies stay behind; now and then everything is made afresh without them.
    const limit = ENGINE_LIMITS.changesBeforeRecompiling + 2 * this.#policies.size;
    if (++this.#changesSinceCompiled > limit) this.#compiled = null;
    this.#compiled?.replacePolicy(id, policy);
  }
}

function endOf(
  kind: End["kind"],
  name: string,
  nodeName: string | null,
  member: Member,
  address: string | undefined,
): End {
  const { id: classId, namedPorts } = member.podClass;
  return { kind, name, nodeName, member, classId, namedPorts, family: address?.includes(":") ? 1 : 0 };
}

/** A packet is IPv6 when either end is known by an IPv6 address first. */
export function packetFamily(source: End, destination: End): 0 | 1 {
  return source.family === 1 || destination.family === 1 ? 1 : 0;
}

/** Whether `peer` is the node `pod` runs on, or a hostNetwork pod there (rules 103–109). */
export function isOwnNode(pod: End, peer: End): boolean {
  return peer.kind === "node" && peer.nodeName === pod.nodeName;
}
