/**
 * Equally long rows of bits in one array: a row says of every class whether it is in a set. Row 0
 * holds everybody. Rows given back are used again.
 */
import type { Bits } from "./bits.ts";

export const EVERYBODY = 0;

export class BitRows {
  cells: Uint32Array = new Uint32Array(0);
  /** Words a row. */
  wordCount = 0;
  #rowCount = 1;
  readonly #free: number[] = [];

  /** A new row without a bit. */
  allot(): number {
    const free = this.#free.pop();
    if (free !== undefined) {
      this.cells.fill(0, free * this.wordCount, (free + 1) * this.wordCount);
      return free;
    }
    const row = this.#rowCount++;
    if (this.#rowCount * this.wordCount > this.cells.length) this.resize(this.wordCount);
    return row;
  }

  giveBack(row: number): void {
    if (row !== EVERYBODY) this.#free.push(row);
  }

  /** Gives every row so many words, and makes room for some more rows. */
  resize(wordCount: number): void {
    const old = this.cells;
    const oldWords = this.wordCount;
    const cells = new Uint32Array((this.#rowCount + 16 + (this.#rowCount >>> 3)) * wordCount);
    for (let row = 1; row < this.#rowCount && oldWords > 0; row++) {
      cells.set(old.subarray(row * oldWords, (row + 1) * oldWords), row * wordCount);
    }
    cells.fill(0xffffffff, 0, wordCount);
    this.cells = cells;
    this.wordCount = wordCount;
  }

  has(row: number, bit: number): boolean {
    return (((this.cells[row * this.wordCount + (bit >>> 5)] as number) >>> (bit & 31)) & 1) === 1;
  }

  add(row: number, bit: number): void {
    const at = row * this.wordCount + (bit >>> 5);
    this.cells[at] = (this.cells[at] as number) | (1 << (bit & 31));
  }

  write(row: number, bit: number, isSet: boolean): void {
    if (isSet) this.add(row, bit);
    else {
      const at = row * this.wordCount + (bit >>> 5);
      this.cells[at] = (this.cells[at] as number) & ~(1 << (bit & 31));
    }
  }

  /** Changes `target` to the union with the intersection of two rows. */
  addIntersection(target: Bits, left: number, right: number): void {
    const { cells, wordCount } = this;
    const a = left * wordCount;
    const b = right * wordCount;
    for (let i = 0; i < wordCount; i++) {
      target[i] = (target[i] as number) | ((cells[a + i] as number) & (cells[b + i] as number));
    }
  }
}
