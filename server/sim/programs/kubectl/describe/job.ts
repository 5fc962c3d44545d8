import type { KubeObject } from "../../../kube/api/types.ts";
import { at, fields, integer, isAbsent, text } from "../../../kube/kinds/fields.ts";
import { humanDuration } from "../../../kube/kinds/human-duration.ts";
import { formatLabelSelector } from "../../../kube/kinds/validation/selectors.ts";
import {
  controllerOf,
  eventsQuery,
  longTime,
  specOf,
  statusOf,
  writeAnnotations,
  writeEvents,
  writeLabels,
  writeName,
} from "./format.ts";
import { statusCount, writePodTemplate } from "./pod-template.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer } from "./types.ts";

const MAX_INDEXES_LENGTH = 50;

export const job: Describer = {
  group: "batch",
  kind: "Job",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    writeName(w, object);
    if (!isAbsent(spec["selector"])) w.field("Selector", formatLabelSelector(spec["selector"]));
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    const owner = controllerOf(object);
    if (owner !== "") w.field("Controlled By", owner);
    writeSpec(w, object);
    writeProgress(w, object);
    writePodTemplate(w, spec["template"], kubectlMinor);
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function writeSpec(w: PrefixWriter, object: KubeObject): void {
  const spec = specOf(object);
  if (!isAbsent(spec["parallelism"])) w.field("Parallelism", integer(spec["parallelism"]));
  w.field("Completions", isAbsent(spec["completions"]) ? "<unset>" : integer(spec["completions"]));
  if (!isAbsent(spec["completionMode"])) w.field("Completion Mode", text(spec["completionMode"]));
  if (!isAbsent(spec["suspend"])) w.field("Suspend", spec["suspend"] === true);
  if (!isAbsent(spec["backoffLimit"])) w.field("Backoff Limit", integer(spec["backoffLimit"]));
  if (!isAbsent(spec["ttlSecondsAfterFinished"])) {
    w.field("TTL Seconds After Finished", integer(spec["ttlSecondsAfterFinished"]));
  }
}

function writeProgress(w: PrefixWriter, object: KubeObject): void {
  const status = statusOf(object);
  const [start, end] = [text(status["startTime"]), text(status["completionTime"])];
  if (start !== "") w.field("Start Time", longTime(start));
  if (end !== "") w.field("Completed At", longTime(end));
  if (start !== "" && end !== "") w.field("Duration", humanDuration(Date.parse(end) - Date.parse(start)));
  const deadline = specOf(object)["activeDeadlineSeconds"];
  if (!isAbsent(deadline)) w.field("Active Deadline Seconds", `${integer(deadline)}s`);
  const ready = isAbsent(status["ready"]) ? "" : ` (${integer(status["ready"])} Ready)`;
  const counts = `${statusCount(object, "active")} Active${ready} / ${statusCount(object, "succeeded")} Succeeded / ${statusCount(object, "failed")} Failed`;
  w.field("Pods Statuses", counts);
  if (fields(object["spec"])["completionMode"] === "Indexed") {
    w.field("Completed Indexes", cappedIndexes(text(at(object, "status", "completedIndexes"))));
  }
}

/** Long lists end at the last whole entry. */
function cappedIndexes(indexes: string): string {
  if (indexes === "") return "<none>";
  if (indexes.length <= MAX_INDEXES_LENGTH) return indexes;
  const cut = indexes.slice(0, MAX_INDEXES_LENGTH + 1);
  return `${cut.slice(0, cut.lastIndexOf(",") + 1)}...`;
}
