/**
 * Selectors and address blocks as rows of bits over classes, each distinct one kept once. A pod peer
 * factors into the classes of matching namespaces AND the classes of matching labels.
 */
import { type Address, type AddressBlock, blockContains } from "../policy/address.ts";
import { BitRows, EVERYBODY } from "./bit-rows.ts";
import { BlockIndex, NO_BLOCKS } from "./block-index.ts";
import type { Bits } from "./bits.ts";
import { addressesOf, type Member, type PodClass } from "./pod-class.ts";
import type { Peer } from "../policy/policy.ts";
import { compileSelector, type Selector, selectorMatches } from "../policy/selector.ts";

/** What a selector is about. */
export type SelectorDomain = "pods" | "namespaces" | "nodes";

/** Adds every class that a selector matches to a row. */
export type FillRow = (domain: SelectorDomain, selector: Selector, rows: BitRows, row: number) => void;

export interface SelectorSet {
  readonly domain: SelectorDomain;
  readonly selector: Selector;
  readonly row: number;
  users: number;
}

export interface BlockSet {
  readonly index: number;
  readonly block: AddressBlock;
  readonly row: number;
  /** ClusterNetworkPolicy `networks` hold pod addresses in every profile (rule 134). */
  readonly alwaysHoldsPods: boolean;
}

/** One peer: the classes in both rows. Blocks count for packets of their own family only. */
export interface PeerAtom {
  readonly left: number;
  readonly right: number;
  readonly family: 0 | 1 | null;
  readonly sets: readonly SelectorSet[];
}

export const METADATA_NAME = "kubernetes.io/metadata.name";

export class PeerSets {
  readonly rows = new BitRows();
  readonly #selectors: Readonly<Record<SelectorDomain, Map<string, SelectorSet>>> = {
    pods: new Map(),
    namespaces: new Map(),
    nodes: new Map(),
  };
  readonly #ownNamespaces = new Map<string, Selector>();
  readonly #blocks = new Map<string, BlockSet>();
  readonly #blocksByIndex: BlockSet[] = [];
  /** All blocks, and those alone that hold pods in every profile. */
  readonly #blockIndex = new BlockIndex();
  readonly #podBlockIndex = new BlockIndex();
  /** Made, but without bits yet. */
  #newSelectors: SelectorSet[] = [];
  #newBlocks: BlockSet[] = [];

  /** The blocks that hold the member, by index, ascending. */
  blocksOf(member: Member, ipBlockMatchesPods: boolean): readonly number[] {
    if (this.#blocksByIndex.length === 0) return NO_BLOCKS;
    const index = member.pod !== null && !ipBlockMatchesPods ? this.#podBlockIndex : this.#blockIndex;
    const [first, ...more] = addressesOf(member);
    if (first === undefined) return NO_BLOCKS;
    if (more.length === 0) return index.blocksAt(first);
    const indexes = new Set([first, ...more].flatMap((address) => index.blocksAt(address)));
    return [...indexes].sort((a, b) => a - b);
  }

  acquireSelector(domain: SelectorDomain, selector: Selector): SelectorSet {
    const sets = this.#selectors[domain];
    let set = sets.get(selector.id);
    if (set === undefined) {
      // Every pod is in `{}`; the namespaces' row, with which it is always joined, leaves out addresses.
      const isEverybody = domain === "pods" && selector.requirements.length === 0;
      set = { domain, selector, row: isEverybody ? EVERYBODY : this.rows.allot(), users: 0 };
      sets.set(selector.id, set);
      if (!isEverybody) this.#newSelectors.push(set);
    }
    set.users++;
    return set;
  }

  releaseSelector(set: SelectorSet): void {
    if (--set.users > 0) return;
    this.#selectors[set.domain].delete(set.selector.id);
    this.rows.giveBack(set.row);
  }

  /** The pods of one namespace: its name is a label it cannot lose (rule 44). */
  ownNamespace(name: string): Selector {
    let selector = this.#ownNamespaces.get(name);
    if (selector === undefined) {
      selector = compileSelector({ matchLabels: { [METADATA_NAME]: name } });
      this.#ownNamespaces.set(name, selector);
    }
    return selector;
  }

  acquirePeers(peers: readonly Peer[], ownNamespace: string | null): PeerAtom[] {
    const atoms: PeerAtom[] = [];
    for (const peer of peers) {
      const atom = this.#acquireAtom(peer, ownNamespace);
      if (atom !== null) atoms.push(atom);
    }
    return atoms;
  }

  // Blocks are never released: they stay in the members' keys until all is compiled afresh.
  releasePeers(atoms: readonly PeerAtom[]): void {
    for (const { sets } of atoms) for (const set of sets) this.releaseSelector(set);
  }

  #acquireAtom(peer: Peer, ownNamespace: string | null): PeerAtom | null {
    switch (peer.kind) {
      case "pods": {
        const selector = peer.namespaces ?? this.ownNamespace(ownNamespace ?? "");
        const namespaces = this.acquireSelector("namespaces", selector);
        const pods = this.acquireSelector("pods", peer.pods);
        return { left: namespaces.row, right: pods.row, family: null, sets: [namespaces, pods] };
      }
      case "block": {
        const { row } = this.#block(peer.id, peer.block, ownNamespace === null);
        return { left: row, right: EVERYBODY, family: peer.block.cidr?.family === 6 ? 1 : 0, sets: [] };
      }
      case "nodes": {
        const nodes = this.acquireSelector("nodes", peer.nodes);
        return { left: nodes.row, right: EVERYBODY, family: null, sets: [nodes] };
      }
      case "nobody":
        return null;
      default:
        return peer satisfies never;
    }
  }

  #block(id: string, block: AddressBlock, alwaysHoldsPods: boolean): BlockSet {
    const key = alwaysHoldsPods ? `*${id}` : id;
    let set = this.#blocks.get(key);
    if (set === undefined) {
      set = { index: this.#blocksByIndex.length, block, row: this.rows.allot(), alwaysHoldsPods };
      this.#blocks.set(key, set);
      this.#blocksByIndex.push(set);
      this.#blockIndex.add(set);
      if (alwaysHoldsPods) this.#podBlockIndex.add(set);
      this.#newBlocks.push(set);
    }
    return set;
  }

  /** Blocks made since the last call: members they hold must be told apart from the others. */
  takeNewBlocks(): readonly BlockSet[] {
    const taken = this.#newBlocks;
    this.#newBlocks = [];
    return taken;
  }

  /** Has the bits of all classes set in the selectors made since the last call. */
  fillNewSelectors(fill: FillRow): void {
    for (const { domain, selector, row, users } of this.#newSelectors) {
      if (users > 0) fill(domain, selector, this.rows, row);
    }
    this.#newSelectors = [];
  }

  /** Sets the bits of a new class in all blocks. */
  addToBlocks(podClass: PodClass): void {
    for (const index of podClass.blocks) this.rows.add((this.#blocksByIndex[index] as BlockSet).row, podClass.id);
  }

  /** Writes the bit of a class anew in every set. */
  refreshColumn(podClass: PodClass): void {
    const { id } = podClass;
    for (const domain of ["pods", "namespaces", "nodes"] as const) {
      for (const { selector, row } of this.#selectors[domain].values()) {
        if (row !== EVERYBODY) this.rows.write(row, id, selectorHolds(domain, selector, podClass));
      }
    }
    for (const { row } of this.#blocksByIndex) this.rows.write(row, id, false);
    this.addToBlocks(podClass);
  }

  /** Adds the classes of the peers to `target`. */
  addPeers(target: Bits, atoms: readonly PeerAtom[], family: 0 | 1): void {
    for (const atom of atoms) {
      if (atom.family === null || atom.family === family) this.rows.addIntersection(target, atom.left, atom.right);
    }
  }

  /** Whether a class is one of the peers. */
  hasPeer(atoms: readonly PeerAtom[], classId: number, family: 0 | 1): boolean {
    for (const atom of atoms) {
      if (atom.family !== null && atom.family !== family) continue;
      if (this.rows.has(atom.left, classId) && this.rows.has(atom.right, classId)) return true;
    }
    return false;
  }
}

/** Asks every class; an index is faster where there are many selectors. */
export function fillByAsking(classes: readonly (PodClass | undefined)[]): FillRow {
  return (domain, selector, rows, row) => {
    for (const podClass of classes) {
      if (podClass !== undefined && selectorHolds(domain, selector, podClass)) rows.add(row, podClass.id);
    }
  };
}

function selectorHolds(domain: SelectorDomain, selector: Selector, podClass: PodClass): boolean {
  const { namespace } = podClass;
  if (domain === "nodes") return podClass.isNode && selectorMatches(selector, podClass.labels);
  if (namespace === null) return false;
  return selectorMatches(selector, domain === "pods" ? podClass.labels : namespace.labels);
}

export function holdsMember(
  set: BlockSet,
  member: Member,
  addresses: readonly Address[],
  ipBlockMatchesPods: boolean,
): boolean {
  if (member.pod !== null && !ipBlockMatchesPods && !set.alwaysHoldsPods) return false;
  for (const address of addresses) if (blockContains(set.block, address)) return true;
  return false;
}
