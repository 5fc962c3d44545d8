import { booleanText } from "../../../kube/kinds/cells.ts";
import { at, fields, integer, isAbsent, objects, text } from "../../../kube/kinds/fields.ts";
import { formatLabelSelector } from "../../../kube/kinds/validation/selectors.ts";
import {
  eventsQuery,
  longTime,
  specOf,
  statusOf,
  writeAnnotations,
  writeEvents,
  writeLabels,
  writeName,
} from "./format.ts";
import { writePodTemplate } from "./pod-template.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer } from "./types.ts";

export const cronJob: Describer = {
  group: "batch",
  kind: "CronJob",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    const jobSpec = fields(at(spec, "jobTemplate", "spec"));
    writeName(w, object);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.field("Schedule", text(spec["schedule"]));
    w.field("Concurrency Policy", text(spec["concurrencyPolicy"]));
    w.field("Suspend", booleanText(spec["suspend"]));
    w.field("Time Zone", text(spec["timeZone"]) || "<unset>");
    w.field("Successful Job History Limit", numberOrUnset(spec["successfulJobsHistoryLimit"]));
    w.field("Failed Job History Limit", numberOrUnset(spec["failedJobsHistoryLimit"]));
    const deadline = spec["startingDeadlineSeconds"];
    w.field("Starting Deadline Seconds", isAbsent(deadline) ? "<unset>" : `${integer(deadline)}s`);
    w.field("Selector", isAbsent(jobSpec["selector"]) ? "<unset>" : formatLabelSelector(jobSpec["selector"]));
    w.field("Parallelism", numberOrUnset(jobSpec["parallelism"]));
    w.field("Completions", numberOrUnset(jobSpec["completions"]));
    if (!isAbsent(jobSpec["activeDeadlineSeconds"])) {
      w.field("Active Deadline Seconds", `${integer(jobSpec["activeDeadlineSeconds"])}s`);
    }
    writePodTemplate(w, jobSpec["template"], kubectlMinor);
    const last = text(statusOf(object)["lastScheduleTime"]);
    w.field("Last Schedule Time", last === "" ? "<unset>" : longTime(last));
    const active = objects(statusOf(object)["active"]).map((reference) => text(reference["name"]));
    w.field("Active Jobs", active.join(", ") || "<none>");
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function numberOrUnset(value: unknown): string {
  return isAbsent(value) ? "<unset>" : String(value);
}
