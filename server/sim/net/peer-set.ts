/**
 * Selectors, address blocks and peer lists as bit sets over classes, each distinct one kept once.
 * A pod peer factors into the classes of matching namespaces AND the classes of matching labels.
 */
import { type AddressBlock, blockContains } from "./address.ts";
import { addAll, addBit, addIntersection, type Bits, grownBits, hasBit, newBits, writeBit } from "./bits.ts";
import type { ClassIndex } from "./class-index.ts";
import { PeerColumns } from "./peer-columns.ts";
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

/** The union of a rule's peers. It differs between IPv4 and IPv6 packets where it holds blocks. */
export interface PeerSet {
  readonly id: string;
  readonly atoms: readonly PeerAtom[];
  /** Where the set stands in `PeerColumns`, for IPv4 and for IPv6 packets. */
  readonly columns: readonly [number, number];
  /** The classes in the set, made when a table first needs them. */
  readonly rows: [Bits | null, Bits | null];
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
  readonly columns = new PeerColumns();
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
    for (const { rows } of this.#peerSets.values()) {
      const [ipv4, ipv6] = rows;
      rows[0] = ipv4 && grownBits(ipv4, wordCount);
      rows[1] = ipv4 === ipv6 ? rows[0] : ipv6 && grownBits(ipv6, wordCount);
    }
    this.columns.reserve(wordCount * 32, this.columns.setCount);
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
      const ipv4 = this.columns.allot();
      const hasBlocks = atoms.some((atom) => atom.kind === "block");
      set = { id, atoms, columns: [ipv4, hasBlocks ? this.columns.allot() : ipv4], rows: [null, null], users: 0 };
      this.#peerSets.set(id, set);
      // With an index everything is being compiled; the columns are then filled together.
      if (index === null) this.#fillColumns(set);
    }
    set.users++;
    return set;
  }

  /** Fills the columns of all sets at once, 32 sets at a time. */
  fillAllColumns(): void {
    const families: { readonly set: PeerSet; readonly family: 0 | 1 }[] = [];
    for (const set of this.#peerSets.values()) {
      families[set.columns[0]] = { set, family: 0 };
      if (set.columns[1] !== set.columns[0]) families[set.columns[1]] = { set, family: 1 };
    }
    this.columns.reserve(this.#wordCount * 32, families.length);
    const rows = Array.from({ length: 32 }, () => newBits(this.#wordCount));
    for (let first = 0; first < families.length; first += 32) {
      for (let i = 0; i < 32; i++) {
        const row = rows[i] as Bits;
        row.fill(0);
        const entry = families[first + i];
        if (entry !== undefined) unite(entry.set.atoms, entry.family, row);
      }
      this.columns.write(first, rows);
    }
  }

  #fillColumns(set: PeerSet): void {
    for (const family of set.columns[0] === set.columns[1] ? ([0] as const) : ([0, 1] as const)) {
      const row = newBits(this.#wordCount);
      unite(set.atoms, family, row);
      this.columns.writeOne(set.columns[family], row, this.#classes.length);
    }
  }

  /** The classes in the set, kept current from then on. Not to be changed. */
  rowOf(set: PeerSet, family: 0 | 1): Bits {
    const known = set.rows[family];
    if (known !== null) return known;
    const row = newBits(this.#wordCount);
    unite(set.atoms, family, row);
    if (set.columns[0] === set.columns[1]) set.rows[0] = set.rows[1] = row;
    else set.rows[family] = row;
    return row;
  }

  releasePeers(set: PeerSet): void {
    if (--set.users > 0) return;
    this.#peerSets.delete(set.id);
    this.columns.giveBack(set.columns);
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

  /** Writes the bit of a class anew in every set. `NamespaceEntry.bits` must be current. */
  refreshColumn(podClass: PodClass): void {
    const { id } = podClass;
    for (const domain of ["pods", "namespaces", "nodes"] as const) {
      for (const set of this.#selectors[domain].values()) {
        writeBit(set.bits, id, selectorHolds(domain, set.selector, podClass));
      }
    }
    for (const set of this.#blocks.values()) writeBit(set.bits, id, podClass.blocks.includes(set.index));
    for (const { atoms, columns, rows } of this.#peerSets.values()) {
      for (const family of columns[0] === columns[1] ? ([0] as const) : ([0, 1] as const)) {
        const holds = atomsHold(atoms, id, family === 0 ? 4 : 6);
        this.columns.set(id, columns[family], holds);
        const row = rows[family];
        if (row !== null) writeBit(row, id, holds);
      }
    }
  }
}

const NO_BLOCKS: readonly number[] = [];

function unite(atoms: readonly PeerAtom[], family: 0 | 1, row: Bits): void {
  for (const atom of atoms) {
    if (atom.kind === "pods") addIntersection(row, atom.namespaces.bits, atom.pods.bits);
    else if (atom.kind === "nodes" || atom.set.block.cidr?.family === (family === 0 ? 4 : 6))
      addAll(row, atom.set.bits);
  }
}

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
