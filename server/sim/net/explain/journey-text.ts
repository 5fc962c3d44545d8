/** An explained flow as lines for a terminal. */
import type { RuleExplanation, SideExplanation } from "./explanation.ts";
import type { JourneyExplanation } from "./journey.ts";
import type { Flow, FlowStep } from "../types.ts";

/** Where a place in a policy lies in what the learner wrote, for example `np.yaml:12`; null when unknown. */
export type Locate = (policy: string, path: string) => string | null;

/** The journey, station by station, each line without a newline. */
export function formatJourney(journey: JourneyExplanation, locate: Locate = () => null): string[] {
  const { flow, egress, ingress, advice } = journey;
  const lines = [headline(flow), ""];
  const sides = { egress, ingress };
  const seen = new Set<string>();
  if (flow.requestedName !== undefined)
    lines.push(station("name", `${flow.requestedName} is ${flow.requestedAddress}`));
  for (const step of flow.steps) {
    seen.add(step.at);
    if ("decision" in step) {
      lines.push(...describeSide(step.at, sides[step.at], locate, false));
    } else lines.push(station(step.at, describeStep(step)));
  }
  // Stations behind the one that stopped the packet, so that one repair is not followed by a surprise.
  if (!seen.has("ingress") && ingress !== null) lines.push(...describeSide("ingress", ingress, locate, true));
  lines.push("", outcomeLine(flow));
  for (const one of advice) {
    const place = one.policy && one.path ? ` (${placeOf(one.policy, one.path, locate)})` : "";
    lines.push(`hint: ${one.text}${place}`);
  }
  return lines;
}

function headline(flow: Flow): string {
  const requested = socket(flow.requestedAddress, flow.requestedPort);
  const target = flow.requestedName ? `${flow.requestedName} (${requested})` : requested;
  return `${hostName(flow.source)} -> ${target} ${flow.protocol}`;
}

function socket(address: string, port: number): string {
  if (port === 0) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function hostName(id: string): string {
  return id.startsWith("pod:") ? id.slice("pod:".length) : id.replace(":", " ");
}

function station(name: string, text: string): string {
  return `${name.padEnd(9)} ${text}`;
}

function describeStep(step: Exclude<FlowStep, { at: "egress" | "ingress" }>): string {
  switch (step.at) {
    case "service": {
      const where = step.node === undefined ? "" : ` on node ${step.node}`;
      const target = step.endpoint ?? "no ready endpoint";
      return `${step.service} port ${step.port}${where} -> ${target}`;
    }
    case "route":
      return step.note;
    case "listener":
      if (step.port === 0) return `${hostName(step.host)} answers`;
      return `${hostName(step.host)} ${step.isListening ? "listens" : "does not listen"} on ${step.port}`;
    default:
      return step satisfies never;
  }
}

function describeSide(name: string, side: SideExplanation | null, locate: Locate, isAhead: boolean): string[] {
  if (side === null) return [];
  const { decision, end, policies } = side;
  const verdict = decision.isAllowed ? "allowed" : isAhead ? "would be DENIED too" : "DENIED";
  const lines = [station(name, `${end}: ${verdict}, ${reason(side)}`)];
  if (decision.exempt !== undefined) return lines;
  for (const { policy, tier, rules } of policies) {
    const tierNote = tier === "NetworkPolicy" ? "" : ` (${tier} tier)`;
    lines.push(`          policy ${policy}${tierNote}${rules.length === 0 ? `: no ${name} rules` : ""}`);
    for (const rule of rules) lines.push(...describeRule(policy, rule, decision.decidedBy !== undefined, locate));
  }
  return lines;
}

function reason({ decision, direction, policies }: SideExplanation): string {
  const { exempt, decidedBy, isIsolated } = decision;
  if (exempt === "own-node") return "traffic of the pod's own node is never filtered";
  if (exempt === "own-pod") return "a pod always reaches itself";
  if (exempt === "host-network") return "not a pod of the pod network, policies do not select it";
  if (exempt === "plugin-does-not-enforce") return "this network plugin does not filter it";
  if (decidedBy !== undefined) return `${decidedBy.action} by rule ${decidedBy.rule} of ${decidedBy.policy}`;
  const count = policies.filter((policy) => policy.tier === "NetworkPolicy").length;
  if (isIsolated) return `isolated by ${count} ${count === 1 ? "policy" : "policies"}, no rule matches`;
  return policies.length === 0
    ? `no policy selects it for ${direction}`
    : "no rule matches, and no NetworkPolicy isolates it";
}

function describeRule(policy: string, rule: RuleExplanation, isSettled: boolean, locate: Locate): string[] {
  const { failure } = rule;
  const label = rule.name === null ? `rule ${rule.index}` : `rule ${rule.index} "${rule.name}"`;
  const what = rule.action === "Allow" ? "matches" : `matches: ${rule.action}`;
  if (failure === null) return [`            ${label} ${rule.isTried ? what : `${what} (not reached)`}`];
  // Once a rule has let the packet through, the others' failures explain nothing.
  if (isSettled && rule.action === "Allow") return [];
  const place = placeOf(policy, failure.path, locate);
  return [
    `            ${label} does not match: wants ${failure.wanted}, found ${failure.found}`,
    `              at ${place}`,
  ];
}

function placeOf(policy: string, path: string, locate: Locate): string {
  const line = locate(policy, path);
  return line === null ? path : `${line} (${path})`;
}

function outcomeLine(flow: Flow): string {
  switch (flow.outcome) {
    case "connected":
      return "result    connected";
    case "refused":
      return "result    refused: the client is told at once";
    case "dropped":
      return "result    dropped: the client hears nothing and times out";
    case "unreachable":
      return "result    lost: nobody answers and the client times out";
    case "no-route":
      return "result    no route: the client's own host refuses";
    default:
      return flow.outcome satisfies never;
  }
}
