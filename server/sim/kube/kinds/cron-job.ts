import { booleanText, templateCells } from "./cells.ts";
import { cronError } from "./cron-schedule.ts";
import { defineKind, statusSubresource } from "./define.ts";
import { at, draftAt, fields, fill, fillEmpty, list, text } from "./fields.ts";
import { ageOf } from "./human-duration.ts";
import { defaultPodTemplate } from "./pod-spec-defaults.ts";
import { podNameWarnings, podSpecWarnings } from "./pod-update.ts";
import { validateJobSpec } from "./job.ts";
import { type FieldErrors, invalid, notSupported, required } from "./validation/errors.ts";
import { formatLabelSelector } from "./validation/selectors.ts";
import { validateCounts } from "./workload.ts";

/** Eleven characters are kept for the suffix of the jobs' names. */
const NAME_MAX_LENGTH = 52;

export const cronJob = defineKind({
  group: "batch",
  kind: "CronJob",
  plural: "cronjobs",
  shortNames: ["cj"],
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    status: statusSubresource("CronJob"),
  },
  cells: {
    Schedule: (object) => text(at(object, "spec", "schedule")),
    Timezone: (object) => text(at(object, "spec", "timeZone")) || "<none>",
    Suspend: (object) => booleanText(at(object, "spec", "suspend")),
    Active: (object) => list(at(object, "status", "active")).length,
    "Last Schedule": (object, nowMs) => {
      const last = at(object, "status", "lastScheduleTime");
      return text(last) === "" ? "<none>" : ageOf(last, nowMs);
    },
    ...templateCells("spec", "jobTemplate", "spec", "template"),
    Selector: (object) => formatLabelSelector(at(object, "spec", "jobTemplate", "spec", "selector")),
  },

  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    fillEmpty(spec, "concurrencyPolicy", "Allow");
    fill(spec, "suspend", false);
    fill(spec, "successfulJobsHistoryLimit", 3);
    fill(spec, "failedJobsHistoryLimit", 1);
    const jobTemplate = draftAt(spec, "jobTemplate");
    draftAt(jobTemplate, "metadata");
    defaultPodTemplate(draftAt(jobTemplate, "spec"));
    draftAt(draft, "status");
  },

  validateSpec(object, context) {
    const spec = fields(object["spec"]);
    const policy = text(spec["concurrencyPolicy"]);
    const policies = ["Allow", "Forbid", "Replace"];
    return [
      ...validateSchedule(text(spec["schedule"])),
      ...validateCounts(object, "startingDeadlineSeconds"),
      ...(policies.includes(policy) ? [] : [notSupported("spec.concurrencyPolicy", policy, policies)]),
      ...validateJobSpec(fields(at(spec, "jobTemplate", "spec")), "spec.jobTemplate.spec", context),
      ...validateCounts(object, "successfulJobsHistoryLimit", "failedJobsHistoryLimit"),
      ...(object.metadata.name.length > NAME_MAX_LENGTH
        ? [invalid("metadata.name", object.metadata.name, "must be no more than 52 characters")]
        : []),
    ];
  },

  warnings(object, old) {
    const specOf = (owner: unknown) => fields(at(owner, "spec", "jobTemplate", "spec", "template", "spec"));
    return [
      ...podNameWarnings(object, old),
      ...podSpecWarnings(specOf(object), "spec.jobTemplate.spec.template.spec", specOf(old)),
    ];
  },
});

function validateSchedule(schedule: string): FieldErrors {
  if (schedule === "") return [required("spec.schedule")];
  if (/\b(TZ|CRON_TZ)=/.test(schedule)) {
    return [invalid("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")];
  }
  const error = cronError(schedule);
  return error === undefined ? [] : [invalid("spec.schedule", schedule, error)];
}
