/** Runs pods to completion. Models the job controller, v1.36: completions, back-off, indexes, deadlines, TTL. */
import type { Controller, ControllerContext } from "./context.ts";
import { parseTimestamp, timestamp } from "./context.ts";
import { findCondition } from "./conditions.ts";
import { isReason, messageOf } from "./errors.ts";
import type { Condition, ContainerStatus, Job, Pod } from "./objects.ts";
import { claim, controllerOf } from "./owners.ts";
import { isFinished, isPodReady, isTerminating } from "./pods.ts";
import { runController } from "./run-controller.ts";
import { canonical, podFromTemplate } from "./template.ts";
import { keyOf, splitKey } from "./work-queue.ts";

const COMPONENT = "job-controller";
const TRACKING = "batch.kubernetes.io/job-tracking";
const INDEX = "batch.kubernetes.io/job-completion-index";
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 600_000;

export function startJobController(context: ControllerContext): Controller {
  const { api } = context;
  return runController(context, {
    name: COMPONENT,
    sync: (key, again) => sync(context, key, again),
    watch: (queue, options) => [
      api.watch<Job>("jobs.batch", ({ object }) => queue.add(keyOf(object)), options),
      api.watch<Pod>(
        "pods",
        ({ object }) => {
          const owner = controllerOf(object);
          if (owner?.kind === "Job") queue.add(`${object.metadata.namespace}/${owner.name}`);
          else if (object.metadata.finalizers?.includes(TRACKING)) untrack(context, object);
        },
        options,
      ),
    ],
  });
}

/** What one sync knows. */
interface Round {
  readonly context: ControllerContext;
  readonly job: Job;
  readonly active: readonly Pod[];
  readonly succeeded: readonly Pod[];
  readonly failed: readonly Pod[];
  readonly terminating: readonly Pod[];
  readonly nowMs: number;
}

function sync(context: ControllerContext, key: string, again: (delayMs: number) => void): void {
  const { api } = context;
  const [namespace, name] = splitKey(key);
  const job = api.get<Job>("jobs.batch", namespace, name);
  if (job === undefined) {
    releaseOrphans(context, namespace, name);
    return;
  }
  const round = roundOf(context, job);
  for (const pod of [...round.succeeded, ...round.failed, ...round.terminating]) untrack(context, pod);
  if (job.metadata.deletionTimestamp !== undefined) return;
  const end = finished(job);
  if (end !== undefined) {
    expire(round, end, again);
    return;
  }
  const ending = endingOf(round);
  if (ending !== undefined) finish(round, ending);
  else if (job.spec.suspend === true) suspend(round);
  else run(round, again);
}

function roundOf(context: ControllerContext, job: Job): Round {
  const selector = job.spec.selector ?? { matchLabels: { "batch.kubernetes.io/job-name": job.metadata.name } };
  const pods = claim<Pod>(context.api, "pods", job, selector);
  return {
    context,
    job,
    active: pods.filter((pod) => !isFinished(pod) && !isTerminating(pod)),
    succeeded: pods.filter((pod) => pod.status?.phase === "Succeeded"),
    failed: pods.filter((pod) => pod.status?.phase === "Failed"),
    terminating: pods.filter((pod) => isTerminating(pod) && !isFinished(pod)),
    nowMs: context.clock.now(),
  };
}

const finished = (job: Job): Condition | undefined =>
  job.status?.conditions?.find(({ type, status }) => (type === "Complete" || type === "Failed") && status === "True");

/** The finalizer that keeps a pod until it is counted; nothing more is to be counted. */
function untrack({ api }: ControllerContext, pod: Pod): void {
  if (!pod.metadata.finalizers?.includes(TRACKING)) return;
  const { namespace = "", name } = pod.metadata;
  api.mutate<Pod>("pods", namespace, name, (current) => {
    const finalizers = (current.metadata.finalizers ?? []).filter((finalizer) => finalizer !== TRACKING);
    const { finalizers: _old, ...metadata } = current.metadata;
    return { ...current, metadata: { ...metadata, ...(finalizers.length > 0 ? { finalizers } : {}) } };
  });
}

function releaseOrphans(context: ControllerContext, namespace: string, name: string): void {
  for (const pod of context.api.list<Pod>("pods", namespace)) {
    const owner = controllerOf(pod);
    if (owner?.kind === "Job" && owner.name === name) untrack(context, pod);
  }
}

interface Ending {
  readonly type: "Complete" | "Failed";
  readonly reason: string;
  readonly message: string;
}

function succeededCount({ job, succeeded }: Round): number {
  return isIndexed(job) ? new Set(succeeded.map(indexOf)).size : succeeded.length;
}

const isIndexed = (job: Job): boolean => job.spec.completionMode === "Indexed";
const indexOf = (pod: Pod): number => Number(pod.metadata.annotations?.[INDEX] ?? -1);

const restartsOf = (pod: Pod): number =>
  [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].reduce(
    (total: number, status: ContainerStatus) => total + status.restartCount,
    0,
  );

function endingOf(round: Round): Ending | undefined {
  const { job, active, failed, nowMs } = round;
  const limit = job.spec.backoffLimit ?? 6;
  const restarts =
    job.spec.template.spec.restartPolicy === "OnFailure" ? active.reduce((sum, pod) => sum + restartsOf(pod), 0) : 0;
  if (failed.length > limit || (restarts > 0 && restarts >= limit)) {
    return { type: "Failed", reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  }
  const deadlineSeconds = job.spec.activeDeadlineSeconds;
  const startedMs = parseTimestamp(job.status?.startTime);
  if (deadlineSeconds !== undefined && startedMs > 0 && nowMs - startedMs >= deadlineSeconds * 1000) {
    return { type: "Failed", reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
  }
  const done = succeededCount(round);
  const completions = job.spec.completions;
  const isComplete =
    completions === undefined || completions === null
      ? done > 0 && active.length === 0
      : done >= completions && (completions > 0 || active.length === 0);
  return isComplete
    ? { type: "Complete", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" }
    : undefined;
}

/** Surplus pods go first; the job is over when the last has gone. */
function finish(round: Round, ending: Ending): void {
  const { context, job, active, terminating, nowMs } = round;
  for (const pod of active) deletePod(round, pod);
  const target = ending.type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget";
  const now = timestamp(nowMs);
  const condition = (type: string): Condition => ({
    type,
    status: "True",
    lastProbeTime: now,
    lastTransitionTime: now,
    reason: ending.reason,
    message: ending.message,
  });
  const present = job.status?.conditions ?? [];
  const conditions = findCondition(present, target) === undefined ? [...present, condition(target)] : present;
  if (conditions !== present) {
    // Real controllers write the criterion first and the end with the next sync.
    const { succeeded, ready } = job.status ?? {};
    const counted = { succeeded, ready: ready ?? 0, active: undefined };
    writeStatus(round, { ...counts(round), ...counted, uncountedTerminatedPods: uncounted(round), conditions });
    return;
  }
  if (active.length > 0 || terminating.length > 0) return;
  writeStatus(round, {
    ...counts(round),
    conditions: [...conditions, condition(ending.type)],
    ...(ending.type === "Complete" ? { completionTime: now } : {}),
  });
  const isComplete = ending.type === "Complete";
  context.api.recordEvent({
    involved: job,
    type: isComplete ? "Normal" : "Warning",
    reason: isComplete ? "Completed" : ending.reason,
    message: isComplete ? "Job completed" : ending.message,
    component: COMPONENT,
  });
}

/** Pods that have ended and are not in the counters yet. */
function uncounted({ succeeded }: Round): Readonly<Record<string, readonly string[]>> {
  return succeeded.length > 0 ? { succeeded: succeeded.map(({ metadata }) => metadata.uid ?? "") } : {};
}

function suspend(round: Round): void {
  for (const pod of round.active) deletePod(round, pod);
  const now = timestamp(round.nowMs);
  const { startTime: _start, ...rest } = round.job.status ?? {};
  const conditions = (rest.conditions ?? []).filter(({ type }) => type !== "Suspended");
  const present = findCondition(rest.conditions, "Suspended");
  if (present?.status === "True") return;
  replaceStatus(round, {
    ...rest,
    conditions: [
      ...conditions,
      {
        type: "Suspended",
        status: "True",
        lastProbeTime: now,
        lastTransitionTime: now,
        reason: "JobSuspended",
        message: "Job suspended",
      },
    ],
  });
  round.context.api.recordEvent({
    involved: round.job,
    type: "Normal",
    reason: "Suspended",
    message: "Job suspended",
    component: COMPONENT,
  });
}

function run(round: Round, again: (delayMs: number) => void): void {
  const { job, active, failed, nowMs } = round;
  const waitMs = backoffMs(failed, nowMs);
  const wanted = wantedActive(round);
  if (active.length > wanted) for (const pod of active.slice(wanted)) deletePod(round, pod);
  if (active.length < wanted) {
    if (waitMs > 0) again(waitMs);
    else createPods(round, wanted - active.length);
  }
  const deadlineSeconds = job.spec.activeDeadlineSeconds;
  if (deadlineSeconds !== undefined) {
    const startedMs = parseTimestamp(job.status?.startTime) || nowMs;
    again(Math.max(1, startedMs + deadlineSeconds * 1000 - nowMs));
  }
  const after = roundOf(
    round.context,
    round.context.api.get<Job>("jobs.batch", job.metadata.namespace ?? "", job.metadata.name) ?? job,
  );
  writeStatus(after, { ...counts(after), conditions: resumed(job, nowMs) });
}

function resumed(job: Job, nowMs: number): readonly Condition[] {
  const now = timestamp(nowMs);
  return (job.status?.conditions ?? []).map((condition) =>
    condition.type === "Suspended" && condition.status === "True"
      ? {
          ...condition,
          status: "False",
          lastProbeTime: now,
          lastTransitionTime: now,
          reason: "JobResumed",
          message: "Job resumed",
        }
      : condition,
  );
}

function wantedActive(round: Round): number {
  const { job, active } = round;
  const parallelism = job.spec.parallelism ?? 1;
  const { completions } = job.spec;
  if (completions === undefined || completions === null) {
    return succeededCount(round) > 0 ? active.length : parallelism;
  }
  return Math.max(0, Math.min(parallelism, completions - succeededCount(round)));
}

/** 10 s, 20 s, 40 s … after the latest failure, at most ten minutes. */
function backoffMs(failed: readonly Pod[], nowMs: number): number {
  if (failed.length === 0) return 0;
  const latest = Math.max(...failed.map(finishedMs));
  const delay = Math.min(FIRST_BACKOFF_MS * 2 ** (failed.length - 1), LONGEST_BACKOFF_MS);
  return Math.max(0, latest + delay - nowMs);
}

const finishedMs = (pod: Pod): number =>
  Math.max(
    0,
    ...(pod.status?.containerStatuses ?? []).map((status) => parseTimestamp(status.state.terminated?.finishedAt)),
  );

function createPods(round: Round, count: number): void {
  const { context, job } = round;
  const free = isIndexed(job) ? freeIndexes(round) : [];
  for (let made = 0; made < count; made++) {
    const index = isIndexed(job) ? free[made] : undefined;
    if (isIndexed(job) && index === undefined) return;
    createPod(context, job, index);
  }
}

function freeIndexes({ job, active, succeeded, terminating }: Round): readonly number[] {
  const taken = new Set([...active, ...succeeded, ...terminating].map(indexOf));
  return Array.from({ length: job.spec.completions ?? 0 }, (_, index) => index).filter((index) => !taken.has(index));
}

function createPod({ api }: ControllerContext, job: Job, index: number | undefined): void {
  const generateName = index === undefined ? `${job.metadata.name}-` : `${job.metadata.name}-${index}-`;
  const base = podFromTemplate(job, job.spec.template, { generateName });
  const indexed = index === undefined ? {} : { [INDEX]: String(index) };
  const environment = {
    name: "JOB_COMPLETION_INDEX",
    valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } },
  };
  const pod = {
    ...base,
    metadata: {
      ...base.metadata,
      labels: { ...base.metadata.labels, ...indexed },
      ...(index === undefined ? {} : { annotations: { ...base.metadata.annotations, ...indexed } }),
      finalizers: [TRACKING],
    },
    spec:
      index === undefined
        ? base.spec
        : {
            ...base.spec,
            hostname: `${job.metadata.name}-${index}`,
            containers: base.spec.containers.map((container) => ({
              ...container,
              env: [...(container.env ?? []), environment],
            })),
          },
  };
  try {
    const created = api.create<Pod>("pods", pod);
    api.recordEvent({
      involved: job,
      type: "Normal",
      reason: "SuccessfulCreate",
      message: `Created pod: ${created.metadata.name}`,
      component: COMPONENT,
    });
  } catch (error) {
    if (isReason(error, "AlreadyExists")) return;
    api.recordEvent({
      involved: job,
      type: "Warning",
      reason: "FailedCreate",
      message: `Error creating: ${messageOf(error)}`,
      component: COMPONENT,
    });
    throw error;
  }
}

function deletePod({ context, job }: Round, pod: Pod): void {
  untrack(context, pod);
  const { namespace = "", name, uid } = pod.metadata;
  context.api.delete("pods", namespace, name, { uid });
  context.api.recordEvent({
    involved: job,
    type: "Normal",
    reason: "SuccessfulDelete",
    message: `Deleted pod: ${name}`,
    component: COMPONENT,
  });
}

function counts(round: Round): NonNullable<Job["status"]> {
  const { job, active, succeeded, failed, terminating, nowMs } = round;
  const done = succeededCount(round);
  return {
    ...(active.length > 0 ? { active: active.length } : {}),
    ready: active.filter(isPodReady).length,
    ...(done > 0 ? { succeeded: done } : {}),
    ...(failed.length > 0 ? { failed: failed.length } : {}),
    terminating: terminating.length,
    startTime: job.status?.startTime ?? timestamp(nowMs),
    uncountedTerminatedPods: {},
    ...(isIndexed(job) ? { completedIndexes: ranges(succeeded.map(indexOf)) } : {}),
  };
}

/** `0-2,4`: how completed indexes are written. */
export function ranges(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((left, right) => left - right);
  const parts: string[] = [];
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end++;
    if (end === start) parts.push(`${sorted[start]}`);
    else parts.push(end === start + 1 ? `${sorted[start]},${sorted[end]}` : `${sorted[start]}-${sorted[end]}`);
    start = end + 1;
  }
  return parts.join(",");
}

function writeStatus(round: Round, status: NonNullable<Job["status"]>): void {
  const { conditions, ...rest } = status;
  const cleaned = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  replaceStatus(round, { ...cleaned, ...(conditions && conditions.length > 0 ? { conditions } : {}) });
}

function replaceStatus({ context, job }: Round, status: NonNullable<Job["status"]>): void {
  const { namespace = "", name } = job.metadata;
  context.api.mutate<Job>(
    "jobs.batch",
    namespace,
    name,
    (present) => (canonical(present.status) === canonical(status) ? undefined : { ...present, status }),
    { subresource: "status" },
  );
}

/** `ttlSecondsAfterFinished`: the job removes itself. */
function expire({ context, job, nowMs }: Round, end: Condition, again: (delayMs: number) => void): void {
  const ttl = job.spec.ttlSecondsAfterFinished;
  if (ttl === undefined || ttl === null) return;
  const dueMs = parseTimestamp(end.lastTransitionTime) + ttl * 1000;
  if (dueMs > nowMs) again(dueMs - nowMs);
  else {
    context.api.delete("jobs.batch", job.metadata.namespace ?? "", job.metadata.name, {
      propagationPolicy: "Foreground",
    });
  }
}
