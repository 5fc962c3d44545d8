import { quoted, ToolError } from "../toolkit/tool.ts";

/** `1,3-5,7-` as cut reads it, counted from 1. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Throws `ToolError` in cut's words. `unit` is what is counted: `fields` or `byte/character positions`. */
export function parseRanges(list: string, unit: "fields" | "byte/character positions"): readonly Range[] {
  const ranges = list.split(/[, ]/).map((part): Range => {
    const match = /^(\d*)(-?)(\d*)$/.exec(part);
    if (!match || part === "")
      throw new ToolError(`invalid field value ${quoted(part)}\nTry 'cut --help' for more information.`);
    if (part === "-") throw new ToolError("invalid range with no endpoint: -\nTry 'cut --help' for more information.");
    const [, first = "", dash = "", last = ""] = match;
    const range = {
      first: first === "" ? 1 : Number(first),
      last: dash === "" ? Number(first) : last === "" ? Infinity : Number(last),
    };
    if (range.first === 0) throw new ToolError(`${unit} are numbered from 1\nTry 'cut --help' for more information.`);
    if (range.last < range.first)
      throw new ToolError("invalid decreasing range\nTry 'cut --help' for more information.");
    return range;
  });
  return ranges;
}

export function contains(ranges: readonly Range[], position: number): boolean {
  return ranges.some((range) => position >= range.first && position <= range.last);
}
