/** `kubectl logs`. */
import type { Query } from "../client/rest-client.ts";
import { readLines } from "../client/watch.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError, StatusFailure } from "../errors.ts";
import {
  chooseContainer,
  containerList,
  findContainer,
  firstPod,
  listPods,
  podPath,
  selectorOf,
  type Pod,
} from "../resources/pods.ts";
import { collect } from "../resources/select.ts";
import { nameOf, namespaceOf, type Target } from "../resources/target.ts";
import type { Verb } from "./verb.ts";

const USAGE =
  "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

interface LogSource {
  readonly pod: Pod;
  readonly container: string;
}

export const logs: Verb = {
  words: "logs",
  async run(kubectl) {
    const { args, flags } = kubectl;
    const selector = flags.string("selector");
    refuseContradictions(kubectl, selector);
    if (selector !== "") return logsOfSelector(kubectl, selector);
    const [resource = "", positional = ""] = args;
    const target = await findTarget(kubectl, resource);
    const container = positional || flags.string("container");
    return printLogs(kubectl, await sourcesOf(kubectl, target, container));
  },
};

function refuseContradictions(kubectl: Kubectl, selector: string): void {
  const { args, flags } = kubectl;
  if (args.length === 0 && selector === "") throw kubectl.usage(USAGE);
  if (args.length > 2) throw kubectl.usage(USAGE);
  if (selector !== "" && args.length > 1) throw kubectl.usage("only a selector (-l) or a POD name is allowed");
  if (args.length === 2 && flags.isChanged("container"))
    throw kubectl.usage("only one of -c or an inline [CONTAINER] arg is allowed");
  if (selector !== "" && args.length > 0) throw kubectl.usage("only a selector (-l) or a POD name is allowed");
  if (flags.isChanged("since") && flags.string("since-time") !== "")
    throw new KubectlError("at most one of `sinceTime` or `sinceSeconds` may be specified");
  if (flags.isChanged("tail") && flags.number("tail") < -1)
    throw new KubectlError("--tail must be greater than or equal to -1");
  if (flags.bool("all-containers") && flags.string("container") !== "") {
    throw new KubectlError(
      `--all-containers=true should not be specified with container name ${flags.string("container")}`,
    );
  }
}

/** As for `get`, but with the words of `logs`. */
async function findTarget(kubectl: Kubectl, resource: string): Promise<Target> {
  const args = resource.includes("/") ? [resource] : ["pods", resource];
  const { targets, failure } = await collect(kubectl, { args });
  if (failure instanceof StatusFailure && failure.isNotFound) {
    throw new KubectlError(
      `error from server (NotFound): ${failure.message} in namespace ${JSON.stringify(kubectl.namespace)}`,
    );
  }
  if (failure !== undefined) throw failure;
  return targets[0] as Target;
}

async function sourcesOf(kubectl: Kubectl, target: Target, container: string): Promise<readonly LogSource[]> {
  const { flags } = kubectl;
  if (flags.bool("all-pods") && target.type.kind !== "Pod") {
    const pods = await listPods(kubectl, target.namespace, [
      ["labelSelector", selectorOf(target, "cannot get the logs from")],
    ]);
    return (await Promise.all(pods.map((pod) => containersOf(kubectl, pod, container)))).flat();
  }
  const { pod, count } = await firstPod(
    kubectl,
    target,
    flags.number("pod-running-timeout"),
    "cannot get the logs from",
  );
  if (count > 1) await kubectl.err(`Found ${count} pods, using pod/${nameOf(pod)}\n`);
  return containersOf(kubectl, pod, container);
}

async function containersOf(kubectl: Kubectl, pod: Pod, container: string): Promise<readonly LogSource[]> {
  if (kubectl.flags.bool("all-containers")) {
    const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? {};
    return [...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => ({ pod, container: name }));
  }
  if (container !== "" && findContainer(pod, container) === undefined) {
    throw new KubectlError(`container ${container} is not valid for pod ${nameOf(pod)} out of: ${containerList(pod)}`);
  }
  const chosen = await chooseContainer(kubectl, pod, container, false);
  return [{ pod, container: chosen.name }];
}

async function logsOfSelector(kubectl: Kubectl, selector: string): Promise<number> {
  const pods = await listPods(kubectl, kubectl.namespace, [["labelSelector", selector]]);
  if (pods.length === 0) {
    await kubectl.err(`No resources found in ${kubectl.namespace} namespace.\n`);
    return 0;
  }
  const sources: LogSource[] = [];
  for (const pod of pods) sources.push(...(await containersOf(kubectl, pod, kubectl.flags.string("container"))));
  return printLogs(kubectl, sources, 10);
}

async function printLogs(kubectl: Kubectl, sources: readonly LogSource[], defaultTail = -1): Promise<number> {
  const { flags } = kubectl;
  const isFollowed = flags.bool("follow");
  const limit = flags.number("max-log-requests");
  if (isFollowed && sources.length > 1 && sources.length > limit) {
    throw new KubectlError(
      `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${limit}, use --max-log-requests to increase the limit`,
    );
  }
  const print = (source: LogSource) => printLog(kubectl, source, defaultTail);
  if (isFollowed && sources.length > 1) await Promise.all(sources.map(print));
  else for (const source of sources) await print(source);
  return 0;
}

function logQuery(kubectl: Kubectl, container: string, defaultTail: number): Query {
  const { flags } = kubectl;
  const query: (readonly [string, string])[] = [["container", container]];
  if (flags.bool("follow")) query.push(["follow", "true"]);
  if (flags.number("limit-bytes") > 0) query.push(["limitBytes", String(flags.number("limit-bytes"))]);
  if (flags.bool("previous")) query.push(["previous", "true"]);
  if (flags.isChanged("since")) query.push(["sinceSeconds", String(Math.round(flags.number("since") / 1000))]);
  if (flags.string("since-time") !== "") query.push(["sinceTime", flags.string("since-time")]);
  const tail = flags.isChanged("tail") ? flags.number("tail") : defaultTail;
  if (tail !== -1) query.push(["tailLines", String(tail)]);
  if (flags.bool("timestamps")) query.push(["timestamps", "true"]);
  return query;
}

async function printLog(kubectl: Kubectl, { pod, container }: LogSource, defaultTail: number): Promise<void> {
  const path = podPath(namespaceOf(pod) || kubectl.namespace, nameOf(pod), "log");
  const query = logQuery(kubectl, container, defaultTail);
  const prefix = kubectl.flags.bool("prefix") ? `[pod/${nameOf(pod)}/${container}] ` : "";
  let reply: Awaited<ReturnType<ReturnType<Kubectl["client"]>["send"]>>;
  try {
    reply = await kubectl.client().send("GET", path, { query });
  } catch (error) {
    if (!kubectl.flags.bool("ignore-errors") || !(error instanceof StatusFailure)) throw error;
    await kubectl.out(`error: ${error.message}\n`);
    return;
  }
  if (prefix === "") for await (const chunk of reply.chunks()) await kubectl.out(chunk);
  else for await (const line of readLines(reply.chunks())) await kubectl.out(`${prefix}${line}\n`);
}
