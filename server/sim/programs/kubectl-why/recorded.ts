/** The connection that failed last: what the flow log says of it, and how it would go now. */
import type { NetworkFabric } from "../../net/index.ts";
import type { Flow } from "../../net/types.ts";
import { wayText } from "./answer.ts";
import { labelOfHost, socketText, type SourceEnd, type TargetEnd } from "./ends.ts";
import { judge, orderTrials, type Trial } from "./journeys.ts";
import { lastFailure } from "./last-failure.ts";
import { formatAge, type Plugin } from "./plugin.ts";

interface Connection {
  readonly flow: Flow;
  /** As kubectl writes ages: `5s`. */
  readonly age: string;
  readonly source: SourceEnd;
  readonly target: TargetEnd;
}

export interface Recorded extends Connection {
  /** Whether this terminal made it, not a pod that works by itself. */
  readonly isOwn: boolean;
  /** A connection of such a pod that failed later. */
  readonly newer: Connection | null;
}

/** Null when nothing failed that is this terminal's or nobody's. */
export function lastRecorded({ fabric, process }: Plugin): Recorded | null {
  const last = lastFailure(fabric, process.audit);
  if (last === undefined) return null;
  const nowMs = process.clock.now();
  const newer = last.newer && connectionOf(last.newer, nowMs);
  return { ...connectionOf(last.flow, nowMs), isOwn: last.isOwn, newer };
}

function connectionOf(flow: Flow, nowMs: number): Connection {
  const { source: host, sourceAddress: address, requestedAddress, requestedPort: port, requestedName, protocol } = flow;
  const source: SourceEnd = { label: labelOfHost(host), host, address, pod: null };
  const place = port === 0 ? requestedAddress : socketText(requestedAddress, port);
  const isNamed = requestedName !== undefined && requestedName !== requestedAddress;
  const label = !isNamed ? place : place === "" ? requestedName : `${requestedName} (${place})`;
  const age = formatAge(nowMs - flow.timeMs);
  return { flow, age, source, target: { label, protocol, ways: [], service: null } };
}

/** The same connection by the policies of now; as it was recorded, where its source is gone. */
export function retry(fabric: NetworkFabric, flow: Flow): readonly [Trial, ...Trial[]] {
  const isSourceGone = fabric.hostByAddress(flow.sourceAddress)?.id !== flow.source;
  if (isSourceGone || flow.outcome === "name-not-found") {
    return [{ flow, journey: fabric.explain(flow), isOpen: false, isListening: null }];
  }
  const { source, sourceAddress, requestedAddress: address, requestedPort: port, protocol, requestedName } = flow;
  const named = requestedName === undefined ? {} : { requestedName };
  const request = { source, sourceAddress, address, port, protocol, ...named };
  const trial = judge(fabric, fabric.probe(request));
  if (trial.flow.destinationAddress === flow.destinationAddress || flow.destination === null) return [trial];
  // A Service may choose another endpoint this time; the one that failed is asked too.
  const again = fabric.probe({ ...request, address: flow.destinationAddress, port: flow.destinationPort });
  const services = flow.steps.filter((step) => step.at === "service");
  const steps = [...services, ...again.steps];
  const own = judge(fabric, { ...again, requestedAddress: address, requestedPort: port, steps });
  const [first = own, ...rest] = orderTrials([own, trial]);
  return [first, ...rest];
}

const OUTCOMES: Readonly<Record<Flow["outcome"], string>> = {
  connected: "connected",
  refused: "was refused",
  dropped: "timed out",
  unreachable: "timed out",
  "no-route": "had no route",
  "name-not-found": "found no such name",
};

export function recordedLines({ flow, age, isOwn, newer, source, target }: Recorded, isOpenNow: boolean): string {
  const head = isOwn ? "Last failed connection" : "Last failed connection (of a pod, none of this terminal)";
  const now = isOpenNow ? "; by the policies of now it is open" : "";
  const lines = `${head}: ${wayText(source, target, flow)} ${OUTCOMES[flow.outcome]} ${age} ago${now}\n`;
  if (newer === null) return lines;
  const later = wayText(newer.source, newer.target, newer.flow);
  return `${lines}Later, ${newer.age} ago, one of no terminal failed too: ${later}\n`;
}

export const recordedData = ({ flow: { id, outcome }, age }: Recorded) => ({ flow: id, age, outcome });
