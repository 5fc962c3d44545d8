/** route, ifconfig and arp of net-tools 2.10 and busybox: looking, not changing. */
import type { Process } from "../../machine/types.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, isBusybox } from "../toolkit/tool.ts";
import { broadcast, interfacesOf, NEIGHBOUR_MAC, netmask, type ShownInterface, trafficOf } from "./interfaces.ts";

export async function writeRoutes(process: Process, isNumeric: boolean, form: "route" | "netstat"): Promise<number> {
  const titles = form === "route" ? "Flags Metric Ref    Use Iface" : "Flags   MSS Window  irtt Iface";
  let text = `Kernel IP routing table\nDestination     Gateway         Genmask         ${titles}\n`;
  for (const { destination, gateway, device } of process.machine.network.routes) {
    const [network = "", bits] = destination.split("/");
    const isDefault = destination === "default";
    const shown = isDefault ? (isNumeric ? "0.0.0.0" : "default") : network;
    const via = gateway ?? (isNumeric ? "0.0.0.0" : isBusybox(process) ? "*" : "0.0.0.0");
    const mask = isDefault ? "0.0.0.0" : bits === undefined ? "255.255.255.255" : netmask(Number(bits));
    const flags = `U${gateway === null ? "" : "G"}${!isDefault && bits === undefined ? "H" : ""}`;
    const numbers = form === "route" ? "0      0        0" : "    0 0          0";
    text += `${shown.padEnd(15)} ${via.padEnd(15)} ${mask.padEnd(15)} ${flags.padEnd(5)} ${numbers} ${device}\n`;
  }
  await process.stdout.write(text);
  return 0;
}

export const route = defineTool({
  name: "route",
  options: [o("n", "numeric"), o("e", "extend"), o("A", "family", "required"), o("4"), o("6")],
  async run(process, options) {
    if (options.operands.length === 0) return writeRoutes(process, options.has("numeric"), "route");
    const call = options.operands[0] === "del" ? "SIOCDELRT" : "SIOCADDRT";
    await process.stderr.write(
      isBusybox(process) ? `route: ${call}: Operation not permitted\n` : `${call}: Operation not permitted\n`,
    );
    return isBusybox(process) ? 1 : 7;
  },
});

export const arp = defineTool({
  name: "arp",
  options: [
    o("n", "numeric"),
    o("a", "all"),
    o("e"),
    o("v", "verbose"),
    o("i", "device", "required"),
    o("d", "delete"),
    o("s", "set"),
  ],
  async run(process, options) {
    if (options.has("delete") || options.has("set")) {
      await process.stderr.write("SIOCSARP: Operation not permitted\n");
      return 1;
    }
    const neighbours = process.machine.network.routes.filter(({ gateway }) => gateway !== null);
    const isList = isBusybox(process) || options.has("all");
    let text = isList ? "" : "Address                  HWtype  HWaddress           Flags Mask            Iface\n";
    for (const { gateway, device } of neighbours) {
      text += isList
        ? `? (${gateway}) at ${NEIGHBOUR_MAC} [ether]${isBusybox(process) ? " " : ""} on ${device}\n`
        : `${(gateway ?? "").padEnd(24)} ether   ${NEIGHBOUR_MAC}   C                     ${device}\n`;
    }
    await process.stdout.write(text);
    return 0;
  },
});

const BYTES_PER_PACKET = 84;

function human(bytes: number): string {
  if (bytes < 1000) return `${bytes.toFixed(1)} B`;
  return bytes < 1024 * 1000 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

export const ifconfig = defineTool({
  name: "ifconfig",
  options: [o("a"), o("s"), o("v")],
  async run(process, options) {
    const [device, ...changes] = options.operands;
    const all = [...interfacesOf(process)].sort((a, b) => (a.name < b.name ? -1 : 1));
    const chosen = device === undefined ? all : all.filter(({ name }) => name === device);
    if (chosen.length === 0) {
      await process.stderr.write(
        isBusybox(process)
          ? `ifconfig: ${device}: error fetching interface information: Device not found\n`
          : `${device}: error fetching interface information: Device not found\n`,
      );
      return 1;
    }
    if (changes.length > 0) {
      const call = "SIOCSIFADDR: Operation not permitted\n";
      await process.stderr.write(isBusybox(process) ? `ifconfig: ${call}` : call);
      return 1;
    }
    const { sent, received } = trafficOf(process);
    for (const one of chosen) {
      const counts = one.isLoopback ? { sent: 0, received: 0 } : { sent, received };
      await process.stdout.write(isBusybox(process) ? oldForm(one, counts) : newForm(one, counts));
    }
    return 0;
  },
});

type Counts = ReturnType<typeof trafficOf>;

function newForm(one: ShownInterface, { sent, received }: Counts): string {
  const flags = one.isLoopback ? "73<UP,LOOPBACK,RUNNING>" : "4163<UP,BROADCAST,RUNNING,MULTICAST>";
  let text = `${one.name}: flags=${flags}  mtu ${one.mtu}\n`;
  for (const { address, bits, isV6, scope } of one.addresses) {
    if (isV6) {
      const id = { host: "0x10<host>", link: "0x20<link>", global: "0x0<global>" }[scope];
      text += `        inet6 ${address}  prefixlen ${bits}  scopeid ${id}\n`;
    } else {
      const brd = one.isLoopback ? "" : `  broadcast ${bits === 32 ? "0.0.0.0" : broadcast(address, bits)}`;
      text += `        inet ${address}  netmask ${netmask(bits)}${brd}\n`;
    }
  }
  text += one.isLoopback
    ? "        loop  txqueuelen 1000  (Local Loopback)\n"
    : `        ether ${one.mac}  txqueuelen 1000  (Ethernet)\n`;
  const packets = (count: number): string =>
    `packets ${count}  bytes ${count * BYTES_PER_PACKET} (${human(count * BYTES_PER_PACKET)})`;
  text += `        RX ${packets(received)}\n        RX errors 0  dropped 0  overruns 0  frame 0\n`;
  text += `        TX ${packets(sent)}\n        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0\n\n`;
  return text;
}

function oldForm(one: ShownInterface, { sent, received }: Counts): string {
  const kind = one.isLoopback ? "Local Loopback  " : `Ethernet  HWaddr ${one.mac.toUpperCase()}  `;
  const lines = [`${one.name.padEnd(9)} Link encap:${kind}`];
  for (const { address, bits, isV6, scope } of one.addresses) {
    if (isV6) {
      const word = { host: "Host", link: "Link", global: "Global" }[scope];
      lines.push(`          inet6 addr: ${address}/${bits} Scope:${word}`);
    } else {
      const brd = one.isLoopback ? "" : `  Bcast:${bits === 32 ? "0.0.0.0" : broadcast(address, bits)}`;
      lines.push(`          inet addr:${address}${brd}  Mask:${netmask(bits)}`);
    }
  }
  lines.push(
    `          UP ${one.isLoopback ? "LOOPBACK RUNNING" : "BROADCAST RUNNING MULTICAST"}  MTU:${one.mtu}  Metric:1`,
  );
  lines.push(`          RX packets:${received} errors:0 dropped:0 overruns:0 frame:0`);
  lines.push(`          TX packets:${sent} errors:0 dropped:0 overruns:0 carrier:0`);
  lines.push("          collisions:0 txqueuelen:1000 ");
  const bytes = (count: number): string => `${count * BYTES_PER_PACKET} (${human(count * BYTES_PER_PACKET)})`;
  lines.push(`          RX bytes:${bytes(received)}  TX bytes:${bytes(sent)}`);
  return `${lines.join("\n")}\n\n`;
}
