/** awk's printf: `%c` of a number is a character; too few arguments are an error. */
import { formatFloat, formatInteger, formatString, parseFormat } from "../toolkit/printf.ts";
import { AwkError } from "./awk-error.ts";
import { toNumber, type Value } from "./values.ts";

export function sprintf(format: string, args: readonly Value[], textOf: (value: Value) => string): string {
  let next = 0;
  const take = (): Value => args[next++] ?? "";
  return parseFormat(format)
    .map((part) => {
      if (part.kind === "text") return part.text;
      const width = part.width === "*" ? toNumber(take()) : (part.width ?? 0);
      const precision = part.precision === "*" ? toNumber(take()) : part.precision;
      const spec = {
        flags: width < 0 ? `${part.flags}-` : part.flags,
        width: Math.abs(width),
        precision,
        letter: part.letter,
      };
      if (next >= args.length && args.length > 0)
        throw new AwkError(`not enough arguments passed to sprintf("${format}")`);
      const value = take();
      if (part.letter === "c") {
        const text =
          typeof value === "number"
            ? String.fromCodePoint(Math.max(0, Math.trunc(value)))
            : ([...textOf(value)][0] ?? "");
        return formatString(text, { ...spec, precision: null });
      }
      if (part.letter === "s") return formatString(textOf(value), spec);
      const number = toNumber(value);
      if (/[diouxX]/.test(part.letter)) {
        return Number.isFinite(number) ? formatInteger(BigInt(Math.trunc(number)), spec) : formatFloat(number, spec);
      }
      return formatFloat(number, spec);
    })
    .join("");
}
