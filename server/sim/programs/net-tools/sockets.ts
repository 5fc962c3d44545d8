/** ss of iproute2 6.1 and netstat of net-tools 2.10 and busybox. Source: recordings in `captures/sockets-*.txt`. */
import type { NetworkNamespace, Process, Program } from "../../machine/types.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { defineTool, isBusybox } from "../toolkit/tool.ts";
import { serviceNameOf } from "./interfaces.ts";
import { writeRoutes } from "./routes.ts";

type SocketRow = ReturnType<NetworkNamespace["sockets"]>[number];

/** What programs pass to listen(2), which `ss` shows. */
const BACKLOGS: Readonly<Record<string, number>> = { nginx: 511, httpd: 511, "redis-server": 511, nc: 1, python3: 5 };
const DEFAULT_BACKLOG = 4096;

function rowsOf(process: Process, options: ParsedOptions): readonly SocketRow[] {
  const onlyTcp = options.has("t") && !options.has("u");
  const onlyUdp = options.has("u") && !options.has("t");
  return process.machine.network.sockets().filter((row) => {
    if (onlyTcp && row.protocol !== "TCP") return false;
    if (onlyUdp && row.protocol !== "UDP") return false;
    if (options.has("4") && row.local.includes(":")) return false;
    if (options.has("6") && !row.local.includes(":")) return false;
    const isListening = row.state !== "ESTABLISHED";
    return options.has("a") || (options.has("l") ? isListening : !isListening);
  });
}

const isAnyAddress = (address: string): boolean => address === "" || address === "0.0.0.0";

function shownPort(process: Process, row: SocketRow, port: number, isNumeric: boolean): string {
  if (port === 0) return "*";
  return (isNumeric ? undefined : serviceNameOf(process, port, row.protocol.toLowerCase())) ?? String(port);
}

export const ss = defineTool({
  name: "ss",
  usageStatus: 255,
  options: [
    o("n", "numeric"),
    o("l", "listening"),
    o("a", "all"),
    o("t", "tcp"),
    o("u", "udp"),
    o("p", "processes"),
    o("H", "no-header"),
    o("4", "ipv4"),
    o("6", "ipv6"),
    o("x", "unix"),
    o("e", "extended"),
    o("o", "options"),
    o("i", "info"),
    o("m", "memory"),
    o("r", "resolve"),
    o("s", "summary"),
    o("O", "oneline"),
    o("V", "version"),
    o("w", "raw"),
    o("E", "events"),
    o("Z", "context"),
  ],
  async run(process, given) {
    if (given.has("version")) {
      await process.stdout.write("ss utility, iproute2-6.1.0\n");
      return 0;
    }
    if (given.has("summary")) {
      await process.stdout.write(summary(process.machine.network.sockets()));
      return 0;
    }
    const options = shortNames(given);
    const isNumeric = given.has("numeric");
    const rows = given.has("unix") && !given.has("tcp") && !given.has("udp") ? [] : rowsOf(process, options);
    const isMixed = options.has("t") === options.has("u");
    const cells = rows.map((row) => {
      const isListening = row.state === "LISTEN";
      const backlog = isListening ? (BACKLOGS[row.processName.split(":")[0] ?? ""] ?? DEFAULT_BACKLOG) : 0;
      const users =
        given.has("processes") && row.pid > 0 ? `users:(("${row.processName.slice(0, 15)}",pid=${row.pid},fd=3))` : "";
      return [
        row.protocol.toLowerCase(),
        row.state === "ESTABLISHED" ? "ESTAB" : row.state,
        "0",
        String(backlog),
        ssAddress(row.local, row.local),
        shownPort(process, row, row.localPort, isNumeric),
        ssAddress(row.remote, row.local),
        shownPort(process, row, row.remotePort, isNumeric),
        users,
      ];
    });
    await process.stdout.write(table(cells, isMixed, given.has("no-header")));
    return 0;
  },
});

function summary(rows: readonly SocketRow[]): string {
  const tcp = rows.filter((row) => row.protocol === "TCP");
  const udp = rows.filter((row) => row.protocol === "UDP");
  const established = tcp.filter((row) => row.state === "ESTABLISHED").length;
  const line = (name: string, of: readonly SocketRow[]): string => {
    const six = of.filter((row) => row.local.includes(":")).length;
    return `${name}\t  ${[of.length, of.length - six, six].map((count) => String(count).padEnd(9)).join(" ")}\n`;
  };
  return (
    `Total: ${rows.length}\nTCP:   ${tcp.length} (estab ${established}, closed 0, orphaned 0, timewait 0)\n\n` +
    `Transport Total     IP        IPv6\n${line("RAW", [])}${line("UDP", udp)}${line("TCP", tcp)}${line("INET", rows)}${line("FRAG", [])}\n`
  );
}

/** Long options under their letters, as the filters above read them. */
function shortNames(given: ParsedOptions): ParsedOptions {
  const letters: Readonly<Record<string, string>> = {
    t: "tcp",
    u: "udp",
    a: "all",
    l: "listening",
    "4": "ipv4",
    "6": "ipv6",
  };
  return { ...given, has: (name) => given.has(letters[name] ?? name) };
}

function ssAddress(address: string, local: string): string {
  if (address === "") return local.includes(":") ? "[::]" : "0.0.0.0";
  return address === "::" ? "*" : address.includes(":") ? `[${address}]` : address;
}

const HEADINGS = ["Netid", "State", "Recv-Q", "Send-Q", "Local Address", "Port", "Peer Address", "Port", "Process"];

function table(rows: readonly (readonly string[])[], showsNetid: boolean, hidesHeader: boolean): string {
  const widths = HEADINGS.map((heading, at) =>
    Math.max(heading.length, ...(at === 8 ? [0] : rows.map((row) => row[at]?.length ?? 0))),
  );
  const line = (row: readonly string[]): string => {
    const left = (at: number): string => (row[at] ?? "").padEnd(widths[at] ?? 0);
    const right = (at: number): string => (row[at] ?? "").padStart(widths[at] ?? 0);
    const front = showsNetid ? `${left(0)} ` : "";
    return `${front}${left(1)} ${left(2)} ${left(3)} ${right(4)}:${left(5)} ${right(6)}:${left(7)}${left(8)}\n`;
  };
  return (hidesHeader ? [] : [HEADINGS])
    .concat(rows.map((row) => [...row]))
    .map(line)
    .join("");
}

export const netstat: Program = defineTool({
  name: "netstat",
  options: [
    o("t", "tcp"),
    o("u", "udp"),
    o("l", "listening"),
    o("n", "numeric"),
    o("p", "programs"),
    o("a", "all"),
    o("r", "route"),
    o("e", "extend"),
    o("W", "wide"),
    o("w", "raw"),
    o("x", "unix"),
    o("4"),
    o("6"),
    o("c", "continuous"),
    o("i", "interfaces"),
    o("s", "statistics"),
  ],
  async run(process, given) {
    if (given.has("route")) return writeRoutes(process, given.has("numeric"), "netstat");
    const rows = rowsOf(process, shortNames(given));
    const isOld = isBusybox(process);
    const scope = given.has("all")
      ? "servers and established"
      : given.has("listening")
        ? "only servers"
        : "w/o servers";
    const showsPrograms = given.has("programs");
    const program = showsPrograms ? "PID/Program name    " : "";
    const stateWidth = isOld || showsPrograms ? 12 : 11;
    let text = `Active Internet connections (${scope})\n`;
    text += `Proto Recv-Q Send-Q Local Address           Foreign Address         ${"State".padEnd(stateWidth)}${program}\n`;
    for (const row of rows) {
      const name = isOld || row.processName !== "nginx" ? row.processName : "nginx: master process";
      const owner = showsPrograms ? (row.pid > 0 ? `${row.pid}/${name}`.slice(0, 19).padEnd(20) : "-".padEnd(20)) : "";
      const protocol = row.protocol.toLowerCase() + (row.local.includes(":") ? (isOld ? "" : "6") : "");
      const local = `${netstatAddress(row.local, row)}:${shownPort(process, row, row.localPort, given.has("numeric"))}`;
      const remote = `${netstatAddress(row.remote, row)}:${shownPort(process, row, row.remotePort, given.has("numeric"))}`;
      const state = row.state === "UNCONN" ? "" : row.state;
      const shown = isOld ? owner.trimEnd() : owner;
      text += `${protocol.padEnd(5)} ${"0".padStart(6)} ${"0".padStart(6)} ${local.padEnd(23)} ${remote.padEnd(23)} ${state.padEnd(stateWidth)}${shown}\n`;
    }
    if (!given.has("tcp") && !given.has("udp")) {
      text += `Active UNIX domain sockets (${scope})\nProto RefCnt Flags       Type       State         I-Node   ${showsPrograms ? "PID/Program name     " : ""}Path\n`;
    }
    await process.stdout.write(text);
    return 0;
  },
});

function netstatAddress(address: string, row: SocketRow): string {
  if (isAnyAddress(address)) return row.local.includes(":") ? "::" : "0.0.0.0";
  return address;
}
