/** coreutils 9.1 and busybox: seq. */
import type { Process } from "../../machine/types.ts";
import { OutputBuffer } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { formatFloat, type FormatPart, parseFormat } from "../toolkit/printf.ts";
import { defineTool, isBusybox, quoted, ToolError } from "../toolkit/tool.ts";
import { usageHint } from "./operands.ts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** Rounding errors of adding up must not cost the last number. */
const TOLERANCE = 1e-10;

export const seq = defineTool({
  name: "seq",
  options: [o("s", "separator", "required"), o("w", "equal-width"), o("f", "format", "required")],
  stopsAtOperand: true,
  takesNegatives: true,
  async run(process, options) {
    const numbers = readNumbers(process, options.operands);
    const first = numbers.length > 1 ? Number(numbers[0]) : 1;
    const step = numbers.length > 2 ? Number(numbers[1]) : 1;
    const last = Number(numbers.at(-1));
    if (step === 0)
      throw new ToolError(`invalid Zero increment value: ${quoted(numbers[1] ?? "")}${usageHint(process)}`);
    const decimals = Math.max(0, ...numbers.slice(0, Math.max(1, numbers.length - 1)).map(decimalsOf));
    const format = options.value("format");
    const print = format === undefined ? (value: number) => value.toFixed(decimals) : printerOf(format);
    const width = options.has("equal-width") ? Math.max(print(first).length, print(last).length) : 0;
    const separator = options.has("separator") ? (options.value("separator") ?? "") : "\n";
    const output = new OutputBuffer(process);
    const count = Math.floor((last - first) / step + TOLERANCE) + 1;
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

function readNumbers(process: Process, operands: readonly string[]): readonly string[] {
  const hint = usageHint(process);
  if (operands.length === 0) throw new ToolError(`missing operand${hint}`);
  if (operands.length > 3) throw new ToolError(`extra operand ${quoted(operands[3] ?? "")}${hint}`);
  const wrong = operands.find((text) => !NUMBER.test(text));
  if (wrong === undefined) return operands;
  const complaint = isBusybox(process)
    ? `invalid number '${wrong}'`
    : `invalid floating point argument: ${quoted(wrong)}${hint}`;
  throw new ToolError(complaint);
}

function decimalsOf(number: string): number {
  return number.split(/e/i)[0]?.split(".")[1]?.length ?? 0;
}

/** The one conversion of -f, which must be of floating point. */
function printerOf(format: string): (value: number) => string {
  const parts = parseFormat(format);
  const conversions = parts.filter((part) => part.kind === "conversion");
  const [conversion] = conversions;
  if (!conversion) throw new ToolError(`format ${quoted(format)} has no % directive`);
  if (!/[efgaEFGA]/.test(conversion.letter))
    throw new ToolError(`format ${quoted(format)} has unknown %${conversion.letter} directive`);
  if (conversions.length > 1) throw new ToolError(`format ${quoted(format)} has too many % directives`);
  return (value) => parts.map((part) => formatPart(part, value)).join("");
}

function formatPart(part: FormatPart, value: number): string {
  if (part.kind === "text") return part.text;
  const { flags, width, precision, letter } = part;
  return formatFloat(value, {
    flags,
    width: typeof width === "number" ? width : 0,
    precision: typeof precision === "number" ? precision : null,
    letter,
  });
}
