/**
 * The packet filter: NetworkPolicies and ClusterNetworkPolicies compiled to bit sets over classes of
 * equal pods. Nothing is compiled before the first question; later changes update what they touch.
 */
import { canonicalAddress } from "./address.ts";
import { ClassIndex } from "./class-index.ts";
import type { ClusterNetworkPolicy } from "./cluster-policy-types.ts";
import { ENGINE_LIMITS } from "./limits.ts";
import { holdsMember, METADATA_NAME, PeerSets } from "./peer-set.ts";
import { addressesOf, type Member, type NamespaceEntry, type PodClass } from "./pod-class.ts";
import {
  type Direction,
  type Peer,
  type Policy,
  policyKey,
  readClusterPolicy,
  readNetworkPolicy,
  readRulesOf,
  type Rule,
} from "./policy.ts";
import {
  ICMP,
  NO_NAMED_PORTS,
  type NamedPorts,
  namedPortsId,
  namedPortsOf,
  PortSet,
  portTermsId,
  type ProtocolNumber,
} from "./port-set.ts";
import type { Selector } from "./selector.ts";
import { PortMatcher } from "./port-matcher.ts";
import { PortTable } from "./port-table.ts";
import { RulePrograms, UNRESTRICTED } from "./rule-programs.ts";
import { type InstalledPolicy, type InstalledRule, Side } from "./side.ts";
import type { Labels, NamespaceFacts, NetworkPolicy, NetworkProfile, NodeFacts, PodFacts } from "./types.ts";
import { type LabelTerm, Vocabulary } from "./vocabulary.ts";

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
  /** Of the first address: 0 for IPv4, 1 for IPv6. */
  readonly family: 0 | 1;
}

export class PolicyEngine {
  #profile: EngineProfile;
  readonly #namespaceFacts = new Map<string, NamespaceFacts>();
  readonly #nodeFacts = new Map<string, NodeFacts>();
  readonly #podFacts = new Map<string, PodFacts>();
  readonly #policies = new Map<string, Policy>();
  readonly #clusterPolicies = new Map<string, Policy>();

  #alsoKnown: readonly Policy[] = [];

  #isCompiled = false;
  #changesSinceCompiled = 0;
  #vocabulary = new Vocabulary();
  #classes: (PodClass | undefined)[] = [];
  #classByKey = new Map<string, PodClass>();
  #freeClassIds: number[] = [];
  #namespaces = new Map<string, NamespaceEntry>();
  #podMembers = new Map<string, Member>();
  #addressMembers = new Map<string, Member>();
  #nodeByAddress = new Map<string, NodeFacts>();
  #peerSets = new PeerSets();
  #portSets = new Map<string, PortSet>();
  #namedPorts = new Map<string, NamedPorts>();
  /** Words learned since members were last told apart by them. */
  #newTerms: LabelTerm[] = [];
  readonly #newPortNames = new Set<string>();
  #installed = new Map<string, InstalledPolicy>();
  #installedByNamespace = new Map<string, InstalledPolicy[]>();
  #installedClusterPolicies: InstalledPolicy[] = [];
  #sides = new Map<string, Side>();
  #programs = new RulePrograms(this.#peerSets.rows);
  #tables = new Map<string, PortTable>();
  #nextSerial = 1;

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
      namespaces: [...this.#namespaceFacts.values()],
      nodes: [...this.#nodeFacts.values()],
      pods: [...this.#podFacts.values()],
      policies: [...this.#policies.values()].map((policy) => policy.source as NetworkPolicy),
      clusterPolicies: [...this.#clusterPolicies.values()].map((policy) => policy.source as ClusterNetworkPolicy),
    };
  }

  get profile(): EngineProfile {
    return this.#profile;
  }

  setProfile(profile: EngineProfile): void {
    if (profile.ipBlockMatchesPods !== this.#profile.ipBlockMatchesPods) this.#isCompiled = false;
    this.#profile = profile;
  }

  // ------------------------------------------------------------------ questions

  /** A pod's end; undefined for unknown and finished pods (rule 112). */
  podEnd(namespace: string, name: string): End | undefined {
    this.#compile();
    const id = `${namespace}/${name}`;
    const pod = this.#podFacts.get(id);
    if (pod === undefined || pod.isFinished) return undefined;
    const member = this.#podMembers.get(id);
    const family = pod.addresses[0]?.includes(":") ? 1 : 0;
    const { nodeName } = pod;
    if (member !== undefined) return { kind: "pod", name: id, nodeName, member, classId: member.podClass.id, family };
    const address = pod.addresses[0];
    if (address === undefined) return undefined;
    const host = this.#addressMember(address);
    return { kind: "node", name: id, nodeName, member: host, classId: host.podClass.id, family };
  }

  /** An address that belongs to no pod: a node's or an outside host's. */
  addressEnd(address: string): End {
    this.#compile();
    const canonical = canonicalAddress(address);
    const nodeName = this.#nodeByAddress.get(canonical)?.name ?? null;
    const kind = nodeName === null ? "external" : "node";
    const member = this.#addressMember(canonical);
    return {
      kind,
      name: canonical,
      nodeName,
      member,
      classId: member.podClass.id,
      family: canonical.includes(":") ? 1 : 0,
    };
  }

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
    const at = this.#programs.egressAt[source.classId] as number;
    if (at === UNRESTRICTED) return true;
    const { namedPorts } = destination.member.podClass;
    const isExempt = isOwnNode(source, destination) || source.member === destination.member;
    if (at >= 0 && family === 0) {
      return isExempt || this.#programs.run(at, destination.classId, protocol, port, namedPorts);
    }
    const side = source.member.podClass.egress;
    return side === undefined || side.allows(destination.classId, protocol, port, family, namedPorts, isExempt);
  }

  /** The destination's half. From its own node a pod can always be reached (rule 103). */
  allowsIngress(source: End, destination: End, protocol: ProtocolNumber, port: number, family: 0 | 1): boolean {
    const at = this.#programs.ingressAt[destination.classId] as number;
    if (at === UNRESTRICTED || isOwnNode(destination, source)) return true;
    const { namedPorts, ingress: side } = destination.member.podClass;
    const isExempt = source.member === destination.member;
    if (at >= 0 && family === 0) {
      return isExempt || this.#programs.run(at, source.classId, protocol, port, namedPorts);
    }
    return side === undefined || side.allows(source.classId, protocol, port, family, namedPorts, isExempt);
  }

  /** The table of a port: made on first use, then kept current by every change. */
  table(protocol: ProtocolNumber, port: number, family: 0 | 1 = 0): PortTable {
    this.#compile();
    const key = `${protocol}/${port}/${family}`;
    let table = this.#tables.get(key);
    if (table === undefined) {
      table = new PortTable(this.#classes, this.matcher(protocol, port, family), this.#programs);
      const oldest = this.#tables.keys().next();
      if (this.#tables.size >= ENGINE_LIMITS.tables && !oldest.done) this.#tables.delete(oldest.value);
      this.#tables.set(key, table);
    }
    return table;
  }

  /** What single rules match on a port. Valid until the next change of the engine. */
  matcher(protocol: ProtocolNumber, port: number, family: 0 | 1 = 0): PortMatcher {
    this.#compile();
    return new PortMatcher(this.#classes, this.#peerSets, { protocol, port, family });
  }

  classesSelectedBy(installed: InstalledPolicy): PodClass[] {
    this.#compile();
    return this.#classes.filter(
      (podClass): podClass is PodClass => podClass?.namespace != null && this.#selects(installed, podClass),
    );
  }

  get classes(): readonly (PodClass | undefined)[] {
    this.#compile();
    return this.#classes;
  }

  get wordCount(): number {
    this.#compile();
    return this.#peerSets.rows.wordCount;
  }

  /** Pods that have sides: neither finished nor on the host network. */
  get podMembers(): ReadonlyMap<string, Member> {
    this.#compile();
    return this.#podMembers;
  }

  /** Every installed policy, ClusterNetworkPolicies in the order in which they are asked. */
  installedPolicies(): readonly InstalledPolicy[] {
    this.#compile();
    return [...this.#installedClusterPolicies, ...[...this.#installedByNamespace.values()].flat()];
  }

  // -------------------------------------------------------------------- changes

  setNamespace(facts: NamespaceFacts): void {
    this.#namespaceFacts.set(facts.name, facts);
    const entry = this.#isCompiled ? this.#namespaces.get(facts.name) : undefined;
    if (entry === undefined) return;
    entry.labels = namespaceLabels(facts.name, facts.labels);
    for (const podClass of entry.classes) this.#refreshClass(podClass);
  }

  /** Pods that still name the namespace see it without labels. */
  deleteNamespace(name: string): void {
    if (!this.#namespaceFacts.delete(name) || !this.#isCompiled) return;
    const entry = this.#namespaces.get(name);
    if (entry === undefined) return;
    entry.labels = namespaceLabels(name, {});
    for (const podClass of entry.classes) this.#refreshClass(podClass);
  }

  setNode(facts: NodeFacts): void {
    this.deleteNode(facts.name);
    this.#nodeFacts.set(facts.name, facts);
    if (this.#isCompiled) this.#indexNode(facts);
  }

  deleteNode(name: string): void {
    const facts = this.#nodeFacts.get(name);
    if (facts === undefined) return;
    this.#nodeFacts.delete(name);
    for (const address of facts.addresses.map(canonicalAddress)) {
      this.#nodeByAddress.delete(address);
      this.#renewAddress(address);
    }
  }

  setPod(pod: PodFacts): void {
    const id = `${pod.namespace}/${pod.name}`;
    this.#podFacts.set(id, pod);
    if (!this.#isCompiled) return;
    const old = this.#podMembers.get(id);
    if (isFiltered(pod)) this.#podMembers.set(id, this.#newPodMember(id, pod));
    else this.#podMembers.delete(id);
    if (old !== undefined) this.#leaveClass(old.podClass);
  }

  deletePod(namespace: string, name: string): void {
    const id = `${namespace}/${name}`;
    this.#podFacts.delete(id);
    const old = this.#isCompiled ? this.#podMembers.get(id) : undefined;
    if (old === undefined) return;
    this.#podMembers.delete(id);
    this.#leaveClass(old.podClass);
  }

  setPolicy(policy: NetworkPolicy): void {
    const read = readNetworkPolicy(policy);
    this.#policies.set(read.id, read);
    this.#replaceInstalled(read.id, read);
  }

  deletePolicy(namespace: string, name: string): void {
    const id = policyKey(namespace, name);
    if (this.#policies.delete(id)) this.#replaceInstalled(id, null);
  }

  setClusterPolicy(policy: ClusterNetworkPolicy): void {
    const read = readClusterPolicy(policy);
    this.#clusterPolicies.set(read.id, read);
    this.#replaceInstalled(read.id, read);
  }

  deleteClusterPolicy(name: string): void {
    if (this.#clusterPolicies.delete(name)) this.#replaceInstalled(name, null);
  }

  // ---------------------------------------------------------- compiling at once

  #compile(): void {
    if (this.#isCompiled) return;
    this.#isCompiled = true;
    this.#changesSinceCompiled = 0;
    this.#vocabulary = new Vocabulary();
    this.#classes = [];
    this.#classByKey = new Map();
    this.#freeClassIds = [];
    this.#namespaces = new Map();
    this.#podMembers = new Map();
    this.#addressMembers = new Map();
    this.#nodeByAddress = new Map();
    this.#peerSets = new PeerSets();
    this.#portSets = new Map();
    this.#namedPorts = new Map();
    this.#installed = new Map();
    this.#installedByNamespace = new Map();
    this.#installedClusterPolicies = [];
    this.#sides = new Map();
    this.#programs = new RulePrograms(this.#peerSets.rows);
    this.#tables = new Map();
    for (const policy of this.#alsoKnown) this.#uninstall(this.#install(policy));
    for (const policy of this.#policies.values()) this.#addInstalled(this.#install(policy));
    for (const policy of this.#clusterPolicies.values()) this.#addInstalled(this.#install(policy));
    for (const list of this.#installedByNamespace.values()) list.sort(byName);
    this.#installedClusterPolicies.sort(byPrecedence);
    // Members come after all words are known, so that no class is split again.
    this.#newTerms = [];
    this.#newPortNames.clear();
    this.#peerSets.takeNewBlocks();
    for (const [id, pod] of this.#podFacts) if (isFiltered(pod)) this.#podMembers.set(id, this.#newPodMember(id, pod));
    for (const node of this.#nodeFacts.values()) this.#indexNode(node);
    this.#resize(this.#classes.length);
    const index = new ClassIndex(this.#classes, this.#namespaces.values());
    this.#peerSets.fillNewSelectors(this.#classes, index);
    for (const podClass of this.#classes) {
      if (podClass === undefined) continue;
      this.#peerSets.addToBlocks(podClass);
      this.#refreshSides(podClass);
    }
  }

  #resize(classCount: number): void {
    const wordCount = (classCount + Math.max(32, classCount >>> 2) + 31) >>> 5;
    this.#peerSets.rows.resize(wordCount);
    this.#programs.setClassCapacity(wordCount * 32);
    for (const table of this.#tables.values()) table.setWordCount(wordCount);
  }

  // ------------------------------------------------------------ members, classes

  #namespace(name: string): NamespaceEntry {
    let entry = this.#namespaces.get(name);
    if (entry === undefined) {
      const labels = namespaceLabels(name, this.#namespaceFacts.get(name)?.labels ?? {});
      entry = { index: this.#namespaces.size, name, labels, classes: new Set() };
      this.#namespaces.set(name, entry);
    }
    return entry;
  }

  #newPodMember(id: string, pod: PodFacts): Member {
    const portsId = namedPortsId(pod.ports);
    let namedPorts = this.#namedPorts.get(portsId);
    if (namedPorts === undefined) {
      namedPorts = namedPortsOf(pod.ports);
      this.#namedPorts.set(portsId, namedPorts);
    }
    return this.#enrol({
      id,
      pod,
      namespace: this.#namespace(pod.namespace),
      labels: pod.labels,
      isNode: false,
      namedPorts,
      blocks: NO_BLOCKS,
      podClass: NO_CLASS,
    });
  }

  #addressMember(text: string): Member {
    let member = this.#addressMembers.get(text);
    if (member === undefined) {
      const oldest = this.#addressMembers.entries().next();
      if (this.#addressMembers.size >= ENGINE_LIMITS.addresses && !oldest.done) {
        this.#addressMembers.delete(oldest.value[0]);
        this.#leaveClass(oldest.value[1].podClass);
      }
      const node = this.#nodeByAddress.get(text);
      member = this.#enrol({
        id: text,
        pod: null,
        namespace: null,
        labels: node?.labels ?? {},
        isNode: node !== undefined,
        namedPorts: NO_NAMED_PORTS,
        blocks: NO_BLOCKS,
        podClass: NO_CLASS,
      });
      this.#addressMembers.set(text, member);
    }
    return member;
  }

  #indexNode(facts: NodeFacts): void {
    for (const address of facts.addresses.map(canonicalAddress)) {
      this.#nodeByAddress.set(address, facts);
      this.#renewAddress(address);
    }
  }

  #renewAddress(address: string): void {
    const old = this.#addressMembers.get(address);
    if (old === undefined) return;
    this.#addressMembers.delete(address);
    this.#addressMember(address);
    this.#leaveClass(old.podClass);
  }

  #enrol(member: Member): Member {
    member.blocks = this.#peerSets.blocksOf(member, this.#profile.ipBlockMatchesPods);
    member.podClass = this.#joinClass(member);
    return member;
  }

  #classKey({ namespace, isNode, labels, namedPorts, blocks }: Member): string {
    const place = namespace === null ? (isNode ? "n" : "x") : namespace.index;
    const labelsKey = namespace === null && !isNode ? "" : this.#vocabulary.labelsKey(labels);
    return `${place}|${blocks.join()}|${this.#vocabulary.portsKey(namedPorts)}|${labelsKey}`;
  }

  #joinClass(member: Member): PodClass {
    const key = this.#classKey(member);
    const known = this.#classByKey.get(key);
    if (known !== undefined) {
      known.memberCount++;
      return known;
    }
    const { namespace, isNode, labels, namedPorts, blocks } = member;
    const podClass: PodClass = {
      id: this.#freeClassIds.pop() ?? this.#classes.length,
      key,
      namespace,
      labels: this.#vocabulary.projectLabels(labels),
      isNode,
      namedPorts: this.#vocabulary.projectPorts(namedPorts),
      blocks,
      memberCount: 1,
      egress: undefined,
      ingress: undefined,
    };
    this.#classByKey.set(key, podClass);
    this.#classes[podClass.id] = podClass;
    namespace?.classes.add(podClass);
    if (this.#peerSets.rows.wordCount > 0) this.#placeClass(podClass);
    return podClass;
  }

  #placeClass(podClass: PodClass): void {
    if (podClass.id >= this.#peerSets.rows.wordCount * 32) this.#resize(this.#classes.length);
    this.#refreshClass(podClass);
  }

  /** Brings all that is known of a class up to date after its labels or its namespace's changed. */
  #refreshClass(podClass: PodClass): void {
    this.#peerSets.refreshColumn(podClass);
    for (const table of this.#tables.values()) table.refreshColumn(podClass);
    this.#refreshSides(podClass);
  }

  #leaveClass(podClass: PodClass): void {
    if (--podClass.memberCount > 0) return;
    const { id, namespace } = podClass;
    this.#classByKey.delete(podClass.key);
    this.#classes[id] = undefined;
    this.#freeClassIds.push(id);
    namespace?.classes.delete(podClass);
    this.#releaseSide(podClass.egress);
    this.#releaseSide(podClass.ingress);
    this.#programs.egressAt[id] = UNRESTRICTED;
    this.#programs.ingressAt[id] = UNRESTRICTED;
    for (const table of this.#tables.values()) table.dropClass(id);
  }

  #rekey(member: Member): void {
    const old = member.podClass;
    if (this.#classKey(member) === old.key) return;
    member.podClass = this.#joinClass(member);
    this.#leaveClass(old);
  }

  // -------------------------------------------------------------------- policies

  /** Makes classes of members that new words tell apart, and the bits of new selectors. */
  #settleNewWords(): void {
    for (const block of this.#peerSets.takeNewBlocks()) {
      for (const member of this.#members()) {
        if (!holdsMember(block, member, addressesOf(member), this.#profile.ipBlockMatchesPods)) continue;
        member.blocks = [...member.blocks, block.index];
        this.#rekey(member);
      }
    }
    const terms = this.#newTerms;
    const names = this.#newPortNames;
    if (terms.length > 0 || names.size > 0) {
      for (const member of this.#members()) {
        if (hasTerm(member.labels, terms) || hasName(member, names)) this.#rekey(member);
      }
      this.#newTerms = [];
      names.clear();
    }
    this.#peerSets.fillNewSelectors(this.#classes, null);
  }

  *#members(): Iterable<Member> {
    yield* this.#podMembers.values();
    yield* this.#addressMembers.values();
  }

  #install(policy: Policy): InstalledPolicy {
    const { subjectNamespaces, subjectPods } = policy;
    const ingress: InstalledRule[] = [];
    const egress: InstalledRule[] = [];
    this.#learnSelector(subjectPods);
    const installed: InstalledPolicy = {
      serial: this.#nextSerial++,
      policy,
      subjectNamespaces:
        subjectNamespaces === null ? null : this.#peerSets.acquireSelector("namespaces", subjectNamespaces),
      subjectPods: this.#peerSets.acquireSelector("pods", subjectPods),
      ingress,
      egress,
    };
    for (const rule of readRulesOf(policy, "ingress")) ingress.push(this.#installRule(rule, installed));
    for (const rule of readRulesOf(policy, "egress")) egress.push(this.#installRule(rule, installed));
    return installed;
  }

  #installRule({ index, action, peers, ports }: Rule, policy: InstalledPolicy): InstalledRule {
    for (const peer of peers ?? NO_PEERS) {
      if (peer.kind === "pods") this.#learnSelector(peer.pods);
      else if (peer.kind === "nodes") this.#learnSelector(peer.nodes);
    }
    const atoms = peers === null ? null : this.#peerSets.acquirePeers(peers, policy.policy.namespace);
    return { policy, index, action, peers: atoms, ports: ports === null ? null : this.#portSet(ports) };
  }

  #learnSelector(selector: Selector): void {
    if (selector.requirements.length > 0) this.#vocabulary.addSelector(selector, this.#newTerms);
  }

  #portSet(terms: NonNullable<Rule["ports"]>): PortSet {
    const id = portTermsId(terms);
    let set = this.#portSets.get(id);
    if (set === undefined) {
      set = new PortSet(terms);
      this.#portSets.set(id, set);
      for (const name of set.names) if (this.#vocabulary.addPortName(name)) this.#newPortNames.add(name);
    }
    return set;
  }

  #addInstalled(installed: InstalledPolicy): void {
    const { id, namespace } = installed.policy;
    this.#installed.set(id, installed);
    if (namespace === null) this.#installedClusterPolicies.push(installed);
    else {
      const list = this.#installedByNamespace.get(namespace);
      if (list === undefined) this.#installedByNamespace.set(namespace, [installed]);
      else list.push(installed);
    }
  }

  #removeInstalled(installed: InstalledPolicy): void {
    const { id, namespace } = installed.policy;
    this.#installed.delete(id);
    if (namespace === null) {
      this.#installedClusterPolicies = this.#installedClusterPolicies.filter((entry) => entry !== installed);
      return;
    }
    const list = (this.#installedByNamespace.get(namespace) ?? []).filter((entry) => entry !== installed);
    if (list.length > 0) this.#installedByNamespace.set(namespace, list);
    else this.#installedByNamespace.delete(namespace);
  }

  #replaceInstalled(id: string, policy: Policy | null): void {
    if (!this.#isCompiled) return;
    // Words of deleted policies stay behind; now and then everything is made afresh without them.
    if (++this.#changesSinceCompiled > ENGINE_LIMITS.changesBeforeRecompiling + 2 * this.#policies.size) {
      this.#isCompiled = false;
      return;
    }
    const old = this.#installed.get(id);
    const added = policy === null ? null : this.#install(policy);
    this.#settleNewWords();
    if (old !== undefined) this.#removeInstalled(old);
    if (added !== null) {
      this.#addInstalled(added);
      if (added.policy.namespace === null) this.#installedClusterPolicies.sort(byPrecedence);
      else this.#installedByNamespace.get(added.policy.namespace)?.sort(byName);
    }
    const namespace = (policy ?? old?.policy)?.namespace ?? null;
    for (const podClass of namespace === null ? this.#classes : this.#namespace(namespace).classes) {
      if (podClass === undefined || podClass.namespace === null) continue;
      const isConcerned = (old && this.#selects(old, podClass)) || (added && this.#selects(added, podClass));
      if (isConcerned) this.#refreshSides(podClass);
    }
    if (old !== undefined) this.#uninstall(old);
  }

  #uninstall({ subjectNamespaces, subjectPods, ingress, egress }: InstalledPolicy): void {
    for (const { peers } of [...ingress, ...egress]) if (peers !== null) this.#peerSets.releasePeers(peers);
    this.#peerSets.releaseSelector(subjectPods);
    if (subjectNamespaces !== null) this.#peerSets.releaseSelector(subjectNamespaces);
  }

  // ----------------------------------------------------------------------- sides

  #refreshSides(podClass: PodClass): void {
    if (podClass.namespace === null) return;
    const { egress, ingress } = podClass;
    podClass.egress = this.#acquireSide(podClass, "egress");
    podClass.ingress = this.#acquireSide(podClass, "ingress");
    this.#releaseSide(egress);
    this.#releaseSide(ingress);
    this.#programs.egressAt[podClass.id] = podClass.egress?.programAt ?? UNRESTRICTED;
    this.#programs.ingressAt[podClass.id] = podClass.ingress?.programAt ?? UNRESTRICTED;
    if (this.#programs.isMostlyGarbage) this.#layOutPrograms();
    for (const table of this.#tables.values()) table.refreshRows(podClass);
  }

  #acquireSide(podClass: PodClass, direction: Direction): Side | undefined {
    const policies: InstalledPolicy[] = [];
    for (const entry of this.#installedClusterPolicies) {
      if (entry[direction].length > 0 && this.#selects(entry, podClass)) policies.push(entry);
    }
    const { rows } = this.#peerSets;
    const isolates = direction === "ingress" ? "isolatesIngress" : "isolatesEgress";
    for (const entry of this.#installedByNamespace.get(podClass.namespace?.name ?? "") ?? NO_POLICIES) {
      if (entry.policy[isolates] && rows.has(entry.subjectPods.row, podClass.id)) policies.push(entry);
    }
    if (policies.length === 0) return undefined;
    let key = direction === "ingress" ? "i" : "e";
    for (const entry of policies) key += `${entry.serial},`;
    let side = this.#sides.get(key);
    if (side === undefined) {
      side = new Side(key, direction, policies, this.#peerSets);
      this.#sides.set(key, side);
      side.programAt = this.#programs.add(side);
    }
    side.users++;
    return side;
  }

  #selects({ subjectNamespaces, subjectPods, policy }: InstalledPolicy, podClass: PodClass): boolean {
    const { rows } = this.#peerSets;
    if (!rows.has(subjectPods.row, podClass.id)) return false;
    if (subjectNamespaces !== null) return rows.has(subjectNamespaces.row, podClass.id);
    return podClass.namespace?.name === policy.namespace;
  }

  #layOutPrograms(): void {
    this.#programs.clear();
    for (const side of this.#sides.values()) side.programAt = this.#programs.add(side);
    for (const podClass of this.#classes) {
      if (podClass === undefined) continue;
      this.#programs.egressAt[podClass.id] = podClass.egress?.programAt ?? UNRESTRICTED;
      this.#programs.ingressAt[podClass.id] = podClass.ingress?.programAt ?? UNRESTRICTED;
    }
  }

  #releaseSide(side: Side | undefined): void {
    if (side === undefined || --side.users > 0) return;
    this.#sides.delete(side.key);
    this.#programs.drop(side);
    for (const table of this.#tables.values()) table.dropSide(side);
  }
}

const NO_BLOCKS: readonly number[] = [];
const NO_PEERS: readonly Peer[] = [];
const NO_POLICIES: readonly InstalledPolicy[] = [];

/** Holds a member's place while its class is being found. */
const NO_CLASS: PodClass = {
  id: -1,
  key: "",
  namespace: null,
  labels: {},
  isNode: false,
  namedPorts: NO_NAMED_PORTS,
  blocks: NO_BLOCKS,
  memberCount: 0,
  egress: undefined,
  ingress: undefined,
};

function isFiltered(pod: PodFacts): boolean {
  return !pod.hostNetwork && !pod.isFinished;
}

/** Whether `peer` is the node `pod` runs on, or a hostNetwork pod there (rules 103–109). */
export function isOwnNode(pod: End, peer: End): boolean {
  return peer.kind === "node" && peer.nodeName === pod.nodeName;
}

// The API server sets this label on every namespace and never lets go of it (rule 44).
function namespaceLabels(name: string, labels: Labels): Labels {
  return labels[METADATA_NAME] === name ? labels : { ...labels, [METADATA_NAME]: name };
}

function hasTerm(labels: Labels, terms: readonly LabelTerm[]): boolean {
  for (const { key, value } of terms) {
    const own: unknown = labels[key];
    if (typeof own === "string" && (value === null || value === own)) return true;
  }
  return false;
}

function hasName(member: Member, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  for (const key of member.namedPorts.keys()) if (names.has(key.slice(0, key.lastIndexOf("/")))) return true;
  return false;
}

function byName(left: InstalledPolicy, right: InstalledPolicy): number {
  return compareText(left.policy.name, right.policy.name);
}

/** Admin before Baseline, then priority; equal priorities by name, so that answers stay the same. */
function byPrecedence({ policy: left }: InstalledPolicy, { policy: right }: InstalledPolicy): number {
  return compareText(left.tier, right.tier) || left.priority - right.priority || compareText(left.name, right.name);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
