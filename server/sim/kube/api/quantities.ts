/** Arithmetic with resource quantities. */
import { formatQuantity, parseQuantity, type Quantity } from "../kinds/quantity.ts";

/** In units of 10⁻⁹; what is no quantity counts as zero (it has been validated before). */
export function nanoOf(text: string): bigint {
  return quantityOf(text).nano;
}

function quantityOf(text: string): Quantity {
  const parsed = parseQuantity(text);
  return typeof parsed === "string" ? { nano: 0n, format: "DecimalSI" } : parsed;
}

export function compareQuantities(a: string, b: string): number {
  const difference = nanoOf(a) - nanoOf(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function divideQuantities(a: string, b: string): number {
  return Number(nanoOf(a)) / Number(nanoOf(b));
}

/** The sum in the format of the first. */
export function addQuantities(a: string, b: string): string {
  const [left, right] = [quantityOf(a), quantityOf(b)];
  return formatQuantity({ nano: left.nano + right.nano, format: left.nano === 0n ? right.format : left.format });
}

/** Adds resource lists name by name. */
export function sumQuantities(lists: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const total: Record<string, string> = {};
  for (const list of lists) {
    for (const [name, value] of Object.entries(list)) {
      const present = total[name];
      total[name] = present === undefined ? value : addQuantities(present, value);
    }
  }
  return total;
}
