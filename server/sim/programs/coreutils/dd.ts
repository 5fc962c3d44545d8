/** coreutils 9.1 and busybox: dd. Left out: conversions of character sets and records, direct I/O. */
import type { OpenFile, Process } from "../../machine/types.ts";
import { defineTool, isErrno, quote, quoted, ToolError } from "../toolkit/tool.ts";
import { parseCount } from "./counts.ts";
import { usageHint } from "./operands.ts";

const OPERANDS = ["if", "of", "bs", "ibs", "obs", "cbs", "count", "skip", "seek", "conv", "status", "iflag", "oflag"];
/** One read moves no more than this, however large the blocks are. */
const MAX_READ_BYTES = 1024 ** 2;

type Settings = ReadonlyMap<string, string>;

interface Tally {
  full: number;
  partial: number;
  bytes: number;
}

export const dd = defineTool({
  name: "dd",
  options: [],
  async run(process, options) {
    const settings = readSettings(process, options.operands);
    const blockBytes = sizeOf(settings, "bs") ?? sizeOf(settings, "ibs") ?? 512;
    const startedMs = process.clock.now();
    const tally = await copy(process, settings, blockBytes);
    await report(process, settings, tally, process.clock.now() - startedMs);
    return 0;
  },
});

function readSettings(process: Process, words: readonly string[]): Settings {
  const settings = new Map<string, string>();
  for (const word of words) {
    const [name = "", ...value] = word.split("=");
    if (!OPERANDS.includes(name) || value.length === 0)
      throw new ToolError(`unrecognized operand ${quoted(word)}${usageHint(process)}`);
    settings.set(name, value.join("="));
  }
  return settings;
}

/** `2k`, `4x512`, `1M`. */
function sizeOf(settings: Settings, name: string): number | undefined {
  const text = settings.get(name);
  if (text === undefined) return undefined;
  const factors = text.split("x").map((factor) => parseCount(factor.replace(/w$/, "")));
  const value = factors.reduce((product, factor) => product * (factor?.value ?? Number.NaN), 1);
  const isZeroBlock = value === 0 && /bs$/.test(name);
  if (Number.isNaN(value) || isZeroBlock) throw new ToolError(`invalid number: ${quoted(text)}`);
  return value;
}

async function copy(process: Process, settings: Settings, blockBytes: number): Promise<Tally> {
  const conversions = (settings.get("conv") ?? "").split(",");
  const input = openEnd(process, settings.get("if"), "r") ?? process.stdin.file.retain();
  let output: OpenFile | undefined;
  const tally: Tally = { full: 0, partial: 0, bytes: 0 };
  try {
    output = openOutput(process, settings, conversions, blockBytes);
    await skip(process, input, (sizeOf(settings, "skip") ?? 0) * blockBytes);
    const limit = sizeOf(settings, "count") ?? Number.POSITIVE_INFINITY;
    while (tally.full + tally.partial < limit) {
      const moved = await copyBlock(process, input, output, blockBytes, conversions);
      if (moved === 0) break;
      if (moved === blockBytes) tally.full++;
      else tally.partial++;
      tally.bytes += moved;
    }
    return tally;
  } finally {
    input.release();
    output?.release();
  }
}

function openEnd(process: Process, path: string | undefined, mode: "r" | "w" | "r+"): OpenFile | undefined {
  if (path === undefined) return undefined;
  try {
    return process.machine.fs.open(process.resolve(path), mode, { as: process.credentials });
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new ToolError(`failed to open ${quote(path)}: ${error.message}`);
  }
}

/** `seek` and `conv=notrunc` write into a file that is there; what lies before `seek` is kept. */
function openOutput(
  process: Process,
  settings: Settings,
  conversions: readonly string[],
  blockBytes: number,
): OpenFile {
  const path = settings.get("of");
  if (path === undefined) return process.stdout.file.retain();
  const startBytes = (sizeOf(settings, "seek") ?? 0) * blockBytes;
  const { fs } = process.machine;
  const isThere = fs.exists(process.resolve(path));
  const keeps = isThere && (conversions.includes("notrunc") || startBytes > 0);
  if (keeps && !conversions.includes("notrunc") && fs.stat(process.resolve(path)).kind === "file") {
    const kept = fs.readFile(process.resolve(path)).subarray(0, startBytes);
    fs.writeFile(process.resolve(path), kept, { as: process.credentials });
  }
  const file = openEnd(process, path, keeps ? "r+" : "w");
  if (!file) return process.stdout.file.retain();
  if (startBytes > 0) file.seek?.(startBytes, "set");
  return file;
}

async function skip(process: Process, input: OpenFile, bytes: number): Promise<void> {
  let left = bytes;
  while (left > 0) {
    const part = await process.readFrom(input, Math.min(left, MAX_READ_BYTES));
    if (part.length === 0) return;
    left -= part.length;
  }
}

/** Bytes moved. A pipe that has less to give makes the block a partial one. */
async function copyBlock(
  process: Process,
  input: OpenFile,
  output: OpenFile,
  blockBytes: number,
  conversions: readonly string[],
): Promise<number> {
  let moved = 0;
  while (moved < blockBytes) {
    const asked = Math.min(blockBytes - moved, MAX_READ_BYTES);
    const part = await process.readFrom(input, asked);
    if (part.length > 0) await process.writeTo(output, convert(part, conversions));
    moved += part.length;
    await process.clock.breathe();
    if (part.length < asked) break;
  }
  return moved;
}

function convert(block: Uint8Array, conversions: readonly string[]): Uint8Array {
  if (conversions.includes("ucase")) return block.map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte));
  if (conversions.includes("lcase")) return block.map((byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte));
  return block;
}

async function report(process: Process, settings: Settings, tally: Tally, elapsedMs: number): Promise<void> {
  const status = settings.get("status");
  if (status === "none") return;
  const records = `${tally.full}+${tally.partial} records`;
  await process.stderr.write(`${records} in\n${records} out\n`);
  if (status === "noxfer") return;
  // A copy takes no simulated time by itself; a clock at rest would make the rate infinite.
  const seconds = Math.max(elapsedMs / 1000, 0.000_12);
  const units = [humanSize(tally.bytes, 1000, "B"), humanSize(tally.bytes, 1024, "iB")].filter(Boolean);
  const sizes = units.length > 0 ? ` (${units.join(", ")})` : "";
  const noun = tally.bytes === 1 ? "byte" : "bytes";
  const rate = humanSize(tally.bytes / seconds, 1000, "B") || `${(tally.bytes / seconds).toFixed(0)} B`;
  await process.stderr.write(`${tally.bytes} ${noun}${sizes} copied, ${Number(seconds.toPrecision(6))} s, ${rate}/s\n`);
}

/** `2.0 kB`, `2.0 KiB`, `13 MB`; empty below one unit. */
function humanSize(bytes: number, base: 1000 | 1024, suffix: string): string {
  const units = base === 1000 ? ["k", "M", "G", "T"] : ["K", "M", "G", "T"];
  let value = bytes / base;
  let at = 0;
  if (value < 1) return "";
  while (value >= base && at < units.length - 1) {
    value /= base;
    at++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[at]}${suffix}`;
}
