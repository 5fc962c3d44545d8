/** `kubectl debug`: an ephemeral container in a pod, or a pod on a node. `--copy-to` is left out. */
import { readWatch } from "../client/watch.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { compactJson } from "../printers/json.ts";
import { podPath, type Pod } from "../resources/pods.ts";
import { collect } from "../resources/select.ts";
import { nameOf, namespaceOf, sendObject, type Target } from "../resources/target.ts";
import { attachToPod } from "./attach.ts";
import { withDeadline } from "./deadline.ts";
import type { Verb } from "./verb.ts";

/** How long kubectl waits for the container to run before it attaches. */
const START_TIMEOUT_MS = 60_000;

interface DebugPod extends Pod {
  readonly status?: Pod["status"] & {
    readonly ephemeralContainerStatuses?: readonly {
      readonly name: string;
      readonly state?: Readonly<Record<string, unknown>>;
    }[];
  };
}

export const debug: Verb = {
  words: "debug",
  async run(kubectl) {
    const { args, flags } = kubectl;
    const dash = flags.argsLengthAtDash;
    const names = dash < 0 ? args : args.slice(0, dash);
    const command = dash < 0 ? [] : args.slice(dash);
    if (names.length === 0 && flags.list("filename").length === 0)
      throw new KubectlError("NAME or filename must be specified");
    if (flags.string("copy-to") !== "") throw new KubectlError("copying pods is not available in this kubectl");
    if (flags.string("image") === "") throw new KubectlError("you must specify --image");
    if (flags.bool("tty") && !flags.bool("stdin"))
      throw new KubectlError("-i/--stdin is required for containers with -t/--tty=true");
    const selection = names.map((name) => (name.includes("/") ? name : `pods/${name}`));
    const { targets, failure } = await collect(kubectl, {
      args: selection,
      filenames: flags.list("filename"),
      continuesOnError: true,
      isLatest: true,
    });
    if (failure !== undefined) throw failure;
    for (const target of targets) await debugTarget(kubectl, target, command);
    return 0;
  },
};

async function debugTarget(kubectl: Kubectl, target: Target, command: readonly string[]): Promise<void> {
  switch (target.type.kind) {
    case "Pod":
      return debugPod(kubectl, target, command);
    case "Node":
      return debugNode(kubectl, target, command);
    default:
      throw new KubectlError(
        `"${target.type.group}/${target.type.version}, Kind=${target.type.kind}" not supported by debug`,
      );
  }
}

function attaches(kubectl: Kubectl): boolean {
  return kubectl.flags.isChanged("attach") ? kubectl.flags.bool("attach") : kubectl.flags.bool("stdin");
}

function container(kubectl: Kubectl, name: string, command: readonly string[]) {
  const { flags } = kubectl;
  const env = [...flags.map("env")].map(([key, value]) => ({ name: key, value }));
  return {
    name,
    image: flags.string("image"),
    ...(command.length > 0 ? { [flags.bool("arguments-only") ? "args" : "command"]: command } : {}),
    ...(env.length > 0 ? { env } : {}),
    resources: {},
    terminationMessagePolicy: "File",
    ...(flags.string("image-pull-policy") === "" ? {} : { imagePullPolicy: flags.string("image-pull-policy") }),
    ...(flags.bool("stdin") ? { stdin: true } : {}),
    ...(flags.bool("tty") ? { tty: true } : {}),
  };
}

async function debugPod(kubectl: Kubectl, target: Target, command: readonly string[]): Promise<void> {
  const { flags } = kubectl;
  let name = flags.string("container");
  if (name === "") {
    name = `debugger-${kubectl.process.random.text(5)}`;
    if (!flags.bool("quiet")) await kubectl.out(`Defaulting debug container name to ${name}.\n`);
  }
  const aim = flags.string("target");
  if (aim !== "" && !flags.bool("quiet")) {
    await kubectl.out(
      `Targeting container ${JSON.stringify(aim)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
    );
  }
  const ephemeral = {
    ...container(kubectl, name, command),
    securityContext: { capabilities: { add: ["SYS_PTRACE"] } },
    ...(aim === "" ? {} : { targetContainerName: aim }),
  };
  await sendObject(kubectl, "PATCH", target, {
    subresource: "ephemeralcontainers",
    contentType: "application/strategic-merge-patch+json",
    body: compactJson({ spec: { ephemeralContainers: [ephemeral] } }),
  });
  if (attaches(kubectl)) await attachWhenRunning(kubectl, namespaceOf(target.object), target.name, name);
}

async function debugNode(kubectl: Kubectl, target: Target, command: readonly string[]): Promise<void> {
  const { flags, namespace } = kubectl;
  const name = `node-debugger-${target.name}-${kubectl.process.random.text(5)}`;
  const containerName = flags.string("container") || "debugger";
  if (!flags.bool("quiet"))
    await kubectl.out(`Creating debugging pod ${name} with container ${containerName} on node ${target.name}.\n`);
  const pod = {
    kind: "Pod",
    apiVersion: "v1",
    metadata: { name, labels: { "app.kubernetes.io/managed-by": "kubectl-debug" } },
    spec: {
      volumes: [{ name: "host-root", hostPath: { path: "/" } }],
      containers: [
        { ...container(kubectl, containerName, command), volumeMounts: [{ name: "host-root", mountPath: "/host" }] },
      ],
      restartPolicy: "Never",
      nodeName: target.name,
      hostNetwork: true,
      hostPID: true,
      hostIPC: true,
      tolerations: [{ operator: "Exists" }],
    },
  };
  const created = await kubectl.client().request("POST", podPath(namespace), { body: pod });
  if (attaches(kubectl)) await attachWhenRunning(kubectl, namespace, nameOf(created), containerName);
}

function isStarted(pod: DebugPod, name: string): boolean {
  const statuses = [...(pod.status?.ephemeralContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const state = statuses.find((status) => status.name === name)?.state as Readonly<Record<string, unknown>> | undefined;
  return state?.["running"] !== undefined || state?.["terminated"] !== undefined;
}

async function attachWhenRunning(
  kubectl: Kubectl,
  namespace: string,
  name: string,
  containerName: string,
): Promise<void> {
  const pod = await withDeadline(kubectl, START_TIMEOUT_MS, async (interruption) => {
    const present = (await kubectl.client().request("GET", podPath(namespace, name))) as DebugPod;
    if (isStarted(present, containerName)) return present;
    const query = [
      ["fieldSelector", `metadata.name=${name}`],
      ["resourceVersion", String(present.metadata?.["resourceVersion"] ?? "0")],
      ["watch", "true"],
    ] as const;
    for await (const { type, object } of readWatch(kubectl.client(), podPath(namespace), { query, interruption })) {
      if (type === "DELETED") break;
      if (isStarted(object as DebugPod, containerName)) return object as DebugPod;
    }
    return undefined;
  });
  if (pod === undefined) throw new KubectlError("timed out waiting for the condition");
  const { flags } = kubectl;
  await attachToPod(kubectl, pod, {
    container: containerName,
    hasStdin: flags.bool("stdin"),
    wantsTty: flags.bool("tty"),
    isQuiet: flags.bool("quiet"),
  });
}
