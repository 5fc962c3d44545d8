/**
 * `kubectl why`: why a connection comes about or not. The lab's own plugin; no real program is
 * imitated. Objects are read from the API server as kubectl reads them, packets go through the
 * world's network.
 */
import type { Protocol } from "../../net/types.ts";
import { podsOrNames } from "../kubectl/completion.ts";
import { KubectlError } from "../kubectl/errors.ts";
import { indentedJson } from "../kubectl/printers/json.ts";
import { nameOf } from "../kubectl/resources/target.ts";
import { emitYaml } from "../kubectl/yaml/emit.ts";
import { adviseOn } from "./advice.ts";
import { type Answer, answer, type PlacedAdvice } from "./answer.ts";
import { answerData } from "./data.ts";
import { resolveSource, resolveTarget, type SourceEnd, type TargetEnd } from "./ends.ts";
import { formatAnswer } from "./format.ts";
import { judge, tryAll, type Trial } from "./journeys.ts";
import {
  definePlugin,
  definePluginCompletion,
  fitted,
  formatOf,
  listIfAllowed,
  paintFor,
  type Plugin,
  type PluginDefinition,
  stringFlag,
} from "./plugin.ts";
import { locateIn, type LocateField } from "./policy-places.ts";
import { lastRecorded, type Recorded, recordedData, recordedLines, retry } from "./recorded.ts";

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

/** What is asked about: a connection described by its ends, or the one that failed last. */
type Question =
  | { readonly kind: "described"; readonly source: SourceEnd; readonly target: TargetEnd }
  | { readonly kind: "recorded"; readonly recorded: Recorded };

async function run(plugin: Plugin): Promise<number> {
  const { kubectl, process } = plugin;
  const format = formatOf(plugin, ["json", "wide", "yaml"]);
  const question = await questionOf(plugin);
  if (question === null) {
    await kubectl.out(
      "No connection of this terminal has failed.\nAsk about any other: kubectl why SOURCE DESTINATION[:PORT]\n",
    );
    return 0;
  }
  const recorded = question.kind === "recorded" ? question.recorded : null;
  const found = await answerTo(plugin, question);
  const advice = await adviseOn(plugin, found);
  const locate = locatorFor(plugin, found, advice);
  const data = () => answerData(found, advice, locate, recorded && recordedData(recorded));
  if (format === "json") await kubectl.out(`${indentedJson(data(), "    ", false)}\n`);
  else if (format === "yaml") await kubectl.out(emitYaml(data()));
  else {
    const head = recorded === null ? "" : recordedLines(recorded, found.isOpen);
    const options = { paint: paintFor(process), locate, isWide: format === "wide" };
    await kubectl.out(fitted(process, `${head}${formatAnswer(found, advice, options)}`));
  }
  return found.isOpen ? 0 : 1;
}

async function answerTo(plugin: Plugin, question: Question): Promise<Answer> {
  if (question.kind === "recorded") {
    const { flow, source, target } = question.recorded;
    return answer(source, target, retry(plugin.fabric, flow), null);
  }
  const { source, target } = question;
  const [first, ...more] = tryAll(plugin.fabric, source, target);
  if (first === undefined) {
    throw new KubectlError(
      `${target.label} has no ready endpoints, and no address of its own: its name does not resolve`,
    );
  }
  return answer(source, target, [first, ...more], await lookUp(plugin, source, target));
}

/** Null: the last failure is asked about, and there is none. */
async function questionOf(plugin: Plugin): Promise<Question | null> {
  const { kubectl, usage } = plugin;
  const from = kubectl.flags.string("from");
  const { args } = kubectl;
  const protocol = protocolOf(plugin);
  if (args.length === 0) {
    if (from !== "" || protocol !== null)
      throw usage("a destination is required: kubectl why DESTINATION --from=SOURCE");
    const recorded = lastRecorded(plugin);
    return recorded && { kind: "recorded", recorded };
  }
  if (args.length > 2 || (args.length === 2 && from !== "")) {
    throw usage(
      `expected SOURCE DESTINATION, or DESTINATION and --from; got ${args.length} arguments${from === "" ? "" : " and --from"}`,
    );
  }
  const [source = "", target = ""] = args.length === 2 ? args : [from, args[0] ?? ""];
  if (source === "") throw usage(`where does the connection start? kubectl why SOURCE ${target}, or --from=SOURCE`);
  return {
    kind: "described",
    source: await resolveSource(plugin, source),
    target: await resolveTarget(plugin, target, protocol),
  };
}

function protocolOf({ kubectl, usage }: Plugin): Protocol | null {
  const text = kubectl.flags.string("protocol");
  if (text === "") return null;
  const known = (["TCP", "UDP", "SCTP", "ICMP"] as const).find((one) => one === text.toUpperCase());
  if (known === undefined) throw usage(`invalid protocol ${JSON.stringify(text)}: must be one of TCP, UDP, SCTP, ICMP`);
  return known;
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
