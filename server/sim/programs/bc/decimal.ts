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
