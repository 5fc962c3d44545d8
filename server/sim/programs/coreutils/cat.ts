import { reportOpenFailure } from "./open-failure.ts";
import { chunks, lines, OutputBuffer } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { complain, defineTool, isBusybox } from "../toolkit/tool.ts";
import type { Process } from "../../machine/types.ts";

const USAGE = `Usage: cat [OPTION]... [FILE]...
Concatenate FILE(s) to standard output.`;

/** coreutils 9.1 and busybox: cat. */
export const cat = defineTool({
  name: "cat",
  usage: USAGE,
  options: [
    o("n", "number"),
    o("b", "number-nonblank"),
    o("s", "squeeze-blank"),
    o("E", "show-ends"),
    o("T", "show-tabs"),
    o("v", "show-nonprinting"),
    o("A", "show-all"),
    o("e"),
    o("t"),
    o("u"),
  ],
  async run(process, options) {
    const operands = options.operands.length === 0 ? ["-"] : options.operands;
    const format = lineFormat(options.has);
    let status = 0;
    let lineNumber = { next: 1, wasBlank: false };
    for (const operand of operands) {
      try {
        if (format) lineNumber = await copyLines(process, operand, format, lineNumber);
        else for await (const bytes of chunks(process, operand)) await process.stdout.write(bytes);
      } catch (error) {
        if (!(error instanceof Error) || !("code" in error) || error.code === "EPIPE") throw error;
        if (error.code === "ENOSPC") return reportOpenFailure(process, operand, error);
        if (isBusybox(process) && error.code === "ENOENT") {
          await process.stderr.write(`cat: can't open '${operand}': ${error.message}\n`);
        } else {
          await complain(process, operand, error);
        }
        status = 1;
      }
    }
    return status;
  },
});

interface LineFormat {
  readonly numbers: "none" | "all" | "nonblank";
  readonly squeezes: boolean;
  readonly showsEnds: boolean;
  readonly showsTabs: boolean;
  readonly showsControls: boolean;
}

/** Undefined when bytes pass through unchanged. */
function lineFormat(has: (name: string) => boolean): LineFormat | undefined {
  const all = has("show-all");
  const format: LineFormat = {
    numbers: has("number-nonblank") ? "nonblank" : has("number") ? "all" : "none",
    squeezes: has("squeeze-blank"),
    showsEnds: all || has("show-ends") || has("e"),
    showsTabs: all || has("show-tabs") || has("t"),
    showsControls: all || has("show-nonprinting") || has("e") || has("t"),
  };
  const changes =
    format.numbers !== "none" || format.squeezes || format.showsEnds || format.showsTabs || format.showsControls;
  return changes ? format : undefined;
}

async function copyLines(
  process: Process,
  operand: string,
  format: LineFormat,
  from: { next: number; wasBlank: boolean },
): Promise<{ next: number; wasBlank: boolean }> {
  const output = new OutputBuffer(process);
  let { next, wasBlank } = from;
  for await (const line of lines(process, operand)) {
    const isBlank = line.text === "";
    if (format.squeezes && isBlank && wasBlank) continue;
    wasBlank = isBlank;
    let text = format.showsControls ? visible(line.text) : line.text;
    if (format.showsTabs) text = text.replaceAll("\t", "^I");
    if (format.numbers === "all" || (format.numbers === "nonblank" && !isBlank)) {
      text = `${String(next++).padStart(6)}\t${text}`;
    }
    await output.write(text + (line.isTerminated ? (format.showsEnds ? "$\n" : "\n") : ""));
  }
  await output.flush();
  return { next, wasBlank };
}

/** `^X` for control characters, `M-` notation for bytes above 127, tabs untouched. */
function visible(text: string): string {
  let out = "";
  for (const byte of new TextEncoder().encode(text)) {
    const low = byte & 0x7f;
    const prefix = byte >= 128 ? "M-" : "";
    if (byte === 9) out += "\t";
    else if (low < 32) out += `${prefix}^${String.fromCharCode(low + 64)}`;
    else if (low === 127) out += `${prefix}^?`;
    else out += prefix + String.fromCharCode(low);
  }
  return out;
}
