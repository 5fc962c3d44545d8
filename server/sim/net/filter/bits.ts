/** Sets of small integers as arrays of 32-bit words. Bit `i` lies in word `i >>> 5`. */

export type Bits = Uint32Array;

export function newBits(wordCount: number): Bits {
  return new Uint32Array(wordCount);
}

export function hasBit(bits: Bits, index: number): boolean {
  return (((bits[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1;
}

export function addBit(bits: Bits, index: number): void {
  const word = index >>> 5;
  bits[word] = (bits[word] ?? 0) | (1 << (index & 31));
}

export function writeBit(bits: Bits, index: number, isSet: boolean): void {
  const word = index >>> 5;
  const mask = 1 << (index & 31);
  bits[word] = isSet ? (bits[word] ?? 0) | mask : (bits[word] ?? 0) & ~mask;
}

/** Changes `target` to the union with `other`. */
export function addAll(target: Bits, other: Bits): void {
  const length = target.length;
  for (let i = 0; i < length; i++) target[i] = (target[i] as number) | (other[i] as number);
}

/** Changes `target` to the union with the intersection of `left` and `right`. */
export function addIntersection(target: Bits, left: Bits, right: Bits): void {
  const length = target.length;
  for (let i = 0; i < length; i++) target[i] = (target[i] as number) | ((left[i] as number) & (right[i] as number));
}

/** A copy with room for more words. */
export function grownBits(bits: Bits, wordCount: number): Bits {
  const grown = new Uint32Array(wordCount);
  grown.set(bits);
  return grown;
}

/** Turns bit matrix `rows` (row i, bit j) into its transpose (row j, bit i), 32 by 32 bits at a time. */
export function transposeBits(rows: readonly Bits[], wordCount: number): Bits[] {
  const columns: Bits[] = [];
  const block = new Uint32Array(32);
  const blockRows = (rows.length + 31) >>> 5;
  for (let j = 0; j < wordCount * 32; j++) columns.push(new Uint32Array(blockRows));
  for (let blockRow = 0; blockRow < blockRows; blockRow++) {
    for (let word = 0; word < wordCount; word++) {
      let any = 0;
      for (let i = 0; i < 32; i++) {
        const value = rows[blockRow * 32 + i]?.[word] ?? 0;
        block[i] = value;
        any |= value;
      }
      if (any === 0) continue;
      transposeBlock(block);
      for (let i = 0; i < 32; i++) (columns[word * 32 + i] as Bits)[blockRow] = block[i] as number;
    }
  }
  return columns;
}

// Swaps ever smaller quadrants: the transposition of Hacker's Delight, for bit 0 as the least significant.
export function transposeBlock(block: Uint32Array): void {
  let mask = 0x0000ffff;
  for (let shift = 16; shift !== 0; shift >>>= 1, mask ^= mask << shift) {
    for (let i = 0; i < 32; i = (i + shift + 1) & ~shift) {
      const low = block[i] as number;
      const high = block[i + shift] as number;
      const swap = ((low >>> shift) ^ high) & mask;
      block[i + shift] = high ^ swap;
      block[i] = low ^ (swap << shift);
    }
  }
}
