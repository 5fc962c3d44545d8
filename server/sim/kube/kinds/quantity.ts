/**
 * Resource quantities as apimachinery `pkg/api/resource` reads and writes them: exact, in the
 * canonical form in which the server stores them (`0.5` → `500m`, `1024Mi` → `1Gi`).
 */

export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

export interface Quantity {
  /** In units of 10⁻⁹: the smallest step the API keeps. */
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

export const QUANTITY_PATTERN = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$";
/** What the server's decoder says of text that is no quantity. */
export const QUANTITY_SYNTAX_ERROR = `quantities must match the regular expression '${QUANTITY_PATTERN}'`;
export const QUANTITY_SUFFIX_ERROR = "unable to parse quantity's suffix";

const NANO = 1_000_000_000n;
const DECIMAL_SUFFIXES = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"] as const;
const BINARY_SUFFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;

/** The quantity, or the decoder's message. Numbers in JSON are read by their digits. */
export function parseQuantity(value: string | number): Quantity | string {
  const source = String(value);
  if (source === "") return QUANTITY_SYNTAX_ERROR;
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([a-zA-Z]*)([-+]?\d*)$/.exec(source);
  if (match === null) return QUANTITY_SYNTAX_ERROR;
  const [, sign = "", whole = "", fraction = "", letters = "", exponent = ""] = match;
  if (whole === "" && fraction === "") return QUANTITY_SYNTAX_ERROR;
  const unit = parseSuffix(letters, exponent);
  if (unit === undefined) {
    return /^[eEinumkKMGTP]*$/.test(letters) ? QUANTITY_SUFFIX_ERROR : QUANTITY_SYNTAX_ERROR;
  }
  const digits = BigInt(`${whole}${fraction}` || "0") * unit.numerator;
  const scale = 10n ** BigInt(fraction.length) * unit.denominator;
  // What is finer than a nano is rounded away from zero, as the server does.
  const nano = (digits * NANO + scale - 1n) / scale;
  return { nano: sign === "-" ? -nano : nano, format: unit.format };
}

interface Unit {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly format: QuantityFormat;
}

function parseSuffix(letters: string, exponent: string): Unit | undefined {
  if ((letters === "e" || letters === "E") && exponent !== "" && /\d/.test(exponent)) {
    return powerOfTen(Number(exponent), "DecimalExponent");
  }
  if (exponent !== "") return undefined;
  const binary = letters === "" ? -1 : (BINARY_SUFFIXES as readonly string[]).indexOf(letters);
  if (binary > 0) return { numerator: 1024n ** BigInt(binary), denominator: 1n, format: "BinarySI" };
  const decimal = (DECIMAL_SUFFIXES as readonly string[]).indexOf(letters);
  return decimal < 0 ? undefined : powerOfTen((decimal - 3) * 3, "DecimalSI");
}

function powerOfTen(exponent: number, format: QuantityFormat): Unit {
  return exponent >= 0
    ? { numerator: 10n ** BigInt(exponent), denominator: 1n, format }
    : { numerator: 1n, denominator: 10n ** BigInt(-exponent), format };
}

/** Canonical text: no fraction, the largest suffix that needs none. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return "0";
  const sign = nano < 0n ? "-" : "";
  const size = nano < 0n ? -nano : nano;
  // Below 1024 a binary quantity is written as a decimal one.
  const isBinary = format === "BinarySI" && size >= 1024n * NANO;
  return sign + (isBinary ? formatBinary(size) : formatDecimal(size, format));
}

function formatBinary(nano: bigint): string {
  let value = (nano + NANO - 1n) / NANO;
  let step = 0;
  while (step < BINARY_SUFFIXES.length - 1 && value % 1024n === 0n) {
    value /= 1024n;
    step += 1;
  }
  return `${value}${BINARY_SUFFIXES[step]}`;
}

function formatDecimal(nano: bigint, format: QuantityFormat): string {
  let value = nano;
  let step = 0;
  while (step < DECIMAL_SUFFIXES.length - 1 && value % 1000n === 0n) {
    value /= 1000n;
    step += 1;
  }
  if (format !== "DecimalExponent") return `${value}${DECIMAL_SUFFIXES[step]}`;
  const exponent = (step - 3) * 3;
  return exponent === 0 ? `${value}` : `${value}e${exponent}`;
}

/** Canonical text of a stored or given quantity; what is none is returned as it is. */
export function canonicalQuantity(value: unknown): unknown {
  if (typeof value !== "string" && typeof value !== "number") return value;
  const quantity = parseQuantity(value);
  return typeof quantity === "string" ? value : formatQuantity(quantity);
}

/** Nano units of a stored quantity; 0 when absent or malformed. For sums and comparisons. */
export function quantityNano(value: unknown): bigint {
  if (typeof value !== "string" && typeof value !== "number") return 0n;
  const quantity = parseQuantity(value);
  return typeof quantity === "string" ? 0n : quantity.nano;
}

/** The sum of quantities, in the format of the first that is not zero. */
export function addQuantities(values: readonly unknown[]): string {
  let nano = 0n;
  let format: QuantityFormat | undefined;
  for (const value of values) {
    if (typeof value !== "string" && typeof value !== "number") continue;
    const quantity = parseQuantity(value);
    if (typeof quantity === "string") continue;
    nano += quantity.nano;
    if (quantity.nano !== 0n) format ??= quantity.format;
  }
  return formatQuantity({ nano, format: format ?? "DecimalSI" });
}
