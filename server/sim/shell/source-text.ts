/** Program text with a name for messages and a table of its lines. */
export class SourceText {
  private lineStarts: number[] | null = null;

  constructor(
    readonly text: string,
    /** `BASH_SOURCE`: a script's path, `main` for `-c`, `environment` for imported functions. */
    readonly name: string,
    /** Line number of the first character. */
    readonly firstLine = 1,
    /** What syntax errors put before the line: `-c`, `eval`, `command substitution`. */
    readonly errorLabel?: string,
  ) {}

  /** Line number at an offset. */
  lineAt(position: number): number {
    const starts = this.starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return this.firstLine + low;
  }

  /** The text of the line that holds an offset. */
  lineText(position: number): string {
    const start = this.text.lastIndexOf("\n", position - 1) + 1;
    const end = this.text.indexOf("\n", position);
    return this.text.slice(start, end < 0 ? undefined : end);
  }

  /** The line where bash notices the end of the text: one after the last. */
  get endLine(): number {
    const starts = this.starts();
    return this.firstLine + starts.length - (this.text.endsWith("\n") ? 1 : 0);
  }

  private starts(): number[] {
    if (this.lineStarts) return this.lineStarts;
    const starts = [0];
    for (let index = this.text.indexOf("\n"); index >= 0; index = this.text.indexOf("\n", index + 1))
      starts.push(index + 1);
    this.lineStarts = starts;
    return starts;
  }
}
