/** Filters of a few lines each: tac, rev, nl, paste, fold, yes, expand. coreutils 9.1, util-linux, busybox. */
import type { Process } from "../../machine/types.ts";
import { type Line, lines, OutputBuffer, readAllText } from "../toolkit/input.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { compileRegex } from "../toolkit/posix-regex.ts";
import { defineTool, isBusybox, isErrno, quote, quoted, ToolError } from "../toolkit/tool.ts";
import { reportOpenFailure } from "./open-failure.ts";

const orStdin = (operands: readonly string[]): readonly string[] => (operands.length === 0 ? ["-"] : operands);

export const tac = defineTool({
  name: "tac",
  options: [o("s", "separator", "required")],
  async run(process, options) {
    let status = 0;
    for (const operand of orStdin(options.operands)) {
      try {
        const text = await readAllText(process, operand);
        await process.stdout.write(
          records(text, options.value("separator") ?? "\n")
            .reverse()
            .join(""),
        );
      } catch (error) {
        if (!isErrno(error) || error.code === "EPIPE" || isBusybox(process)) throw error;
        const what =
          error.code === "EISDIR" ? `${operand}: read error` : `failed to open ${quote(operand)} for reading`;
        await process.stderr.write(`tac: ${what}: ${error.message}\n`);
        status = 1;
      }
    }
    return status;
  },
});

/** Cut behind each separator, which stays; an empty one is a NUL, as in tac. */
function records(text: string, separator: string): string[] {
  const mark = separator === "" ? "\0" : separator;
  const parts = text.split(mark);
  const last = parts.pop() ?? "";
  return [...parts.map((part) => part + mark), ...(last === "" ? [] : [last])];
}

export const rev = defineTool({
  name: "rev",
  options: [],
  async run(process, options) {
    const output = new OutputBuffer(process);
    let status = 0;
    for (const operand of orStdin(options.operands)) {
      try {
        for await (const line of lines(process, operand)) {
          await output.write([...line.text].reverse().join("") + (line.isTerminated ? "\n" : ""));
        }
      } catch (error) {
        status = await reportOpenFailure(process, operand, error, "");
      }
    }
    await output.flush();
    return status;
  },
});

export const nl = defineTool({
  name: "nl",
  options: [
    o("b", "body-numbering", "required"),
    o("w", "number-width", "required"),
    o("s", "number-separator", "required"),
    o("v", "starting-line-number", "required"),
    o("i", "line-increment", "required"),
    o("n", "number-format", "required"),
  ],
  async run(process, options) {
    const width = Number(options.value("number-width") ?? 6);
    const separator = options.value("number-separator") ?? "\t";
    const step = Number(options.value("line-increment") ?? 1);
    const format = options.value("number-format") ?? "rn";
    const isNumbered = numbering(options.value("body-numbering") ?? "t");
    let next = Number(options.value("starting-line-number") ?? 1);
    const output = new OutputBuffer(process);
    const source = eachLine(process, "nl", options.operands);
    for await (const { text } of source.lines) {
      if (!isNumbered(text)) {
        await output.write(`${" ".repeat(width + separator.length)}${text}\n`);
        continue;
      }
      const digits = String(next);
      const number =
        format === "ln" ? digits.padEnd(width) : format === "rz" ? digits.padStart(width, "0") : digits.padStart(width);
      await output.write(`${number}${separator}${text}\n`);
      next += step;
    }
    await output.flush();
    return source.status();
  },
});

/** nl's styles: `a` all lines, `t` those that are not empty, `n` none, `pREGEX` those that match. */
function numbering(style: string): (line: string) => boolean {
  if (style === "a") return () => true;
  if (style === "n") return () => false;
  if (style === "t") return (line) => line !== "";
  if (!style.startsWith("p")) throw new ToolError(`invalid body numbering style: ${quoted(style)}`);
  const pattern = compileRegex(style.slice(1), { syntax: "basic" });
  return (line) => pattern.test(line);
}

/** The lines of all operands; one that cannot be read is told of, and the status is 1 then. */
function eachLine(
  process: Process,
  name: string,
  operands: readonly string[],
): { readonly lines: AsyncIterable<Line>; readonly status: () => number } {
  let status = 0;
  async function* all(): AsyncIterable<Line> {
    for (const operand of orStdin(operands)) {
      try {
        yield* lines(process, operand);
      } catch (error) {
        if (!isErrno(error) || error.code === "EPIPE") throw error;
        await process.stderr.write(`${name}: ${operand}: ${error.message}\n`);
        status = 1;
      }
    }
  }
  return { lines: all(), status: () => status };
}

export const paste = defineTool({
  name: "paste",
  options: [o("d", "delimiters", "required"), o("s", "serial"), o("z", "zero-terminated")],
  async run(process, options) {
    const delimiters = [...decodeEscapes(options.value("delimiters") ?? "\t")];
    const delimiter = (index: number): string => delimiters[index % Math.max(1, delimiters.length)] ?? "";
    const columns: string[][] = [];
    const operands = orStdin(options.operands);
    const stdinShare = operands.filter((operand) => operand === "-").length;
    const stdinLines: string[] = [];
    if (stdinShare > 0) for await (const { text } of lines(process, "-")) stdinLines.push(text);
    let stdinIndex = 0;
    for (const operand of operands) {
      const column: string[] = [];
      if (operand === "-") {
        const offset = stdinIndex++;
        column.push(...stdinLines.filter((_, index) => stdinShare === 1 || index % stdinShare === offset));
      } else {
        try {
          for await (const { text } of lines(process, operand)) column.push(text);
        } catch (error) {
          return reportOpenFailure(process, operand, error);
        }
      }
      columns.push(column);
    }
    const join = (cells: readonly string[]): string =>
      cells.reduce((line, cell, index) => (index === 0 ? cell : line + delimiter(index - 1) + cell), "");
    const rows = options.has("serial")
      ? columns
      : Array.from({ length: Math.max(0, ...columns.map((column) => column.length)) }, (_, row) =>
          columns.map((column) => column[row] ?? ""),
        );
    await process.stdout.write(rows.map((row) => `${join(row)}\n`).join(""));
    return 0;
  },
});

function decodeEscapes(text: string): string {
  return text.replace(
    /\\([nt0\\])/g,
    (_, letter: string) => ({ n: "\n", t: "\t", "0": "", "\\": "\\" })[letter] ?? letter,
  );
}

export const fold = defineTool({
  name: "fold",
  options: [o("w", "width", "required"), o("s", "spaces"), o("b", "bytes")],
  digitsAre: "width",
  async run(process, options) {
    const spelled = options.value("width") ?? "80";
    const width = Number(spelled);
    if (!/^\d+$/.test(spelled)) throw new ToolError(`invalid number of columns: ${quoted(spelled)}`);
    // A width of nothing would never come to the end of a line.
    if (width === 0)
      throw new ToolError(`invalid number of columns: ${quoted(spelled)}: Numerical result out of range`);
    const output = new OutputBuffer(process);
    const source = eachLine(process, "fold", options.operands);
    for await (const line of source.lines) {
      let rest = line.text;
      while (rest.length > width) {
        const space = options.has("spaces") ? rest.lastIndexOf(" ", width - 1) : -1;
        const end = space >= 0 ? space + 1 : width;
        await output.write(`${rest.slice(0, end)}\n`);
        rest = rest.slice(end);
      }
      await output.write(rest + (line.isTerminated ? "\n" : ""));
    }
    await output.flush();
    return source.status();
  },
});

export const expand = defineTool({
  name: "expand",
  options: [o("t", "tabs", "required"), o("i", "initial")],
  async run(process, options) {
    const stop = Number(options.value("tabs") ?? 8);
    if (stop === 0) throw new ToolError("tab size cannot be 0");
    if (!Number.isInteger(stop))
      throw new ToolError(`tab size contains invalid character(s): ${quoted(options.value("tabs") ?? "")}`);
    const output = new OutputBuffer(process);
    const source = eachLine(process, "expand", options.operands);
    for await (const line of source.lines) {
      let out = "";
      for (const char of line.text) {
        const isBlank = char === "\t" && !(options.has("initial") && /\S/.test(out));
        out += isBlank ? " ".repeat(stop - (out.length % stop)) : char;
      }
      await output.write(out + (line.isTerminated ? "\n" : ""));
    }
    await output.flush();
    return source.status();
  },
});

export const yes = defineTool({
  name: "yes",
  options: [],
  async run(process, options) {
    const line = `${options.operands.length === 0 ? "y" : options.operands.join(" ")}\n`;
    const block = line.repeat(Math.max(1, Math.floor(4096 / line.length)));
    while (true) {
      await process.stdout.write(block);
      await process.clock.breathe();
    }
  },
});

export const shuf = defineTool({
  name: "shuf",
  options: [
    o("n", "head-count", "required"),
    o("e", "echo"),
    o("i", "input-range", "required"),
    o("r", "repeat"),
    o("o", "output", "required"),
    o("z", "zero-terminated"),
    o("", "random-source", "required"),
  ],
  async run(process, options) {
    const items = await shuffled(process, options);
    const limit = Number(options.value("head-count") ?? items.length);
    if (!Number.isInteger(limit) || limit < 0)
      throw new ToolError(`invalid line count: ${quoted(options.value("head-count") ?? "")}`);
    const chosen = options.has("repeat")
      ? Array.from({ length: items.length === 0 ? 0 : limit }, () => items[process.random.integer(items.length)] ?? "")
      : items.slice(0, limit);
    const end = options.has("zero-terminated") ? "\0" : "\n";
    const text = chosen.map((item) => item + end).join("");
    const output = options.value("output");
    if (output === undefined) await process.stdout.write(text);
    else process.machine.fs.writeFile(process.resolve(output), text, { as: process.credentials });
    return 0;
  },
});

/** More numbers than anybody shuffles by hand. */
const MAX_RANGE = 1_000_000;

async function shuffled(process: Process, options: ParsedOptions): Promise<string[]> {
  const items = await shufInput(process, options);
  for (let last = items.length - 1; last > 0; last--) {
    const other = process.random.integer(last + 1);
    [items[last], items[other]] = [items[other] ?? "", items[last] ?? ""];
  }
  return items;
}

async function shufInput(process: Process, options: ParsedOptions): Promise<string[]> {
  if (options.has("echo")) return [...options.operands];
  const range = options.value("input-range");
  if (range !== undefined) {
    const [, low, high] = /^(\d+)-(\d+)$/.exec(range) ?? [];
    const count = Number(high) - Number(low) + 1;
    if (low === undefined || count < 0 || count > MAX_RANGE)
      throw new ToolError(`invalid input range: ${quoted(range)}`);
    return Array.from({ length: count }, (_, index) => String(Number(low) + index));
  }
  const items: string[] = [];
  for await (const { text } of lines(process, options.operands[0] ?? "-", options.has("zero-terminated") ? "\0" : "\n"))
    items.push(text);
  return items;
}
