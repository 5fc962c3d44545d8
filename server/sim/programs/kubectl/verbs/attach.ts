/** `kubectl attach`, and attaching after `run` and `debug`. */
import type { Kubectl } from "../context.ts";
import { asFailure, KubectlError } from "../errors.ts";
import { chooseContainer, findContainer, firstPod, podPath, type Pod } from "../resources/pods.ts";
import { nameOf, namespaceOf } from "../resources/target.ts";
import { findPodTarget } from "./exec.ts";
import { refusedUpgrade, runStream, settleTty } from "./stream.ts";
import type { Verb } from "./verb.ts";

export const attach: Verb = {
  words: "attach",
  async run(kubectl) {
    const { args, flags } = kubectl;
    if (args.length === 0) throw kubectl.usage("at least 1 argument is required for attach");
    if (args.length > 2)
      throw kubectl.usage(
        `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${args.join(" ")}]`,
      );
    const target = await findPodTarget(kubectl, args.length === 2 ? `${args[0]}/${args[1]}` : (args[0] ?? ""));
    const { pod } = await firstPod(kubectl, target, flags.number("pod-running-timeout"), "cannot attach to");
    return attachToPod(kubectl, pod, {
      container: flags.string("container"),
      hasStdin: flags.bool("stdin"),
      wantsTty: flags.bool("tty"),
      isQuiet: flags.bool("quiet"),
    });
  },
};

export interface AttachOptions {
  readonly container: string;
  readonly hasStdin: boolean;
  readonly wantsTty: boolean;
  readonly isQuiet: boolean;
}

export async function attachToPod(kubectl: Kubectl, pod: Pod, options: AttachOptions): Promise<number> {
  const phase = pod.status?.phase ?? "";
  if (phase === "Succeeded" || phase === "Failed") {
    throw new KubectlError(`cannot attach a container in a completed pod; current phase is ${phase}`);
  }
  const container = await chooseContainer(kubectl, pod, options.container, options.isQuiet);
  let wantsTty = options.wantsTty;
  if (wantsTty && !container.tty) {
    wantsTty = false;
    if (!options.isQuiet)
      await kubectl.err(`error: Unable to use a TTY - container ${container.name} did not allocate one\n`);
  } else if (container.tty) {
    wantsTty = true;
  }
  const isTty = await settleTty(kubectl, wantsTty, options.hasStdin);
  if (options.hasStdin && !options.isQuiet) {
    await kubectl.err(
      "All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n",
    );
  }
  try {
    const path = podPath(namespaceOf(pod), nameOf(pod), "attach");
    await runStream(kubectl, { path, query: [["container", container.name]], hasStdin: options.hasStdin, isTty });
  } catch (error) {
    throw refusedUpgrade(asFailure(error));
  }
  const message = options.isQuiet || !options.hasStdin || !isTty ? "" : reattachMessage(pod, container.name);
  if (message !== "") await kubectl.out(`${message}\n`);
  return 0;
}

function reattachMessage(pod: Pod, container: string): string {
  const isEphemeral = (pod.spec?.ephemeralContainers ?? []).some(({ name }) => name === container);
  if (isEphemeral && findContainer(pod, container) !== undefined) {
    return `Session ended, the ephemeral container will not be restarted but may be reattached using 'kubectl attach ${nameOf(pod)} -c ${container} -i -t' if it is still running`;
  }
  const when = (pod.spec?.restartPolicy ?? "Always") === "Always" ? " when the pod is running" : "";
  return `Session ended, resume using 'kubectl attach ${nameOf(pod)} -c ${container} -n ${namespaceOf(pod)} -i -t' command${when}`;
}
