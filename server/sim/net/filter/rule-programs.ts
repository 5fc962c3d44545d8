/**
 * Sides without ClusterNetworkPolicies as runs of numbers in one array, for IPv4: how long, then for
 * each rule the number of its port set, how many peers, and two rows of classes a peer. A verdict then
 * touches a few neighbouring words instead of a chain of objects.
 */
import type { BitRows } from "./bit-rows.ts";
import { ICMP, type NamedPorts, type PortSet } from "../policy/port-set.ts";
import type { Side } from "./side.ts";

/** Nothing restricts the class in this direction. */
export const UNRESTRICTED = -1;
/** Only the side itself can tell: it has tiers. */
export const HAS_TIERS = -2;

const ANY_PEER = -1;
const ANY_PORT = 0;

const NO_MATCH = 0;
const MATCH = 1;
const DEPENDS_ON_NAMES = 2;

/** Ports whose matches are remembered at most. */
const REMEMBERED_PORTS = 256;

export class RulePrograms {
  /** By class: where its program starts, or one of the constants. */
  egressAt = new Int32Array(0);
  ingressAt = new Int32Array(0);
  #code = new Int32Array(1024);
  #length = 0;
  #garbage = 0;
  readonly #rows: BitRows;
  readonly #portSetNumbers = new Map<PortSet, number>();
  readonly #portSets: (PortSet | null)[] = [null];
  readonly #matches = new Map<number, Uint8Array>();

  constructor(rows: BitRows) {
    this.#rows = rows;
  }

  setClassCapacity(count: number): void {
    for (const field of ["egressAt", "ingressAt"] as const) {
      const grown = new Int32Array(count).fill(UNRESTRICTED);
      grown.set(this[field]);
      this[field] = grown;
    }
  }

  /** Appends the program of a side; returns where it starts. */
  add(side: Side): number {
    if (side.hasTiers) return HAS_TIERS;
    const start = this.#length++;
    for (const { peers, ports } of side.policies.flatMap((entry) => entry[side.direction])) {
      this.#reserve(2 + 2 * (peers?.length ?? 0));
      this.#code[this.#length++] = this.#portSetNumber(ports);
      const countAt = this.#length++;
      this.#code[countAt] = peers === null ? ANY_PEER : 0;
      for (const { left, right, family } of peers ?? []) {
        if (family === 1) continue;
        this.#code[countAt] = (this.#code[countAt] as number) + 1;
        this.#code[this.#length++] = left;
        this.#code[this.#length++] = right;
      }
    }
    this.#reserve(1);
    this.#code[start] = this.#length;
    return start;
  }

  #reserve(count: number): void {
    if (this.#length + count < this.#code.length) return;
    const grown = new Int32Array(2 * (this.#length + count));
    grown.set(this.#code);
    this.#code = grown;
  }

  /** Counts the program of a side that no class has any more as waste. */
  drop(side: Side): void {
    if (side.programAt >= 0) this.#garbage += (this.#code[side.programAt] as number) - side.programAt;
  }

  /** Whether more is wasted than used, so that everything should be laid out afresh. */
  get isMostlyGarbage(): boolean {
    return this.#garbage > 4096 && this.#garbage * 2 > this.#length;
  }

  clear(): void {
    this.#length = 0;
    this.#garbage = 0;
  }

  /** Whether a side lets a packet pass that no exemption covers. */
  allows(side: Side, peer: number, protocol: number, port: number, family: 0 | 1, namedPorts: NamedPorts): boolean {
    if (side.programAt >= 0 && family === 0) return this.run(side.programAt, peer, protocol, port, namedPorts);
    return side.allows(peer, protocol, port, family, namedPorts, false);
  }

  /** Whether some rule of the program lets a packet of class `peer` pass. */
  run(at: number, peer: number, protocol: number, port: number, namedPorts: NamedPorts): boolean {
    const { cells, wordCount } = this.#rows;
    const code = this.#code;
    const matches = this.#matches.get((protocol << 16) | port) ?? this.#findMatches(protocol, port);
    const word = peer >>> 5;
    const shift = peer & 31;
    const end = code[at] as number;
    let i = at + 1;
    while (i < end) {
      const number = code[i++] as number;
      const count = code[i++] as number;
      const next = count === ANY_PEER ? i : i + 2 * count;
      const match = matches[number];
      if (match !== NO_MATCH) {
        let isPeer = count === ANY_PEER;
        for (; i < next && !isPeer; i += 2) {
          const left = cells[(code[i] as number) * wordCount + word] as number;
          const right = cells[(code[i + 1] as number) * wordCount + word] as number;
          isPeer = (((left & right) >>> shift) & 1) === 1;
        }
        if (isPeer && (match === MATCH || this.#hasName(number, protocol, port, namedPorts))) return true;
      }
      i = next;
    }
    return false;
  }

  #hasName(number: number, protocol: number, port: number, namedPorts: NamedPorts): boolean {
    return this.#portSets[number]?.hasName(protocol, port, namedPorts) === true;
  }

  #portSetNumber(ports: PortSet | null): number {
    if (ports === null) return ANY_PORT;
    let number = this.#portSetNumbers.get(ports);
    if (number === undefined) {
      number = this.#portSets.length;
      this.#portSets.push(ports);
      this.#portSetNumbers.set(ports, number);
      this.#matches.clear();
    }
    return number;
  }

  #findMatches(protocol: number, port: number): Uint8Array {
    const matches = new Uint8Array(this.#portSets.length);
    for (const [number, ports] of this.#portSets.entries()) {
      if (ports === null || ports.hasNumber(protocol, port)) matches[number] = MATCH;
      else matches[number] = ports.hasNames && protocol !== ICMP ? DEPENDS_ON_NAMES : NO_MATCH;
    }
    if (this.#matches.size >= REMEMBERED_PORTS) this.#matches.clear();
    this.#matches.set((protocol << 16) | port, matches);
    return matches;
  }
}
