import type { OpenFile, Process } from "../../machine/types.ts";
import { checkHeld, joinBytes, openInput } from "../toolkit/input.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { defineTool, isBusybox, quoted, ToolError } from "../toolkit/tool.ts";
import { type Count, parseCount } from "./counts.ts";
import { type Followed, follow } from "./follow.ts";
import { reportOpenFailure } from "./open-failure.ts";

/** coreutils 9.1 and busybox: tail. */
export const tail = defineTool({
  name: "tail",
  usage: "Usage: tail [OPTION]... [FILE]...\nPrint the last 10 lines of each FILE to standard output.",
  options: [
    o("n", "lines", "required"),
    o("c", "bytes", "required"),
    o("f", "follow", "optional"),
    o("F"),
    o("q", "quiet"),
    o("v", "verbose"),
    o("s", "sleep-interval", "required"),
    o("", "retry"),
    o("", "pid", "required"),
  ],
  digitsAre: "lines",
  async run(process, options) {
    const args = obsoletePlus(options.operands);
    const last = options.given.findLast((option) => option.name === "lines" || option.name === "bytes");
    const unit = last?.name === "bytes" ? "bytes" : "lines";
    const count = parseCount(args.plus ?? last?.value ?? "10");
    if (count === null) {
      const text = last?.value ?? "";
      throw new ToolError(
        isBusybox(process) ? `invalid number '${text}'` : `invalid number of ${unit}: ${quoted(text)}`,
      );
    }
    const operands = args.operands.length === 0 ? ["-"] : args.operands;
    const hasTitles = options.has("verbose") || (operands.length > 1 && !options.has("quiet"));
    const follows = options.has("follow") || options.has("F");
    let status = 0;
    let isFirst = true;
    const byName = options.has("F") || options.value("follow") === "name";
    const retries = options.has("F") || options.has("retry");
    const followed: Followed[] = [];
    for (const operand of operands) {
      try {
        const file = openInput(process, operand);
        if (hasTitles) {
          await process.stdout.write(`${isFirst ? "" : "\n"}==> ${operand === "-" ? "standard input" : operand} <==\n`);
          isFirst = false;
        }
        await printEnd(process, file, count, unit);
        if (follows && operand !== "-") followed.push({ operand, file });
        else if (operand !== "-") file.release();
      } catch (error) {
        status = await reportOpenFailure(process, operand, error, "for reading");
        if (follows && retries) followed.push({ operand, file: null });
      }
    }
    if (followed.length > 0)
      await follow(process, followed, { hasTitles, byName: byName || retries, ...paceOf(options) });
    else if (follows && status !== 0 && !isBusybox(process)) await process.stderr.write("tail: no files remaining\n");
    return status;
  },
});

function paceOf(options: ParsedOptions): { readonly pid?: number; readonly intervalMs: number } {
  const seconds = options.value("sleep-interval") ?? "1";
  if (!/^\d*\.?\d+$/.test(seconds)) throw new ToolError(`invalid number of seconds: ${quoted(seconds)}`);
  const pid = options.value("pid");
  if (pid !== undefined && !/^\d+$/.test(pid)) throw new ToolError(`invalid PID: ${quoted(pid)}`);
  return { intervalMs: Math.max(Number(seconds), 0.001) * 1000, ...(pid === undefined ? {} : { pid: Number(pid) }) };
}

/** `tail +3 file`, the spelling of old. */
function obsoletePlus(operands: readonly string[]): { plus?: string; operands: readonly string[] } {
  const first = operands[0];
  return first && /^\+\d+$/.test(first) ? { plus: first, operands: operands.slice(1) } : { operands };
}

async function printEnd(process: Process, file: OpenFile, count: Count, unit: "bytes" | "lines"): Promise<void> {
  const parts: Uint8Array[] = [];
  let heldBytes = 0;
  while (true) {
    const bytes = await process.readFrom(file);
    if (bytes.length === 0) break;
    parts.push(bytes);
    heldBytes += bytes.length;
    checkHeld(heldBytes);
  }
  const whole = joinBytes(parts);
  await process.stdout.write(whole.subarray(startOf(whole, count, unit)));
}

function startOf(whole: Uint8Array, count: Count, unit: "bytes" | "lines"): number {
  if (count.sign === "+") {
    const skipped = Math.max(0, count.value - 1);
    if (unit === "bytes") return Math.min(whole.length, skipped);
    let start = 0;
    for (let line = 0; line < skipped; line++) {
      const next = whole.indexOf(10, start);
      if (next === -1) return whole.length;
      start = next + 1;
    }
    return start;
  }
  if (unit === "bytes") return Math.max(0, whole.length - count.value);
  if (count.value === 0) return whole.length;
  let start = whole.at(-1) === 10 ? whole.length - 1 : whole.length;
  for (let line = 0; line < count.value; line++) {
    if (start === 0) return 0;
    start = whole.lastIndexOf(10, start - 1);
    if (start === -1) return 0;
  }
  return start + 1;
}
