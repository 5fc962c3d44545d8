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
  writeStatus(context, cron, jobs, cron.status?.lastScheduleTime);
  const schedule = parseCron(cron.spec.schedule);
  if (schedule === undefined || cron.spec.suspend === true) return;
  const nowMs = clock.now();
  const sinceMs = parseTimestamp(cron.status?.lastScheduleTime ?? cron.metadata.creationTimestamp);
  const dueMs = latestDue(schedule.next, sinceMs, nowMs, cron.spec.startingDeadlineSeconds);
  if (dueMs !== undefined) startJob(context, cron, jobs, dueMs);
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

const isFinished = (job: Job): boolean =>
  job.status?.conditions?.some(({ type, status }) => (type === "Complete" || type === "Failed") && status === "True") ??
  false;

const succeeded = (job: Job): boolean =>
  job.status?.conditions?.some(({ type, status }) => type === "Complete" && status === "True") ?? false;

function startJob(context: ControllerContext, cron: CronJob, jobs: readonly Job[], dueMs: number): void {
  const { api } = context;
  const active = jobs.filter((job) => !isFinished(job));
  if (cron.spec.concurrencyPolicy === "Forbid" && active.length > 0) {
    record(
      context,
      cron,
      "Normal",
      "JobAlreadyActive",
      "Not starting job because prior execution is running and concurrency policy is Forbid",
    );
    return;
  }
  if (cron.spec.concurrencyPolicy === "Replace") {
    for (const job of active) {
      api.delete("jobs.batch", job.metadata.namespace ?? "", job.metadata.name, { propagationPolicy: "Background" });
      record(context, cron, "Normal", "SuccessfulDelete", `Deleted job ${job.metadata.name}`);
    }
  }
  const name = `${cron.metadata.name}-${Math.floor(dueMs / MINUTE_MS)}`;
  const { labels, annotations } = cron.spec.jobTemplate.metadata ?? {};
  try {
    api.create<Job>("jobs.batch", {
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
  } catch (error) {
    if (!isReason(error, "AlreadyExists")) throw error;
  }
  const all = api.list<Job>("jobs.batch", cron.metadata.namespace).filter((job) => isControlledBy(job, cron));
  writeStatus(context, cron, all, timestamp(dueMs));
}

function writeStatus(
  { api }: ControllerContext,
  cron: CronJob,
  jobs: readonly Job[],
  lastScheduleTime: string | undefined,
): void {
  const active = jobs
    .filter((job) => !isFinished(job))
    .map((job) => ({
      apiVersion: "batch/v1",
      kind: "Job",
      name: job.metadata.name,
      namespace: job.metadata.namespace,
      resourceVersion: job.metadata.resourceVersion,
      uid: job.metadata.uid,
    }));
  const ends = jobs.filter(succeeded).map((job) => job.status?.completionTime ?? "");
  const lastSuccessfulTime = [...ends, cron.status?.lastSuccessfulTime ?? ""].sort().at(-1);
  const status = {
    ...(active.length > 0 ? { active } : {}),
    ...(lastScheduleTime ? { lastScheduleTime } : {}),
    ...(lastSuccessfulTime ? { lastSuccessfulTime } : {}),
  };
  const namesOf = (value: CronJob["status"]): string =>
    canonical({ ...value, active: (value?.active ?? []).map((entry) => (entry as { uid?: string }).uid) });
  api.mutate<CronJob>(
    "cronjobs.batch",
    cron.metadata.namespace ?? "",
    cron.metadata.name,
    (present) => (namesOf(present.status) === namesOf(status) ? undefined : { ...present, status }),
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
