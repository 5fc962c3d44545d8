/** coreutils 9.1 and busybox: rm, mkdir, rmdir, touch, mktemp, truncate, mkfifo, sync. */
import type { FileStat, Process } from "../../machine/types.ts";
import { parseDate } from "../toolkit/dates.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, inLocale, isBusybox, isErrno, quote, quoted, ToolError, toolName } from "../toolkit/tool.ts";
import { confirm } from "./copy.ts";
import { parseCount } from "./counts.ts";
import { changedMode, InvalidMode } from "./modes.ts";

const missingOperand = (process: Process): ToolError =>
  new ToolError(`missing operand\nTry '${toolName(process)} --help' for more information.`);

/** Runs `change` on each operand; prints `NAME: WORDS 'OPERAND': REASON` for those that fail. */
async function eachOperand(
  process: Process,
  operands: readonly string[],
  failure: (operand: string, reason: string) => string,
  change: (operand: string) => void | Promise<void>,
): Promise<number> {
  let status = 0;
  for (const operand of operands) {
    try {
      await change(operand);
    } catch (error) {
      const isOwnRefusal = error instanceof ToolError;
      if (!isOwnRefusal && (!isErrno(error) || error.code === "EPIPE")) throw error;
      const text = isOwnRefusal ? error.message : failure(operand, error.message);
      await process.stderr.write(`${toolName(process)}: ${inLocale(process, text)}\n`);
      status = 1;
    }
  }
  return status;
}

export const rm = defineTool({
  name: "rm",
  usage: "Usage: rm [OPTION]... [FILE]...\nRemove (unlink) the FILE(s).",
  options: [
    o("r", "recursive"),
    o("R", "recursive"),
    o("f", "force"),
    o("i"),
    o("I"),
    o("v", "verbose"),
    o("d", "dir"),
    o("", "preserve-root", "optional"),
    o("", "no-preserve-root"),
    o("", "one-file-system"),
  ],
  async run(process, options) {
    const { fs } = process.machine;
    const as = process.credentials;
    const isForced = options.has("force");
    if (options.operands.length === 0 && !isForced) throw missingOperand(process);
    const isRecursive = options.has("recursive");
    const failure = (operand: string, reason: string): string =>
      isBusybox(process) ? `can't remove '${operand}': ${reason}` : `cannot remove ${quote(operand)}: ${reason}`;
    const isRefused = (operand: string): boolean =>
      isRecursive && fs.realpath(process.resolve(operand)) === "/" && !options.has("no-preserve-root");
    return eachOperand(process, options.operands, failure, async (operand) => {
      const path = process.resolve(operand);
      if (/(^|\/)\.\.?\/*$/.test(operand) && isRecursive) {
        throw new ToolError(`refusing to remove '.' or '..' directory: skipping ${quote(operand)}`);
      }
      let stat: ReturnType<typeof fs.lstat>;
      try {
        stat = fs.lstat(path, as);
      } catch (error) {
        if (isForced && isErrno(error) && (error.code === "ENOENT" || error.code === "ENOTDIR")) return;
        throw error;
      }
      if (stat.kind === "directory") {
        if (isRefused(operand)) {
          throw new ToolError(
            "it is dangerous to operate recursively on '/'\nrm: use --no-preserve-root to override this failsafe",
          );
        }
        if (options.has("dir") && !isRecursive) fs.rmdir(path, as);
        else if (isRecursive) {
          if (options.has("verbose")) await tellRemoved(process, operand);
          fs.removeTree(path, as);
        } else if (isBusybox(process)) throw new ToolError(`'${operand}' is a directory`);
        else fs.unlink(path, as);
      } else {
        if (options.has("i") && !(await confirm(process, `rm: remove ${whatIs(stat)} ${quote(operand)}? `))) return;
        fs.unlink(path, as);
      }
      if (options.has("verbose"))
        await process.stdout.write(`removed ${stat.kind === "directory" ? "directory " : ""}${quote(operand)}\n`);
    });
  },
});

/** What lies below a folder, deepest first, in the order rm takes it away. */
async function tellRemoved(process: Process, operand: string): Promise<void> {
  const { fs } = process.machine;
  for (const name of fs.readdir(process.resolve(operand), process.credentials)) {
    const child = `${operand.replace(/\/$/, "")}/${name}`;
    const isFolder = fs.lstat(process.resolve(child)).kind === "directory";
    if (isFolder) await tellRemoved(process, child);
    await process.stdout.write(`removed ${isFolder ? "directory " : ""}${quote(child)}\n`);
  }
}

function whatIs({ kind, sizeBytes }: FileStat): string {
  if (kind !== "file") return kind === "symlink" ? "symbolic link" : kind;
  return sizeBytes === 0 ? "regular empty file" : "regular file";
}

export const mkdir = defineTool({
  name: "mkdir",
  usage: "Usage: mkdir [OPTION]... DIRECTORY...\nCreate the DIRECTORY(ies), if they do not already exist.",
  options: [o("p", "parents"), o("m", "mode", "required"), o("v", "verbose")],
  async run(process, options) {
    if (options.operands.length === 0) throw missingOperand(process);
    const { fs } = process.machine;
    const mode = 0o777 & ~process.umask;
    const spelled = options.value("mode");
    if (spelled !== undefined) checkMode(process, spelled);
    const failure = (operand: string, reason: string): string =>
      isBusybox(process)
        ? `can't create directory '${operand}': ${reason}`
        : `cannot create directory ${quoted(operand)}: ${reason}`;
    return eachOperand(process, options.operands, failure, async (operand) => {
      const path = process.resolve(operand);
      const created = options.has("parents") ? missingFolders(process, operand) : [operand];
      fs.mkdir(path, { recursive: options.has("parents"), mode, as: process.credentials });
      if (spelled !== undefined) fs.chmod(path, changedMode(spelled, mode, true, 0), process.credentials);
      if (!options.has("verbose")) return;
      for (const folder of created)
        await process.stdout.write(`${toolName(process)}: created directory ${quote(folder)}\n`);
    });
  },
});

function checkMode(process: Process, spelled: string): void {
  try {
    changedMode(spelled, 0o777, true, 0);
  } catch (error) {
    if (!(error instanceof InvalidMode) || isBusybox(process)) throw error;
    throw new ToolError(`invalid mode ${quoted(spelled)}`);
  }
}

/** The folders of a path that are not there yet, outermost first, spelled as the operand is. */
function missingFolders(process: Process, operand: string): readonly string[] {
  const ends = [...operand.matchAll(/[^/](?=\/|$)/g)].map((match) => match.index + 1);
  return ends
    .map((end) => operand.slice(0, end))
    .filter((folder) => !process.machine.fs.exists(process.resolve(folder)));
}

export const rmdir = defineTool({
  name: "rmdir",
  options: [o("p", "parents"), o("", "ignore-fail-on-non-empty"), o("v", "verbose")],
  async run(process, options) {
    if (options.operands.length === 0) throw missingOperand(process);
    const failure = (operand: string, reason: string): string =>
      isBusybox(process) ? `'${operand}': ${reason}` : `failed to remove ${quote(operand)}: ${reason}`;
    return eachOperand(process, options.operands, failure, (operand) => {
      let path = operand.replace(/\/+$/, "");
      process.machine.fs.rmdir(process.resolve(path), process.credentials);
      while (options.has("parents") && path.includes("/")) {
        path = path.slice(0, path.lastIndexOf("/"));
        if (path !== "") process.machine.fs.rmdir(process.resolve(path), process.credentials);
      }
    });
  },
});

export const touch = defineTool({
  name: "touch",
  usage: "Usage: touch [OPTION]... FILE...\nUpdate the access and modification times of each FILE to the current time.",
  options: [
    o("c", "no-create"),
    o("a"),
    o("m"),
    o("d", "date", "required"),
    o("t", "", "required"),
    o("r", "reference", "required"),
    o("h", "no-dereference"),
    o("f"),
  ],
  async run(process, options) {
    if (options.operands.length === 0) {
      throw new ToolError(`missing file operand\nTry '${toolName(process)} --help' for more information.`);
    }
    const { fs } = process.machine;
    const time = touchTime(process, options.value("date"), options.value("t"), options.value("reference"));
    const failure = (operand: string, reason: string): string =>
      isBusybox(process) ? `${operand}: ${reason}` : `cannot touch ${quote(operand)}: ${reason}`;
    return eachOperand(process, options.operands, failure, (operand) => {
      const path = process.resolve(operand);
      if (!fs.exists(path)) {
        if (options.has("no-create")) return;
        fs.writeFile(path, "", { mode: 0o666 & ~process.umask, as: process.credentials });
      }
      const old = fs.stat(path);
      fs.utimes(
        path,
        options.has("m") ? old.accessedMs : time,
        options.has("a") ? old.modifiedMs : time,
        process.credentials,
      );
    });
  },
});

function touchTime(process: Process, date?: string, stamp?: string, reference?: string): number {
  const now = process.clock.now();
  if (reference !== undefined) return process.machine.fs.stat(process.resolve(reference)).modifiedMs;
  if (stamp !== undefined) {
    const match = /^(\d{2})?(\d{2})?(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{2}))?$/.exec(stamp);
    if (!match) throw new ToolError(`invalid date format ${quoted(stamp)}`);
    const [, century, year, month, day, hour, minute, second = "0"] = match;
    const fullYear =
      year === undefined
        ? new Date(now).getUTCFullYear()
        : Number(`${century ?? (Number(year) < 69 ? "20" : "19")}${year}`);
    return Date.UTC(fullYear, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  }
  if (date === undefined) return now;
  const parsed = parseDate(date, now);
  if (parsed === null) throw new ToolError(`invalid date format ${quoted(date)}`);
  return parsed;
}

export const mktemp = defineTool({
  name: "mktemp",
  options: [
    o("d", "directory"),
    o("u", "dry-run"),
    o("q", "quiet"),
    o("p", "", "required"),
    o("", "tmpdir", "optional"),
    o("t"),
    o("", "suffix", "required"),
  ],
  async run(process, options) {
    if (options.operands.length > 1)
      throw new ToolError("too many templates\nTry 'mktemp --help' for more information.");
    const suffix = options.value("suffix") ?? "";
    if (suffix.includes("/")) throw new ToolError(`invalid suffix ${quoted(suffix)}, contains directory separator`);
    const template = (options.operands[0] ?? "tmp.XXXXXXXXXX") + suffix;
    const match = /^(.*?)(X{3,})([^X]*)$/.exec(template);
    if (!match) throw new ToolError(`too few X's in template ${quoted(template)}`);
    const [, before = "", marks = "", after = ""] = match;
    if (after.includes("/")) throw new ToolError(`invalid suffix ${quoted(after)}, contains directory separator`);
    const isBelowTmp = options.operands.length === 0 || options.has("p") || options.has("tmpdir") || options.has("t");
    const given = options.value("p") ?? options.value("tmpdir") ?? process.env.get("TMPDIR") ?? "/tmp";
    const folder = isBelowTmp ? `${given.replace(/\/$/, "")}/` : "";
    const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const name = `${folder}${before}${process.random.text(marks.length, alphabet)}${after}`;
    const { fs } = process.machine;
    try {
      if (options.has("dry-run")) {
        // Only the name is wanted.
      } else if (options.has("directory")) fs.mkdir(process.resolve(name), { mode: 0o700, as: process.credentials });
      else fs.writeFile(process.resolve(name), "", { mode: 0o600, as: process.credentials });
    } catch (error) {
      if (!isErrno(error)) throw error;
      const kind = options.has("directory") ? "directory" : "file";
      throw new ToolError(`failed to create ${kind} via template ${quoted(folder + template)}: ${error.message}`);
    }
    await process.stdout.write(`${name}\n`);
    return 0;
  },
});

export const truncate = defineTool({
  name: "truncate",
  options: [o("s", "size", "required"), o("c", "no-create"), o("r", "reference", "required")],
  async run(process, options) {
    const spelled = options.value("size");
    const count = spelled === undefined ? null : parseCount(spelled);
    if (count === null)
      throw new ToolError(
        spelled === undefined
          ? "you must specify either '--size' or '--reference'"
          : `Invalid number: ${quoted(spelled)}`,
      );
    return eachOperand(
      process,
      options.operands,
      (operand, reason) => `cannot open ${quote(operand)} for writing: ${reason}`,
      (operand) => {
        const path = process.resolve(operand);
        const { fs } = process.machine;
        if (!fs.exists(path) && options.has("no-create")) return;
        const old = fs.exists(path) ? fs.readFile(path) : new Uint8Array();
        const size =
          count.sign === "+"
            ? old.length + count.value
            : count.sign === "-"
              ? Math.max(0, old.length - count.value)
              : count.value;
        const content = new Uint8Array(size);
        content.set(old.subarray(0, size));
        fs.writeFile(path, content, { as: process.credentials });
      },
    );
  },
});

export const mkfifo = defineTool({
  name: "mkfifo",
  options: [o("m", "mode", "required")],
  async run(process, options) {
    if (options.operands.length === 0) throw missingOperand(process);
    return eachOperand(
      process,
      options.operands,
      (operand, reason) => `cannot create fifo ${quote(operand)}: ${reason}`,
      (operand) => {
        process.machine.fs.mkfifo(process.resolve(operand), 0o666 & ~process.umask, process.credentials);
      },
    );
  },
});

export const sync = defineTool({ name: "sync", options: [o("d"), o("f")], run: async () => 0 });
