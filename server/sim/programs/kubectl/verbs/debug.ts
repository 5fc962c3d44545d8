/** `kubectl debug`: an ephemeral container in a pod, a changed copy of a pod, or a pod on a node. `--custom` is left out. */
import { readWatch } from "../client/watch.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { compactJson } from "../printers/json.ts";
import { podPath, type Pod } from "../resources/pods.ts";
import { collect } from "../resources/select.ts";
import { nameOf, namespaceOf, sendObject, type Target } from "../resources/target.ts";
import { attachToPod } from "./attach.ts";
import { withDeadline } from "./deadline.ts";
import {
  type DebugStyle,
  mountsHostRoot,
  profileOf,
  securityContextFor,
  stripCopy,
  usesHostNamespaces,
} from "./debug-profile.ts";
import type { Verb } from "./verb.ts";

/** How long kubectl waits for the container to run before it attaches. */
const START_TIMEOUT_MS = 60_000;

type Fields = { [key: string]: unknown };

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
    profileOf(kubectl);
    refuseContradictions(kubectl, command);
    if (names.length === 0 && flags.list("filename").length === 0)
      throw new KubectlError("NAME or filename is required for debug");
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

function refuseContradictions({ flags }: Kubectl, command: readonly string[]): void {
  const refuse = (isWrong: boolean, text: string): void => {
    if (isWrong) throw new KubectlError(text);
  };
  const hasImage = flags.string("image") !== "";
  const setsImages = flags.map("set-image").size > 0;
  if (flags.string("copy-to") === "") {
    refuse(flags.bool("replace"), "--replace may only be used with --copy-to.");
    refuse(flags.bool("same-node"), "--same-node may only be used with --copy-to.");
    refuse(setsImages, "--set-image may only be used with --copy-to.");
    refuse(!hasImage, "you must specify --image when not using --copy-to.");
    return;
  }
  const hasArgs = command.length > 0;
  refuse(!hasImage && !setsImages && !hasArgs, "you must specify --image, --set-image or command arguments.");
  refuse(
    hasArgs && !hasImage && flags.string("container") === "",
    "you must specify an existing container or a new image when specifying args.",
  );
  refuse(flags.string("target") !== "", "--target is incompatible with --copy-to. Use --share-processes instead.");
}

async function debugTarget(kubectl: Kubectl, target: Target, command: readonly string[]): Promise<void> {
  switch (target.type.kind) {
    case "Pod":
      if (kubectl.flags.string("copy-to") !== "") return debugCopy(kubectl, target, command);
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

async function containerName(kubectl: Kubectl): Promise<string> {
  const { flags } = kubectl;
  const given = flags.string("container");
  if (given !== "") return given;
  const name = `debugger-${kubectl.process.random.text(5)}`;
  if (!flags.bool("quiet")) await kubectl.out(`Defaulting debug container name to ${name}.\n`);
  return name;
}

async function debugPod(kubectl: Kubectl, target: Target, command: readonly string[]): Promise<void> {
  const { flags } = kubectl;
  const name = await containerName(kubectl);
  const aim = flags.string("target");
  if (aim !== "" && !flags.bool("quiet")) {
    await kubectl.out(
      `Targeting container ${JSON.stringify(aim)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
    );
  }
  const ephemeral = {
    ...container(kubectl, name, command),
    ...secured(kubectl, "ephemeral"),
    ...(aim === "" ? {} : { targetContainerName: aim }),
  };
  await sendObject(kubectl, "PATCH", target, {
    subresource: "ephemeralcontainers",
    contentType: "application/strategic-merge-patch+json",
    body: compactJson({ spec: { ephemeralContainers: [ephemeral] } }),
  });
  if (attaches(kubectl)) await attachWhenRunning(kubectl, namespaceOf(target.object), target.name, name);
}

function secured(kubectl: Kubectl, style: DebugStyle, present?: Fields): Fields {
  const securityContext = securityContextFor(profileOf(kubectl), style, present);
  return securityContext === undefined ? {} : { securityContext };
}

/** `--copy-to`: a copy of the pod with another container, or with one of its own changed. */
async function debugCopy(kubectl: Kubectl, { object }: Target, command: readonly string[]): Promise<void> {
  const { flags } = kubectl;
  const { spec, metadata } = structuredClone(object) as unknown as { spec: Fields; metadata: Fields };
  delete spec["ephemeralContainers"];
  if (!flags.bool("same-node")) delete spec["nodeName"];
  if (flags.isChanged("share-processes")) spec["shareProcessNamespace"] = flags.bool("share-processes");
  const containers = spec["containers"] as Fields[];
  const images = flags.map("set-image");
  for (const each of containers) {
    const image = images.get(String(each["name"])) ?? images.get("*");
    if (image !== undefined) each["image"] = image;
  }
  const name = await changeContainer(kubectl, containers, command);
  const { namespace, annotations, labels } = metadata;
  const copy = {
    kind: "Pod",
    apiVersion: "v1",
    metadata: { name: flags.string("copy-to"), namespace, annotations, labels } as Fields,
    spec,
  };
  if (name !== "") stripCopy(kubectl, profileOf(kubectl), copy);
  const created = await kubectl.client().request("POST", podPath(namespaceOf(object)), { body: copy });
  if (flags.bool("replace")) {
    const body = { kind: "DeleteOptions", apiVersion: "v1", gracePeriodSeconds: 0 };
    await kubectl.client().request("DELETE", podPath(namespaceOf(object), nameOf(object)), { body });
  }
  if (attaches(kubectl) && name !== "") await attachWhenRunning(kubectl, namespaceOf(object), nameOf(created), name);
}

/** Changes the container that is named, or adds one; gives its name, empty when only images were set. */
async function changeContainer(kubectl: Kubectl, containers: Fields[], command: readonly string[]): Promise<string> {
  const { flags } = kubectl;
  const present = containers.find((each) => each["name"] === flags.string("container"));
  if (present === undefined && flags.string("image") === "") {
    if (flags.map("set-image").size > 0) return "";
    throw new KubectlError("you must specify image when creating new container");
  }
  const name = present === undefined ? await containerName(kubectl) : String(present["name"]);
  const {
    image,
    resources,
    terminationMessagePolicy,
    stdin = false,
    tty = false,
    ...wanted
  } = container(kubectl, name, command);
  const changed: Fields = present ?? { resources, terminationMessagePolicy };
  if (command.length > 0 && !flags.bool("arguments-only")) delete changed["args"];
  Object.assign(changed, wanted, { stdin, tty }, image === "" ? {} : { image });
  const context = secured(kubectl, "copy", changed["securityContext"] as Fields | undefined);
  delete changed["securityContext"];
  Object.assign(changed, context);
  if (present === undefined) containers.push(changed);
  return name;
}

async function debugNode(kubectl: Kubectl, target: Target, command: readonly string[]): Promise<void> {
  const { flags, namespace } = kubectl;
  const name = `node-debugger-${target.name}-${kubectl.process.random.text(5)}`;
  const containerName = flags.string("container") || "debugger";
  const profile = profileOf(kubectl);
  const mountsRoot = mountsHostRoot(profile);
  if (!flags.bool("quiet"))
    await kubectl.out(`Creating debugging pod ${name} with container ${containerName} on node ${target.name}.\n`);
  const pod = {
    kind: "Pod",
    apiVersion: "v1",
    metadata: { name, labels: { "app.kubernetes.io/managed-by": "kubectl-debug" } },
    spec: {
      ...(mountsRoot ? { volumes: [{ name: "host-root", hostPath: { path: "/" } }] } : {}),
      containers: [
        {
          ...container(kubectl, containerName, command),
          ...secured(kubectl, "node"),
          ...(mountsRoot ? { volumeMounts: [{ name: "host-root", mountPath: "/host" }] } : {}),
        },
      ],
      restartPolicy: "Never",
      nodeName: target.name,
      ...(usesHostNamespaces(profile) ? { hostNetwork: true, hostPID: true, hostIPC: true } : {}),
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
