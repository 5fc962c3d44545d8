import { checkHeld, lines } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import type { Process } from "../../machine/types.ts";
import { defineTool, isBusybox, isErrno, quoted, ToolError, toolName } from "../toolkit/tool.ts";

type Flag = "n" | "g" | "h" | "V" | "M" | "f" | "d" | "i" | "b" | "r" | "R";

/** What a line costs beside its text. */
const LINE_COST_BYTES = 32;

interface Key {
  readonly startField: number;
  readonly startChar: number;
  /** 0: to the end of the line. */
  readonly endField: number;
  /** 0: to the end of the field. */
  readonly endChar: number;
  readonly flags: ReadonlySet<Flag>;
}

const LONG: Readonly<Record<string, Flag>> = {
  "numeric-sort": "n",
  "general-numeric-sort": "g",
  "human-numeric-sort": "h",
  "version-sort": "V",
  "month-sort": "M",
  "ignore-case": "f",
  "dictionary-order": "d",
  "ignore-nonprinting": "i",
  "ignore-leading-blanks": "b",
  reverse: "r",
  "random-sort": "R",
};

/** coreutils 9.1 and busybox: sort, in the C.UTF-8 locale (code points decide). */
export const sort = defineTool({
  name: "sort",
  usage: "Usage: sort [OPTION]... [FILE]...\nWrite sorted concatenation of all FILE(s) to standard output.",
  usageStatus: 2,
  options: [
    ...Object.entries(LONG).map(([long, short]) => o(short, long)),
    o("k", "key", "required"),
    o("t", "field-separator", "required"),
    o("u", "unique"),
    o("s", "stable"),
    o("c", "check", "optional"),
    o("C"),
    o("o", "output", "required"),
    o("m", "merge"),
    o("z", "zero-terminated"),
    o("T", "temporary-directory", "required"),
    o("S", "buffer-size", "required"),
  ],
  async run(process, options) {
    const global = new Set(Object.entries(LONG).flatMap(([long, flag]) => (options.has(long) ? [flag] : [])));
    const keys = options.values("key").map((text) => parseKey(text, global));
    const separator = options.value("field-separator");
    if (separator !== undefined && [...separator].length > 1 && separator !== "\\0") {
      throw new ToolError(`multi-character tab ${quoted(separator)}`, 2);
    }
    const terminator = options.has("zero-terminated") ? "\0" : "\n";
    const compareKeys = comparator(keys, global, separator);
    const isReversed = global.has("r");
    const isStable = options.has("stable") || options.has("unique");
    const compare = (left: string, right: string): number => {
      const byKeys = compareKeys(left, right);
      if (byKeys !== 0 || isStable) return byKeys;
      return (isReversed ? -1 : 1) * compareText(left, right);
    };
    const all: string[] = [];
    const starts: number[] = [];
    let heldBytes = 0;
    for (const operand of options.operands.length === 0 ? ["-"] : options.operands) {
      starts.push(all.length);
      try {
        for await (const { text } of lines(process, operand, terminator)) {
          all.push(text);
          heldBytes += text.length + LINE_COST_BYTES;
          checkHeld(heldBytes);
        }
      } catch (error) {
        return reportUnreadable(process, operand, error);
      }
    }
    if (options.has("check") || options.has("C")) {
      const disorder = all.findIndex((line, index) => {
        const order = index === 0 ? -1 : compare(all[index - 1] ?? "", line);
        return order > 0 || (order === 0 && options.has("unique"));
      });
      if (disorder === -1) return 0;
      const name = options.operands[0] ?? "-";
      if (options.has("check")) {
        await process.stderr.write(`sort: ${name}:${disorder + 1}: disorder: ${all[disorder]}\n`);
      }
      return 1;
    }
    const sorted = options.has("merge")
      ? merged(
          starts.map((start, index) => all.slice(start, starts[index + 1])),
          compare,
        )
      : all.sort(compare);
    const kept = options.has("unique")
      ? sorted.filter((line, index) => index === 0 || compareKeys(sorted[index - 1] ?? "", line) !== 0)
      : sorted;
    const text = kept.map((line) => line + terminator).join("");
    const output = options.value("output");
    if (output === undefined) await process.stdout.write(text);
    else process.machine.fs.writeFile(process.resolve(output), text, { as: process.credentials });
    return 0;
  },
});

/** The least of the files' first lines, again and again: files that are not sorted stay so, as with the real one. */
function merged(files: readonly string[][], compare: (left: string, right: string) => number): string[] {
  const result: string[] = [];
  const at = files.map(() => 0);
  for (;;) {
    let chosen = -1;
    for (const [index, file] of files.entries()) {
      const line = file[at[index] ?? 0];
      if (line === undefined) continue;
      const least = chosen === -1 ? undefined : files[chosen]?.[at[chosen] ?? 0];
      if (least === undefined || compare(line, least) < 0) chosen = index;
    }
    if (chosen === -1) return result;
    result.push(files[chosen]?.[at[chosen] ?? 0] ?? "");
    at[chosen] = (at[chosen] ?? 0) + 1;
  }
}

async function reportUnreadable(process: Process, operand: string, error: unknown): Promise<number> {
  if (!isErrno(error) || error.code === "EPIPE") throw error;
  const what = isBusybox(process) ? operand : `${error.code === "EISDIR" ? "read failed" : "cannot read"}: ${operand}`;
  await process.stderr.write(`${toolName(process)}: ${what}: ${error.message}\n`);
  return isBusybox(process) ? 1 : 2;
}

function parseKey(text: string, global: ReadonlySet<Flag>): Key {
  const match = /^(\d+)(?:\.(\d+))?([bdfgiMhnRrV]*)(?:,(\d+)(?:\.(\d+))?([bdfgiMhnRrV]*))?$/.exec(text);
  if (!match) throw new ToolError(`invalid number at field start: invalid count at start of ${quoted(text)}`, 2);
  const [, startField, startChar, startFlags = "", endField, endChar, endFlags = ""] = match;
  if (startField === "0") throw new ToolError(`field number is zero: invalid field specification ${quoted(text)}`, 2);
  const own = new Set([...startFlags, ...endFlags] as Flag[]);
  return {
    startField: Number(startField),
    startChar: Number(startChar ?? 1),
    endField: Number(endField ?? 0),
    endChar: Number(endChar ?? 0),
    // A key without flags of its own inherits the global ones.
    flags: own.size > 0 ? own : global,
  };
}

function comparator(
  keys: readonly Key[],
  global: ReadonlySet<Flag>,
  separator: string | undefined,
): (left: string, right: string) => number {
  const whole: Key = { startField: 1, startChar: 1, endField: 0, endChar: 0, flags: global };
  const effective = keys.length > 0 ? keys : [whole];
  return (left, right) => {
    for (const key of effective) {
      const order = compareBy(key.flags, extract(left, key, separator), extract(right, key, separator));
      if (order !== 0) return key.flags.has("r") ? -order : order;
    }
    return 0;
  };
}

/** Without a separator each field begins with the blanks in front of it. */
function extract(line: string, key: Key, separator: string | undefined): string {
  if (key.startField === 1 && key.startChar === 1 && key.endField === 0) return line;
  const bounds = fieldBounds(line, separator);
  const startBound = bounds[key.startField - 1];
  if (!startBound) return "";
  let start = startBound[0];
  if (key.flags.has("b")) start = skipBlanks(line, start);
  start += key.startChar - 1;
  if (key.endField === 0) return line.slice(start);
  const endBound = bounds[key.endField - 1];
  if (!endBound) return line.slice(start);
  const end = key.endChar === 0 ? endBound[1] : Math.min(endBound[0] + key.endChar, line.length);
  return line.slice(start, Math.max(start, end));
}

function fieldBounds(line: string, separator: string | undefined): readonly (readonly [number, number])[] {
  const bounds: [number, number][] = [];
  if (separator !== undefined) {
    let start = 0;
    for (const part of line.split(separator)) {
      bounds.push([start, start + part.length]);
      start += part.length + separator.length;
    }
    return bounds;
  }
  for (const match of line.matchAll(/[ \t]*[^ \t]+|[ \t]+$/g))
    bounds.push([match.index, match.index + match[0].length]);
  return bounds;
}

function skipBlanks(line: string, from: number): number {
  let at = from;
  while (line[at] === " " || line[at] === "\t") at++;
  return at;
}

function compareBy(flags: ReadonlySet<Flag>, left: string, right: string): number {
  if (flags.has("n")) return numeric(left) - numeric(right);
  if (flags.has("g")) return general(left) - general(right);
  if (flags.has("h")) return human(left) - human(right);
  if (flags.has("M")) return month(left) - month(right);
  if (flags.has("V")) return compareVersions(left, right);
  return compareText(fold(left, flags), fold(right, flags));
}

function fold(text: string, flags: ReadonlySet<Flag>): string {
  let folded = text;
  if (flags.has("b")) folded = folded.replace(/^[ \t]+/, "");
  if (flags.has("d")) folded = folded.replace(/[^A-Za-z0-9 \t]/g, "");
  if (flags.has("f")) folded = folded.toUpperCase();
  return folded;
}

/** By code point, which equals byte order in UTF-8. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.codePointAt(index) ?? 0;
    const b = right.codePointAt(index) ?? 0;
    if (a !== b) return a - b;
  }
  return left.length - right.length;
}

function numeric(text: string): number {
  const match = /^\s*-?\d*\.?\d*/.exec(text);
  const value = Number(match?.[0]);
  return Number.isNaN(value) ? 0 : value;
}

function general(text: string): number {
  const value = Number.parseFloat(text);
  return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
}

const SUFFIXES = "KMGTPEZY";

/** The suffix decides before the number does: `2K` is below `1M`. */
function human(text: string): number {
  const match = /^\s*(-?[\d.]+)([KMGTPEZY]?)/i.exec(text);
  if (!match) return 0;
  const power = match[2] ? SUFFIXES.indexOf(match[2].toUpperCase()) + 1 : 0;
  return Number(match[1]) * 1024 ** power;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

function month(text: string): number {
  return MONTHS.indexOf(text.trimStart().slice(0, 3).toUpperCase());
}

/** Digits compare as numbers, the rest as text; `~` sorts before everything, the end included. */
export function compareVersions(left: string, right: string): number {
  const parts = (text: string): readonly string[] => text.match(/\d+|\D+/g) ?? [];
  const a = parts(left);
  const b = parts(right);
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const one = a[index] ?? "";
    const other = b[index] ?? "";
    const bothNumbers = /^\d/.test(one) && /^\d/.test(other);
    const order = bothNumbers ? Number(one) - Number(other) : compareText(versionText(one), versionText(other));
    if (order !== 0) return order;
  }
  return compareText(left, right);
}

function versionText(text: string): string {
  return [...text]
    .map((char) =>
      char === "~" ? "\u0000" : /[A-Za-z]/.test(char) ? char : String.fromCodePoint((char.codePointAt(0) ?? 0) + 256),
    )
    .join("");
}
