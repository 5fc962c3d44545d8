/** coreutils 9.1 and busybox: comm. */
import type { Process } from "../../machine/types.ts";
import { lines } from "../toolkit/input.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { defineTool } from "../toolkit/tool.ts";
import { reportOpenFailure } from "./open-failure.ts";
import { twoOperands } from "./operands.ts";
import { compareText } from "./sort.ts";

export const comm = defineTool({
  name: "comm",
  options: [
    o("1"),
    o("2"),
    o("3"),
    o("", "output-delimiter", "required"),
    o("", "check-order"),
    o("", "nocheck-order"),
    o("", "total"),
    o("z", "zero-terminated"),
  ],
  async run(process, options) {
    const files = twoOperands(process, options.operands);
    const terminator = options.has("zero-terminated") ? "\0" : "\n";
    const columns: (readonly string[])[] = [];
    for (const file of files) {
      try {
        const column: string[] = [];
        for await (const { text } of lines(process, file, terminator)) column.push(text);
        columns.push(column);
      } catch (error) {
        return reportOpenFailure(process, file, error);
      }
    }
    const [left = [], right = []] = columns;
    const merged = merge(left, right);
    await process.stdout.write(layOut(merged, options, terminator));
    if (options.has("nocheck-order")) return 0;
    // Lines that pair everywhere need no order; the first unpairable line calls for it.
    const isChecked = options.has("check-order") || merged.counts[0] + merged.counts[1] > 0;
    return isChecked ? reportDisorder(process, [left, right]) : 0;
  },
});

interface Merged {
  readonly rows: readonly { readonly column: 0 | 1 | 2; readonly text: string }[];
  readonly counts: readonly [number, number, number];
}

function merge(left: readonly string[], right: readonly string[]): Merged {
  const rows: { column: 0 | 1 | 2; text: string }[] = [];
  const counts: [number, number, number] = [0, 0, 0];
  let a = 0;
  let b = 0;
  while (a < left.length || b < right.length) {
    const order = a >= left.length ? 1 : b >= right.length ? -1 : compareText(left[a] ?? "", right[b] ?? "");
    const column = order < 0 ? 0 : order > 0 ? 1 : 2;
    rows.push({ column, text: (order > 0 ? right[b] : left[a]) ?? "" });
    counts[column]++;
    if (order <= 0) a++;
    if (order >= 0) b++;
  }
  return { rows, counts };
}

function layOut({ rows, counts }: Merged, options: ParsedOptions, terminator: string): string {
  const delimiter = options.value("output-delimiter") ?? "\t";
  const isHidden = [options.has("1"), options.has("2"), options.has("3")];
  const indents = [0, 1, 2].map((column) =>
    delimiter.repeat(isHidden.slice(0, column).filter((hidden) => !hidden).length),
  );
  const shown = rows
    .filter(({ column }) => !isHidden[column])
    .map(({ column, text }) => `${indents[column]}${text}${terminator}`);
  if (options.has("total")) shown.push(`${[...counts, "total"].join(delimiter)}${terminator}`);
  return shown.join("");
}

async function reportDisorder(process: Process, files: readonly (readonly string[])[]): Promise<number> {
  let status = 0;
  for (const [index, file] of files.entries()) {
    const isSorted = file.every((line, at) => at === 0 || compareText(file[at - 1] ?? "", line) <= 0);
    if (isSorted) continue;
    await process.stderr.write(`comm: file ${index + 1} is not in sorted order\n`);
    status = 1;
  }
  if (status !== 0) await process.stderr.write("comm: input is not in sorted order\n");
  return status;
}
