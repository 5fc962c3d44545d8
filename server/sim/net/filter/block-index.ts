/**
 * Which address blocks hold an address. IPv4 is cut at every bound of every block; within a piece all
 * addresses are in the same blocks, so each piece is judged once, when its first address comes.
 */
import { type Address, type AddressBlock, blockContains, cidrBounds } from "../policy/address.ts";

export interface IndexedBlock {
  readonly index: number;
  readonly block: AddressBlock;
}

export class BlockIndex {
  readonly #blocks: IndexedBlock[] = [];
  /** First addresses of the pieces, ascending from 0; null until asked for after a change. */
  #starts: Float64Array | null = null;
  #pieces: (readonly number[] | undefined)[] = [];

  add(block: IndexedBlock): void {
    this.#blocks.push(block);
    this.#starts = null;
  }

  /** The indexes of the blocks, in the order in which they were added. The same array for equal answers of a piece. */
  blocksAt(address: Address): readonly number[] {
    if (this.#blocks.length === 0) return NO_BLOCKS;
    if (address.family === 6) return this.#judge(address);
    this.#starts ??= this.#cut();
    const piece = pieceOf(this.#starts, address.words[0] as number);
    this.#pieces[piece] ??= this.#judge(address);
    return this.#pieces[piece];
  }

  #judge(address: Address): readonly number[] {
    const found: number[] = [];
    for (const { block, index } of this.#blocks) if (blockContains(block, address)) found.push(index);
    return found.length === 0 ? NO_BLOCKS : found;
  }

  #cut(): Float64Array {
    const starts = new Set([0]);
    for (const { block } of this.#blocks) {
      if (block.cidr?.family !== 4) continue;
      for (const cidr of [block.cidr, ...block.except]) {
        const [first, last] = cidrBounds(cidr);
        starts.add(first.words[0] as number).add((last.words[0] as number) + 1);
      }
    }
    this.#pieces = new Array(starts.size).fill(undefined);
    return Float64Array.from(starts).sort();
  }
}

export const NO_BLOCKS: readonly number[] = [];

/** The last start at or below the address. */
function pieceOf(starts: Float64Array, address: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] as number) <= address) low = middle;
    else high = middle - 1;
  }
  return low;
}
