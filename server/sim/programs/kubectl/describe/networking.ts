/** IPAddress and ServiceCIDR. */
import { at, isObject, objects, strings, text } from "../../../kube/kinds/fields.ts";
import { eventsQuery, longTime, specOf, statusOf, writeAnnotations, writeEvents, writeLabels } from "./format.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer } from "./types.ts";

export const ipAddress: Describer = {
  group: "networking.k8s.io",
  kind: "IPAddress",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const parent = specOf(object)["parentRef"];
    w.field("Name", object.metadata.name);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    if (isObject(parent)) {
      w.line(0, "Parent Reference:");
      for (const field of ["Group", "Resource", "Namespace", "Name"]) {
        w.field(field, text(at(parent, field.toLowerCase())), 1);
      }
    }
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

export const serviceCidr: Describer = {
  group: "networking.k8s.io",
  kind: "ServiceCIDR",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const conditions = objects(statusOf(object)["conditions"]);
    w.field("Name", object.metadata.name);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.field("CIDRs", strings(specOf(object)["cidrs"]).join(", "));
    if (conditions.length > 0) {
      w.line(0, "Status:");
      w.line(0, "Conditions:");
      w.row(1, "Type", "Status", "LastTransitionTime", "Reason", "Message");
      w.row(1, "----", "------", "------------------", "------", "-------");
    }
    for (const condition of conditions) {
      const time = longTime(condition["lastTransitionTime"]);
      w.row(
        1,
        text(condition["type"]),
        text(condition["status"]),
        time,
        text(condition["reason"]),
        text(condition["message"]),
      );
    }
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};
