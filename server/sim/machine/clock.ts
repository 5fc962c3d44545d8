/**
 * Simulated time. A virtual clock jumps to the next timer as soon as nothing is
 * runnable; a real clock follows the host's, at a scale.
 *
 * All work of a world that is under way lives in promise callbacks, so one
 * macrotask of the host that finds no `hold` pending proves that nothing is runnable.
 */
import { CPU_SLICE_MS, VIRTUAL_TICK_MS, VIRTUAL_TURNS_PER_TICK } from "./limits.ts";
import { TimerQueue, type Timer } from "./timer-queue.ts";
import type { Cancel, Clock, Interruption } from "./types.ts";

/** What a virtual clock needs of its host. */
export interface VirtualClockHost {
  defer(callback: () => void): void;
}

/** What a real clock needs of its host. */
export interface RealClockHost {
  now(): number;
  setTimer(delayMs: number, callback: () => void): () => void;
  defer(callback: () => void): void;
}

export interface VirtualClockOptions {
  /**
   * `automatic` (default): time runs on by itself. `driven`: only while `runUntil` or
   * `drive` is under way, so that no time passes between two commands of a transcript.
   */
  readonly advance?: "automatic" | "driven";
}

export interface VirtualClock extends Clock {
  readonly mode: "virtual";
  /** Runs until nothing is runnable and no timer is due by `untilMs`, where the clock then stands. */
  runUntil(untilMs: number): Promise<void>;
  /** Lets time advance until `work` has settled. */
  drive<T>(work: Promise<T>): Promise<T>;
  /** Resolves, without letting time pass, when nothing is runnable any more. */
  drain(): Promise<void>;
  /** Drops every timer; nothing fires any more. */
  stop(): void;
}

export interface RealClock extends Clock {
  readonly mode: "real";
  /** From now on simulated time runs `factor` times as fast. */
  setScale(factor: number): void;
  stop(): void;
}

export function createVirtualClock(
  host: VirtualClockHost,
  startMs: number,
  options: VirtualClockOptions = {},
): VirtualClock {
  return new VirtualTime(host, startMs, options.advance ?? "automatic");
}

export function createRealClock(host: RealClockHost, startMs?: number): RealClock {
  return new RealTime(host, startMs ?? host.now());
}

const DONE: Promise<void> = Promise.resolve();
/** What a task of a stopped world waits for: nothing will come, and the collector takes it. */
const FOREVER: Promise<never> = new Promise(() => {});

/**
 * Hands out turns of CPU to the clocks of one process, one macrotask each, so that two
 * runaway loops together delay others no longer than one of them.
 */
class TurnQueue {
  readonly #defer: (callback: () => void) => void;
  #waiting: (() => void)[] = [];
  #isScheduled = false;

  constructor(defer: (callback: () => void) => void) {
    this.#defer = defer;
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#defer(() => {
      this.#isScheduled = false;
      const resolve = this.#waiting.shift();
      if (this.#waiting.length > 0) this.#schedule();
      resolve?.();
    });
  }
}

const turnQueues = new WeakMap<object, TurnQueue>();

function turnQueueOf(host: VirtualClockHost): TurnQueue {
  let queue = turnQueues.get(host);
  if (!queue) {
    queue = new TurnQueue((callback) => host.defer(callback));
    turnQueues.set(host, queue);
  }
  return queue;
}

/** What both drivers share: timers and sleeps. */
abstract class BaseClock implements Clock {
  protected readonly timers = new TimerQueue();
  protected readonly host: VirtualClockHost;
  protected isStopped = false;

  constructor(host: VirtualClockHost) {
    this.host = host;
  }

  abstract now(): number;
  protected abstract timerAdded(timer: Timer): void;
  abstract hold<T>(work: Promise<T>): Promise<T>;

  setTimer(delayMs: number, callback: () => void): Cancel {
    if (this.isStopped) return () => {};
    const timer = this.timers.add(this.now() + Math.max(0, delayMs), callback);
    this.timerAdded(timer);
    return () => this.timers.cancel(timer);
  }

  sleep(ms: number, interruption?: Interruption): Promise<void> {
    return new Promise((resolve, reject) => {
      if (interruption?.isInterrupted) {
        reject(interruption.reason);
        return;
      }
      let unsubscribe: Cancel | undefined;
      const cancel = this.setTimer(ms, () => {
        unsubscribe?.();
        resolve();
      });
      unsubscribe = interruption?.onInterrupt((reason) => {
        cancel();
        reject(reason);
      });
    });
  }

  abstract breathe(): Promise<void>;

  stop(): void {
    this.isStopped = true;
    this.timers.clear();
  }
}

interface Drive {
  readonly untilMs: number;
  readonly finished: (() => void) | null;
}

class VirtualTime extends BaseClock implements VirtualClock {
  readonly mode = "virtual";
  #nowMs: number;
  #holds = 0;
  #isTickScheduled = false;
  #turns = 0;
  readonly #isAutomatic: boolean;
  readonly #drives = new Set<Drive>();

  constructor(host: VirtualClockHost, startMs: number, advance: "automatic" | "driven") {
    super(host);
    this.#nowMs = startMs;
    this.#isAutomatic = advance === "automatic";
  }

  now(): number {
    return this.#nowMs;
  }

  protected timerAdded(): void {
    this.#schedule();
  }

  async hold<T>(work: Promise<T>): Promise<T> {
    this.#holds++;
    try {
      return await work;
    } finally {
      this.#holds--;
      this.#schedule();
    }
  }

  /**
   * A loop that only computes would never see time pass, and `until [ $SECONDS -gt 3 ]`
   * never end: so many turns take so long. Turns are counted, not measured, so that a
   * world runs the same on a slow host and a fast one.
   */
  breathe(): Promise<void> {
    if (this.isStopped) return FOREVER;
    if (++this.#turns < VIRTUAL_TURNS_PER_TICK) return DONE;
    this.#turns = 0;
    return this.sleep(VIRTUAL_TICK_MS);
  }

  runUntil(untilMs: number): Promise<void> {
    return new Promise((resolve) => {
      const drive: Drive = {
        untilMs,
        finished: () => {
          this.#drives.delete(drive);
          resolve();
        },
      };
      this.#drives.add(drive);
      this.#schedule();
    });
  }

  drain(): Promise<void> {
    return this.runUntil(Number.NEGATIVE_INFINITY);
  }

  async drive<T>(work: Promise<T>): Promise<T> {
    const drive: Drive = { untilMs: Number.POSITIVE_INFINITY, finished: null };
    this.#drives.add(drive);
    this.#schedule();
    try {
      return await work;
    } finally {
      this.#drives.delete(drive);
    }
  }

  #schedule(): void {
    if (this.#isTickScheduled || this.isStopped) return;
    if (!this.#isAutomatic && this.#drives.size === 0) return;
    if (this.timers.isEmpty && this.#drives.size === 0) return;
    this.#isTickScheduled = true;
    this.host.defer(() => {
      this.#isTickScheduled = false;
      this.#tick();
    });
  }

  /** Nothing is runnable: the drives that have arrived end, or time jumps to the next timer. */
  #tick(): void {
    if (this.#holds > 0 || this.isStopped) return;
    const dueMs = this.timers.peek()?.dueMs ?? Number.POSITIVE_INFINITY;
    let limitMs = this.#isAutomatic ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    for (const drive of [...this.#drives]) {
      if (drive.finished && (dueMs > drive.untilMs || this.timers.isEmpty)) {
        if (Number.isFinite(drive.untilMs)) this.#nowMs = Math.max(this.#nowMs, drive.untilMs);
        drive.finished();
      } else limitMs = Math.max(limitMs, drive.untilMs);
    }
    if (dueMs <= limitMs) {
      const timer = this.timers.pop();
      if (timer) {
        this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
        this.#turns = 0;
        timer.callback();
      }
    }
    if (!this.timers.isEmpty || this.#hasArrivals()) this.#schedule();
  }

  #hasArrivals(): boolean {
    for (const drive of this.#drives) if (drive.finished) return true;
    return false;
  }

  override stop(): void {
    super.stop();
    for (const drive of [...this.#drives]) drive.finished?.();
  }
}

/** The longest wait that hosts' timers count correctly. */
const MAX_HOST_DELAY_MS = 2_147_483_647;

class RealTime extends BaseClock implements RealClock {
  readonly mode = "real";
  readonly #realHost: RealClockHost;
  #scale = 1;
  #originMs: number;
  #hostOriginMs: number;
  #cancelHostTimer: (() => void) | null = null;
  #armedForMs = Number.POSITIVE_INFINITY;
  #sliceStartMs = 0;
  #isInSlice = false;

  constructor(host: RealClockHost, startMs: number) {
    super(host);
    this.#realHost = host;
    this.#originMs = startMs;
    this.#hostOriginMs = host.now();
  }

  now(): number {
    return this.#originMs + (this.#realHost.now() - this.#hostOriginMs) * this.#scale;
  }

  hold<T>(work: Promise<T>): Promise<T> {
    return work;
  }

  setScale(factor: number): void {
    this.#originMs = this.now();
    this.#hostOriginMs = this.#realHost.now();
    this.#scale = factor;
    this.#arm();
  }

  protected timerAdded(timer: Timer): void {
    if (timer.dueMs < this.#armedForMs) this.#arm();
  }

  #arm(): void {
    this.#cancelHostTimer?.();
    this.#cancelHostTimer = null;
    this.#armedForMs = Number.POSITIVE_INFINITY;
    const next = this.timers.peek();
    if (!next) return;
    this.#armedForMs = next.dueMs;
    const delayMs = Math.ceil(Math.max(0, next.dueMs - this.now()) / this.#scale);
    this.#cancelHostTimer = this.#realHost.setTimer(Math.min(delayMs, MAX_HOST_DELAY_MS), () => this.#fire());
  }

  #fire(): void {
    this.#cancelHostTimer = null;
    const nowMs = this.now();
    for (let next = this.timers.peek(); next && next.dueMs <= nowMs; next = this.timers.peek()) {
      this.timers.pop();
      next.callback();
    }
    this.#arm();
  }

  /** A slice of CPU is used up: others have their turn first. */
  breathe(): Promise<void> {
    if (this.isStopped) return FOREVER;
    const nowMs = this.#realHost.now();
    if (!this.#isInSlice) {
      this.#beginSlice(nowMs);
      return DONE;
    }
    if (nowMs - this.#sliceStartMs < CPU_SLICE_MS) return DONE;
    return this.#awaitTurn();
  }

  async #awaitTurn(): Promise<void> {
    await turnQueueOf(this.#realHost).next();
    if (this.isStopped) return FOREVER;
    if (!this.#isInSlice) this.#beginSlice(this.#realHost.now());
  }

  /** A slice ends with the macrotask it began in: what comes after has let others run. */
  #beginSlice(nowMs: number): void {
    this.#isInSlice = true;
    this.#sliceStartMs = nowMs;
    this.#realHost.defer(() => {
      this.#isInSlice = false;
    });
  }

  override stop(): void {
    super.stop();
    this.#cancelHostTimer?.();
    this.#cancelHostTimer = null;
  }
}
