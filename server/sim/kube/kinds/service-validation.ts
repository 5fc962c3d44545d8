/** `ValidateService` and `ValidateServiceUpdate` of core's validation, in their order. */
import type { KubeObject } from "../api/types.ts";
import { at, equalJson, type Fields, fields, integer, isAbsent, isObject, objects, strings, text } from "./fields.ts";
import { internalServicePort } from "./internal-form.ts";
import { validateAddress, validateCidr } from "./validation/cidrs.ts";
import { validateProtocol } from "./validation/containers.ts";
import {
  duplicate,
  type FieldErrors,
  forbidden,
  invalid,
  invalids,
  notSupported,
  required,
} from "./validation/errors.ts";
import { validateLabels } from "./validation/metadata.ts";
import { isDns1123Label, isDns1123Subdomain, isPortNumber, isQualifiedName } from "./validation/names.ts";
import { validatePort } from "./validation/ports.ts";

const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const AFFINITIES = ["ClientIP", "None"];
const KUBELET_PORT = 10250;
const MAX_AFFINITY_SECONDS = 86400;

export function isHeadless(spec: Fields): boolean {
  return strings(spec["clusterIPs"])[0] === "None";
}

export function validateService(spec: Fields, profile: string): FieldErrors {
  const ports = objects(spec["ports"]);
  const type = text(spec["type"]);
  return [
    ...(ports.length === 0 && !isHeadless(spec) && type !== "ExternalName" ? [required("spec.ports")] : []),
    ...validateType(spec, type, ports),
    ...validatePorts(ports),
    ...validateLabels(spec["selector"], "spec.selector"),
    ...validateAffinity(spec),
    ...validateFamilies(spec),
    ...validateClusterAddresses(strings(spec["clusterIPs"]), profile),
    ...strings(spec["externalIPs"]).flatMap((address, index) =>
      validateAddress(address, `spec.externalIPs[${index}]`, profile),
    ),
    ...(TYPES.includes(type) ? [] : [notSupported("spec.type", type, TYPES)]),
    ...validateNodePorts(ports, type),
    ...validateDuplicatePorts(ports),
    ...validateSourceRanges(spec, type, profile),
    ...validateTrafficPolicies(spec, type),
  ];
}

function validateType(spec: Fields, type: string, ports: readonly Fields[]): FieldErrors {
  switch (type) {
    case "LoadBalancer":
      return [
        ...ports.flatMap((port, index) =>
          port["port"] === KUBELET_PORT
            ? [
                invalid(
                  `spec.ports[${index}]`,
                  KUBELET_PORT,
                  "may not expose port 10250 externally since it is used by kubelet",
                ),
              ]
            : [],
        ),
        ...forbidHeadless(spec, type),
      ];
    case "NodePort":
      return forbidHeadless(spec, type);
    case "ExternalName":
      return validateExternalName(spec);
    default:
      return [];
  }
}

function forbidHeadless(spec: Fields, type: string): FieldErrors {
  return isHeadless(spec)
    ? [invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`)]
    : [];
}

function validateExternalName(spec: Fields): FieldErrors {
  const name = text(spec["externalName"]).replace(/\.$/, "");
  const detail = "may not be set for ExternalName services";
  return [
    ...(strings(spec["clusterIPs"]).length > 0 ? [forbidden("spec.clusterIPs", detail)] : []),
    ...(strings(spec["ipFamilies"]).length > 0 ? [forbidden("spec.ipFamilies", detail)] : []),
    ...(text(spec["ipFamilyPolicy"]) === "" ? [] : [forbidden("spec.ipFamilyPolicy", detail)]),
    ...(name === "" ? [required("spec.externalName")] : invalids("spec.externalName", name, isDns1123Subdomain(name))),
  ];
}

function validatePorts(ports: readonly Fields[]): FieldErrors {
  const seen = new Set<string>();
  return ports.flatMap((port, index) => {
    const path = `spec.ports[${index}]`;
    const number = integer(port["port"]);
    const appProtocol = text(port["appProtocol"]);
    return [
      ...validatePortName(text(port["name"]), ports.length > 1, seen, `${path}.name`),
      ...invalids(`${path}.port`, number, isPortNumber(number)),
      ...validateProtocol(text(port["protocol"]), `${path}.protocol`),
      ...validatePort(port["targetPort"], `${path}.targetPort`),
      ...(appProtocol === "" ? [] : invalids(`${path}.appProtocol`, appProtocol, isQualifiedName(appProtocol))),
    ];
  });
}

function validatePortName(name: string, isRequired: boolean, seen: Set<string>, path: string): FieldErrors {
  if (name === "") return isRequired ? [required(path)] : [];
  const errors = invalids(path, name, isDns1123Label(name));
  if (seen.has(name)) return [...errors, duplicate(path, name)];
  seen.add(name);
  return errors;
}

function validateAffinity(spec: Fields): FieldErrors {
  const affinity = text(spec["sessionAffinity"]);
  const config = spec["sessionAffinityConfig"];
  if (!AFFINITIES.includes(affinity)) return [notSupported("spec.sessionAffinity", affinity, AFFINITIES)];
  if (affinity === "None") {
    return isObject(config)
      ? [forbidden("spec.sessionAffinityConfig", "must not be set when session affinity is None")]
      : [];
  }
  const seconds = integer(at(config, "clientIP", "timeoutSeconds"));
  if (seconds > 0 && seconds <= MAX_AFFINITY_SECONDS) return [];
  const detail = `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`;
  return [invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", seconds, detail)];
}

function validateFamilies(spec: Fields): FieldErrors {
  const families = strings(spec["ipFamilies"]);
  const policy = text(spec["ipFamilyPolicy"]);
  const policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
  return [
    ...families.flatMap((family, index) => {
      const path = `spec.ipFamilies[${index}]`;
      if (family !== "IPv4" && family !== "IPv6") return [notSupported(path, family, ["IPv4", "IPv6"])];
      return families.indexOf(family) < index ? [duplicate(path, family)] : [];
    }),
    ...(policy === "" || policies.includes(policy) ? [] : [notSupported("spec.ipFamilyPolicy", policy, policies)]),
    ...(policy === "SingleStack" && families.length === 2
      ? [
          invalid(
            "spec.ipFamilyPolicy",
            policy,
            "must be RequireDualStack or PreferDualStack when multiple 'ipFamilies' are specified",
          ),
        ]
      : []),
  ];
}

function validateClusterAddresses(addresses: readonly string[], profile: string): FieldErrors {
  if (addresses.length > 2) return [{ ...invalid("spec.clusterIPs", addresses, "may only hold up to 2 values") }];
  return addresses.flatMap((address, index) => {
    const path = `spec.clusterIPs[${index}]`;
    if (address === "None") {
      if (index > 0) return [invalid(path, address, "'None' must be the first and only value")];
      return addresses.length > 1
        ? [invalid("spec.clusterIPs", addresses, "'None' must be the first and only value")]
        : [];
    }
    return validateAddress(address, path, profile);
  });
}

function validateNodePorts(ports: readonly Fields[], type: string): FieldErrors {
  const taken = new Set<string>();
  return ports.flatMap((port, index) => {
    const nodePort = integer(port["nodePort"]);
    const path = `spec.ports[${index}].nodePort`;
    if (nodePort === 0) return [];
    if (type === "ClusterIP") return [forbidden(path, "may not be used when `type` is 'ClusterIP'")];
    const key = `${text(port["protocol"])}/${nodePort}`;
    if (taken.has(key)) return [duplicate(path, nodePort)];
    taken.add(key);
    return [];
  });
}

function validateDuplicatePorts(ports: readonly Fields[]): FieldErrors {
  const keys = ports.map((port) => `${text(port["protocol"])}/${integer(port["port"])}`);
  return ports.flatMap((port, index) => {
    if (keys.indexOf(keys[index] ?? "") === index) return [];
    const key = { protocol: port["protocol"], port: port["port"] };
    return [duplicate(`spec.ports[${index}]`, internalServicePort(key))];
  });
}

function validateSourceRanges(spec: Fields, type: string, profile: string): FieldErrors {
  const ranges = strings(spec["loadBalancerSourceRanges"]);
  if (ranges.length === 0) return [];
  if (type !== "LoadBalancer") {
    return [forbidden("spec.LoadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'")];
  }
  return ranges.flatMap((range, index) =>
    validateCidr(range.trim(), `spec.LoadBalancerSourceRanges[${index}]`, profile),
  );
}

function validateTrafficPolicies(spec: Fields, type: string): FieldErrors {
  const isExternal = type === "NodePort" || type === "LoadBalancer" || strings(spec["externalIPs"]).length > 0;
  const external = text(spec["externalTrafficPolicy"]);
  const internal = text(spec["internalTrafficPolicy"]);
  const choices = ["Cluster", "Local"];
  const path = "spec.externalTrafficPolicy";
  return [
    ...(external !== "" && !isExternal
      ? [invalid(path, external, "may only be set for externally-accessible services")]
      : []),
    ...(external !== "" && isExternal && !choices.includes(external) ? [notSupported(path, external, choices)] : []),
    ...(internal === "" || choices.includes(internal)
      ? []
      : [notSupported("spec.internalTrafficPolicy", internal, choices)]),
  ];
}

/** A cluster IP stays what it is as long as the Service has one. */
export function validateServiceChange(object: KubeObject, old: KubeObject): FieldErrors {
  const spec = fields(object["spec"]);
  const before = fields(old["spec"]);
  if (spec["type"] === "ExternalName" || before["type"] === "ExternalName") return [];
  const addresses = strings(spec["clusterIPs"]);
  const [first] = strings(before["clusterIPs"]);
  if (first === undefined || isAbsent(first)) return [];
  if (addresses.length === 0) return [invalid("spec.clusterIPs[0]", null, "primary clusterIP can not be unset")];
  return equalJson(addresses[0], first) ? [] : [invalid("spec.clusterIPs[0]", addresses, "may not change once set")];
}
