/**
 * client-go's rate limited work queue in small: keys wait once, are handled one after
 * another in later microtasks, and are tried again with growing delays when handling throws.
 */
import type { Cancel, Clock } from "../../machine/types.ts";
import { isStatusError } from "./errors.ts";

const FIRST_RETRY_MS = 5;
const LONGEST_RETRY_MS = 1_000_000;
/** Keys handled in one moment of simulated time before the queue waits: two controllers at odds must not hang the world. */
const MAX_HANDLED_PER_MOMENT = 2_000;

export interface WorkQueueOptions {
  readonly name: string;
  readonly clock: Clock;
  handle(key: string): void;
  reportFault(error: unknown, context: string): void;
}

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #timers = new Map<string, { readonly dueMs: number; readonly cancel: Cancel }>();
  readonly #failures = new Map<string, number>();
  #isScheduled = false;
  #isStopped = false;
  #momentMs = -1;
  #handledInMoment = 0;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  add(key: string): void {
    if (this.#isStopped) return;
    this.#waiting.add(key);
    this.#schedule();
  }

  /** The earlier of two delays for one key wins. */
  addAfter(key: string, delayMs: number): void {
    if (this.#isStopped) return;
    const dueMs = this.#options.clock.now() + delayMs;
    const present = this.#timers.get(key);
    if (present !== undefined) {
      if (present.dueMs <= dueMs) return;
      present.cancel();
    }
    const cancel = this.#options.clock.setTimer(delayMs, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { dueMs, cancel });
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#waiting.clear();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const nowMs = this.#options.clock.now();
    if (nowMs !== this.#momentMs) {
      this.#momentMs = nowMs;
      this.#handledInMoment = 0;
    }
    if (this.#handledInMoment < MAX_HANDLED_PER_MOMENT) queueMicrotask(() => this.#run());
    else this.#options.clock.setTimer(10, () => this.#run());
  }

  #run(): void {
    this.#isScheduled = false;
    const [key] = this.#waiting;
    if (key === undefined || this.#isStopped) return;
    this.#waiting.delete(key);
    this.#handledInMoment++;
    try {
      this.#options.handle(key);
      this.#failures.delete(key);
    } catch (error) {
      this.#retry(key, error);
    }
    if (this.#waiting.size > 0) this.#schedule();
  }

  #retry(key: string, error: unknown): void {
    if (!isStatusError(error)) this.#options.reportFault(error, `${this.#options.name}: ${key}`);
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.addAfter(key, Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS));
  }
}

export const keyOf = (object: { readonly metadata: { readonly namespace?: string; readonly name: string } }): string =>
  `${object.metadata.namespace ?? ""}/${object.metadata.name}`;

export function splitKey(key: string): readonly [namespace: string, name: string] {
  const slash = key.indexOf("/");
  return [key.slice(0, slash), key.slice(slash + 1)];
}
