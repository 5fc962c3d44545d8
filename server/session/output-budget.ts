import { limits } from "./limits.ts";

/** A token bucket: how long a program must wait before it may print more. */
export class OutputBudget {
  readonly #now: () => number;
  #tokens: number = limits.outputBurstBytes;
  #filledMs: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#filledMs = now();
  }

  /** Takes `bytes`; returns the milliseconds until the debt is paid, 0 when there is none. */
  take(bytes: number, bytesPerSecond: number): number {
    const nowMs = this.#now();
    const earned = ((nowMs - this.#filledMs) / 1000) * bytesPerSecond;
    this.#tokens = Math.min(limits.outputBurstBytes, this.#tokens + Math.max(0, earned)) - bytes;
    this.#filledMs = nowMs;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / bytesPerSecond) * 1000);
  }
}
