/** coreutils 9.1 and busybox: cp, mv, ln, install. */
import type { Process } from "../../machine/types.ts";
import { o, type ParsedOptions, parseOptions } from "../toolkit/options.ts";
import { defineTool, isBusybox, isErrno, quote, ToolError, toolName } from "../toolkit/tool.ts";

const baseName = (path: string): string => path.replace(/\/+$/, "").split("/").at(-1) ?? "";

interface Targets {
  readonly sources: readonly string[];
  /** Each source goes below this folder, or the one source becomes this path. */
  readonly destination: string;
  readonly isFolder: boolean;
}

/** Reads `SOURCE… DESTINATION` or `-t FOLDER SOURCE…`. Throws in the program's words. */
function targetsOf(process: Process, options: ParsedOptions): Targets {
  const folder = options.value("target-directory");
  const operands = [...options.operands];
  const hint = `\nTry '${toolName(process)} --help' for more information.`;
  if (operands.length === 0) throw new ToolError(`missing file operand${hint}`);
  if (folder !== undefined) return { sources: operands, destination: folder, isFolder: true };
  if (operands.length === 1)
    throw new ToolError(`missing destination file operand after ${quote(operands[0] ?? "")}${hint}`);
  const destination = operands.pop() ?? "";
  const isFolder = !options.has("no-target-directory") && isDirectory(process, destination);
  if (operands.length > 1 && !isFolder) {
    throw new ToolError(
      isBusybox(process)
        ? `can't stat '${destination}': No such file or directory`
        : `target ${quote(destination)}: ${process.machine.fs.exists(process.resolve(destination)) ? "Not a directory" : "No such file or directory"}`,
    );
  }
  return { sources: operands, destination, isFolder };
}

function isDirectory(process: Process, path: string): boolean {
  try {
    return process.machine.fs.stat(process.resolve(path)).kind === "directory";
  } catch {
    return false;
  }
}

async function say(process: Process, text: string): Promise<number> {
  await process.stderr.write(`${toolName(process)}: ${text}\n`);
  return 1;
}

export const cp = defineTool({
  name: "cp",
  usage: "Usage: cp [OPTION]... SOURCE... DEST\nCopy SOURCE to DEST, or multiple SOURCE(s) to DIRECTORY.",
  options: [
    o("r", "recursive"),
    o("R", "recursive"),
    o("a", "archive"),
    o("p"),
    o("f", "force"),
    o("i", "interactive"),
    o("n", "no-clobber"),
    o("u", "update"),
    o("v", "verbose"),
    o("t", "target-directory", "required"),
    o("T", "no-target-directory"),
    o("L", "dereference"),
    o("P", "no-dereference"),
    o("d"),
    o("b"),
    o("l", "link"),
    o("s", "symbolic-link"),
    o("x"),
    o("H"),
    o("", "preserve", "optional"),
    o("", "parents"),
    o("", "backup", "optional"),
    o("", "remove-destination"),
  ],
  async run(process, options) {
    const { sources, destination, isFolder } = targetsOf(process, options);
    const isRecursive = options.has("recursive") || options.has("archive");
    let status = 0;
    for (const source of sources) {
      const below = options.has("parents") ? source.replace(/^\/+/, "") : baseName(source);
      const target = isFolder ? `${destination.replace(/\/$/, "")}/${below}` : destination;
      try {
        if (options.has("parents") && isFolder) {
          const parent = process.resolve(target).split("/").slice(0, -1).join("/");
          process.machine.fs.mkdir(parent, { recursive: true, as: process.credentials });
        }
        status = (await copyOne(process, source, target, options, isRecursive)) || status;
      } catch (error) {
        if (!isErrno(error) || error.code === "EPIPE") throw error;
        status = await say(process, copyFailure(process, source, target, error));
      }
    }
    return status;
  },
});

function copyFailure(
  process: Process,
  source: string,
  target: string,
  error: { message: string; path?: string },
): string {
  const isSourceMissing = !process.machine.fs.exists(process.resolve(source));
  if (isBusybox(process)) {
    return isSourceMissing ? `can't stat '${source}': ${error.message}` : `can't create '${target}': ${error.message}`;
  }
  if (isSourceMissing) return `cannot stat ${quote(source)}: ${error.message}`;
  const canRead = process.machine.fs.access(process.resolve(source), 4, process.credentials);
  if (!canRead) return `cannot open ${quote(source)} for reading: ${error.message}`;
  return `cannot create regular file ${quote(target)}: ${error.message}`;
}

async function copyOne(
  process: Process,
  source: string,
  target: string,
  options: ParsedOptions,
  isRecursive: boolean,
): Promise<number> {
  const { fs } = process.machine;
  const as = process.credentials;
  const from = process.resolve(source);
  const to = process.resolve(target);
  const keepsLinks =
    options.has("archive") ||
    options.has("no-dereference") ||
    options.has("d") ||
    (isRecursive && !options.has("dereference"));
  const stat = keepsLinks ? fs.lstat(from, as) : fs.stat(from, as);
  if (stat.kind === "directory") {
    if (!isRecursive) {
      return say(
        process,
        isBusybox(process) ? `omitting directory '${source}'` : `-r not specified; omitting directory ${quote(source)}`,
      );
    }
    if (fs.exists(to) && fs.stat(to).kind !== "directory") {
      return say(process, `cannot overwrite non-directory ${quote(target)} with directory ${quote(source)}`);
    }
    if (`${fs.exists(to) ? fs.realpath(to) : to}/`.startsWith(`${fs.realpath(from)}/`)) {
      return say(process, `cannot copy a directory, ${quote(source)}, into itself, ${quote(target)}`);
    }
    if (!fs.exists(to)) fs.mkdir(to, { mode: stat.mode & ~process.umask, as });
    if (options.has("verbose")) await process.stdout.write(`'${source}' -> '${target}'\n`);
    let status = 0;
    for (const name of fs.readdir(from, as)) {
      status =
        (await copyOne(
          process,
          `${source.replace(/\/$/, "")}/${name}`,
          `${target.replace(/\/$/, "")}/${name}`,
          options,
          true,
        )) || status;
    }
    preserve(process, to, stat, options);
    return status;
  }
  const exists = fs.exists(to);
  if (exists && fs.realpath(to) === fs.realpath(from) && stat.kind !== "symlink") {
    return say(process, `${quote(source)} and ${quote(target)} are the same file`);
  }
  if (exists && fs.stat(to).kind === "directory") {
    return say(process, `cannot overwrite directory ${quote(target)} with non-directory`);
  }
  if (exists && options.has("no-clobber")) return 0;
  if (exists && options.has("update") && fs.stat(to).modifiedMs >= stat.modifiedMs) return 0;
  if (
    exists &&
    options.has("interactive") &&
    !(await confirm(process, `${toolName(process)}: overwrite ${quote(target)}? `))
  )
    return 0;
  if (exists && (options.has("backup") || options.has("b"))) fs.rename(to, `${to}~`, as);
  if (options.has("symbolic-link")) fs.symlink(source, to, as);
  else if (options.has("link")) fs.link(from, to, as);
  else if (stat.kind === "symlink") {
    if (exists) fs.unlink(to, as);
    fs.symlink(fs.readlink(from), to, as);
  } else {
    if (exists && options.has("remove-destination")) fs.unlink(to, as);
    copyContent(process, from, to, stat.mode & ~process.umask);
    preserve(process, to, stat, options);
  }
  if (options.has("verbose")) await process.stdout.write(`'${source}' -> '${target}'\n`);
  return 0;
}

function copyContent(process: Process, from: string, to: string, mode: number): void {
  const { fs } = process.machine;
  const as = process.credentials;
  const { program } = fs.stat(from);
  if (program && !fs.exists(to)) {
    // A copied executable is the same program: link it, which keeps what it is.
    fs.link(fs.realpath(from), to, as);
    return;
  }
  fs.writeFile(to, fs.readFile(from, as), { mode, as });
}

function preserve(
  process: Process,
  path: string,
  stat: { mode: number; uid: number; gid: number; accessedMs: number; modifiedMs: number },
  options: ParsedOptions,
): void {
  if (!options.has("archive") && !options.has("p") && !options.has("preserve")) return;
  const { fs } = process.machine;
  if (process.credentials.uid === 0) fs.chown(path, stat.uid, stat.gid);
  fs.chmod(path, stat.mode);
  fs.utimes(path, stat.accessedMs, stat.modifiedMs);
}

export async function confirm(process: Process, question: string): Promise<boolean> {
  await process.stderr.write(question);
  const answer = await process.stdin.readLine();
  return answer !== null && /^y/i.test(answer);
}

export const mv = defineTool({
  name: "mv",
  usage: "Usage: mv [OPTION]... SOURCE... DEST\nRename SOURCE to DEST, or move SOURCE(s) to DIRECTORY.",
  options: [
    o("f", "force"),
    o("i", "interactive"),
    o("n", "no-clobber"),
    o("u", "update"),
    o("v", "verbose"),
    o("t", "target-directory", "required"),
    o("T", "no-target-directory"),
    o("b"),
    o("", "backup", "optional"),
  ],
  async run(process, options) {
    const { fs } = process.machine;
    const { sources, destination, isFolder } = targetsOf(process, options);
    let status = 0;
    for (const source of sources) {
      const target = isFolder ? `${destination.replace(/\/$/, "")}/${baseName(source)}` : destination;
      const from = process.resolve(source);
      const to = process.resolve(target);
      try {
        const stat = fs.lstat(from, process.credentials);
        const exists = fs.exists(to);
        if (exists && options.has("no-clobber")) continue;
        if (exists && fs.realpath(to) === fs.realpath(from)) {
          status = await say(process, `${quote(source)} and ${quote(target)} are the same file`);
          continue;
        }
        if (stat.kind === "directory" && `${to}/`.startsWith(`${from}/`)) {
          status = await say(process, `cannot move ${quote(source)} to a subdirectory of itself, ${quote(target)}`);
          continue;
        }
        if (exists && options.has("interactive") && !(await confirm(process, `mv: overwrite ${quote(target)}? `)))
          continue;
        if (exists && (options.has("backup") || options.has("b"))) fs.rename(to, `${to}~`, process.credentials);
        await move(process, from, to);
        if (options.has("verbose")) await process.stdout.write(`renamed '${source}' -> '${target}'\n`);
      } catch (error) {
        if (!isErrno(error) || error.code === "EPIPE") throw error;
        const isMissing = !fs.exists(from);
        const text = isBusybox(process)
          ? `can't rename '${source}': ${error.message}`
          : isMissing
            ? `cannot stat ${quote(source)}: ${error.message}`
            : error.code === "ENOTDIR" && fs.exists(to)
              ? `cannot overwrite non-directory ${quote(target)} with directory ${quote(source)}`
              : `cannot move ${quote(source)} to ${quote(target)}: ${error.message}`;
        status = await say(process, text);
      }
    }
    return status;
  },
});

/** Renames; across mounts copies and removes. */
async function move(process: Process, from: string, to: string): Promise<void> {
  const { fs } = process.machine;
  try {
    fs.rename(from, to, process.credentials);
  } catch (error) {
    if (!isErrno(error) || error.code !== "EXDEV") throw error;
    const keepAll = parseOptions(["-a"], [o("a", "archive")]);
    await copyOne(process, from, to, keepAll, true);
    fs.removeTree(from, process.credentials);
  }
}

export const ln = defineTool({
  name: "ln",
  usage: "Usage: ln [OPTION]... [-T] TARGET LINK_NAME\nCreate a link to TARGET with the name LINK_NAME.",
  options: [
    o("s", "symbolic"),
    o("f", "force"),
    o("n", "no-dereference"),
    o("v", "verbose"),
    o("r", "relative"),
    o("T", "no-target-directory"),
    o("t", "target-directory", "required"),
    o("i", "interactive"),
    o("b"),
  ],
  async run(process, options) {
    const { fs } = process.machine;
    const operands = options.operands.length === 1 ? [...options.operands, "."] : options.operands;
    const { sources, destination, isFolder } = targetsOf(process, { ...options, operands });
    let status = 0;
    for (const source of sources) {
      const isLinkToFolder = options.has("no-dereference") && isSymlink(process, destination);
      const target =
        isFolder && !isLinkToFolder ? `${destination.replace(/\/$/, "")}/${baseName(source)}` : destination;
      const to = process.resolve(target);
      try {
        if (options.has("force") && (fs.exists(to) || isSymlink(process, target))) fs.unlink(to, process.credentials);
        if (options.has("symbolic")) fs.symlink(source, to, process.credentials);
        else fs.link(process.resolve(source), to, process.credentials);
        if (options.has("verbose")) await process.stdout.write(`'${target}' -> '${source}'\n`);
      } catch (error) {
        if (!isErrno(error) || error.code === "EPIPE") throw error;
        const kind = options.has("symbolic") ? "symbolic link" : "hard link";
        const text = isBusybox(process)
          ? `${target}: ${error.message}`
          : !options.has("symbolic") && !fs.exists(process.resolve(source))
            ? `failed to access ${quote(source)}: ${error.message}`
            : `failed to create ${kind} ${quote(target)}: ${error.message}`;
        status = await say(process, text);
      }
    }
    return status;
  },
});

function isSymlink(process: Process, path: string): boolean {
  try {
    return process.machine.fs.lstat(process.resolve(path)).kind === "symlink";
  } catch {
    return false;
  }
}

export const install = defineTool({
  name: "install",
  options: [
    o("d", "directory"),
    o("m", "mode", "required"),
    o("o", "owner", "required"),
    o("g", "group", "required"),
    o("D"),
    o("v", "verbose"),
    o("t", "target-directory", "required"),
    o("T", "no-target-directory"),
  ],
  async run(process, options) {
    const { fs } = process.machine;
    const mode = Number.parseInt(options.value("mode") ?? "755", 8);
    if (options.has("directory")) {
      for (const folder of options.operands) {
        fs.mkdir(process.resolve(folder), { recursive: true, mode, as: process.credentials });
        fs.chmod(process.resolve(folder), mode, process.credentials);
      }
      return 0;
    }
    const { sources, destination, isFolder } = targetsOf(process, options);
    for (const source of sources) {
      const to = process.resolve(isFolder ? `${destination}/${baseName(source)}` : destination);
      if (options.has("D"))
        fs.mkdir(to.split("/").slice(0, -1).join("/") || "/", { recursive: true, as: process.credentials });
      copyContent(process, process.resolve(source), to, mode);
      fs.chmod(to, mode, process.credentials);
    }
    return 0;
  },
});
