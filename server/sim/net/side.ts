/**
 * One direction of the pods of one class: every policy that selects them, in the order in which
 * tiers are asked (Admin, NetworkPolicy, Baseline), and the verdict on one packet or on all classes.
 */
import { addAll, type Bits } from "./bits.ts";
import type { PeerColumns } from "./peer-columns.ts";
import type { PeerSet, SelectorSet } from "./peer-set.ts";
import type { NamedPorts, PortSet } from "./port-set.ts";
import type { Direction, Policy, Rule } from "./policy.ts";

export interface InstalledRule {
  readonly rule: Rule;
  readonly policy: InstalledPolicy;
  /** Null: everybody. */
  readonly peers: PeerSet | null;
  /** Null: everything. */
  readonly ports: PortSet | null;
}

export interface InstalledPolicy {
  /** Never used twice. */
  readonly serial: number;
  readonly policy: Policy;
  readonly subjectNamespaces: SelectorSet | null;
  readonly subjectPods: SelectorSet;
  readonly ingress: readonly InstalledRule[];
  readonly egress: readonly InstalledRule[];
}

export class Side {
  readonly key: string;
  readonly direction: Direction;
  readonly policies: readonly InstalledPolicy[];
  readonly admin: readonly InstalledRule[];
  readonly rules: readonly InstalledRule[];
  readonly baseline: readonly InstalledRule[];
  readonly isIsolated: boolean;
  readonly usesNames: boolean;
  readonly #columns: PeerColumns;
  /** Where `RulePrograms` has this side. */
  programAt = 0;
  /** How many classes have this side. */
  users = 0;

  constructor(key: string, direction: Direction, policies: readonly InstalledPolicy[], columns: PeerColumns) {
    this.key = key;
    this.direction = direction;
    this.policies = policies;
    this.#columns = columns;
    const tiers: Record<Policy["tier"], InstalledRule[]> = { Admin: [], NetworkPolicy: [], Baseline: [] };
    let isIsolated = false;
    let usesNames = false;
    for (const entry of policies) {
      const { tier } = entry.policy;
      isIsolated ||= tier === "NetworkPolicy";
      for (const rule of entry[direction]) {
        tiers[tier].push(rule);
        usesNames ||= rule.ports !== null && rule.ports.names.length > 0;
      }
    }
    this.admin = tiers.Admin;
    this.rules = tiers.NetworkPolicy;
    this.baseline = tiers.Baseline;
    this.isIsolated = isIsolated;
    this.usesNames = usesNames;
  }

  /**
   * Whether a packet passes, by the rules. `peer` is the class at the other end, `family` 0 for IPv4 and
   * 1 for IPv6, `namedPorts` the destination's. `isNetworkPolicyExempt`: own node, or a pod that reaches
   * itself through a Service; the NetworkPolicy tier then allows.
   */
  allows(
    peer: number,
    protocol: number,
    port: number,
    family: 0 | 1,
    namedPorts: NamedPorts,
    isNetworkPolicyExempt: boolean,
  ): boolean {
    if (this.admin.length > 0) {
      const action = tierAction(this.#columns, this.admin, peer, protocol, port, family, namedPorts);
      if (action === "Accept") return true;
      if (action === "Deny") return false;
    }
    if (this.isIsolated) {
      if (isNetworkPolicyExempt) return true;
      for (const rule of this.rules) if (this.matches(rule, peer, protocol, port, family, namedPorts)) return true;
      return false;
    }
    if (this.baseline.length === 0) return true;
    return tierAction(this.#columns, this.baseline, peer, protocol, port, family, namedPorts) !== "Deny";
  }

  /** Whether one rule of this side matches. */
  matches(
    rule: InstalledRule,
    peer: number,
    protocol: number,
    port: number,
    family: 0 | 1,
    namedPorts: NamedPorts,
  ): boolean {
    return ruleMatches(this.#columns, rule, peer, protocol, port, family, namedPorts);
  }

  /**
   * The verdict for every class as peer at once. `matchBits` gives the classes with which a rule
   * matches: null for all, undefined for none.
   */
  allowedPeers(wordCount: number, matchBits: (rule: InstalledRule) => Bits | null | undefined): Bits {
    const allowed = new Uint32Array(wordCount);
    const open = this.admin.length > 0 || !this.isIsolated ? new Uint32Array(wordCount).fill(0xffffffff) : null;
    if (this.admin.length > 0 && open !== null) decideTier(this.admin, allowed, open, matchBits);
    if (this.isIsolated) {
      for (const rule of this.rules) addMatches(allowed, open, matchBits(rule));
    } else if (open !== null) {
      decideTier(this.baseline, allowed, open, matchBits);
      addAll(allowed, open);
    }
    return allowed;
  }
}

function ruleMatches(
  columns: PeerColumns,
  rule: InstalledRule,
  peer: number,
  protocol: number,
  port: number,
  family: 0 | 1,
  namedPorts: NamedPorts,
): boolean {
  if (rule.peers !== null && !columns.has(peer, rule.peers.columns[family])) return false;
  return rule.ports === null || rule.ports.has(protocol, port, namedPorts);
}

function tierAction(
  columns: PeerColumns,
  rules: readonly InstalledRule[],
  peer: number,
  protocol: number,
  port: number,
  family: 0 | 1,
  namedPorts: NamedPorts,
): string | null {
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i] as InstalledRule;
    if (ruleMatches(columns, rule, peer, protocol, port, family, namedPorts)) return rule.rule.action;
  }
  return null;
}

function addMatches(allowed: Bits, open: Bits | null, matches: Bits | null | undefined): void {
  if (matches === undefined) return;
  if (open === null) {
    if (matches === null) allowed.fill(0xffffffff);
    else addAll(allowed, matches);
    return;
  }
  for (let i = 0; i < allowed.length; i++) {
    allowed[i] = (allowed[i] as number) | ((open[i] as number) & (matches === null ? -1 : (matches[i] as number)));
  }
}

/** First match counts: moves accepted classes to `allowed`, and accepted and denied ones out of `open`. */
function decideTier(
  rules: readonly InstalledRule[],
  allowed: Bits,
  open: Bits,
  matchBits: (rule: InstalledRule) => Bits | null | undefined,
): void {
  const passed = new Uint32Array(open.length);
  for (const rule of rules) {
    const matches = matchBits(rule);
    if (matches === undefined) continue;
    const { action } = rule.rule;
    for (let i = 0; i < open.length; i++) {
      const hit = (open[i] as number) & (matches === null ? -1 : (matches[i] as number));
      if (hit === 0) continue;
      open[i] = (open[i] as number) & ~hit;
      if (action === "Accept") allowed[i] = (allowed[i] as number) | hit;
      else if (action === "Pass") passed[i] = (passed[i] as number) | hit;
    }
  }
  addAll(open, passed);
}
