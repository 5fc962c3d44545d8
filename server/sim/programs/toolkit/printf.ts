/** C's printf conversions, shared by awk and the printf program. */

export interface Conversion {
  readonly flags: string;
  readonly width: number | "*" | null;
  readonly precision: number | "*" | null;
  readonly letter: string;
}

export type FormatPart =
  | { readonly kind: "text"; readonly text: string }
  | ({ readonly kind: "conversion" } & Conversion);

export function parseFormat(format: string): readonly FormatPart[] {
  const parts: FormatPart[] = [];
  const pattern = /%(%|([-+ 0#']*)(\*|\d+)?(?:\.(\*|\d*))?(?:hh|h|ll|l|L|q|j|z|t)?([a-zA-Z]))/g;
  let at = 0;
  for (const match of format.matchAll(pattern)) {
    if (match.index > at) parts.push({ kind: "text", text: format.slice(at, match.index) });
    at = match.index + match[0].length;
    if (match[1] === "%") {
      parts.push({ kind: "text", text: "%" });
      continue;
    }
    const size = (text: string | undefined): number | "*" | null =>
      text === undefined ? null : text === "*" ? "*" : Number(text);
    parts.push({
      kind: "conversion",
      flags: match[2] ?? "",
      width: size(match[3]),
      precision: size(match[4]),
      letter: match[5] ?? "",
    });
  }
  if (at < format.length) parts.push({ kind: "text", text: format.slice(at) });
  return parts;
}

export interface ResolvedConversion {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | null;
  readonly letter: string;
}

function pad(text: string, { flags, width }: ResolvedConversion, zeroAllowed: boolean): string {
  if ([...text].length >= width) return text;
  const missing = width - [...text].length;
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (flags.includes("0") && zeroAllowed) {
    const sign = /^[-+ ]|^0[xX]/.exec(text)?.[0] ?? "";
    return sign + "0".repeat(missing) + text.slice(sign.length);
  }
  return " ".repeat(missing) + text;
}

const signed = (text: string, isNegative: boolean, flags: string): string =>
  isNegative ? `-${text}` : flags.includes("+") ? `+${text}` : flags.includes(" ") ? ` ${text}` : text;

export function formatString(text: string, spec: ResolvedConversion): string {
  const cut = spec.precision === null ? text : [...text].slice(0, spec.precision).join("");
  return pad(cut, spec, false);
}

/** d, i, o, u, x, X. */
export function formatInteger(value: bigint, spec: ResolvedConversion): string {
  const { letter, flags, precision } = spec;
  const isSigned = letter === "d" || letter === "i";
  const bits = isSigned ? value : BigInt.asUintN(64, value);
  const magnitude = bits < 0n ? -bits : bits;
  const radix = letter === "o" ? 8 : letter === "x" || letter === "X" ? 16 : 10;
  let digits = magnitude.toString(radix);
  if (letter === "X") digits = digits.toUpperCase();
  if (precision !== null) digits = precision === 0 && magnitude === 0n ? "" : digits.padStart(precision, "0");
  if (flags.includes("#") && magnitude !== 0n)
    digits = (radix === 8 ? "0" : radix === 16 ? (letter === "X" ? "0X" : "0x") : "") + digits;
  const text = isSigned ? signed(digits, bits < 0n, flags) : digits;
  return pad(text, spec, precision === null);
}

/** e, f, g and their capitals. */
export function formatFloat(value: number, spec: ResolvedConversion): string {
  const { letter, flags } = spec;
  const isNegative = value < 0 || Object.is(value, -0);
  const magnitude = Math.abs(value);
  const upper = letter === letter.toUpperCase();
  if (!Number.isFinite(value)) {
    const text = signed(Number.isNaN(value) ? "nan" : "inf", isNegative, flags);
    return pad(upper ? text.toUpperCase() : text, spec, false);
  }
  const text = floatDigits(magnitude, letter.toLowerCase(), spec.precision ?? 6, flags.includes("#"));
  return pad(signed(upper ? text.toUpperCase() : text, isNegative, flags), spec, true);
}

function floatDigits(value: number, kind: string, precision: number, keepsZeros: boolean): string {
  if (kind === "f") return fixedDigits(value, precision);
  if (kind === "e") return exponentText(value, precision);
  // %g: the shorter of both, trailing zeros removed.
  const significant = precision === 0 ? 1 : precision;
  const exponent = value === 0 ? 0 : Number(value.toExponential(Math.min(100, significant - 1)).split("e")[1]);
  const text =
    exponent < -4 || exponent >= significant
      ? exponentText(value, significant - 1)
      : fixedDigits(value, significant - 1 - exponent);
  if (keepsZeros) return text;
  return text.includes("e") ? text.replace(/\.?0+e/, "e") : text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** toFixed stops at 1e21; beyond, the number is a whole one. */
function fixedDigits(value: number, precision: number): string {
  if (value < 1e21) return value.toFixed(Math.min(100, Math.max(0, precision)));
  return BigInt(value).toString() + (precision > 0 ? `.${"0".repeat(precision)}` : "");
}

function exponentText(value: number, precision: number): string {
  return value.toExponential(Math.min(100, Math.max(0, precision))).replace(/e([+-])(\d)$/, "e$10$2");
}
