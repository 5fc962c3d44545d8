/**
 * Selectors, address blocks and peer lists as bit sets over classes, each distinct one kept once.
 * A pod peer factors into the classes of matching namespaces AND the classes of matching labels.
 */
import { type AddressBlock, blockContains } from "./address.ts";
import { addAll, addBit, addIntersection, type Bits, grownBits, hasBit, newBits, writeBit } from "./bits.ts";
import type { ClassIndex } from "./class-index.ts";
import type { Member, NamespaceEntry, PodClass } from "./pod-class.ts";
import type { Peer } from "./policy.ts";
import { type Selector, selectorMatches } from "./selector.ts";

export interface SelectorSet {
  readonly selector: Selector;
  bits: Bits;
  users: number;
}

export interface BlockSet {
  readonly id: string;
  readonly index: number;
  readonly block: AddressBlock;
  /** ClusterNetworkPolicy `networks` hold pod addresses in every profile (rule 134). */
  readonly alwaysHoldsPods: boolean;
  bits: Bits;
  users: number;
}

type PeerAtom =
  | { readonly kind: "pods"; readonly namespaces: SelectorSet | NamespaceEntry; readonly pods: SelectorSet }
  | { readonly kind: "block"; readonly set: BlockSet }
  | { readonly kind: "nodes"; readonly set: SelectorSet };

/** The union of a rule's peers, once for IPv4 packets and once for IPv6 packets. */
export interface PeerSet {
  readonly id: string;
  readonly atoms: readonly PeerAtom[];
  bits: readonly [Bits, Bits];
  users: number;
}

type SelectorDomain = "pods" | "namespaces" | "nodes";

export class PeerSets {
  readonly #selectors: Readonly<Record<SelectorDomain, Map<string, SelectorSet>>> = {
    pods: new Map(),
    namespaces: new Map(),
    nodes: new Map(),
  };
  readonly #blocks = new Map<string, BlockSet>();
  #nextBlockIndex = 0;
  readonly #peerSets = new Map<string, PeerSet>();
  #wordCount: number;
  readonly #classes: readonly (PodClass | undefined)[];

  constructor(classes: readonly (PodClass | undefined)[], wordCount: number) {
    this.#classes = classes;
    this.#wordCount = wordCount;
  }

  blocksOf(member: Member, ipBlockMatchesPods: boolean): readonly number[] {
    if (this.#blocks.size === 0) return NO_BLOCKS;
    let indexes: number[] | null = null;
    for (const set of this.#blocks.values()) {
      if (!holdsMember(set, member, ipBlockMatchesPods)) continue;
      indexes ??= [];
      indexes.push(set.index);
    }
    return indexes ?? NO_BLOCKS;
  }

  /** Makes the block known, without bits yet; returns it when it was new. */
  addBlock(id: string, block: AddressBlock, alwaysHoldsPods: boolean): BlockSet | null {
    const key = blockKey(id, alwaysHoldsPods);
    if (this.#blocks.has(key)) return null;
    const bits = newBits(this.#wordCount);
    const set = { id: key, index: this.#nextBlockIndex++, block, alwaysHoldsPods, bits, users: 0 };
    this.#blocks.set(key, set);
    return set;
  }

  setWordCount(wordCount: number): void {
    this.#wordCount = wordCount;
    for (const domain of Object.values(this.#selectors)) {
      for (const set of domain.values()) set.bits = grownBits(set.bits, wordCount);
    }
    for (const set of this.#blocks.values()) set.bits = grownBits(set.bits, wordCount);
    for (const set of this.#peerSets.values()) {
      const [ipv4, ipv6] = set.bits;
      const grown = grownBits(ipv4, wordCount);
      set.bits = [grown, ipv4 === ipv6 ? grown : grownBits(ipv6, wordCount)];
    }
  }

  acquireSelector(domain: SelectorDomain, selector: Selector, index: ClassIndex | null): SelectorSet {
    const sets = this.#selectors[domain];
    let set = sets.get(selector.id);
    if (set === undefined) {
      const bits = newBits(this.#wordCount);
      if (index !== null) index.select(domain, selector, bits);
      else {
        for (const podClass of this.#classes) {
          if (podClass !== undefined && selectorHolds(domain, selector, podClass)) addBit(bits, podClass.id);
        }
      }
      set = { selector, bits, users: 0 };
      sets.set(selector.id, set);
    }
    set.users++;
    return set;
  }

  releaseSelector(domain: SelectorDomain, set: SelectorSet): void {
    if (--set.users === 0) this.#selectors[domain].delete(set.selector.id);
  }

  acquirePeers(
    peers: readonly Peer[],
    ownNamespace: NamespaceEntry | null,
    networksHoldPods: boolean,
    index: ClassIndex | null,
  ): PeerSet {
    const id = peers.map((peer) => peerKey(peer, ownNamespace, networksHoldPods)).join("|");
    let set = this.#peerSets.get(id);
    if (set === undefined) {
      const atoms = peers.flatMap((peer) => this.#acquireAtom(peer, ownNamespace, networksHoldPods, index));
      set = { id, atoms, bits: this.#unite(atoms), users: 0 };
      this.#peerSets.set(id, set);
    }
    set.users++;
    return set;
  }

  releasePeers(set: PeerSet): void {
    if (--set.users > 0) return;
    this.#peerSets.delete(set.id);
    for (const atom of set.atoms) {
      if (atom.kind === "pods") {
        if ("selector" in atom.namespaces) this.releaseSelector("namespaces", atom.namespaces);
        this.releaseSelector("pods", atom.pods);
      } else if (atom.kind === "nodes") this.releaseSelector("nodes", atom.set);
      // A block stays in the members' keys; dropping it would leave classes split by nothing.
      else atom.set.users--;
    }
  }

  #acquireAtom(
    peer: Peer,
    ownNamespace: NamespaceEntry | null,
    networksHoldPods: boolean,
    index: ClassIndex | null,
  ): PeerAtom[] {
    switch (peer.kind) {
      case "pods": {
        const namespaces =
          peer.namespaces === null ? ownNamespace : this.acquireSelector("namespaces", peer.namespaces, index);
        if (namespaces === null) return [];
        return [{ kind: "pods", namespaces, pods: this.acquireSelector("pods", peer.pods, index) }];
      }
      case "block": {
        const set = this.#blocks.get(blockKey(peer.id, networksHoldPods));
        if (set === undefined) return [];
        if (set.users++ === 0) this.#fillBlock(set);
        return [{ kind: "block", set }];
      }
      case "nodes":
        return [{ kind: "nodes", set: this.acquireSelector("nodes", peer.nodes, index) }];
      case "nobody":
        return [];
      default:
        return peer satisfies never;
    }
  }

  #fillBlock(set: BlockSet): void {
    for (const podClass of this.#classes) {
      if (podClass !== undefined) writeBit(set.bits, podClass.id, podClass.blocks.includes(set.index));
    }
  }

  #unite(atoms: readonly PeerAtom[]): readonly [Bits, Bits] {
    const shared = newBits(this.#wordCount);
    let hasBlocks = false;
    for (const atom of atoms) {
      if (atom.kind === "pods") addIntersection(shared, atom.namespaces.bits, atom.pods.bits);
      else if (atom.kind === "nodes") addAll(shared, atom.set.bits);
      else hasBlocks = true;
    }
    if (!hasBlocks) return [shared, shared];
    const byFamily: readonly [Bits, Bits] = [shared, shared.slice()];
    for (const atom of atoms) {
      if (atom.kind === "block") addAll(byFamily[atom.set.block.cidr?.family === 6 ? 1 : 0], atom.set.bits);
    }
    return byFamily;
  }

  /** Writes the bit of a class anew in every set. `NamespaceEntry.bits` must be current. */
  refreshColumn(podClass: PodClass): void {
    const { id } = podClass;
    for (const domain of ["pods", "namespaces", "nodes"] as const) {
      for (const set of this.#selectors[domain].values()) {
        writeBit(set.bits, id, selectorHolds(domain, set.selector, podClass));
      }
    }
    for (const set of this.#blocks.values()) writeBit(set.bits, id, podClass.blocks.includes(set.index));
    for (const set of this.#peerSets.values()) {
      writeBit(set.bits[0], id, atomsHold(set.atoms, id, 4));
      if (set.bits[1] !== set.bits[0]) writeBit(set.bits[1], id, atomsHold(set.atoms, id, 6));
    }
  }
}

const NO_BLOCKS: readonly number[] = [];

function atomsHold(atoms: readonly PeerAtom[], id: number, family: 4 | 6): boolean {
  for (const atom of atoms) {
    if (atom.kind === "pods") {
      if (hasBit(atom.pods.bits, id) && hasBit(atom.namespaces.bits, id)) return true;
    } else if (atom.kind === "nodes") {
      if (hasBit(atom.set.bits, id)) return true;
    } else if (atom.set.block.cidr?.family === family && hasBit(atom.set.bits, id)) return true;
  }
  return false;
}

export function selectorHolds(domain: SelectorDomain, selector: Selector, podClass: PodClass): boolean {
  const { namespace } = podClass;
  if (domain === "nodes") return podClass.isNode && selectorMatches(selector, podClass.labels);
  if (namespace === null) return false;
  return selectorMatches(selector, domain === "pods" ? podClass.labels : namespace.labels);
}

export function holdsMember(set: BlockSet, member: Member, ipBlockMatchesPods: boolean): boolean {
  if (member.pod !== null && !ipBlockMatchesPods && !set.alwaysHoldsPods) return false;
  for (const address of member.addresses) if (blockContains(set.block, address)) return true;
  return false;
}

function blockKey(id: string, alwaysHoldsPods: boolean): string {
  return alwaysHoldsPods ? `*${id}` : id;
}

function peerKey(peer: Peer, ownNamespace: NamespaceEntry | null, networksHoldPods: boolean): string {
  switch (peer.kind) {
    case "pods":
      return `${peer.namespaces === null ? `#${ownNamespace?.index}` : peer.namespaces.id}&${peer.pods.id}`;
    case "block":
      return blockKey(`b/${peer.id}`, networksHoldPods);
    case "nodes":
      return `n/${peer.nodes.id}`;
    case "nobody":
      return "-";
    default:
      return peer satisfies never;
  }
}
