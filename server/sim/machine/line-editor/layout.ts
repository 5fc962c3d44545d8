/** Where a prompt and the line after it stand on a screen of a given width. */
import { characterWidth } from "../character-width.ts";

export interface Position {
  readonly row: number;
  readonly column: number;
}

export interface Prompt {
  /** As printed, without the markers of invisible parts. */
  readonly printed: string;
  /** Columns of its last line, before wrapping. */
  readonly lastLineCharacters: readonly string[];
}

/** `\x01…\x02` (from `\[…\]` of PS1) and escape sequences take no room. */
export function parsePrompt(text: string): Prompt {
  const printed = text.replace(/[\x01\x02]/g, "");
  const visible = text
    .replace(/\x01[^\x02]*\x02/g, "")
    .replace(/\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, "")
    .replace(/\x1b\[[0-9;?]*[@-~]/g, "")
    .replace(/[\x01\x02\x07\r]/g, "");
  return { printed, lastLineCharacters: [...visible.slice(visible.lastIndexOf("\n") + 1)] };
}

const TAB_COLUMNS = 8;

/** How a unit is shown that takes the room from one position to another: a tab is blanks. */
export function shownBetween(
  unit: string,
  from: Position | undefined,
  to: Position | undefined,
  columns: number,
): string {
  if (unit !== "\t" || !from || !to) return shown(unit);
  return " ".repeat((to.row > from.row ? columns : to.column) - from.column);
}

/** Control characters are shown as `^X`. */
function shown(unit: string): string {
  const code = unit.charCodeAt(0);
  if (unit === "\n") return "\n";
  return code < 32 || code === 127 ? `^${String.fromCharCode(code ^ 64)}` : unit;
}

/**
 * Positions before each unit of `line`, and after the last; row 0 is where the prompt's last line begins.
 * A position never stands beyond the right edge: it is then the next row's first column.
 */
export function layOut(prompt: Prompt, line: readonly string[], columns: number): readonly Position[] {
  const width = Math.max(columns, 2);
  let row = 0;
  let column = 0;
  const advance = (unit: string): void => {
    if (unit === "\n") {
      row++;
      column = 0;
      return;
    }
    const size =
      unit === "\t"
        ? Math.min(TAB_COLUMNS - (column % TAB_COLUMNS), width - column)
        : Math.max(0, characterWidth(unit));
    if (column + size > width) {
      row++;
      column = 0;
    }
    column += size;
    if (column >= width) {
      row++;
      column -= width;
    }
  };
  for (const character of prompt.lastLineCharacters) advance(character);
  const positions: Position[] = [{ row, column }];
  for (const unit of line) {
    advance(unit);
    positions.push({ row, column });
  }
  return positions;
}

/** The shortest usual bytes that move the cursor. */
export function moveCursor(from: Position, to: Position): string {
  let bytes = "";
  if (to.row < from.row) bytes += `\x1b[${from.row - to.row}A`;
  if (to.row > from.row) bytes += `\x1b[${to.row - from.row}B`;
  if (to.column === from.column) return bytes;
  if (to.column === 0) return `${bytes}\r`;
  const distance = to.column - from.column;
  if (distance < 0 && distance >= -4) return bytes + "\b".repeat(-distance);
  return `${bytes}\x1b[${Math.abs(distance)}${distance < 0 ? "D" : "C"}`;
}

/** What readline prints for several completions: columns, filled downwards. */
export function listInColumns(items: readonly string[], columns: number): string {
  const widths = items.map((item) => [...item].reduce((sum, character) => sum + characterWidth(character), 0));
  const widest = Math.max(...widths, 0) + 2;
  let perRow = Math.max(1, Math.floor(columns / widest));
  if (perRow > 1 && perRow * widest === columns) perRow--;
  const rows = Math.ceil(items.length / perRow);
  const lines: string[] = [];
  for (let row = 0; row < rows; row++) {
    let text = "";
    for (let index = row; index < items.length; index += rows) {
      const isLast = index + rows >= items.length;
      text += (items[index] ?? "") + (isLast ? "" : " ".repeat(widest - (widths[index] ?? 0)));
    }
    lines.push(text);
  }
  return lines.map((text) => `${text}\n`).join("");
}
