/** coreutils 9.1, util-linux and busybox: id, whoami, groups, hostname, uname, nproc, arch, tty, uptime, free, logname, getent. */
import type { Process } from "../../machine/types.ts";
import { accounts, findAccount, groupName, groups as allGroups, userName } from "../toolkit/accounts.ts";
import { formatDate } from "../toolkit/dates.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, quoted, ToolError } from "../toolkit/tool.ts";

function groupIds(process: Process, name: string, gid: number): readonly number[] {
  const further = allGroups(process).filter((group) => group.members.includes(name) && group.gid !== gid);
  return [gid, ...further.map((group) => group.gid)];
}

export const id = defineTool({
  name: "id",
  options: [
    o("u", "user"),
    o("g", "group"),
    o("G", "groups"),
    o("n", "name"),
    o("r", "real"),
    o("z", "zero"),
    o("Z", "context"),
    o("a"),
  ],
  async run(process, options) {
    const who = options.operands[0];
    const account = who === undefined ? undefined : findAccount(process, who);
    if (who !== undefined && !account) throw new ToolError(`${quoted(who)}: no such user`);
    const uid = account?.uid ?? process.credentials.uid;
    const gid = account?.gid ?? process.credentials.gid;
    const ids = account
      ? groupIds(process, account.name, gid)
      : [gid, ...process.credentials.groups.filter((group) => group !== gid)];
    const isNamed = options.has("name");
    let text: string;
    if (options.has("user")) text = isNamed ? userName(process, uid) : String(uid);
    else if (options.has("group")) text = isNamed ? groupName(process, gid) : String(gid);
    else if (options.has("groups"))
      text = ids.map((group) => (isNamed ? groupName(process, group) : String(group))).join(" ");
    else {
      const labelled = (number: number, name: string): string =>
        name === String(number) ? String(number) : `${number}(${name})`;
      const list = ids.map((group) => labelled(group, groupName(process, group))).join(",");
      text = `uid=${labelled(uid, userName(process, uid))} gid=${labelled(gid, groupName(process, gid))} groups=${list}`;
    }
    await process.stdout.write(`${text}\n`);
    return 0;
  },
});

export const whoami = defineTool({
  name: "whoami",
  options: [],
  async run(process) {
    await process.stdout.write(`${userName(process, process.credentials.uid)}\n`);
    return 0;
  },
});

export const logname = defineTool({ ...whoamiLike("logname") });

function whoamiLike(name: string) {
  return {
    name,
    options: [],
    run: async (process: Process): Promise<number> => {
      await process.stdout.write(`${process.env.get("LOGNAME") ?? userName(process, process.credentials.uid)}\n`);
      return 0;
    },
  };
}

export const groups = defineTool({
  name: "groups",
  options: [],
  async run(process, options) {
    const account = options.operands[0] === undefined ? undefined : findAccount(process, options.operands[0]);
    const ids = account
      ? groupIds(process, account.name, account.gid)
      : [process.credentials.gid, ...process.credentials.groups.filter((gid) => gid !== process.credentials.gid)];
    const prefix = account ? `${account.name} : ` : "";
    await process.stdout.write(`${prefix}${ids.map((gid) => groupName(process, gid)).join(" ")}\n`);
    return 0;
  },
});

export const hostname = defineTool({
  name: "hostname",
  options: [o("f", "fqdn"), o("s", "short"), o("i", "ip-address"), o("I", "all-ip-addresses"), o("d", "domain")],
  async run(process, options) {
    const addresses = process.machine.network.addresses;
    const name = process.machine.hostname;
    if (options.operands.length > 0) throw new ToolError("you must be root to change the host name");
    if (options.has("all-ip-addresses")) await process.stdout.write(`${addresses.join(" ")} \n`);
    else if (options.has("ip-address")) await process.stdout.write(`${addresses.join(" ")}\n`);
    else if (options.has("domain")) await process.stdout.write(`${name.split(".").slice(1).join(".")}\n`);
    else await process.stdout.write(`${options.has("short") ? name.split(".")[0] : name}\n`);
    return 0;
  },
});

export const uname = defineTool({
  name: "uname",
  options: [
    o("a", "all"),
    o("s", "kernel-name"),
    o("n", "nodename"),
    o("r", "kernel-release"),
    o("v", "kernel-version"),
    o("m", "machine"),
    o("p", "processor"),
    o("i", "hardware-platform"),
    o("o", "operating-system"),
  ],
  async run(process, options) {
    const parts: readonly (readonly [name: string, value: string])[] = [
      ["kernel-name", "Linux"],
      ["nodename", process.machine.hostname],
      ["kernel-release", process.machine.kernelVersion],
      ["kernel-version", "#1 SMP PREEMPT_DYNAMIC"],
      ["machine", "x86_64"],
      ["operating-system", "GNU/Linux"],
    ];
    const chosen = parts.filter(([name]) => options.has("all") || options.has(name));
    const text = chosen.length > 0 ? chosen.map(([, value]) => value).join(" ") : "Linux";
    await process.stdout.write(`${text}\n`);
    return 0;
  },
});

const fixed = (name: string, text: (process: Process) => string) =>
  defineTool({
    name,
    options: [o("a"), o("s"), o("p"), o("h"), o("m"), o("g"), o("", "all")],
    async run(process) {
      await process.stdout.write(`${text(process)}\n`);
      return 0;
    },
  });

export const nproc = fixed("nproc", () => "2");
export const arch = fixed("arch", () => "x86_64");

export const tty = defineTool({
  name: "tty",
  options: [o("s", "silent")],
  async run(process, options) {
    const terminal = process.stdin.file.tty;
    if (!options.has("silent")) await process.stdout.write(`${terminal ? terminal.name : "not a tty"}\n`);
    return terminal ? 0 : 1;
  },
});

export const uptime = defineTool({
  name: "uptime",
  options: [o("p", "pretty"), o("s", "since")],
  async run(process, options) {
    const seconds = Math.floor((process.clock.now() - process.machine.bootedMs) / 1000);
    const days = Math.floor(seconds / 86_400);
    const hours = Math.floor(seconds / 3600) % 24;
    const minutes = Math.floor(seconds / 60) % 60;
    if (options.has("since")) {
      await process.stdout.write(`${formatDate(process.machine.bootedMs, "%Y-%m-%d %H:%M:%S")}\n`);
    } else if (options.has("pretty")) {
      await process.stdout.write(
        `up ${days > 0 ? `${days} days, ` : ""}${hours > 0 ? `${hours} hours, ` : ""}${minutes} minutes\n`,
      );
    } else {
      const up = `${days > 0 ? `${days} day${days === 1 ? "" : "s"}, ` : ""}${hours > 0 ? `${String(hours).padStart(2)}:${String(minutes).padStart(2, "0")}` : `${minutes} min`}`;
      await process.stdout.write(
        ` ${formatDate(process.clock.now(), "%H:%M:%S")} up ${up},  1 user,  load average: 0.00, 0.00, 0.00\n`,
      );
    }
    return 0;
  },
});

export const free = defineTool({
  name: "free",
  options: [o("h", "human"), o("m", "mebi"), o("g", "gibi"), o("k", "kibi"), o("b", "bytes"), o("w"), o("t", "total")],
  async run(process, options) {
    const kilobytes = {
      total: 4_015_976,
      used: 812_300,
      free: 2_103_112,
      shared: 3_120,
      cache: 1_100_564,
      available: 2_961_408,
    };
    const show = (value: number): string => {
      if (options.has("human"))
        return value > 1024 * 1024 ? `${(value / 1024 / 1024).toFixed(1)}Gi` : `${Math.round(value / 1024)}Mi`;
      if (options.has("mebi")) return String(Math.floor(value / 1024));
      if (options.has("gibi")) return String(Math.floor(value / 1024 / 1024));
      return String(options.has("bytes") ? value * 1024 : value);
    };
    const row = (name: string, values: readonly number[]): string =>
      name.padEnd(8) + values.map((value) => show(value).padStart(12)).join("");
    const header = `${" ".repeat(8)}${["total", "used", "free", "shared", "buff/cache", "available"].map((name) => name.padStart(12)).join("")}`;
    await process.stdout.write(`${header}\n${row("Mem:", Object.values(kilobytes))}\n${row("Swap:", [0, 0, 0])}\n`);
    return 0;
  },
});

export { accounts };
