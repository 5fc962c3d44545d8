/**
 * Why policies let a packet pass or not: every policy that selects each end, every rule tried, and
 * for each rule that failed the first field that failed, with its place in the object.
 */
import { type Address, cidrContains, formatAddress } from "../policy/address.ts";
import { decide, type PacketFacts, sideOf } from "../filter/decision.ts";
import type { End, PolicyEngine } from "../filter/engine.ts";
import type { Direction, PolicyTier, RuleAction } from "../policy/policy.ts";
import { addressesOf } from "../filter/pod-class.ts";
import { ICMP, PROTOCOLS } from "../policy/port-set.ts";
import {
  type PlacedPeer,
  type PlacedRule,
  placedRulesOf,
  type PlacedSelector,
  type PlacedTerm,
} from "./rule-places.ts";
import { requirementHolds } from "../policy/selector.ts";
import type { Labels, PolicyDecision } from "../types.ts";

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
    for (const placed of placedRulesOf(installed.policy, direction)) {
      // Only ClusterNetworkPolicies end at the first match; NetworkPolicy rules are a union.
      const isTried = !isDecided || (!isOrdered && decision.exempt === undefined && decidedBy?.tier !== "Admin");
      rules.push(explainRule(placed, packet, question, isTried));
      if (decidedBy?.policy === id && decidedBy.tier === tier && decidedBy.rule === placed.rule.index) isDecided = true;
    }
    policies.push({ policy: id, tier, subjectPath, rules });
  }
  return { direction, end: end.name, isPod: end.kind === "pod", decision, policies };
}

/** What peers are asked: who the other end is, and which address of it the packet carries. */
interface PeerQuestion {
  readonly own: End;
  readonly other: End;
  readonly family: 4 | 6;
  readonly ipBlockMatchesPods: boolean;
  /** Read from `other` when the first block asks. */
  address: Address | null | undefined;
}

function questionOf(engine: PolicyEngine, packet: PacketFacts, direction: Direction): PeerQuestion {
  const isEgress = direction === "egress";
  return {
    own: isEgress ? packet.source : packet.destination,
    other: isEgress ? packet.destination : packet.source,
    family: packet.family === 1 ? 6 : 4,
    ipBlockMatchesPods: engine.profile.ipBlockMatchesPods,
    address: undefined,
  };
}

function addressOf(question: PeerQuestion): Address | null {
  if (question.address === undefined) {
    question.address = addressesOf(question.other.member).find(({ family }) => family === question.family) ?? null;
  }
  return question.address;
}

function explainRule(
  placed: PlacedRule,
  packet: PacketFacts,
  question: PeerQuestion,
  isTried: boolean,
): RuleExplanation {
  const { rule, path } = placed;
  const peers: PartExplanation[] | null = placed.peers && [];
  for (const peer of placed.peers ?? NOTHING) {
    peers?.push({ path: peer.path, failure: peerFailure(peer, question) });
  }
  const ports: PartExplanation[] | null = placed.ports && [];
  for (const term of placed.ports ?? NOTHING) ports?.push({ path: term.path, failure: portFailure(term, packet) });
  const failure = closestFailure(peers) ?? portsFailure(ports, packet);
  const { action, index, name } = rule;
  return { index, name, action, path, matches: failure === null, isTried, peers, ports, failure };
}

const NOTHING: readonly never[] = [];

// ------------------------------------------------------------------------- peers

function peerFailure(peer: PlacedPeer, question: PeerQuestion): Failure | null {
  const { own, other } = question;
  switch (peer.kind) {
    case "pods":
      return podFailure(peer, other, own);
    case "block":
      return blockFailure(peer, question);
    case "nodes": {
      if (other.kind !== "node") {
        const found = `${other.name} is no node's address`;
        return { field: "nodeLabel", path: peer.nodes.path, wanted: "a node", found };
      }
      return labelFailure("nodeLabel", peer.nodes, other.member.labels, "node", other.nodeName ?? "");
    }
    case "nobody":
      return { field: "unreadable", path: peer.path, wanted: "a peer", found: "no field this filter knows" };
    default:
      return peer satisfies never;
  }
}

function podFailure(peer: Extract<PlacedPeer, { kind: "pods" }>, other: End, own: End): Failure | null {
  const { namespace, labels } = other.member;
  if (other.kind !== "pod" || namespace === null) {
    const found = other.kind === "node" ? `${other.name} counts as a node's address` : `${other.name} is outside`;
    return { field: "notAPod", path: peer.path, wanted: "a pod", found };
  }
  if (peer.namespaces === null) {
    const wanted = own.member.namespace?.name ?? "";
    if (namespace.name !== wanted) {
      const { path } = peer.pods;
      return { field: "namespace", path, wanted: `namespace ${wanted}`, found: `namespace ${namespace.name}` };
    }
  } else {
    const failure = labelFailure("namespaceLabel", peer.namespaces, namespace.labels, "namespace", namespace.name);
    if (failure !== null) return failure;
  }
  return labelFailure("podLabel", peer.pods, labels, "pod", other.name);
}

function labelFailure(
  field: FailedField,
  { requirements }: PlacedSelector,
  labels: Labels,
  kind: "namespace" | "node" | "pod",
  name: string,
): Failure | null {
  for (const { path, requirement, wanted } of requirements) {
    if (requirementHolds(requirement, labels)) continue;
    const { key } = requirement;
    const value: unknown = labels[key];
    const found =
      typeof value === "string" ? `${kind} ${name} has ${key}=${value}` : `${kind} ${name} has no label ${key}`;
    return { field, path, wanted, found };
  }
  return null;
}

function blockFailure(
  { cidr: { path, wanted }, except, peer: { block, network } }: Extract<PlacedPeer, { kind: "block" }>,
  question: PeerQuestion,
): Failure | null {
  const { ipBlockMatchesPods, other } = question;
  if (block.cidr === null) return { field: "unreadable", path, wanted, found: "an unreadable one" };
  if (network < 0 && !ipBlockMatchesPods && other.kind === "pod") {
    const found = `${other.name} is a pod; this plugin compares ipBlock with addresses outside only`;
    return { field: "cidr", path, wanted, found };
  }
  const address = addressOf(question);
  if (address === null) return { field: "cidr", path, wanted, found: `${other.name} has no such address` };
  if (!cidrContains(block.cidr, address)) return { field: "cidr", path, wanted, found: formatAddress(address) };
  const hit = except[block.except.findIndex((one) => cidrContains(one, address))];
  return hit === undefined ? null : { field: "except", ...hit, found: formatAddress(address) };
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

function portFailure(
  { path, port: portWish, protocol: protocolWish, term }: PlacedTerm,
  { protocol, port, destination }: PacketFacts,
): Failure | null {
  if (term.kind === "unknown") return { field: "unreadable", path, wanted: "a protocol", found: "no known field" };
  if (protocol === ICMP || (term.protocol !== null && term.protocol !== protocol)) {
    const { path: field, wanted } = protocolWish;
    return { field: "protocol", path: field, wanted, found: PROTOCOLS[protocol] ?? "TCP" };
  }
  if (term.kind === "range") {
    if (port >= term.first && port <= term.last) return null;
    return { field: "port", path: portWish.path, wanted: portWish.wanted, found: `${port}` };
  }
  const numbers = destination.member.namedPorts.get(`${term.name}/${protocol}`) ?? [];
  if (numbers.includes(port)) return null;
  const found =
    numbers.length === 0
      ? `${destination.name} declares no ${PROTOCOLS[protocol] ?? "TCP"} port named ${term.name}`
      : `${port}; on ${destination.name} ${term.name} is ${numbers.join(", ")}`;
  return { field: "port", path: portWish.path, wanted: portWish.wanted, found };
}
