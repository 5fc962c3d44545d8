/** The interfaces and routes of a namespace, with what the tools show beyond addresses. */
import type { NetworkNamespace, Process } from "../../machine/types.ts";

export interface ShownAddress {
  readonly address: string;
  readonly bits: number;
  readonly isV6: boolean;
  readonly scope: "host" | "global" | "link";
}

export interface ShownInterface {
  readonly index: number;
  readonly name: string;
  /** `eth0@if4`: the other end of the pair lies in the node's namespace. */
  readonly pairedName: string;
  readonly isLoopback: boolean;
  readonly isPaired: boolean;
  readonly mac: string;
  readonly mtu: number;
  readonly addresses: readonly ShownAddress[];
}

const PEER_INDEX = 4;

export function isPodNamespace(namespace: NetworkNamespace): boolean {
  return namespace.id.startsWith("pod:");
}

export function interfacesOf(process: Process): readonly ShownInterface[] {
  const { network } = process.machine;
  return network.interfaces.map(({ name, addresses, mac, mtu }, position) => {
    const isLoopback = name === "lo";
    const isPaired = !isLoopback && isPodNamespace(network);
    const shown = addresses.map((address) => shownAddress(address, isLoopback, isPaired));
    const hasV6 = shown.some(({ isV6 }) => isV6);
    const own: readonly ShownAddress[] =
      isLoopback || hasV6 ? shown : [...shown, { address: linkLocal(mac), bits: 64, isV6: true, scope: "link" }];
    const pairedName = isPaired ? `${name}@if${PEER_INDEX}` : name;
    return { index: position + 1, name, pairedName, isLoopback, isPaired, mac, mtu, addresses: own };
  });
}

/** Pods have an address for themselves alone; hosts share a network. */
function shownAddress(address: string, isLoopback: boolean, isPod: boolean): ShownAddress {
  const isV6 = address.includes(":");
  const bits = isLoopback ? (isV6 ? 128 : 8) : isV6 ? (isPod ? 128 : 64) : isPod ? 32 : 24;
  return { address, bits, isV6, scope: isLoopback ? "host" : "global" };
}

/** The address made of the MAC (RFC 4291, modified EUI-64). */
function linkLocal(mac: string): string {
  const bytes = mac.split(":").map((part) => Number.parseInt(part, 16));
  const eui = [
    (bytes[0] ?? 0) ^ 2,
    bytes[1] ?? 0,
    bytes[2] ?? 0,
    0xff,
    0xfe,
    bytes[3] ?? 0,
    bytes[4] ?? 0,
    bytes[5] ?? 0,
  ];
  const groups = [0, 2, 4, 6].map((at) => ((eui[at] ?? 0) * 256 + (eui[at + 1] ?? 0)).toString(16));
  return `fe80::${groups.join(":")}`;
}

export function netmask(bits: number): string {
  const parts = [0, 8, 16, 24].map((shift) => 256 - 2 ** (8 - Math.max(0, Math.min(8, bits - shift))));
  return parts.join(".");
}

export function broadcast(address: string, bits: number): string {
  const mask = netmask(bits).split(".").map(Number);
  return address
    .split(".")
    .map((part, at) => (Number(part) & (mask[at] ?? 0)) | (255 ^ (mask[at] ?? 0)))
    .join(".");
}

/** The neighbour every routed pod has, as Calico's proxy ARP answers for it. */
export const NEIGHBOUR_MAC = "ee:ee:ee:ee:ee:ee";

/** Packets and bytes this namespace has sent and received, estimated from the flows it took part in. */
export function trafficOf(process: Process): { readonly sent: number; readonly received: number } {
  const { network } = process.machine;
  let [sent, received] = [0, 0];
  for (const flow of network.fabric.recentFlows) {
    if (flow.outcome === "name-not-found") continue;
    const packets = flow.outcome === "connected" ? 5 : 1;
    if (flow.source === network.id) {
      sent += packets;
      if (flow.outcome === "connected" || flow.outcome === "refused") received += packets;
    } else if (flow.destination === network.id && flow.outcome !== "dropped") {
      received += packets;
      sent += packets;
    }
  }
  return { sent, received };
}

export function serviceNameOf(process: Process, port: number, protocol: string): string | undefined {
  const { fs } = process.machine;
  if (!fs.exists("/etc/services")) return undefined;
  return new RegExp(`^(\\S+)\\s+${port}/${protocol}\\b`, "m").exec(fs.readText("/etc/services"))?.[1];
}
