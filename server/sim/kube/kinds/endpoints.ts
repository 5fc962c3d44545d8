import { atMostThree } from "./cells.ts";
import { defineKind } from "./define.ts";
import { draftList, type Fields, fillEmpty, integer, list, objects, text } from "./fields.ts";
import { validateAddress } from "./validation/cidrs.ts";
import { validateProtocol } from "./validation/containers.ts";
import { type FieldErrors, invalids, required } from "./validation/errors.ts";
import { isDns1123Label, isPortNumber } from "./validation/names.ts";

export const endpoints = defineKind({
  kind: "Endpoints",
  plural: "endpoints",
  singular: "endpoints",
  shortNames: ["ep"],
  deprecation: {
    sinceMinor: 33,
    message: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  },
  cells: {
    Endpoints: (object) => formatEndpoints(objects(object["subsets"])),
  },

  applyDefaults(draft) {
    for (const subset of draftList(draft, "subsets")) {
      for (const port of draftList(subset, "ports")) fillEmpty(port, "protocol", "TCP");
    }
  },

  validateSpec: (object, context) =>
    objects(object["subsets"]).flatMap((subset, index) => validateSubset(subset, `subsets[${index}]`, context.profile)),
});

/** `10.244.1.5:80,10.244.2.7:80`: every port with every ready address, at most three. */
export function formatEndpoints(subsets: readonly Fields[]): string {
  if (subsets.length === 0) return "<none>";
  const entries = subsets.flatMap((subset) => {
    const addresses = objects(subset["addresses"]).map((address) => text(address["ip"]));
    const ports = objects(subset["ports"]);
    if (ports.length === 0) return addresses;
    return ports.flatMap((port) => addresses.map((address) => joinHostPort(address, integer(port["port"]))));
  });
  return atMostThree(entries, "");
}

/** IPv6 addresses stand in brackets. */
export function joinHostPort(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function validateSubset(subset: Fields, path: string, profile: string): FieldErrors {
  const kinds = ["addresses", "notReadyAddresses"];
  const ports = objects(subset["ports"]);
  return [
    ...(kinds.every((kind) => list(subset[kind]).length === 0)
      ? [required(path, "must specify `addresses` or `notReadyAddresses`")]
      : []),
    ...kinds.flatMap((kind) =>
      objects(subset[kind]).flatMap((address, index) =>
        validateAddress(text(address["ip"]), `${path}.${kind}[${index}].ip`, profile),
      ),
    ),
    ...ports.flatMap((port, index) => validatePort(port, ports.length > 1, `${path}.ports[${index}]`)),
  ];
}

function validatePort(port: Fields, needsName: boolean, path: string): FieldErrors {
  const name = text(port["name"]);
  const number = integer(port["port"]);
  return [
    ...(name === "" && needsName ? [required(`${path}.name`)] : []),
    ...(name === "" ? [] : invalids(`${path}.name`, name, isDns1123Label(name))),
    ...invalids(`${path}.port`, number, isPortNumber(number)),
    ...validateProtocol(text(port["protocol"]), `${path}.protocol`),
  ];
}
