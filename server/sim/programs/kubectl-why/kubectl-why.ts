/**
 * `kubectl why`: why a connection comes about or not. The lab's own plugin; no real program is
 * imitated. Objects are read from the API server as kubectl reads them, packets go through the
 * world's network.
 */
import type { Flow, Protocol } from "../../net/types.ts";
import { podsOrNames } from "../kubectl/completion.ts";
import { KubectlError } from "../kubectl/errors.ts";
import { indentedJson } from "../kubectl/printers/json.ts";
import { nameOf } from "../kubectl/resources/target.ts";
import { emitYaml } from "../kubectl/yaml/emit.ts";
import { adviseOn } from "./advice.ts";
import { type Answer, answer, type PlacedAdvice, wayText } from "./answer.ts";
import { answerData } from "./data.ts";
import { labelOfHost, resolveSource, resolveTarget, socketText, type SourceEnd, type TargetEnd } from "./ends.ts";
import { formatAnswer } from "./format.ts";
import { judge, orderTrials, tryAll, type Trial } from "./journeys.ts";
import { lastFailure } from "./last-failure.ts";
import {
  definePlugin,
  definePluginCompletion,
  formatAge,
  formatOf,
  listIfAllowed,
  paintFor,
  type Plugin,
  type PluginDefinition,
  stringFlag,
} from "./plugin.ts";
import { locateIn, type LocateField } from "./policy-places.ts";

const HELP = `Explain why a connection is open or closed.

 The whole way is shown in order: name, Service, endpoint, egress at the source,
ingress at the destination, listener. The station that decides is marked, with
every policy that selects the pod, every rule that was tried, and the first field
that failed, by the line of your YAML where it is found in the working directory
or at home.

 Without arguments the last connection of this terminal that failed is explained:
one made here, or in a container with exec, attach or run.

Examples:
  # Why did the last connection fail?
  kubectl why
  
  # Can pod a reach port 8080 of pod b?
  kubectl why pod/a pod/b:8080
  
  # Pods of other namespaces
  kubectl why shop/client data/db:5432
  
  # From a pod of a Deployment to a Service
  kubectl why svc/web --from deploy/client
  
  # UDP, to an address
  kubectl why pod/a 10.96.0.10:53 --protocol UDP

Options:
    --from='':
	Where the connection starts: POD, TYPE/NAME, NAMESPACE/POD, NAMESPACE/TYPE/NAME or an address.

    -o, --output='':
	Output format. One of: (json, yaml, wide). wide shows every peer and port of a rule that failed.

    --protocol='':
	TCP, UDP, SCTP or ICMP. The Service's own, else TCP.

Usage:
  kubectl why [SOURCE DESTINATION[:PORT] | DESTINATION[:PORT] --from=SOURCE] [--protocol=PROTOCOL] [options]

Exit status: 0 if the connection is open, 1 if it is closed, 2 on errors.

Use "kubectl options" for a list of global command-line options (applies to all commands).
`;

const definition: PluginDefinition = {
  word: "why",
  flags: [stringFlag("from"), stringFlag("output", "o"), stringFlag("protocol")],
  help: HELP,
  run,
  values: {
    from: (kubectl) => podsOrNames(kubectl, ""),
    output: ["json", "wide", "yaml"],
    protocol: ["ICMP", "SCTP", "TCP", "UDP"],
  },
  argumentsFor: async (kubectl, args, current) => (args.length < 2 ? podsOrNames(kubectl, current) : []),
};

export const kubectlWhy = definePlugin(definition);
export const kubectlWhyCompletion = definePluginCompletion(definition);

/** A recorded connection that is asked about. */
interface Recorded {
  readonly flow: Flow;
  readonly age: string;
  /** Whether this terminal made it, not a pod that works by itself. */
  readonly isOwn: boolean;
  /** A connection of such a pod that failed later. */
  readonly newer: (Connection & { readonly flow: Flow; readonly age: string }) | null;
}

interface Connection {
  readonly source: SourceEnd;
  readonly target: TargetEnd;
}

async function run(plugin: Plugin): Promise<number> {
  const { kubectl, process } = plugin;
  const format = formatOf(plugin, ["json", "wide", "yaml"]);
  const [source, target, recorded] = await endsOf(plugin);
  if (source === null) {
    await kubectl.out(
      "No connection of this terminal has failed.\nAsk about any other: kubectl why SOURCE DESTINATION[:PORT]\n",
    );
    return 0;
  }
  const trials = recorded === null ? tryAll(plugin.fabric, source, target) : retry(plugin, recorded.flow);
  const [first, ...more] = trials;
  if (first === undefined)
    throw new KubectlError(
      `${target.label} has no ready endpoints, and no address of its own: its name does not resolve`,
    );
  const lookup = recorded === null ? await lookUp(plugin, source, target) : null;
  const found = answer(source, target, [first, ...more], lookup);
  const advice = await adviseOn(plugin, found);
  const locate = locatorFor(plugin, found, advice);
  const last = recorded === null ? null : { flow: recorded.flow.id, age: recorded.age, outcome: recorded.flow.outcome };
  if (format === "json") await kubectl.out(`${indentedJson(answerData(found, advice, locate, last), "    ", false)}\n`);
  else if (format === "yaml") await kubectl.out(emitYaml(answerData(found, advice, locate, last)));
  else {
    if (recorded !== null) await kubectl.out(recordedLines(recorded, found));
    await kubectl.out(formatAnswer(found, advice, { paint: paintFor(process), locate, isWide: format === "wide" }));
  }
  return found.isOpen ? 0 : 1;
}

type Ends = readonly [SourceEnd, TargetEnd, Recorded | null] | readonly [null, null, null];

async function endsOf(plugin: Plugin): Promise<Ends> {
  const { kubectl, usage } = plugin;
  const from = kubectl.flags.string("from");
  const { args } = kubectl;
  const protocol = protocolOf(plugin);
  if (args.length === 0) {
    if (from !== "" || protocol !== null)
      throw usage("a destination is required: kubectl why DESTINATION --from=SOURCE");
    return endsOfLastFailure(plugin);
  }
  if (args.length > 2 || (args.length === 2 && from !== "")) {
    throw usage(
      `expected SOURCE DESTINATION, or DESTINATION and --from; got ${args.length} arguments${from === "" ? "" : " and --from"}`,
    );
  }
  const [source = "", target = ""] = args.length === 2 ? args : [from, args[0] ?? ""];
  if (source === "") throw usage(`where does the connection start? kubectl why SOURCE ${target}, or --from=SOURCE`);
  return [await resolveSource(plugin, source), await resolveTarget(plugin, target, protocol), null];
}

function protocolOf({ kubectl, usage }: Plugin): Protocol | null {
  const text = kubectl.flags.string("protocol");
  if (text === "") return null;
  const known = (["TCP", "UDP", "SCTP", "ICMP"] as const).find((one) => one === text.toUpperCase());
  if (known === undefined) throw usage(`invalid protocol ${JSON.stringify(text)}: must be one of TCP, UDP, SCTP, ICMP`);
  return known;
}

// ------------------------------------------------------------------------ last failure

function endsOfLastFailure({ fabric, process }: Plugin): Ends {
  const last = lastFailure(fabric, process.audit);
  if (last === undefined) return [null, null, null];
  const ageOf = ({ timeMs }: Flow) => formatAge(process.clock.now() - timeMs);
  const { source, target } = connectionOf(last.flow);
  const newer = last.newer === null ? null : { ...connectionOf(last.newer), flow: last.newer, age: ageOf(last.newer) };
  return [source, target, { flow: last.flow, age: ageOf(last.flow), isOwn: last.isOwn, newer }];
}

function connectionOf(flow: Flow): Connection {
  const { source: host, sourceAddress: address, requestedAddress, requestedPort: port, requestedName, protocol } = flow;
  const source: SourceEnd = { label: labelOfHost(host), host, address, pod: null };
  const place = port === 0 ? requestedAddress : socketText(requestedAddress, port);
  const isNamed = requestedName !== undefined && requestedName !== requestedAddress;
  const label = !isNamed ? place : place === "" ? requestedName : `${requestedName} (${place})`;
  return { source, target: { label, protocol, ways: [], service: null } };
}

/** The same connection by the policies of now; as it was recorded, where its source is gone. */
function retry({ fabric }: Plugin, flow: Flow): readonly Trial[] {
  const isSourceGone = fabric.hostByAddress(flow.sourceAddress)?.id !== flow.source;
  if (isSourceGone || flow.outcome === "name-not-found") {
    return [{ flow, journey: fabric.explain(flow), isOpen: false, isListening: null }];
  }
  const { source, sourceAddress, requestedAddress: address, requestedPort: port, protocol, requestedName } = flow;
  const request = {
    source,
    sourceAddress,
    address,
    port,
    protocol,
    ...(requestedName === undefined ? {} : { requestedName }),
  };
  const trial = judge(fabric, fabric.probe(request));
  if (trial.flow.destinationAddress === flow.destinationAddress || flow.destination === null) return [trial];
  // A Service may choose another endpoint this time; the one that failed is asked too.
  const again = fabric.probe({ ...request, address: flow.destinationAddress, port: flow.destinationPort });
  const services = flow.steps.filter((step) => step.at === "service");
  const { requestedAddress, requestedPort } = flow;
  return orderTrials([
    judge(fabric, { ...again, requestedAddress, requestedPort, steps: [...services, ...again.steps] }),
    trial,
  ]);
}

const OUTCOMES: Readonly<Record<Flow["outcome"], string>> = {
  connected: "connected",
  refused: "was refused",
  dropped: "timed out",
  unreachable: "timed out",
  "no-route": "had no route",
  "name-not-found": "found no such name",
};

function recordedLines({ flow, age, isOwn, newer }: Recorded, { isOpen, source, target }: Answer): string {
  const head = isOwn ? "Last failed connection" : "Last failed connection (of a pod, none of this terminal)";
  const now = isOpen ? "; by the policies of now it is open" : "";
  const lines = `${head}: ${wayText(source, target, flow)} ${OUTCOMES[flow.outcome]} ${age} ago${now}\n`;
  if (newer === null) return lines;
  const later = wayText(newer.source, newer.target, newer.flow);
  return `${lines}Later, ${newer.age} ago, one of no terminal failed too: ${later}\n`;
}

// -------------------------------------------------------------------------- name, lines

/** The question for a Service's name, as the source's resolver sends it. */
async function lookUp(plugin: Plugin, source: SourceEnd, { service }: TargetEnd): Promise<Trial | null> {
  if (service === null || source.pod === null) return null;
  const services = await listIfAllowed(plugin, "/api/v1", "services", "kube-system");
  const dns = services.find((one) => nameOf(one) === "kube-dns");
  const address = (dns?.["spec"] as { readonly clusterIP?: string } | undefined)?.clusterIP;
  if (address === undefined) return null;
  return judge(plugin.fabric, plugin.fabric.probe({ source: source.host, address, port: 53, protocol: "UDP" }));
}

/** Where the policies that matter are written: those that select an end, and those that advice names. */
function locatorFor(
  { fabric, process }: Plugin,
  { main, lookup }: Answer,
  advice: readonly PlacedAdvice[],
): LocateField {
  const sides = [main.journey.egress, main.journey.ingress, lookup?.journey.egress, lookup?.journey.ingress];
  const ids = new Set([
    ...sides.flatMap((side) => side?.policies.flatMap(({ policy }) => policy) ?? []),
    ...advice.flatMap(({ policy }) => policy ?? []),
  ]);
  // As the filter has them: who may not list policies still sees where his own are written.
  const { clusterPolicies, policies } = fabric.engine.state();
  const installed = [
    ...policies.map(({ metadata, spec }) => ({ id: `${metadata.namespace ?? ""}/${metadata.name}`, spec })),
    ...clusterPolicies.map(({ metadata, spec }) => ({ id: metadata.name, spec })),
  ];
  return locateIn(
    process,
    installed.filter(({ id }) => ids.has(id)),
  );
}
