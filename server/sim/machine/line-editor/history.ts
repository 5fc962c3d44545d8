/** A walk through earlier lines; what is edited on the way stays edited until the line is accepted. */
export class HistoryWalk {
  readonly #lines: readonly string[];
  readonly #edited = new Map<number, string>();
  #index: number;

  /** `lines`: oldest first. */
  constructor(lines: readonly string[]) {
    this.#lines = lines;
    this.#index = lines.length;
  }

  get index(): number {
    return this.#index;
  }

  get count(): number {
    return this.#lines.length;
  }

  at(index: number): string {
    return this.#edited.get(index) ?? this.#lines[index] ?? "";
  }

  /** Leaves the current line as `current`, and goes to another; undefined when there is none. */
  goTo(index: number, current: string): string | undefined {
    if (index < 0 || index > this.#lines.length || index === this.#index) return undefined;
    if (current !== (this.#lines[this.#index] ?? "")) this.#edited.set(this.#index, current);
    this.#index = index;
    return this.at(index);
  }

  /** The newest line before (or oldest after) `from` that holds `text`. */
  search(
    text: string,
    from: number,
    direction: -1 | 1,
  ): { readonly index: number; readonly offset: number } | undefined {
    for (let index = from; index >= 0 && index < this.#lines.length; index += direction) {
      const offset = this.at(index).lastIndexOf(text);
      if (offset >= 0) return { index, offset };
    }
    return undefined;
  }

  /** The last word of the line `back` entries ago, for Alt-. */
  lastWord(back: number): string | undefined {
    const line = this.#lines[this.#lines.length - back];
    if (line === undefined) return undefined;
    const words = line.trim().match(/(?:'[^']*'|"[^"]*"|\\.|\S)+/g);
    return words?.[words.length - 1] ?? "";
  }
}
