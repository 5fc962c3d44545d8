/** What the API server asks of a kubelet: logs, exec, attach. Texts of kubelet v1.36. */
import type { Interruption, Random } from "../../../machine/types.ts";
import { badRequest, failure } from "../../api/errors.ts";
import type { ExecOptions, KubeObject, LogOptions, NodeAgent, StreamSession } from "../../api/types.ts";
import { attachSession, execSession } from "./exec-session.ts";
import type { RunningContainer } from "./container-run.ts";
import type { PodWorker } from "./pod-worker.ts";
import type { ContainerRecord } from "./runtime-state.ts";

export function createNodeAgent(find: (pod: KubeObject) => PodWorker | undefined, random: Random): NodeAgent {
  const recordOf = (pod: KubeObject, container: string): ContainerRecord | undefined =>
    find(pod)?.records.find(({ spec }) => spec.name === container);
  const running = (pod: KubeObject, container: string): RunningContainer => {
    const worker = find(pod);
    const record = recordOf(pod, container);
    const run = record && worker?.life.runningOf(record);
    if (run === undefined) throw upgradeRefused(`container not found ("${container}")`);
    return run;
  };
  return {
    logs: (pod, options, interruption) => readLogs(pod, recordOf(pod, options.container), options, interruption),
    exec: (pod, options: ExecOptions): StreamSession => execSession(running(pod, options.container), options, random),
    attach: (pod, options: ExecOptions): StreamSession => attachSession(running(pod, options.container), options),
  };
}

function upgradeRefused(reason: string) {
  return failure(500, "InternalError", `Internal error occurred: unable to upgrade connection: ${reason}`, {
    causes: [{ message: `unable to upgrade connection: ${reason}` }],
  });
}

/** Refuses at once; the chunks come as they are asked for. */
function readLogs(
  pod: KubeObject,
  record: ContainerRecord | undefined,
  options: LogOptions,
  interruption: Interruption,
): AsyncIterable<Uint8Array> {
  const where = `container "${options.container}" in pod "${pod.metadata.name}"`;
  if (record === undefined) throw badRequest(`${where} is waiting to start: ContainerCreating`);
  if (options.previous) {
    if (record.previousLog === undefined && record.state.kind !== "waiting") {
      throw badRequest(`previous terminated ${where} not found`);
    }
    const log = record.previousLog ?? (record.lastState ? record.log : undefined);
    if (log === undefined) throw badRequest(`previous terminated ${where} not found`);
    return once(log.read(options));
  }
  if (record.state.kind === "waiting" && record.lastState === undefined) {
    throw badRequest(`${where} is waiting to start: ${waitingText(record.state.reason)}`);
  }
  if (!options.follow) return once(record.log.read(options));
  return record.log.follow(
    options,
    () => interruption.isInterrupted,
    (wake) => interruption.onInterrupt(wake),
  );
}

const waitingText = (reason: string): string =>
  reason === "ErrImagePull" || reason === "ImagePullBackOff" ? "trying and failing to pull image" : reason;

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
