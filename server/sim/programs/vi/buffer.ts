/** The text being edited, as lines without newlines, with undo. */

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Half open in characters: `end` is not part of it. */
export interface Span {
  readonly start: Position;
  readonly end: Position;
}

export function isBefore(left: Position, right: Position): boolean {
  return left.line < right.line || (left.line === right.line && left.column < right.column);
}

interface State {
  readonly lines: readonly string[];
  readonly cursor: Position;
}

const MAX_UNDO = 200;

/** No line at all, which is shown as one empty line and written as nothing. */
const NO_LINES: readonly string[] = [""];

/** Changes replace the list of lines, so a state to return to is one reference. */
export class Buffer {
  lines: readonly string[] = NO_LINES;
  isModified = false;
  private readonly undoStack: State[] = [];
  private redoStack: State[] = [];
  private pending: State | null = null;

  load(text: string): void {
    const body = text.endsWith("\n") ? text.slice(0, -1) : text;
    this.lines = text === "" ? NO_LINES : body.split("\n");
    this.isModified = false;
    this.undoStack.length = 0;
    this.redoStack = [];
  }

  text(): string {
    return this.isEmpty ? "" : `${this.lines.join("\n")}\n`;
  }

  get isEmpty(): boolean {
    return this.lines === NO_LINES;
  }

  line(index: number): string {
    return this.lines[index] ?? "";
  }

  get lastLine(): number {
    return this.lines.length - 1;
  }

  /** What follows until `commit` is undone as one. */
  begin(cursor: Position): void {
    this.pending ??= { lines: this.lines, cursor };
  }

  commit(): void {
    if (this.pending && this.pending.lines !== this.lines) {
      this.undoStack.push(this.pending);
      if (this.undoStack.length > MAX_UNDO) this.undoStack.shift();
      this.redoStack = [];
    }
    this.pending = null;
  }

  undo(cursor: Position): Position | null {
    return this.step(this.undoStack, this.redoStack, cursor);
  }

  redo(cursor: Position): Position | null {
    return this.step(this.redoStack, this.undoStack, cursor);
  }

  private step(from: State[], to: State[], cursor: Position): Position | null {
    this.commit();
    const state = from.pop();
    if (!state) return null;
    to.push({ lines: this.lines, cursor });
    const changed = firstDifference(this.lines, state.lines);
    this.lines = state.lines;
    this.isModified = true;
    return { line: Math.min(changed, this.lastLine), column: changed === state.cursor.line ? state.cursor.column : 0 };
  }

  replaceLines(first: number, count: number, replacement: readonly string[]): void {
    const lines = [...this.lines];
    lines.splice(first, count, ...replacement);
    this.lines = lines.length === 0 ? NO_LINES : lines;
    this.isModified = true;
  }

  slice({ start, end }: Span): string {
    if (start.line === end.line) return this.line(start.line).slice(start.column, end.column);
    const middle = this.lines.slice(start.line + 1, end.line);
    return [this.line(start.line).slice(start.column), ...middle, this.line(end.line).slice(0, end.column)].join("\n");
  }

  /** Returns the position behind what was inserted. */
  replace({ start, end }: Span, text: string): Position {
    const head = this.line(start.line).slice(0, start.column);
    const tail = this.line(end.line).slice(end.column);
    const inserted = (head + text + tail).split("\n");
    this.replaceLines(start.line, end.line - start.line + 1, inserted);
    const line = start.line + inserted.length - 1;
    return { line, column: (inserted.at(-1) ?? "").length - tail.length };
  }

  insert(at: Position, text: string): Position {
    return this.replace({ start: at, end: at }, text);
  }
}

function firstDifference(before: readonly string[], after: readonly string[]): number {
  let index = 0;
  while (index < before.length && index < after.length && before[index] === after[index]) index++;
  return index;
}
