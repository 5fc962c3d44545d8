/** coreutils 9.1 and busybox: chmod, chown, chgrp, and the language of modes. */
import type { FileSystem, Process } from "../../machine/types.ts";
import { accounts, groups } from "../toolkit/accounts.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { modeText } from "./ls.ts";
import { defineTool, isBusybox, isErrno, quote, quoted, ToolError, toolName } from "../toolkit/tool.ts";

/** chmod's words; mkdir says it without the colon. */
export class InvalidMode extends ToolError {
  constructor(readonly spelling: string) {
    super(`invalid mode: ${quoted(spelling)}`);
  }
}

/** The mode after `spelling` (octal or symbolic) is applied. Throws `InvalidMode`. */
export function changedMode(spelling: string, old: number, isDirectory: boolean, umask: number): number {
  if (/^[0-7]{1,4}$/.test(spelling)) return Number.parseInt(spelling, 8);
  let mode = old;
  for (const clause of spelling.split(",")) {
    const match = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause);
    if (!match) throw new InvalidMode(spelling);
    const [, who = "", actions = ""] = match;
    for (const [, operator = "", permissions = ""] of actions.matchAll(/([-+=])([rwxXst]*|[ugo])/g)) {
      mode = applyAction(mode, who, operator, permissions, isDirectory, umask);
    }
  }
  return mode;
}

function applyAction(
  mode: number,
  who: string,
  operator: string,
  permissions: string,
  isDirectory: boolean,
  umask: number,
): number {
  const classes = who === "" || who.includes("a") ? ["u", "g", "o"] : [...who];
  const mask = who === "" ? ~umask : ~0;
  let result = mode;
  for (const target of classes) {
    const shift = target === "u" ? 6 : target === "g" ? 3 : 0;
    let bits = 0;
    if (/^[ugo]$/.test(permissions)) {
      bits = (mode >> (permissions === "u" ? 6 : permissions === "g" ? 3 : 0)) & 7;
    } else {
      if (permissions.includes("r")) bits |= 4;
      if (permissions.includes("w")) bits |= 2;
      if (permissions.includes("x") || (permissions.includes("X") && (isDirectory || (mode & 0o111) !== 0))) bits |= 1;
    }
    const special = permissions.includes("s") ? (target === "u" ? 0o4000 : target === "g" ? 0o2000 : 0) : 0;
    const sticky = permissions.includes("t") ? 0o1000 : 0;
    const value = ((bits << shift) & mask) | special | sticky;
    if (operator === "+") result |= value;
    else if (operator === "-") result &= ~value;
    else result = (result & ~(7 << shift)) | value;
  }
  return result;
}

async function walk(
  process: Process,
  options: ParsedOptions,
  operands: readonly string[],
  verb: (operand: string) => string,
  /** What -v and -c say of the change; with -v also of one that changes nothing. */
  change: (fs: FileSystem, path: string, operand: string) => Promise<void> | void,
): Promise<number> {
  const { fs } = process.machine;
  let status = 0;
  const visit = async (operand: string): Promise<void> => {
    const path = process.resolve(operand);
    try {
      fs.lstat(path, process.credentials);
    } catch (error) {
      if (!isErrno(error)) throw error;
      if (!options.has("silent")) {
        const text = isBusybox(process)
          ? `${operand}: ${error.message}`
          : `cannot access ${quote(operand)}: ${error.message}`;
        await process.stderr.write(`${toolName(process)}: ${text}\n`);
      }
      status = 1;
      return;
    }
    try {
      await change(fs, path, operand);
      if (options.has("recursive") && fs.lstat(path).kind === "directory") {
        for (const name of fs.readdir(path, process.credentials)) await visit(`${operand.replace(/\/$/, "")}/${name}`);
      }
    } catch (error) {
      if (!isErrno(error)) throw error;
      const text = isBusybox(process) ? `${operand}: ${error.message}` : `${verb(operand)}: ${error.message}`;
      if (!options.has("silent")) await process.stderr.write(`${toolName(process)}: ${text}\n`);
      status = 1;
    }
  };
  for (const operand of operands) await visit(operand);
  return status;
}

const COMMON = [
  o("R", "recursive"),
  o("f", "silent"),
  o("v", "verbose"),
  o("c", "changes"),
  o("", "quiet"),
  o("", "reference", "required"),
];

export const chmod = defineTool({
  name: "chmod",
  usage: "Usage: chmod [OPTION]... MODE[,MODE]... FILE...\nChange the mode of each FILE to MODE.",
  // `-x`, `-w` are modes, not options.
  options: [...COMMON, ...["r", "w", "x", "X", "s", "t"].map((letter) => o(letter))],
  async run(process, options) {
    const minus = options.given.filter((option) => /^[rwxXst]$/.test(option.name)).map((option) => option.name);
    const operands = minus.length > 0 ? [`-${minus.join("")}`, ...options.operands] : [...options.operands];
    const reference = options.value("reference");
    const spelling = reference === undefined ? operands.shift() : referenceMode(process, reference);
    const hint = `\nTry '${toolName(process)} --help' for more information.`;
    if (spelling === undefined || (reference !== undefined && operands.length === 0))
      throw new ToolError(`missing operand${hint}`);
    if (operands.length === 0) throw new ToolError(`missing operand after ${quoted(spelling)}${hint}`);
    changedMode(spelling, 0, false, process.umask);
    return walk(
      process,
      options,
      operands,
      (operand) => `changing permissions of ${quote(operand)}`,
      async (fs, path, operand) => {
        const stat = fs.stat(path);
        const mode = changedMode(spelling, stat.mode, stat.kind === "directory", process.umask);
        fs.chmod(path, mode, process.credentials);
        await tellMode(process, options, operand, stat.mode, mode);
      },
    );
  },
});

function referenceMode(process: Process, path: string): string {
  try {
    return process.machine.fs.stat(process.resolve(path)).mode.toString(8);
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new ToolError(`failed to get attributes of ${quote(path)}: ${error.message}`);
  }
}

/** `mode of 'f' changed from 0644 (rw-r--r--) to 0600 (rw-------)` */
async function tellMode(
  process: Process,
  options: ParsedOptions,
  operand: string,
  old: number,
  mode: number,
): Promise<void> {
  const shown = (bits: number): string =>
    `${(bits & 0o7777).toString(8).padStart(4, "0")} (${modeText({ kind: "file", mode: bits }).slice(1)})`;
  if (old !== mode && (options.has("verbose") || options.has("changes")))
    await process.stdout.write(`mode of ${quote(operand)} changed from ${shown(old)} to ${shown(mode)}\n`);
  else if (old === mode && options.has("verbose"))
    await process.stdout.write(`mode of ${quote(operand)} retained as ${shown(mode)}\n`);
}

function ownerOf(process: Process, spelling: string): { uid?: number; gid?: number } {
  const [user = "", group] = spelling.split(/[:.]/, 2);
  const account = accounts(process).find((candidate) => candidate.name === user);
  if (user !== "" && !account && !/^\d+$/.test(user)) throw new ToolError(`invalid user: ${quoted(spelling)}`);
  const result: { uid?: number; gid?: number } = {};
  if (user !== "") result.uid = account?.uid ?? Number(user);
  if (group === "") {
    if (account) result.gid = account.gid;
  } else if (group !== undefined) {
    const found = groups(process).find((candidate) => candidate.name === group);
    if (!found && !/^\d+$/.test(group)) throw new ToolError(`invalid group: ${quoted(spelling.replace(/^:/, ""))}`);
    result.gid = found?.gid ?? Number(group);
  }
  return result;
}

function ownershipTool(name: "chown" | "chgrp") {
  return defineTool({
    name,
    options: [...COMMON, o("h", "no-dereference"), o("L"), o("H"), o("P")],
    async run(process, options) {
      const [spelling, ...operands] = options.operands;
      const hint = `\nTry '${toolName(process)} --help' for more information.`;
      if (spelling === undefined) throw new ToolError(`missing operand${hint}`);
      if (operands.length === 0) throw new ToolError(`missing operand after ${quoted(spelling)}${hint}`);
      const owner = ownerOf(process, name === "chgrp" ? `:${spelling}` : spelling);
      const verb = (operand: string): string =>
        `changing ${name === "chown" ? "ownership" : "group"} of ${quote(operand)}`;
      return walk(process, options, operands, verb, (fs, path) => {
        const stat = fs.lstat(path);
        fs.chown(path, owner.uid ?? stat.uid, owner.gid ?? stat.gid, process.credentials);
      });
    },
  });
}

export const chown = ownershipTool("chown");
export const chgrp = ownershipTool("chgrp");
