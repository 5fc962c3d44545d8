import { fields, integer, isAbsent, objects, text } from "../../../kube/kinds/fields.ts";
import { humanDuration } from "../../../kube/kinds/human-duration.ts";
import { formatLabels } from "../../../kube/kinds/validation/selectors.ts";
import { type Subject, subjectOfRequest } from "./certificate-request.ts";
import { eventsQuery, longTime, specOf, statusOf, writeEvents } from "./format.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer } from "./types.ts";

export const certificateSigningRequest: Describer = {
  group: "certificates.k8s.io",
  kind: "CertificateSigningRequest",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    w.field("Name", object.metadata.name);
    w.field("Labels", formatLabels(object.metadata.labels));
    w.field("Annotations", formatLabels(object.metadata.annotations));
    w.field("CreationTimestamp", longTime(object.metadata.creationTimestamp));
    w.field("Requesting User", text(spec["username"]));
    if (text(spec["signerName"]) !== "") w.field("Signer", text(spec["signerName"]));
    if (!isAbsent(spec["expirationSeconds"])) {
      w.field("Requested Duration", humanDuration(integer(spec["expirationSeconds"]) * 1000));
    }
    w.field("Status", statusText(fields(statusOf(object))));
    const subject = subjectOfRequest(text(spec["request"]));
    if (subject !== undefined) writeSubject(w, subject);
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function statusText(status: Readonly<Record<string, unknown>>): string {
  const types = new Set(objects(status["conditions"]).map((condition) => text(condition["type"])));
  const decision = types.has("Denied") ? ["Denied"] : types.has("Approved") ? ["Approved"] : [];
  const failed = types.has("Failed") ? ["Failed"] : [];
  const issued = text(status["certificate"]) === "" ? [] : ["Issued"];
  return [...decision, ...failed, ...issued].join(",") || "Pending";
}

function writeSubject(w: PrefixWriter, subject: Subject): void {
  const lists = {
    Organization: subject.organization,
    "Organizational Unit": subject.organizationalUnit,
    Country: subject.country,
    Locality: subject.locality,
    Province: subject.province,
  };
  w.line(0, "Subject:");
  w.line(0, `\tCommon Name:\t${subject.commonName}`);
  w.line(0, `\tSerial Number:\t${subject.serialNumber}`);
  for (const [label, values] of Object.entries(lists)) {
    if (values.length > 0) w.line(0, `\t${label}:\t${values.join("\n\t\t")}`);
  }
}
