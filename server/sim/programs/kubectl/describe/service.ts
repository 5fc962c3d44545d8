import type { KubeObject } from "../../../kube/api/types.ts";
import { joinHostPort } from "../../../kube/kinds/endpoints.ts";
import { isReadyEndpoint } from "../../../kube/kinds/endpoint-slice.ts";
import { type Fields, at, integer, isAbsent, objects, strings, text } from "../../../kube/kinds/fields.ts";
import { formatLabels } from "../../../kube/kinds/validation/selectors.ts";
import { eventsQuery, specOf, statusOf, writeAnnotations, writeEvents, writeLabels, writeName } from "./format.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import { CURRENT_MINOR, type Describer, type RelatedQuery, SINCE_MINOR } from "./types.ts";

export const service: Describer = {
  group: "",
  kind: "Service",
  queries: (object) => [
    slicesQuery("endpointSlices", object.metadata.namespace ?? "", object.metadata.name),
    eventsQuery(object),
  ],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    writeName(w, object);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.field("Selector", formatLabels(spec["selector"]));
    w.field("Type", text(spec["type"]));
    writeAddresses(w, object);
    for (const port of objects(spec["ports"])) writePort(w, port, related["endpointSlices"]?.items ?? []);
    w.field("Session Affinity", text(spec["sessionAffinity"]));
    if (text(spec["externalTrafficPolicy"]) !== "") {
      w.field("External Traffic Policy", text(spec["externalTrafficPolicy"]));
    }
    if (text(spec["internalTrafficPolicy"]) !== "" && (kubectlMinor ?? CURRENT_MINOR) >= SINCE_MINOR.trafficPolicies) {
      w.field("Internal Traffic Policy", text(spec["internalTrafficPolicy"]));
    }
    if (integer(spec["healthCheckNodePort"]) !== 0)
      w.field("HealthCheck NodePort", integer(spec["healthCheckNodePort"]));
    const ranges = strings(spec["loadBalancerSourceRanges"]);
    if (ranges.length > 0) w.field("LoadBalancer Source Ranges", ranges.join(","));
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

export function slicesQuery(name: string, namespace: string, service: string): RelatedQuery {
  return {
    name,
    group: "discovery.k8s.io",
    version: "v1",
    resource: "endpointslices",
    namespace,
    labelSelector: `kubernetes.io/service-name=${service}`,
  };
}

function writeAddresses(w: PrefixWriter, object: KubeObject): void {
  const spec = specOf(object);
  if (text(spec["ipFamilyPolicy"]) !== "") w.field("IP Family Policy", text(spec["ipFamilyPolicy"]));
  w.field("IP Families", strings(spec["ipFamilies"]).join(",") || "<none>");
  w.field("IP", text(spec["clusterIP"]));
  w.field("IPs", strings(spec["clusterIPs"]).join(",") || "<none>");
  const external = strings(spec["externalIPs"]);
  if (external.length > 0) w.field("External IPs", external.join(","));
  if (text(spec["loadBalancerIP"]) !== "") w.field("Desired LoadBalancer IP", text(spec["loadBalancerIP"]));
  if (text(spec["externalName"]) !== "") w.field("External Name", text(spec["externalName"]));
  const ingress = objects(at(statusOf(object), "loadBalancer", "ingress"));
  if (ingress.length > 0) w.field("LoadBalancer Ingress", ingress.map(ingressAddress).join(", "));
}

function ingressAddress(entry: Fields): string {
  const address = text(entry["ip"]) || text(entry["hostname"]);
  return text(entry["ipMode"]) === "" ? address : `${address} (${text(entry["ipMode"])})`;
}

function writePort(w: PrefixWriter, port: Fields, slices: readonly KubeObject[]): void {
  const name = text(port["name"]) || "<unset>";
  const protocol = text(port["protocol"]);
  w.row(0, "Port:", name, `${integer(port["port"])}/${protocol}`);
  w.field("TargetPort", `${String(port["targetPort"])}/${protocol}`);
  if (!isAbsent(port["nodePort"]) && port["nodePort"] !== 0) {
    w.row(0, "NodePort:", name, `${integer(port["nodePort"])}/${protocol}`);
  }
  w.field("Endpoints", formatSlices(slices, text(port["name"])));
}

/** Ready addresses behind a port of a Service, at most three; `<none>` without any slice. */
export function formatSlices(slices: readonly KubeObject[], portName: string): string {
  if (slices.length === 0) return "<none>";
  const entries = slices.flatMap((slice) =>
    objects(slice["ports"])
      .filter((port) => text(port["name"]) === portName && !isAbsent(port["port"]))
      .flatMap((port) =>
        objects(slice["endpoints"])
          .filter(isReadyEndpoint)
          .map((endpoint) => joinHostPort(strings(endpoint["addresses"])[0] ?? "", integer(port["port"]))),
      ),
  );
  const shown = entries.slice(0, 3).join(",");
  return entries.length > 3 ? `${shown} + ${entries.length - 3} more...` : shown;
}
