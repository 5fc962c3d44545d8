/** When to try again: soon at first, then less and less often, never all at once. */
export class Backoff {
  #tries = 0;
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  get tries(): number {
    return this.#tries;
  }

  nextMs(): number {
    const longest = Math.min(5000, 250 * 2 ** this.#tries++);
    return longest / 2 + (longest / 2) * this.#random();
  }

  reset(): void {
    this.#tries = 0;
  }
}
