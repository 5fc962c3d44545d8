/**
 * Full reachability expanded to pods, one packed row a source pod. Rows of pods of one class are
 * equal up to the pod itself and its own node, so each is computed once and patched.
 */
import { type Bits, transposeBits } from "../filter/bits.ts";
import type { End, PolicyEngine } from "../filter/engine.ts";
import type { ProtocolNumber } from "../policy/port-set.ts";

export interface MatrixPort {
  readonly protocol: ProtocolNumber;
  readonly port: number;
}

interface ClassRow {
  readonly bytes: Uint8Array;
  readonly allowed: number;
}

/** How many bytes of class rows are kept at most. */
const ROW_CACHE_BYTES = 32 * 1024 * 1024;

export class PodMatrix {
  readonly rowBytes: number;
  readonly #engine: PolicyEngine;
  readonly #ends: readonly End[];
  readonly #ports: readonly MatrixPort[];
  /** By port, then by source class: the destinations it may reach. */
  readonly #reached: readonly (readonly Bits[])[];
  /** Neighbouring pods of one class, three numbers a run: first position, count, class. */
  readonly #runs: Int32Array;
  readonly #cache = new Map<number, ClassRow>();
  #cachedBytes = 0;
  readonly #row: Uint8Array;
  readonly #podsByNode = new Map<string, number[]>();
  readonly #hostsByNode = new Map<string, number[]>();

  /** Reads the engine as it is now. Pods keep the given order. */
  constructor(engine: PolicyEngine, ends: readonly End[], ports: readonly MatrixPort[]) {
    this.#engine = engine;
    this.#ends = ends;
    this.#ports = ports;
    this.rowBytes = (ends.length * ports.length + 7) >>> 3;
    this.#row = new Uint8Array(this.rowBytes);
    this.#reached = ports.map(({ protocol, port }) => reachedByClass(engine, protocol, port));
    this.#runs = runsOf(ends);
    for (const [i, end] of ends.entries()) {
      if (end.nodeName === null) continue;
      const byNode = end.kind === "pod" ? this.#podsByNode : this.#hostsByNode;
      const list = byNode.get(end.nodeName);
      if (list === undefined) byNode.set(end.nodeName, [i]);
      else list.push(i);
    }
  }

  /**
   * The row of a source pod: bit (port × pods + destination), most significant first, and how many are
   * set. The bytes are overwritten by the next call.
   */
  row(source: number): ClassRow {
    const end = this.#ends[source] as End;
    const { bytes, allowed } = this.#classRow(end.classId);
    const row = this.#row;
    row.set(bytes);
    let count = allowed;
    const podCount = this.#ends.length;
    for (let i = 0; i < this.#ports.length; i++) count += writeBit(row, i * podCount + source, true);
    // Own-node traffic is decided pair by pair; there is little of it.
    const near = (end.kind === "pod" ? this.#hostsByNode : this.#podsByNode).get(end.nodeName ?? "");
    for (const destination of near ?? []) {
      for (const [i, { protocol, port }] of this.#ports.entries()) {
        const isAllowed = this.#engine.allows(end, this.#ends[destination] as End, protocol, port);
        count += writeBit(row, i * podCount + destination, isAllowed);
      }
    }
    return { bytes: row, allowed: count };
  }

  #classRow(classId: number): ClassRow {
    const known = this.#cache.get(classId);
    if (known !== undefined) return known;
    const bytes = new Uint8Array(this.rowBytes);
    const podCount = this.#ends.length;
    const runs = this.#runs;
    let allowed = 0;
    for (let i = 0; i < this.#ports.length; i++) {
      const reached = this.#reached[i]?.[classId] as Bits;
      const offset = i * podCount;
      for (let run = 0; run < runs.length; run += 3) {
        const destination = runs[run + 2] as number;
        if ((((reached[destination >>> 5] as number) >>> (destination & 31)) & 1) === 0) continue;
        const count = runs[run + 1] as number;
        fillBits(bytes, offset + (runs[run] as number), count);
        allowed += count;
      }
    }
    const row = { bytes, allowed };
    if (this.#cachedBytes > ROW_CACHE_BYTES) {
      this.#cache.clear();
      this.#cachedBytes = 0;
    }
    this.#cache.set(classId, row);
    this.#cachedBytes += this.rowBytes;
    return row;
  }
}

/** By source class: the classes both sides let it reach. */
export function reachedByClass(
  engine: PolicyEngine,
  protocol: ProtocolNumber,
  port: number,
  family: 0 | 1 = 0,
): Bits[] {
  const table = engine.table(protocol, port, family);
  const { classes, wordCount } = engine;
  const everybody = new Uint32Array(wordCount).fill(0xffffffff);
  const heard = classes.map((_, id) => table.ingress[id] ?? everybody);
  const reached = transposeBits(heard, wordCount);
  for (let id = 0; id < classes.length; id++) {
    const egress = table.egress[id];
    const row = reached[id] as Bits;
    if (egress === undefined) continue;
    for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) & (egress[i] as number);
  }
  return reached;
}

function runsOf(ends: readonly End[]): Int32Array {
  const runs: number[] = [];
  let first = 0;
  for (let i = 1; i <= ends.length; i++) {
    const classId = ends[i - 1]?.classId ?? -1;
    if (ends[i]?.classId === classId) continue;
    runs.push(first, i - first, classId);
    first = i;
  }
  return Int32Array.from(runs);
}

function fillBits(bytes: Uint8Array, start: number, count: number): void {
  const end = start + count;
  const firstByte = start >>> 3;
  const lastByte = (end - 1) >>> 3;
  const head = 0xff >>> (start & 7);
  const tail = (0xff << (7 - ((end - 1) & 7))) & 0xff;
  if (firstByte === lastByte) {
    bytes[firstByte] = (bytes[firstByte] as number) | (head & tail);
    return;
  }
  bytes[firstByte] = (bytes[firstByte] as number) | head;
  for (let i = firstByte + 1; i < lastByte; i++) bytes[i] = 0xff;
  bytes[lastByte] = (bytes[lastByte] as number) | tail;
}

/** Writes one bit; returns by how much the number of set bits changed. */
function writeBit(bytes: Uint8Array, position: number, isSet: boolean): number {
  const index = position >>> 3;
  const mask = 0x80 >>> (position & 7);
  const was = ((bytes[index] as number) & mask) !== 0;
  if (was === isSet) return 0;
  bytes[index] = (bytes[index] as number) ^ mask;
  return isSet ? 1 : -1;
}
