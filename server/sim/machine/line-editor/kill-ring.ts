/** Killed text, newest last; kills in a row grow into one. */
const RING_SIZE = 10;

export class KillRing {
  readonly #entries: string[] = [];
  #index = 0;

  /** `isContinued`: the command before was a kill, too. */
  kill(text: string, direction: "forward" | "backward", isContinued: boolean): void {
    if (text === "") return;
    const last = this.#entries.pop();
    if (last === undefined) this.#entries.push(text);
    else if (isContinued) this.#entries.push(direction === "forward" ? last + text : text + last);
    else this.#entries.push(last, text);
    if (this.#entries.length > RING_SIZE) this.#entries.shift();
    this.#index = this.#entries.length - 1;
  }

  yank(): string {
    return this.#entries[this.#index] ?? "";
  }

  /** The entry before the one yanked last. */
  rotate(): string {
    this.#index = (this.#index + this.#entries.length - 1) % Math.max(1, this.#entries.length);
    return this.yank();
  }
}
