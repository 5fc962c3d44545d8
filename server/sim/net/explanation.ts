/**
 * Why policies let a packet pass or not: every policy that selects each end, every rule tried, and
 * for each rule that failed the first field that failed, with its place in the object.
 */
import { type Address, cidrContains, formatAddress, formatCidr } from "./address.ts";
import { decide, type PacketFacts, sideOf } from "./decision.ts";
import type { End, PolicyEngine } from "./engine.ts";
import { type Direction, type Peer, type PolicyTier, type Rule, type RuleAction, rulesOf } from "./policy.ts";
import {
  blockPath,
  nodesPath,
  pathsOf,
  peerPath,
  requirementPath,
  selectorPath,
  termFieldPath,
  termPath,
} from "./policy-path.ts";
import { addressesOf } from "./pod-class.ts";
import { ICMP, LAST_PORT, PROTOCOLS, type PortTerm } from "./port-set.ts";
import { firstFailedRequirement, formatRequirement, type Selector } from "./selector.ts";
import type { InstalledPolicy } from "./side.ts";
import type { Labels, PolicyDecision } from "./types.ts";

export type FailedField =
  /** The peer selects pods of the policy's own namespace only. */
  | "namespace"
  | "namespaceLabel"
  | "podLabel"
  | "nodeLabel"
  | "cidr"
  | "except"
  /** A selector, and the other end is no pod. */
  | "notAPod"
  | "protocol"
  | "port"
  | "unreadable";

export interface Failure {
  readonly field: FailedField;
  /** Into the policy object: `spec.ingress[0].from[1].podSelector.matchLabels.app`. */
  readonly path: string;
  readonly wanted: string;
  readonly found: string;
}

export interface PartExplanation {
  readonly path: string;
  /** Null: this part matches. */
  readonly failure: Failure | null;
}

export interface RuleExplanation {
  readonly index: number;
  readonly name: string | null;
  readonly action: RuleAction;
  readonly path: string;
  readonly matches: boolean;
  /** Whether the rule was reached: an earlier rule may have ended the side. */
  readonly isTried: boolean;
  /** Null when the rule has no peers or ports and so accepts all. */
  readonly peers: readonly PartExplanation[] | null;
  readonly ports: readonly PartExplanation[] | null;
  /** The first field that failed, of the peer or port that came closest. */
  readonly failure: Failure | null;
}

export interface PolicyExplanation {
  /** `NAMESPACE/NAME`, or `NAME` of a ClusterNetworkPolicy. */
  readonly policy: string;
  readonly tier: PolicyTier;
  readonly subjectPath: string;
  readonly rules: readonly RuleExplanation[];
}

export interface SideExplanation {
  readonly direction: Direction;
  /** The end this side belongs to: `NAMESPACE/NAME` or an address. */
  readonly end: string;
  readonly isPod: boolean;
  readonly decision: PolicyDecision;
  /** Every policy that selects the end for this direction, in the order in which they are asked. */
  readonly policies: readonly PolicyExplanation[];
}

export interface Explanation {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly protocol: string;
  readonly isAllowed: boolean;
  readonly egress: SideExplanation;
  readonly ingress: SideExplanation;
}

/** Explains both sides of a packet, after Service translation. */
export function explain(engine: PolicyEngine, packet: PacketFacts): Explanation {
  const { source, destination, port, protocol } = packet;
  const egress = explainSide(engine, packet, "egress");
  const ingress = explainSide(engine, packet, "ingress");
  return {
    source: source.name,
    destination: destination.name,
    port,
    protocol: PROTOCOLS[protocol] ?? "TCP",
    isAllowed: egress.decision.isAllowed && ingress.decision.isAllowed,
    egress,
    ingress,
  };
}

export function explainSide(engine: PolicyEngine, packet: PacketFacts, direction: Direction): SideExplanation {
  const end = direction === "egress" ? packet.source : packet.destination;
  const decision = decide(engine, packet, direction);
  const question = questionOf(engine, packet, direction);
  const policies: PolicyExplanation[] = [];
  let isDecided = decision.exempt !== undefined;
  for (const installed of sideOf(end, direction)?.policies ?? []) {
    const { decidedBy } = decision;
    const { id, tier, subjectPath } = installed.policy;
    const isOrdered = tier !== "NetworkPolicy";
    const rules: RuleExplanation[] = [];
    for (const rule of rulesOf(installed.policy, direction)) {
      // Only ClusterNetworkPolicies end at the first match; NetworkPolicy rules are a union.
      const isTried = !isDecided || (!isOrdered && decision.exempt === undefined && decidedBy?.tier !== "Admin");
      rules.push(explainRule(rule, packet, question, isTried));
      if (decidedBy?.policy === id && decidedBy.tier === tier && decidedBy.rule === rule.index) isDecided = true;
    }
    policies.push({ policy: id, tier, subjectPath, rules });
  }
  return { direction, end: end.name, isPod: end.kind === "pod", decision, policies };
}

/** What peers are asked: who the other end is, and which address of it the packet carries. */
interface PeerQuestion {
  readonly own: End;
  readonly other: End;
  readonly address: Address | null;
  readonly ipBlockMatchesPods: boolean;
}

function questionOf(engine: PolicyEngine, packet: PacketFacts, direction: Direction): PeerQuestion {
  const [own, other] =
    direction === "egress" ? [packet.source, packet.destination] : [packet.destination, packet.source];
  const family = packet.family === 1 ? 6 : 4;
  const address = addressesOf(other.member).find((one) => one.family === family) ?? null;
  return { own, other, address, ipBlockMatchesPods: engine.profile.ipBlockMatchesPods };
}

function explainRule(rule: Rule, packet: PacketFacts, question: PeerQuestion, isTried: boolean): RuleExplanation {
  const paths = pathsOf(rule);
  const peers =
    rule.peers === null ? null : partsOf(rule.peers, paths.peers, (peer) => peerFailure(rule, peer, question));
  const ports =
    rule.ports === null ? null : partsOf(rule.ports, paths.ports, (term) => portFailure(rule, term, packet));
  const failure = closestFailure(peers) ?? portsFailure(ports, packet);
  return {
    index: rule.index,
    name: rule.name,
    action: rule.action,
    path: paths.rule,
    matches: failure === null,
    isTried,
    peers,
    ports,
    failure,
  };
}

function partsOf<T>(
  parts: readonly T[],
  paths: readonly string[],
  failureOf: (part: T) => Failure | null,
): PartExplanation[] {
  const explained: PartExplanation[] = [];
  for (let i = 0; i < parts.length; i++)
    explained.push({ path: paths[i] as string, failure: failureOf(parts[i] as T) });
  return explained;
}

// ------------------------------------------------------------------------- peers

function peerFailure(rule: Rule, peer: Peer, question: PeerQuestion): Failure | null {
  const { own, other } = question;
  switch (peer.kind) {
    case "pods":
      return podFailure(rule, peer, other, own);
    case "block":
      return blockFailure(rule, peer, question);
    case "nodes": {
      const path = nodesPath(rule, peer);
      if (other.kind !== "node") {
        return { field: "nodeLabel", path, wanted: "a node", found: `${other.name} is no node's address` };
      }
      return labelFailure("nodeLabel", peer.nodes, path, other.member.labels, `node ${other.nodeName}`);
    }
    case "nobody":
      return { field: "unreadable", path: peerPath(rule, peer), wanted: "a peer", found: "no field this filter knows" };
    default:
      return peer satisfies never;
  }
}

function podFailure(rule: Rule, peer: Extract<Peer, { kind: "pods" }>, other: End, own: End): Failure | null {
  const { namespace, labels } = other.member;
  if (other.kind !== "pod" || namespace === null) {
    const found = other.kind === "node" ? `${other.name} counts as a node's address` : `${other.name} is outside`;
    return { field: "notAPod", path: peerPath(rule, peer), wanted: "a pod", found };
  }
  if (peer.namespaces === null) {
    const wanted = own.member.namespace?.name ?? "";
    if (namespace.name !== wanted) {
      const path = selectorPath(rule, peer, "pods");
      return { field: "namespace", path, wanted: `namespace ${wanted}`, found: `namespace ${namespace.name}` };
    }
  } else {
    const who = `namespace ${namespace.name}`;
    const path = selectorPath(rule, peer, "namespaces");
    const failure = labelFailure("namespaceLabel", peer.namespaces, path, namespace.labels, who);
    if (failure !== null) return failure;
  }
  return labelFailure("podLabel", peer.pods, selectorPath(rule, peer, "pods"), labels, `pod ${other.name}`);
}

function labelFailure(
  field: FailedField,
  selector: Selector,
  path: string,
  labels: Labels,
  who: string,
): Failure | null {
  const failed = firstFailedRequirement(selector, labels);
  if (failed === null) return null;
  const value: unknown = labels[failed.key];
  const found = typeof value === "string" ? `${who} has ${failed.key}=${value}` : `${who} has no label ${failed.key}`;
  return { field, path: requirementPath(path, failed), wanted: formatRequirement(failed), found };
}

function blockFailure(
  rule: Rule,
  peer: Extract<Peer, { kind: "block" }>,
  { other, address, ipBlockMatchesPods }: PeerQuestion,
): Failure | null {
  const { cidr, except } = peer.block;
  const path = blockPath(rule, peer);
  if (cidr === null) return { field: "unreadable", path, wanted: "a CIDR", found: "an unreadable one" };
  const wanted = formatCidr(cidr);
  if (peer.network < 0 && !ipBlockMatchesPods && other.kind === "pod") {
    const found = `${other.name} is a pod; this plugin compares ipBlock with addresses outside only`;
    return { field: "cidr", path, wanted, found };
  }
  if (address === null) return { field: "cidr", path, wanted, found: `${other.name} has no such address` };
  if (!cidrContains(cidr, address)) return { field: "cidr", path, wanted, found: formatAddress(address) };
  const hit = except.findIndex((one) => cidrContains(one, address));
  const excluded = except[hit];
  if (excluded === undefined) return null;
  const found = formatAddress(address);
  return { field: "except", path: blockPath(rule, peer, hit), wanted: `not ${formatCidr(excluded)}`, found };
}

/** Null when a peer matches or none is asked for; else the failure of the peer that came closest. */
function closestFailure(parts: readonly PartExplanation[] | null): Failure | null {
  let best: Failure | null = null;
  for (const { failure } of parts ?? NO_PARTS) {
    if (failure === null) return null;
    if (best === null || closeness(failure) > closeness(best)) best = failure;
  }
  return best;
}

const NO_PARTS: readonly PartExplanation[] = [];

function closeness({ field }: Failure): number {
  return field === "podLabel" || field === "except" || field === "port" ? 1 : 0;
}

// ------------------------------------------------------------------------- ports

function portsFailure(parts: readonly PartExplanation[] | null, { protocol }: PacketFacts): Failure | null {
  const failure = closestFailure(parts);
  if (failure === null || protocol !== ICMP) return failure;
  return { ...failure, field: "protocol", wanted: "TCP, UDP or SCTP (the rule has ports)", found: "ICMP" };
}

function portFailure(rule: Rule, term: PortTerm, { protocol, port, destination }: PacketFacts): Failure | null {
  const actual = PROTOCOLS[protocol] ?? "TCP";
  if (term.kind === "unknown") {
    const path = termPath(rule, term);
    return { field: "unreadable", path, wanted: "a protocol", found: "no known field" };
  }
  if (protocol === ICMP || (term.protocol !== null && term.protocol !== protocol)) {
    const wanted = term.protocol === null || term.protocol === -1 ? "another" : (PROTOCOLS[term.protocol] ?? "");
    return { field: "protocol", path: termFieldPath(rule, term, "protocol"), wanted, found: actual };
  }
  if (term.kind === "range") {
    if (port >= term.first && port <= term.last) return null;
    const wanted = term.first === term.last ? `${term.first}` : `${term.first}–${Math.min(term.last, LAST_PORT)}`;
    return { field: "port", path: termFieldPath(rule, term, "port"), wanted, found: `${port}` };
  }
  const numbers = destination.member.namedPorts.get(`${term.name}/${protocol}`) ?? [];
  if (numbers.includes(port)) return null;
  const wanted = `the port named ${term.name}`;
  const found =
    numbers.length === 0
      ? `${destination.name} declares no ${actual} port named ${term.name}`
      : `${port}; on ${destination.name} ${term.name} is ${numbers.join(", ")}`;
  return { field: "port", path: termFieldPath(rule, term, "port"), wanted, found };
}

/** Policies of the end's namespace that leave it alone in this direction, with the reason. */
export function policiesNotConcerned(
  engine: PolicyEngine,
  end: End,
  direction: Direction,
): readonly { readonly policy: string; readonly reason: "selector" | "direction" }[] {
  const namespace = end.member.namespace?.name;
  if (end.kind !== "pod" || namespace === undefined) return [];
  const concerned = new Set(sideOf(end, direction)?.policies ?? []);
  return engine
    .installedPolicies()
    .filter((entry) => entry.policy.namespace === namespace && !concerned.has(entry))
    .map((entry) => ({ policy: entry.policy.id, reason: isSelected(entry, end) ? "direction" : "selector" }));
}

function isSelected({ policy }: InstalledPolicy, end: End): boolean {
  return firstFailedRequirement(policy.subjectPods, end.member.labels) === null;
}
