/** Draws an editor on a terminal: only the rows that changed since the last drawing. */
import { characterWidth } from "../../machine/character-width.ts";
import { isBefore } from "./buffer.ts";
import type { EditorState } from "./editor-state.ts";
import { matchColumns } from "./motions.ts";

const INVERSE = "\u001b[7m";
const SEARCH = "\u001b[30;43m";
const PLAIN = "\u001b[0m";

export class Screen {
  private rows: string[] = [];
  private size = { columns: 0, rows: 0 };

  /** The bytes that bring the terminal up to date. */
  draw(editor: EditorState, size: { readonly columns: number; readonly rows: number }): string {
    if (size.columns !== this.size.columns || size.rows !== this.size.rows) {
      this.rows = [];
      this.size = { ...size };
    }
    editor.height = Math.max(1, size.rows - 1);
    const gutter =
      editor.settings.number || editor.settings.relativenumber
        ? Math.max(3, String(editor.buffer.lines.length).length) + 1
        : 0;
    const width = Math.max(1, size.columns - gutter);
    this.scroll(editor, width);
    const next = this.textRows(editor, width, gutter, editor.height);
    next.push(bottomRow(editor, size.columns));
    let out = "\u001b[?25l";
    next.forEach((row, index) => {
      if (this.rows[index] !== row) out += `\u001b[${index + 1};1H${row}\u001b[K`;
    });
    this.rows = next;
    return `${out}${this.cursorAt(editor, width, gutter)}\u001b[?25h`;
  }

  invalidate(): void {
    this.rows = [];
  }

  /** Moves the top so that the cursor's line, wrapped, is visible. */
  private scroll(editor: EditorState, width: number): void {
    const { cursor } = editor;
    if (cursor.line < editor.top) {
      editor.top =
        cursor.line < editor.top - editor.height
          ? Math.max(0, cursor.line - Math.floor(editor.height / 2))
          : cursor.line;
    }
    const used = (from: number): number => {
      let rows = 0;
      for (let line = from; line <= cursor.line; line++)
        rows += rowsOf(editor.buffer.line(line), width, editor.settings.tabstop);
      return rows;
    };
    if (cursor.line > editor.top + editor.height * 2)
      editor.top = Math.min(lastTop(editor, width), Math.max(0, cursor.line - Math.floor(editor.height / 2)));
    while (editor.top < cursor.line && used(editor.top) > editor.height) editor.top++;
  }

  private textRows(editor: EditorState, width: number, gutter: number, height: number): string[] {
    const rows: string[] = [];
    for (let line = editor.top; rows.length < height; line++) {
      if (line > editor.buffer.lastLine) {
        rows.push("\u001b[94m~\u001b[0m");
        continue;
      }
      const cells = cellsOf(editor.buffer.line(line), editor.settings.tabstop);
      const marks = marksOf(editor, line);
      const pieces = wrap(cells, width);
      if (rows.length > 0 && rows.length + pieces.length > height) {
        while (rows.length < height) rows.push("\u001b[94m@\u001b[0m");
        break;
      }
      pieces.forEach((piece, index) => {
        if (rows.length < height) rows.push(numberText(editor, line, gutter, index === 0) + paint(piece, marks));
      });
    }
    return rows;
  }

  private cursorAt(editor: EditorState, width: number, gutter: number): string {
    if (editor.mode === "command") return `\u001b[${this.size.rows};${editor.commandCursor + 1}H`;
    let row = 0;
    for (let line = editor.top; line < editor.cursor.line; line++)
      row += rowsOf(editor.buffer.line(line), width, editor.settings.tabstop);
    const before = cellsOf(
      editor.buffer.line(editor.cursor.line).slice(0, editor.cursor.column),
      editor.settings.tabstop,
    );
    const offset = before.reduce((sum, cell) => sum + cell.width, 0);
    return `\u001b[${Math.min(this.size.rows - 1, row + Math.floor(offset / width)) + 1};${(offset % width) + gutter + 1}H`;
  }
}

/** The first line of the screen whose last row is the end of the text. */
function lastTop(editor: EditorState, width: number): number {
  let rows = 0;
  let top = editor.buffer.lines.length;
  while (top > 0) {
    rows += rowsOf(editor.buffer.line(top - 1), width, editor.settings.tabstop);
    if (rows > editor.height) break;
    top--;
  }
  return top;
}

interface Cell {
  readonly text: string;
  readonly width: number;
  readonly column: number;
}

function cellsOf(line: string, tabstop: number): readonly Cell[] {
  const cells: Cell[] = [];
  let offset = 0;
  let column = 0;
  for (const char of line) {
    const code = char.codePointAt(0) ?? 0;
    let text = char;
    let width = characterWidth(char);
    if (char === "\t") {
      width = tabstop - (offset % tabstop);
      text = " ".repeat(width);
    } else if (code < 32 || code === 127) {
      text = `^${String.fromCharCode((code + 64) & 127)}`;
      width = 2;
    }
    cells.push({ text, width, column });
    offset += width;
    column += char.length;
  }
  return cells;
}

function wrap(cells: readonly Cell[], width: number): readonly (readonly Cell[])[] {
  const rows: Cell[][] = [[]];
  let used = 0;
  for (const cell of cells) {
    if (used + cell.width > width) {
      rows.push([]);
      used = 0;
    }
    rows.at(-1)?.push(cell);
    used += cell.width;
  }
  return rows;
}

function rowsOf(line: string, width: number, tabstop: number): number {
  return wrap(cellsOf(line, tabstop), width).length;
}

function numberText(editor: EditorState, line: number, gutter: number, isFirst: boolean): string {
  if (gutter === 0) return "";
  if (!isFirst) return " ".repeat(gutter);
  const distance = Math.abs(line - editor.cursor.line);
  // With `number` as well, the line of the cursor shows its own.
  const isAbsolute = !editor.settings.relativenumber || (distance === 0 && editor.settings.number);
  const number = isAbsolute ? line + 1 : distance;
  return `\u001b[33m${String(number).padStart(gutter - 1)} \u001b[0m`;
}

type Marking = (column: number) => "" | typeof INVERSE | typeof SEARCH;

/** What is selected or found on a line. */
function marksOf(editor: EditorState, line: number): Marking {
  if (editor.mode.startsWith("visual")) return selectionOn(editor, line);
  const pattern = editor.searchPattern;
  if (!pattern || !editor.isHighlighting || !editor.settings.hlsearch) return () => "";
  const text = editor.buffer.line(line);
  const ranges = matchColumns(text, pattern).map((start) => {
    pattern.lastIndex = start;
    return [start, start + (pattern.exec(text)?.[0].length ?? 0)] as const;
  });
  return (column) => (ranges.some(([start, end]) => column >= start && column < end) ? SEARCH : "");
}

function selectionOn(editor: EditorState, line: number): Marking {
  const { anchor, cursor, mode } = editor;
  const [start, end] = isBefore(anchor, cursor) ? [anchor, cursor] : [cursor, anchor];
  if (line < start.line || line > end.line) return () => "";
  if (mode === "visual-line") return () => INVERSE;
  if (mode === "visual-block") {
    const left = Math.min(anchor.column, cursor.column);
    const right = Math.max(anchor.column, cursor.column);
    return (column) => (column >= left && column <= right ? INVERSE : "");
  }
  return (column) =>
    (line > start.line || column >= start.column) && (line < end.line || column <= end.column) ? INVERSE : "";
}

function paint(cells: readonly Cell[], marking: Marking): string {
  let out = "";
  let current = "";
  for (const cell of cells) {
    const mark = marking(cell.column);
    if (mark !== current) {
      out += current === "" ? mark : PLAIN + mark;
      current = mark;
    }
    out += cell.text;
  }
  return current === "" ? out : out + PLAIN;
}

const MODE_TEXT: Partial<Record<EditorState["mode"], string>> = {
  insert: "-- INSERT --",
  replace: "-- REPLACE --",
  visual: "-- VISUAL --",
  "visual-line": "-- VISUAL LINE --",
  "visual-block": "-- VISUAL BLOCK --",
};

/** Message or mode on the left; pending keys and the ruler on the right. */
function bottomRow(editor: EditorState, columns: number): string {
  if (editor.mode === "command") return editor.commandLine.slice(0, columns);
  const paste = editor.settings.paste && editor.mode === "insert" ? "-- INSERT (paste) --" : undefined;
  const mode = MODE_TEXT[editor.mode];
  const left = mode === undefined ? editor.message : (paste ?? mode);
  const shown = left.slice(0, Math.max(0, columns - 1));
  const isError = editor.isError && mode === undefined && /^E\d+:/.test(left);
  const painted = mode !== undefined ? `\u001b[1m${shown}${PLAIN}` : isError ? `\u001b[97;41m${shown}${PLAIN}` : shown;
  const position = `${editor.cursor.line + 1},${editor.buffer.line(editor.cursor.line) === "" ? "0-1" : editor.cursor.column + 1}`;
  const right = `${editor.pendingKeys.slice(-10).padEnd(11)}${position.padEnd(14)}${where(editor)}`;
  const room = columns - shown.length - right.length - 1;
  return room < 0 ? painted : painted + " ".repeat(room) + right;
}

function where(editor: EditorState): string {
  const isAll = editor.top === 0 && editor.buffer.lines.length <= editor.height;
  if (isAll) return "All";
  if (editor.top === 0) return "Top";
  if (editor.top + editor.height >= editor.buffer.lines.length) return "Bot";
  return `${Math.floor((editor.top * 100) / Math.max(1, editor.buffer.lines.length - editor.height))}%`;
}
