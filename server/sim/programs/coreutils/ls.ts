import type { FileStat, Process } from "../../machine/types.ts";
import { type OptionSpec, type ParsedOptions, o } from "../toolkit/options.ts";
import { defineTool, isBusybox, isErrno, quote, toolName } from "../toolkit/tool.ts";
import { userName, groupName } from "../toolkit/accounts.ts";
import { formatDate } from "../toolkit/dates.ts";
import { compilePattern } from "../../shell/pattern.ts";
import { compareText, compareVersions } from "./sort.ts";

const OPTIONS: readonly OptionSpec[] = [
  o("a", "all"),
  o("A", "almost-all"),
  o("l"),
  o("1"),
  o("h", "human-readable"),
  o("d", "directory"),
  o("R", "recursive"),
  o("r", "reverse"),
  o("t"),
  o("S"),
  o("U"),
  o("F", "classify"),
  o("p"),
  o("i", "inode"),
  o("n", "numeric-uid-gid"),
  o("g"),
  o("o"),
  o("G", "no-group"),
  o("C"),
  o("x"),
  o("m"),
  o("s", "size"),
  o("X"),
  o("v"),
  o("Q", "quote-name"),
  o("N", "literal"),
  o("L", "dereference"),
  o("", "color", "optional"),
  o("", "full-time"),
  o("", "time-style", "required"),
  o("", "group-directories-first"),
  o("w", "width", "required"),
  o("I", "ignore", "required"),
  o("", "hide", "required"),
  o("B", "ignore-backups"),
  o("T", "tabsize", "required"),
  o("Z", "context"),
  o("u"),
  o("c"),
];

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly stat: FileStat;
}

/** coreutils 9.1 and busybox: ls. Colours are printed on a terminal when the alias asks for them. */
export const ls = defineTool({
  name: "ls",
  usage: "Usage: ls [OPTION]... [FILE]...\nList information about the FILEs (the current directory by default).",
  usageStatus: 2,
  options: OPTIONS,
  async run(process, options) {
    const operands = options.operands.length === 0 ? ["."] : options.operands;
    const files: Entry[] = [];
    const folders: Entry[] = [];
    let status = 0;
    for (const operand of operands) {
      try {
        const entry = entryAt(process, operand, operand, options);
        if (entry.stat.kind === "directory" && !options.has("directory")) folders.push(entry);
        else files.push(entry);
      } catch (error) {
        status = await cannotAccess(process, operand, error);
      }
    }
    const compare = ordering(options);
    if (files.length > 0) await printEntries(process, files.sort(compare), options);
    let needsGap = files.length > 0;
    const hasTitles = operands.length > 1 || options.has("recursive");
    const queue = folders.sort(compare);
    while (queue.length > 0) {
      const folder = queue.shift();
      if (!folder) break;
      try {
        const entries = listFolder(process, folder, options).sort(compare);
        if (hasTitles) await process.stdout.write(`${needsGap ? "\n" : ""}${folder.name}:\n`);
        needsGap = true;
        if (options.has("l") || options.has("size")) {
          await process.stdout.write(`total ${entries.reduce((sum, entry) => sum + blocks(entry.stat), 0)}\n`);
        }
        await printEntries(process, entries, options);
        if (options.has("recursive")) {
          const below = entries.filter(({ name, stat }) => stat.kind === "directory" && name !== "." && name !== "..");
          queue.unshift(
            ...below.map((entry) => ({ ...entry, name: `${folder.name.replace(/\/$/, "")}/${entry.name}` })),
          );
        }
      } catch (error) {
        if (!isErrno(error) || error.code === "EPIPE") throw error;
        const text = isBusybox(process) ? `can't open '${folder.name}'` : `cannot open directory ${quote(folder.name)}`;
        await process.stderr.write(`${toolName(process)}: ${text}: ${error.message}\n`);
        status = isBusybox(process) ? 1 : 2;
      }
    }
    return status;
  },
});

async function cannotAccess(process: Process, operand: string, error: unknown): Promise<number> {
  if (!isErrno(error) || error.code === "EPIPE") throw error;
  const text = isBusybox(process) ? operand : `cannot access ${quote(operand)}`;
  await process.stderr.write(`${toolName(process)}: ${text}: ${error.message}\n`);
  return isBusybox(process) ? 1 : 2;
}

function entryAt(process: Process, path: string, name: string, options: ParsedOptions): Entry {
  const { fs } = process.machine;
  const absolute = process.resolve(path);
  const follows = options.has("dereference") || (!isLong(options) && !options.has("directory"));
  try {
    return {
      name,
      path: absolute,
      stat: follows ? fs.stat(absolute, process.credentials) : fs.lstat(absolute, process.credentials),
    };
  } catch (error) {
    // A dangling link is listed as itself.
    if (follows && isErrno(error) && error.code === "ENOENT")
      return { name, path: absolute, stat: fs.lstat(absolute, process.credentials) };
    throw error;
  }
}

function listFolder(process: Process, folder: Entry, options: ParsedOptions): Entry[] {
  const names = process.machine.fs.readdir(folder.path, process.credentials);
  const isEverything = options.has("all") || options.has("almost-all");
  const ignored = [...options.values("ignore"), ...(isEverything ? [] : options.values("hide"))].map((pattern) =>
    compilePattern(pattern, { extglob: false }),
  );
  const shown = names.filter(
    (name) =>
      (isEverything || !name.startsWith(".")) &&
      !(options.has("ignore-backups") && name.endsWith("~")) &&
      !ignored.some((pattern) => pattern.test(name)),
  );
  const dots = options.has("all") ? [".", ".."] : [];
  return [...dots, ...shown].map((name) => {
    const path = `${folder.path === "/" ? "" : folder.path}/${name}`;
    const { fs } = process.machine;
    return { name, path, stat: options.has("dereference") && fs.exists(path) ? fs.stat(path) : fs.lstat(path) };
  });
}

function ordering(options: ParsedOptions): (left: Entry, right: Entry) => number {
  const sign = options.has("reverse") ? -1 : 1;
  const byName = (left: Entry, right: Entry): number => compareText(left.name, right.name);
  const isFolder = (entry: Entry): number => (entry.stat.kind === "directory" ? 0 : 1);
  return (left, right) => {
    if (options.has("group-directories-first") && isFolder(left) !== isFolder(right))
      return isFolder(left) - isFolder(right);
    if (options.has("t")) return sign * (right.stat.modifiedMs - left.stat.modifiedMs || byName(left, right));
    if (options.has("S")) return sign * (right.stat.sizeBytes - left.stat.sizeBytes || byName(left, right));
    if (options.has("U")) return 0;
    if (options.has("X"))
      return sign * (compareText(extension(left.name), extension(right.name)) || byName(left, right));
    if (options.has("v")) return sign * compareVersions(left.name, right.name);
    return sign * byName(left, right);
  };
}

const extension = (name: string): string => (name.lastIndexOf(".") > 0 ? name.slice(name.lastIndexOf(".")) : "");

const isLong = (options: ParsedOptions): boolean =>
  ["l", "g", "o", "numeric-uid-gid", "full-time"].some((name) => options.has(name));

async function printEntries(process: Process, entries: readonly Entry[], options: ParsedOptions): Promise<void> {
  if (entries.length === 0) return;
  if (isLong(options)) {
    await process.stdout.write(longLines(process, entries, options));
    return;
  }
  const names = entries.map((entry) => decorate(process, entry, options));
  if (options.has("m")) {
    await process.stdout.write(`${names.map((name) => name.text).join(", ")}\n`);
  } else if (isInColumns(process, options)) {
    const width = Number(options.value("width") ?? process.stdout.file.tty?.size.columns ?? 80);
    await process.stdout.write(inColumns(names, width === 0 ? Number.POSITIVE_INFINITY : width));
  } else {
    await process.stdout.write(names.map((name) => `${name.text}\n`).join(""));
  }
}

/** A terminal gets columns, and who asks for them; the last of -1, -C and -x counts. */
function isInColumns(process: Process, options: ParsedOptions): boolean {
  const last = options.given.findLast(({ name }) => name === "1" || name === "C" || name === "x");
  return last === undefined ? process.stdout.isTty : last.name !== "1";
}

interface Cell {
  /** With colour sequences. */
  readonly text: string;
  readonly width: number;
}

function decorate(process: Process, { name, stat, path }: Entry, options: ParsedOptions): Cell {
  const inode = options.has("inode") ? `${stat.inode} ` : "";
  const isQuoted = needsQuotes(name) && process.stdout.isTty && !options.has("literal");
  const shown = options.has("quote-name") ? JSON.stringify(name) : isQuoted ? quote(name) : name;
  const color = options.has("color") ? colorOf(stat, process, path, options.value("color")) : "";
  const suffix = options.has("classify") ? indicator(stat) : options.has("p") && stat.kind === "directory" ? "/" : "";
  const text = color === "" ? shown : `\u001b[0m\u001b[${color}m${shown}\u001b[0m`;
  return { text: inode + text + suffix, width: inode.length + [...shown].length + suffix.length };
}

const needsQuotes = (name: string): boolean => /[\s'"$&*;()<>|\\`!?[\]{}]/.test(name) || name === "";

function colorOf(stat: FileStat, process: Process, _path: string, when: string | undefined): string {
  if (when === "never" || (when === "auto" && !process.stdout.isTty)) return "";
  switch (stat.kind) {
    case "directory":
      return (stat.mode & 0o1002) === 0o1002 ? "30;42" : "01;34";
    case "symlink":
      return "01;36";
    case "device":
      return "40;33;01";
    case "fifo":
      return "40;33";
    case "socket":
      return "01;35";
    case "file":
      return (stat.mode & 0o111) !== 0 ? "01;32" : "";
  }
}

function indicator(stat: FileStat): string {
  switch (stat.kind) {
    case "directory":
      return "/";
    case "symlink":
      return "@";
    case "fifo":
      return "|";
    case "socket":
      return "=";
    case "device":
      return "";
    case "file":
      return (stat.mode & 0o111) !== 0 ? "*" : "";
  }
}

/** Down, then across, as many columns as fit, two blanks between them. */
function inColumns(cells: readonly Cell[], width: number): string {
  for (let rows = 1; rows <= cells.length; rows++) {
    const columns = Math.ceil(cells.length / rows);
    const widths = Array.from({ length: columns }, (_, column) =>
      Math.max(...cells.slice(column * rows, (column + 1) * rows).map((cell) => cell.width)),
    );
    const total = widths.reduce((sum, cell) => sum + cell + 2, -2);
    if (total > width && rows < cells.length) continue;
    return Array.from({ length: rows }, (_, row) => {
      let line = "";
      for (let column = 0; column < columns; column++) {
        const cell = cells[column * rows + row];
        if (!cell) continue;
        const isLast = cells[(column + 1) * rows + row] === undefined;
        line += isLast ? cell.text : cell.text + " ".repeat((widths[column] ?? 0) - cell.width + 2);
      }
      return `${line}\n`;
    }).join("");
  }
  return "";
}

const KIND_LETTERS: Readonly<Record<FileStat["kind"], string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  device: "c",
  fifo: "p",
  socket: "s",
};

/** `drwxr-xr-t` */
export function modeText(stat: Pick<FileStat, "kind" | "mode">): string {
  const bits = (shift: number, special: number, letter: string): string => {
    const three = (stat.mode >> shift) & 7;
    const isSpecial = (stat.mode & special) !== 0;
    const execute = (three & 1) !== 0 ? (isSpecial ? letter : "x") : isSpecial ? letter.toUpperCase() : "-";
    return `${(three & 4) !== 0 ? "r" : "-"}${(three & 2) !== 0 ? "w" : "-"}${execute}`;
  };
  return KIND_LETTERS[stat.kind] + bits(6, 0o4000, "s") + bits(3, 0o2000, "s") + bits(0, 0o1000, "t");
}

/** Disk use in KB, in blocks of 4 KB. */
function blocks(stat: FileStat): number {
  if (stat.kind === "symlink" || stat.kind === "device") return 0;
  return stat.kind === "directory" ? 4 : Math.ceil(stat.sizeBytes / 4096) * 4;
}

function longLines(process: Process, entries: readonly Entry[], options: ParsedOptions): string {
  const isNumeric = options.has("numeric-uid-gid");
  const rows = entries.map((entry) => {
    const { stat } = entry;
    const target = stat.kind === "symlink" ? ` -> ${process.machine.fs.readlink(entry.path)}` : "";
    return {
      inode: options.has("inode") ? `${stat.inode} ` : "",
      mode: modeText(stat),
      links: String(stat.links),
      owner: options.has("g") ? null : isNumeric ? String(stat.uid) : userName(process, stat.uid),
      group:
        options.has("o") || options.has("no-group")
          ? null
          : isNumeric
            ? String(stat.gid)
            : groupName(process, stat.gid),
      size: options.has("human-readable") ? humanSize(stat.sizeBytes) : String(stat.sizeBytes),
      date: listDate(stat.modifiedMs, process.clock.now(), options),
      name:
        decorate(process, entry, { ...options, has: (name) => name !== "inode" && options.has(name) }).text + target,
    };
  });
  const width = (pick: (row: (typeof rows)[number]) => string | null): number =>
    Math.max(...rows.map((row) => pick(row)?.length ?? 0));
  const [linksWidth, ownerWidth, groupWidth, sizeWidth] = [
    width((row) => row.links),
    width((row) => row.owner),
    width((row) => row.group),
    width((row) => row.size),
  ];
  return rows
    .map((row) => {
      const owner = row.owner === null ? "" : `${row.owner.padEnd(ownerWidth)} `;
      const group = row.group === null ? "" : `${row.group.padEnd(groupWidth)} `;
      return `${row.inode}${row.mode} ${row.links.padStart(linksWidth)} ${owner}${group}${row.size.padStart(sizeWidth)} ${row.date} ${row.name}\n`;
    })
    .join("");
}

const HALF_YEAR_MS = (365.2425 / 2) * 86_400_000;

function listDate(ms: number, nowMs: number, options: ParsedOptions): string {
  if (options.has("full-time") || options.value("time-style") === "full-iso") {
    return formatDate(ms, "%Y-%m-%d %H:%M:%S.%N %z");
  }
  if (options.value("time-style") === "long-iso") return formatDate(ms, "%Y-%m-%d %H:%M");
  const style = options.value("time-style");
  if (style?.startsWith("+")) return formatDate(ms, style.slice(1));
  const isRecent = ms <= nowMs && nowMs - ms < HALF_YEAR_MS;
  return formatDate(ms, isRecent ? "%b %e %H:%M" : "%b %e  %Y");
}

/** `1.5K`, `12M`: rounded up, one decimal below ten. */
export function humanSize(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    unit++;
  }
  const rounded = value < 10 ? Math.ceil(value * 10) / 10 : Math.ceil(value);
  return `${value < 10 && rounded < 10 ? rounded.toFixed(1) : Math.ceil(value)}${"KMGTPE"[unit]}`;
}
