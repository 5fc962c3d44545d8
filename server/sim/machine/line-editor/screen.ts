/** The rows of the screen that a prompt and its line take: what is to stand there becomes bytes. */
import { layOut, listInColumns, moveCursor, type Position, type Prompt, shownBetween } from "./layout.ts";

/** What is to be seen. */
export interface Picture {
  readonly prompt: Prompt;
  /** Units: a character with what combines with it. */
  readonly line: readonly string[];
  /** Before which unit the cursor stands. */
  readonly cursor: number;
}

const BELL = "\x07";

export class LineScreen {
  /** Bytes for the screen, to be taken after each key. */
  #output = "";
  #columns: number;
  #line: readonly string[] = [];
  #positions: readonly Position[];
  #cursor = 0;
  #prompt: string | null = null;

  /** Prints the prompt where the cursor stands, in the first column of a row. */
  constructor(prompt: Prompt, columns: number) {
    this.#columns = columns;
    this.#positions = layOut(prompt, [], columns);
    this.#printPrompt(prompt, false);
  }

  takeOutput(): string {
    const output = this.#output;
    this.#output = "";
    return output;
  }

  bell(): void {
    this.#output += BELL;
  }

  /** Text below the line, from the first column of a row on. */
  print(text: string): void {
    this.#output += text;
  }

  clear(): void {
    this.#output += "\x1b[H\x1b[2J";
  }

  /** Several completions in columns, below the line. */
  printList(items: readonly string[]): void {
    this.#output += listInColumns(items, this.#columns);
  }

  /** Leaves the line for good: `mark` is shown where the cursor stands, and a new row begins below. */
  finish(mark: string): void {
    const { end } = this;
    const { row, column } = this.#cursorPosition;
    this.#output += mark + moveCursor({ row, column }, { row: end.row, column });
    // A last row that is empty, after a newline or at the right edge, is the new row already.
    const isNewRow = mark === "" && end.column === 0 && end.row > 0;
    this.#output += isNewRow ? "\r" : "\n";
  }

  /** The cursor goes to a new row below the line. */
  leaveLine(): void {
    this.#output += `${moveCursor(this.#cursorPosition, this.end)}\n`;
  }

  get end(): Position {
    return this.#positions[this.#positions.length - 1] ?? { row: 0, column: 0 };
  }

  get #cursorPosition(): Position {
    return this.#positions[this.#cursor] ?? { row: 0, column: 0 };
  }

  /**
   * The screen has another width now. Terminals wrap what stands there anew, but not the rows of the
   * line with the cursor: those are where they were, and the editor's to put right.
   */
  resized(picture: Picture, columns: number): void {
    if (columns === this.#columns) return;
    this.#columns = columns;
    this.#toPromptRow(this.#cursorPosition);
    this.redrawAll(picture, true);
  }

  #toPromptRow(cursor: Position): void {
    this.#output += `${moveCursor(cursor, { row: 0, column: 0 })}\r\x1b[J`;
  }

  #printPrompt({ printed }: Prompt, onlyLastLine: boolean): void {
    const text = onlyLastLine ? printed.slice(printed.lastIndexOf("\n") + 1) : printed;
    const [first] = this.#positions;
    this.#output += text + (first && first.column === 0 && first.row > 0 ? " \r" : "");
  }

  /** Prompt and line from where the cursor stands, in the first column of an empty row. */
  redrawAll(picture: Picture, onlyLastLine = false): void {
    this.#line = [];
    this.#positions = layOut(picture.prompt, [], this.#columns);
    this.#cursor = 0;
    this.#prompt = picture.prompt.printed;
    this.#printPrompt(picture.prompt, onlyLastLine);
    this.draw(picture);
  }

  /** Brings the screen from what stands there to what should: only what differs is printed. */
  draw(picture: Picture): void {
    const { prompt, line, cursor } = picture;
    if (this.#prompt !== null && prompt.printed !== this.#prompt) {
      this.#toPromptRow(this.#cursorPosition);
      this.redrawAll(picture, true);
      return;
    }
    this.#prompt = prompt.printed;
    const positions = layOut(prompt, line, this.#columns);
    let same = 0;
    while (same < line.length && line[same] === this.#line[same]) same++;
    let at = this.#cursorPosition;
    if (same < line.length || same < this.#line.length) at = this.#printLine(line, positions, same, at);
    this.#output += moveCursor(at, positions[cursor] ?? at);
    this.#line = [...line];
    this.#positions = positions;
    this.#cursor = cursor;
  }

  /** Prints the line from unit `from` on and clears what the old one leaves behind. Returns where the cursor is then. */
  #printLine(line: readonly string[], positions: readonly Position[], from: number, cursor: Position): Position {
    const start = positions[from] ?? cursor;
    this.#output += moveCursor(cursor, start);
    for (let i = from; i < line.length; i++) {
      const unit = line[i] ?? "";
      // Rows of a line with newlines are cleared as they are begun: the old line may have been longer there.
      this.#output += unit === "\n" ? "\x1b[K\n" : shownBetween(unit, positions[i], positions[i + 1], this.#columns);
    }
    const end = positions[line.length] ?? start;
    const isAtEdge = end.column === 0 && end.row > 0 && line.length > from && line.at(-1) !== "\n";
    // A terminal waits at the right edge; a blank makes it begin the next row.
    if (isAtEdge) this.#output += " \r";
    const oldEnd = this.end;
    if (oldEnd.row > end.row) this.#output += "\x1b[J";
    else if (oldEnd.row === end.row && oldEnd.column > end.column) this.#output += "\x1b[K";
    return end;
  }
}
