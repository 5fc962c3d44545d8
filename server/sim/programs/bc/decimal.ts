/** Decimal numbers of any length with bc's rules for the digits behind the point. */

export interface Decimal {
  /** The number times ten to the power of `scale`. */
  readonly digits: bigint;
  readonly scale: number;
}

const ten = (power: number): bigint => 10n ** BigInt(power);
const MAX_EXPONENT = 10_000n;

export function decimal(text: string): Decimal {
  const [whole = "", fraction = ""] = text.split(".");
  return { digits: BigInt(`${whole}${fraction}` || "0"), scale: fraction.length };
}

/** Cuts, never rounds. */
function rescale({ digits, scale }: Decimal, wanted: number): Decimal {
  if (wanted >= scale) return { digits: digits * ten(wanted - scale), scale: wanted };
  return { digits: digits / ten(scale - wanted), scale: wanted };
}

export function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: rescale(a, scale).digits + rescale(b, scale).digits, scale };
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  const { digits } = add(a, { ...b, digits: -b.digits });
  return digits < 0n ? -1 : digits > 0n ? 1 : 0;
}

export function multiply(a: Decimal, b: Decimal, scale: number): Decimal {
  const full = { digits: a.digits * b.digits, scale: a.scale + b.scale };
  return rescale(full, Math.min(full.scale, Math.max(scale, a.scale, b.scale)));
}

export function divide(a: Decimal, b: Decimal, scale: number): Decimal {
  const shift = scale + b.scale - a.scale;
  const digits = shift >= 0 ? (a.digits * ten(shift)) / b.digits : a.digits / (b.digits * ten(-shift));
  return { digits, scale };
}

/** What division at the current scale leaves. */
export function modulo(a: Decimal, b: Decimal, scale: number): Decimal {
  const quotient = divide(a, b, scale);
  const product = { digits: quotient.digits * b.digits, scale: quotient.scale + b.scale };
  const rest = add(a, { ...product, digits: -product.digits });
  return rescale(rest, Math.max(scale + b.scale, a.scale));
}

/** The fraction of an exponent is ignored. */
export function power(base: Decimal, exponent: Decimal, scale: number): Decimal {
  const count = exponent.digits / ten(exponent.scale);
  const size = count < 0n ? -count : count;
  if (size > MAX_EXPONENT) return { digits: 0n, scale: 0 };
  const full = { digits: base.digits ** size, scale: base.scale * Number(size) };
  if (count < 0n) return full.digits === 0n ? full : divide({ digits: 1n, scale: 0 }, full, scale);
  return rescale(full, Math.min(full.scale, Math.max(scale, base.scale)));
}

export function squareRoot(value: Decimal, scale: number): Decimal {
  const wanted = Math.max(scale, value.scale);
  const square = rescale(value, wanted * 2).digits;
  if (square === 0n) return { digits: 0n, scale: wanted };
  let guess = 10n ** BigInt(Math.ceil(String(square).length / 2));
  while (true) {
    const next = (guess + square / guess) / 2n;
    if (next >= guess) return { digits: guess, scale: wanted };
    guess = next;
  }
}

/** Without a zero in front of the point; zero is `0`. */
export function format({ digits, scale }: Decimal): string {
  if (digits === 0n) return "0";
  const sign = digits < 0n ? "-" : "";
  const text = String(digits < 0n ? -digits : digits).padStart(scale, "0");
  const whole = text.slice(0, text.length - scale);
  return scale === 0 ? sign + text : `${sign}${whole}.${text.slice(text.length - scale)}`;
}

const DIGITS = "0123456789ABCDEF";

/** A number as it is typed; a digit too large for the base counts as its largest, unless it stands alone. */
export function fromBase(text: string, base: number): Decimal {
  if (base === 10 && !/[A-F]/.test(text)) return decimal(text);
  const [whole = "", fraction = ""] = text.split(".");
  const isAlone = whole.length + fraction.length === 1;
  const digitOf = (digit: string): bigint => {
    const value = DIGITS.indexOf(digit);
    return BigInt(isAlone ? value : Math.min(value, base - 1));
  };
  const count = [...whole, ...fraction].reduce((sum, digit) => sum * BigInt(base) + digitOf(digit), 0n);
  const scale = fraction.length;
  return { digits: (count * ten(scale)) / BigInt(base) ** BigInt(scale), scale };
}

/** As it is printed: bases above 16 give each digit as a decimal number of its own. */
export function inBase(value: Decimal, base: number): string {
  if (base === 10 || value.digits === 0n) return format(value);
  const sign = value.digits < 0n ? "-" : "";
  const size = value.digits < 0n ? -value.digits : value.digits;
  const width = String(base - 1).length;
  const show = (digit: bigint): string =>
    base <= 16 ? DIGITS.charAt(Number(digit)) : ` ${String(digit).padStart(width, "0")}`;
  let whole = "";
  for (let rest = size / ten(value.scale); rest > 0n; rest /= BigInt(base)) whole = show(rest % BigInt(base)) + whole;
  let fraction = "";
  let rest = size % ten(value.scale);
  // As many digits as say as much as the decimal ones.
  for (let reach = 1n; value.scale > 0 && reach < ten(value.scale); reach *= BigInt(base)) {
    rest *= BigInt(base);
    fraction += show(rest / ten(value.scale));
    rest %= ten(value.scale);
  }
  return sign + whole + (fraction === "" ? "" : `.${fraction}`);
}
