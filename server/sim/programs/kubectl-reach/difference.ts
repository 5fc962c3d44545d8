/** `kubectl reach diff FILE`: the flows that a file's policies would open and close. */
import {
  compareReachability,
  type EngineState,
  PolicyEngine,
  type Protocol,
  type ReachabilityPort,
} from "../../net/index.ts";
import { indentedJson } from "../kubectl/printers/json.ts";
import { KubectlError } from "../kubectl/errors.ts";
import { nameOf, namespaceOf } from "../kubectl/resources/target.ts";
import { list, listIfAllowed, paintFor, type Plugin } from "../kubectl-why/plugin.ts";
import { asIfApplied } from "./as-applied.ts";
import { flowText } from "./lint-report.ts";
import { portText } from "./matrix-format.ts";
import { type Matrix, matrixOf, type PodName } from "./matrix.ts";

const MOST_LINES = 200;
const MOST_PORTS = 50;
/** Examples of flows that no two existing pods have. */
const EXAMPLES = 5;

interface ChangedFlow {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly opens: boolean;
}

/** Status 0 for no difference, 1 for some, as diff. */
export async function runDifference(
  plugin: Plugin,
  file: string,
  wanted: readonly ReachabilityPort[] | null,
  format: string,
): Promise<number> {
  const { before, after, newPods, isEmpty } = await asIfApplied(plugin, file, plugin.fabric.engine.state());
  if (isEmpty) throw new KubectlError(`no policy, pod or namespace found in ${JSON.stringify(file)}`);
  const pods = [...(await visiblePods(plugin)), ...newPods];
  const flows = changesBetween(before, after, pods, wanted === null ? portsAt(plugin, [before, after]) : () => wanted);
  const others = flows.length > 0 ? [] : otherChanges(before, after, wanted);
  const all = [...flows, ...others];
  if (format === "json")
    await plugin.kubectl.out(`${indentedJson({ kind: "Difference", flows: all }, "    ", false)}\n`);
  else await plugin.kubectl.out(differenceText(plugin, file, flows, others));
  return all.length > 0 ? 1 : 0;
}

/** All pods the caller may see; those of the own namespace where the server shows no more. */
async function visiblePods(plugin: Plugin): Promise<readonly PodName[]> {
  const everywhere = await listIfAllowed(plugin, "/api/v1", "pods", "");
  const pods = everywhere.length > 0 ? everywhere : await list(plugin, "/api/v1", "pods", plugin.kubectl.namespace);
  return pods.map((pod) => ({ namespace: namespaceOf(pod), name: nameOf(pod) }));
}

/** Ports that rules name, beside those that pods declare. */
function namedPorts(states: readonly EngineState[]): readonly ReachabilityPort[] {
  const found = new Map<string, ReachabilityPort>();
  for (const { spec } of states.flatMap(({ policies }) => policies)) {
    for (const rule of [...(spec?.ingress ?? []), ...(spec?.egress ?? [])]) {
      for (const { port, protocol } of rule?.ports ?? []) {
        const name = (protocol ?? "TCP") as Protocol;
        if (typeof port === "number") found.set(portText({ port, protocol: name }), { port, protocol: name });
      }
    }
  }
  return [...found.values()];
}

/** The ports that matter at a pod: declared ones and named ones it listens on; else all that rules name. */
function portsAt({ fabric }: Plugin, states: readonly EngineState[]): (pod: PodName) => readonly ReachabilityPort[] {
  const named = namedPorts(states).slice(0, MOST_PORTS);
  return ({ namespace, name }) => {
    const facts = states[1]?.pods.find((one) => one.namespace === namespace && one.name === name);
    const [address] = facts?.addresses ?? [];
    const host = address === undefined ? undefined : fabric.hostByAddress(address);
    const declared = (facts?.ports ?? []).map(({ containerPort, protocol }) => ({
      port: containerPort,
      protocol: (protocol ?? "TCP") as Protocol,
    }));
    const served = named.filter(({ port, protocol }) => host?.accepts(address ?? "", port, protocol));
    const ports = new Map([...declared, ...served].map((port) => [portText(port), port]));
    // A node's other ports are nobody's business here.
    if (ports.size > 0 || facts?.hostNetwork === true) return [...ports.values()];
    return named.length > 0 ? named : [{ port: 80, protocol: "TCP" }];
  };
}

function changesBetween(
  before: EngineState,
  after: EngineState,
  pods: readonly PodName[],
  portsOf: (pod: PodName) => readonly ReachabilityPort[],
): readonly ChangedFlow[] {
  const engines = [PolicyEngine.of(before), PolicyEngine.of(after)] as const;
  const [left, right] = engines.map((engine) => matrixOf(engine, pods, pods, [], { views: engines })) as [
    Matrix,
    Matrix,
  ];
  const flows: ChangedFlow[] = [];
  for (const [column, destination] of left.to.entries()) {
    for (const port of destination.pods[0] === undefined ? [] : portsOf(destination.pods[0])) {
      for (const [row, source] of left.from.entries()) {
        const [is, shall] = [left.cell(port, row, column)?.isOpen, right.cell(port, row, column)?.isOpen];
        if (is === shall || shall === undefined) continue;
        flows.push({ source: source.label, destination: destination.label, ...port, opens: shall });
      }
    }
  }
  return flows;
}

/** Where existing pods see no change: pods that could exist, other namespaces, addresses outside. */
function otherChanges(
  before: EngineState,
  after: EngineState,
  ports: readonly ReachabilityPort[] | null,
): readonly ChangedFlow[] {
  const numbers = { TCP: 0, UDP: 1, SCTP: 2, ICMP: 3 } as const;
  const only =
    ports === null ? {} : { ports: ports.map(({ port, protocol }) => ({ port, protocol: numbers[protocol] })) };
  const comparison = compareReachability(before, after, { limit: EXAMPLES, probes: "selectors", ...only });
  return comparison.equal
    ? []
    : comparison.wrong.map(({ source, destination, port, protocol, intended }) => ({
        source,
        destination,
        port,
        protocol,
        opens: intended,
      }));
}

function differenceText(
  { process }: Plugin,
  file: string,
  flows: readonly ChangedFlow[],
  others: readonly ChangedFlow[],
): string {
  const paint = paintFor(process);
  const shown = flows.length > 0 ? flows : others;
  if (shown.length === 0) return "";
  const line = (flow: ChangedFlow) =>
    flow.opens ? paint.good(`+ ${flowText(flow)}`) : paint.bad(`- ${flowText(flow)}`);
  const lines = [`--- now`, `+++ with ${file === "-" ? "STDIN" : file}`, ...shown.slice(0, MOST_LINES).map(line)];
  if (shown.length > MOST_LINES) lines.push(`… and ${shown.length - MOST_LINES} more`);
  const opening = flows.filter(({ opens }) => opens).length;
  const summary =
    flows.length > 0
      ? `${opening} ${opening === 1 ? "flow opens" : "flows open"}, ${flows.length - opening} ${flows.length - opening === 1 ? "closes" : "close"}.`
      : "No flow between existing pods changes; these are the smallest examples of others that do.";
  return `${[...lines, "", summary].join("\n")}\n`;
}
