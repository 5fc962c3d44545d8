/**
 * ip of iproute2 6.1 and of busybox, as far as looking goes: address, link, route, neigh.
 * Changes are refused, as in a container without NET_ADMIN. Source: recordings in `captures/sockets-*.txt`.
 */
import type { Process, Program } from "../../machine/types.ts";
import { busyboxVersion, isBusybox } from "../toolkit/tool.ts";
import { broadcast, interfacesOf, isPodNamespace, NEIGHBOUR_MAC, type ShownInterface } from "./interfaces.ts";

const USAGE = `Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
       ip [ -force ] -batch filename
where  OBJECT := { address | addrlabel | amt | fou | help | ila | ioam | l2tp |
                   link | macsec | maddress | monitor | mptcp | mroute | mrule |
                   neighbor | neighbour | netconf | netns | nexthop | ntable |
                   ntbl | route | rule | sr | tap | tcpmetrics |
                   token | tunnel | tuntap | vrf | xfrm }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -r[esolve] |
                    -h[uman-readable] | -iec | -j[son] | -p[retty] |
                    -f[amily] { inet | inet6 | mpls | bridge | link } |
                    -4 | -6 | -M | -B | -0 |
                    -l[oops] { maximum-addr-flush-attempts } | -br[ief] |
                    -o[neline] | -t[imestamp] | -ts[hort] | -b[atch] [filename] |
                    -rc[vbuf] [size] | -n[etns] name | -N[umeric] | -a[ll] |
                    -c[olor]}
`;

const BUSYBOX_USAGE = `Usage: ip [OPTIONS] address|route|link|tunnel|neigh|rule [ARGS]

OPTIONS := -f[amily] inet|inet6|link | -o[neline]
`;

const OBJECTS = [
  "address",
  "link",
  "route",
  "neighbour",
  "neighbor",
  "rule",
  "netns",
  "maddress",
  "tunnel",
  "help",
] as const;
const CHANGES = ["add", "append", "change", "replace", "delete", "set", "flush", "del"];

const COMMANDS = ["show", "get", "list", "lst", ...CHANGES];

interface Style {
  readonly family: 4 | 6 | null;
  readonly isBrief: boolean;
  readonly isOneLine: boolean;
  readonly isBusybox: boolean;
}

export const ip: Program = {
  name: "ip",
  async run(process) {
    const args = process.argv.slice(1);
    const options: string[] = [];
    while (args[0]?.startsWith("-")) {
      const option = args.shift() ?? "";
      options.push(option === "-f" || option === "-family" ? `-${args.shift() === "inet6" ? 6 : 4}` : option);
    }
    if (options.includes("-V")) {
      await process.stdout.write("ip utility, iproute2-6.1.0, libbpf 1.1.2\n");
      return 0;
    }
    const style: Style = {
      family: options.includes("-4") ? 4 : options.includes("-6") ? 6 : null,
      isBrief: options.some((option) => /^-br(i(e(f)?)?)?$/.test(option)),
      isOneLine: options.some((option) => /^-o/.test(option)),
      isBusybox: isBusybox(process),
    };
    return run(process, style, args);
  },
};

async function run(process: Process, style: Style, args: readonly string[]): Promise<number> {
  const [typed, ...rest] = args;
  const object = typed === undefined ? "help" : OBJECTS.find((known) => known.startsWith(typed));
  if (object === "help") {
    const usage = style.isBusybox
      ? `BusyBox v${busyboxVersion(process)} multi-call binary.\n\n${BUSYBOX_USAGE}`
      : USAGE;
    await process.stderr.write(usage);
    return typed === undefined ? (style.isBusybox ? 1 : 255) : 255;
  }
  if (object === undefined) {
    await process.stderr.write(
      style.isBusybox ? `ip: invalid argument '${typed}' to 'ip'\n` : `Object "${typed}" is unknown, try "ip help".\n`,
    );
    return 1;
  }
  const [typedCommand = "show", ...operands] = rest;
  // iproute2 takes beginnings, the first that fits: `ip a s eth0`.
  const command = COMMANDS.find((known) => known.startsWith(typedCommand)) ?? typedCommand;
  if (CHANGES.includes(command)) {
    await process.stderr.write(
      style.isBusybox
        ? "ip: RTNETLINK answers: Operation not permitted\n"
        : "RTNETLINK answers: Operation not permitted\n",
    );
    return 2;
  }
  switch (object) {
    case "address":
      return addresses(process, style, deviceOf(rest), true);
    case "link":
      return addresses(process, style, deviceOf(rest), false);
    case "route":
      return command === "get" ? routeTo(process, operands[0] ?? "") : routes(process, style);
    case "neighbour":
    case "neighbor":
      return neighbours(process);
    case "rule":
      await process.stdout.write(
        "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n",
      );
      return 0;
    default:
      return 0;
  }
}

/** `show eth0`, `show dev eth0`, `dev eth0`. */
function deviceOf(words: readonly string[]): string | undefined {
  return words.find((word) => !/^(s(how?)?|sho|l(i(s(t)?)?)?|ls|lst|dev|up)$/.test(word));
}

async function addresses(
  process: Process,
  style: Style,
  device: string | undefined,
  showsAddresses: boolean,
): Promise<number> {
  const all = interfacesOf(process);
  const chosen = device === undefined ? all : all.filter(({ name }) => name === device);
  if (chosen.length === 0) {
    const text = style.isBusybox ? `ip: can't find device '${device}'\n` : `Device "${device}" does not exist.\n`;
    await process.stderr.write(text);
    return 1;
  }
  const text = chosen.map((one) =>
    style.isBrief ? brief(one, style, showsAddresses) : whole(one, style, showsAddresses),
  );
  await process.stdout.write(text.join(""));
  return 0;
}

function brief(one: ShownInterface, style: Style, showsAddresses: boolean): string {
  const state = one.isLoopback ? "UNKNOWN" : "UP";
  const rest = showsAddresses
    ? shownAddresses(one, style)
        .map(({ address, bits }) => `${address}/${bits} `)
        .join("")
    : `${one.mac} <${flagsOf(one, style)}> `;
  return `${one.pairedName.padEnd(16)} ${state.padEnd(14)} ${rest}\n`;
}

function flagsOf(one: ShownInterface, style: Style): string {
  if (one.isLoopback) return "LOOPBACK,UP,LOWER_UP";
  return `BROADCAST,MULTICAST,UP,LOWER_UP${style.isBusybox && one.isPaired ? ",M-DOWN" : ""}`;
}

function shownAddresses(one: ShownInterface, style: Style) {
  return one.addresses.filter(({ isV6 }) => style.family === null || (style.family === 6) === isV6);
}

function whole(one: ShownInterface, style: Style, showsAddresses: boolean): string {
  const state = one.isLoopback ? "UNKNOWN" : "UP";
  const queue = style.isBusybox
    ? one.isLoopback
      ? "qlen 1000"
      : ""
    : `${showsAddresses ? "" : "mode DEFAULT "}group default qlen 1000`;
  const discipline = one.isLoopback || one.isPaired ? "noqueue" : "fq_codel";
  let text = `${one.index}: ${one.pairedName}: <${flagsOf(one, style)}> mtu ${one.mtu} qdisc ${discipline} state ${state} ${queue}\n`;
  const kind = one.isLoopback ? "loopback" : "ether";
  const limit = one.isLoopback ? "00:00:00:00:00:00" : "ff:ff:ff:ff:ff:ff";
  const pair = one.isPaired && !style.isBusybox ? " link-netnsid 0" : "";
  if (style.family === null || !showsAddresses) text += `    link/${kind} ${one.mac} brd ${limit}${pair}\n`;
  if (!showsAddresses) return text;
  for (const { address, bits, isV6, scope } of shownAddresses(one, style)) {
    const brd = !isV6 && !one.isLoopback && bits < 32 ? ` brd ${broadcast(address, bits)}` : "";
    const label = isV6 ? "" : one.name;
    text += `    inet${isV6 ? "6" : ""} ${address}/${bits}${brd} scope ${scope} ${label}\n`;
    text += "       valid_lft forever preferred_lft forever\n";
  }
  return text;
}

async function routes(process: Process, style: Style): Promise<number> {
  if (style.family === 6) return 0;
  const { network } = process.machine;
  const isPod = isPodNamespace(network);
  for (const { destination, gateway, device } of network.routes) {
    const via = gateway === null ? "" : ` via ${gateway}`;
    const own = network.interfaces
      .find(({ name }) => name === device)
      ?.addresses.find((address) => !address.includes(":"));
    const link =
      gateway !== null
        ? ""
        : isPod
          ? " scope link"
          : style.isBusybox
            ? ` scope link  src ${own}`
            : ` proto kernel scope link src ${own}`;
    await process.stdout.write(`${destination}${via} dev ${device}${link} \n`);
  }
  return 0;
}

async function routeTo(process: Process, address: string): Promise<number> {
  const { network } = process.machine;
  const route = network.routes.find(({ destination }) => destination === "default");
  const own = network.addresses.find((one) => !one.includes(":")) ?? "";
  if (!route) {
    await process.stderr.write("RTNETLINK answers: Network is unreachable\n");
    return 2;
  }
  const text = network.addresses.includes(address)
    ? `local ${address} dev lo src ${address} uid ${process.credentials.uid} \n    cache <local> \n`
    : `${address} via ${route.gateway} dev ${route.device} src ${own} uid ${process.credentials.uid} \n    cache \n`;
  await process.stdout.write(text);
  return 0;
}

async function neighbours(process: Process): Promise<number> {
  for (const { gateway, device } of process.machine.network.routes) {
    if (gateway !== null) await process.stdout.write(`${gateway} dev ${device} lladdr ${NEIGHBOUR_MAC} REACHABLE \n`);
  }
  return 0;
}
