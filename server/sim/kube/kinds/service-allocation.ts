/**
 * Cluster IPs and node ports: kept from the stored Service, taken from the free ones, and refused
 * when somebody else has them. Follows the Service REST storage and its allocators.
 */
import type { KubeObject } from "../api/types.ts";
import {
  cloneJson,
  draftAt,
  draftList,
  equalJson,
  type Fields,
  fields,
  integer,
  isAbsent,
  list,
  objects,
  strings,
  text,
} from "./fields.ts";
import { isHeadless } from "./service-validation.ts";
import type { Draft, KindContext } from "./types.ts";
import { contains, formatAddress, type ParsedCidr, parseAddress, parseCidr } from "./validation/cidrs.ts";
import { type FieldErrors, invalid } from "./validation/errors.ts";

const NODE_PORTS = { first: 30000, last: 32767 } as const;
/** The lower part of both ranges is left to those who ask for a certain address or port. */
const STATIC_NODE_PORTS = 86;
const MAX_STATIC_ADDRESSES = 256;
/** Draws before the free ones are searched one by one. */
const MAX_DRAWS = 64;

function needsClusterIp(spec: Fields): boolean {
  return ["ClusterIP", "NodePort", "LoadBalancer"].includes(text(spec["type"]));
}

function needsNodePorts(spec: Fields): boolean {
  if (spec["type"] === "NodePort") return true;
  return spec["type"] === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] !== false;
}

/** What an update leaves out is carried over; what the new type has no use for is dropped. In place. */
export function keepAllocated(spec: Draft, before: Fields): void {
  if (needsClusterIp(before) && needsClusterIp(spec)) keepAddress(spec, before);
  if (needsNodePorts(before) && needsNodePorts(spec)) keepNodePorts(spec, before);
  if (needsClusterIp(before) && !needsClusterIp(spec)) {
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"]) {
      dropUnchanged(spec, before, field);
    }
  }
  if (!needsNodePorts(spec) && spec["type"] !== "LoadBalancer") dropNodePorts(spec, before);
  if (spec["type"] !== "NodePort" && spec["type"] !== "LoadBalancer" && list(spec["externalIPs"]).length === 0) {
    dropUnchanged(spec, before, "externalTrafficPolicy");
  }
  if (spec["type"] !== "LoadBalancer") dropUnchanged(spec, before, "allocateLoadBalancerNodePorts");
}

function keepAddress(spec: Draft, before: Fields): void {
  const [given, known] = [text(spec["clusterIP"]), text(before["clusterIP"])];
  const addresses = strings(spec["clusterIPs"]);
  if (given === "" && addresses.length === 0) {
    spec["clusterIP"] = known;
    spec["clusterIPs"] = cloneJson(before["clusterIPs"]);
  } else if (given === "") {
    spec["clusterIP"] = addresses[0];
  } else if (addresses.length === 0 || (given !== known && equalJson(addresses, before["clusterIPs"]))) {
    // Whoever knows only the old field changes it alone; the list follows.
    spec["clusterIPs"] = given === known ? cloneJson(before["clusterIPs"]) : [given];
  }
  for (const field of ["ipFamilies", "ipFamilyPolicy"]) {
    if (isAbsent(spec[field]) && before[field] !== undefined) spec[field] = cloneJson(before[field]);
  }
}

function portKey(port: Fields): string {
  return `${text(port["protocol"])}/${integer(port["port"])}`;
}

function keepNodePorts(spec: Draft, before: Fields): void {
  const known = new Map(objects(before["ports"]).map((port) => [portKey(port), integer(port["nodePort"])]));
  const used = new Set(objects(spec["ports"]).map((port) => integer(port["nodePort"])));
  for (const port of draftList(spec, "ports")) {
    const nodePort = known.get(portKey(port)) ?? 0;
    if (integer(port["nodePort"]) === 0 && nodePort !== 0 && !used.has(nodePort)) port["nodePort"] = nodePort;
  }
}

function dropUnchanged(spec: Draft, before: Fields, field: string): void {
  if (equalJson(spec[field], before[field])) delete spec[field];
}

function dropNodePorts(spec: Draft, before: Fields): void {
  const known = new Set(objects(before["ports"]).map((port) => integer(port["nodePort"])));
  for (const port of draftList(spec, "ports")) {
    if (known.has(integer(port["nodePort"]))) delete port["nodePort"];
  }
}

/** Fills what is missing: IP families, cluster IP, node ports. In place. */
export function allocateAddresses(draft: Draft, context: KindContext): void {
  const spec = draftAt(draft, "spec");
  const metadata = fields(draft["metadata"]);
  const others = otherServices(context, text(metadata["namespace"]), text(metadata["name"]));
  if (needsClusterIp(spec)) {
    fillFamilies(spec, context);
    if (list(spec["clusterIPs"]).length === 0) {
      const address = freeAddress(others, context);
      if (address !== undefined) {
        spec["clusterIP"] = address;
        spec["clusterIPs"] = [address];
      }
    }
  }
  if (needsNodePorts(spec)) fillNodePorts(spec, others, context);
}

function fillFamilies(spec: Draft, context: KindContext): void {
  const family = parseCidr(context.serviceCidr)?.family === 6 ? "IPv6" : "IPv4";
  const isSelectorless = Object.keys(fields(spec["selector"])).length === 0;
  const isFlexible = spec["ipFamilyPolicy"] !== "SingleStack";
  if (list(spec["ipFamilies"]).length === 0) spec["ipFamilies"] = [family];
  // Without cluster IP and selector the endpoints are the user's: both families are possible.
  if (isHeadless(spec) && isSelectorless) {
    const families = strings(spec["ipFamilies"]);
    if (families.length === 1 && isFlexible)
      spec["ipFamilies"] = [...families, families[0] === "IPv4" ? "IPv6" : "IPv4"];
    if (isAbsent(spec["ipFamilyPolicy"])) spec["ipFamilyPolicy"] = "RequireDualStack";
  }
  if (isAbsent(spec["ipFamilyPolicy"])) spec["ipFamilyPolicy"] = "SingleStack";
}

interface Taken {
  readonly addresses: ReadonlySet<string>;
  readonly nodePorts: ReadonlySet<number>;
}

function otherServices(context: KindContext, namespace: string, name: string): Taken {
  const others = context
    .list("services")
    .filter((other) => other.metadata.namespace !== namespace || other.metadata.name !== name)
    .map((other) => fields(other["spec"]));
  return {
    addresses: new Set(others.flatMap((spec) => strings(spec["clusterIPs"]))),
    nodePorts: new Set(others.flatMap((spec) => objects(spec["ports"]).map((port) => integer(port["nodePort"])))),
  };
}

function freeAddress(taken: Taken, context: KindContext): string | undefined {
  const cidr = parseCidr(context.serviceCidr);
  if (cidr === undefined) return undefined;
  const { first, size } = dynamicRange(cidr);
  const addressAt = (offset: number) => formatAddress({ family: cidr.family, value: first + BigInt(offset) });
  return pickFree(size, context, (offset) => !taken.addresses.has(addressAt(offset)), addressAt);
}

/** The part of the service range from which addresses are drawn. */
function dynamicRange(cidr: ParsedCidr): { readonly first: bigint; readonly size: number } {
  const bits = (cidr.family === 4 ? 32 : 128) - cidr.prefixLength;
  const total = Math.min(2 ** Math.min(bits, 20), 2 ** 20);
  const reserved = total < 16 ? 1 : Math.min(Math.max(16, Math.floor(total / 16)), MAX_STATIC_ADDRESSES) + 1;
  return { first: cidr.value + BigInt(reserved), size: Math.max(1, total - reserved - 1) };
}

function pickFree<T>(
  size: number,
  context: KindContext,
  isFree: (offset: number) => boolean,
  valueAt: (offset: number) => T,
): T | undefined {
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const offset = Math.floor(context.random() * size);
    if (isFree(offset)) return valueAt(offset);
  }
  for (let offset = 0; offset < size; offset++) if (isFree(offset)) return valueAt(offset);
  return undefined;
}

function fillNodePorts(spec: Draft, others: Taken, context: KindContext): void {
  const used = new Set([...others.nodePorts, ...objects(spec["ports"]).map((port) => integer(port["nodePort"]))]);
  const first = NODE_PORTS.first + STATIC_NODE_PORTS;
  const size = NODE_PORTS.last - first + 1;
  for (const port of draftList(spec, "ports")) {
    if (integer(port["nodePort"]) !== 0) continue;
    // TCP and UDP on the same port share the node port.
    const twin = objects(spec["ports"]).find(
      (other) =>
        other["port"] === port["port"] && other["protocol"] !== port["protocol"] && integer(other["nodePort"]) !== 0,
    );
    const nodePort =
      twin === undefined
        ? pickFree(
            size,
            context,
            (offset) => !used.has(first + offset),
            (offset) => first + offset,
          )
        : integer(twin["nodePort"]);
    if (nodePort === undefined) return;
    port["nodePort"] = nodePort;
    used.add(nodePort);
  }
}

/** Whether the addresses and ports of a Service that is otherwise right can be had. */
export function validateAllocations(object: KubeObject, context: KindContext): FieldErrors {
  const spec = fields(object["spec"]);
  const others = otherServices(context, object.metadata.namespace ?? "", object.metadata.name);
  const families = validateFamilies(spec, context);
  if (families.length > 0) return families;
  return [...validateAddresses(spec, others, context), ...validatePorts(spec, others)];
}

function validateFamilies(spec: Fields, context: KindContext): FieldErrors {
  if (!needsClusterIp(spec) || (isHeadless(spec) && Object.keys(fields(spec["selector"])).length === 0)) return [];
  const family = parseCidr(context.serviceCidr)?.family === 6 ? "IPv6" : "IPv4";
  if (spec["ipFamilyPolicy"] === "RequireDualStack") {
    const detail = "this cluster is not configured for dual-stack services";
    return [invalid("spec.ipFamilyPolicy", spec["ipFamilyPolicy"], detail)];
  }
  return strings(spec["ipFamilies"]).flatMap((given, index) =>
    given === family ? [] : [invalid(`spec.ipFamilies[${index}]`, given, "not configured on this cluster")],
  );
}

function validateAddresses(spec: Fields, others: Taken, context: KindContext): FieldErrors {
  const addresses = strings(spec["clusterIPs"]);
  const [address] = addresses;
  if (!needsClusterIp(spec) || address === undefined || address === "None") return [];
  const range = parseCidr(context.serviceCidr);
  const parsed = parseAddress(address);
  const refuse = (detail: string) => [
    invalid("spec.clusterIPs", addresses, `failed to allocate IP ${address}: ${detail}`),
  ];
  if (range === undefined || parsed === undefined || !contains(range, parsed)) {
    return refuse("the provided network does not match the current range");
  }
  return others.addresses.has(address) ? refuse("provided IP is already allocated") : [];
}

function validatePorts(spec: Fields, others: Taken): FieldErrors {
  return objects(spec["ports"]).flatMap((port, index) => {
    const nodePort = integer(port["nodePort"]);
    const path = `spec.ports[${index}].nodePort`;
    if (nodePort === 0) return [];
    if (nodePort < NODE_PORTS.first || nodePort > NODE_PORTS.last) {
      const range = `${NODE_PORTS.first}-${NODE_PORTS.last}`;
      return [invalid(path, nodePort, `provided port is not in the valid range. The range of valid ports is ${range}`)];
    }
    return others.nodePorts.has(nodePort) ? [invalid(path, nodePort, "provided port is already allocated")] : [];
  });
}
