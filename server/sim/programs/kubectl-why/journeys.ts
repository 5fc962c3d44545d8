/** Sends trial packets through the fabric and explains them: one for each way the connection may go. */
import type { JourneyExplanation } from "../../net/index.ts";
import type { NetworkFabric } from "../../net/index.ts";
import type { ConnectRequest, Flow, FlowStep } from "../../net/types.ts";
import { socketText, type SourceEnd, type TargetEnd } from "./ends.ts";

export interface Trial {
  readonly flow: Flow;
  readonly journey: JourneyExplanation;
  readonly isOpen: boolean;
  /** Whether somebody listens where the packet was going, even if it never came there; null when nobody is there. */
  readonly isListening: boolean | null;
}

/** All ways from the source to the target. What stops the packet comes first in `[0]`, if anything does. */
export function tryAll(fabric: NetworkFabric, source: SourceEnd, target: TargetEnd): readonly Trial[] {
  const flows = target.ways.flatMap((way) => {
    const { label: _, ...request } = way;
    return flowsOf(fabric, { source: source.host, ...request }, target);
  });
  return orderTrials(flows.map((flow) => judge(fabric, flow)));
}

export function orderTrials(trials: readonly Trial[]): readonly Trial[] {
  const place = ({ flow }: Trial) => `${flow.destinationAddress}:${flow.destinationPort}`;
  return [...trials].sort((a, b) => Number(a.isOpen) - Number(b.isOpen) || (place(a) < place(b) ? -1 : 1));
}

/** A Service's address leads to any of its endpoints; each is tried, not only the one chance picks. */
function flowsOf(fabric: NetworkFabric, request: ConnectRequest, { service }: TargetEnd): readonly Flow[] {
  const flow = fabric.probe(request);
  const translation = flow.steps.find((step) => step.at === "service");
  if (translation === undefined || translation.endpoint === null || service === null) return [flow];
  const picksAny =
    ((service.object["spec"] ?? {}) as { internalTrafficPolicy?: string }).internalTrafficPolicy !== "Local";
  const others = picksAny
    ? service.endpoints.filter(({ address, port }) => socketText(address, port) !== translation.endpoint)
    : [];
  return [flow, ...others.map(({ address, port }) => viaEndpoint(fabric, request, flow, address, port))];
}

function viaEndpoint(fabric: NetworkFabric, request: ConnectRequest, like: Flow, address: string, port: number): Flow {
  const direct = fabric.probe({ ...request, address, port });
  const steps = like.steps.flatMap((step) =>
    step.at === "service" ? [{ ...step, endpoint: socketText(address, port) }] : [],
  );
  const { requestedAddress, requestedPort } = like;
  return { ...direct, requestedAddress, requestedPort, steps: [...steps, ...direct.steps] };
}

/** A probe takes every port as listening; here the listener counts as well. */
export function judge(fabric: NetworkFabric, probed: Flow): Trial {
  const { destinationAddress, destinationPort, protocol } = probed;
  const host = fabric.hostByAddress(destinationAddress);
  const isListening =
    host === undefined ? null : protocol === "ICMP" || host.accepts(destinationAddress, destinationPort, protocol);
  const last = probed.steps.at(-1);
  const isRefused = isListening === false && last?.at === "listener";
  const steps: readonly FlowStep[] = isRefused
    ? [...probed.steps.slice(0, -1), { ...last, isListening: false }]
    : probed.steps;
  const flow: Flow = isRefused ? { ...probed, steps, outcome: "refused" } : probed;
  return { flow, journey: fabric.explain(flow), isOpen: flow.outcome === "connected", isListening };
}
