import { atMostThree } from "./cells.ts";
import { defineKind } from "./define.ts";
import { draftList, type Fields, fill, fillEmpty, isAbsent, list, objects, strings, text } from "./fields.ts";
import { validateAddress } from "./validation/cidrs.ts";
import {
  duplicate,
  type FieldErrors,
  invalid,
  invalids,
  notSupported,
  required,
  tooMany,
} from "./validation/errors.ts";
import { validateImmutable } from "./validation/metadata.ts";
import { isDns1123Label, isDns1123Subdomain } from "./validation/names.ts";

const ADDRESS_TYPES = ["IPv4", "IPv6", "FQDN"];
const MAX_ENDPOINTS = 1000;
const MAX_PORTS = 20000;

export const endpointSlice = defineKind({
  group: "discovery.k8s.io",
  kind: "EndpointSlice",
  plural: "endpointslices",
  hasGeneration: true,
  cells: {
    AddressType: (object) => text(object["addressType"]),
    Ports: (object) => formatSlicePorts(objects(object["ports"])),
    Endpoints: (object) =>
      atMostThree(
        objects(object["endpoints"]).flatMap((endpoint) => strings(endpoint["addresses"])),
        "<unset>",
      ),
  },

  applyDefaults(draft) {
    for (const port of draftList(draft, "ports")) {
      fill(port, "name", "");
      fillEmpty(port, "protocol", "TCP");
    }
  },

  validateSpec(object, context) {
    const addressType = text(object["addressType"]);
    return [
      ...validateAddressType(addressType),
      ...validateEndpoints(objects(object["endpoints"]), addressType, context.profile),
      ...validatePorts(objects(object["ports"])),
    ];
  },
  validateChange: (object, old) => validateImmutable(object["addressType"], old["addressType"], "addressType"),
});

/** `80,443`; a port without number shows its name. */
export function formatSlicePorts(ports: readonly Fields[]): string {
  const entries = ports.map((port) => (isAbsent(port["port"]) ? text(port["name"]) || "*" : String(port["port"])));
  return atMostThree(entries, "<unset>");
}

function validateAddressType(addressType: string): FieldErrors {
  if (addressType === "") return [required("addressType")];
  return ADDRESS_TYPES.includes(addressType)
    ? []
    : [notSupported("addressType", addressType, [...ADDRESS_TYPES].sort())];
}

function validateEndpoints(endpoints: readonly Fields[], addressType: string, profile: string): FieldErrors {
  if (endpoints.length > MAX_ENDPOINTS) return [tooMany("endpoints", endpoints.length, MAX_ENDPOINTS)];
  return endpoints.flatMap((endpoint, index) => {
    const path = `endpoints[${index}].addresses`;
    const addresses = strings(endpoint["addresses"]);
    if (addresses.length === 0) return [required(path, "must contain at least 1 address")];
    return addresses.flatMap((address, at) =>
      addressType === "FQDN"
        ? invalids(`${path}[${at}]`, address, isDns1123Subdomain(address))
        : validateSliceAddress(address, addressType, `${path}[${at}]`, profile),
    );
  });
}

function validateSliceAddress(address: string, addressType: string, path: string, profile: string): FieldErrors {
  const errors = validateAddress(address, path, profile);
  if (errors.length > 0) return errors;
  const isRight = address.includes(":") === (addressType === "IPv6");
  return isRight ? [] : [invalid(path, address, `must be an ${addressType} address`)];
}

function validatePorts(ports: readonly Fields[]): FieldErrors {
  if (ports.length > MAX_PORTS) return [tooMany("ports", ports.length, MAX_PORTS)];
  const names = ports.map((port) => text(port["name"]));
  return ports.flatMap((port, index) => {
    const name = names[index] ?? "";
    const protocol = text(port["protocol"]);
    const protocols = ["SCTP", "TCP", "UDP"];
    return [
      ...(name === "" ? [] : invalids(`ports[${index}].name`, name, isDns1123Label(name))),
      ...(names.indexOf(name) < index ? [duplicate("ports", name)] : []),
      ...(protocols.includes(protocol) ? [] : [notSupported(`ports[${index}].protocol`, protocol, protocols)]),
    ];
  });
}

/** Endpoints that take connections: `ready` is true unless it is said to be false. */
export function isReadyEndpoint(endpoint: Fields): boolean {
  const conditions = endpoint["conditions"] as Fields | undefined;
  return conditions?.["ready"] !== false && list(endpoint["addresses"]).length > 0;
}
