/** /proc/net: interfaces, routes and sockets in the kernel's own notation. */
import type { Machine } from "../types.ts";

export function procNetFiles(machine: Machine): Readonly<Record<string, () => string>> {
  return {
    dev: () => interfaceCounters(machine),
    route: () => routes(machine),
    tcp: () => sockets(machine, "TCP"),
    udp: () => sockets(machine, "UDP"),
    arp: () => "IP address       HW type     Flags       HW address            Mask     Device\n",
  };
}

function interfaceCounters(machine: Machine): string {
  const head =
    "Inter-|   Receive                                                |  Transmit\n" +
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n";
  const zeros =
    "       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0";
  return head + machine.network.interfaces.map((one) => `${one.name.padStart(6)}: ${zeros}\n`).join("");
}

/** An IPv4 address as the kernel prints it: the bytes of memory of a little-endian machine. */
function littleEndian(address: string): string | undefined {
  const parts = address.split(".");
  if (parts.length !== 4) return undefined;
  return parts
    .reverse()
    .map((part) => Number(part).toString(16).toUpperCase().padStart(2, "0"))
    .join("");
}

function routes(machine: Machine): string {
  const lines = ["Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"];
  for (const route of machine.network.routes) {
    const [network = "", length] = route.destination === "default" ? ["0.0.0.0", "0"] : route.destination.split("/");
    const destination = littleEndian(network);
    const gateway = littleEndian(route.gateway ?? "0.0.0.0");
    if (!destination || !gateway) continue;
    const bits = Number(length ?? 32);
    const mask = littleEndian([0, 8, 16, 24].map((shift) => maskByte(bits - shift)).join("."));
    const flags = route.gateway ? "0003" : bits === 32 ? "0005" : "0001";
    lines.push(`${route.device}\t${destination}\t${gateway}\t${flags}\t0\t0\t0\t${mask}\t0\t0\t0`);
  }
  return `${lines.map((line) => line.padEnd(127)).join("\n")}\n`;
}

function maskByte(bits: number): number {
  const count = Math.max(0, Math.min(8, bits));
  return (0xff << (8 - count)) & 0xff;
}

const STATE_CODES = { LISTEN: "0A", ESTABLISHED: "01", UNCONN: "07" } as const;

function sockets(machine: Machine, protocol: "TCP" | "UDP"): string {
  const lines = ["  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"];
  const port = (value: number): string => value.toString(16).toUpperCase().padStart(4, "0");
  for (const socket of machine.network.sockets()) {
    const local = littleEndian(socket.local === "::" ? "0.0.0.0" : socket.local);
    const remote = littleEndian(socket.remote === "::" || socket.remote === "" ? "0.0.0.0" : socket.remote);
    if (socket.protocol !== protocol || !local || !remote) continue;
    const number = String(lines.length - 1).padStart(4);
    lines.push(
      `${number}: ${local}:${port(socket.localPort)} ${remote}:${port(socket.remotePort)} ${STATE_CODES[socket.state]} 00000000:00000000 00:00000000 00000000     0        0 ${20_000 + lines.length} 1 0000000000000000 100 0 0 10 0`,
    );
  }
  return `${lines.map((line) => line.padEnd(149)).join("\n")}\n`;
}
