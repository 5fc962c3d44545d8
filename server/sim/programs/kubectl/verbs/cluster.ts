/** Small verbs about the cluster and kubectl itself. */
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { helpText } from "../kubectl-help.ts";
import { listPlugins } from "../plugins.ts";
import { collect, listItems } from "../resources/select.ts";
import { nameOf, namespaceOf, sendObject, stringMap } from "../resources/target.ts";
import { dryRunOf, fileSelection, ResultPrinter } from "./common.ts";
import type { ApiObject } from "../client/rest-client.ts";
import type { DryRun, Verb } from "./verb.ts";

const GREEN = "\x1b[0;32m";
const YELLOW = "\x1b[0;33m";
const RESET = "\x1b[0m";

const clusterInfo: Verb = {
  words: "cluster-info",
  async run(kubectl) {
    const { server } = kubectl.connection();
    const isColoured = kubectl.process.stdout.isTty;
    const line = (name: string, link: string) =>
      isColoured
        ? `${GREEN}${name}${RESET} is running at ${YELLOW}${link}${RESET}\n`
        : `${name} is running at ${link}\n`;
    const list = await kubectl.client().request("GET", "/api/v1/namespaces/kube-system/services", {
      query: [["labelSelector", "kubernetes.io/cluster-service=true"]],
    });
    let text = line("Kubernetes control plane", server);
    for (const service of listItems(list)) {
      const ports = ((service["spec"] as { ports?: readonly { name?: string; port: number }[] })?.ports ??
        []) as readonly { name?: string }[];
      const name = stringMap(service, "labels")["kubernetes.io/name"] || nameOf(service);
      const port = ports[0]?.name ? `:${ports[0].name}` : "";
      text += line(
        name,
        `${server}/api/v1/namespaces/${namespaceOf(service)}/services/${nameOf(service)}${port}/proxy`,
      );
    }
    await kubectl.out(`${text}\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n`);
    return 0;
  },
};

const unavailable = (words: string, message: string): Verb => ({
  words,
  run() {
    throw new KubectlError(message);
  },
});

/** Without a metrics server the API group does not exist. */
const top = (words: string): Verb => ({
  words,
  async run(kubectl) {
    const versions = await kubectl.withDiscovery((discovery) => discovery.groupVersions());
    if (!versions.some((version) => version.startsWith("metrics.k8s.io/")))
      throw new KubectlError("Metrics API not available");
    throw new KubectlError("metrics not available yet");
  },
});

const options: Verb = {
  words: "options",
  async run(kubectl) {
    await kubectl.out(await helpText(kubectl.process, "options"));
    return 0;
  },
};

const pluginList: Verb = {
  words: "plugin list",
  async run(kubectl) {
    const plugins = listPlugins(kubectl.process);
    if (plugins.length === 0) throw new KubectlError("unable to find any kubectl plugins in your PATH");
    const isNameOnly = kubectl.flags.bool("name-only");
    const lines = plugins.map((path) => `${isNameOnly ? (path.split("/").at(-1) ?? path) : path}\n`);
    await kubectl.out(`The following compatible plugins are available:\n\n${lines.join("")}`);
    return 0;
  },
};

/**
 * For bash; the candidates come from `kubectl __complete`, also where an alias stands for kubectl.
 * Directive 2 asks for no space after the word, 4 for no file names.
 */
const BASH_COMPLETION = `# bash completion for kubectl

__start_kubectl()
{
    local candidate current=\${COMP_WORDS[COMP_CWORD]} directive=0
    COMPREPLY=()
    while IFS= read -r candidate; do
        case $candidate in
            :*) directive=\${candidate#:} ;;
            "$current"*) COMPREPLY+=("\${candidate%%$'\\t'*}") ;;
        esac
    done < <(kubectl __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if (( directive & 2 )); then compopt -o nospace; fi
    if (( directive & 4 )); then compopt +o default; fi
}

complete -o default -F __start_kubectl kubectl
`;

const completion: Verb = {
  words: "completion",
  async run(kubectl) {
    const [shell] = kubectl.args;
    if (shell === undefined) throw kubectl.usage("Shell not specified.");
    if (kubectl.args.length > 1) throw kubectl.usage("Too many arguments. Expected only the shell type.");
    if (!["bash", "zsh", "fish", "powershell"].includes(shell))
      throw kubectl.usage(`Unsupported shell type ${JSON.stringify(shell)}.`);
    // There is no other shell than bash in this world.
    await kubectl.out(shell === "bash" ? BASH_COMPLETION : `# ${shell} completion for kubectl\n`);
    return 0;
  },
};

const certificate = (action: "approve" | "deny"): Verb => ({
  words: `certificate ${action}`,
  async run(kubectl) {
    if (kubectl.args.length === 0 && kubectl.flags.list("filename").length === 0) {
      throw new KubectlError("one or more CSRs must be specified as <name> or -f <filename>");
    }
    const { targets, failure } = await collect(kubectl, {
      ...fileSelection(kubectl),
      ...(kubectl.args.length > 0 ? { fixedType: "certificatesigningrequests", args: kubectl.args } : {}),
      continuesOnError: true,
      isLatest: true,
    });
    if (failure !== undefined) throw failure;
    for (const target of targets) await decide(kubectl, target, action);
    return 0;
  },
});

interface CsrStatus {
  readonly conditions?: readonly { readonly type: string }[];
}

async function decide(
  kubectl: Kubectl,
  target: Awaited<ReturnType<typeof collect>>["targets"][number],
  action: "approve" | "deny",
): Promise<void> {
  const type = action === "approve" ? "Approved" : "Denied";
  const status = (target.object["status"] ?? {}) as CsrStatus;
  const isDone = status.conditions?.some((condition) => condition.type === type) ?? false;
  if (!isDone || kubectl.flags.bool("force")) {
    const now = `${new Date(kubectl.process.clock.now()).toISOString().slice(0, 19)}Z`;
    const condition = {
      type,
      status: "True",
      reason: `Kubectl${action === "approve" ? "Approve" : "Deny"}`,
      message: `This CSR was ${action === "approve" ? "approved" : "denied"} by kubectl certificate ${action}.`,
      lastUpdateTime: now,
    };
    const conditions = [...(status.conditions ?? []).filter((known) => known.type !== type), condition];
    await sendObject(kubectl, "PUT", target, {
      subresource: "approval",
      body: { ...target.object, status: { ...status, conditions } },
    });
  }
  await kubectl.out(
    `certificatesigningrequest.certificates.k8s.io/${target.name} ${action === "approve" ? "approved" : "denied"}\n`,
  );
}

const autoscale: Verb = {
  words: "autoscale",
  async run(kubectl) {
    const { flags } = kubectl;
    const dryRun = await dryRunOf(kubectl);
    const max = flags.number("max");
    const min = flags.number("min");
    if (max < 1) throw kubectl.usage(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
    if (max < min)
      throw kubectl.usage(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
    const metrics = autoscaleMetrics(kubectl);
    const results = new ResultPrinter(kubectl, dryRun, { keepsOrder: dryRun === "client" });
    const { targets, failure } = await collect(kubectl, {
      ...fileSelection(kubectl),
      args: kubectl.args,
      isLatest: true,
    });
    if (failure !== undefined) throw failure;
    for (const target of targets) {
      const name = flags.string("name") || target.name;
      const { group, version, kind } = target.type;
      if (!["Deployment", "ReplicaSet", "StatefulSet", "ReplicationController"].includes(kind)) {
        throw new KubectlError(`cannot autoscale a ${kind}${group === "" ? "" : `.${group}`}: unsupported kind`);
      }
      const hpa = {
        kind: "HorizontalPodAutoscaler",
        apiVersion: "autoscaling/v2",
        metadata: { name },
        spec: {
          scaleTargetRef: { kind, name: target.name, apiVersion: group === "" ? version : `${group}/${version}` },
          ...(min > 0 ? { minReplicas: min } : {}),
          maxReplicas: max,
          ...(metrics.length > 0 ? { metrics } : {}),
        },
        status: { desiredReplicas: 0, currentMetrics: null },
      };
      const created = dryRun === "client" ? hpa : await createAutoscaler(kubectl, target.namespace, hpa, dryRun);
      await results.print(
        { group: "autoscaling", kind: "HorizontalPodAutoscaler" },
        name,
        "autoscaled",
        created as never,
      );
    }
    return 0;
  },
};

async function createAutoscaler(kubectl: Kubectl, namespace: string, hpa: object, dryRun: DryRun): Promise<ApiObject> {
  const { flags } = kubectl;
  const query = [
    ...(dryRun === "server" ? [["dryRun", "All"] as const] : []),
    ["fieldManager", flags.string("field-manager")] as const,
  ];
  try {
    const path = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
    return await kubectl.client().request("POST", path, { query, body: hpa });
  } catch (error) {
    // The old flag makes kubectl try autoscaling/v1 next, which it then finds it cannot express.
    if (!flags.isChanged("cpu-percent")) throw error;
    throw new KubectlError(
      "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: empty input",
    );
  }
}

function autoscaleMetrics(kubectl: Kubectl) {
  const { flags } = kubectl;
  const of = (name: string, text: string) => {
    if (text === "") return [];
    const percent = /^(\d+)%$/.exec(text)?.[1];
    const target =
      percent === undefined
        ? { type: "AverageValue", averageValue: text }
        : { type: "Utilization", averageUtilization: Number(percent) };
    return [{ type: "Resource", resource: { name, target } }];
  };
  const percent = flags.isChanged("cpu-percent") ? `${flags.number("cpu-percent")}%` : "";
  return [...of("cpu", flags.string("cpu") || percent), ...of("memory", flags.string("memory"))];
}

export const clusterVerbs: readonly Verb[] = [
  autoscale,
  certificate("approve"),
  certificate("deny"),
  clusterInfo,
  completion,
  options,
  pluginList,
  top("top node"),
  top("top pod"),
  unavailable("cluster-info dump", "dumping the cluster is not available in this kubectl"),
  unavailable("port-forward", "forwarding ports is not available in this kubectl"),
  unavailable("kustomize", "kustomize is not available in this kubectl"),
  unavailable("proxy", "starting a proxy is not available in this kubectl"),
];
