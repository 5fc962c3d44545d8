import { at } from "../../../kube/kinds/fields.ts";
import { formatLabelSelector, formatLabels } from "../../../kube/kinds/validation/selectors.ts";
import { eventsQuery, specOf, writeAnnotations, writeEvents, writeLabels, writeName } from "./format.ts";
import { podsQuery, podsStatus, statusCount, writePodTemplate } from "./pod-template.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer } from "./types.ts";

/** These lines have no tab: they are not aligned. */
const COUNTS = [
  ["Desired Number of Nodes Scheduled", "desiredNumberScheduled"],
  ["Current Number of Nodes Scheduled", "currentNumberScheduled"],
  ["Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"],
  ["Number of Nodes Scheduled with Available Pods", "numberAvailable"],
  ["Number of Nodes Misscheduled", "numberMisscheduled"],
] as const;

export const daemonSet: Describer = {
  group: "apps",
  kind: "DaemonSet",
  queries: (object) => [podsQuery(object), eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    writeName(w, object);
    w.field("Selector", formatLabelSelector(spec["selector"]));
    w.field("Node-Selector", formatLabels(at(spec, "template", "spec", "nodeSelector")));
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    for (const [label, field] of COUNTS) w.line(0, `${label}: ${statusCount(object, field)}`);
    w.field("Pods Status", podsStatus(object, spec["selector"], related["pods"]));
    writePodTemplate(w, spec["template"], kubectlMinor);
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};
