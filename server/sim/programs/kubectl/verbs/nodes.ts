/** `kubectl cordon`, `uncordon`, `drain` and `taint`. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { asFailure, combine, KubectlError, StatusFailure } from "../errors.ts";
import { compactJson } from "../printers/json.ts";
import { listPods, podType, type Pod } from "../resources/pods.ts";
import { collect, forEachTarget } from "../resources/select.ts";
import { nameOf, namespaceOf, sendObject, stringMap, type Target } from "../resources/target.ts";
import { labelValueProblems, qualifiedNameProblems } from "../resources/validation.ts";
import { dryRunOf, dryRunSuffix, ResultPrinter, writeQuery } from "./common.ts";
import { withDeadline } from "./deadline.ts";
import { waitForDeletion } from "./delete-object.ts";
import { getPath } from "./pod-template-change.ts";
import type { DryRun, Verb } from "./verb.ts";

async function nodesOf(kubectl: Kubectl, usage: string): Promise<readonly Target[]> {
  const selector = kubectl.flags.string("selector");
  if (kubectl.args.length === 0 && selector === "") throw kubectl.usage(`USAGE: ${usage} [flags]`);
  if (kubectl.args.length > 0 && selector !== "")
    throw kubectl.usage("error: cannot specify both a node name and a --selector option");
  const { targets, failure } = await collect(kubectl, {
    fixedType: "nodes",
    args: kubectl.args,
    labelSelector: selector,
    isLatest: true,
  });
  if (failure !== undefined) throw failure;
  return targets;
}

async function setSchedulable(
  kubectl: Kubectl,
  target: Target,
  isUnschedulable: boolean,
  dryRun: DryRun,
): Promise<void> {
  const word = isUnschedulable ? "cordoned" : "uncordoned";
  const isAlready = (getPath(target.object, ["spec", "unschedulable"]) === true) === isUnschedulable;
  if (!isAlready && dryRun !== "client") {
    await sendObject(kubectl, "PATCH", target, {
      query: dryRun === "server" ? [["dryRun", "All"]] : [],
      contentType: "application/strategic-merge-patch+json",
      body: compactJson({ spec: { unschedulable: isUnschedulable ? true : null } }),
    });
  }
  await kubectl.out(`node/${target.name} ${isAlready ? "already " : ""}${word}${dryRunSuffix(dryRun)}\n`);
}

const cordoning = (words: string, isUnschedulable: boolean): Verb => ({
  words,
  async run(kubectl) {
    const dryRun = await dryRunOf(kubectl);
    for (const node of await nodesOf(kubectl, `${words} NODE`))
      await setSchedulable(kubectl, node, isUnschedulable, dryRun);
    return 0;
  },
});

// ---------------------------------------------------------------------- drain

interface Verdict {
  readonly pod: Pod;
  readonly isDeleted: boolean;
  readonly reason: string;
  readonly isError: boolean;
}

const UNMANAGED = "Pods that declare no controller";
const DAEMON_SET = "DaemonSet-managed Pods";
const LOCAL_STORAGE = "Pods with local storage";

const drain: Verb = {
  words: "drain",
  async run(kubectl) {
    const dryRun = await dryRunOf(kubectl);
    const nodes = await nodesOf(kubectl, "drain NODE");
    for (const node of nodes) await setSchedulable(kubectl, node, true, dryRun);
    const failures: Error[] = [];
    for (const node of nodes) {
      try {
        await drainNode(kubectl, node, dryRun);
        await kubectl.out(`node/${node.name} drained${dryRunSuffix(dryRun)}\n`);
      } catch (error) {
        const failure = asFailure(error);
        const text = failure.message;
        await kubectl.err(
          `error: unable to drain node ${JSON.stringify(node.name)} due to error: ${text}, continuing command...\n`,
        );
        failures.push(failure);
        await kubectl.err(`There are pending nodes to be drained:\n ${node.name}\n`);
        const lines = failure instanceof DrainRefused ? failure.lines : [text];
        await kubectl.err(lines.map((line) => `${line}\n`).join(""));
      }
    }
    return failures.length === 0 ? 0 : 1;
  },
};

class DrainRefused extends KubectlError {
  constructor(readonly lines: readonly string[]) {
    super(lines.length === 1 ? (lines[0] ?? "") : `[${lines.join(", ")}]`);
  }
}

function judgePod(kubectl: Kubectl, pod: Pod): Verdict {
  const { flags } = kubectl;
  const owner = (
    (pod.metadata?.["ownerReferences"] ?? []) as readonly { readonly kind: string; readonly controller?: boolean }[]
  ).find(({ controller }) => controller);
  const keep = (reason: string, isError: boolean): Verdict => ({ pod, isDeleted: false, reason, isError });
  if (stringMap(pod, "annotations")["kubernetes.io/config.mirror"] !== undefined) return keep("", false);
  const isFinished = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
  if (owner?.kind === "DaemonSet" && !isFinished) return keep(DAEMON_SET, !flags.bool("ignore-daemonsets"));
  const volumes = (getPath(pod, ["spec", "volumes"]) ?? []) as readonly { readonly emptyDir?: unknown }[];
  if (volumes.some(({ emptyDir }) => emptyDir !== undefined) && !isFinished && !flags.bool("delete-emptydir-data")) {
    return keep(LOCAL_STORAGE, true);
  }
  if (owner === undefined && !isFinished) {
    return flags.bool("force") ? { pod, isDeleted: true, reason: UNMANAGED, isError: false } : keep(UNMANAGED, true);
  }
  return { pod, isDeleted: true, reason: "", isError: false };
}

const HINTS: Readonly<Record<string, string>> = {
  [UNMANAGED]: "use --force to override",
  [DAEMON_SET]: "use --ignore-daemonsets to ignore",
  [LOCAL_STORAGE]: "use --delete-emptydir-data to override",
};

function podList(verdicts: readonly Verdict[], reason: string): string {
  return verdicts
    .filter((verdict) => verdict.reason === reason)
    .map(({ pod }) => `${namespaceOf(pod)}/${nameOf(pod)}`)
    .join(", ");
}

async function drainNode(kubectl: Kubectl, node: Target, dryRun: DryRun): Promise<void> {
  const pods = await listPods(
    kubectl,
    "",
    [
      ["fieldSelector", `spec.nodeName=${node.name}`],
      ["labelSelector", kubectl.flags.string("pod-selector")],
    ].filter(([, value]) => value !== "") as unknown as readonly (readonly [string, string])[],
  );
  const verdicts = pods.map((pod) => judgePod(kubectl, pod));
  const errors = [UNMANAGED, DAEMON_SET, LOCAL_STORAGE].filter((reason) =>
    verdicts.some((v) => v.isError && v.reason === reason),
  );
  if (errors.length > 0) {
    throw new DrainRefused(
      errors.map(
        (reason) =>
          `cannot delete ${reason} (${HINTS[reason]}): ${podList(
            verdicts.filter((v) => v.isError),
            reason,
          )}`,
      ),
    );
  }
  const warnings = [UNMANAGED, DAEMON_SET].flatMap((reason) => {
    const list = podList(verdicts, reason);
    return list === "" ? [] : [`${reason === UNMANAGED ? "deleting" : "ignoring"} ${reason}: ${list}`];
  });
  if (warnings.length > 0) await kubectl.err(`Warning: ${warnings.join("; ")}\n`);
  await evictAll(
    kubectl,
    verdicts.filter(({ isDeleted }) => isDeleted).map(({ pod }) => pod),
    dryRun,
  );
}

/** Pauses between attempts while a disruption budget forbids the eviction. */
const EVICTION_RETRY_MS = 5000;

async function evictAll(kubectl: Kubectl, pods: readonly Pod[], dryRun: DryRun): Promise<void> {
  const usesEviction = !kubectl.flags.bool("disable-eviction");
  for (const pod of pods)
    await kubectl.out(
      `${usesEviction ? "evicting" : "deleting"} pod ${namespaceOf(pod)}/${nameOf(pod)}${dryRunSuffix(dryRun)}\n`,
    );
  if (dryRun === "client") return;
  const timeout = kubectl.flags.number("timeout");
  const finished = await withDeadline(kubectl, timeout === 0 ? Number.POSITIVE_INFINITY : timeout, async () => {
    await Promise.all(pods.map((pod) => evict(kubectl, pod, usesEviction, dryRun)));
    return true;
  });
  if (finished !== true) throw new KubectlError(`drain did not complete within ${timeout / 1000}s`);
}

async function evict(kubectl: Kubectl, pod: Pod, usesEviction: boolean, dryRun: DryRun): Promise<void> {
  const target: Target = { type: podType(), namespace: namespaceOf(pod), name: nameOf(pod), source: "", object: pod };
  const grace = kubectl.flags.number("grace-period");
  const deleteOptions = {
    ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}),
    ...(dryRun === "server" ? { dryRun: ["All"] } : {}),
  };
  for (;;) {
    try {
      if (usesEviction) {
        await kubectl.client().request("POST", `/api/v1/namespaces/${target.namespace}/pods/${target.name}/eviction`, {
          body: {
            kind: "Eviction",
            apiVersion: "policy/v1",
            metadata: { name: target.name, namespace: target.namespace },
            deleteOptions,
          },
        });
      } else await sendObject(kubectl, "DELETE", target, { body: deleteOptions });
      break;
    } catch (error) {
      if (error instanceof StatusFailure && error.isNotFound) return;
      if (!(error instanceof StatusFailure) || error.reason !== "TooManyRequests") throw error;
      await kubectl.err(
        `error when evicting pods/${JSON.stringify(target.name)} -n ${JSON.stringify(target.namespace)} (will retry after 5s): ${error.message}\n`,
      );
      await kubectl.process.sleep(EVICTION_RETRY_MS);
    }
  }
  if (dryRun === "none") await waitForDeletion(kubectl, target, pod, 0);
  await kubectl.out(`pod/${target.name} ${usesEviction ? "evicted" : "deleted"}${dryRunSuffix(dryRun)}\n`);
}

// ---------------------------------------------------------------------- taint

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

const taint: Verb = {
  words: "taint",
  async run(kubectl) {
    const { args, flags } = kubectl;
    const dryRun = await dryRunOf(kubectl);
    const isSpec = (arg: string) => arg.includes("=") || arg.includes(":") || arg.endsWith("-");
    const first = args.findIndex(isSpec);
    const resources = first < 0 ? args : args.slice(0, first);
    const specs = first < 0 ? [] : args.slice(first);
    if (resources.length < 1) throw new KubectlError("one or more resources must be specified as <resource> <name>");
    const { added, removed } = parseTaints(kubectl, specs);
    if (!["node", "nodes", "no"].includes(resources[0]?.split("/")[0] ?? "")) {
      throw new KubectlError(`invalid resource type ${resources[0]}, only node(s) is supported`);
    }
    if (added.length === 0 && removed.length === 0) throw new KubectlError("at least one taint update is required");
    const isNamed = resources.length > 1 || (resources[0] ?? "").includes("/");
    if (!isNamed && !flags.bool("all") && flags.string("selector") === "") {
      throw new KubectlError("at least one resource name must be specified since 'all' parameter is not set");
    }
    const results = new ResultPrinter(kubectl, dryRun);
    await forEachTarget(
      kubectl,
      {
        args: resources,
        selectAll: flags.bool("all"),
        labelSelector: flags.string("selector"),
        continuesOnError: true,
        isLatest: true,
      },
      (target) => taintNode(kubectl, target, added, removed, dryRun, results),
    );
    return 0;
  },
};

function parseTaints(
  kubectl: Kubectl,
  specs: readonly string[],
): { readonly added: readonly Taint[]; readonly removed: readonly Taint[] } {
  const added: Taint[] = [];
  const removed: Taint[] = [];
  for (const spec of specs) {
    const isRemoval = spec.endsWith("-");
    const taint = parseTaint(kubectl, isRemoval ? spec.slice(0, -1) : spec, isRemoval);
    if (isRemoval) removed.push(taint);
    else added.push(taint);
  }
  return { added, removed };
}

function parseTaint(kubectl: Kubectl, spec: string, isRemoval: boolean): Taint {
  const [pair = "", effect = "", ...more] = spec.split(":");
  if (more.length > 0) throw kubectl.usage(`invalid taint spec: ${spec}`);
  if (!spec.includes(":") && !isRemoval)
    throw kubectl.usage(
      `invalid taint spec: ${spec}, ${qualifiedNameProblems(pair).join("; ") || "effect is required"}`,
    );
  if (effect !== "" && !EFFECTS.includes(effect))
    throw kubectl.usage(`invalid taint effect: ${effect}, unsupported taint effect`);
  const [key = "", value, ...rest] = pair.split("=");
  if (rest.length > 0) throw kubectl.usage(`invalid taint spec: ${spec}`);
  const problems = qualifiedNameProblems(key);
  if (problems.length > 0) throw kubectl.usage(`invalid taint spec: ${spec}, ${problems.join("; ")}`);
  const valueProblems = value === undefined ? [] : labelValueProblems(value);
  if (valueProblems.length > 0) throw kubectl.usage(`invalid taint spec: ${spec}, ${valueProblems.join("; ")}`);
  return { key, ...(value === undefined || value === "" ? {} : { value }), effect };
}

async function taintNode(
  kubectl: Kubectl,
  target: Target,
  added: readonly Taint[],
  removed: readonly Taint[],
  dryRun: DryRun,
  results: ResultPrinter,
): Promise<void> {
  const existing = (getPath(target.object, ["spec", "taints"]) ?? []) as readonly Taint[];
  const same = (a: Taint, b: Taint) => a.key === b.key && a.effect === b.effect;
  if (!kubectl.flags.bool("overwrite") && added.some((taint) => existing.some((other) => same(taint, other)))) {
    throw new KubectlError(
      `node ${target.name} already has ${added
        .filter((taint) => existing.some((other) => same(taint, other)))
        .map(({ key }) => key)
        .join(",")} taint(s) with same effect(s) and --overwrite is false`,
    );
  }
  const matches = (taint: Taint, pattern: Taint) =>
    taint.key === pattern.key && (pattern.effect === "" || taint.effect === pattern.effect);
  const missing = removed.filter((pattern) => !existing.some((taint) => matches(taint, pattern)));
  const failure = combine(
    missing.map(
      ({ key, effect }) =>
        new KubectlError(`taint ${JSON.stringify(effect === "" ? key : `${key}:${effect}`)} not found`),
    ),
  );
  if (failure !== undefined) throw failure;
  const kept = existing.filter(
    (taint) => !removed.some((pattern) => matches(taint, pattern)) && !added.some((other) => same(taint, other)),
  );
  const taints = [...added, ...kept];
  const operation =
    added.length === 0
      ? "untainted"
      : existing.some((taint) => added.some((other) => same(taint, other))) || removed.length > 0
        ? "modified"
        : "tainted";
  const updated: ApiObject =
    dryRun === "client"
      ? target.object
      : await sendObject(kubectl, "PATCH", target, {
          query: writeQuery(kubectl, dryRun),
          contentType: "application/merge-patch+json",
          body: compactJson({ spec: { taints: taints.length > 0 ? taints : null } }),
        });
  await results.print(target.type, target.name, operation, updated);
}

export const nodeVerbs: readonly Verb[] = [cordoning("cordon", true), cordoning("uncordon", false), drain, taint];
