/**
 * One direction of the pods of one class: every policy that selects them, in the order in which
 * tiers are asked (Admin, NetworkPolicy, Baseline), and the verdict on one packet or on all classes.
 */
import { addAll, type Bits } from "./bits.ts";
import type { PeerAtom, PeerSets, SelectorSet } from "./peer-set.ts";
import type { Direction, Policy, PolicyTier, RuleAction } from "../policy/policy.ts";
import type { NamedPorts, PortSet } from "../policy/port-set.ts";

export interface InstalledRule {
  readonly policy: InstalledPolicy;
  /** Position within the direction, from 0. */
  readonly index: number;
  readonly action: RuleAction;
  /** Null: everybody. */
  readonly peers: readonly PeerAtom[] | null;
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

/** Adds the classes with which a rule matches to the target. */
export type AddMatches = (rule: InstalledRule, target: Bits) => void;

export class Side {
  readonly key: string;
  readonly direction: Direction;
  readonly policies: readonly InstalledPolicy[];
  readonly isIsolated: boolean;
  readonly hasTiers: boolean;
  /** Where `RulePrograms` has this side. */
  programAt = 0;
  /** How many classes have this side. */
  users = 0;
  readonly #peerSets: PeerSets;
  #rules: readonly InstalledRule[] | null = null;

  constructor(key: string, direction: Direction, policies: readonly InstalledPolicy[], peerSets: PeerSets) {
    this.key = key;
    this.direction = direction;
    this.policies = policies;
    this.#peerSets = peerSets;
    // ClusterNetworkPolicies stand first.
    this.hasTiers = policies[0]?.policy.namespace === null;
    this.isIsolated = policies[policies.length - 1]?.policy.tier === "NetworkPolicy";
  }

  /** The rules of a tier, in the order in which they are asked. */
  rulesOf(tier: PolicyTier): readonly InstalledRule[] {
    if (!this.hasTiers) return tier === "NetworkPolicy" ? this.#allRules() : NO_RULES;
    return this.#allRules().filter((rule) => rule.policy.policy.tier === tier);
  }

  #allRules(): readonly InstalledRule[] {
    this.#rules ??= this.policies.flatMap((entry) => entry[this.direction]);
    return this.#rules;
  }

  get usesNames(): boolean {
    return this.policies.some((entry) => entry[this.direction].some((rule) => rule.ports?.hasNames));
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
    const actionOf = (tier: PolicyTier) => {
      for (const rule of this.rulesOf(tier)) {
        if (this.matches(rule, peer, protocol, port, family, namedPorts)) return rule.action;
      }
      return null;
    };
    if (this.hasTiers) {
      const action = actionOf("Admin");
      if (action === "Accept") return true;
      if (action === "Deny") return false;
    }
    if (this.isIsolated) return isNetworkPolicyExempt || actionOf("NetworkPolicy") !== null;
    return actionOf("Baseline") !== "Deny";
  }

  /** Whether one rule of this side matches. */
  matches(
    { peers, ports }: InstalledRule,
    peer: number,
    protocol: number,
    port: number,
    family: 0 | 1,
    namedPorts: NamedPorts,
  ): boolean {
    if (peers !== null && !this.#peerSets.hasPeer(peers, peer, family)) return false;
    return ports === null || ports.has(protocol, port, namedPorts);
  }

  /** The verdict for every class as peer at once. */
  allowedPeers(wordCount: number, addMatches: AddMatches): Bits {
    const allowed = new Uint32Array(wordCount);
    if (!this.hasTiers) {
      for (const rule of this.rulesOf("NetworkPolicy")) addMatches(rule, allowed);
      return allowed;
    }
    const open = new Uint32Array(wordCount).fill(0xffffffff);
    decideTier(this.rulesOf("Admin"), allowed, open, addMatches);
    if (this.isIsolated) {
      const byPolicy = new Uint32Array(wordCount);
      for (const rule of this.rulesOf("NetworkPolicy")) addMatches(rule, byPolicy);
      for (let i = 0; i < wordCount; i++) open[i] = (open[i] as number) & (byPolicy[i] as number);
    } else decideTier(this.rulesOf("Baseline"), allowed, open, addMatches);
    addAll(allowed, open);
    return allowed;
  }
}

const NO_RULES: readonly InstalledRule[] = [];

/** First match counts: moves accepted classes to `allowed`, and accepted and denied ones out of `open`. */
function decideTier(rules: readonly InstalledRule[], allowed: Bits, open: Bits, addMatches: AddMatches): void {
  const passed = new Uint32Array(open.length);
  const matches = new Uint32Array(open.length);
  for (const rule of rules) {
    matches.fill(0);
    addMatches(rule, matches);
    for (let i = 0; i < open.length; i++) {
      const hit = (open[i] as number) & (matches[i] as number);
      if (hit === 0) continue;
      open[i] = (open[i] as number) & ~hit;
      if (rule.action === "Accept") allowed[i] = (allowed[i] as number) | hit;
      else if (rule.action === "Pass") passed[i] = (passed[i] as number) | hit;
    }
  }
  addAll(open, passed);
}
