/** The verdicts of every class with every class on one port, kept current as policies and pods change. */
import { type Bits, grownBits, hasBit, writeBit } from "./bits.ts";
import type { PodClass } from "./pod-class.ts";
import type { PortMatcher } from "./port-matcher.ts";
import type { RulePrograms } from "./rule-programs.ts";
import type { Side } from "./side.ts";

export class PortTable {
  /** By class: the classes it may send to; undefined where nothing restricts it. */
  readonly egress: (Bits | undefined)[] = [];
  /** By class: the classes it may hear from; undefined where nothing restricts it. */
  readonly ingress: (Bits | undefined)[] = [];
  readonly #bySide = new Map<Side, Bits>();
  readonly #classes: readonly (PodClass | undefined)[];
  readonly #matcher: PortMatcher;
  readonly #programs: RulePrograms;

  constructor(classes: readonly (PodClass | undefined)[], matcher: PortMatcher, programs: RulePrograms) {
    this.#classes = classes;
    this.#matcher = matcher;
    this.#programs = programs;
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
    this.#matcher.refreshColumn(podClass);
    for (const other of this.#classes) {
      if (other === undefined) continue;
      const { protocol, port, family } = this.#matcher;
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
    this.#matcher.setWordCount(wordCount);
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
  }

  // Classes with equal policies share a row; with names in ingress rules each has its own numbers.
  #row(side: Side, podClass: PodClass): Bits {
    const isShared = side.direction === "egress" || !side.usesNames;
    const known = isShared ? this.#bySide.get(side) : undefined;
    if (known !== undefined) return known;
    const row = side.allowedPeers(this.#matcher.wordCount, (rule, target) =>
      this.#matcher.addMatches(rule, target, side.direction, podClass),
    );
    if (isShared) this.#bySide.set(side, row);
    return row;
  }
}
