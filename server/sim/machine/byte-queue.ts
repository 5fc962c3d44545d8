/** Chunks of bytes in order. Chunks are shared, not copied: nobody changes them once they are in. */
import { concatBytes, NO_BYTES } from "./bytes.ts";

export class ByteQueue {
  #chunks: Uint8Array[] = [];
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#sizeBytes += bytes.length;
  }

  clear(): void {
    this.#chunks = [];
    this.#sizeBytes = 0;
  }

  /** At most `maxBytes` from the front. */
  take(maxBytes: number): Uint8Array {
    const [first] = this.#chunks;
    if (first === undefined || maxBytes <= 0) return NO_BYTES;
    if (first.length > maxBytes) {
      this.#chunks[0] = first.subarray(maxBytes);
      this.#sizeBytes -= maxBytes;
      return first.subarray(0, maxBytes);
    }
    if (this.#chunks.length === 1) {
      this.clear();
      return first;
    }
    const taken: Uint8Array[] = [];
    let size = 0;
    let index = 0;
    for (; index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index] ?? NO_BYTES;
      if (size + chunk.length > maxBytes) break;
      taken.push(chunk);
      size += chunk.length;
    }
    this.#chunks.splice(0, index);
    this.#sizeBytes -= size;
    return concatBytes(taken);
  }

  /** At most `maxBytes`, up to and including the first `delimiter`. */
  takeThrough(delimiter: number, maxBytes: number): Uint8Array {
    let size = 0;
    for (const chunk of this.#chunks) {
      const index = chunk.indexOf(delimiter);
      if (index >= 0) {
        size += index + 1;
        break;
      }
      size += chunk.length;
      if (size >= maxBytes) break;
    }
    return this.take(Math.min(size, maxBytes));
  }
}
