/**
 * A cluster compiled to bit sets: classes of equal pods, policies as rows of classes, sides, and the
 * tables of ports that were asked for. Every change updates what it touches.
 */
import { ClassIndex } from "./class-index.ts";
import { ClassTable } from "./class-table.ts";
import { ENGINE_LIMITS } from "../limits.ts";
import { fillByAsking, PeerSets } from "./peer-set.ts";
import type { PodClass } from "./pod-class.ts";
import { type Peer, type Policy, readRulesOf, type Rule } from "../policy/policy.ts";
import { PortMatcher } from "./port-matcher.ts";
import { PortSet, portTermsId, type ProtocolNumber } from "../policy/port-set.ts";
import { PortTable } from "./port-table.ts";
import type { InstalledPolicy, InstalledRule } from "./side.ts";
import { SideTable } from "./side-table.ts";
import type { NamespaceFacts, NodeFacts, PodFacts } from "../types.ts";

export interface ClusterFacts {
  readonly namespaces: ReadonlyMap<string, NamespaceFacts>;
  readonly nodes: ReadonlyMap<string, NodeFacts>;
  /** By `NAMESPACE/NAME`. */
  readonly pods: ReadonlyMap<string, PodFacts>;
  readonly policies: Iterable<Policy>;
  /** Policies whose words tell classes apart, without any effect. */
  readonly alsoKnown: readonly Policy[];
  readonly ipBlockMatchesPods: boolean;
}

export class CompiledCluster {
  readonly members: ClassTable;
  readonly sides: SideTable;
  readonly #peerSets = new PeerSets();
  readonly #portSets = new Map<string | number, PortSet>();
  readonly #tables = new Map<string, PortTable>();
  #nextSerial = 1;

  constructor(facts: ClusterFacts) {
    const peerSets = this.#peerSets;
    this.members = new ClassTable(peerSets, facts.namespaces, facts.ipBlockMatchesPods, {
      classAppeared: (podClass) => this.#addClass(podClass),
      classVanished: (podClass) => this.#dropClass(podClass),
    });
    this.sides = new SideTable(peerSets, this.members.classes, (side) => {
      for (const table of this.#tables.values()) table.dropSide(side);
    });
    for (const policy of facts.alsoKnown) this.#uninstall(this.#install(policy));
    for (const policy of facts.policies) this.sides.add(this.#install(policy));
    // Members come after all words are known, so that no class is split again.
    this.members.forgetNews();
    for (const [id, pod] of facts.pods) this.members.setPod(id, pod);
    for (const node of facts.nodes.values()) this.members.setNode(node);
    this.#makeRoom();
    const { classes, namespaces } = this.members;
    const index = new ClassIndex(classes, namespaces.values());
    peerSets.fillNewSelectors((...wanted) => index.select(...wanted));
    for (const podClass of classes) {
      if (podClass === undefined) continue;
      peerSets.addToBlocks(podClass);
      this.sides.refresh(podClass);
    }
  }

  get wordCount(): number {
    return this.#peerSets.rows.wordCount;
  }

  // Rows get some spare bits, so that new classes seldom move everything.
  #makeRoom(): void {
    const count = this.members.classes.length;
    const wordCount = (count + Math.max(32, count >>> 2) + 31) >>> 5;
    this.#peerSets.rows.resize(wordCount);
    this.sides.programs.setClassCapacity(wordCount * 32);
    for (const table of this.#tables.values()) table.setWordCount(wordCount);
  }

  // --------------------------------------------------------------------- classes

  #addClass(podClass: PodClass): void {
    if (podClass.id >= this.wordCount * 32) this.#makeRoom();
    this.#refreshClass(podClass);
  }

  #dropClass(podClass: PodClass): void {
    this.sides.drop(podClass);
    for (const table of this.#tables.values()) table.dropClass(podClass.id);
  }

  /** Brings all that is known of a class up to date after its labels or its namespace's changed. */
  #refreshClass(podClass: PodClass): void {
    this.#peerSets.refreshColumn(podClass);
    for (const table of this.#tables.values()) table.refreshColumn(podClass);
    this.#refreshSides(podClass);
  }

  #refreshSides(podClass: PodClass): void {
    this.sides.refresh(podClass);
    for (const table of this.#tables.values()) table.refreshRows(podClass);
  }

  relabelNamespace(name: string): void {
    for (const podClass of this.members.relabelNamespace(name)?.classes ?? []) this.#refreshClass(podClass);
  }

  // -------------------------------------------------------------------- policies

  /** Puts a policy in the place of the one with this id; null takes that one away. */
  replacePolicy(id: string, policy: Policy | null): void {
    const old = this.sides.get(id);
    const added = policy === null ? undefined : this.#install(policy);
    this.members.settleNews();
    this.#peerSets.fillNewSelectors(fillByAsking(this.members.classes));
    if (old !== undefined) this.sides.remove(old);
    if (added !== undefined) this.sides.add(added);
    const namespace = (policy ?? old?.policy)?.namespace ?? null;
    const { classes } = this.members;
    for (const podClass of namespace === null ? classes : this.members.namespace(namespace).classes) {
      if (podClass === undefined) continue;
      const isConcerned = [old, added].some((one) => one !== undefined && this.sides.selects(one, podClass));
      if (isConcerned) this.#refreshSides(podClass);
    }
    if (old !== undefined) this.#uninstall(old);
  }

  #install(policy: Policy): InstalledPolicy {
    const sets = this.#peerSets;
    const { subjectNamespaces, subjectPods } = policy;
    const ingress: InstalledRule[] = [];
    const egress: InstalledRule[] = [];
    this.members.learnSelector(subjectPods);
    const installed: InstalledPolicy = {
      serial: this.#nextSerial++,
      policy,
      subjectNamespaces: subjectNamespaces === null ? null : sets.acquireSelector("namespaces", subjectNamespaces),
      subjectPods: sets.acquireSelector("pods", subjectPods),
      ingress,
      egress,
    };
    for (const rule of readRulesOf(policy, "ingress")) ingress.push(this.#installRule(rule, installed));
    for (const rule of readRulesOf(policy, "egress")) egress.push(this.#installRule(rule, installed));
    return installed;
  }

  #installRule({ index, action, peers, ports }: Rule, policy: InstalledPolicy): InstalledRule {
    for (const peer of peers ?? NO_PEERS) {
      if (peer.kind === "pods") this.members.learnSelector(peer.pods);
      else if (peer.kind === "nodes") this.members.learnSelector(peer.nodes);
    }
    const atoms = peers === null ? null : this.#peerSets.acquirePeers(peers, policy.policy.namespace);
    return { policy, index, action, peers: atoms, ports: ports === null ? null : this.#portSet(ports) };
  }

  #uninstall({ subjectNamespaces, subjectPods, ingress, egress }: InstalledPolicy): void {
    for (const { peers } of [...ingress, ...egress]) if (peers !== null) this.#peerSets.releasePeers(peers);
    this.#peerSets.releaseSelector(subjectPods);
    if (subjectNamespaces !== null) this.#peerSets.releaseSelector(subjectNamespaces);
  }

  #portSet(terms: NonNullable<Rule["ports"]>): PortSet {
    const id = portTermsId(terms);
    let set = this.#portSets.get(id);
    if (set === undefined) {
      set = new PortSet(terms);
      this.#portSets.set(id, set);
      for (const name of set.names) this.members.learnPortName(name);
    }
    return set;
  }

  // ---------------------------------------------------------------------- tables

  matcher(protocol: ProtocolNumber, port: number, family: 0 | 1): PortMatcher {
    return new PortMatcher(this.members.classes, this.#peerSets, { protocol, port, family });
  }

  table(protocol: ProtocolNumber, port: number, family: 0 | 1): PortTable {
    const key = `${protocol}/${port}/${family}`;
    let table = this.#tables.get(key);
    if (table === undefined) {
      const { classes } = this.members;
      table = new PortTable(classes, this.matcher(protocol, port, family), this.sides.programs);
      const oldest = this.#tables.keys().next();
      if (this.#tables.size >= ENGINE_LIMITS.tables && !oldest.done) this.#tables.delete(oldest.value);
      this.#tables.set(key, table);
    }
    return table;
  }
}

const NO_PEERS: readonly Peer[] = [];
