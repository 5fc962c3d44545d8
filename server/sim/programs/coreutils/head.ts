import { chunks, joinBytes } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, isBusybox, quoted, ToolError } from "../toolkit/tool.ts";
import { reportOpenFailure } from "./open-failure.ts";
import { parseCount } from "./counts.ts";
import type { Process } from "../../machine/types.ts";

/** coreutils 9.1 and busybox: head. */
export const head = defineTool({
  name: "head",
  usage: "Usage: head [OPTION]... [FILE]...\nPrint the first 10 lines of each FILE to standard output.",
  options: [
    o("n", "lines", "required"),
    o("c", "bytes", "required"),
    o("q", "quiet"),
    o("v", "verbose"),
    o("z", "zero-terminated"),
  ],
  digitsAre: "lines",
  async run(process, options) {
    const last = options.given.findLast((option) => option.name === "lines" || option.name === "bytes");
    const unit = last?.name === "bytes" ? "bytes" : "lines";
    const count = parseCount(last?.value ?? "10");
    if (count === null) {
      const text = last?.value ?? "";
      throw new ToolError(
        isBusybox(process) ? `invalid number '${text}'` : `invalid number of ${unit}: ${quoted(text)}`,
      );
    }
    const operands = options.operands.length === 0 ? ["-"] : options.operands;
    const hasTitles = options.has("verbose") || (operands.length > 1 && !options.has("quiet"));
    let status = 0;
    let isFirst = true;
    for (const operand of operands) {
      try {
        const source = chunks(process, operand)[Symbol.asyncIterator]();
        const first = await source.next();
        if (hasTitles) {
          const title = operand === "-" ? "standard input" : operand;
          await process.stdout.write(`${isFirst ? "" : "\n"}==> ${title} <==\n`);
          isFirst = false;
        }
        const rest = { [Symbol.asyncIterator]: () => source };
        const whole = prepend(first.done ? null : first.value, rest);
        const separator = options.has("zero-terminated") ? 0 : 10;
        if (count.sign === "-") await allBut(process, whole, count.value, unit, separator);
        else await firstOf(process, whole, count.value, unit, separator);
        await source.return?.(undefined);
      } catch (error) {
        status = await reportOpenFailure(process, operand, error, "for reading");
      }
    }
    return status;
  },
});

async function* prepend(first: Uint8Array | null, rest: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (first === null) return;
  yield first;
  yield* rest;
}

async function firstOf(
  process: Process,
  source: AsyncIterable<Uint8Array>,
  count: number,
  unit: "bytes" | "lines",
  separator: number,
): Promise<void> {
  let left = count;
  if (left === 0) return;
  for await (const bytes of source) {
    let end = 0;
    if (unit === "bytes") {
      end = Math.min(bytes.length, left);
      left -= end;
    } else {
      while (left > 0 && end < bytes.length) {
        const next = bytes.indexOf(separator, end);
        if (next === -1) {
          end = bytes.length;
        } else {
          end = next + 1;
          left--;
        }
      }
    }
    await process.stdout.write(bytes.subarray(0, end));
    if (left === 0) return;
  }
}

async function allBut(
  process: Process,
  source: AsyncIterable<Uint8Array>,
  count: number,
  unit: "bytes" | "lines",
  separator: number,
): Promise<void> {
  const parts: Uint8Array[] = [];
  for await (const bytes of source) parts.push(bytes);
  const whole = joinBytes(parts);
  let end = whole.length;
  if (unit === "bytes") {
    end = Math.max(0, end - count);
  } else {
    let left = count;
    if (end > 0 && whole[end - 1] !== separator && left > 0) {
      end = whole.lastIndexOf(separator) + 1;
      left--;
    }
    for (; left > 0 && end > 0; left--) end = whole.lastIndexOf(separator, end - 2) + 1;
  }
  await process.stdout.write(whole.subarray(0, end));
}
