/** GNU diffutils 3.8 and busybox (unified only): diff and cmp. */
import type { Process } from "../../machine/types.ts";
import { formatDate } from "../toolkit/dates.ts";
import { readAll, utf8 } from "../toolkit/input.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { defineTool, isBusybox, isErrno, quoted, ToolError, toolName } from "../toolkit/tool.ts";
import { diffLines, type Hunk } from "./edits.ts";

interface Side {
  readonly name: string;
  readonly lines: readonly string[];
  readonly endsWithNewline: boolean;
  readonly modifiedMs: number;
}

export const diff = defineTool({
  name: "diff",
  usageStatus: 2,
  options: [
    o("u"),
    o("U", "unified", "optional"),
    o("c"),
    o("q", "brief"),
    o("s", "report-identical-files"),
    o("r", "recursive"),
    o("N", "new-file"),
    o("i", "ignore-case"),
    o("w", "ignore-all-space"),
    o("b", "ignore-space-change"),
    o("B", "ignore-blank-lines"),
    o("a", "text"),
    o("y", "side-by-side"),
    o("W", "width", "required"),
    o("", "color", "optional"),
    o("L", "label", "required"),
    o("", "strip-trailing-cr"),
  ],
  async run(process, options) {
    const [left, right] = options.operands;
    const hint = `\ndiff: Try 'diff --help' for more information.`;
    if (left === undefined || right === undefined)
      throw new ToolError(`missing operand after ${quoted(left ?? "diff")}${hint}`, 2);
    return compare(process, options, left, right);
  },
});

function kindOf(process: Process, path: string): "directory" | "file" | "missing" {
  if (path === "-") return "file";
  try {
    return process.machine.fs.stat(process.resolve(path)).kind === "directory" ? "directory" : "file";
  } catch {
    return "missing";
  }
}

async function compare(process: Process, options: ParsedOptions, left: string, right: string): Promise<number> {
  const kinds = [kindOf(process, left), kindOf(process, right)];
  if (kinds[0] === "directory" && kinds[1] === "directory") return compareFolders(process, options, left, right);
  if (kinds[0] === "directory") return compare(process, options, `${left}/${right.split("/").at(-1)}`, right);
  if (kinds[1] === "directory") return compare(process, options, left, `${right}/${left.split("/").at(-1)}`);
  try {
    return await compareFiles(
      process,
      options,
      await load(process, left, options.has("new-file")),
      await load(process, right, options.has("new-file")),
      left,
      right,
    );
  } catch (error) {
    if (!isErrno(error) || error.code === "EPIPE") throw error;
    const missing = kinds[0] === "missing" ? left : right;
    await process.stderr.write(
      isBusybox(process)
        ? `diff: can't stat '${missing}': ${error.message}\n`
        : `${toolName(process)}: ${missing}: ${error.message}\n`,
    );
    return 2;
  }
}

async function compareFolders(process: Process, options: ParsedOptions, left: string, right: string): Promise<number> {
  const { fs } = process.machine;
  const names = (folder: string): readonly string[] => fs.readdir(process.resolve(folder), process.credentials);
  const inLeft = new Set(names(left));
  const inRight = new Set(names(right));
  let status = 0;
  for (const name of [...new Set([...inLeft, ...inRight])].sort()) {
    const both = inLeft.has(name) && inRight.has(name);
    if (!both && !options.has("new-file")) {
      await process.stdout.write(`Only in ${inLeft.has(name) ? left : right}: ${name}\n`);
      status = Math.max(status, 1);
      continue;
    }
    const [a, b] = [`${left.replace(/\/$/, "")}/${name}`, `${right.replace(/\/$/, "")}/${name}`];
    if (kindOf(process, a) === "directory" && kindOf(process, b) === "directory" && !options.has("recursive")) {
      await process.stdout.write(`Common subdirectories: ${a} and ${b}\n`);
      continue;
    }
    status = Math.max(status, await compare(process, options, a, b));
  }
  return status;
}

async function load(process: Process, path: string, mayMiss: boolean): Promise<Side> {
  if (mayMiss && kindOf(process, path) === "missing")
    return { name: path, lines: [], endsWithNewline: true, modifiedMs: 0 };
  const text = utf8(await readAll(process, path));
  const lines = text.split("\n");
  const endsWithNewline = lines.at(-1) === "";
  if (endsWithNewline) lines.pop();
  const resolved = process.resolve(path);
  const modifiedMs =
    path === "-" || !process.machine.fs.exists(resolved)
      ? process.clock.now()
      : process.machine.fs.stat(resolved).modifiedMs;
  return { name: path, lines, endsWithNewline, modifiedMs };
}

/** What lines are compared by. */
function keys(lines: readonly string[], options: ParsedOptions, endsWithNewline: boolean): readonly string[] {
  return lines.map((line, index) => {
    let key = line;
    if (options.has("strip-trailing-cr")) key = key.replace(/\r$/, "");
    if (options.has("ignore-all-space")) key = key.replace(/\s+/g, "");
    else if (options.has("ignore-space-change")) key = key.replace(/\s+/g, " ").trimEnd();
    if (options.has("ignore-case")) key = key.toLowerCase();
    return index === lines.length - 1 && !endsWithNewline ? `${key}\u0000` : key;
  });
}

async function compareFiles(
  process: Process,
  options: ParsedOptions,
  left: Side,
  right: Side,
  leftName: string,
  rightName: string,
): Promise<number> {
  let hunks = diffLines(
    keys(left.lines, options, left.endsWithNewline),
    keys(right.lines, options, right.endsWithNewline),
  );
  if (options.has("ignore-blank-lines")) {
    hunks = hunks.filter((hunk) =>
      [...left.lines.slice(hunk.oldStart, hunk.oldEnd), ...right.lines.slice(hunk.newStart, hunk.newEnd)].some(
        (line) => line.trim() !== "",
      ),
    );
  }
  if (hunks.length === 0) {
    if (options.has("report-identical-files"))
      await process.stdout.write(`Files ${leftName} and ${rightName} are identical\n`);
    return 0;
  }
  if (options.has("brief")) {
    await process.stdout.write(`Files ${leftName} and ${rightName} differ\n`);
    return 1;
  }
  const isUnified = options.has("u") || options.has("unified") || isBusybox(process);
  if (options.has("recursive"))
    await process.stdout.write(
      `diff ${process.argv
        .slice(1)
        .filter((word) => word.startsWith("-"))
        .join(" ")} ${leftName} ${rightName}\n`,
    );
  if (isUnified) {
    const context = Number(options.value("unified") ?? 3);
    const label = (side: Side, index: number): string =>
      options.values("label")[index] ?? `${side.name}\t${formatDate(side.modifiedMs, "%Y-%m-%d %H:%M:%S.%N %z")}`;
    await process.stdout.write(
      `--- ${label(left, 0)}\n+++ ${label(right, 1)}\n${unified(left, right, hunks, context)}`,
    );
  } else {
    await process.stdout.write(normal(left, right, hunks));
  }
  return 1;
}

const NO_NEWLINE = "\\ No newline at end of file\n";

function marked(side: Side, from: number, to: number, mark: string): string {
  let text = "";
  for (let index = from; index < to; index++) {
    text += `${mark}${side.lines[index]}\n`;
    if (index === side.lines.length - 1 && !side.endsWithNewline) text += NO_NEWLINE;
  }
  return text;
}

function normal(left: Side, right: Side, hunks: readonly Hunk[]): string {
  const range = (start: number, end: number): string => (end - start <= 1 ? String(end) : `${start + 1},${end}`);
  return hunks
    .map(({ oldStart, oldEnd, newStart, newEnd }) => {
      const letter = oldStart === oldEnd ? "a" : newStart === newEnd ? "d" : "c";
      const head = `${oldStart === oldEnd ? oldStart : range(oldStart, oldEnd)}${letter}${newStart === newEnd ? newStart : range(newStart, newEnd)}\n`;
      return (
        head +
        marked(left, oldStart, oldEnd, "< ") +
        (letter === "c" ? "---\n" : "") +
        marked(right, newStart, newEnd, "> ")
      );
    })
    .join("");
}

function unified(left: Side, right: Side, hunks: readonly Hunk[], context: number): string {
  const groups: Hunk[][] = [];
  for (const hunk of hunks) {
    const last = groups.at(-1)?.at(-1);
    if (last && hunk.oldStart - last.oldEnd <= context * 2) groups.at(-1)?.push(hunk);
    else groups.push([hunk]);
  }
  const range = (start: number, count: number): string =>
    count === 1 ? String(start + 1) : `${count === 0 ? start : start + 1},${count}`;
  return groups
    .map((group) => {
      const first = group[0];
      const last = group.at(-1);
      if (!first || !last) return "";
      const oldFrom = Math.max(0, first.oldStart - context);
      const newFrom = Math.max(0, first.newStart - context);
      const oldTo = Math.min(left.lines.length, last.oldEnd + context);
      const newTo = Math.min(right.lines.length, last.newEnd + context);
      let body = "";
      let at = oldFrom;
      for (const hunk of group) {
        body +=
          marked(left, at, hunk.oldStart, " ") +
          marked(left, hunk.oldStart, hunk.oldEnd, "-") +
          marked(right, hunk.newStart, hunk.newEnd, "+");
        at = hunk.oldEnd;
      }
      body += marked(left, at, oldTo, " ");
      return `@@ -${range(oldFrom, oldTo - oldFrom)} +${range(newFrom, newTo - newFrom)} @@\n${body}`;
    })
    .join("");
}

export const cmp = defineTool({
  name: "cmp",
  usageStatus: 2,
  options: [o("s", "silent"), o("l", "verbose"), o("b", "print-bytes"), o("n", "bytes", "required")],
  async run(process, options) {
    const [left, right = "-"] = options.operands;
    if (left === undefined)
      throw new ToolError("missing operand after 'cmp'\ncmp: Try 'cmp --help' for more information.", 2);
    try {
      const a = await readAll(process, left);
      const b = await readAll(process, right);
      const length = Math.min(a.length, b.length);
      let line = 1;
      for (let index = 0; index < length; index++) {
        if (a[index] !== b[index]) {
          if (!options.has("silent"))
            await process.stdout.write(
              `${left} ${right} differ: ${isBusybox(process) ? "char" : "byte"} ${index + 1}, line ${line}\n`,
            );
          return 1;
        }
        if (a[index] === 10) line++;
      }
      if (a.length === b.length) return 0;
      const shorter = a.length < b.length ? left : right;
      if (!options.has("silent"))
        await process.stderr.write(`cmp: EOF on ${shorter} after byte ${length}, line ${line}\n`);
      return 1;
    } catch (error) {
      if (!isErrno(error) || error.code === "EPIPE") throw error;
      const missing = kindOf(process, left) === "missing" ? left : right;
      await process.stderr.write(`cmp: ${missing}: ${error.message}\n`);
      return 2;
    }
  },
});
