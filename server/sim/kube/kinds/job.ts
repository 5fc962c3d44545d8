import type { KubeObject } from "../api/types.ts";
import { selectorCell, templateCells } from "./cells.ts";
import { defineKind, statusSubresource } from "./define.ts";
import {
  at,
  cloneJson,
  type Fields,
  draftAt,
  fields,
  fill,
  fillEmpty,
  integer,
  isAbsent,
  isEmpty,
  objects,
  semanticallyEqual,
  text,
} from "./fields.ts";
import { humanDuration } from "./human-duration.ts";
import { internalPodTemplate } from "./internal-form.ts";
import { defaultPodTemplate } from "./pod-spec-defaults.ts";
import { namedTemplateWarnings } from "./pod-update.ts";
import type { Draft, KindContext } from "./types.ts";
import { type FieldErrors, invalid, notSupported, required } from "./validation/errors.ts";
import { validateImmutable, validateNonNegative } from "./validation/metadata.ts";
import { validatePodTemplate } from "./validation/pod-spec.ts";
import { selectorMatches, validateLabelSelector } from "./validation/selectors.ts";

export const CONTROLLER_UID_LABEL = "batch.kubernetes.io/controller-uid";
export const JOB_NAME_LABEL = "batch.kubernetes.io/job-name";

export const job = defineKind({
  group: "batch",
  kind: "Job",
  plural: "jobs",
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    status: statusSubresource("Job"),
  },
  selectableFields: {
    "status.successful": (object) => String(integer(at(object, "status", "succeeded"))),
  },
  cells: {
    Status: statusCell,
    Completions: completionsCell,
    Duration: durationCell,
    ...templateCells("spec", "template"),
    Selector: selectorCell,
  },

  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    defaultJobSpec(spec);
    // Job labels follow the template's when there are none.
    const metadata = draftAt(draft, "metadata");
    const labels = at(spec, "template", "metadata", "labels");
    if (isAbsent(metadata["labels"]) && !isAbsent(labels)) metadata["labels"] = cloneJson(labels);
    draftAt(draft, "status");
  },

  /** Unless asked otherwise, pods are found by the job's UID. */
  prepareForCreate(draft) {
    const spec = draftAt(draft, "spec");
    fill(spec, "manualSelector", false);
    if (spec["manualSelector"] !== true) generateSelector(draft, spec);
  },

  validateSpec(object, context) {
    const spec = fields(object["spec"]);
    const labels = fields(at(spec, "template", "metadata", "labels")) as Record<string, string>;
    return [
      ...validateJobSpec(spec, "spec", context),
      ...(isAbsent(spec["selector"])
        ? [required("spec.selector")]
        : validateLabelSelector(spec["selector"], "spec.selector")),
      ...(isAbsent(spec["selector"]) || selectorMatches(spec["selector"], labels)
        ? []
        : [invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")]),
    ];
  },

  validateChange(object, old) {
    const spec = fields(object["spec"]);
    const before = fields(old["spec"]);
    const isFrozen = spec["suspend"] !== true || !isAbsent(at(old, "status", "startTime"));
    return [
      ...validateImmutable(spec["completions"], before["completions"], "spec.completions"),
      ...validateImmutable(spec["selector"], before["selector"], "spec.selector"),
      ...(isFrozen && !semanticallyEqual(spec["template"], before["template"])
        ? [invalid("spec.template", internalPodTemplate(spec["template"]), "field is immutable")]
        : []),
      ...validateImmutable(spec["completionMode"], before["completionMode"], "spec.completionMode"),
    ];
  },
  warnings: namedTemplateWarnings,
});

/** Defaults of a JobSpec, in a Job (a CronJob's template gets only those of the pod). */
function defaultJobSpec(spec: Draft): void {
  // With neither given, one pod has to succeed.
  if (isAbsent(spec["completions"]) && isAbsent(spec["parallelism"])) {
    spec["completions"] = 1;
    spec["parallelism"] = 1;
  }
  fill(spec, "parallelism", 1);
  fill(spec, "backoffLimit", 6);
  fillEmpty(spec, "completionMode", "NonIndexed");
  fill(spec, "suspend", false);
  fill(spec, "manualSelector", false);
  fill(spec, "podReplacementPolicy", isAbsent(spec["podFailurePolicy"]) ? "TerminatingOrFailed" : "Failed");
  defaultPodTemplate(spec);
}

function generateSelector(draft: Draft, spec: Draft): void {
  const metadata = fields(draft["metadata"]);
  const [uid, name] = [text(metadata["uid"]), text(metadata["name"])];
  const labels = draftAt(draftAt(draftAt(spec, "template"), "metadata"), "labels");
  Object.assign(labels, {
    [CONTROLLER_UID_LABEL]: uid,
    [JOB_NAME_LABEL]: name,
    "controller-uid": uid,
    "job-name": name,
  });
  const selector = draftAt(spec, "selector");
  Object.assign(draftAt(selector, "matchLabels"), { [CONTROLLER_UID_LABEL]: uid });
  // Read back, a Job without labels of its own shows those of its template.
  const owner = draftAt(draft, "metadata");
  if (isEmpty(owner["labels"])) owner["labels"] = cloneJson(labels);
}

/** What Jobs and the jobs of CronJobs must be; the selector is looked at by the Job alone. */
export function validateJobSpec(spec: Fields, path: string, context: KindContext): FieldErrors {
  const counts = ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"];
  const policy = text(at(spec, "template", "spec", "restartPolicy"));
  const mode = text(spec["completionMode"]);
  const modes = ["Indexed", "NonIndexed"];
  const policyPath = `${path}.template.spec.restartPolicy`;
  return [
    ...counts.flatMap((name) => validateNonNegative(spec[name], `${path}.${name}`)),
    ...(mode === "" || modes.includes(mode) ? [] : [notSupported(`${path}.completionMode`, mode, modes)]),
    ...(mode === "Indexed" && isAbsent(spec["completions"])
      ? [required(`${path}.completions`, "when completion mode is Indexed")]
      : []),
    ...validatePodTemplate(fields(spec["template"]), `${path}.template`, context.profile),
    ...(policy === "Always" ? [required(policyPath, 'valid values: "OnFailure", "Never"')] : []),
    ...(["Always", "OnFailure", "Never"].includes(policy)
      ? []
      : [notSupported(policyPath, policy, ["OnFailure", "Never"])]),
  ];
}

function hasCondition(object: KubeObject, type: string): boolean {
  return objects(at(object, "status", "conditions")).some(
    (condition) => condition["type"] === type && condition["status"] === "True",
  );
}

function statusCell(object: KubeObject): string {
  if (hasCondition(object, "Complete")) return "Complete";
  if (hasCondition(object, "Failed")) return "Failed";
  if (object.metadata.deletionTimestamp !== undefined) return "Terminating";
  return ["Suspended", "FailureTarget", "SuccessCriteriaMet"].find((type) => hasCondition(object, type)) ?? "Running";
}

function completionsCell(object: KubeObject): string {
  const succeeded = integer(at(object, "status", "succeeded"));
  const completions = at(object, "spec", "completions");
  if (!isAbsent(completions)) return `${succeeded}/${integer(completions)}`;
  const parallelism = integer(at(object, "spec", "parallelism"));
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationCell(object: KubeObject, nowMs: number): string {
  const start = text(at(object, "status", "startTime"));
  const end = text(at(object, "status", "completionTime"));
  if (start === "") return "";
  return humanDuration((end === "" ? nowMs : Date.parse(end)) - Date.parse(start));
}
