/** Ingress and IngressClass. */
import type { KubeObject } from "../../../kube/api/types.ts";
import {
  at,
  type Fields,
  fields,
  integer,
  isAbsent,
  isObject,
  objects,
  strings,
  text,
} from "../../../kube/kinds/fields.ts";
import { eventsQuery, specOf, statusOf, writeAnnotations, writeEvents, writeLabels } from "./format.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import { formatSlices, slicesQuery } from "./service.ts";
import type { Describer, RelatedObjects, RelatedQuery } from "./types.ts";

export const ingress: Describer = {
  group: "networking.k8s.io",
  kind: "Ingress",
  queries: (object) => [...backendQueries(object), eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    const defaultBackend = isObject(spec["defaultBackend"])
      ? describeBackend(spec["defaultBackend"], related)
      : "<default>";
    w.field("Name", object.metadata.name);
    writeLabels(w, "Labels", object.metadata.labels);
    w.field("Namespace", object.metadata.namespace ?? "");
    w.field("Address", addresses(object));
    w.field("Ingress Class", text(spec["ingressClassName"]) || "<none>");
    w.field("Default backend", defaultBackend);
    writeTls(w, objects(spec["tls"]));
    writeRules(w, objects(spec["rules"]), defaultBackend, related);
    writeAnnotations(w, object.metadata.annotations);
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function addresses(object: KubeObject): string {
  return objects(at(statusOf(object), "loadBalancer", "ingress"))
    .map((entry) => text(entry["ip"]) || text(entry["hostname"]))
    .join(",");
}

function backendsOf(object: KubeObject): readonly Fields[] {
  const spec = specOf(object);
  const paths = objects(spec["rules"]).flatMap((rule) => objects(at(rule, "http", "paths")));
  return [fields(spec["defaultBackend"]), ...paths.map((path) => fields(path["backend"]))];
}

/** Each Service that is named, and its slices. */
function backendQueries(object: KubeObject): readonly RelatedQuery[] {
  const namespace = object.metadata.namespace ?? "";
  const names = backendsOf(object).map((backend) => text(at(backend, "service", "name")));
  return [...new Set(names.filter((name) => name !== ""))].flatMap((name) => [
    { name: `service:${name}`, group: "", version: "v1", resource: "services", namespace, objectName: name },
    slicesQuery(`slices:${name}`, namespace, name),
  ]);
}

function describeBackend(backend: Fields, related: RelatedObjects): string {
  const { service, resource } = backend;
  if (isObject(service)) return describeServiceBackend(service, related);
  if (!isObject(resource)) return "";
  const group = isAbsent(resource["apiGroup"]) ? "<none>" : text(resource["apiGroup"]);
  return `APIGroup: ${group}, Kind: ${text(resource["kind"])}, Name: ${text(resource["name"])}`;
}

function describeServiceBackend(backend: Fields, related: RelatedObjects): string {
  const name = text(backend["name"]);
  const port = fields(backend["port"]);
  const portText = text(port["name"]) || String(integer(port["number"]));
  const found = related[`service:${name}`];
  if (found?.error !== undefined) return `${name}:${portText} (<error: ${found.error}>)`;
  const servicePort = objects(at(found?.items[0], "spec", "ports")).find((candidate) =>
    text(port["name"]) === "" ? candidate["port"] === port["number"] : candidate["name"] === port["name"],
  );
  const slices = related[`slices:${name}`]?.items ?? [];
  return `${name}:${portText} (${formatSlices(slices, text(fields(servicePort)["name"]))})`;
}

function writeTls(w: PrefixWriter, tls: readonly Fields[]): void {
  if (tls.length === 0) return;
  w.line(0, "TLS:");
  for (const entry of tls) {
    const secret = text(entry["secretName"]);
    const hosts = strings(entry["hosts"]).join(",");
    w.line(1, secret === "" ? `SNI routes ${hosts}` : `${secret} terminates ${hosts}`);
  }
}

function writeRules(w: PrefixWriter, rules: readonly Fields[], defaultBackend: string, related: RelatedObjects): void {
  w.write(0, "Rules:\n  Host\tPath\tBackends\n  ----\t----\t--------\n");
  const withPaths = rules.filter((rule) => isObject(rule["http"]));
  for (const rule of withPaths) {
    w.line(1, `${text(rule["host"]) || "*"}\t`);
    for (const path of objects(at(rule, "http", "paths"))) {
      w.row(1, "", `${text(path["path"])} `, describeBackend(fields(path["backend"]), related));
    }
  }
  if (withPaths.length === 0) w.row(1, "*", "*", defaultBackend);
}

export const ingressClass: Describer = {
  group: "networking.k8s.io",
  kind: "IngressClass",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    const spec = specOf(object);
    w.field("Name", object.metadata.name);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.field("Controller", text(spec["controller"]));
    const parameters = spec["parameters"];
    if (isObject(parameters)) {
      w.line(0, "Parameters:");
      if (!isAbsent(parameters["apiGroup"])) w.field("APIGroup", text(parameters["apiGroup"]), 1);
      w.field("Kind", text(parameters["kind"]), 1);
      w.field("Name", text(parameters["name"]), 1);
    }
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};
