/** A container's log as the runtime keeps it: bounded, with times, to be read and followed. */
import { concatBytes, decodeText, encodeText, fromBase64, toBase64, decodeStrictly } from "../../../machine/bytes.ts";
import type { LogOptions } from "../../api/types.ts";

/** The kubelet rotates at 10 MiB; a learner's world keeps less. */
export const LOG_BYTES = 262_144;
const NEWLINE = 10;

interface LogEntry {
  readonly timeMs: number;
  /** One line with its newline, or a part of a line. */
  readonly bytes: Uint8Array;
}

/** JSON form: time and text (or base64 after a `=`). */
export type LogSnapshot = readonly (readonly [timeMs: number, text: string])[];

export class ContainerLog {
  #entries: LogEntry[] = [];
  #sizeBytes = 0;
  #isClosed = false;
  readonly #followers = new Set<() => void>();
  /** How many entries have been dropped at the front. */
  #dropped = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  append(bytes: Uint8Array): void {
    const timeMs = this.#now();
    let start = 0;
    for (let index = bytes.indexOf(NEWLINE); index >= 0; index = bytes.indexOf(NEWLINE, start)) {
      this.#push({ timeMs, bytes: bytes.slice(start, index + 1) });
      start = index + 1;
    }
    if (start < bytes.length) this.#push({ timeMs, bytes: bytes.slice(start) });
    for (const wake of [...this.#followers]) wake();
  }

  #push(entry: LogEntry): void {
    this.#entries.push(entry);
    this.#sizeBytes += entry.bytes.length;
    while (this.#sizeBytes > LOG_BYTES && this.#entries.length > 1) {
      this.#sizeBytes -= this.#entries.shift()?.bytes.length ?? 0;
      this.#dropped++;
    }
  }

  /** Nothing more will be written: followers reach the end. */
  close(): void {
    this.#isClosed = true;
    for (const wake of [...this.#followers]) wake();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What `options` select, as bytes. */
  read(options: Partial<LogOptions>): Uint8Array {
    const chunks = this.#select(options).map((entry) => this.#format(entry, options));
    const all = concatBytes(chunks);
    return options.limitBytes === undefined ? all : all.slice(0, options.limitBytes);
  }

  #select(options: Partial<LogOptions>): readonly LogEntry[] {
    const sinceMs = this.#sinceMs(options);
    const recent = sinceMs === undefined ? this.#entries : this.#entries.filter(({ timeMs }) => timeMs >= sinceMs);
    if (options.tailLines === undefined) return recent;
    return options.tailLines <= 0 ? [] : lastLines(recent, options.tailLines);
  }

  #sinceMs(options: Partial<LogOptions>): number | undefined {
    if (options.sinceTime !== undefined) return Date.parse(options.sinceTime);
    return options.sinceSeconds === undefined ? undefined : this.#now() - options.sinceSeconds * 1000;
  }

  #format(entry: LogEntry, options: Partial<LogOptions>): Uint8Array {
    return options.timestamps ? concatBytes([encodeText(`${logTime(entry.timeMs)} `), entry.bytes]) : entry.bytes;
  }

  /** Chunks as they come; ends when the container has ended or `isOver()`. `wakeOn` is given the waker. */
  async *follow(
    options: Partial<LogOptions>,
    isOver: () => boolean,
    wakeOn: (wake: () => void) => () => void,
  ): AsyncIterable<Uint8Array> {
    const first = this.read(options);
    let next = this.#dropped + this.#entries.length;
    if (first.length > 0) yield first;
    while (!isOver()) {
      const start = Math.max(0, next - this.#dropped);
      const fresh = this.#entries.slice(start);
      next = this.#dropped + this.#entries.length;
      if (fresh.length > 0) yield concatBytes(fresh.map((entry) => this.#format(entry, options)));
      else if (this.#isClosed) return;
      else await this.#change(wakeOn);
    }
  }

  #change(wakeOn: (wake: () => void) => () => void): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#followers.delete(wake);
        unsubscribe();
        resolve();
      };
      const unsubscribe = wakeOn(wake);
      this.#followers.add(wake);
    });
  }

  snapshot(): LogSnapshot {
    return this.#entries.map(({ timeMs, bytes }) => {
      const text = decodeStrictly(bytes);
      return [timeMs, text === undefined ? `=${toBase64(bytes)}` : `+${text}`];
    });
  }

  static restore(now: () => number, snapshot: LogSnapshot): ContainerLog {
    const log = new ContainerLog(now);
    for (const [timeMs, text] of snapshot) {
      const bytes = text.startsWith("=") ? fromBase64(text.slice(1)) : encodeText(text.slice(1));
      log.#push({ timeMs, bytes });
    }
    return log;
  }

  /** The last lines as text: the fallback termination message. */
  tailText(lines: number, maxBytes: number): string {
    return decodeText(concatBytes(lastLines(this.#entries, lines).map(({ bytes }) => bytes))).slice(-maxBytes);
  }
}

function lastLines(entries: readonly LogEntry[], count: number): readonly LogEntry[] {
  let lines = 0;
  for (let index = entries.length - 1; index >= 0; index--) {
    const isLineStart = index === 0 || entries[index - 1]?.bytes.at(-1) === NEWLINE;
    if (isLineStart && ++lines === count) return entries.slice(index);
  }
  return entries;
}

/** RFC 3339 with nanoseconds. */
function logTime(timeMs: number): string {
  const whole = Math.floor(timeMs);
  const nanoseconds = Math.round((timeMs - whole) * 1e6);
  return new Date(whole).toISOString().replace("Z", `${String(nanoseconds).padStart(6, "0")}Z`);
}
