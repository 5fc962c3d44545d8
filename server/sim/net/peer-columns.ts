/**
 * For every class, which peer sets hold it: a bit matrix with one row of bits a class, so that the
 * rules of one side look at neighbouring words. The sets of one policy stand side by side.
 */
import { type Bits, hasBit, transposeBlock } from "./bits.ts";

export class PeerColumns {
  /** Bit `set` of class `c` lies in word `c * stride + (set >>> 5)`. */
  cells: Uint32Array = new Uint32Array(0);
  stride = 0;
  /** How many columns were ever in use. */
  setCount = 0;
  #classCapacity = 0;
  readonly #free: number[] = [];

  /** A column not in use; its bits are stale until written. */
  allot(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const index = this.setCount++;
    // While everything is being compiled no cells exist yet; they are reserved once, at the end.
    if (this.#classCapacity > 0 && index >= this.stride * 32) this.reserve(this.#classCapacity, this.setCount);
    return index;
  }

  giveBack([ipv4, ipv6]: readonly [number, number]): void {
    this.#free.push(ipv4);
    if (ipv6 !== ipv4) this.#free.push(ipv6);
  }

  /** Makes room for so many classes and sets, some more included. */
  reserve(classCount: number, setCount: number): void {
    const needed = (setCount + 31) >>> 5;
    const stride = needed > this.stride ? needed + 1 + (needed >>> 3) : this.stride;
    if (stride === this.stride && classCount <= this.#classCapacity) return;
    const cells = new Uint32Array(stride * classCount);
    const rows = Math.min(classCount, this.#classCapacity);
    for (let i = 0; i < rows && this.stride > 0; i++) {
      cells.set(this.cells.subarray(i * this.stride, (i + 1) * this.stride), i * stride);
    }
    this.cells = cells;
    this.stride = stride;
    this.#classCapacity = classCount;
  }

  has(classId: number, set: number): boolean {
    return (((this.cells[classId * this.stride + (set >>> 5)] as number) >>> (set & 31)) & 1) === 1;
  }

  set(classId: number, set: number, holds: boolean): void {
    const at = classId * this.stride + (set >>> 5);
    const mask = 1 << (set & 31);
    this.cells[at] = holds ? (this.cells[at] as number) | mask : (this.cells[at] as number) & ~mask;
  }

  /** Writes one column for the first `classCount` classes. */
  writeOne(set: number, row: Bits, classCount: number): void {
    for (let i = 0; i < classCount; i++) this.set(i, set, hasBit(row, i));
  }

  /** Writes 32 columns from `first` (a multiple of 32), given as the classes in each set. */
  write(first: number, rows: readonly Bits[]): void {
    const block = new Uint32Array(32);
    const wordCount = rows[0]?.length ?? 0;
    const at = first >>> 5;
    for (let word = 0; word < wordCount; word++) {
      let any = 0;
      for (let i = 0; i < 32; i++) {
        const value = (rows[i] as Bits)[word] as number;
        block[i] = value;
        any |= value;
      }
      if (any === 0) continue;
      transposeBlock(block);
      for (let i = 0; i < 32; i++) this.cells[(word * 32 + i) * this.stride + at] = block[i] as number;
    }
  }
}
