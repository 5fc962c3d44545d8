/** procps 4.0, util-linux and busybox: ps, kill, pgrep, pkill, killall, pidof. */
import type { Process } from "../../machine/types.ts";
import { userName } from "../toolkit/accounts.ts";
import { formatDate } from "../toolkit/dates.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, isBusybox, isErrno, quote, ToolError, toolName } from "../toolkit/tool.ts";
import { signalList, signalNamed } from "./time.ts";

const commandLine = (process: Process): string => process.argv.join(" ") || process.name;

function cpuTime(): string {
  return "00:00:00";
}

interface Column {
  readonly header: string;
  readonly align: "left" | "right";
  readonly minWidth: number;
  value(target: Process, viewer: Process): string;
}

const startTime = (target: Process, viewer: Process): string =>
  formatDate(target.startedMs, viewer.clock.now() - target.startedMs < 86_400_000 ? "%H:%M" : "%b%d");

const COLUMNS: Readonly<Record<string, Column>> = {
  pid: { header: "PID", align: "right", minWidth: 7, value: (target) => String(target.pid) },
  ppid: { header: "PPID", align: "right", minWidth: 7, value: (target) => String(target.ppid) },
  user: {
    header: "USER",
    align: "left",
    minWidth: 8,
    value: (target, viewer) => userName(viewer, target.credentials.uid),
  },
  uid: {
    header: "UID",
    align: "left",
    minWidth: 8,
    value: (target, viewer) => userName(viewer, target.credentials.uid),
  },
  tty: { header: "TTY", align: "left", minWidth: 8, value: (target) => target.tty?.name.replace("/dev/", "") ?? "?" },
  stat: {
    header: "STAT",
    align: "left",
    minWidth: 4,
    value: (target) => (target.sessionId === target.pid ? "Ss" : "S"),
  },
  time: { header: "TIME", align: "right", minWidth: 8, value: () => cpuTime() },
  bsdTime: { header: "TIME", align: "right", minWidth: 6, value: () => "0:00" },
  cmd: { header: "CMD", align: "left", minWidth: 0, value: (target) => commandLine(target) },
  command: { header: "COMMAND", align: "left", minWidth: 0, value: (target) => commandLine(target) },
  comm: { header: "CMD", align: "left", minWidth: 0, value: (target) => target.name },
  args: { header: "COMMAND", align: "left", minWidth: 0, value: (target) => commandLine(target) },
  c: { header: "C", align: "right", minWidth: 2, value: () => "0" },
  stime: { header: "STIME", align: "left", minWidth: 5, value: startTime },
  start: { header: "START", align: "left", minWidth: 5, value: startTime },
  cpu: { header: "%CPU", align: "right", minWidth: 4, value: () => "0.0" },
  mem: { header: "%MEM", align: "right", minWidth: 4, value: () => "0.1" },
  vsz: { header: "VSZ", align: "right", minWidth: 6, value: () => "4388" },
  rss: { header: "RSS", align: "right", minWidth: 5, value: () => "3456" },
};

const NAMED: Readonly<Record<string, string>> = {
  pid: "pid",
  ppid: "ppid",
  user: "user",
  uid: "uid",
  tty: "tty",
  stat: "stat",
  time: "time",
  cmd: "cmd",
  comm: "comm",
  args: "args",
  command: "command",
  "%cpu": "cpu",
  "%mem": "mem",
  stime: "stime",
  start: "start",
  vsz: "vsz",
  rss: "rss",
  s: "stat",
  euser: "user",
};

export const ps: ReturnType<typeof defineTool> = {
  name: "ps",
  async run(process) {
    const all = [...process.machine.processes.values()].sort((left, right) => left.pid - right.pid);
    if (isBusybox(process)) {
      const lines = all.map(
        (target) =>
          `${String(target.pid).padStart(5)} ${userName(process, target.credentials.uid).padEnd(8)}  0:00 ${commandLine(target)}`,
      );
      await process.stdout.write(`PID   USER     TIME  COMMAND\n${lines.map((line) => `${line}\n`).join("")}`);
      return 0;
    }
    const words = process.argv.slice(1).join(" ");
    const isBsd = /(^|\s)[aux]*[ax][aux]*\b/.test(words.replace(/(^|\s)-\S+/g, ""));
    const format = /(?:^|\s)-?o\s*([\w,%=]+)/.exec(words)?.[1];
    const pid = /(?:^|\s)-p\s*(\d+)|(?:^|\s)-q\s*(\d+)/.exec(words);
    const wanted = pid?.[1] ?? pid?.[2];
    const everybody = isBsd || /(^|\s)-[a-zA-Z]*[eAx]/.test(words);
    const chosen = all.filter((target) =>
      wanted !== undefined
        ? String(target.pid) === wanted
        : everybody || (target.tty === process.tty && target.credentials.uid === process.credentials.uid),
    );
    let names = ["pid", "tty", "time", "comm"];
    if (format !== undefined) names = format.split(",").map((name) => name.replace(/=.*$/, ""));
    else if (isBsd && /u/.test(words))
      names = ["user", "pid", "cpu", "mem", "vsz", "rss", "tty", "stat", "start", "bsdTime", "command"];
    else if (isBsd) names = ["pid", "tty", "stat", "bsdTime", "command"];
    else if (/(^|\s)-[a-zA-Z]*f/.test(words)) names = ["uid", "pid", "ppid", "c", "stime", "tty", "time", "cmd"];
    const columns = names.map((name) => COLUMNS[format === undefined ? name : (NAMED[name] ?? "")]);
    const unknown = names.find((_, index) => columns[index] === undefined);
    if (unknown !== undefined) {
      await process.stderr.write(
        `error: unknown user-defined format specifier "${unknown}"\n\nUsage:\n ps [options]\n`,
      );
      return 1;
    }
    const known = columns.filter((column): column is Column => column !== undefined);
    const hidesHeaders = /--no-headers?|=($|,)/.test(words);
    const rows = [
      ...(hidesHeaders ? [] : [known.map((column) => column.header)]),
      ...chosen.map((target) => known.map((column) => column.value(target, process))),
    ];
    const text = rows.map((row) =>
      row
        .map((cell, index) => pad(cell, known[index], index === known.length - 1))
        .join(" ")
        .trimEnd(),
    );
    await process.stdout.write(text.map((line) => `${line}\n`).join(""));
    return chosen.length > 0 ? 0 : 1;
  },
};

function pad(cell: string, column: Column | undefined, isLast: boolean): string {
  if (!column || isLast) return cell;
  return column.align === "right" ? cell.padStart(column.minWidth) : cell.padEnd(column.minWidth);
}

export const kill: ReturnType<typeof defineTool> = {
  name: "kill",
  async run(process) {
    const args = process.argv.slice(1);
    if (args[0] === "-l" || args[0] === "-L") {
      await process.stdout.write(
        `${signalList()
          .map(([, name]) => name.slice(3))
          .join(" ")}\n`,
      );
      return 0;
    }
    let signalText = "TERM";
    if (args[0] === "-s" || args[0] === "--signal") {
      signalText = args[1] ?? "";
      args.splice(0, 2);
    } else if (/^-[A-Za-z0-9]+$/.test(args[0] ?? "")) {
      signalText = (args.shift() ?? "").slice(1);
    }
    if (args[0] === "--") args.shift();
    const signal = signalNamed(signalText);
    const isProbe = signalText === "0";
    if (!signal && !isProbe) {
      await process.stderr.write(`kill: unknown signal: ${signalText}\n`);
      return 1;
    }
    if (args.length === 0) {
      await process.stderr.write("kill: not enough arguments\n");
      return 1;
    }
    let status = 0;
    for (const target of args) {
      if (!/^-?\d+$/.test(target)) {
        await process.stderr.write(`kill: failed to parse argument: ${quote(target)}\n`);
        status = 1;
        continue;
      }
      try {
        if (signal) process.kill(Number(target), signal);
        else if (!process.machine.processes.has(Number(target))) throw new ToolError("No such process");
      } catch (error) {
        if (!(error instanceof ToolError) && !isErrno(error)) throw error;
        await process.stderr.write(
          isBusybox(process)
            ? `kill: can't kill pid ${target}: ${error.message}\n`
            : `kill: (${target}): ${error.message}\n`,
        );
        status = 1;
      }
    }
    return status;
  },
};

/** Processes whose name (or command line with -f) matches; never the searcher itself. */
function matching(process: Process, pattern: string, isFull: boolean, isExact: boolean): readonly Process[] {
  const expression = new RegExp(isExact ? `^(?:${pattern})$` : pattern);
  return [...process.machine.processes.values()]
    .filter((target) => target.pid !== process.pid)
    .filter((target) => expression.test(isFull ? commandLine(target) : target.name))
    .sort((left, right) => left.pid - right.pid);
}

const PATTERN_OPTIONS = [
  o("f", "full"),
  o("x", "exact"),
  o("l", "list-name"),
  o("a", "list-full"),
  o("n", "newest"),
  o("o", "oldest"),
  o("c", "count"),
  o("u", "euid", "required"),
  o("s", "signal", "required"),
  o("9"),
  o("i", "ignore-case"),
  o("e", "echo"),
];

export const pgrep = defineTool({
  name: "pgrep",
  options: PATTERN_OPTIONS,
  async run(process, options) {
    const pattern = options.operands[0];
    if (pattern === undefined)
      throw new ToolError(
        `no matching criteria specified\nTry \`${toolName(process)} --help' for more information.`,
        2,
      );
    const found = matching(process, pattern, options.has("full"), options.has("exact"));
    if (options.has("count")) await process.stdout.write(`${found.length}\n`);
    else {
      for (const target of found) {
        const suffix = options.has("list-full")
          ? ` ${commandLine(target)}`
          : options.has("list-name")
            ? ` ${target.name}`
            : "";
        await process.stdout.write(`${target.pid}${suffix}\n`);
      }
    }
    return found.length > 0 ? 0 : 1;
  },
});

export const pkill = defineTool({
  name: "pkill",
  options: [...PATTERN_OPTIONS, ...["H", "I", "K"].map((letter) => o(letter))],
  async run(process, options) {
    const pattern = options.operands[0];
    if (pattern === undefined)
      throw new ToolError("no matching criteria specified\nTry `pkill --help' for more information.", 2);
    const signal = options.has("9") ? "SIGKILL" : (signalNamed(options.value("signal") ?? "TERM") ?? "SIGTERM");
    const found = matching(process, pattern, options.has("full"), options.has("exact"));
    for (const target of found) process.kill(target.pid, signal);
    return found.length > 0 ? 0 : 1;
  },
});

export const killall = defineTool({
  name: "killall",
  options: [o("9"), o("s", "signal", "required"), o("q", "quiet"), o("w", "wait")],
  async run(process, options) {
    let status = 0;
    const signal = options.has("9") ? "SIGKILL" : (signalNamed(options.value("signal") ?? "TERM") ?? "SIGTERM");
    for (const name of options.operands) {
      const found = [...process.machine.processes.values()].filter(
        (target) => target.name === name && target.pid !== process.pid,
      );
      if (found.length === 0) {
        if (!options.has("quiet")) await process.stderr.write(`${name}: no process found\n`);
        status = 1;
      }
      for (const target of found) process.kill(target.pid, signal);
    }
    return status;
  },
});

export const pidof = defineTool({
  name: "pidof",
  options: [o("s"), o("x")],
  async run(process, options) {
    const found = [...process.machine.processes.values()]
      .filter((target) => options.operands.includes(target.name))
      .map((target) => target.pid);
    if (found.length === 0) return 1;
    const shown = found.sort((left, right) => right - left).slice(0, options.has("s") ? 1 : undefined);
    await process.stdout.write(`${shown.join(" ")}\n`);
    return 0;
  },
});
