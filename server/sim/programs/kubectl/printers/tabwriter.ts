/**
 * Go's text/tabwriter: cells end in tabs, neighbouring lines share column widths.
 * With `remembersWidths` columns never shrink between flushes (`get -w`).
 */
export interface TabOptions {
  readonly minWidth: number;
  readonly padding: number;
}

/** kubectl's setting for tables. */
export const TABLE_TABS: TabOptions = { minWidth: 6, padding: 3 };
/** For `describe`. */
export const DESCRIBE_TABS: TabOptions = { minWidth: 0, padding: 2 };

export class TabWriter {
  private text = "";
  private widths: readonly number[] = [];

  constructor(
    private readonly options: TabOptions = TABLE_TABS,
    private readonly remembersWidths = false,
  ) {}

  write(text: string): void {
    this.text += text;
  }

  /** The aligned text of everything written since the last flush. */
  flush(): string {
    const text = this.text;
    this.text = "";
    if (text === "") return "";
    const lines = text.split("\n").map((line) => line.split("\t"));
    const columns = this.measure(lines);
    const out = lines.map((cells, row) =>
      cells.map((cell, index) => (index < cells.length - 1 ? pad(cell, columns[row]?.[index] ?? 0) : cell)).join(""),
    );
    return out.join("\n");
  }

  forgetWidths(): void {
    this.widths = [];
  }

  /** Widths of the terminated cells of each line: a column is a run of lines that have a cell there. */
  private measure(lines: readonly (readonly string[])[]): readonly (readonly number[])[] {
    const widths: number[][] = lines.map(() => []);
    const remembered: number[] = [...this.widths];
    const format = (from: number, to: number, column: number): void => {
      for (let row = from; row < to; row++) {
        if (column >= (lines[row]?.length ?? 0) - 1) continue;
        let end = row;
        let width = this.options.minWidth;
        while (end < to && column < (lines[end]?.length ?? 0) - 1) {
          width = Math.max(width, lengthOf(lines[end]?.[column] ?? "") + this.options.padding);
          end++;
        }
        if (this.remembersWidths) {
          width = Math.max(width, this.widths[column] ?? 0);
          remembered[column] = Math.max(width, remembered[column] ?? 0);
        }
        for (let line = row; line < end; line++) (widths[line] as number[])[column] = width;
        format(row, end, column + 1);
        row = end - 1;
      }
    };
    format(0, lines.length, 0);
    this.widths = remembered;
    return widths;
  }
}

function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - lengthOf(text)));
}
