/** `kubectl run`: one pod, with `-it --rm` a throw-away shell. */
import type { ApiObject } from "../client/rest-client.ts";
import { readWatch } from "../client/watch.ts";
import type { Kubectl } from "../context.ts";
import { asFailure, ExitFailure, KubectlError, StatusFailure } from "../errors.ts";
import { applyMergePatch, applyStrategicPatch } from "../resources/apply-patch.ts";
import { podPath, podType, type Pod } from "../resources/pods.ts";
import { getObject, nameOf, namespaceOf } from "../resources/target.ts";
import { withLastApplied } from "../resources/last-applied.ts";
import { parseGoJson } from "../resources/go-json.ts";
import { attachToPod } from "./attach.ts";
import { withChangeCause } from "./change-cause.ts";
import { dryRunOf, ResultPrinter, writeQuery } from "./common.ts";
import { withDeadline } from "./deadline.ts";
import { deleteTarget, waitForDeletion } from "./delete-object.ts";
import type { DryRun, Verb } from "./verb.ts";

/** github.com/distribution/reference: name, tag, digest. */
const IMAGE =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

interface RunOptions {
  readonly name: string;
  readonly dryRun: DryRun;
  readonly restart: string;
  readonly attaches: boolean;
  readonly hasStdin: boolean;
}

export const run: Verb = {
  words: "run",
  async run(kubectl) {
    const options = await runOptions(kubectl);
    const pod = await buildPod(kubectl, options);
    const results = new ResultPrinter(kubectl, options.dryRun, { keepsOrder: options.dryRun === "client" });
    const created = await createObject(kubectl, pod, "pods", options.dryRun);
    const removes = kubectl.flags.bool("rm");
    try {
      if (kubectl.flags.bool("expose")) await exposePod(kubectl, pod, options, results);
      if (!options.attaches) {
        await results.print({ group: "", kind: "Pod" }, options.name, "created", created);
        return 0;
      }
      return await attachAndWait(kubectl, options);
    } finally {
      if (removes) await removePod(kubectl, options);
    }
  },
};

async function runOptions(kubectl: Kubectl): Promise<RunOptions> {
  const { args, flags } = kubectl;
  if (args.length === 0 || flags.argsLengthAtDash === 0) throw kubectl.usage("NAME is required for run");
  const image = flags.string("image");
  if (image === "") throw new KubectlError("--image is required");
  if (!IMAGE.test(image))
    throw new KubectlError(`Invalid image name ${JSON.stringify(image)}: invalid reference format`);
  const hasStdin = flags.bool("stdin");
  if (flags.bool("tty") && !hasStdin) throw kubectl.usage("-i/--stdin is required for containers with -t/--tty=true");
  if (flags.bool("expose") && flags.string("port") === "")
    throw kubectl.usage("--port must be set when exposing a service");
  const restart = restartPolicyOf(kubectl, flags.string("restart"));
  const attaches = flags.isChanged("attach") ? flags.bool("attach") : hasStdin;
  if (!attaches && flags.bool("rm")) throw kubectl.usage("--rm should only be used for attached containers");
  const dryRun = await dryRunOf(kubectl);
  if (attaches && dryRun !== "none") {
    throw kubectl.usage(
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    );
  }
  const pullPolicy = flags.string("image-pull-policy");
  if (pullPolicy !== "" && !["Always", "IfNotPresent", "Never"].includes(pullPolicy)) {
    throw kubectl.usage(`invalid image pull policy: ${pullPolicy}`);
  }
  return { name: args[0] ?? "", dryRun, restart, attaches, hasStdin };
}

function restartPolicyOf(kubectl: Kubectl, value: string): string {
  if (["", "Always"].includes(value)) return "Always";
  if (value === "OnFailure" || value === "Never") return value;
  throw kubectl.usage(`invalid restart policy: ${value}`);
}

/** `a=b,c=d`. */
export function parseLabels(text: string): Readonly<Record<string, string>> {
  const entries = text.split(",").map((pair) => {
    const parts = pair.split("=");
    if (parts.length !== 2 || parts[0] === "") throw new KubectlError(`unexpected label spec: ${pair}`);
    return parts as [string, string];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function parseAnnotations(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf("=");
      if (equals <= 0) throw new KubectlError(`invalid annotation format: ${pair}`);
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
    }),
  );
}

function parseEnv(pair: string): { name: string; value: string } {
  const equals = pair.indexOf("=");
  if (equals <= 0 || !/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(pair.slice(0, equals)))
    throw new KubectlError(`invalid env: ${pair}`);
  return { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
}

async function buildPod(kubectl: Kubectl, options: RunOptions): Promise<ApiObject> {
  const { flags } = kubectl;
  const words = kubectl.args.slice(1);
  const env = flags.list("env").map(parseEnv);
  const annotations = parseAnnotations(flags.list("annotations"));
  const labels = flags.string("labels") === "" ? { run: options.name } : parseLabels(flags.string("labels"));
  const port = flags.string("port");
  if (port !== "" && !/^\d+$/.test(port))
    throw new KubectlError(`strconv.Atoi: parsing ${JSON.stringify(port)}: invalid syntax`);
  const pullPolicy = flags.string("image-pull-policy");
  const container = {
    name: options.name,
    image: flags.string("image"),
    ...(words.length > 0 ? { [flags.bool("command") ? "command" : "args"]: words } : {}),
    ...(port === "" ? {} : { ports: [{ containerPort: Number(port) }] }),
    ...(env.length > 0 ? { env } : {}),
    resources: {},
    ...(pullPolicy === "" ? {} : { imagePullPolicy: pullPolicy }),
    ...(flags.bool("privileged") ? { securityContext: { privileged: true } } : {}),
    ...(options.hasStdin ? { stdin: true, ...(flags.bool("leave-stdin-open") ? {} : { stdinOnce: true }) } : {}),
    ...(flags.bool("tty") ? { tty: true } : {}),
  };
  const { namespace, isNamespaceExplicit } = kubectl.connection();
  const pod: ApiObject = {
    kind: "Pod",
    apiVersion: "v1",
    metadata: {
      name: options.name,
      ...(isNamespaceExplicit ? { namespace } : {}),
      labels,
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec: { containers: [container], restartPolicy: options.restart, dnsPolicy: "ClusterFirst" },
    status: {},
  };
  const overridden = withChangeCause(kubectl, override(kubectl, pod));
  return flags.bool("save-config") ? withLastApplied(overridden) : overridden;
}

/** `--overrides`: a patch of the generated object. */
export function override(kubectl: Kubectl, object: ApiObject): ApiObject {
  const text = kubectl.flags.string("overrides");
  if (text === "") return object;
  let patch: unknown;
  try {
    patch = parseGoJson(text);
  } catch (error) {
    throw new KubectlError((error as Error).message);
  }
  switch (kubectl.flags.string("override-type")) {
    case "merge":
      return applyMergePatch(object, patch) as ApiObject;
    case "strategic":
      return applyStrategicPatch(object, patch) as ApiObject;
    default:
      throw new KubectlError(`invalid override type: ${kubectl.flags.string("override-type")}`);
  }
}

function createObject(kubectl: Kubectl, object: ApiObject, plural: string, dryRun: DryRun): Promise<ApiObject> {
  if (dryRun === "client") return Promise.resolve(object);
  const path = `/api/v1/namespaces/${kubectl.namespace}/${plural}`;
  return kubectl.client().request("POST", path, { query: writeQuery(kubectl, dryRun), body: object });
}

async function exposePod(kubectl: Kubectl, pod: ApiObject, options: RunOptions, results: ResultPrinter): Promise<void> {
  const port = Number(kubectl.flags.string("port"));
  const service: ApiObject = {
    kind: "Service",
    apiVersion: "v1",
    metadata: {
      name: options.name,
      ...(pod.metadata?.["namespace"] === undefined ? {} : { namespace: pod.metadata["namespace"] }),
    },
    spec: { ports: [{ protocol: "TCP", port, targetPort: port }], selector: pod.metadata?.["labels"] },
    status: { loadBalancer: {} },
  };
  const created = await createObject(kubectl, service, "services", options.dryRun);
  await results.print({ group: "", kind: "Service" }, options.name, "created", created);
  if (kubectl.flags.string("output") === "yaml") await kubectl.out("---\n");
}

// ---------------------------------------------------------------- attaching

async function attachAndWait(kubectl: Kubectl, options: RunOptions): Promise<number> {
  const { flags } = kubectl;
  const pod = await waitForPod(kubectl, options.name, isRunningOrDone);
  if (isDone(pod)) await streamLogs(kubectl, pod);
  else {
    try {
      await attachToPod(kubectl, pod, {
        container: "",
        hasStdin: options.hasStdin,
        wantsTty: flags.bool("tty"),
        isQuiet: flags.bool("quiet"),
      });
    } catch (error) {
      const failure = asFailure(error);
      await kubectl.err(
        `warning: couldn't attach to pod/${options.name}, falling back to streaming logs: ${failure.message}\n`,
      );
      await streamLogs(kubectl, pod);
    }
  }
  if (flags.bool("leave-stdin-open") || options.restart === "Always") return 0;
  const finished = await waitForPod(kubectl, options.name, (candidate) =>
    options.restart === "OnFailure" ? candidate.status?.phase === "Succeeded" : isDone(candidate),
  );
  return exitCodeOf(finished);
}

function isDone(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

function isRunningOrDone(pod: Pod): boolean {
  if (isDone(pod)) return true;
  const isReady = pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  return pod.status?.phase === "Running" && isReady;
}

async function waitForPod(kubectl: Kubectl, name: string, isReached: (pod: Pod) => boolean): Promise<Pod> {
  const { namespace } = kubectl;
  const found = await withDeadline(kubectl, kubectl.flags.number("pod-running-timeout"), async (interruption) => {
    const present = (await getObject(kubectl, podType(), namespace, name)) as Pod;
    if (isReached(present)) return present;
    const query = [
      ["fieldSelector", `metadata.name=${name}`],
      ["resourceVersion", String(present.metadata?.["resourceVersion"] ?? "0")],
      ["watch", "true"],
    ] as const;
    for await (const { type, object } of readWatch(kubectl.client(), podPath(namespace), { query, interruption })) {
      if (type === "DELETED")
        throw new StatusFailure({ reason: "NotFound", message: `pods ${JSON.stringify(name)} not found` });
      if (isReached(object as Pod)) return object as Pod;
    }
    return undefined;
  });
  if (found === undefined) throw new KubectlError("timed out waiting for the condition");
  return found;
}

async function streamLogs(kubectl: Kubectl, pod: Pod): Promise<void> {
  const container = pod.spec?.containers?.[0]?.name ?? "";
  const query = [
    ["container", container],
    ["follow", "true"],
  ] as const;
  const reply = await kubectl.client().send("GET", podPath(namespaceOf(pod), nameOf(pod), "log"), { query });
  for await (const chunk of reply.chunks()) await kubectl.out(chunk);
}

function exitCodeOf(pod: Pod): number {
  if (pod.status?.phase === "Succeeded") return 0;
  const terminated = pod.status?.containerStatuses?.[0]?.state?.terminated;
  const label = `${namespaceOf(pod)}/${nameOf(pod)}`;
  if (terminated === undefined || terminated.exitCode === 0)
    throw new KubectlError(`pod ${label} failed with unknown exit code`);
  throw new ExitFailure(
    terminated.exitCode,
    `pod ${label} terminated (${terminated.reason ?? ""})\n${terminated.message ?? ""}`.trimEnd(),
  );
}

async function removePod(kubectl: Kubectl, options: RunOptions): Promise<void> {
  const { flags, namespace } = kubectl;
  const target = { type: podType(), namespace, name: options.name, source: "", object: {} };
  try {
    const answer = await deleteTarget(kubectl, target, {
      gracePeriodSeconds: flags.number("grace-period"),
      propagationPolicy: "Background",
      dryRun: "none",
    });
    if (!flags.bool("quiet"))
      await kubectl.out(`pod ${JSON.stringify(options.name)} deleted from ${namespace} namespace\n`);
    if (flags.bool("wait")) await waitForDeletion(kubectl, target, answer, flags.number("timeout"));
  } catch (error) {
    const failure = asFailure(error);
    if (!(failure instanceof StatusFailure && failure.isNotFound)) throw failure;
  }
}
