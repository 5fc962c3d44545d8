/** GNU tar 1.34: create, extract and list, plain and through gzip. */
import type { Process } from "../../machine/types.ts";
import { modeText } from "../coreutils/ls.ts";
import { groupName, userName } from "../toolkit/accounts.ts";
import { formatDate } from "../toolkit/dates.ts";
import { readAll } from "../toolkit/input.ts";
import { o, type ParsedOptions, parseOptions } from "../toolkit/options.ts";
import { defineTool, isErrno, ToolError, toolName } from "../toolkit/tool.ts";
import { compress, decompress } from "./gzip.ts";
import { ArchiveError, type Member, readArchive, writeArchive } from "./ustar.ts";

const MAX_DEPTH = 64;

const OPTIONS = [
  o("c", "create"),
  o("x", "extract"),
  o("t", "list"),
  o("v", "verbose"),
  o("z", "gzip"),
  o("p", "preserve-permissions"),
  o("h", "dereference"),
  o("O", "to-stdout"),
  o("a", "auto-compress"),
  o("k", "keep-old-files"),
  o("m", "touch"),
  o("f", "file", "required"),
  o("C", "directory", "required"),
  o("", "strip-components", "required"),
  o("", "exclude", "required"),
  o("", "no-same-owner"),
  o("", "no-same-permissions"),
  o("", "overwrite"),
];

export const tar = defineTool({
  name: "tar",
  usageStatus: 2,
  options: OPTIONS,
  async run(process, given) {
    const options = dashed(process.argv.slice(1)) ?? given;
    const modes = ["create", "extract", "list"].filter((mode) => options.has(mode));
    if (modes.length > 1)
      throw hinted(process, "You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option");
    if (modes.length === 0) {
      throw hinted(process, "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options");
    }
    try {
      if (modes[0] === "create") return await create(process, options);
      return await read(process, options, modes[0] === "list");
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      await process.stderr.write(`${toolName(process)}: ${error.message}\n`);
      throw new ToolError("Exiting with failure status due to previous errors", 2);
    }
  },
});

/** The first word may be options without a dash, whose values follow: `tar xzf a.tgz`. */
function dashed(args: readonly string[]): ParsedOptions | null {
  const [first, ...words] = args;
  if (first === undefined || first === "" || first.startsWith("-")) return null;
  const options = [...first].flatMap((letter) =>
    "fC".includes(letter) ? [`-${letter}`, words.shift() ?? ""] : [`-${letter}`],
  );
  return parseOptions([...options, ...words], OPTIONS);
}

function hinted(process: Process, message: string): ToolError {
  return new ToolError(
    `${message}\nTry '${toolName(process)} --help' or '${toolName(process)} --usage' for more information.`,
    2,
  );
}

/** A pattern matches a whole name, or any part of it that ends at a slash. */
function exclusion(patterns: readonly string[]): (name: string) => boolean {
  const tests = patterns.map((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    return new RegExp(`(?:^|/)${source}(?:/|$)`, "s");
  });
  return (name) => tests.some((test) => test.test(name));
}

function directory(process: Process, options: ParsedOptions): string {
  const wanted = options.value("directory");
  const path = process.resolve(wanted ?? ".");
  if (wanted === undefined) return path;
  if (!process.machine.fs.exists(path)) {
    const hint = "Error is not recoverable: exiting now";
    throw new ToolError(`${wanted}: Cannot open: No such file or directory\n${toolName(process)}: ${hint}`, 2);
  }
  return path;
}

async function create(process: Process, options: ParsedOptions): Promise<number> {
  const { fs } = process.machine;
  if (options.operands.length === 0) throw hinted(process, "Cowardly refusing to create an empty archive");
  const base = directory(process, options);
  const isExcluded = exclusion(options.values("exclude"));
  const archive = options.value("file") ?? "-";
  const toStdout = archive === "-";
  const members: Member[] = [];
  let status = 0;
  let warned = false;
  const say = (text: string): Promise<void> => process.stderr.write(`${toolName(process)}: ${text}\n`);

  const visit = async (shown: string, depth: number): Promise<void> => {
    if (isExcluded(shown) || depth > MAX_DEPTH) return;
    const path = shown.startsWith("/") ? shown : `${base}/${shown}`;
    try {
      const stat = options.has("dereference") ? fs.stat(path) : fs.lstat(path);
      const isDirectory = stat.kind === "directory";
      if (!isDirectory && stat.kind !== "file" && stat.kind !== "symlink") return;
      if (shown.startsWith("/") && !warned) {
        warned = true;
        await say("Removing leading `/' from member names");
      }
      const name = `${shown.replace(/^\/+/, "").replace(/\/+$/, "")}${isDirectory ? "/" : ""}`;
      const content = stat.kind === "file" ? fs.readFile(path, process.credentials) : new Uint8Array(0);
      members.push({
        name: name === "/" ? "./" : name,
        kind: stat.kind === "symlink" ? "symlink" : isDirectory ? "directory" : "file",
        mode: stat.mode,
        uid: stat.uid,
        gid: stat.gid,
        user: userName(process, stat.uid),
        group: groupName(process, stat.gid),
        modifiedMs: stat.modifiedMs,
        target: stat.kind === "symlink" ? fs.readlink(path) : "",
        content,
      });
      const line = `${shown.replace(/\/+$/, "")}${isDirectory ? "/" : ""}\n`;
      if (options.has("verbose")) await (toStdout ? process.stderr : process.stdout).write(line);
      await process.breathe();
      if (!isDirectory) return;
      for (const child of fs.readdir(path, process.credentials))
        await visit(`${shown.replace(/\/+$/, "")}/${child}`, depth + 1);
    } catch (error) {
      if (!isErrno(error)) throw error;
      status = 2;
      await say(`${shown}: Cannot ${error.code === "ENOENT" ? "stat" : "open"}: ${error.message}`);
    }
  };
  for (const operand of options.operands) await visit(operand, 0);
  const bytes = writeArchive(members);
  const isZipped = options.has("gzip") || (options.has("auto-compress") && /\.t?gz$/.test(archive));
  const result = isZipped ? compress(bytes) : bytes;
  if (toStdout) await process.stdout.write(result);
  else {
    try {
      fs.writeFile(process.resolve(archive), result, { mode: 0o666 & ~process.umask, as: process.credentials });
    } catch (error) {
      throw cannotOpen(process, archive, error);
    }
  }
  if (status !== 0) await say("Exiting with failure status due to previous errors");
  return status;
}

function cannotOpen(process: Process, archive: string, error: unknown): unknown {
  if (!isErrno(error)) return error;
  return new ToolError(
    `${archive}: Cannot open: ${error.message}\n${toolName(process)}: Error is not recoverable: exiting now`,
    2,
  );
}

async function read(process: Process, options: ParsedOptions, isList: boolean): Promise<number> {
  const archive = options.value("file") ?? "-";
  let bytes: Uint8Array;
  try {
    bytes = await readAll(process, archive);
  } catch (error) {
    throw cannotOpen(process, archive, error);
  }
  const base = directory(process, options);
  const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (options.has("gzip") && !isZipped) {
    await process.stderr.write("\ngzip: stdin: not in gzip format\n");
    throw new ToolError("Child returned status 1\ntar: Error is not recoverable: exiting now", 2);
  }
  const isExcluded = exclusion(options.values("exclude"));
  const wanted = options.operands.map((operand) => operand.replace(/\/+$/, ""));
  const found = new Set<string>();
  const strip = Number(options.value("strip-components") ?? 0);
  for (const member of readArchive(isZipped ? decompress(bytes, "stdin") : bytes)) {
    const plain = member.name.replace(/\/+$/, "");
    const match = wanted.find((one) => plain === one || plain.startsWith(`${one}/`));
    if (match !== undefined) found.add(match);
    if ((wanted.length > 0 && match === undefined) || isExcluded(plain)) continue;
    const isLong = isList && options.has("verbose");
    const line = `${isLong ? longLine(member) : member.name}\n`;
    if (isList || options.has("verbose"))
      await (options.has("to-stdout") ? process.stderr : process.stdout).write(line);
    if (!isList) {
      if (options.has("to-stdout")) await process.stdout.write(member.content);
      else
        extract(process, base, member, { strip, touches: options.has("touch"), owns: !options.has("no-same-owner") });
    }
    await process.breathe();
  }
  const missing = wanted.filter((one) => !found.has(one));
  for (const one of missing) await process.stderr.write(`${toolName(process)}: ${one}: Not found in archive\n`);
  if (missing.length === 0) return 0;
  throw new ToolError("Exiting with failure status due to previous errors", 2);
}

function longLine(member: Member): string {
  const owner = `${member.user || member.uid}/${member.group || member.gid}`;
  const size = String(member.content.length).padStart(Math.max(1, 18 - owner.length));
  const date = formatDate(member.modifiedMs, "%Y-%m-%d %H:%M");
  const arrow = member.kind === "symlink" ? ` -> ${member.target}` : "";
  return `${modeText(member)} ${owner} ${size} ${date} ${member.name}${arrow}`;
}

interface Extraction {
  /** Leading parts of names that are left out. */
  readonly strip: number;
  /** Files are as new as their extraction. */
  readonly touches: boolean;
  /** Root gives files to the owners they had. */
  readonly owns: boolean;
}

/** Names that climb out of the folder are taken as if they did not. */
function extract(process: Process, base: string, member: Member, { strip, touches, owns }: Extraction): void {
  const { fs } = process.machine;
  const parts = member.name.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  const rest = parts.slice(strip);
  if (rest.length === 0) return;
  const path = `${base}/${rest.join("/")}`;
  const as = process.credentials;
  const parent = path.slice(0, path.lastIndexOf("/"));
  if (!fs.exists(parent)) fs.mkdir(parent, { recursive: true, as });
  const mode = member.mode & (as.uid === 0 ? 0o7777 : ~process.umask & 0o777);
  if (member.kind === "directory") {
    if (!fs.exists(path)) fs.mkdir(path, { mode, as });
  } else {
    if (fs.exists(path)) fs.unlink(path, as);
    if (member.kind === "symlink") {
      fs.symlink(member.target, path, as);
      return;
    }
    fs.writeFile(path, member.content, { mode, as });
  }
  if (as.uid === 0 && owns) fs.chown(path, member.uid, member.gid);
  if (!touches) fs.utimes(path, member.modifiedMs, member.modifiedMs);
}
