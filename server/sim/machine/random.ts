/** The world's seeded chance: mulberry32, whose whole state is one 32-bit number. */
import type { Random } from "./types.ts";

/** The alphabet Kubernetes uses for generated names: no vowels, no digits that look like letters. */
export const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** `seed` is a number from an earlier `state()`, any number, or a text. */
export function createRandom(seed: number | string): Random {
  return new Mulberry(typeof seed === "number" ? seed : hashText(seed));
}

class Mulberry implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  #draw(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  next(): number {
    return this.#draw() / 0x1_0000_0000;
  }

  integer(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  text(length: number, alphabet = SUFFIX_ALPHABET): string {
    let text = "";
    for (let i = 0; i < length; i++) text += alphabet.charAt(this.integer(alphabet.length));
    return text;
  }

  uuid(): string {
    const bytes = this.bytes(16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.#draw() >>> 24;
    return bytes;
  }

  state(): number {
    return this.#state;
  }
}

/** FNV-1a: equal texts give equal seeds. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
