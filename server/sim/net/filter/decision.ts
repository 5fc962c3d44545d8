/** The verdict on one side of one pod together with the policies and the rule behind it. */
import { type End, isOwnNode, type PolicyEngine } from "./engine.ts";
import type { Direction, PolicyTier } from "../policy/policy.ts";
import type { ProtocolNumber } from "../policy/port-set.ts";
import type { InstalledRule, Side } from "./side.ts";
import type { PolicyDecision } from "../types.ts";

/** A packet between two ends, after Service translation. */
export interface PacketFacts {
  readonly source: End;
  readonly destination: End;
  readonly protocol: ProtocolNumber;
  readonly port: number;
  readonly family: 0 | 1;
}

/** Decides one direction at the end it concerns: the source for egress, the destination for ingress. */
export function decide(engine: PolicyEngine, packet: PacketFacts, direction: Direction): PolicyDecision {
  const { source, destination, protocol } = packet;
  const [pod, peer] = direction === "egress" ? [source, destination] : [destination, source];
  const side = sideOf(pod, direction);
  const selectedBy = (side?.policies ?? []).map((entry) => entry.policy.id);
  const isIsolated = side?.isIsolated === true;
  const free = { isAllowed: true, isIsolated, selectedBy };
  if (!engine.isFiltered(protocol)) return { ...free, exempt: "plugin-does-not-enforce" };
  if (pod.kind !== "pod") return { ...free, exempt: "host-network" };
  const isOwn = isOwnNode(pod, peer);
  if (isOwn && direction === "ingress") return { ...free, exempt: "own-node" };
  if (side === undefined) return free;
  const admin = firstMatch(side, "Admin", packet, peer);
  if (admin !== null && admin.action !== "Pass") return { ...free, ...outcomeOf(admin) };
  if (!isIsolated) return { ...free, ...outcomeOf(firstMatch(side, "Baseline", packet, peer)) };
  if (isOwn) return { ...free, exempt: "own-node" };
  if (pod.name === peer.name) return { ...free, exempt: "own-pod" };
  const rule = firstMatch(side, "NetworkPolicy", packet, peer);
  return rule === null ? { ...free, isAllowed: false } : { ...free, ...outcomeOf(rule) };
}

export function sideOf(end: End, direction: Direction): Side | undefined {
  return end.kind === "pod" ? end.member.podClass[direction] : undefined;
}

function firstMatch(side: Side, tier: PolicyTier, packet: PacketFacts, peer: End): InstalledRule | null {
  const { protocol, port, family } = packet;
  const { id } = peer.member.podClass;
  const { namedPorts } = packet.destination.member.podClass;
  for (const rule of side.rulesOf(tier)) {
    if (side.matches(rule, id, protocol, port, family, namedPorts)) return rule;
  }
  return null;
}

function outcomeOf(decisive: InstalledRule | null): Pick<PolicyDecision, "isAllowed" | "decidedBy" | "allowedBy"> {
  if (decisive === null) return { isAllowed: true };
  const { tier, id: policy } = decisive.policy.policy;
  const { action, index: rule } = decisive;
  const decidedBy = { tier, policy, rule, action };
  if (action === "Deny") return { isAllowed: false, decidedBy };
  return action === "Pass"
    ? { isAllowed: true, decidedBy }
    : { isAllowed: true, decidedBy, allowedBy: { policy, rule } };
}
