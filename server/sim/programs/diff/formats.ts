/** How diffutils 3.8 writes hunks: normal, unified, context, side by side, ed's and RCS's scripts. */
import type { Hunk } from "./edits.ts";

export interface Side {
  readonly name: string;
  readonly lines: readonly string[];
  readonly endsWithNewline: boolean;
  readonly modifiedMs: number;
}

const NO_NEWLINE = "\\ No newline at end of file\n";

function marked(side: Side, from: number, to: number, mark: string): string {
  let text = "";
  for (let index = from; index < to; index++) {
    text += `${mark}${side.lines[index]}\n`;
    if (index === side.lines.length - 1 && !side.endsWithNewline) text += NO_NEWLINE;
  }
  return text;
}

const letterOf = ({ oldStart, oldEnd, newStart, newEnd }: Hunk): "a" | "d" | "c" =>
  oldStart === oldEnd ? "a" : newStart === newEnd ? "d" : "c";

/** `3`, `3,5`; where nothing is, the line before. */
const range = (start: number, end: number): string => (end - start <= 1 ? String(end) : `${start + 1},${end}`);

export function normal(left: Side, right: Side, hunks: readonly Hunk[]): string {
  return hunks
    .map((hunk) => {
      const { oldStart, oldEnd, newStart, newEnd } = hunk;
      const letter = letterOf(hunk);
      return (
        `${range(oldStart, oldEnd)}${letter}${range(newStart, newEnd)}\n` +
        marked(left, oldStart, oldEnd, "< ") +
        (letter === "c" ? "---\n" : "") +
        marked(right, newStart, newEnd, "> ")
      );
    })
    .join("");
}

interface Group {
  readonly hunks: readonly Hunk[];
  readonly oldFrom: number;
  readonly oldTo: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** Hunks whose context lines would meet stand together. */
function grouped(left: Side, right: Side, hunks: readonly Hunk[], context: number): readonly Group[] {
  const groups: Hunk[][] = [];
  for (const hunk of hunks) {
    const last = groups.at(-1)?.at(-1);
    if (last && hunk.oldStart - last.oldEnd <= context * 2) groups.at(-1)?.push(hunk);
    else groups.push([hunk]);
  }
  return groups.flatMap((group) => {
    const first = group[0];
    const last = group.at(-1);
    if (!first || !last) return [];
    return {
      hunks: group,
      oldFrom: Math.max(0, first.oldStart - context),
      newFrom: Math.max(0, first.newStart - context),
      oldTo: Math.min(left.lines.length, last.oldEnd + context),
      newTo: Math.min(right.lines.length, last.newEnd + context),
    };
  });
}

export function unified(left: Side, right: Side, hunks: readonly Hunk[], context: number): string {
  const place = (start: number, count: number): string =>
    count === 1 ? String(start + 1) : `${count === 0 ? start : start + 1},${count}`;
  return grouped(left, right, hunks, context)
    .map(({ hunks: group, oldFrom, oldTo, newFrom, newTo }) => {
      let body = "";
      let at = oldFrom;
      for (const hunk of group) {
        body +=
          marked(left, at, hunk.oldStart, " ") +
          marked(left, hunk.oldStart, hunk.oldEnd, "-") +
          marked(right, hunk.newStart, hunk.newEnd, "+");
        at = hunk.oldEnd;
      }
      body += marked(left, at, oldTo, " ");
      return `@@ -${place(oldFrom, oldTo - oldFrom)} +${place(newFrom, newTo - newFrom)} @@\n${body}`;
    })
    .join("");
}

/** Each side is shown only where something of it changes. */
export function contextual(left: Side, right: Side, hunks: readonly Hunk[], context: number): string {
  return grouped(left, right, hunks, context)
    .map(({ hunks: group, oldFrom, oldTo, newFrom, newTo }) => {
      const side = (
        from: number,
        to: number,
        of: Side,
        mark: string,
        span: (hunk: Hunk) => readonly [number, number],
      ) => {
        if (group.every((hunk) => span(hunk)[0] === span(hunk)[1])) return "";
        let text = "";
        let at = from;
        for (const hunk of group) {
          const [start, end] = span(hunk);
          text += marked(of, at, start, "  ") + marked(of, start, end, letterOf(hunk) === "c" ? "! " : `${mark} `);
          at = end;
        }
        return text + marked(of, at, to, "  ");
      };
      const old = side(oldFrom, oldTo, left, "-", (hunk) => [hunk.oldStart, hunk.oldEnd]);
      const recent = side(newFrom, newTo, right, "+", (hunk) => [hunk.newStart, hunk.newEnd]);
      return `***************\n*** ${range(oldFrom, oldTo)} ****\n${old}--- ${range(newFrom, newTo)} ----\n${recent}`;
    })
    .join("");
}

/** A script for ed, last hunk first, so that line numbers stay right. */
export function edScript(right: Side, hunks: readonly Hunk[]): string {
  return hunks
    .map((hunk) => {
      const letter = letterOf(hunk);
      const text = letter === "d" ? "" : `${marked(right, hunk.newStart, hunk.newEnd, "")}.\n`;
      return `${range(hunk.oldStart, hunk.oldEnd)}${letter}\n${text}`;
    })
    .reverse()
    .join("");
}

export function rcsScript(right: Side, hunks: readonly Hunk[]): string {
  return hunks
    .map(({ oldStart, oldEnd, newStart, newEnd }) => {
      const deleted = oldEnd > oldStart ? `d${oldStart + 1} ${oldEnd - oldStart}\n` : "";
      const added = newEnd > newStart ? `a${oldEnd} ${newEnd - newStart}\n${marked(right, newStart, newEnd, "")}` : "";
      return deleted + added;
    })
    .join("");
}

const TAB = 8;
const GUTTER = 3;

/** Two columns with a mark between them; tabs lead from one to the other, as sdiff counts them. */
export function sideBySide(
  left: Side,
  right: Side,
  hunks: readonly Hunk[],
  options: { readonly width: number; readonly onlyChanges: boolean },
): string {
  const offset = Math.floor((options.width + TAB + GUTTER) / (2 * TAB)) * TAB;
  const half = Math.max(0, Math.min(offset - GUTTER, options.width - offset));
  const row = (one: string | undefined, mark: string, other: string | undefined): string => {
    let text = cut(one ?? "", half);
    let column = text.length;
    const advance = (to: number): void => {
      text += tabsBetween(column, to);
      column = Math.max(column, to);
    };
    if (mark !== " ") {
      advance(Math.floor((half + offset - 1) / 2));
      text += mark;
      column++;
    }
    if (other !== undefined && other !== "") {
      advance(offset);
      text += cut(other, half);
    }
    return `${text}\n`;
  };
  const common = (from: number, to: number): string =>
    options.onlyChanges
      ? ""
      : left.lines
          .slice(from, to)
          .map((line) => row(line, " ", line))
          .join("");
  let at = 0;
  let out = "";
  for (const { oldStart, oldEnd, newStart, newEnd } of hunks) {
    out += common(at, oldStart);
    const both = Math.min(oldEnd - oldStart, newEnd - newStart);
    for (let index = 0; index < both; index++)
      out += row(left.lines[oldStart + index], "|", right.lines[newStart + index]);
    for (let index = oldStart + both; index < oldEnd; index++) out += row(left.lines[index], "<", undefined);
    for (let index = newStart + both; index < newEnd; index++) out += row(undefined, ">", right.lines[index]);
    at = oldEnd;
  }
  return out + common(at, left.lines.length);
}

const cut = (line: string, width: number): string =>
  line.replace(/([^\t]*)\t/g, (_, before: string) => before + " ".repeat(TAB - (before.length % TAB))).slice(0, width);

function tabsBetween(from: number, to: number): string {
  let text = "";
  let column = from;
  for (let stop = column - (column % TAB) + TAB; stop <= to; stop += TAB) {
    text += "\t";
    column = stop;
  }
  return text + " ".repeat(Math.max(0, to - column));
}

const COLOURS: readonly (readonly [line: RegExp, code: string])[] = [
  [/^(---|\+\+\+|\*\*\*) .*(\t|[^*-]$)/, "1"],
  [/^(\d|@@|\*\*\* \d|--- \d)/, "36"],
  [/^(<|-(?!--$))/, "31"],
  [/^[>+]/, "32"],
];

/** Normal and unified output in the colours of `--color`. */
export function painted(text: string): string {
  return text.replace(/.+/g, (line) => {
    const code = COLOURS.find(([pattern]) => pattern.test(line))?.[1];
    return code === undefined ? line : `\u001b[${code}m${line}\u001b[0m`;
  });
}
