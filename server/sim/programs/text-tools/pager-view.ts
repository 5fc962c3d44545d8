/** What less shows of a text and what its keys do: no terminal, no files. Models less 590. */
import { characterWidth } from "../../machine/character-width.ts";

export interface PagerOptions {
  /** `-S`: long lines are cut, not wrapped. */
  readonly chops: boolean;
  /** `-N`. */
  readonly numbers: boolean;
  /** `-R`: colours pass. */
  readonly passesColours: boolean;
  /** `-i`. */
  readonly ignoresCase: boolean;
  /** The file's name, for the first prompt. */
  readonly title: string;
}

/** A row of the screen, and the line it is of. */
interface Row {
  readonly text: string;
  readonly line: number;
}

const INVERSE = "\x1b[7m";
const PLAIN = "\x1b[0m";
const NUMBER_COLUMNS = 8;
const TAB_COLUMNS = 8;

export class PagerView {
  private readonly lines: readonly string[];
  private rows: readonly Row[] = [];
  private size = { columns: 0, height: 0 };
  /** The first row on the screen. */
  private top = 0;
  private count = "";
  private query: { readonly prefix: "/" | "?"; text: string } | null = null;
  private pattern: RegExp | null = null;
  private direction: 1 | -1 = 1;
  private target = 0;
  private message = "";
  private isFirst = true;

  constructor(
    text: string,
    private readonly options: PagerOptions,
  ) {
    this.lines = text.replace(/\n$/, "").split("\n");
  }

  /** Must come before anything is shown or pressed; keeps the line at the top. */
  resize(size: { readonly columns: number; readonly rows: number }): void {
    const height = Math.max(1, size.rows - 1);
    if (size.columns === this.size.columns && height === this.size.height) return;
    const line = this.rows[this.top]?.line ?? 0;
    this.size = { columns: size.columns, height };
    this.rows = this.lines.flatMap((text, index) => this.rowsOf(text, index));
    this.goToLine(line);
  }

  get fitsOnScreen(): boolean {
    return this.rows.length <= this.size.height;
  }

  /** Rows, then the prompt, without the sequences that place them. */
  picture(): { readonly rows: readonly string[]; readonly prompt: string } {
    const rows = this.rows.slice(this.top, this.top + this.size.height).map(({ text }) => text);
    return { rows, prompt: this.prompt() };
  }

  private prompt(): string {
    if (this.query) return `${this.query.prefix}${this.query.text}`;
    if (this.message !== "") return `${INVERSE}${this.message}${PLAIN}`;
    if (this.count !== "") return `:${this.count}`;
    const { title } = this.options;
    const name = this.isFirst ? title : "";
    if (this.top >= this.lastTop) return `${INVERSE}${name === "" ? "" : `${name} `}(END)${PLAIN}`;
    return name === "" ? ":" : `${INVERSE}${name}${PLAIN}`;
  }

  /** True when the key ends it. */
  press(key: string): boolean {
    if (this.query) {
      this.typeQuery(this.query, key);
      return false;
    }
    if (this.message !== "") {
      this.message = "";
      if (key === "<CR>") return false;
    }
    if (/^\d$/.test(key)) {
      this.count += key;
      return false;
    }
    const count = this.count === "" ? undefined : Number(this.count);
    this.count = "";
    if (key === "q" || key === "Q" || key === "<C-c>") return true;
    if (key === "/" || key === "?") this.query = { prefix: key, text: "" };
    else if (key === "n" || key === "N") this.search(key === "n" ? this.direction : -this.direction, false);
    else if (key === "g" || key === "<" || key === "<Home>") this.goToLine((count ?? 1) - 1);
    else if (key === "G" || key === ">" || key === "<End>" || key === "F")
      count === undefined ? this.scroll(this.rows.length) : this.goToLine(count - 1);
    else this.scroll(this.distance(key, count));
    this.isFirst = false;
    return false;
  }

  private distance(key: string, count: number | undefined): number {
    const { height } = this.size;
    const half = count ?? (height + 1) >> 1;
    switch (key) {
      case "j":
      case "e":
      case "<Down>":
      case "<CR>":
      case "<C-n>":
        return count ?? 1;
      case "k":
      case "y":
      case "<Up>":
      case "<C-p>":
        return -(count ?? 1);
      case " ":
      case "f":
      case "<PageDown>":
      case "<C-f>":
      case "<C-v>":
        return count ?? height;
      case "b":
      case "<PageUp>":
      case "<C-b>":
        return -(count ?? height);
      case "d":
      case "<C-d>":
        return half;
      case "u":
      case "<C-u>":
        return -half;
      default:
        return 0;
    }
  }

  private get lastTop(): number {
    return Math.max(0, this.rows.length - this.size.height);
  }

  private scroll(distance: number): void {
    this.top = Math.max(0, Math.min(this.lastTop, this.top + distance));
  }

  private goToLine(line: number): void {
    const row = this.rows.findIndex((each) => each.line >= line);
    this.top = row === -1 ? this.lastTop : Math.min(row, this.lastTop);
  }

  // ------------------------------------------------------------------- searching

  private typeQuery(query: { readonly prefix: "/" | "?"; text: string }, key: string): void {
    if (key === "<CR>") {
      this.query = null;
      this.direction = query.prefix === "/" ? 1 : -1;
      if (query.text !== "") this.pattern = this.compile(query.text);
      this.search(this.direction, query.text !== "");
    } else if (key === "<Esc>" || key === "<C-c>") this.query = null;
    else if (key === "<BS>") {
      if (query.text === "") this.query = null;
      query.text = query.text.slice(0, -1);
    } else if (key.length === 1) query.text += key;
  }

  private compile(text: string): RegExp {
    const flags = this.options.ignoresCase && text === text.toLowerCase() ? "iu" : "u";
    try {
      return new RegExp(text, flags);
    } catch {
      return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), flags);
    }
  }

  /** A new search begins at the edge of the screen, a repeated one beside the last line that was found. */
  private search(direction: number, isNew: boolean): void {
    const { pattern } = this;
    if (!pattern) {
      this.message = "No previous regular expression  (press RETURN)";
      return;
    }
    const first = this.rows[this.top]?.line ?? 0;
    const last = this.rows[Math.min(this.rows.length, this.top + this.size.height) - 1]?.line ?? 0;
    let line = isNew ? (direction > 0 ? first : last) : this.target + direction;
    while (line >= 0 && line < this.lines.length && !pattern.test(this.lines[line] ?? "")) line += direction;
    if (line < 0 || line >= this.lines.length) {
      this.message = "Pattern not found  (press RETURN)";
      return;
    }
    this.target = line;
    this.goToLine(line);
  }

  // --------------------------------------------------------------------- layout

  private rowsOf(text: string, line: number): Row[] {
    const { numbers, chops } = this.options;
    const margin = numbers ? `${String(line + 1).padStart(NUMBER_COLUMNS - 1)} ` : "";
    const width = Math.max(1, this.size.columns - margin.length);
    const pieces = wrap(cellsOf(text, this.options.passesColours), width);
    if (!chops || pieces.length === 1) return pieces.map((piece) => ({ text: margin + piece, line }));
    const cut = wrap(cellsOf(text, this.options.passesColours), width - 1)[0] ?? "";
    return [{ text: `${margin}${cut}${INVERSE}>${PLAIN}`, line }];
  }
}

interface Cell {
  readonly text: string;
  readonly width: number;
}

function cellsOf(text: string, passesColours: boolean): readonly Cell[] {
  const cells: Cell[] = [];
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with an escape character
  for (const [unit] of text.matchAll(/\x1b\[[0-9;]*m|[\s\S]/gu)) {
    const isColour = unit.length > 1 && unit.startsWith("\x1b");
    const pieces = isColour ? (passesColours ? [{ text: unit, width: 0 }] : controls(unit)) : shownAt(unit, column);
    for (const piece of pieces) {
      cells.push(piece);
      column += piece.width;
    }
  }
  return cells;
}

function shownAt(unit: string, column: number): readonly Cell[] {
  if (unit === "\t") {
    return Array.from({ length: TAB_COLUMNS - (column % TAB_COLUMNS) }, () => ({ text: " ", width: 1 }));
  }
  const code = unit.codePointAt(0) ?? 0;
  return code < 32 || code === 127 ? controls(unit) : [{ text: unit, width: characterWidth(unit) }];
}

/** Control characters in inverse: `ESC`, `^A`. */
function controls(text: string): readonly Cell[] {
  return [...text].map((unit) => {
    const code = unit.codePointAt(0) ?? 0;
    if (code >= 32 && code !== 127) return { text: unit, width: 1 };
    const name = code === 27 ? "ESC" : `^${String.fromCharCode(code ^ 64)}`;
    return { text: `${INVERSE}${name}${PLAIN}`, width: name.length };
  });
}

function wrap(cells: readonly Cell[], width: number): readonly string[] {
  const rows = [""];
  let used = 0;
  for (const cell of cells) {
    if (used + cell.width > width) {
      rows.push("");
      used = 0;
    }
    rows[rows.length - 1] += cell.text;
    used += cell.width;
  }
  return rows;
}
