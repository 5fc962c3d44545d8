/**
 * The `ports` of one rule: merged number intervals a protocol, and names that each destination
 * pod resolves for itself (rules 23–25, 49–68).
 */
import type { ContainerPort, Protocol } from "../types.ts";

/** Protocols by number, for tables and compact comparisons. ICMP has no ports: port 0. */
export const PROTOCOLS: readonly Protocol[] = ["TCP", "UDP", "SCTP", "ICMP"];
export const ICMP = 3;
export type ProtocolNumber = 0 | 1 | 2 | 3;

export function protocolNumber(protocol: string): ProtocolNumber | -1 {
  switch (protocol) {
    case "TCP":
      return 0;
    case "UDP":
      return 1;
    case "SCTP":
      return 2;
    case "ICMP":
      return ICMP;
    default:
      return -1;
  }
}

export const LAST_PORT = 65535;

/** One entry of `ports` or `protocols`, as read, with its position there. `protocol` -1 is one that cannot occur. */
export type PortTerm =
  | {
      readonly kind: "range";
      readonly protocol: ProtocolNumber | -1;
      readonly first: number;
      readonly last: number;
      readonly position: number;
    }
  /** Without `protocol` the name is looked up with the packet's own protocol (ClusterNetworkPolicy). */
  | {
      readonly kind: "name";
      readonly name: string;
      readonly protocol: ProtocolNumber | -1 | null;
      readonly position: number;
    }
  /** An entry of a newer API that this filter cannot read. */
  | { readonly kind: "unknown"; readonly position: number };

/** Numbers under `name/protocolNumber`. */
export type NamedPorts = ReadonlyMap<string, readonly number[]>;
export const NO_NAMED_PORTS: NamedPorts = new Map();

export class PortSet {
  /** Sorted, disjoint `[first, last, first, last, …]` for TCP, UDP and SCTP. */
  readonly #intervals: readonly (readonly number[])[];
  /** By protocol: the keys under which pods may declare one of the names. */
  readonly #nameKeys: readonly (readonly string[])[];
  readonly names: readonly string[];

  constructor(terms: readonly PortTerm[]) {
    this.#intervals = [0, 1, 2].map((protocol) => mergedIntervals(terms, protocol));
    const named = terms.filter((term) => term.kind === "name");
    this.names = named.length === 0 ? NO_NAMES : named.map((term) => term.name);
    this.#nameKeys =
      named.length === 0
        ? []
        : [0, 1, 2].map((protocol) =>
            named
              .filter((term) => term.protocol === null || term.protocol === protocol)
              .map((term) => `${term.name}/${protocol}`),
          );
  }

  get hasNames(): boolean {
    return this.names.length > 0;
  }

  /** Whether a number of the set covers the port; ICMP has no port and never is (rule 73). */
  hasNumber(protocol: number, port: number): boolean {
    if (protocol === ICMP) return false;
    const intervals = this.#intervals[protocol] as readonly number[];
    for (let i = 0; i < intervals.length; i += 2) {
      if (port < (intervals[i] as number)) return false;
      if (port <= (intervals[i + 1] as number)) return true;
    }
    return false;
  }

  /** The keys by which this set asks a pod for its named ports of a protocol. */
  nameKeys(protocol: number): readonly string[] {
    return this.#nameKeys[protocol] ?? NO_NAMES;
  }

  /** Whether a name of the set stands for the port on a pod that declares `namedPorts`. */
  hasName(protocol: number, port: number, namedPorts: NamedPorts): boolean {
    if (protocol === ICMP || namedPorts.size === 0) return false;
    const keys = this.nameKeys(protocol);
    for (let i = 0; i < keys.length; i++) if (namedPorts.get(keys[i] as string)?.includes(port)) return true;
    return false;
  }

  has(protocol: number, port: number, namedPorts: NamedPorts): boolean {
    return this.hasNumber(protocol, port) || (this.hasNames && this.hasName(protocol, port, namedPorts));
  }
}

const NO_NAMES: readonly string[] = [];

function mergedIntervals(terms: readonly PortTerm[], protocol: number): readonly number[] {
  const ranges: (readonly [number, number])[] = [];
  for (const term of terms) {
    if (term.kind === "range" && term.protocol === protocol && term.first <= term.last) {
      ranges.push([term.first, term.last]);
    }
  }
  if (ranges.length === 0) return NO_INTERVALS;
  ranges.sort((a, b) => a[0] - b[0]);
  const merged: number[] = [];
  for (const [first, last] of ranges) {
    const end = merged.length - 1;
    if (end >= 0 && first <= (merged[end] as number) + 1) merged[end] = Math.max(merged[end] as number, last);
    else merged.push(first, last);
  }
  return merged;
}

const NO_INTERVALS: readonly number[] = [];

/** A key equal for port lists of equal meaning; for one range, the usual list, a number. */
export function portTermsId(terms: readonly PortTerm[]): string | number {
  const [only] = terms;
  if (terms.length === 1 && only?.kind === "range" && only.first >= 0 && only.last <= LAST_PORT) {
    return ((only.protocol + 1) * 65536 + only.first) * 65536 + only.last;
  }
  const parts: string[] = [];
  for (const term of terms) {
    if (term.kind === "range") parts.push(`${term.protocol}:${term.first}-${term.last}`);
    else if (term.kind === "name") parts.push(`${term.protocol ?? "*"}:${term.name}`);
  }
  return parts.sort().join(",");
}

/** The named container ports of a pod, by name and protocol (rules 55–58, 63). */
export function namedPortsOf(ports: readonly ContainerPort[]): NamedPorts {
  let named: Map<string, number[]> | null = null;
  for (const { name, containerPort, protocol } of ports) {
    if (!name) continue;
    named ??= new Map();
    const key = `${name}/${protocolNumber(protocol ?? "TCP")}`;
    const numbers = named.get(key);
    if (numbers === undefined) named.set(key, [containerPort]);
    else numbers.push(containerPort);
  }
  return named ?? NO_NAMED_PORTS;
}

/** A key equal for pods that declare the same named ports in the same order. */
export function namedPortsId(ports: readonly ContainerPort[]): string {
  let id = "";
  for (const { name, containerPort, protocol } of ports) {
    if (name) id += `${name}/${protocol ?? "TCP"}:${containerPort};`;
  }
  return id;
}
