/** coreutils 9.1, debianutils and busybox: basename, dirname, readlink, realpath, pwd, which, stat, df, du. */
import type { FileStat, Process } from "../../machine/types.ts";
import { groupName, userName } from "../toolkit/accounts.ts";
import { formatDate } from "../toolkit/dates.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, isBusybox, isErrno, quote, quoted, ToolError, toolName } from "../toolkit/tool.ts";
import { humanSize, modeText } from "./ls.ts";

export const basename = defineTool({
  name: "basename",
  options: [o("a", "multiple"), o("s", "suffix", "required"), o("z", "zero")],
  stopsAtOperand: true,
  async run(process, options) {
    const [first, second, third] = options.operands;
    const hint = `\nTry '${toolName(process)} --help' for more information.`;
    if (first === undefined) throw new ToolError(`missing operand${hint}`);
    const isMultiple = options.has("multiple") || options.has("suffix");
    if (third !== undefined && !isMultiple) throw new ToolError(`extra operand ${quoted(third)}${hint}`);
    const suffix = options.value("suffix") ?? (isMultiple ? "" : (second ?? ""));
    const names = isMultiple ? options.operands : [first];
    const end = options.has("zero") ? "\0" : "\n";
    for (const name of names) {
      const base = /^\/+$/.test(name) ? "/" : (name.replace(/\/+$/, "").split("/").at(-1) ?? "");
      const cut = suffix !== "" && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base;
      await process.stdout.write(cut + end);
    }
    return 0;
  },
});

export const dirname = defineTool({
  name: "dirname",
  options: [o("z", "zero")],
  async run(process, options) {
    if (options.operands.length === 0) {
      throw new ToolError(`missing operand\nTry '${toolName(process)} --help' for more information.`);
    }
    for (const name of options.operands) {
      const trimmed = name.replace(/\/+$/, "");
      const at = trimmed.lastIndexOf("/");
      const folder =
        trimmed === "" ? (name === "" ? "." : "/") : at === -1 ? "." : trimmed.slice(0, at).replace(/\/+$/, "") || "/";
      await process.stdout.write(`${folder}\n`);
    }
    return 0;
  },
});

export const readlink = defineTool({
  name: "readlink",
  options: [
    o("f", "canonicalize"),
    o("e", "canonicalize-existing"),
    o("m", "canonicalize-missing"),
    o("n", "no-newline"),
    o("q"),
    o("s"),
    o("v", "verbose"),
  ],
  async run(process, options) {
    let status = 0;
    for (const operand of options.operands) {
      const { fs } = process.machine;
      try {
        const isCanonical =
          options.has("canonicalize") || options.has("canonicalize-existing") || options.has("canonicalize-missing");
        const text = isCanonical
          ? canonical(process, operand, options.has("canonicalize-existing"))
          : fs.readlink(process.resolve(operand));
        await process.stdout.write(text + (options.has("no-newline") ? "" : "\n"));
      } catch (error) {
        if (!isErrno(error) || error.code === "EPIPE") throw error;
        status = 1;
      }
    }
    return status;
  },
});

/** Resolves links; the last component, or with `existing` none, may be missing. */
function canonical(process: Process, path: string, existing: boolean, hops = 0): string {
  const { fs } = process.machine;
  const absolute = process.resolve(path);
  if (existing || fs.exists(absolute)) return fs.realpath(absolute);
  const at = absolute.lastIndexOf("/");
  // A link whose target is missing names that target.
  if (hops < MAX_HOPS && isLink(process, absolute)) {
    const target = fs.readlink(absolute);
    return canonical(process, target.startsWith("/") ? target : `${absolute.slice(0, at)}/${target}`, false, hops + 1);
  }
  const parent = fs.realpath(absolute.slice(0, at) || "/");
  return `${parent === "/" ? "" : parent}${absolute.slice(at)}`;
}

const MAX_HOPS = 40;

function isLink(process: Process, path: string): boolean {
  try {
    return process.machine.fs.lstat(path).kind === "symlink";
  } catch {
    return false;
  }
}

export const realpath = defineTool({
  name: "realpath",
  options: [
    o("e", "canonicalize-existing"),
    o("m", "canonicalize-missing"),
    o("s", "strip"),
    o("q", "quiet"),
    o("z"),
    o("", "relative-to", "required"),
  ],
  async run(process, options) {
    let status = 0;
    for (const operand of options.operands) {
      try {
        const absolute = process.resolve(operand);
        const text =
          options.has("strip") || (options.has("canonicalize-missing") && !process.machine.fs.exists(absolute))
            ? withoutDots(absolute)
            : canonical(process, operand, options.has("canonicalize-existing"));
        const base = options.value("relative-to");
        await process.stdout.write(`${base === undefined ? text : relative(process.resolve(base), text)}\n`);
      } catch (error) {
        if (!isErrno(error) || error.code === "EPIPE") throw error;
        if (!options.has("quiet")) await process.stderr.write(`${toolName(process)}: ${operand}: ${error.message}\n`);
        status = 1;
      }
    }
    return status;
  },
});

function withoutDots(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}

function relative(from: string, to: string): string {
  const a = from.split("/").filter(Boolean);
  const b = to.split("/").filter(Boolean);
  let common = 0;
  while (common < a.length && common < b.length && a[common] === b[common]) common++;
  return [...a.slice(common).map(() => ".."), ...b.slice(common)].join("/") || ".";
}

export const which = defineTool({
  name: "which",
  options: [o("a"), o("s")],
  async run(process, options) {
    let status = 0;
    for (const name of options.operands) {
      const path = process.findExecutable(name);
      if (path === undefined) status = 1;
      else await process.stdout.write(`${path}\n`);
    }
    return status;
  },
});

const KIND_NAMES: Readonly<Record<FileStat["kind"], string>> = {
  file: "regular file",
  directory: "directory",
  symlink: "symbolic link",
  device: "character special file",
  fifo: "fifo",
  socket: "socket",
};

export const stat = defineTool({
  name: "stat",
  options: [
    o("c", "format", "required"),
    o("", "printf", "required"),
    o("L", "dereference"),
    o("f", "file-system"),
    o("t", "terse"),
  ],
  async run(process, options) {
    if (options.operands.length === 0) {
      throw new ToolError(`missing operand\nTry '${toolName(process)} --help' for more information.`);
    }
    let status = 0;
    for (const operand of options.operands) {
      const { fs } = process.machine;
      const path = process.resolve(operand);
      try {
        const info = options.has("dereference")
          ? fs.stat(path, process.credentials)
          : fs.lstat(path, process.credentials);
        const target = info.kind === "symlink" ? fs.readlink(path) : undefined;
        const format = options.value("format");
        const print = options.value("printf");
        if (print !== undefined) {
          await process.stdout.write(
            expandStat(process, print.replaceAll("\\n", "\n").replaceAll("\\t", "\t"), operand, info, target),
          );
        } else {
          await process.stdout.write(`${expandStat(process, format ?? DEFAULT_FORMAT, operand, info, target)}\n`);
        }
      } catch (error) {
        if (!isErrno(error) || error.code === "EPIPE") throw error;
        const text = isBusybox(process) ? `can't stat '${operand}'` : `cannot statx ${quote(operand)}`;
        await process.stderr.write(`${toolName(process)}: ${text}: ${error.message}\n`);
        status = 1;
      }
    }
    return status;
  },
});

const DEFAULT_FORMAT = `  File: %N
  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F
Device: 0,50\tInode: %-10i  Links: %h
Access: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)
Access: %x
Modify: %y
Change: %z
 Birth: %w`;

function expandStat(
  process: Process,
  format: string,
  name: string,
  info: FileStat,
  target: string | undefined,
): string {
  const time = (ms: number): string => formatDate(ms, "%Y-%m-%d %H:%M:%S.%N %z");
  const values: Readonly<Record<string, () => string>> = {
    a: () => info.mode.toString(8),
    A: () => modeText(info),
    b: () => String(info.kind === "file" ? Math.ceil(info.sizeBytes / 4096) * 8 : 0),
    B: () => "512",
    F: () => (info.kind === "file" && info.sizeBytes === 0 ? "regular empty file" : KIND_NAMES[info.kind]),
    f: () => (0o100000 | info.mode).toString(16),
    g: () => String(info.gid),
    G: () => groupName(process, info.gid),
    h: () => String(info.links),
    i: () => String(info.inode),
    n: () => name,
    N: () =>
      (format === DEFAULT_FORMAT ? name : quote(name)) +
      (target === undefined ? "" : ` -> ${format === DEFAULT_FORMAT ? target : quote(target)}`),
    o: () => "4096",
    s: () => String(info.sizeBytes),
    u: () => String(info.uid),
    U: () => userName(process, info.uid),
    w: () => "-",
    x: () => time(info.accessedMs),
    X: () => String(Math.floor(info.accessedMs / 1000)),
    y: () => time(info.modifiedMs),
    Y: () => String(Math.floor(info.modifiedMs / 1000)),
    z: () => time(info.changedMs),
    Z: () => String(Math.floor(info.changedMs / 1000)),
    "%": () => "%",
  };
  return format.replace(
    /%(-?)(0?)(\d*)(?:\.\d+)?([a-zA-Z%])/g,
    (whole, left: string, zero: string, width: string, letter: string) => {
      const value = values[letter]?.();
      if (value === undefined) return whole;
      const size = Number(width || 0);
      return left === "-" ? value.padEnd(size) : value.padStart(size, zero === "0" ? "0" : " ");
    },
  );
}

export const df = defineTool({
  name: "df",
  options: [o("h", "human-readable"), o("T", "print-type"), o("i", "inodes"), o("k"), o("a", "all"), o("P")],
  async run(process, options) {
    const rows = [...new Map(process.machine.fs.mounts().map((mount) => [mount.path, mount])).values()].filter(
      (mount) => options.has("all") || !["proc", "sysfs", "devtmpfs", "cgroup2"].includes(mount.type),
    );
    const size = 81_106_868;
    const used = Math.floor(size * 0.12);
    const cell = (kilobytes: number): string =>
      options.has("human-readable") ? humanSize(kilobytes * 1024) : String(kilobytes);
    const table = [
      [
        "Filesystem",
        ...(options.has("print-type") ? ["Type"] : []),
        options.has("human-readable") ? "Size" : "1K-blocks",
        "Used",
        options.has("human-readable") ? "Avail" : "Available",
        "Use%",
        "Mounted on",
      ],
      ...rows.map((mount) => [
        mount.source,
        ...(options.has("print-type") ? [mount.type] : []),
        cell(size),
        cell(used),
        cell(size - used),
        "12%",
        mount.path,
      ]),
    ];
    const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
    const leftAligned = options.has("print-type") ? 2 : 1;
    const text = table
      .map((row) =>
        row
          .map((value, column) =>
            column === row.length - 1
              ? value
              : column < leftAligned
                ? value.padEnd(widths[column] ?? 0)
                : value.padStart(widths[column] ?? 0),
          )
          .join(" "),
      )
      .join("\n");
    await process.stdout.write(`${text}\n`);
    return 0;
  },
});

export const du = defineTool({
  name: "du",
  options: [
    o("s", "summarize"),
    o("h", "human-readable"),
    o("a", "all"),
    o("c", "total"),
    o("k"),
    o("m"),
    o("b", "bytes"),
    o("d", "max-depth", "required"),
    o("x"),
  ],
  async run(process, options) {
    const { fs } = process.machine;
    const depthLimit = options.has("summarize") ? 0 : Number(options.value("max-depth") ?? Number.POSITIVE_INFINITY);
    const show = (bytes: number): string =>
      options.has("human-readable")
        ? humanSize(bytes)
        : options.has("bytes")
          ? String(bytes)
          : String(Math.ceil(bytes / 1024));
    let total = 0;
    let status = 0;
    const visit = async (path: string, name: string, depth: number): Promise<number> => {
      const info = fs.lstat(path);
      let bytes = options.has("bytes")
        ? info.sizeBytes
        : info.kind === "file"
          ? Math.ceil(info.sizeBytes / 4096) * 4096
          : 4096;
      if (info.kind === "directory") {
        for (const child of fs.readdir(path))
          bytes += await visit(
            `${path === "/" ? "" : path}/${child}`,
            `${name.replace(/\/$/, "")}/${child}`,
            depth + 1,
          );
      }
      const isShown = depth === 0 || (depth <= depthLimit && (info.kind === "directory" || options.has("all")));
      if (isShown) await process.stdout.write(`${show(bytes)}\t${name}\n`);
      return bytes;
    };
    for (const operand of options.operands.length === 0 ? ["."] : options.operands) {
      try {
        total += await visit(process.resolve(operand), operand, 0);
      } catch (error) {
        if (!isErrno(error) || error.code === "EPIPE") throw error;
        await process.stderr.write(`${toolName(process)}: cannot access ${quote(operand)}: ${error.message}\n`);
        status = 1;
      }
    }
    if (options.has("total")) await process.stdout.write(`${show(total)}\ttotal\n`);
    return status;
  },
});
