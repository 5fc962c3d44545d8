/** Which classes one rule matches on one port: numbers alike for all, names by each destination's own. */
import { addBit, addIntersection, type Bits, grownBits, writeBit } from "./bits.ts";
import type { PeerSets } from "./peer-set.ts";
import type { PodClass } from "./pod-class.ts";
import type { Direction } from "../policy/policy.ts";
import { ICMP, type ProtocolNumber } from "../policy/port-set.ts";
import type { InstalledRule } from "./side.ts";

export class PortMatcher {
  readonly protocol: ProtocolNumber;
  readonly port: number;
  readonly family: 0 | 1;
  readonly #classes: readonly (PodClass | undefined)[];
  readonly #peerSets: PeerSets;
  /** By `name/protocol`: the classes on which the name means this port. */
  readonly #nameBits = new Map<string, Bits>();

  constructor(
    classes: readonly (PodClass | undefined)[],
    peerSets: PeerSets,
    { protocol, port, family }: { protocol: ProtocolNumber; port: number; family: 0 | 1 },
  ) {
    this.#classes = classes;
    this.#peerSets = peerSets;
    this.protocol = protocol;
    this.port = port;
    this.family = family;
  }

  get wordCount(): number {
    return this.#peerSets.rows.wordCount;
  }

  /** Adds the peers with which a rule on one direction of `podClass` matches. */
  addMatches({ peers, ports }: InstalledRule, target: Bits, direction: Direction, podClass: PodClass): void {
    const { protocol, port } = this;
    const isByNumber = ports === null || ports.hasNumber(protocol, port);
    if (isByNumber || (direction === "ingress" && ports.hasName(protocol, port, podClass.namedPorts))) {
      if (peers === null) target.fill(0xffffffff);
      else this.#peerSets.addPeers(target, peers, this.family);
      return;
    }
    if (!ports.hasNames || protocol === ICMP || direction === "ingress") return;
    const reached = new Uint32Array(target.length);
    if (peers === null) reached.fill(0xffffffff);
    else this.#peerSets.addPeers(reached, peers, this.family);
    for (const key of ports.nameKeys(protocol)) addIntersection(target, this.#classesNaming(key), reached);
  }

  #classesNaming(key: string): Bits {
    let bits = this.#nameBits.get(key);
    if (bits === undefined) {
      bits = new Uint32Array(this.wordCount);
      for (const podClass of this.#classes) {
        if (podClass?.namedPorts.get(key)?.includes(this.port)) addBit(bits, podClass.id);
      }
      this.#nameBits.set(key, bits);
    }
    return bits;
  }

  refreshColumn({ id, namedPorts }: PodClass): void {
    for (const [key, bits] of this.#nameBits) writeBit(bits, id, namedPorts.get(key)?.includes(this.port) === true);
  }

  setWordCount(wordCount: number): void {
    for (const [name, bits] of this.#nameBits) this.#nameBits.set(name, grownBits(bits, wordCount));
  }
}
