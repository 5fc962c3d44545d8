/**
 * Pods and addresses sorted into classes that no policy can tell apart, and sorted anew when pods,
 * nodes or the words of policies change.
 */
import { canonicalAddress } from "../policy/address.ts";
import { NO_BLOCKS } from "./block-index.ts";
import { ENGINE_LIMITS } from "../limits.ts";
import { holdsMember, METADATA_NAME, type PeerSets } from "./peer-set.ts";
import { addressesOf, type Member, type NamespaceEntry, type PodClass } from "./pod-class.ts";
import { NO_NAMED_PORTS, type NamedPorts, namedPortsId, namedPortsOf } from "../policy/port-set.ts";
import type { Selector } from "../policy/selector.ts";
import type { Labels, NamespaceFacts, NodeFacts, PodFacts } from "../types.ts";
import { type LabelTerm, Vocabulary } from "./vocabulary.ts";

/** Told of every class that appears once the bits of classes exist, and of every one whose last member left. */
export interface ClassObserver {
  classAppeared(podClass: PodClass): void;
  classVanished(podClass: PodClass): void;
}

export class ClassTable {
  readonly classes: (PodClass | undefined)[] = [];
  readonly namespaces = new Map<string, NamespaceEntry>();
  readonly pods = new Map<string, Member>();
  readonly #addresses = new Map<string, Member>();
  readonly #nodeByAddress = new Map<string, NodeFacts>();
  readonly #byKey = new Map<string, PodClass>();
  readonly #freeIds: number[] = [];
  readonly #namedPorts = new Map<string, NamedPorts>();
  readonly #vocabulary = new Vocabulary();
  /** Members of one piece of the address space share their list of blocks. */
  readonly #blocksKeys = new WeakMap<readonly number[], string>();
  /** Words learned since members were last told apart by them. */
  #newTerms: LabelTerm[] = [];
  readonly #newPortNames = new Set<string>();
  readonly #peerSets: PeerSets;
  readonly #namespaceFacts: ReadonlyMap<string, NamespaceFacts>;
  readonly #ipBlockMatchesPods: boolean;
  readonly #observer: ClassObserver;

  constructor(
    peerSets: PeerSets,
    namespaceFacts: ReadonlyMap<string, NamespaceFacts>,
    ipBlockMatchesPods: boolean,
    observer: ClassObserver,
  ) {
    this.#peerSets = peerSets;
    this.#namespaceFacts = namespaceFacts;
    this.#ipBlockMatchesPods = ipBlockMatchesPods;
    this.#observer = observer;
  }

  // --------------------------------------------------------------------- members

  namespace(name: string): NamespaceEntry {
    let entry = this.namespaces.get(name);
    if (entry === undefined) {
      entry = { index: this.namespaces.size, name, labels: this.#labelsOf(name), classes: new Set() };
      this.namespaces.set(name, entry);
    }
    return entry;
  }

  /** Reads a namespace's labels anew; its classes then need a refresh. Undefined when nobody is in it. */
  relabelNamespace(name: string): NamespaceEntry | undefined {
    const entry = this.namespaces.get(name);
    if (entry !== undefined) entry.labels = this.#labelsOf(name);
    return entry;
  }

  // The API server sets the name's label on every namespace and never lets go of it (rule 44).
  #labelsOf(name: string): Labels {
    const labels = this.#namespaceFacts.get(name)?.labels ?? {};
    return labels[METADATA_NAME] === name ? labels : { ...labels, [METADATA_NAME]: name };
  }

  /** Adds or replaces a pod. Finished and hostNetwork pods have no class (rules 107, 112). */
  setPod(id: string, pod: PodFacts): void {
    const old = this.pods.get(id);
    if (pod.hostNetwork || pod.isFinished) this.pods.delete(id);
    else this.pods.set(id, this.#newPodMember(id, pod));
    if (old !== undefined) this.#leave(old.podClass);
  }

  deletePod(id: string): void {
    const old = this.pods.get(id);
    if (old === undefined) return;
    this.pods.delete(id);
    this.#leave(old.podClass);
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
      namespace: this.namespace(pod.namespace),
      labels: pod.labels,
      isNode: false,
      namedPorts,
      blocks: NO_BLOCKS,
      podClass: NO_CLASS,
    });
  }

  /** The member of a canonical address that belongs to no pod. The oldest are forgotten when there are many. */
  address(text: string): Member {
    const known = this.#addresses.get(text);
    if (known !== undefined) return known;
    const oldest = this.#addresses.entries().next();
    if (this.#addresses.size >= ENGINE_LIMITS.addresses && !oldest.done) {
      this.#addresses.delete(oldest.value[0]);
      this.#leave(oldest.value[1].podClass);
    }
    const node = this.#nodeByAddress.get(text);
    const member = this.#enrol({
      id: text,
      pod: null,
      namespace: null,
      labels: node?.labels ?? {},
      isNode: node !== undefined,
      namedPorts: NO_NAMED_PORTS,
      blocks: NO_BLOCKS,
      podClass: NO_CLASS,
    });
    this.#addresses.set(text, member);
    return member;
  }

  nodeNameAt(address: string): string | null {
    return this.#nodeByAddress.get(address)?.name ?? null;
  }

  setNode(facts: NodeFacts): void {
    for (const address of facts.addresses.map(canonicalAddress)) {
      this.#nodeByAddress.set(address, facts);
      this.#renewAddress(address);
    }
  }

  deleteNode(facts: NodeFacts): void {
    for (const address of facts.addresses.map(canonicalAddress)) {
      this.#nodeByAddress.delete(address);
      this.#renewAddress(address);
    }
  }

  #renewAddress(text: string): void {
    const old = this.#addresses.get(text);
    if (old === undefined) return;
    this.#addresses.delete(text);
    this.address(text);
    this.#leave(old.podClass);
  }

  #enrol(member: Member): Member {
    member.blocks = this.#peerSets.blocksOf(member, this.#ipBlockMatchesPods);
    member.podClass = this.#join(member);
    return member;
  }

  // --------------------------------------------------------------------- classes

  #keyOf({ namespace, isNode, labels, namedPorts, blocks }: Member): string {
    const place = namespace === null ? (isNode ? "n" : "x") : namespace.index;
    const labelsKey = namespace === null && !isNode ? "" : this.#vocabulary.labelsKey(labels);
    return `${place}|${this.#blocksKey(blocks)}|${this.#vocabulary.portsKey(namedPorts)}|${labelsKey}`;
  }

  #blocksKey(blocks: readonly number[]): string {
    if (blocks.length === 0) return "";
    let key = this.#blocksKeys.get(blocks);
    if (key === undefined) {
      key = blocks.join();
      this.#blocksKeys.set(blocks, key);
    }
    return key;
  }

  #join(member: Member): PodClass {
    const key = this.#keyOf(member);
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      known.memberCount++;
      return known;
    }
    const { namespace, isNode, labels, namedPorts, blocks } = member;
    const podClass: PodClass = {
      id: this.#freeIds.pop() ?? this.classes.length,
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
    this.#byKey.set(key, podClass);
    this.classes[podClass.id] = podClass;
    namespace?.classes.add(podClass);
    if (this.#peerSets.rows.wordCount > 0) this.#observer.classAppeared(podClass);
    return podClass;
  }

  #leave(podClass: PodClass): void {
    if (--podClass.memberCount > 0) return;
    this.#byKey.delete(podClass.key);
    this.classes[podClass.id] = undefined;
    this.#freeIds.push(podClass.id);
    podClass.namespace?.classes.delete(podClass);
    this.#observer.classVanished(podClass);
  }

  #rekey(member: Member): void {
    const old = member.podClass;
    if (this.#keyOf(member) === old.key) return;
    member.podClass = this.#join(member);
    this.#leave(old);
  }

  // ----------------------------------------------------------------------- words

  learnSelector(selector: Selector): void {
    if (selector.requirements.length > 0) this.#vocabulary.addSelector(selector, this.#newTerms);
  }

  learnPortName(name: string): void {
    if (this.#vocabulary.addPortName(name)) this.#newPortNames.add(name);
  }

  /** For the time before there are members: nobody needs to be told apart. */
  forgetNews(): void {
    this.#newTerms = [];
    this.#newPortNames.clear();
    this.#peerSets.takeNewBlocks();
  }

  /** Moves members that new words tell apart into classes of their own. */
  settleNews(): void {
    for (const block of this.#peerSets.takeNewBlocks()) {
      for (const member of this.#members()) {
        if (!holdsMember(block, member, addressesOf(member), this.#ipBlockMatchesPods)) continue;
        member.blocks = [...member.blocks, block.index];
        this.#rekey(member);
      }
    }
    const terms = this.#newTerms;
    const names = this.#newPortNames;
    if (terms.length === 0 && names.size === 0) return;
    for (const member of this.#members()) {
      if (hasTerm(member.labels, terms) || hasName(member, names)) this.#rekey(member);
    }
    this.#newTerms = [];
    names.clear();
  }

  *#members(): Iterable<Member> {
    yield* this.pods.values();
    yield* this.#addresses.values();
  }
}

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
