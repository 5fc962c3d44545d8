import { decodeEscapes } from "../ansi-c.ts";
import { ExpansionError } from "../control.ts";
import { limits } from "../limits.ts";
import { backslashQuote } from "../quote.ts";
import { formatTime } from "../prompt.ts";
import { parseReference } from "../variables.ts";
import type { Interpreter } from "../interpreter.ts";
import { type Builtin, type BuiltinCall, usageError } from "./builtin.ts";

const SYNOPSIS = "printf [-v var] format [arguments]";

export const printf: Builtin = {
  name: "printf",
  synopsis: SYNOPSIS,
  summary: "Formats and prints ARGUMENTS under control of the FORMAT.",
  run: runPrintf,
};

async function runPrintf(call: BuiltinCall): Promise<number> {
  const { shell } = call;
  let args = call.args;
  let target: string | undefined;
  if (shell.isBash && args[0] === "-v") {
    target = args[1];
    if (target === undefined || !parseReference(target)) {
      if (target === undefined) return usageError(call, SYNOPSIS, "-v: option requires an argument");
      await shell.report(`\`${target}': not a valid identifier`);
      return 2;
    }
    args = args.slice(2);
  } else if (shell.isBash && /^-v./.test(args[0] ?? "")) {
    target = args[0]?.slice(2);
    args = args.slice(1);
  }
  if (args[0] === "--") args = args.slice(1);
  else if (shell.isBash && /^-./.test(args[0] ?? "") && args[0] !== "-")
    return usageError(call, SYNOPSIS, `${args[0]?.slice(0, 2)}: invalid option`);
  const [format, ...values] = args;
  if (format === undefined) {
    if (shell.isBash) return usageError(call, SYNOPSIS);
    await shell.report("usage: printf format [arg ...]");
    return 2;
  }
  const printer = new Formatter(shell, values);
  const text = await printer.format(format);
  if (target === undefined) await shell.write(text);
  else {
    const reference = parseReference(target);
    if (reference?.subscript !== undefined) shell.variables.assignElement(reference.name, reference.subscript, text);
    else shell.variables.assign(target, text);
  }
  return printer.status;
}

const DIRECTIVE = /^%([-+ #0']*)(\*|[0-9]+)?(?:\.(\*|-?[0-9]*))?[hlLjzt]*(\([^)]*\)T|[diouxXeEfFgGaAcsbqQ%])/;

class Formatter {
  status = 0;
  private index = 0;
  private isCut = false;

  constructor(
    private readonly shell: Interpreter,
    private readonly values: readonly string[],
  ) {}

  /** The format is used again as long as arguments are left. */
  async format(format: string): Promise<string> {
    const pieces = splitFormat(format);
    let text = "";
    do {
      const before = this.index;
      for (const piece of pieces) {
        text += piece.startsWith("%") && piece.length > 1 ? await this.directive(piece) : piece;
        if (this.isCut) return text;
      }
      if (this.index === before) break;
    } while (this.index < this.values.length);
    return text;
  }

  private next(): string | undefined {
    return this.values[this.index++];
  }

  private async directive(piece: string): Promise<string> {
    const match = DIRECTIVE.exec(piece);
    if (!match) {
      const bad = piece.slice(/^%[-+ #0']*[0-9*]*(?:\.[0-9*]*)?[hlLjzt]*/.exec(piece)?.[0].length ?? 1).charAt(0);
      await this.shell.report(
        bad === "" ? `\`${piece}': missing format character` : `\`${bad}': invalid format character`,
      );
      this.status = 1;
      this.isCut = true;
      return "";
    }
    let flags = match[1] ?? "";
    const conversion = match[4] ?? "";
    if (conversion === "%") return "%";
    let width = match[2] === "*" ? Number(this.next() ?? 0) : Number(match[2] ?? 0);
    if (width < 0) {
      flags += "-";
      width = -width;
    }
    const precision =
      match[3] === undefined ? undefined : match[3] === "*" ? Number(this.next() ?? 0) : Number(match[3] || 0);
    if (Math.max(width, precision ?? 0) > limits.stringLength) {
      throw new ExpansionError("xrealloc: cannot allocate memory", true, 2);
    }
    return this.convert(conversion, { flags, width, precision });
  }

  private async convert(conversion: string, layout: Layout): Promise<string> {
    const { flags, width, precision } = layout;
    const letter = conversion.charAt(0);
    if (letter === "(") return pad(this.time(conversion.slice(1, -2)), layout);
    if (letter === "s") return pad(cut(this.next() ?? "", precision), layout);
    if (letter === "c") return pad([...(this.next() ?? "")][0] ?? "", layout);
    if (letter === "q" || letter === "Q")
      return pad(cut(backslashQuote(this.next() ?? ""), letter === "Q" ? precision : precision), layout);
    if (letter === "b") {
      const decoded = decodeEscapes(this.next() ?? "", "printf-b");
      this.isCut = decoded.isCut;
      return pad(cut(decoded.text, precision), layout);
    }
    if (/[eEfFgGaA]/.test(letter))
      return padNumber(formatFloat(await this.float(), letter, precision, flags), { ...layout, precision: undefined });
    const value = await this.integer();
    return padNumber(formatInteger(value, letter, precision, flags), {
      flags: precision === undefined ? flags : flags.replaceAll("0", ""),
      width,
      precision,
    });
  }

  private time(format: string): string {
    const argument = this.next();
    const now = this.shell.process.clock.now();
    const ms =
      argument === undefined || argument === "-1"
        ? now
        : argument === "-2"
          ? this.shell.state.startedMs
          : Number(argument) * 1000;
    return formatTime(format === "" ? "%X" : format, new Date(ms));
  }

  private async integer(): Promise<bigint> {
    const text = this.next();
    if (text === undefined) return 0n;
    if (/^['"]/.test(text)) return BigInt(text.codePointAt(1) ?? 0);
    const match = /^\s*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(text);
    const digits = match?.[2] ?? "";
    const magnitude =
      digits === ""
        ? 0n
        : /^0[xX]/.test(digits)
          ? BigInt(digits)
          : digits.startsWith("0") && digits.length > 1
            ? BigInt(`0o${digits.slice(1)}`)
            : BigInt(digits);
    if (match?.[0] !== text) await this.invalidNumber(text, match !== null && match[2] !== undefined);
    return match?.[1] === "-" ? -magnitude : magnitude;
  }

  private async float(): Promise<number> {
    const text = this.next();
    if (text === undefined) return 0;
    if (/^['"]/.test(text)) return text.codePointAt(1) ?? 0;
    const match =
      /^\s*[-+]?(?:0[xX][0-9a-fA-F]+|[0-9]+\.?[0-9]*(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?|inf(?:inity)?|nan)/i.exec(
        text,
      );
    if (match?.[0] !== text) await this.invalidNumber(text, match !== null);
    const number = (match?.[0] ?? "0").trim().toLowerCase();
    if (number.includes("inf")) return number.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    return Number(number.replace(/^\+/, ""));
  }

  private async invalidNumber(text: string, hasDigits: boolean): Promise<void> {
    this.status = 1;
    const { flavour } = this.shell.state;
    if (flavour === "bash") await this.shell.report(`${text}: invalid number`);
    else if (flavour === "dash")
      await this.shell.report(`${text}: ${hasDigits ? "not completely converted" : "expected numeric value"}`);
    else await this.shell.writeError(`sh: invalid number '${text}'\n`);
  }
}

interface Layout {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

/** Text with its escapes decoded, and directives, apart. */
function splitFormat(format: string): string[] {
  const pieces: string[] = [];
  let plain = "";
  let index = 0;
  const flush = (): void => {
    if (plain !== "") pieces.push(decodeEscapes(plain, "printf").text.replace(/^%$/, "%"));
    plain = "";
  };
  while (index < format.length) {
    const character = format.charAt(index);
    if (character === "\\") {
      plain += format.slice(index, index + 2);
      index += 2;
    } else if (character === "%") {
      const match = DIRECTIVE.exec(format.slice(index));
      flush();
      const length = match ? match[0].length : format.length - index;
      pieces.push(match?.[4] === "%" ? "%" : format.slice(index, index + length));
      index += length;
    } else {
      plain += character;
      index++;
    }
  }
  flush();
  return pieces;
}

function cut(text: string, precision: number | undefined): string {
  return precision === undefined || precision < 0 ? text : [...text].slice(0, precision).join("");
}

function pad(text: string, { flags, width }: Layout): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  return flags.includes("-") ? text + " ".repeat(missing) : " ".repeat(missing) + text;
}

function padNumber(text: string, layout: Layout): string {
  const missing = layout.width - text.length;
  if (missing <= 0) return text;
  if (layout.flags.includes("-")) return text + " ".repeat(missing);
  if (!layout.flags.includes("0")) return " ".repeat(missing) + text;
  const sign = /^(?:[-+ ])?(?:0[xX])?/.exec(text)?.[0] ?? "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}

function formatInteger(value: bigint, letter: string, precision: number | undefined, flags: string): string {
  const isSigned = letter === "d" || letter === "i";
  const magnitude = isSigned ? (value < 0n ? -value : value) : BigInt.asUintN(64, value);
  const base = letter === "o" ? 8 : letter === "x" || letter === "X" ? 16 : 10;
  let digits = magnitude.toString(base);
  if (letter === "X") digits = digits.toUpperCase();
  if (precision !== undefined) digits = precision === 0 && magnitude === 0n ? "" : digits.padStart(precision, "0");
  if (flags.includes("#") && magnitude !== 0n)
    digits = letter === "o" ? `0${digits}` : letter === "x" || letter === "X" ? `0${letter}${digits}` : digits;
  if (flags.includes("'")) digits = digits.replace(/\B(?=(\d{3})+$)/g, "");
  const sign = isSigned ? (value < 0n ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "") : "";
  return sign + digits;
}

function formatFloat(value: number, letter: string, precision: number | undefined, flags: string): string {
  const sign = value < 0 || Object.is(value, -0) ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  const magnitude = Math.abs(value);
  const isUpper = letter === letter.toUpperCase();
  let text: string;
  if (!Number.isFinite(magnitude)) text = Number.isNaN(magnitude) ? "nan" : "inf";
  else {
    const lower = letter.toLowerCase();
    if (lower === "e") text = exponent(magnitude.toExponential(precision ?? 6));
    else if (lower === "g") text = general(magnitude, precision ?? 6, flags.includes("#"));
    else text = fixed(magnitude, precision ?? 6);
  }
  return sign + (isUpper ? text.toUpperCase() : text);
}

function fixed(value: number, places: number): string {
  return value < 1e21
    ? value.toFixed(Math.min(places, 100))
    : `${BigInt(value)}${places > 0 ? `.${"0".repeat(places)}` : ""}`;
}

function exponent(text: string): string {
  return text.replace(/e([-+])(\d)$/, "e$10$2");
}

function general(value: number, precision: number, keepsZeros: boolean): string {
  const digits = precision === 0 ? 1 : precision;
  if (value === 0) return "0";
  const power = Number(value.toExponential(digits - 1).split("e")[1]);
  const text =
    power < -4 || power >= digits ? exponent(value.toExponential(digits - 1)) : value.toFixed(digits - 1 - power);
  if (keepsZeros || !text.includes(".")) return text;
  return text.replace(/\.?0+(?=e|$)/, "");
}
