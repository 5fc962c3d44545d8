/** The verdicts of every class with every class on one port, kept current as policies and pods change. */
import { addBit, addIntersection, type Bits, grownBits, hasBit, writeBit } from "./bits.ts";
import type { PeerSets } from "./peer-set.ts";
import type { PodClass } from "./pod-class.ts";
import { ICMP, type ProtocolNumber } from "./port-set.ts";
import type { RulePrograms } from "./rule-programs.ts";
import type { InstalledRule, Side } from "./side.ts";

export class PortTable {
  readonly protocol: ProtocolNumber;
  readonly port: number;
  readonly family: 0 | 1;
  /** By class: the classes it may send to; undefined where nothing restricts it. */
  readonly egress: (Bits | undefined)[] = [];
  /** By class: the classes it may hear from; undefined where nothing restricts it. */
  readonly ingress: (Bits | undefined)[] = [];
  readonly #bySide = new Map<Side, Bits>();
  /** By `name/protocol`: the classes on which the name means this port. */
  readonly #nameBits = new Map<string, Bits>();
  readonly #classes: readonly (PodClass | undefined)[];
  readonly #peerSets: PeerSets;
  readonly #programs: RulePrograms;
  #wordCount: number;

  constructor(
    classes: readonly (PodClass | undefined)[],
    peerSets: PeerSets,
    programs: RulePrograms,
    protocol: ProtocolNumber,
    port: number,
    family: 0 | 1,
  ) {
    this.#classes = classes;
    this.#peerSets = peerSets;
    this.#programs = programs;
    this.#wordCount = peerSets.rows.wordCount;
    this.protocol = protocol;
    this.port = port;
    this.family = family;
    for (const podClass of classes) if (podClass !== undefined) this.refreshRows(podClass);
  }

  allows(source: number, destination: number): boolean {
    const egress = this.egress[source];
    if (egress !== undefined && !hasBit(egress, destination)) return false;
    const ingress = this.ingress[destination];
    return ingress === undefined || hasBit(ingress, source);
  }

  /** Computes both rows of a class anew after the policies that select it changed. */
  refreshRows(podClass: PodClass): void {
    const { id, egress, ingress } = podClass;
    this.egress[id] = egress === undefined ? undefined : this.#row(egress, podClass);
    this.ingress[id] = ingress === undefined ? undefined : this.#row(ingress, podClass);
  }

  /** Writes the bit of a class anew in every row, after its labels or namespace changed. */
  refreshColumn(podClass: PodClass): void {
    const { id, namedPorts } = podClass;
    for (const [key, bits] of this.#nameBits) {
      writeBit(bits, id, namedPorts.get(key)?.includes(this.port) === true);
    }
    for (const other of this.#classes) {
      if (other === undefined) continue;
      const { protocol, port, family } = this;
      const out = this.egress[other.id];
      if (out !== undefined && other.egress !== undefined) {
        writeBit(out, id, this.#programs.allows(other.egress, id, protocol, port, family, namedPorts));
      }
      const into = this.ingress[other.id];
      if (into !== undefined && other.ingress !== undefined) {
        writeBit(into, id, this.#programs.allows(other.ingress, id, protocol, port, family, other.namedPorts));
      }
    }
  }

  dropClass(id: number): void {
    this.egress[id] = undefined;
    this.ingress[id] = undefined;
  }

  /** Forgets the shared row of a side that no class has any more. */
  dropSide(side: Side): void {
    this.#bySide.delete(side);
  }

  setWordCount(wordCount: number): void {
    this.#wordCount = wordCount;
    const grown = new Map<Bits, Bits>();
    const grow = (bits: Bits): Bits => {
      const known = grown.get(bits) ?? grownBits(bits, wordCount);
      grown.set(bits, known);
      return known;
    };
    for (const rows of [this.egress, this.ingress]) {
      for (const [i, row] of rows.entries()) if (row !== undefined) rows[i] = grow(row);
    }
    for (const [side, row] of this.#bySide) this.#bySide.set(side, grow(row));
    for (const [name, bits] of this.#nameBits) this.#nameBits.set(name, grow(bits));
  }

  // Classes with equal policies share a row; with names in ingress rules each has its own numbers.
  #row(side: Side, podClass: PodClass): Bits {
    const isShared = side.direction === "egress" || !side.usesNames;
    const known = isShared ? this.#bySide.get(side) : undefined;
    if (known !== undefined) return known;
    const row = side.allowedPeers(this.#wordCount, (rule, target) => this.#addMatches(rule, target, side, podClass));
    if (isShared) this.#bySide.set(side, row);
    return row;
  }

  #addMatches({ peers, ports }: InstalledRule, target: Bits, side: Side, podClass: PodClass): void {
    const { protocol, port } = this;
    const isByNumber = ports === null || ports.hasNumber(protocol, port);
    if (isByNumber || (side.direction === "ingress" && ports.hasName(protocol, port, podClass.namedPorts))) {
      if (peers === null) target.fill(0xffffffff);
      else this.#peerSets.addPeers(target, peers, this.family);
      return;
    }
    if (!ports.hasNames || protocol === ICMP || side.direction === "ingress") return;
    const reached = new Uint32Array(this.#wordCount);
    if (peers === null) reached.fill(0xffffffff);
    else this.#peerSets.addPeers(reached, peers, this.family);
    for (const key of ports.nameKeys(protocol)) addIntersection(target, this.#classesNaming(key), reached);
  }

  #classesNaming(key: string): Bits {
    let bits = this.#nameBits.get(key);
    if (bits === undefined) {
      bits = new Uint32Array(this.#wordCount);
      for (const podClass of this.#classes) {
        if (podClass?.namedPorts.get(key)?.includes(this.port)) addBit(bits, podClass.id);
      }
      this.#nameBits.set(key, bits);
    }
    return bits;
  }
}
