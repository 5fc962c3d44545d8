import { randomBytes } from "node:crypto";
import type { TtySize } from "../sim/machine/types.ts";
import { limits } from "./limits.ts";
import { renderScreen, type ScreenEntry } from "./render-screen.ts";

/** What a viewer gets so that its screen equals everybody else's. */
export interface Replay {
  readonly epoch: string;
  /** Bytes of output in all; what comes next has this offset. */
  readonly offset: number;
  readonly isWhole: boolean;
  readonly entries: readonly ScreenEntry[];
}

const chunkBytes = 4096;

interface Chunk {
  readonly kind: "bytes";
  buffer: Uint8Array;
  length: number;
}

type Entry = Chunk | { readonly kind: "size"; readonly size: TtySize };

/**
 * A terminal's past as the bytes it printed, with the sizes they were printed for.
 * Replaying them gives the same screen, whatever was on it. When they become many,
 * they are replaced by an equivalent drawing of the screen and its scrollback, so the
 * log is bounded and an idle terminal costs only its bytes.
 */
export class ScreenLog {
  #epoch = randomBytes(6).toString("hex");
  #entries: Entry[] = [];
  /** Offset of the first raw byte; earlier ones live on in `#drawing`. */
  #drawnUntil = 0;
  #drawing: Uint8Array | null = null;
  #drawingSize: TtySize;
  #offset = 0;
  #rawBytes = 0;
  #size: TtySize;
  #compaction: Promise<void> | null = null;

  constructor(size: TtySize) {
    this.#size = size;
    this.#drawingSize = size;
  }

  get size(): TtySize {
    return this.#size;
  }

  append(bytes: Uint8Array): void {
    this.#offset += bytes.length;
    this.#rawBytes += bytes.length;
    let rest = bytes;
    while (rest.length > 0) {
      const chunk = this.#openChunk();
      const part = rest.subarray(0, chunk.buffer.length - chunk.length);
      chunk.buffer.set(part, chunk.length);
      chunk.length += part.length;
      rest = rest.subarray(part.length);
    }
    if (this.#rawBytes > limits.screenLogBytes) void this.#startCompaction();
  }

  resize(size: TtySize): void {
    if (size.columns === this.#size.columns && size.rows === this.#size.rows) return;
    this.#size = size;
    // Of several sizes with nothing printed in between only the last matters.
    if (this.#entries.at(-1)?.kind === "size") this.#entries.pop();
    this.#entries.push({ kind: "size", size });
  }

  /** Forgets everything, as a new terminal of the same size. */
  clear(): void {
    this.#epoch = randomBytes(6).toString("hex");
    this.#entries = [];
    this.#drawing = null;
    this.#drawingSize = this.#size;
    this.#drawnUntil = 0;
    this.#offset = 0;
    this.#rawBytes = 0;
  }

  /** Set while output must wait. */
  get pressure(): Promise<void> | null {
    return this.#rawBytes > limits.screenLogHardBytes ? this.#compaction : null;
  }

  /** What a viewer needs who has seen everything before `since` of the epoch named (or nothing). */
  replay(since?: { readonly epoch: string; readonly offset: number }): Replay {
    const canResume =
      since !== undefined &&
      since.epoch === this.#epoch &&
      since.offset >= this.#drawnUntil &&
      since.offset <= this.#offset;
    return {
      epoch: this.#epoch,
      offset: this.#offset,
      isWhole: !canResume,
      entries: canResume ? this.#entriesFrom(since.offset) : this.#allEntries(),
    };
  }

  /** Draws the screen anew and drops the bytes printed until now. */
  async compact(): Promise<void> {
    await this.#compaction;
    await this.#startCompaction();
  }

  #startCompaction(): Promise<void> {
    this.#compaction ??= this.#compactNow().finally(() => {
      this.#compaction = null;
      if (this.#rawBytes > limits.screenLogBytes) void this.#startCompaction();
    });
    return this.#compaction;
  }

  /** The screen as data: the drawing alone, after a compaction. */
  async store(): Promise<StoredScreen> {
    if (this.#rawBytes > 0) await this.compact();
    return { size: this.#size, drawing: Buffer.from(this.#drawing ?? []).toString("base64") };
  }

  static restore(stored: StoredScreen): ScreenLog {
    const log = new ScreenLog(stored.size);
    log.#drawing = Buffer.from(stored.drawing, "base64");
    return log;
  }

  async #compactNow(): Promise<void> {
    const epoch = this.#epoch;
    const taken = this.#allEntries();
    const entryCount = this.#entries.length;
    const offset = this.#offset;
    const rawBytes = this.#rawBytes;
    // What is printed meanwhile goes into a chunk of its own.
    this.#sealLastChunk();
    const { drawing, size } = await renderScreen(taken);
    if (epoch !== this.#epoch) return;
    this.#drawing = drawing;
    this.#drawingSize = size;
    this.#drawnUntil = offset;
    this.#entries = this.#entries.slice(entryCount);
    this.#rawBytes -= rawBytes;
  }

  #openChunk(): Chunk {
    const last = this.#entries.at(-1);
    if (last?.kind === "bytes" && last.length < last.buffer.length) return last;
    const chunk: Chunk = { kind: "bytes", buffer: new Uint8Array(chunkBytes), length: 0 };
    this.#entries.push(chunk);
    return chunk;
  }

  #sealLastChunk(): void {
    const last = this.#entries.at(-1);
    if (last?.kind === "bytes") last.buffer = last.buffer.slice(0, last.length);
  }

  #allEntries(): ScreenEntry[] {
    const entries: ScreenEntry[] = [{ kind: "size", size: this.#drawingSize }];
    if (this.#drawing && this.#drawing.length > 0) entries.push({ kind: "bytes", bytes: this.#drawing });
    for (const entry of this.#entries) entries.push(copyOf(entry));
    return entries;
  }

  #entriesFrom(offset: number): ScreenEntry[] {
    const entries: ScreenEntry[] = [];
    let at = this.#drawnUntil;
    for (const entry of this.#entries) {
      if (entry.kind === "size") {
        if (at >= offset) entries.push(entry);
        continue;
      }
      const end = at + entry.length;
      if (end > offset)
        entries.push({ kind: "bytes", bytes: entry.buffer.slice(Math.max(0, offset - at), entry.length) });
      at = end;
    }
    return entries;
  }
}

export interface StoredScreen {
  readonly size: TtySize;
  /** Base64. */
  readonly drawing: string;
}

function copyOf(entry: Entry): ScreenEntry {
  return entry.kind === "size" ? entry : { kind: "bytes", bytes: entry.buffer.slice(0, entry.length) };
}
