/** Filters of a few lines each: tac, rev, nl, paste, fold, seq, yes, expand. coreutils 9.1, util-linux, busybox. */
import { lines, OutputBuffer, readAllText } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, ToolError } from "../toolkit/tool.ts";
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
        const parts = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
        await process.stdout.write(parts.reverse().join(""));
      } catch (error) {
        status = await reportOpenFailure(process, operand, error, "for reading");
      }
    }
    return status;
  },
});

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
    const numbersAll = options.value("body-numbering") === "a";
    let next = Number(options.value("starting-line-number") ?? 1);
    const output = new OutputBuffer(process);
    for (const operand of orStdin(options.operands)) {
      for await (const { text } of lines(process, operand)) {
        if (text === "" && !numbersAll) {
          await output.write(`${" ".repeat(width + separator.length)}\n`);
          continue;
        }
        const digits = String(next);
        const number =
          format === "ln"
            ? digits.padEnd(width)
            : format === "rz"
              ? digits.padStart(width, "0")
              : digits.padStart(width);
        await output.write(`${number}${separator}${text}\n`);
        next += step;
      }
    }
    await output.flush();
    return 0;
  },
});

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
        for await (const { text } of lines(process, operand)) column.push(text);
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
    const width = Number(options.value("width") ?? 80);
    const output = new OutputBuffer(process);
    for (const operand of orStdin(options.operands)) {
      for await (const line of lines(process, operand)) {
        let rest = line.text;
        while (rest.length > width) {
          const space = options.has("spaces") ? rest.lastIndexOf(" ", width - 1) : -1;
          const end = space > 0 ? space + 1 : width;
          await output.write(`${rest.slice(0, end)}\n`);
          rest = rest.slice(end);
        }
        await output.write(rest + (line.isTerminated ? "\n" : ""));
      }
    }
    await output.flush();
    return 0;
  },
});

export const expand = defineTool({
  name: "expand",
  options: [o("t", "tabs", "required"), o("i", "initial")],
  async run(process, options) {
    const stop = Number(options.value("tabs") ?? 8);
    const output = new OutputBuffer(process);
    for (const operand of orStdin(options.operands)) {
      for await (const line of lines(process, operand)) {
        let out = "";
        for (const char of line.text) out += char === "\t" ? " ".repeat(stop - (out.length % stop)) : char;
        await output.write(out + (line.isTerminated ? "\n" : ""));
      }
    }
    await output.flush();
    return 0;
  },
});

export const seq = defineTool({
  name: "seq",
  options: [o("s", "separator", "required"), o("w", "equal-width"), o("f", "format", "required")],
  stopsAtOperand: true,
  async run(process, options) {
    // Negative numbers look like options; getopt stops at the first operand, so they follow one or `--`.
    const numbers = options.operands;
    if (numbers.length === 0) throw new ToolError("missing operand\nTry 'seq --help' for more information.");
    if (numbers.length > 3) {
      throw new ToolError(`extra operand '${numbers[3]}'\nTry 'seq --help' for more information.`);
    }
    for (const text of numbers) {
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
        throw new ToolError(`invalid floating point argument: '${text}'\nTry 'seq --help' for more information.`);
      }
    }
    const first = numbers.length > 1 ? Number(numbers[0]) : 1;
    const step = numbers.length > 2 ? Number(numbers[1]) : 1;
    const last = Number(numbers.at(-1));
    if (step === 0)
      throw new ToolError(`invalid Zero increment value: '${numbers[1]}'\nTry 'seq --help' for more information.`);
    const decimals = Math.max(
      ...numbers.slice(0, Math.max(1, numbers.length - 1)).map((text) => text.split(".")[1]?.length ?? 0),
      0,
    );
    const format = options.value("format");
    const print = (value: number): string =>
      format === undefined ? value.toFixed(decimals) : formatNumber(format, value);
    const width = options.has("equal-width") ? Math.max(print(first).length, print(last).length) : 0;
    const separator = options.has("separator") ? (options.value("separator") ?? "") : "\n";
    const output = new OutputBuffer(process);
    const count = Math.floor((last - first) / step + 1e-10) + 1;
    for (let index = 0; index < count; index++) {
      const text = print(first + index * step);
      const padded = text.startsWith("-") ? `-${text.slice(1).padStart(width - 1, "0")}` : text.padStart(width, "0");
      await output.write((index === 0 ? "" : separator) + padded);
      if ((index & 1023) === 0) await process.clock.breathe();
    }
    if (count > 0) await output.write("\n");
    await output.flush();
    return 0;
  },
});

function formatNumber(format: string, value: number): string {
  return format.replace(
    /%(0?)(\d*)(?:\.(\d+))?([gfe])/,
    (_, zero: string, width: string, precision: string | undefined, kind: string) => {
      const text = kind === "f" ? value.toFixed(Number(precision ?? 6)) : String(value);
      return text.padStart(Number(width || 0), zero === "0" ? "0" : " ");
    },
  );
}

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
