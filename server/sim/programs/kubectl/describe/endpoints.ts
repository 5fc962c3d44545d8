/** Endpoints and EndpointSlices. */
import { at, type Fields, integer, isAbsent, isObject, objects, strings, text } from "../../../kube/kinds/fields.ts";
import { eventsQuery, orNone, writeAnnotations, writeEvents, writeLabels, writeName } from "./format.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer } from "./types.ts";

export const endpoints: Describer = {
  group: "",
  kind: "Endpoints",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    writeName(w, object);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.line(0, "Subsets:");
    for (const subset of objects(object["subsets"])) writeSubset(w, subset);
    w.line(0, "");
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function writeSubset(w: PrefixWriter, subset: Fields): void {
  const addresses = (field: string) =>
    orNone(
      objects(subset[field])
        .map((address) => text(address["ip"]))
        .join(","),
    );
  w.field("Addresses", addresses("addresses"), 1);
  w.field("NotReadyAddresses", addresses("notReadyAddresses"), 1);
  const ports = objects(subset["ports"]);
  if (ports.length === 0) return;
  w.line(1, "Ports:");
  w.row(2, "Name", "Port", "Protocol");
  w.row(2, "----", "----", "--------");
  for (const port of ports) {
    w.row(2, text(port["name"]) || "<unset>", integer(port["port"]), text(port["protocol"]));
  }
}

export const endpointSlice: Describer = {
  group: "discovery.k8s.io",
  kind: "EndpointSlice",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    writeName(w, object);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.field("AddressType", text(object["addressType"]));
    writePorts(w, objects(object["ports"]));
    const list = objects(object["endpoints"]);
    if (list.length === 0) w.line(0, "Endpoints: <none>");
    else w.line(0, "Endpoints:");
    for (const endpoint of list) writeEndpoint(w, endpoint);
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function writePorts(w: PrefixWriter, ports: readonly Fields[]): void {
  if (ports.length === 0) {
    w.line(0, "Ports: <unset>");
    return;
  }
  w.line(0, "Ports:");
  w.row(1, "Name", "Port", "Protocol");
  w.row(1, "----", "----", "--------");
  for (const port of ports) {
    const number = isAbsent(port["port"]) ? "<unset>" : integer(port["port"]);
    w.row(1, text(port["name"]) || "<unset>", number, text(port["protocol"]));
  }
}

function writeEndpoint(w: PrefixWriter, endpoint: Fields): void {
  const ready = at(endpoint, "conditions", "ready");
  w.field("- Addresses", strings(endpoint["addresses"]).join(", "), 1);
  w.line(2, "Conditions:");
  w.field("Ready", isAbsent(ready) ? "<unset>" : ready === true, 3);
  w.field("Hostname", text(endpoint["hostname"]) || "<unset>", 2);
  const target = endpoint["targetRef"];
  if (isObject(target)) w.field("TargetRef", `${text(target["kind"])}/${text(target["name"])}`, 2);
  w.field("NodeName", text(endpoint["nodeName"]) || "<unset>", 2);
  w.field("Zone", text(endpoint["zone"]) || "<unset>", 2);
}
