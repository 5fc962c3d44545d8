/** Makes Jobs at the times of a schedule. Models the cronjob controller v2, v1.36; schedules are UTC. */
import { type Controller, type ControllerContext, parseTimestamp, timestamp } from "./context.ts";
import { parseCron } from "./cron-schedule.ts";
import { isReason } from "./errors.ts";
import type { CronJob, Job } from "./objects.ts";
import { controllerOf, controllerReference, isControlledBy } from "./owners.ts";
import { runController } from "./run-controller.ts";
import { canonical } from "./template.ts";
import { keyOf, splitKey } from "./work-queue.ts";

const COMPONENT = "cronjob-controller";
const MINUTE_MS = 60_000;

export function startCronJobController(context: ControllerContext): Controller {
  const { api } = context;
  return runController(context, {
    name: COMPONENT,
    sync: (key, again) => sync(context, key, again),
    watch: (queue) => [
      // Schedules are timers: they must be set up even in a steady world.
      api.watch<CronJob>("cronjobs.batch", ({ object }) => queue.add(keyOf(object))),
      api.watch<Job>("jobs.batch", ({ object }) => {
        const owner = controllerOf(object);
        if (owner?.kind === "CronJob") queue.add(`${object.metadata.namespace}/${owner.name}`);
      }),
    ],
  });
}

function sync(context: ControllerContext, key: string, again: (delayMs: number) => void): void {
  const { api, clock } = context;
  const [namespace, name] = splitKey(key);
  const cron = api.get<CronJob>("cronjobs.batch", namespace, name);
  if (cron === undefined || cron.metadata.deletionTimestamp !== undefined) return;
  const jobs = api.list<Job>("jobs.batch", namespace).filter((job) => isControlledBy(job, cron));
  trimHistory(context, cron, jobs);
  const state = reconcile(context, cron, jobs);
  const schedule = parseCron(cron.spec.schedule);
  const nowMs = clock.now();
  if (schedule === undefined || cron.spec.suspend === true) {
    writeStatus(context, cron, state);
    return;
  }
  const sinceMs = parseTimestamp(cron.status?.lastScheduleTime ?? cron.metadata.creationTimestamp);
  const dueMs = latestDue(schedule.next, sinceMs, nowMs, cron.spec.startingDeadlineSeconds);
  writeStatus(context, cron, dueMs === undefined ? state : startJob(context, cron, state, dueMs));
  const nextMs = schedule.next(nowMs);
  if (nextMs !== undefined) again(nextMs - nowMs);
}

/** The last missed time; older ones are skipped, as are those beyond the starting deadline. */
function latestDue(
  next: (afterMs: number) => number | undefined,
  sinceMs: number,
  nowMs: number,
  deadlineSeconds: number | undefined,
): number | undefined {
  const earliestMs = deadlineSeconds === undefined ? sinceMs : Math.max(sinceMs, nowMs - deadlineSeconds * 1000);
  let due: number | undefined;
  for (let at = next(earliestMs); at !== undefined && at <= nowMs; at = next(at)) due = at;
  return due;
}

/** `Complete`, `Failed`; undefined while the job runs. */
const endOf = (job: Job): string | undefined =>
  job.status?.conditions?.find(({ type, status }) => (type === "Complete" || type === "Failed") && status === "True")
    ?.type;

const isFinished = (job: Job): boolean => endOf(job) !== undefined;

const succeeded = (job: Job): boolean => endOf(job) === "Complete";

interface ActiveJob {
  readonly name: string;
  readonly uid?: string;
}

type CronJobState = NonNullable<CronJob["status"]> & { readonly active?: readonly ActiveJob[] };

/**
 * The status as the jobs have it now. Only jobs that this controller started are active: one made by hand
 * (`kubectl create job --from`) belongs to the CronJob, but does not count.
 */
function reconcile(context: ControllerContext, cron: CronJob, jobs: readonly Job[]): CronJobState {
  const listed = ((cron.status as CronJobState | undefined)?.active ?? []) as readonly ActiveJob[];
  const active = listed.filter(({ uid, name }) => {
    const job = jobs.find(({ metadata }) => metadata.uid === uid);
    if (job === undefined) record(context, cron, "Normal", "MissingJob", `Active job went missing: ${name}`);
    const end = job && endOf(job);
    if (end !== undefined)
      record(context, cron, "Normal", "SawCompletedJob", `Saw completed job: ${name}, condition: ${end}`);
    return job !== undefined && end === undefined;
  });
  for (const job of jobs) {
    if (isFinished(job) || active.some(({ uid }) => uid === job.metadata.uid)) continue;
    const text = `Saw a job that the controller did not create or forgot: ${job.metadata.name}`;
    record(context, cron, "Warning", "UnexpectedJob", text);
  }
  const ends = jobs.filter(succeeded).map((job) => job.status?.completionTime ?? "");
  const lastSuccessfulTime = [...ends, cron.status?.lastSuccessfulTime ?? ""].sort().at(-1);
  return { ...cron.status, active, ...(lastSuccessfulTime ? { lastSuccessfulTime } : {}) };
}

/** Starts the job that is due unless the policy forbids it; gives the status after it. */
function startJob(context: ControllerContext, cron: CronJob, state: CronJobState, dueMs: number): CronJobState {
  const { api } = context;
  const { namespace = "" } = cron.metadata;
  let active = state.active ?? [];
  if (cron.spec.concurrencyPolicy === "Forbid" && active.length > 0) {
    record(
      context,
      cron,
      "Normal",
      "JobAlreadyActive",
      "Not starting job because prior execution is running and concurrency policy is Forbid",
    );
    return state;
  }
  if (cron.spec.concurrencyPolicy === "Replace") {
    for (const { name } of active) {
      api.delete("jobs.batch", namespace, name, { propagationPolicy: "Background" });
      record(context, cron, "Normal", "SuccessfulDelete", `Deleted job ${name}`);
    }
    active = [];
  }
  const name = `${cron.metadata.name}-${Math.floor(dueMs / MINUTE_MS)}`;
  const { labels, annotations } = cron.spec.jobTemplate.metadata ?? {};
  try {
    const { metadata } = api.create<Job>("jobs.batch", {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name,
        namespace: cron.metadata.namespace,
        ...(labels ? { labels } : {}),
        annotations: { ...annotations, "batch.kubernetes.io/cronjob-scheduled-timestamp": timestamp(dueMs) },
        ownerReferences: [controllerReference(cron)],
      },
      spec: cron.spec.jobTemplate.spec,
    });
    record(context, cron, "Normal", "SuccessfulCreate", `Created job ${name}`);
    const { uid, resourceVersion } = metadata;
    active = [...active, { apiVersion: "batch/v1", kind: "Job", name, namespace, resourceVersion, uid } as ActiveJob];
  } catch (error) {
    if (!isReason(error, "AlreadyExists")) throw error;
  }
  return { ...state, active, lastScheduleTime: timestamp(dueMs) };
}

function writeStatus({ api }: ControllerContext, cron: CronJob, { active = [], ...times }: CronJobState): void {
  const status = { ...(active.length > 0 ? { active } : {}), ...times };
  api.mutate<CronJob>(
    "cronjobs.batch",
    cron.metadata.namespace ?? "",
    cron.metadata.name,
    (present) => (canonical(present.status ?? {}) === canonical(status) ? undefined : { ...present, status }),
    { subresource: "status" },
  );
}

function trimHistory(context: ControllerContext, cron: CronJob, jobs: readonly Job[]): void {
  const byAge = (left: Job, right: Job): number =>
    parseTimestamp(left.metadata.creationTimestamp) - parseTimestamp(right.metadata.creationTimestamp);
  const trim = (candidates: readonly Job[], limit: number): void => {
    for (const job of [...candidates].sort(byAge).slice(0, Math.max(0, candidates.length - limit))) {
      context.api.delete("jobs.batch", job.metadata.namespace ?? "", job.metadata.name, {
        propagationPolicy: "Background",
      });
      record(context, cron, "Normal", "SuccessfulDelete", `Deleted job ${job.metadata.name}`);
    }
  };
  const ended = jobs.filter((job) => isFinished(job) && job.metadata.deletionTimestamp === undefined);
  trim(ended.filter(succeeded), cron.spec.successfulJobsHistoryLimit ?? 3);
  trim(
    ended.filter((job) => !succeeded(job)),
    cron.spec.failedJobsHistoryLimit ?? 1,
  );
}

function record(
  { api }: ControllerContext,
  involved: CronJob,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): void {
  api.recordEvent({ involved, type, reason, message, component: COMPONENT });
}
