/**
 * `kubectl reach`: who reaches whom by policy, what policies probably do not mean, and what a file
 * would change. The lab's own plugin; no real program is imitated.
 */
import { declaredPorts, PolicyEngine, type Protocol, type ReachabilityPort, withProbes } from "../../net/index.ts";
import { parseSelector } from "../kubectl/resources/label-selector.ts";
import { nameOf, namespaceOf, stringMap } from "../kubectl/resources/target.ts";
import {
  boolFlag,
  definePlugin,
  definePluginCompletion,
  formatOf,
  list,
  paintFor,
  type Plugin,
  type PluginDefinition,
  stringFlag,
} from "../kubectl-why/plugin.ts";
import { runDifference } from "./difference.ts";
import type { ImaginedPod } from "./imagined-pods.ts";
import { runLint } from "./lint-report.ts";
import { matrixOf } from "./matrix.ts";
import { formatCsv, formatJson, formatTables } from "./matrix-format.ts";

const HELP = `Show which pods reach which by policy.

 Each declared port gets a table of pods × pods; in namespaces of more than 20
pods those that policies cannot tell apart share a row.

 --lint names what policies probably do not mean: selectors that match nothing,
rules that change nothing, peers wider than they look, egress without DNS, with
the line and a flow that proves it. diff shows which flows a file would open (+)
and close (-). Both take a file as if it were applied, with its namespaces and with
the pods of its workloads. Neither changes anything.

Examples:
  # All pods of this namespace on the ports they declare
  kubectl reach
  
  # One port, in all namespaces
  kubectl reach -A --port 5432
  
  # From the clients to the servers, with the side that closes the way
  kubectl reach --from app=client --to app=web --port 53/UDP -o wide
  
  # Check the policies of the namespace, or of a file as if it were applied
  kubectl reach --lint
  kubectl reach --lint web.yaml
  
  # What would the file change?
  kubectl reach diff web.yaml

Options:
    -A, --all-namespaces=false:
	Pods (with --lint: policies, ClusterNetworkPolicies too) of all namespaces.

    --from='':
	Selector (label query) of the pods the connections start at.

    --lint=false:
	Check policies: those of the cluster, or those of the FILE given ('-' for standard input).

    -o, --output='':
	Output format. One of: (csv, json, wide). wide names the side that closes a way. All three add a host
	outside, and pods that nobody made where their labels or namespace would change the outcome.

    --port='':
	PORT or PORT/PROTOCOL, instead of the ports that pods declare.

    --to='':
	Selector (label query) of the pods the connections lead to.

Usage:
  kubectl reach [--port=PORT[/PROTOCOL]] [--from=SELECTOR] [--to=SELECTOR] [options]
  kubectl reach --lint [FILE] [options]
  kubectl reach diff FILE [options]

Exit status: 0; with --lint 1 on warnings, with diff 1 on differences; 2 on errors.

Use "kubectl options" for a list of global command-line options (applies to all commands).
`;

/** Stands for all hosts outside the cluster (RFC 5737). */
const OUTSIDE = "203.0.113.9";

const definition: PluginDefinition = {
  word: "reach",
  flags: [
    boolFlag("all-namespaces", "A"),
    boolFlag("lint"),
    stringFlag("from"),
    stringFlag("output", "o"),
    stringFlag("port"),
    stringFlag("to"),
  ],
  help: HELP,
  run,
  values: { output: ["csv", "json", "wide"] },
  // What follows `diff` and --lint is a file, which the shell completes.
  argumentsFor: async (kubectl, args) => (args.length === 0 && !kubectl.flags.bool("lint") ? ["diff"] : null),
};

export const kubectlReach = definePlugin(definition);
export const kubectlReachCompletion = definePluginCompletion(definition);

async function run(plugin: Plugin): Promise<number> {
  const { kubectl, usage } = plugin;
  const { args, flags } = kubectl;
  const [word, file] = args;
  const port = portOf(plugin);
  const namespace = flags.bool("all-namespaces") ? "" : kubectl.namespace;
  if (flags.bool("lint")) {
    if (args.length > 1) throw usage(`--lint takes one file, got ${args.length}`);
    return runLint(plugin, word, namespace, formatOf(plugin, ["json"]));
  }
  if (word === "diff") {
    if (file === undefined || args.length > 2) throw usage("exactly one file is required: kubectl reach diff FILE");
    return runDifference(plugin, file, port, formatOf(plugin, ["json"]));
  }
  if (word !== undefined) throw usage(`unexpected argument ${JSON.stringify(word)}`);
  return showMatrix(plugin, namespace, port);
}

async function showMatrix(
  plugin: Plugin,
  namespace: string,
  wanted: readonly ReachabilityPort[] | null,
): Promise<number> {
  const { kubectl, fabric, process } = plugin;
  const format = formatOf(plugin, ["csv", "json", "wide"]);
  const [from, to] = ["from", "to"].map((name) => parseSelector(kubectl.flags.string(name)));
  const pods = (await list(plugin, "/api/v1", "pods", namespace)).map((pod) => ({
    namespace: namespaceOf(pod),
    name: nameOf(pod),
    labels: stringMap(pod, "labels"),
  }));
  const sources = pods.filter(({ labels }) => from?.matches(labels));
  const destinations = pods.filter(({ labels }) => to?.matches(labels));
  const ports = wanted ?? portsOf(plugin, destinations);
  const imagined = format === "" ? null : probesOf(plugin, new Set(pods.map((pod) => pod.namespace)));
  const options =
    imagined === null
      ? {}
      : {
          outsideAddress: OUTSIDE,
          imagined: imagined.pods,
          mayStart: ({ labels }: ImaginedPod) => from?.matches(labels) !== false,
          mayEnd: ({ labels }: ImaginedPod) => to?.matches(labels) !== false,
        };
  const matrix = matrixOf(imagined?.engine ?? fabric.engine, sources, destinations, ports, options);
  if ([matrix.from, matrix.to].some((groups) => groups.every(({ pods }) => pods.length === 0))) {
    const where = namespace === "" ? "" : ` in ${namespace} namespace`;
    const what = pods.length === 0 ? "No resources found" : "No pods with an address match the selectors";
    await kubectl.err(`${what}${where}.\n`);
    return 0;
  }
  if (format === "json") await kubectl.out(formatJson(matrix));
  else if (format === "csv") await kubectl.out(formatCsv(matrix));
  else await kubectl.out(formatTables(matrix, paintFor(process), format === "wide"));
  return 0;
}

/** Pods that nobody made, in the namespaces shown and in new ones, with labels that a selector asks for. */
function probesOf({ fabric }: Plugin, shown: ReadonlySet<string>) {
  const state = fabric.engine.state();
  const withThem = withProbes(state, "selectors");
  const existing = new Set(state.namespaces.map(({ name }) => name));
  const pods = withThem.pods
    .slice(state.pods.length)
    .filter(({ namespace }) => shown.has(namespace) || !existing.has(namespace));
  return { engine: PolicyEngine.of(withThem), pods };
}

/** What the destinations declare; port 80 where none declares any. */
function portsOf(
  { fabric }: Plugin,
  pods: readonly { readonly namespace: string; readonly name: string }[],
): readonly ReachabilityPort[] {
  const names = new Set(pods.map(({ namespace, name }) => `${namespace}/${name}`));
  const declared = new Set(
    fabric.engine
      .state()
      // What policies never filter makes no table of its own.
      .pods.filter(({ namespace, name, hostNetwork }) => !hostNetwork && names.has(`${namespace}/${name}`))
      .flatMap(({ ports }) => ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol ?? "TCP"}`)),
  );
  const ports = declaredPorts(fabric.engine).filter(({ port, protocol }) => declared.has(`${port}/${protocol}`));
  return ports.length > 0 ? ports : [{ port: 80, protocol: "TCP" }];
}

function portOf({ kubectl, usage }: Plugin): readonly ReachabilityPort[] | null {
  const text = kubectl.flags.string("port");
  if (text === "") return null;
  const match = /^(\d+)(?:\/([A-Za-z]+))?$/.exec(text);
  const port = Number(match?.[1]);
  const protocol = (["TCP", "UDP", "SCTP"] as const).find(
    (one): one is Exclude<Protocol, "ICMP"> => one === (match?.[2] ?? "TCP").toUpperCase(),
  );
  if (match === null || protocol === undefined || port < 1 || port > 65535) {
    throw usage(`invalid port ${JSON.stringify(text)}: expected PORT or PORT/PROTOCOL, as 80 or 53/UDP`);
  }
  return [{ port, protocol }];
}
