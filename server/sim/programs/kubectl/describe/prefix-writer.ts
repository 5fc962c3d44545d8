/** kubectl's `PrefixWriter`: lines indented by level, aligned at tabs as Go's tabwriter does. */
import { DESCRIBE_TABS, TabWriter } from "../printers/tabwriter.ts";

const INDENT = "  ";

export class PrefixWriter {
  readonly #tabs = new TabWriter(DESCRIBE_TABS);
  readonly #isAligned: boolean;
  #done = "";

  /** Not aligned, tabs stay tabs: so `rollout history --revision` prints templates. */
  constructor(options: { readonly isAligned: boolean } = { isAligned: true }) {
    this.#isAligned = options.isAligned;
  }

  /** Writes text as it is, after the indentation of `level` (0–4). */
  write(level: number, text: string): void {
    if (this.#isAligned) this.#tabs.write(INDENT.repeat(level) + text);
    else this.#done += INDENT.repeat(level) + text;
  }

  /** `label:<tab>value`, at level 0 unless told. */
  field(label: string, value: unknown, level = 0): void {
    this.write(level, `${label}:\t${String(value)}\n`);
  }

  line(level: number, text: string): void {
    this.write(level, `${text}\n`);
  }

  /** Cells separated by tabs, as one line. */
  row(level: number, ...cells: readonly unknown[]): void {
    this.write(level, `${cells.map(String).join("\t")}\n`);
  }

  /** What follows is aligned by itself. */
  flush(): void {
    this.#done += this.#tabs.flush();
  }

  toString(): string {
    this.flush();
    return this.#done;
  }
}
