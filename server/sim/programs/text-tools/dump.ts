/** Bytes as digits: od (coreutils 9.1), hexdump (util-linux), xxd (vim). */
import { chunks, joinBytes, readAll, readAllText } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { defineTool } from "../toolkit/tool.ts";
import type { Process } from "../../machine/types.ts";

const hex = (value: number, width: number): string => value.toString(16).padStart(width, "0");
const printable = (byte: number): string => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".");

async function input(process: Process, operands: readonly string[], limit: number, skip: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (const operand of operands.length === 0 ? ["-"] : operands) {
    for await (const part of chunks(process, operand)) {
      parts.push(part);
      size += part.length;
      if (size >= limit + skip) break;
    }
  }
  return joinBytes(parts).subarray(skip, skip + limit);
}

const rowsOf = (bytes: Uint8Array, width: number): readonly Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / width) }, (_, row) => bytes.subarray(row * width, (row + 1) * width));

const NAMED: Readonly<Record<number, string>> = {
  0: "\\0",
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
};

export const od = defineTool({
  name: "od",
  options: [
    o("A", "address-radix", "required"),
    o("t", "format", "required"),
    o("N", "read-bytes", "required"),
    o("j", "skip-bytes", "required"),
    o("v", "output-duplicates"),
    o("c"),
    o("x"),
    o("b"),
    o("d"),
    o("o"),
    o("w", "width", "optional"),
    o("a"),
  ],
  async run(process, options) {
    const bytes = await input(
      process,
      options.operands,
      Number(options.value("read-bytes") ?? Number.MAX_SAFE_INTEGER),
      Number(options.value("skip-bytes") ?? 0),
    );
    const format =
      options.value("format") ??
      (options.has("a")
        ? "a"
        : options.has("c")
          ? "c"
          : options.has("x")
            ? "x2"
            : options.has("b")
              ? "o1"
              : options.has("d")
                ? "u2"
                : "o2");
    const width = Number(options.value("width") ?? 16);
    const address = (at: number): string => {
      const radix = options.value("address-radix") ?? "o";
      if (radix === "n") return "";
      return radix === "x" ? hex(at, 6) : radix === "d" ? String(at).padStart(7, "0") : at.toString(8).padStart(7, "0");
    };
    const shownAll = options.has("output-duplicates");
    let previous = "";
    let isStarred = false;
    const skipped = Number(options.value("skip-bytes") ?? 0);
    const hasText = format.endsWith("z");
    for (const [index, row] of rowsOf(bytes, width).entries()) {
      const cells = units(row, format.replace(/z$/, ""));
      const room = hasText ? units(new Uint8Array(width), format.replace(/z$/, "")).length : 0;
      const text = hasText ? `${cells.padEnd(room)}  >${[...row].map(printable).join("")}<` : cells;
      if (!shownAll && text === previous && row.length === width) {
        if (!isStarred) await process.stdout.write("*\n");
        isStarred = true;
        continue;
      }
      isStarred = false;
      previous = text;
      await process.stdout.write(`${address(skipped + index * width)}${text}\n`);
    }
    if (options.value("address-radix") !== "n") await process.stdout.write(`${address(skipped + bytes.length)}\n`);
    return 0;
  },
});

function units(row: Uint8Array, format: string): string {
  const kind = format[0] ?? "o";
  if (kind === "c")
    return [...row]
      .map(
        (byte) =>
          ` ${(NAMED[byte] ?? (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : byte.toString(8).padStart(3, "0"))).padStart(3)}`,
      )
      .join("");
  if (kind === "a") return [...row].map((byte) => ` ${characterName(byte & 0x7f).padStart(3)}`).join("");
  const size = { C: 1, S: 2, I: 4, L: 8 }[format[1] ?? ""] ?? Number(/\d+/.exec(format)?.[0] ?? 4);
  const digits =
    {
      x: size * 2,
      o: Math.ceil((size * 8) / 3),
      u: [0, 3, 5, 0, 10, 0, 0, 0, 20][size] ?? 3,
      d: [0, 4, 6, 0, 11, 0, 0, 0, 20][size] ?? 4,
    }[kind] ?? 3;
  let text = "";
  for (let at = 0; at < row.length; at += size) {
    let value = 0n;
    for (let byte = size - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(row[at + byte] ?? 0);
    if (kind === "d") value = BigInt.asIntN(size * 8, value);
    const shown = value.toString(kind === "x" ? 16 : kind === "o" ? 8 : 10);
    text += ` ${kind === "x" || kind === "o" ? shown.padStart(digits, "0") : shown.padStart(digits)}`;
  }
  return text;
}

const CONTROL_NAMES =
  "nul soh stx etx eot enq ack bel bs ht nl vt ff cr so si dle dc1 dc2 dc3 dc4 nak syn etb can em sub esc fs gs rs us sp".split(
    " ",
  );

/** ASCII's own names, which `od -a` prints. */
function characterName(code: number): string {
  return code === 127 ? "del" : (CONTROL_NAMES[code] ?? String.fromCharCode(code));
}

export const hexdump = defineTool({
  name: "hexdump",
  options: [o("C"), o("n", "", "required"), o("s", "", "required"), o("v"), o("x"), o("e", "", "required")],
  async run(process, options) {
    const skip = Number(options.value("s") ?? 0);
    const bytes = await input(process, options.operands, Number(options.value("n") ?? Number.MAX_SAFE_INTEGER), skip);
    const isCanonical = options.has("C");
    let previous = "";
    let isStarred = false;
    for (const [index, row] of rowsOf(bytes, 16).entries()) {
      const gap = options.has("x") ? "    " : " ";
      // A short last line is filled with blanks.
      const text = isCanonical
        ? canonicalRow(row)
        : units(row, "x2")
            .replaceAll(" ", gap)
            .padEnd(8 * (gap.length + 4));
      if (text === previous && row.length === 16 && !options.has("v")) {
        if (!isStarred) await process.stdout.write("*\n");
        isStarred = true;
        continue;
      }
      isStarred = false;
      previous = text;
      await process.stdout.write(`${hex(skip + index * 16, isCanonical ? 8 : 7)}${text}\n`);
    }
    if (bytes.length > 0) await process.stdout.write(`${hex(skip + bytes.length, isCanonical ? 8 : 7)}\n`);
    return 0;
  },
});

function canonicalRow(row: Uint8Array): string {
  const half = (from: number): string => [...row.subarray(from, from + 8)].map((byte) => hex(byte, 2)).join(" ");
  return `  ${half(0).padEnd(23)}  ${half(8).padEnd(23)}  |${[...row].map(printable).join("")}|`;
}

export const xxd = defineTool({
  name: "xxd",
  options: [
    o("p"),
    o("r"),
    o("l", "", "required"),
    o("c", "", "required"),
    o("g", "", "required"),
    o("u"),
    o("s", "", "required"),
    o("i"),
    o("b"),
  ],
  async run(process, options) {
    if (options.has("r")) {
      const text = await readAllText(process, options.operands[0] ?? "-");
      const digits = options.has("p")
        ? text.replace(/\s+/g, "")
        : text
            .split("\n")
            .map((line) => (/^[0-9a-f]+:((?: ?[0-9a-f]{2,4})+)/i.exec(line)?.[1] ?? "").replaceAll(" ", ""))
            .join("");
      await process.stdout.write(Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
      return 0;
    }
    const skip = Number(options.value("s") ?? 0);
    const bytes = (await readAll(process, options.operands[0] ?? "-")).subarray(
      skip,
      skip + Number(options.value("l") ?? Number.MAX_SAFE_INTEGER),
    );
    const width = Number(options.value("c") ?? (options.has("p") ? 30 : 16));
    const group = Number(options.value("g") ?? 2) || width;
    const cased = (text: string): string => (options.has("u") ? text.toUpperCase() : text);
    for (const [index, row] of rowsOf(bytes, width).entries()) {
      const plain = [...row].map((byte) => cased(hex(byte, 2)));
      if (options.has("p")) {
        await process.stdout.write(`${plain.join("")}\n`);
        continue;
      }
      const groups = Array.from({ length: Math.ceil(width / group) }, (_, at) =>
        plain.slice(at * group, (at + 1) * group).join(""),
      ).join(" ");
      const room = width * 2 + Math.ceil(width / group) - 1;
      await process.stdout.write(
        `${hex(skip + index * width, 8)}: ${groups.padEnd(room)}  ${[...row].map(printable).join("")}\n`,
      );
    }
    return 0;
  },
});
