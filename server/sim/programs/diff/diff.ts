/** GNU diffutils 3.8 and busybox (unified only): diff and cmp. */
import type { Process } from "../../machine/types.ts";
import { formatDate } from "../toolkit/dates.ts";
import { readAll, utf8 } from "../toolkit/input.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { compileRegex } from "../toolkit/posix-regex.ts";
import { compilePattern } from "../../shell/pattern.ts";
import { defineTool, isBusybox, isErrno, ToolError, toolName } from "../toolkit/tool.ts";
import { diffLines, type Hunk } from "./edits.ts";
import { contextual, edScript, normal, painted, rcsScript, type Side, sideBySide, unified } from "./formats.ts";

export const diff = defineTool({
  name: "diff",
  usageStatus: 2,
  usageHint: "diff: Try 'diff --help' for more information.",
  options: [
    o("u"),
    o("U", "", "required"),
    o("", "unified", "optional"),
    o("c"),
    o("C", "", "required"),
    o("", "context", "optional"),
    o("e", "ed"),
    o("n", "rcs"),
    o("", "normal"),
    // `-u0`: digits in a row are lines of context.
    ...[..."0123456789"].map((digit) => o(digit)),
    o("x", "exclude", "required"),
    o("I", "ignore-matching-lines", "required"),
    o("E", "ignore-tab-expansion"),
    o("Z", "ignore-trailing-space"),
    o("t", "expand-tabs"),
    o("T", "initial-tab"),
    o("d", "minimal"),
    o("p", "show-c-function"),
    o("", "suppress-common-lines"),
    o("", "speed-large-files"),
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
    const [left, right, extra] = options.operands;
    const hint = "\ndiff: Try 'diff --help' for more information.";
    if (left === undefined || right === undefined)
      throw new ToolError(`missing operand after '${left ?? "diff"}'${hint}`, 2);
    if (extra !== undefined) throw new ToolError(`extra operand '${extra}'${hint}`, 2);
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

async function compare(
  process: Process,
  options: ParsedOptions,
  left: string,
  right: string,
  isInFolder = false,
): Promise<number> {
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
      { left, right, isInFolder },
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
  const excluded = options.values("exclude").map((pattern) => compilePattern(pattern, { extglob: false }));
  let status = 0;
  for (const name of [...new Set([...inLeft, ...inRight])].sort()) {
    if (excluded.some((pattern) => pattern.test(name))) continue;
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
    status = Math.max(status, await compare(process, options, a, b, true));
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
    else if (options.has("ignore-trailing-space")) key = key.trimEnd();
    if (options.has("ignore-tab-expansion")) key = expandTabs(key);
    if (options.has("ignore-case")) key = key.toLowerCase();
    return index === lines.length - 1 && !endsWithNewline ? `${key}\u0000` : key;
  });
}

const expandTabs = (line: string): string =>
  line.replace(/([^\t]*)\t/g, (_, before: string) => before + " ".repeat(8 - (before.length % 8)));

/** Hunks that -B or -I passes over are left out. */
function relevant(hunks: readonly Hunk[], left: Side, right: Side, options: ParsedOptions): readonly Hunk[] {
  const patterns = options.values("ignore-matching-lines").map((pattern) => compileRegex(pattern, { syntax: "basic" }));
  const isIgnored = (line: string): boolean =>
    (options.has("ignore-blank-lines") && line.trim() === "") || patterns.some((pattern) => pattern.test(line));
  return hunks.filter(
    (hunk) =>
      ![...left.lines.slice(hunk.oldStart, hunk.oldEnd), ...right.lines.slice(hunk.newStart, hunk.newEnd)].every(
        isIgnored,
      ),
  );
}

async function compareFiles(
  process: Process,
  options: ParsedOptions,
  left: Side,
  right: Side,
  { left: leftName, right: rightName, isInFolder }: { left: string; right: string; isInFolder: boolean },
): Promise<number> {
  const all = diffLines(
    keys(left.lines, options, left.endsWithNewline),
    keys(right.lines, options, right.endsWithNewline),
  );
  const hunks = relevant(all, left, right, options);
  if (hunks.length === 0) {
    if (options.has("report-identical-files"))
      await process.stdout.write(`Files ${leftName} and ${rightName} are identical\n`);
    return 0;
  }
  if (options.has("brief")) {
    await process.stdout.write(`Files ${leftName} and ${rightName} differ\n`);
    return 1;
  }
  if (isInFolder) {
    const given = process.argv.slice(1).filter((word) => word.startsWith("-"));
    await process.stdout.write(`${["diff", ...given, leftName, rightName].join(" ")}\n`);
  }
  const text = written(process, options, left, right, hunks);
  const when = options.value("color") ?? (options.has("color") ? "auto" : "never");
  const isPainted = when === "always" || (when === "auto" && process.stdout.isTty);
  await process.stdout.write(isPainted ? painted(text) : text);
  return 1;
}

/** The hunks in the format that was asked for. */
function written(process: Process, options: ParsedOptions, left: Side, right: Side, hunks: readonly Hunk[]): string {
  const asks = (...names: readonly string[]): boolean => names.some((name) => options.has(name));
  const digits = options.given.filter(({ name }) => /^\d$/.test(name)).map(({ name }) => name);
  const lines = (...names: readonly string[]): number => {
    const given = names.map((name) => options.value(name)).find((value) => value !== undefined);
    return Number(given ?? (digits.length > 0 ? digits.join("") : 3));
  };
  const label = (side: Side, index: number): string =>
    options.values("label")[index] ?? `${side.name}\t${formatDate(side.modifiedMs, "%Y-%m-%d %H:%M:%S.%N %z")}`;
  if (asks("u", "U", "unified") || isBusybox(process))
    return `--- ${label(left, 0)}\n+++ ${label(right, 1)}\n${unified(left, right, hunks, lines("U", "unified"))}`;
  if (asks("c", "C", "context", "show-c-function"))
    return `*** ${label(left, 0)}\n--- ${label(right, 1)}\n${contextual(left, right, hunks, lines("C", "context"))}`;
  if (options.has("side-by-side")) {
    const width = Number(options.value("width") ?? 130);
    return sideBySide(left, right, hunks, { width, onlyChanges: options.has("suppress-common-lines") });
  }
  if (options.has("ed")) return edScript(right, hunks);
  if (options.has("rcs")) return rcsScript(right, hunks);
  return normal(left, right, hunks);
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
      const limit = Number(options.value("bytes") ?? Number.POSITIVE_INFINITY);
      const a = (await readAll(process, left)).subarray(0, limit);
      const b = (await readAll(process, right)).subarray(0, limit);
      return await compareBytes(process, options, { name: left, bytes: a }, { name: right, bytes: b });
    } catch (error) {
      if (!isErrno(error) || error.code === "EPIPE") throw error;
      const missing = kindOf(process, left) === "missing" ? left : right;
      await process.stderr.write(`cmp: ${missing}: ${error.message}\n`);
      return 2;
    }
  },
});

interface Bytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

async function compareBytes(process: Process, options: ParsedOptions, left: Bytes, right: Bytes): Promise<number> {
  const length = Math.min(left.bytes.length, right.bytes.length);
  let line = 1;
  let status = 0;
  for (let index = 0; index < length; index++) {
    const one = left.bytes[index] ?? 0;
    const other = right.bytes[index] ?? 0;
    if (one !== other) {
      status = 1;
      if (options.has("silent")) return 1;
      if (options.has("verbose")) {
        const octal = (byte: number): string => byte.toString(8).padStart(3);
        const place = String(index + 1).padStart(String(length).length);
        await process.stdout.write(`${place} ${octal(one)} ${octal(other)}\n`);
      } else {
        const unit = isBusybox(process) ? "char" : "byte";
        const shown = options.has("print-bytes") ? ` is ${byteText(one)} ${byteText(other)}` : "";
        await process.stdout.write(`${left.name} ${right.name} differ: ${unit} ${index + 1}, line ${line}${shown}\n`);
        return 1;
      }
    }
    if (one === 10) line++;
  }
  if (left.bytes.length === right.bytes.length) return status;
  const shorter = left.bytes.length < right.bytes.length ? left : right;
  if (!options.has("silent"))
    await process.stderr.write(`cmp: EOF on ${shorter.name} ${endText(process, shorter.bytes, line, options)}\n`);
  return 1;
}

const byteText = (byte: number): string => `${byte.toString(8).padStart(3)} ${String.fromCharCode(byte)}`;

/** Where the shorter file ended; a line that has not ended is still being `in`. */
function endText(process: Process, bytes: Uint8Array, line: number, options: ParsedOptions): string {
  if (isBusybox(process)) return `after byte ${bytes.length}`;
  if (bytes.length === 0) return "which is empty";
  if (options.has("verbose")) return `after byte ${bytes.length}`;
  const ended = bytes.at(-1) === 10;
  return `after byte ${bytes.length}, ${ended ? `line ${line - 1}` : `in line ${line}`}`;
}
