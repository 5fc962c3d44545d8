/** `kubectl exec`. */
import type { Kubectl } from "../context.ts";
import { asFailure, KubectlError, StatusFailure } from "../errors.ts";
import { chooseContainer, firstPod, podPath, podType, type Pod } from "../resources/pods.ts";
import { collect } from "../resources/select.ts";
import { getObject, nameOf, namespaceOf, type Target } from "../resources/target.ts";
import { refusedUpgrade, runStream, settleTty } from "./stream.ts";
import type { Verb } from "./verb.ts";

/** The last version that took a command without `--`. */
const LAST_MINOR_WITHOUT_DASH = 30;

export const exec: Verb = {
  words: "exec",
  async run(kubectl) {
    const { flags } = kubectl;
    const { resource, command } = await parseTarget(kubectl);
    const hasFiles = flags.list("filename").length > 0;
    if (resource === "" && !hasFiles) throw new KubectlError("pod, type/name or --filename must be specified");
    if (command.length === 0) throw new KubectlError("you must specify at least one command for the container");
    const target = hasFiles ? await targetFromFile(kubectl) : await findPodTarget(kubectl, resource);
    const { pod } = await firstPod(kubectl, target, flags.number("pod-running-timeout"), "cannot attach to");
    const phase = pod.status?.phase ?? "";
    if (phase === "Succeeded" || phase === "Failed") {
      throw new KubectlError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
    }
    const container = await chooseContainer(kubectl, pod, flags.string("container"), flags.bool("quiet"));
    const hasStdin = flags.bool("stdin");
    const isTty = await settleTty(kubectl, flags.bool("tty"), hasStdin);
    const query = [...command.map((word) => ["command", word] as const), ["container", container.name] as const];
    try {
      return await runStream(kubectl, { path: podPath(namespaceOf(pod), nameOf(pod), "exec"), query, hasStdin, isTty });
    } catch (error) {
      throw refusedUpgrade(asFailure(error));
    }
  },
};

async function parseTarget(
  kubectl: Kubectl,
): Promise<{ readonly resource: string; readonly command: readonly string[] }> {
  const { args, flags } = kubectl;
  const dash = flags.argsLengthAtDash;
  const resource = flags.string("pod") || (args.length > 0 && dash !== 0 ? (args[0] ?? "") : "");
  if (dash > -1) return { resource, command: args.slice(dash) };
  if (args.length <= 1) return { resource, command: [] };
  if (kubectl.minorVersion > LAST_MINOR_WITHOUT_DASH) {
    throw kubectl.usage("exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead");
  }
  await kubectl.err(
    "kubectl exec [POD] [COMMAND] is DEPRECATED and will be removed in a future version. Use kubectl exec [POD] -- [COMMAND] instead.\n",
  );
  return { resource, command: args.slice(1) };
}

async function targetFromFile(kubectl: Kubectl): Promise<Target> {
  const { targets, failure } = await collect(kubectl, { filenames: kubectl.flags.list("filename"), isLatest: true });
  if (failure !== undefined) throw failure;
  const [target] = targets;
  if (target === undefined || targets.length > 1) throw new KubectlError("cannot exec into multiple objects at a time");
  return target;
}

/** A pod's name or `type/name`. A pod in a namespace that does not exist is that namespace's fault. */
export async function findPodTarget(kubectl: Kubectl, resource: string): Promise<Target> {
  if (resource.includes("/")) {
    const { targets, failure } = await collect(kubectl, { args: [resource] });
    if (failure !== undefined) throw failure;
    return targets[0] as Target;
  }
  const { namespace } = kubectl;
  try {
    const object = (await getObject(kubectl, podType(), namespace, resource)) as Pod;
    return { type: podType(), namespace, name: resource, source: "", object };
  } catch (error) {
    if (error instanceof StatusFailure && error.isNotFound) {
      await kubectl
        .client()
        .request("GET", `/api/v1/namespaces/${encodeURIComponent(namespace)}`)
        .catch((reason: unknown) => {
          if (reason instanceof StatusFailure && reason.isNotFound) throw reason;
        });
    }
    throw error;
  }
}
