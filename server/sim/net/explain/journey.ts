/** The whole way of one flow, explained: name, Service, egress, ingress, listener, and certain advice. */
import { type Advice, adviseOn } from "./advice.ts";
import type { PacketFacts } from "../filter/decision.ts";
import type { PolicyEngine } from "../filter/engine.ts";
import { explainSide, type SideExplanation } from "./explanation.ts";
import type { Direction } from "../policy/policy.ts";
import type { ServiceTable } from "../services/service-table.ts";
import type { Flow } from "../types.ts";

export interface JourneyExplanation {
  readonly flow: Flow;
  /** Null where the packet never came to that side: it ended before, or stayed within its host. */
  readonly egress: SideExplanation | null;
  readonly ingress: SideExplanation | null;
  readonly advice: readonly Advice[];
}

export function explainJourney(
  engine: PolicyEngine,
  services: ServiceTable,
  flow: Flow,
  packetAt: (direction: Direction) => PacketFacts | null,
): JourneyExplanation {
  const [egress, ingress] = (["egress", "ingress"] as const).map((direction) => {
    const packet = wasAsked(flow, direction) ? packetAt(direction) : null;
    return packet === null ? null : explainSide(engine, packet, direction);
  });
  const journey = { flow, egress: egress ?? null, ingress: ingress ?? null };
  return { ...journey, advice: adviseOn(journey, services) };
}

/**
 * Both sides are explained even when the first one dropped the packet: whoever repairs egress wants
 * to know that ingress would stop it next.
 */
function wasAsked(flow: Flow, direction: Direction): boolean {
  if (isLocalFlow(flow) || flow.destinationAddress === "") return false;
  const decided = flow.steps.find((step) => step.decides);
  if (decided?.at === "service") return false;
  return flow.steps.some((step) => step.at === direction) || decided?.at === "egress";
}

/** A packet that never left its host. */
export function isLocalFlow(flow: Flow): boolean {
  return flow.destination === flow.source && !flow.steps.some((step) => step.at === "service");
}
