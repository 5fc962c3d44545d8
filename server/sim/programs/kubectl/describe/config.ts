/** ConfigMap, Secret and ServiceAccount. */
import { at, objects, stringMap, text } from "../../../kube/kinds/fields.ts";
import {
  eventsQuery,
  sortedEntries,
  writeAnnotations,
  writeEvents,
  writeLabels,
  writeMultiline,
  writeName,
} from "./format.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer } from "./types.ts";

export const configMap: Describer = {
  group: "",
  kind: "ConfigMap",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    writeName(w, object);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.write(0, "\nData\n====\n");
    for (const [key, value] of sortedEntries(stringMap(object["data"]))) w.write(0, `${key}:\n----\n${value}\n\n`);
    w.write(0, "\nBinaryData\n====\n");
    for (const [key, value] of sortedEntries(stringMap(object["binaryData"]))) {
      w.line(0, `${key}: ${decodedLength(value)} bytes`);
    }
    w.line(0, "");
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

export const secret: Describer = {
  group: "",
  kind: "Secret",
  queries: () => [],
  describe(object) {
    const w = new PrefixWriter();
    const type = text(object["type"]);
    writeName(w, object);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.write(0, `\nType:\t${type}\n\nData\n====\n`);
    for (const [key, value] of sortedEntries(stringMap(object["data"]))) {
      // A token is shown: it is what one describes such a Secret for.
      const isToken = key === "token" && type === "kubernetes.io/service-account-token";
      w.field(key, isToken ? atob(value) : `${decodedLength(value)} bytes`);
    }
    return w.toString();
  },
};

export const serviceAccount: Describer = {
  group: "",
  kind: "ServiceAccount",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const names = (field: string) => objects(object[field]).map((reference) => text(at(reference, "name")));
    writeName(w, object);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    writeMultiline(w, "Image pull secrets", names("imagePullSecrets"));
    if (names("secrets").length > 0) writeMultiline(w, "Mountable secrets", names("secrets"));
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

/** Bytes behind base64 text. */
function decodedLength(base64: string): number {
  return Math.floor((base64.replace(/=+$/, "").length * 3) / 4);
}
