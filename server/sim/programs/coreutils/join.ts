/** coreutils 9.1: join. Each file is read whole; lines are then merged by their keys, as the real one streams them. */
import type { Process } from "../../machine/types.ts";
import { lines } from "../toolkit/input.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { defineTool, quoted, ToolError } from "../toolkit/tool.ts";
import { reportOpenFailure } from "./open-failure.ts";
import { twoOperands } from "./operands.ts";
import { compareText } from "./sort.ts";

interface Row {
  readonly fields: readonly string[];
  readonly key: string;
  /** As it was read. */
  readonly text: string;
}

interface Join {
  readonly files: readonly [string, string];
  readonly rows: readonly [readonly Row[], readonly Row[]];
  /** Counted from 0. */
  readonly keyFields: readonly [number, number];
  readonly separator: string | undefined;
  readonly empty: string;
  /** `0`, `1.2`: what `-o` lists; null for the key and all other fields. */
  readonly format: readonly string[] | null;
  /** Which files' unpaired lines are printed. */
  readonly unpaired: ReadonlySet<string>;
  readonly onlyUnpaired: boolean;
  readonly compare: (left: string, right: string) => number;
}

export const join = defineTool({
  name: "join",
  options: [
    ...["1", "2", "j", "t", "a", "v", "e", "o"].map((letter) => o(letter, "", "required")),
    o("i", "ignore-case"),
    o("z", "zero-terminated"),
    o("", "header"),
    o("", "check-order"),
    o("", "nocheck-order"),
  ],
  async run(process, options) {
    const files = twoOperands(process, options.operands);
    const keyFields = keyFieldsOf(options);
    const separator = options.value("t");
    const rows: (readonly Row[])[] = [];
    for (const [side, file] of files.entries()) {
      try {
        rows.push(await readRows(process, file, separator, keyFields[side] ?? 0, options));
      } catch (error) {
        return reportOpenFailure(process, file, error);
      }
    }
    const [left = [], right = []] = rows;
    const compare = options.has("ignore-case")
      ? (a: string, b: string) => compareText(a.toLowerCase(), b.toLowerCase())
      : compareText;
    const headers = options.has("header") ? 1 : 0;
    const plan: Join = {
      files,
      rows: [left.slice(headers), right.slice(headers)],
      keyFields,
      separator,
      empty: options.value("e") ?? "",
      format: formatOf(options.value("o"), left[0], right[0]),
      unpaired: new Set([...options.values("a"), ...options.values("v")]),
      onlyUnpaired: options.has("v"),
      compare,
    };
    const title = headers > 0 ? layOut(plan, left[0]?.key ?? right[0]?.key ?? "", left[0], right[0]) : "";
    const { text, hasUnpaired } = merge(plan);
    await process.stdout.write(title + text);
    const isChecked = !options.has("nocheck-order") && (hasUnpaired || options.has("check-order"));
    return isChecked ? reportDisorder(process, plan) : 0;
  },
});

function keyFieldsOf(options: ParsedOptions): readonly [number, number] {
  const field = (name: "1" | "2"): number => {
    const text = options.value(name) ?? options.value("j") ?? "1";
    if (!/^[1-9]\d*$/.test(text)) throw new ToolError(`invalid field number: ${quoted(text)}`);
    return Number(text) - 1;
  };
  return [field("1"), field("2")];
}

async function readRows(
  process: Process,
  file: string,
  separator: string | undefined,
  keyField: number,
  options: ParsedOptions,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const { text } of lines(process, file, options.has("zero-terminated") ? "\0" : "\n")) {
    const fields = separator === undefined ? text.trim().split(/[ \t]+/) : text.split(separator);
    rows.push({ fields, key: fields[keyField] ?? "", text });
  }
  return rows;
}

/** `-o auto` lists what the first lines have. */
function formatOf(
  spelled: string | undefined,
  left: Row | undefined,
  right: Row | undefined,
): readonly string[] | null {
  if (spelled === undefined) return null;
  if (spelled !== "auto") {
    const wrong = spelled.split(/[ ,]/).find((item) => !/^(0|[12]\.[1-9]\d*)$/.test(item));
    if (wrong !== undefined) throw new ToolError(`invalid field specifier: ${quoted(wrong)}`);
    return spelled.split(/[ ,]/);
  }
  const others = (row: Row | undefined, file: 1 | 2): readonly string[] =>
    (row?.fields ?? []).map((_, index) => `${file}.${index + 1}`).filter((_, index) => row?.fields[index] !== row?.key);
  return ["0", ...others(left, 1), ...others(right, 2)];
}

function merge(plan: Join): { readonly text: string; readonly hasUnpaired: boolean } {
  const [left, right] = plan.rows;
  let text = "";
  let hasUnpaired = false;
  let a = 0;
  let b = 0;
  const single = (row: Row, file: "1" | "2"): void => {
    hasUnpaired = true;
    if (plan.unpaired.has(file))
      text += file === "1" ? layOut(plan, row.key, row) : layOut(plan, row.key, undefined, row);
  };
  for (;;) {
    const one = left[a];
    const two = right[b];
    if (!one && !two) return { text, hasUnpaired };
    const order = !one ? 1 : !two ? -1 : plan.compare(one.key, two.key);
    if (one && order < 0) {
      single(one, "1");
      a++;
    } else if (two && order > 0) {
      single(two, "2");
      b++;
    } else if (one) {
      const ones = sameKeys(plan, left, a);
      const twos = sameKeys(plan, right, b);
      if (!plan.onlyUnpaired)
        for (const row of ones) for (const other of twos) text += layOut(plan, row.key, row, other);
      a += ones.length;
      b += twos.length;
    }
  }
}

function sameKeys(plan: Join, rows: readonly Row[], start: number): readonly Row[] {
  const key = rows[start]?.key ?? "";
  let end = start;
  while (end < rows.length && plan.compare(rows[end]?.key ?? "", key) === 0) end++;
  return rows.slice(start, end);
}

function layOut(plan: Join, key: string, left?: Row, right?: Row): string {
  const glue = plan.separator ?? " ";
  if (!plan.format) {
    const others = (row: Row | undefined, side: 0 | 1): readonly string[] =>
      row?.fields.filter((_, index) => index !== plan.keyFields[side]) ?? [];
    return `${[key, ...others(left, 0), ...others(right, 1)].join(glue)}\n`;
  }
  const cell = (item: string): string => {
    if (item === "0") return key;
    const row = item.startsWith("1.") ? left : right;
    return row?.fields[Number(item.slice(2)) - 1] || plan.empty;
  };
  return `${plan.format.map(cell).join(glue)}\n`;
}

async function reportDisorder(process: Process, plan: Join): Promise<number> {
  let status = 0;
  for (const [side, rows] of plan.rows.entries()) {
    const at = rows.findIndex((row, index) => index > 0 && plan.compare(rows[index - 1]?.key ?? "", row.key) > 0);
    if (at === -1) continue;
    await process.stderr.write(`join: ${plan.files[side]}:${at + 1}: is not sorted: ${rows[at]?.text}\n`);
    status = 1;
  }
  if (status !== 0) await process.stderr.write("join: input is not in sorted order\n");
  return status;
}
