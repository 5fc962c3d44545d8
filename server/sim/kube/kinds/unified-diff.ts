/** Line differences as Go's `diff.Diff` prints them: hunks with three lines of context, no file header. */

const CONTEXT = 3;
/** Above this many cells the table of the longest common subsequence is not built. */
const MAX_CELLS = 4_000_000;

type Line = { readonly sign: " " | "-" | "+"; readonly text: string };

/** Ends with an empty line; empty when nothing differs. */
export function unifiedDiff(before: readonly string[], after: readonly string[]): string {
  const lines = editScript(before, after);
  const text = hunks(lines).map(({ start, end }) => formatHunk(lines, start, end));
  return text.length === 0 ? "" : `${text.join("")}\n`;
}

function editScript(before: readonly string[], after: readonly string[]): readonly Line[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const rest = Math.min(before.length, after.length) - head;
  while (tail < rest && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const keep = (text: string): Line => ({ sign: " ", text });
  return [
    ...before.slice(0, head).map(keep),
    ...differ(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(keep),
  ];
}

function differ(before: readonly string[], after: readonly string[]): readonly Line[] {
  const removed = before.map((text): Line => ({ sign: "-", text }));
  const added = after.map((text): Line => ({ sign: "+", text }));
  if (before.length * after.length > MAX_CELLS || before.length === 0 || after.length === 0)
    return [...removed, ...added];
  const lengths = commonLengths(before, after);
  const lines: Line[] = [];
  let [row, column] = [0, 0];
  while (row < before.length && column < after.length) {
    if (before[row] === after[column]) {
      lines.push({ sign: " ", text: before[row] ?? "" });
      row += 1;
      column += 1;
    } else if ((lengths[row + 1]?.[column] ?? 0) >= (lengths[row]?.[column + 1] ?? 0)) {
      lines.push({ sign: "-", text: before[row] ?? "" });
      row += 1;
    } else {
      lines.push({ sign: "+", text: after[column] ?? "" });
      column += 1;
    }
  }
  return [...lines, ...removed.slice(row), ...added.slice(column)];
}

/** `[i][j]`: length of the longest common subsequence of what follows line i and line j. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly Uint32Array[] {
  const table = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let row = before.length - 1; row >= 0; row--) {
    const [current, below] = [table[row], table[row + 1]];
    if (current === undefined || below === undefined) continue;
    for (let column = after.length - 1; column >= 0; column--) {
      const isEqual = before[row] === after[column];
      current[column] = isEqual ? (below[column + 1] ?? 0) + 1 : Math.max(below[column] ?? 0, current[column + 1] ?? 0);
    }
  }
  return table;
}

function hunks(lines: readonly Line[]): readonly { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.sign === " ") continue;
    const last = found.at(-1);
    const start = Math.max(0, index - CONTEXT);
    const end = Math.min(lines.length, index + CONTEXT + 1);
    if (last !== undefined && start <= last.end) last.end = end;
    else found.push({ start, end });
  }
  return found;
}

function formatHunk(lines: readonly Line[], start: number, end: number): string {
  const count = (sign: "-" | "+", from: number, to: number) =>
    lines.slice(from, to).filter((line) => line.sign === " " || line.sign === sign).length;
  const range = (sign: "-" | "+") => `${count(sign, 0, start) + 1},${count(sign, start, end)}`;
  const body = lines.slice(start, end).map((line) => `${line.sign}${line.text}\n`);
  return `@@ -${range("-")} +${range("+")} @@\n${body.join("")}`;
}
