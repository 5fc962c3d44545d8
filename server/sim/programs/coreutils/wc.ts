import type { Process } from "../../machine/types.ts";
import { chunks } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, isBusybox } from "../toolkit/tool.ts";
import { reportOpenFailure } from "./open-failure.ts";

interface Counts {
  readonly lines: number;
  readonly words: number;
  readonly chars: number;
  readonly bytes: number;
  readonly longest: number;
}

const COLUMNS = ["lines", "words", "chars", "bytes", "longest"] as const;

/** coreutils 9.1 and busybox: wc. */
export const wc = defineTool({
  name: "wc",
  usage: "Usage: wc [OPTION]... [FILE]...\nPrint newline, word, and byte counts for each FILE.",
  options: [o("l", "lines"), o("w", "words"), o("m", "chars"), o("c", "bytes"), o("L", "max-line-length")],
  async run(process, options) {
    const chosen = COLUMNS.filter((column) => options.has(column === "longest" ? "max-line-length" : column));
    const columns = chosen.length > 0 ? chosen : (["lines", "words", "bytes"] as const);
    const operands = options.operands.length === 0 ? ["-"] : options.operands;
    const rows: { counts: Counts; name: string }[] = [];
    let status = 0;
    for (const operand of operands) {
      try {
        rows.push({
          counts: await count(process, operand),
          name: options.operands.length === 0 ? "" : operand,
        });
      } catch (error) {
        status = await reportOpenFailure(process, operand, error);
      }
    }
    if (operands.length > 1) rows.push({ counts: total(rows.map((row) => row.counts)), name: "total" });
    const width = isBusybox(process)
      ? columns.length === 1 && operands.length === 1
        ? 1
        : 9
      : fieldWidth(
          process,
          rows.map((row) => row.counts),
          columns.length,
          operands,
        );
    for (const { counts, name } of rows) {
      const cells = columns.map((column) => String(counts[column]).padStart(width));
      await process.stdout.write(`${cells.join(" ")}${name === "" ? "" : ` ${name}`}\n`);
    }
    return status;
  },
});

/** One number alone is not padded; several are padded to the widest, at least 7 when sizes are unknown (a pipe). */
function fieldWidth(process: Process, rows: readonly Counts[], columns: number, operands: readonly string[]): number {
  if (columns === 1 && operands.length === 1) return 1;
  const widest = Math.max(...rows.map((row) => String(row.bytes).length), 1);
  return operands.some((operand) => !isFile(process, operand)) ? Math.max(7, widest) : widest;
}

/** What is no file, a pipe or a device, has no size to reckon with beforehand; what is not there counts for nothing. */
function isFile(process: Process, operand: string): boolean {
  const file = process.stdin.file;
  if (operand === "-") return file.stat?.().kind === "file";
  const path = process.resolve(operand);
  const { fs } = process.machine;
  return !fs.exists(path) || fs.stat(path).kind === "file";
}

/** As the bytes come: a file may be larger than what can be held. */
async function count(process: Process, operand: string): Promise<Counts> {
  const counts = { lines: 0, words: 0, chars: 0, bytes: 0, longest: 0 };
  let isInWord = false;
  let length = 0;
  for await (const part of chunks(process, operand)) {
    counts.bytes += part.length;
    for (const byte of part) {
      const isSpace = byte === 32 || (byte >= 9 && byte <= 13);
      if (!isSpace && !isInWord) counts.words++;
      isInWord = !isSpace;
      // Bytes that go on a character of several do not count.
      const beginsCharacter = (byte & 0xc0) !== 0x80;
      if (beginsCharacter) counts.chars++;
      if (byte === 10) {
        counts.lines++;
        length = 0;
      } else if (beginsCharacter) {
        length++;
        counts.longest = Math.max(counts.longest, length);
      }
    }
    await process.clock.breathe();
  }
  return counts;
}

function total(rows: readonly Counts[]): Counts {
  const sum = (pick: (row: Counts) => number): number => rows.reduce((total, row) => total + pick(row), 0);
  return {
    lines: sum((row) => row.lines),
    words: sum((row) => row.words),
    chars: sum((row) => row.chars),
    bytes: sum((row) => row.bytes),
    longest: Math.max(0, ...rows.map((row) => row.longest)),
  };
}
