/** A pod's status from the state of its containers. Models kubelet v1.36, `kubelet_pods.go` and `status/generate.go`. */
import { timestamp } from "../context.ts";
import type { ContainerState, ContainerStatus, Pod, PodCondition, PodStatus, VolumeMount } from "../objects.ts";
import type { ContainerRecord, RuntimeState, Terminated } from "./runtime-state.ts";

export interface PodView {
  readonly pod: Pod;
  readonly records: readonly ContainerRecord[];
  readonly hostIp: string;
  readonly podIp: string | undefined;
  readonly startedMs: number;
  readonly hasSandbox: boolean;
  readonly nowMs: number;
  /** Why the whole pod failed (DeadlineExceeded, Evicted). */
  readonly failure?: { readonly reason: string; readonly message: string };
}

export function podStatus(view: PodView): PodStatus {
  const { pod, records, hostIp, podIp } = view;
  const phase = view.failure ? "Failed" : phaseOf(pod, records);
  const statuses = (role: readonly string[]): readonly ContainerStatus[] =>
    records.filter((record) => role.includes(record.role)).map((record) => containerStatus(record));
  const inits = statuses(["init", "sidecar"]);
  const ephemerals = statuses(["ephemeral"]);
  return {
    phase,
    observedGeneration: pod.metadata.generation ?? 1,
    conditions: conditionsOf(view, phase),
    ...(view.failure ?? {}),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(podIp ? { podIP: podIp, podIPs: [{ ip: podIp }] } : {}),
    startTime: timestamp(view.startedMs),
    ...(inits.length > 0 ? { initContainerStatuses: inits } : {}),
    containerStatuses: statuses(["main"]),
    ...(ephemerals.length > 0 ? { ephemeralContainerStatuses: ephemerals } : {}),
    qosClass: pod.status?.qosClass ?? "BestEffort",
  };
}

export function phaseOf(pod: Pod, records: readonly ContainerRecord[]): string {
  const policy = pod.spec.restartPolicy ?? "Always";
  const inits = records.filter(({ role }) => role === "init");
  const hasFailedInit = inits.some(({ state }) => state.kind === "terminated" && state.exitCode !== 0);
  const mains = records.filter(({ role }) => role === "main");
  const ended = mains.filter(hasEnded);
  const running = mains.filter(({ state }) => state.kind === "running");
  if (hasFailedInit && policy === "Never") return "Failed";
  const isInitializing = inits.some((record) => !(record.state.kind === "terminated" && record.state.exitCode === 0));
  if (isInitializing && running.length === 0 && ended.length === 0) return "Pending";
  if (mains.length > ended.length + running.length) return "Pending";
  if (running.length > 0) return "Running";
  if (policy === "Always") return "Running";
  const succeeded = ended.filter(({ state, lastState }) => exitCodeOf(state, lastState) === 0);
  if (succeeded.length === ended.length) return "Succeeded";
  return policy === "Never" ? "Failed" : "Running";
}

const hasEnded = ({ state, lastState }: ContainerRecord): boolean =>
  state.kind === "terminated" || (state.kind === "waiting" && lastState !== undefined);

const exitCodeOf = (state: RuntimeState, last: Terminated | undefined): number | undefined =>
  state.kind === "terminated" ? state.exitCode : last?.exitCode;

function conditionsOf(view: PodView, phase: string): readonly PodCondition[] {
  const { pod, records } = view;
  const unfinishedInits = records.filter(isIncomplete).map(({ spec }) => spec.name);
  const unready = records.filter(({ role, isReady }) => (role === "main" || role === "sidecar") && !isReady);
  const isOver = phase === "Succeeded" || phase === "Failed";
  const overReason = phase === "Succeeded" ? "PodCompleted" : "PodFailed";
  const initialized: Verdict =
    unfinishedInits.length === 0
      ? { status: "True", ...(phase === "Succeeded" ? { reason: "PodCompleted" } : {}) }
      : {
          status: "False",
          reason: "ContainersNotInitialized",
          message: `containers with incomplete status: [${unfinishedInits.join(" ")}]`,
        };
  const ready: Verdict = isOver
    ? { status: "False", reason: overReason }
    : unready.length === 0
      ? { status: "True" }
      : {
          status: "False",
          reason: "ContainersNotReady",
          message: `containers with unready status: [${unready.map(({ spec }) => spec.name).join(" ")}]`,
        };
  const wanted: readonly (readonly [string, Verdict])[] = [
    ["PodReadyToStartContainers", { status: view.hasSandbox && !isOver ? "True" : "False" }],
    ["Initialized", initialized],
    ["Ready", ready],
    ["ContainersReady", ready],
    ["PodScheduled", { status: "True" }],
  ];
  const others = (pod.status?.conditions ?? []).filter(({ type }) => !wanted.some(([known]) => known === type));
  return [...wanted.map(([type, verdict]) => condition(view, type, verdict)), ...others];
}

interface Verdict {
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

const isIncomplete = (record: ContainerRecord): boolean =>
  record.role === "init"
    ? !(record.state.kind === "terminated" && record.state.exitCode === 0)
    : record.role === "sidecar" && !record.isStarted;

/** The transition time changes only with the status. */
function condition({ pod, nowMs }: PodView, type: string, verdict: Verdict): PodCondition {
  const present = pod.status?.conditions?.find((candidate) => candidate.type === type);
  return {
    type,
    observedGeneration: pod.metadata.generation ?? 1,
    status: verdict.status,
    lastProbeTime: null,
    lastTransitionTime:
      present?.status === verdict.status && present.lastTransitionTime ? present.lastTransitionTime : timestamp(nowMs),
    ...(verdict.reason ? { reason: verdict.reason } : {}),
    ...(verdict.message ? { message: verdict.message } : {}),
  };
}

function containerStatus(record: ContainerRecord): ContainerStatus {
  const { spec, state } = record;
  const { requests, limits } = spec.resources ?? {};
  const isRunning = state.kind === "running";
  const isInitDone = record.role === "init" && state.kind === "terminated" && state.exitCode === 0;
  const containerID = containerIdOf(record);
  return {
    name: spec.name,
    state: apiState(state),
    lastState: record.lastState ? apiState(record.lastState) : {},
    // Nobody asks whether an ephemeral container is ready.
    ready: record.role !== "ephemeral" && (record.isReady || isInitDone),
    restartCount: record.restartCount,
    image: record.imageReference || spec.image,
    imageID: record.imageId,
    ...(containerID ? { containerID } : {}),
    started: record.role === "init" ? false : isRunning && record.isStarted,
    ...(isRunning && requests ? { allocatedResources: requests } : {}),
    ...(isRunning ? { resources: { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) } } : {}),
    ...(isRunning ? { user: { linux: linuxUser(record) } } : {}),
    ...((spec.volumeMounts ?? []).length > 0 && record.containerId !== ""
      ? { volumeMounts: (spec.volumeMounts ?? []).map(mountStatus) }
      : {}),
  };
}

function containerIdOf(record: ContainerRecord): string | undefined {
  const { state, lastState, containerId } = record;
  const id = state.kind === "waiting" ? lastState?.containerId : containerId;
  return id ? `containerd://${id}` : undefined;
}

function linuxUser({ user }: ContainerRecord): Readonly<Record<string, unknown>> {
  return { uid: user.uid, gid: user.gid, supplementalGroups: [user.gid] };
}

const mountStatus = (mount: VolumeMount): Readonly<Record<string, unknown>> => ({
  name: mount.name,
  mountPath: mount.mountPath,
  ...(mount.readOnly ? { readOnly: true, recursiveReadOnly: "Disabled" } : {}),
});

export function apiState(state: RuntimeState): ContainerState {
  switch (state.kind) {
    case "waiting":
      return { waiting: { ...(state.message ? { message: state.message } : {}), reason: state.reason } };
    case "running":
      return { running: { startedAt: timestamp(state.startedMs) } };
    case "terminated":
      return {
        terminated: {
          ...(state.containerId ? { containerID: `containerd://${state.containerId}` } : {}),
          exitCode: state.exitCode,
          finishedAt: timestamp(state.finishedMs),
          ...(state.message ? { message: state.message } : {}),
          reason: state.reason,
          startedAt: timestamp(state.startedMs),
        },
      };
    default: {
      const never: never = state;
      return never;
    }
  }
}
