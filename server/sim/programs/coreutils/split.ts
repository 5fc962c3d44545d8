/** coreutils 9.1 and busybox: split. Left out: --filter, K/N. */
import type { Process } from "../../machine/types.ts";
import { readAll } from "../toolkit/input.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { defineTool, isErrno, quote, quoted, ToolError } from "../toolkit/tool.ts";
import { parseCount } from "./counts.ts";
import { reportOpenFailure } from "./open-failure.ts";

const NEWLINE = 10;
const DEFAULT_LINES = "1000";

export const split = defineTool({
  name: "split",
  options: [
    o("l", "lines", "required"),
    o("b", "bytes", "required"),
    o("C", "line-bytes", "required"),
    o("n", "number", "required"),
    o("d"),
    o("x"),
    o("", "numeric-suffixes", "optional"),
    o("", "hex-suffixes", "optional"),
    o("a", "suffix-length", "required"),
    o("", "additional-suffix", "required"),
    o("e", "elide-empty-files"),
    o("", "verbose"),
  ],
  digitsAre: "lines",
  async run(process, options) {
    const [file = "-", prefix = "x"] = options.operands;
    const divide = division(options);
    let content: Uint8Array;
    try {
      content = await readAll(process, file);
    } catch (error) {
      return reportOpenFailure(process, file, error, "for reading");
    }
    const parts = divide(content);
    const name = suffixes(options, parts.length);
    for (const [index, part] of parts.entries()) {
      if (part.length === 0 && options.has("elide-empty-files")) continue;
      const path = `${prefix}${name(index)}${options.value("additional-suffix") ?? ""}`;
      if (options.has("verbose")) await process.stdout.write(`creating file ${quote(path)}\n`);
      const status = await writePart(process, path, part);
      if (status !== 0) return status;
    }
    return 0;
  },
});

async function writePart(process: Process, path: string, part: Uint8Array): Promise<number> {
  try {
    process.machine.fs.writeFile(process.resolve(path), part, { as: process.credentials });
    return 0;
  } catch (error) {
    if (!isErrno(error)) throw error;
    await process.stderr.write(`split: ${path}: ${error.message}\n`);
    return 1;
  }
}

type Division = (content: Uint8Array) => readonly Uint8Array[];

function division(options: ParsedOptions): Division {
  const size = (name: string, what: string): number => {
    const text = options.value(name) ?? "";
    const count = parseCount(text);
    if (count?.sign !== "" || count.value === 0) throw new ToolError(`invalid number of ${what}: ${quoted(text)}`);
    return count.value;
  };
  if (options.has("number")) return intoNumber(options.value("number") ?? "");
  if (options.has("bytes")) {
    const bytes = size("bytes", "bytes");
    return (content) => cutAt(content, ends(content.length, bytes));
  }
  if (options.has("line-bytes")) {
    const bytes = size("line-bytes", "bytes");
    return (content) => cutAt(content, lineByteEnds(content, bytes));
  }
  const lines = options.has("lines") ? size("lines", "lines") : Number(DEFAULT_LINES);
  return (content) => {
    const all = lineEnds(content);
    return cutAt(content, [...all.filter((_, index) => (index + 1) % lines === 0), content.length]);
  };
}

/** `3` bytes' worth, `l/3` whole lines, `r/3` lines dealt in turn. */
function intoNumber(text: string): Division {
  const match = /^(?:(l|r)\/)?([1-9]\d*)$/.exec(text);
  if (!match) throw new ToolError(`invalid number of chunks: ${quoted(text)}`);
  const count = Number(match[2]);
  if (match[1] === "r") return (content) => dealLines(content, count);
  return (content) => {
    const size = Math.floor(content.length / count);
    const even = Array.from({ length: count }, (_, index) =>
      index === count - 1 ? content.length : size * (index + 1),
    );
    if (match[1] !== "l") return cutAt(content, even, true);
    const all = lineEnds(content);
    return cutAt(
      content,
      even.map((end) => all.find((line) => line >= end) ?? content.length),
      true,
    );
  };
}

function dealLines(content: Uint8Array, count: number): readonly Uint8Array[] {
  const dealt = Array.from({ length: count }, (): number[] => []);
  for (const [index, line] of cutAt(content, lineEnds(content)).entries()) dealt[index % count]?.push(...line);
  return dealt.map((bytes) => Uint8Array.from(bytes));
}

/** Behind each newline, and the end of a last line without one. */
function lineEnds(content: Uint8Array): readonly number[] {
  const found: number[] = [];
  for (let at = content.indexOf(NEWLINE); at !== -1; at = content.indexOf(NEWLINE, at + 1)) found.push(at + 1);
  if (content.length > 0 && found.at(-1) !== content.length) found.push(content.length);
  return found;
}

function ends(length: number, size: number): readonly number[] {
  return Array.from({ length: Math.ceil(length / size) }, (_, index) => Math.min(length, size * (index + 1)));
}

/** As many whole lines as fit; a line that is longer is cut. */
function lineByteEnds(content: Uint8Array, size: number): readonly number[] {
  const found: number[] = [];
  const all = lineEnds(content);
  let start = 0;
  while (start < content.length) {
    const end = all.findLast((line) => line > start && line <= start + size) ?? Math.min(content.length, start + size);
    found.push(end);
    start = end;
  }
  return found;
}

function cutAt(content: Uint8Array, cuts: readonly number[], keepsEmpty = false): readonly Uint8Array[] {
  let start = 0;
  const parts: Uint8Array[] = [];
  for (const end of cuts) {
    if (end > start || keepsEmpty) parts.push(content.subarray(start, end));
    start = Math.max(start, end);
  }
  return parts;
}

/** `aa`, `ab`, …; `00` with -d, `0a` with -x. Longer where two letters would not do. */
function suffixes(options: ParsedOptions, count: number): (index: number) => string {
  const isDecimal = options.has("d") || options.has("numeric-suffixes");
  const isHex = options.has("x") || options.has("hex-suffixes");
  const digits = isDecimal ? "0123456789" : isHex ? "0123456789abcdef" : "abcdefghijklmnopqrstuvwxyz";
  const first = Number.parseInt(
    options.value("numeric-suffixes") ?? options.value("hex-suffixes") ?? "0",
    isHex ? 16 : 10,
  );
  const given = options.value("suffix-length");
  let length = Number(given ?? 2);
  while (given === undefined && digits.length ** length < first + count) length++;
  if (digits.length ** length < first + count) throw new ToolError("output file suffixes exhausted");
  return (index) => {
    let text = "";
    for (let rest = first + index; text.length < length; rest = Math.floor(rest / digits.length))
      text = digits.charAt(rest % digits.length) + text;
    return text;
  };
}
