/** The machine's clock as one process has it: its waits end with the process and pause while it is stopped. */
import { anyOf } from "./interruption.ts";
import type { SimulatedProcess } from "./process.ts";
import type { Cancel, Clock, Interruption } from "./types.ts";

export class ProcessClock implements Clock {
  readonly #process: SimulatedProcess;
  readonly #clock: Clock;

  constructor(process: SimulatedProcess, clock: Clock) {
    this.#process = process;
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimer(delayMs: number, callback: () => void): Cancel {
    return this.#clock.setTimer(delayMs, callback);
  }

  sleep(ms: number, interruption?: Interruption): Promise<void> {
    const process = this.#process;
    return process.blocking(this.#clock.sleep(ms, anyOf(process.interruption, interruption)));
  }

  hold<T>(work: Promise<T>): Promise<T> {
    return this.#process.blocking(this.#clock.hold(work));
  }

  breathe(): Promise<void> {
    return this.#process.breathe();
  }
}
