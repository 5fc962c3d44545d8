/**
 * Sides without ClusterNetworkPolicies as runs of numbers in one array, for IPv4: how many rules, then
 * for each the column of its peers and the number of its port set. A verdict then touches a few
 * neighbouring words instead of a chain of objects.
 */
import type { PeerColumns } from "./peer-columns.ts";
import { ICMP, type NamedPorts, type PortSet } from "./port-set.ts";
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
  readonly #columns: PeerColumns;
  readonly #portSetNumbers = new Map<PortSet, number>();
  readonly #portSets: (PortSet | null)[] = [null];
  readonly #matches = new Map<number, Uint8Array>();

  constructor(columns: PeerColumns) {
    this.#columns = columns;
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
    if (side.admin.length > 0 || side.baseline.length > 0) return HAS_TIERS;
    const { rules } = side;
    const start = this.#length;
    const needed = start + 1 + 2 * rules.length;
    if (needed > this.#code.length) {
      const grown = new Int32Array(Math.max(needed, 2 * this.#code.length));
      grown.set(this.#code);
      this.#code = grown;
    }
    this.#code[start] = rules.length;
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i];
      this.#code[start + 1 + 2 * i] = rule?.peers?.columns[0] ?? ANY_PEER;
      this.#code[start + 2 + 2 * i] = this.#portSetNumber(rule?.ports ?? null);
    }
    this.#length = needed;
    return start;
  }

  /** Counts the program of a side that no class has any more as waste. */
  drop(side: Side): void {
    if (side.programAt >= 0) this.#garbage += 1 + 2 * side.rules.length;
  }

  /** Whether more is wasted than used, so that everything should be laid out afresh. */
  get isMostlyGarbage(): boolean {
    return this.#garbage > 4096 && this.#garbage * 2 > this.#length;
  }

  clear(): void {
    this.#length = 0;
    this.#garbage = 0;
  }

  /** Whether some rule of the program lets a packet of class `peer` pass. */
  run(at: number, peer: number, protocol: number, port: number, namedPorts: NamedPorts): boolean {
    const { cells, stride } = this.#columns;
    const code = this.#code;
    const matches = this.#matches.get((protocol << 16) | port) ?? this.#findMatches(protocol, port);
    const base = peer * stride;
    const end = at + 1 + 2 * (code[at] as number);
    for (let i = at + 1; i < end; i += 2) {
      const column = code[i] as number;
      if (column !== ANY_PEER && (((cells[base + (column >>> 5)] as number) >>> (column & 31)) & 1) === 0) continue;
      const number = code[i + 1] as number;
      const match = matches[number];
      if (match === MATCH) return true;
      if (match === DEPENDS_ON_NAMES && this.#portSets[number]?.hasName(protocol, port, namedPorts)) return true;
    }
    return false;
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
      else matches[number] = ports.names.length > 0 && protocol !== ICMP ? DEPENDS_ON_NAMES : NO_MATCH;
    }
    if (this.#matches.size >= REMEMBERED_PORTS) this.#matches.clear();
    this.#matches.set((protocol << 16) | port, matches);
    return matches;
  }
}
