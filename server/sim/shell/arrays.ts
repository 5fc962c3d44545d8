/** The two array values of bash. `isShared` marks a value that a forked shell also holds: writers copy it first. */

export class IndexedArray {
  readonly kind = "indexed";
  isShared = false;
  private isSorted = true;
  private lastIndex = -1;

  constructor(private elements: Map<number, string> = new Map()) {
    for (const index of elements.keys()) this.note(index);
  }

  static of(values: readonly string[]): IndexedArray {
    const array = new IndexedArray();
    for (let index = 0; index < values.length; index++) array.set(index, values[index] ?? "");
    return array;
  }

  private note(index: number): void {
    if (index < this.lastIndex) this.isSorted = false;
    else this.lastIndex = index;
  }

  private sort(): void {
    if (this.isSorted) return;
    this.elements = new Map([...this.elements].sort(([a], [b]) => a - b));
    this.isSorted = true;
  }

  get size(): number {
    return this.elements.size;
  }

  /** One more than the highest index; 0 when empty. */
  get end(): number {
    if (this.elements.size === 0) return 0;
    if (this.elements.has(this.lastIndex)) return this.lastIndex + 1;
    let last = -1;
    for (const index of this.elements.keys()) if (index > last) last = index;
    this.lastIndex = last;
    return last + 1;
  }

  get(index: number): string | undefined {
    return this.elements.get(index < 0 ? this.end + index : index);
  }

  set(index: number, value: string): void {
    if (!this.elements.has(index)) this.note(index);
    this.elements.set(index, value);
  }

  delete(index: number): void {
    this.elements.delete(index < 0 ? this.end + index : index);
  }

  indices(): number[] {
    this.sort();
    return [...this.elements.keys()];
  }

  values(): string[] {
    this.sort();
    return [...this.elements.values()];
  }

  entries(): [number, string][] {
    this.sort();
    return [...this.elements];
  }

  clone(): IndexedArray {
    this.sort();
    return new IndexedArray(new Map(this.elements));
  }
}

const FNV_OFFSET = 2166136261;
const FNV_PRIME = 16777619;
const FIRST_BUCKETS = 1024;

/** bash's string hash (FNV-1, 32 bits), over UTF-8 bytes taken as signed characters. */
function hashKey(key: string, encode: (text: string) => Uint8Array): number {
  let hash = FNV_OFFSET;
  for (const byte of encode(key)) {
    hash = Math.imul(hash, FNV_PRIME);
    hash ^= (byte << 24) >> 24;
  }
  return hash >>> 0;
}

/**
 * An associative array that lists its keys in bash's order: by bucket, newest
 * first within a bucket. Scripts that print `${!map[@]}` unsorted depend on it.
 */
export class AssociativeArray {
  readonly kind = "associative";
  isShared = false;
  private order: string[] | null = null;

  constructor(private readonly elements: Map<string, string> = new Map()) {}

  get size(): number {
    return this.elements.size;
  }

  get(key: string): string | undefined {
    return this.elements.get(key);
  }

  set(key: string, value: string): void {
    if (!this.elements.has(key)) this.order = null;
    this.elements.set(key, value);
  }

  delete(key: string): void {
    if (this.elements.delete(key)) this.order = null;
  }

  keys(): readonly string[] {
    this.order ??= orderKeys([...this.elements.keys()]);
    return this.order;
  }

  values(): string[] {
    return this.keys().map((key) => this.elements.get(key) ?? "");
  }

  entries(): [string, string][] {
    return this.keys().map((key) => [key, this.elements.get(key) ?? ""]);
  }

  clone(): AssociativeArray {
    return new AssociativeArray(new Map(this.elements));
  }
}

const encoder = new TextEncoder();

function orderKeys(keys: readonly string[]): string[] {
  let buckets = FIRST_BUCKETS;
  while (keys.length > buckets * 2) buckets *= 4;
  const places = keys.map((key, age) => ({
    key,
    age,
    bucket: hashKey(key, (text) => encoder.encode(text)) & (buckets - 1),
  }));
  places.sort((a, b) => a.bucket - b.bucket || b.age - a.age);
  return places.map((place) => place.key);
}
