/** coreutils 9.1: numfmt. Left out: --grouping's separators (none in the C locale), --debug. */
import { lines } from "../toolkit/input.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { defineTool, inLocale, quoted, ToolError } from "../toolkit/tool.ts";
import { contains, parseRanges } from "./ranges.ts";

const LETTERS = "KMGTPEZY";
const SCALES = ["none", "auto", "si", "iec", "iec-i"];
const ROUNDINGS: Readonly<Record<string, (value: number) => number>> = {
  up: Math.ceil,
  down: Math.floor,
  "from-zero": (value) => (value < 0 ? Math.floor(value) : Math.ceil(value)),
  "towards-zero": Math.trunc,
  nearest: (value) => Math.sign(value) * Math.round(Math.abs(value)),
};

/** Trouble with one number; `--invalid` says what becomes of it. */
class InvalidNumber extends Error {}

interface Conversion {
  readonly from: string;
  readonly to: string;
  readonly fromUnit: number;
  readonly toUnit: number;
  readonly suffix: string;
  readonly padding: number;
  /** Digits behind the point that --format asks for. */
  readonly decimals: number | undefined;
  readonly before: string;
  readonly after: string;
  readonly round: (value: number) => number;
}

export const numfmt = defineTool({
  name: "numfmt",
  options: [
    ...["from", "to", "from-unit", "to-unit", "suffix", "format", "field", "round", "padding", "invalid"].map((name) =>
      o("", name, "required"),
    ),
    o("d", "delimiter", "required"),
    o("", "header", "optional"),
    o("", "grouping"),
    o("z", "zero-terminated"),
  ],
  takesNegatives: true,
  async run(process, options) {
    const conversion = conversionOf(options);
    const policy = options.value("invalid") ?? "abort";
    let hasFailed = false;
    const handle = async (line: string): Promise<void> => {
      try {
        await process.stdout.write(`${convertLine(line, conversion, options)}\n`);
      } catch (error) {
        if (!(error instanceof InvalidNumber)) throw error;
        if (policy === "abort") throw new ToolError(error.message, 2);
        if (policy !== "ignore") await process.stderr.write(inLocale(process, `numfmt: ${error.message}\n`));
        hasFailed = hasFailed || policy === "fail";
        await process.stdout.write(`${line}\n`);
      }
    };
    if (options.operands.length > 0) {
      for (const operand of options.operands) await handle(operand);
    } else {
      let headers = options.has("header") ? Number(options.value("header") ?? 1) : 0;
      for await (const { text } of lines(process, "-")) {
        if (headers-- > 0) await process.stdout.write(`${text}\n`);
        else await handle(text);
      }
    }
    return hasFailed ? 2 : 0;
  },
});

function conversionOf(options: ParsedOptions): Conversion {
  const scale = (name: "from" | "to"): string => {
    const given = options.value(name) ?? "none";
    const valid = SCALES.filter((each) => name === "from" || each !== "auto");
    if (valid.includes(given)) return given;
    const list = valid.map((each) => `\n  - ${quoted(each)}`).join("");
    const hint = "\nTry 'numfmt --help' for more information.";
    throw new ToolError(
      `invalid argument ${quoted(given)} for ${quoted(`--${name}`)}\nValid arguments are:${list}${hint}`,
    );
  };
  const format = /^(.*?)%[0' ]*(-?\d*)(?:\.(\d+))?f(.*)$/s.exec(options.value("format") ?? "%f");
  if (!format) throw new ToolError(`invalid format ${quoted(options.value("format") ?? "")}`);
  const round = ROUNDINGS[options.value("round") ?? "from-zero"];
  if (!round) throw new ToolError(`invalid argument ${quoted(options.value("round") ?? "")} for ${quoted("--round")}`);
  return {
    from: scale("from"),
    to: scale("to"),
    fromUnit: unitOf(options.value("from-unit")),
    toUnit: unitOf(options.value("to-unit")),
    suffix: options.value("suffix") ?? "",
    padding: Number(options.value("padding") ?? (format[2] || 0)),
    decimals: format[3] === undefined ? undefined : Number(format[3]),
    before: format[1] ?? "",
    after: format[4] ?? "",
    round,
  };
}

function unitOf(text: string | undefined): number {
  if (text === undefined) return 1;
  const match = /^(\d*)(?:([KMGTPEZY])(i)?)?$/.exec(text);
  if (!match || text === "") throw new ToolError(`invalid unit size: ${quoted(text)}`);
  const power = match[2] ? LETTERS.indexOf(match[2]) + 1 : 0;
  return Number(match[1] || 1) * (match[3] ? 1024 : 1000) ** power;
}

/** Converts the chosen fields; the white space between fields stays, and grows or shrinks with a padded number. */
function convertLine(line: string, conversion: Conversion, options: ParsedOptions): string {
  const delimiter = options.value("delimiter");
  const chosen = parseRanges(options.value("field")?.replace(/^-$/, "1-") ?? "1", "fields");
  const fields = delimiter === undefined ? (line.match(/\s*\S+/g) ?? [line]) : line.split(delimiter);
  const converted = fields.map((field, index) => {
    if (!contains(chosen, index + 1)) return field;
    const blank = /^\s*/.exec(field)?.[0] ?? "";
    const text = convert(field.trim(), conversion);
    // Aligned input stays aligned: the number keeps the width it had.
    const isAligned =
      delimiter === undefined && conversion.padding === 0 && (index === 0 ? blank !== "" : blank.length > 1);
    if (isAligned) return text.padStart(field.length);
    return (index > 0 ? blank.slice(0, 1) : "") + text;
  });
  return converted.join(delimiter ?? "");
}

function convert(text: string, conversion: Conversion): string {
  const bare =
    conversion.suffix !== "" && text.endsWith(conversion.suffix) ? text.slice(0, -conversion.suffix.length) : text;
  const value = (parse(bare, conversion.from) * conversion.fromUnit) / conversion.toUnit;
  const decimals =
    conversion.decimals ??
    (conversion.to === "none" ? (bare.split(".")[1]?.match(/^\d*/)?.[0].length ?? 0) : undefined);
  const number = print(value, conversion, decimals) + conversion.suffix;
  const width = Math.abs(conversion.padding);
  const padded = conversion.padding < 0 ? number.padEnd(width) : number.padStart(width);
  return conversion.before + padded + conversion.after;
}

function parse(text: string, scale: string): number {
  const match = /^(-?\d+(?:\.\d+)?)(.*)$/.exec(text);
  if (!match) throw new InvalidNumber(`invalid number: ${quoted(text)}`);
  const [, digits = "", unit = ""] = match;
  if (unit === "") return Number(digits);
  const power = LETTERS.indexOf(unit.charAt(0).replace("k", "K")) + 1;
  if (power === 0) throw new InvalidNumber(`invalid suffix in input: ${quoted(text)}`);
  if (scale === "none") throw new InvalidNumber(`rejecting suffix in input: ${quoted(text)} (consider using --from)`);
  const hasI = unit.charAt(1) === "i" && scale !== "si" && scale !== "iec";
  if (scale === "iec-i" && !hasI)
    throw new InvalidNumber(`missing 'i' suffix in input: ${quoted(text)} (e.g Ki/Mi/Gi)`);
  const rest = unit.slice(hasI ? 2 : 1);
  if (rest !== "") throw new InvalidNumber(`invalid suffix in input ${quoted(text)}: ${quoted(rest)}`);
  const base = scale === "iec" || scale === "iec-i" || (scale === "auto" && hasI) ? 1024 : 1000;
  return Number(digits) * base ** power;
}

function print(value: number, conversion: Conversion, decimals: number | undefined): string {
  const { to, round } = conversion;
  if (to === "none") {
    const places = decimals ?? 0;
    return (round(Number((value * 10 ** places).toPrecision(15))) / 10 ** places).toFixed(places);
  }
  const base = to === "si" ? 1000 : 1024;
  let scaled = value;
  let power = 0;
  while (Math.abs(scaled) >= base && power < LETTERS.length) {
    scaled /= base;
    power++;
  }
  const places = decimals ?? (power > 0 && Math.abs(scaled) < 10 ? 1 : 0);
  let rounded = round(Number((scaled * 10 ** places).toPrecision(15))) / 10 ** places;
  if (Math.abs(rounded) >= base && power < LETTERS.length) {
    rounded /= base;
    power++;
  }
  const shown = decimals ?? (power > 0 && Math.abs(rounded) < 10 ? 1 : 0);
  return rounded.toFixed(shown) + (power > 0 ? LETTERS.charAt(power - 1) + (to === "iec-i" ? "i" : "") : "");
}
