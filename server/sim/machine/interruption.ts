/** One-shot cancellations: what `AbortSignal` is to the DOM, at the price of one small object. */
import type { Cancel, Interruption } from "./types.ts";

class OneShot implements Interruption {
  reason: unknown = undefined;
  isInterrupted = false;
  #listeners: Set<(reason: unknown) => void> | null = null;

  onInterrupt(callback: (reason: unknown) => void): Cancel {
    if (this.isInterrupted) {
      callback(this.reason);
      return () => {};
    }
    // A wrapper, so that one function registered twice is called, and removed, twice.
    const listener = (reason: unknown): void => callback(reason);
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => {
      this.#listeners?.delete(listener);
    };
  }

  fire(reason: unknown): void {
    if (this.isInterrupted) return;
    this.isInterrupted = true;
    this.reason = reason;
    const listeners = this.#listeners;
    this.#listeners = null;
    if (listeners) for (const listener of listeners) listener(reason);
  }
}

export interface InterruptionSource {
  readonly interruption: Interruption;
  /** Fires it; later calls do nothing. */
  interrupt(reason?: unknown): void;
}

export function createInterruption(): InterruptionSource {
  const oneShot = new OneShot();
  return { interruption: oneShot, interrupt: (reason) => oneShot.fire(reason) };
}

/** Never fires. */
export const never: Interruption = {
  reason: undefined,
  isInterrupted: false,
  onInterrupt: () => () => {},
};

/**
 * Fires with the first of `parts`. Listens to them only while somebody listens to it,
 * so that many short-lived combinations with a long-lived part leave nothing behind.
 */
export function anyOf(...parts: readonly (Interruption | undefined)[]): Interruption {
  const present = parts.filter((part) => part !== undefined && part !== never) as readonly Interruption[];
  const [only] = present;
  if (only === undefined) return never;
  return present.length === 1 ? only : new AnyOf(present);
}

class AnyOf implements Interruption {
  readonly #parts: readonly Interruption[];

  constructor(parts: readonly Interruption[]) {
    this.#parts = parts;
  }

  get isInterrupted(): boolean {
    return this.#parts.some((part) => part.isInterrupted);
  }

  get reason(): unknown {
    return this.#parts.find((part) => part.isInterrupted)?.reason;
  }

  onInterrupt(callback: (reason: unknown) => void): Cancel {
    const cancels: Cancel[] = [];
    let isDone = false;
    const cancel = (): void => {
      isDone = true;
      for (const one of cancels) one();
    };
    for (const part of this.#parts) {
      const one = part.onInterrupt((reason) => {
        if (isDone) return;
        cancel();
        callback(reason);
      });
      if (isDone) {
        one();
        break;
      }
      cancels.push(one);
    }
    return cancel;
  }
}

/** Waits for `wake`, or rejects with the reason of the interruption. */
export class WaitQueue {
  #waiters: Set<() => void> | null = null;

  get hasWaiters(): boolean {
    return this.#waiters !== null && this.#waiters.size > 0;
  }

  wait(interruption?: Interruption): Promise<void> {
    return new Promise((resolve, reject) => {
      if (interruption?.isInterrupted) {
        reject(interruption.reason);
        return;
      }
      this.#waiters ??= new Set();
      const waiters = this.#waiters;
      let cancel: Cancel | undefined;
      const waiter = (): void => {
        waiters.delete(waiter);
        cancel?.();
        resolve();
      };
      waiters.add(waiter);
      cancel = interruption?.onInterrupt((reason) => {
        waiters.delete(waiter);
        reject(reason);
      });
    });
  }

  /** Wakes all that wait now. */
  wakeAll(): void {
    if (!this.#waiters || this.#waiters.size === 0) return;
    for (const waiter of [...this.#waiters]) waiter();
  }

  /** Wakes the one that has waited longest. */
  wakeOne(): void {
    if (!this.#waiters) return;
    for (const waiter of this.#waiters) {
      waiter();
      return;
    }
  }
}
