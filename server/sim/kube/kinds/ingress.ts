import type { KubeObject } from "../api/types.ts";
import { defineKind, statusSubresource } from "./define.ts";
import {
  at,
  draftAt,
  type Fields,
  fields,
  integer,
  isAbsent,
  isObject,
  list,
  objects,
  strings,
  text,
} from "./fields.ts";
import { parseAddress } from "./validation/cidrs.ts";
import { type FieldErrors, invalid, invalids, notSupported, required } from "./validation/errors.ts";
import {
  checkServiceName,
  isDns1123Subdomain,
  isPortName,
  isPortNumber,
  isWildcardDns1123Subdomain,
} from "./validation/names.ts";

const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

export const ingress = defineKind({
  group: "networking.k8s.io",
  kind: "Ingress",
  plural: "ingresses",
  shortNames: ["ing"],
  hasGeneration: true,
  subresources: {
    status: statusSubresource("Ingress"),
  },
  cells: {
    Class: (object) => text(at(object, "spec", "ingressClassName")) || annotatedClass(object) || "<none>",
    Hosts: hostsCell,
    Address: (object) =>
      objects(at(object, "status", "loadBalancer", "ingress"))
        .map((entry) => text(entry["ip"]) || text(entry["hostname"]))
        .filter((address) => address !== "")
        .join(","),
    Ports: (object) => (list(at(object, "spec", "tls")).length > 0 ? "80, 443" : "80"),
  },
  applyDefaults(draft) {
    draftAt(draft, "spec");
    draftAt(draftAt(draft, "status"), "loadBalancer");
  },
  initialStatus: () => ({ loadBalancer: {} }),

  validateSpec(object, context) {
    const spec = fields(object["spec"]);
    const rules = objects(spec["rules"]);
    const backend = spec["defaultBackend"];
    return [
      ...(rules.length === 0 && isAbsent(backend)
        ? [invalid("spec", spec["rules"] ?? null, "either `defaultBackend` or `rules` must be specified")]
        : []),
      ...(isObject(backend) ? validateBackend(backend, "spec.defaultBackend", context.profile) : []),
      ...rules.flatMap((rule, index) => validateRule(rule, `spec.rules[${index}]`, context.profile)),
      ...objects(spec["tls"]).flatMap((tls, index) =>
        strings(tls["hosts"]).flatMap((host, at) => validateHost(host, `spec.tls[${index}].hosts[${at}]`)),
      ),
    ];
  },

  warnings(object, old) {
    return annotatedClass(object) !== "" && (old === undefined || annotatedClass(old) === "")
      ? [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`]
      : [];
  },
});

function annotatedClass(object: KubeObject): string {
  return object.metadata.annotations?.[CLASS_ANNOTATION] ?? "";
}

function hostsCell(object: KubeObject): string {
  const hosts = objects(at(object, "spec", "rules"))
    .map((rule) => text(rule["host"]))
    .filter((host) => host !== "");
  if (hosts.length === 0) return "*";
  const shown = hosts.slice(0, 3).join(",");
  return hosts.length > 3 ? `${shown} + ${hosts.length - 3} more...` : shown;
}

function validateRule(rule: Fields, path: string, profile: string): FieldErrors {
  const host = text(rule["host"]);
  const http = rule["http"];
  return [
    ...(host === "" ? [] : validateHost(host, `${path}.host`)),
    ...(isObject(http) ? validatePaths(objects(http["paths"]), `${path}.http.paths`, profile) : []),
  ];
}

function validateHost(host: string, path: string): FieldErrors {
  if (parseAddress(host) !== undefined) return [invalid(path, host, "must be a DNS name, not an IP address")];
  const check = host.includes("*") ? isWildcardDns1123Subdomain : isDns1123Subdomain;
  return invalids(path, host, check(host));
}

function validatePaths(paths: readonly Fields[], path: string, profile: string): FieldErrors {
  if (paths.length === 0) return [required(path)];
  return paths.flatMap((entry, index) => [
    ...validatePath(entry, `${path}[${index}]`),
    ...validateBackend(fields(entry["backend"]), `${path}[${index}].backend`, profile),
  ]);
}

function validatePath(entry: Fields, path: string): FieldErrors {
  const type = text(entry["pathType"]);
  const value = text(entry["path"]);
  if (type === "") return [required(`${path}.pathType`, "pathType must be specified")];
  switch (type) {
    case "Exact":
    case "Prefix":
      return value.startsWith("/")
        ? validateSegments(value, `${path}.path`)
        : [invalid(`${path}.path`, value, "must be an absolute path")];
    case "ImplementationSpecific":
      return value === "" || value.startsWith("/") ? [] : [invalid(`${path}.path`, value, "must be an absolute path")];
    default:
      return [notSupported(`${path}.pathType`, type, PATH_TYPES)];
  }
}

function validateSegments(value: string, path: string): FieldErrors {
  return ["//", "/./", "/../", "%2f", "%2F"]
    .filter((part) => value.includes(part))
    .map((part) => invalid(path, value, `must not contain '${part}'`));
}

function validateBackend(backend: Fields, path: string, profile: string): FieldErrors {
  const { service, resource } = backend;
  if (isObject(resource) && isObject(service)) {
    return [invalid(path, "", "cannot set both resource and service backends")];
  }
  if (isObject(resource)) return [];
  const name = text(at(service, "name"));
  const port = fields(at(service, "port"));
  return [
    ...(name === ""
      ? [required(`${path}.service.name`)]
      : invalids(`${path}.service.name`, name, checkServiceName(name, profile))),
    ...validateBackendPort(text(port["name"]), integer(port["number"]), `${path}.service.port`),
  ];
}

function validateBackendPort(name: string, number: number, path: string): FieldErrors {
  if (name !== "" && number !== 0) return [invalid(path, "", "cannot set both port name & port number")];
  if (name !== "") return invalids(`${path}.name`, name, isPortName(name));
  if (number !== 0) return invalids(`${path}.number`, number, isPortNumber(number));
  return [required(path, "port name or number is required")];
}
