/** The answer of `kubectl why` as data: the verdict, and the stations of the way in order. */
import type { SideExplanation } from "../../net/index.ts";
import type { Flow, FlowStep } from "../../net/types.ts";
import { labelOfHost, type SourceEnd, type TargetEnd } from "./ends.ts";
import type { Trial } from "./journeys.ts";

export type StationName = "name" | "service" | "endpoint" | "egress" | "route" | "ingress" | "listener";

export interface Station {
  readonly at: StationName;
  /** `ahead` would stop the packet if it came so far. */
  readonly mark: "passed" | "stopped" | "not-reached" | "ahead";
  readonly text: string;
  readonly side: SideExplanation | null;
}

export interface Answer {
  readonly isOpen: boolean;
  /** One sentence, `CLOSED: …` or `OPEN: …`. */
  readonly verdict: string;
  readonly source: SourceEnd;
  readonly target: TargetEnd;
  readonly main: Trial;
  /** The way of the packet that asks the cluster DNS, where the target is a name. */
  readonly lookup: Trial | null;
  readonly stations: readonly Station[];
  readonly trials: readonly Trial[];
}

export interface PlacedAdvice {
  readonly id: string;
  readonly text: string;
  /** `NAMESPACE/NAME` and the place in it. */
  readonly policy?: string;
  readonly path?: string;
}

export function answer(
  source: SourceEnd,
  target: TargetEnd,
  trials: readonly [Trial, ...Trial[]],
  lookup: Trial | null,
): Answer {
  const [main] = trials;
  const isNamed = lookup === null || lookup.isOpen;
  const isOpen = isNamed && trials.every((trial) => trial.isOpen);
  const stations = [...nameStations(main.flow, lookup), ...waySteps(main, isNamed)];
  const verdict = verdictOf(source, target, trials, lookup);
  return { isOpen, verdict, source, target, main, lookup, stations, trials };
}

// ----------------------------------------------------------------------------- verdict

function verdictOf(source: SourceEnd, target: TargetEnd, trials: readonly Trial[], lookup: Trial | null): string {
  const way = wayText(source, target, trials[0]?.flow);
  if (lookup !== null && !lookup.isOpen) {
    return `CLOSED: ${way}: the name cannot be resolved, ${reasonOf(lookup.flow)}.`;
  }
  const [main] = trials as [Trial];
  const closed = trials.filter((trial) => !trial.isOpen).length;
  if (closed === 0) {
    const ways = trials.length > 1 ? `, all ${trials.length} endpoints` : "";
    return `OPEN: ${way}${ways}.`;
  }
  const share = trials.length > 1 ? ` (${closed} of ${trials.length} endpoints)` : "";
  return `CLOSED: ${way}${share}: ${reasonOf(main.flow)}.`;
}

/** `shop/client -> web:80 TCP`; where the name was not found nobody knows the protocol. */
export function wayText(source: SourceEnd, target: TargetEnd, flow: Flow | undefined): string {
  const way = `${source.label} -> ${target.label}`;
  return flow?.outcome === "name-not-found" ? way : `${way} ${target.protocol}`;
}

function reasonOf(flow: Flow): string {
  const last = flow.steps.findLast((step) => step.decides);
  switch (last?.at) {
    case "egress":
    case "ingress":
      return `${last.at} of pod ${last.pod} is denied${policiesText(last)}${flow.outcome === "refused" ? ", the plugin refuses" : ", the packet is dropped"}`;
    case "service":
      return `Service ${last.service} has no ready endpoint, the connection is refused`;
    case "listener":
      return `nobody listens on port ${last.port} of ${labelOfHost(last.host)}, the connection is refused; no policy stops it`;
    case "route":
      return last.note;
    case "name":
      return "nobody knows this name, so nothing was sent";
    default:
      return flow.outcome;
  }
}

function policiesText({ decision }: Extract<FlowStep, { at: "egress" | "ingress" }>): string {
  if (decision.decidedBy !== undefined) return ` by rule ${decision.decidedBy.rule} of ${decision.decidedBy.policy}`;
  const { selectedBy } = decision;
  const names = selectedBy.slice(0, 3).join(", ") + (selectedBy.length > 3 ? ", …" : "");
  return selectedBy.length === 1
    ? ` (policy ${names} isolates it, no rule allows this)`
    : ` (${selectedBy.length} policies isolate it, no rule allows this: ${names})`;
}

// ---------------------------------------------------------------------------- stations

function nameStations(flow: Flow, lookup: Trial | null): readonly Station[] {
  const { requestedName } = flow;
  if (requestedName === undefined || requestedName === flow.requestedAddress || flow.requestedAddress === "") return [];
  if (lookup === null || lookup.isOpen) {
    return [{ at: "name", mark: "passed", text: `${requestedName} is ${flow.requestedAddress}`, side: null }];
  }
  const text = `${requestedName} is asked for at the cluster DNS: ${reasonOf(lookup.flow)}`;
  const denied = lookup.journey.egress?.decision.isAllowed === false ? lookup.journey.egress : lookup.journey.ingress;
  return [{ at: "name", mark: "stopped", text, side: denied }];
}

function waySteps({ flow, journey, isOpen, isListening }: Trial, isNamed: boolean): readonly Station[] {
  const stations: Station[] = [];
  const mark = (step: FlowStep): Station["mark"] => {
    const stops = step.decides === true && !isOpen;
    if (!isNamed) return stops ? "ahead" : "not-reached";
    return stops ? "stopped" : "passed";
  };
  const seen = new Set<string>();
  for (const step of flow.steps) {
    seen.add(step.at);
    const side = step.at === "egress" ? journey.egress : step.at === "ingress" ? journey.ingress : null;
    stations.push({ at: step.at, mark: mark(step), text: textOf(step, side), side });
    if (step.at === "service" && step.endpoint !== null) {
      const host = flow.destination === null ? "nobody's address" : labelOfHost(flow.destination);
      stations.push({
        at: "endpoint",
        mark: isNamed ? "passed" : "not-reached",
        text: `${step.endpoint} is ${host}`,
        side: null,
      });
    }
  }
  const { ingress } = journey;
  if (!seen.has("ingress") && ingress !== null && ingress.isPod) {
    const isAllowed = ingress.decision.isAllowed;
    stations.push({ at: "ingress", mark: isAllowed ? "not-reached" : "ahead", text: sideText(ingress), side: ingress });
  }
  if (
    !seen.has("listener") &&
    isListening !== null &&
    !flow.steps.some((step) => step.at === "service" && step.decides)
  ) {
    const text = listenerText(flow.destination ?? "", flow.destinationPort, isListening);
    stations.push({ at: "listener", mark: isListening ? "not-reached" : "ahead", text, side: null });
  }
  return stations;
}

function textOf(step: FlowStep, side: SideExplanation | null): string {
  switch (step.at) {
    case "service": {
      const where = step.node === undefined ? "" : ` on node ${step.node}`;
      return `${step.service} port ${step.port}${where} -> ${step.endpoint ?? "no ready endpoint"}`;
    }
    case "egress":
    case "ingress":
      return side === null ? `pod ${step.pod}` : sideText(side);
    case "route":
      return step.note;
    case "name":
      return `nobody knows the name ${step.name}`;
    case "listener":
      return listenerText(step.host, step.port, step.isListening);
    default:
      return step satisfies never;
  }
}

function listenerText(host: string, port: number, isListening: boolean): string {
  if (port === 0) return `${labelOfHost(host)} answers`;
  return `${labelOfHost(host)} ${isListening ? "listens" : "does not listen"} on port ${port}`;
}

function sideText({ decision, direction, end, policies }: SideExplanation): string {
  const who = `pod ${end}`;
  const { exempt, decidedBy, isIsolated } = decision;
  if (exempt === "own-node") return `${who}: traffic with its own node is never filtered`;
  if (exempt === "own-pod") return `${who}: a pod always reaches itself`;
  if (exempt === "host-network") return `${end}: not on the pod network, policies do not select it`;
  if (exempt === "plugin-does-not-enforce") return `${who}: this network plugin does not filter it`;
  if (decidedBy !== undefined) {
    return `${who}: ${decision.isAllowed ? "allowed" : "denied"} by rule ${direction}[${decidedBy.rule}] of ${decidedBy.policy}`;
  }
  const count = policies.filter(({ tier }) => tier === "NetworkPolicy").length;
  if (isIsolated) return `${who}: isolated by ${count} ${count === 1 ? "policy" : "policies"}, no rule allows this`;
  return `${who}: no policy isolates it for ${direction}`;
}
