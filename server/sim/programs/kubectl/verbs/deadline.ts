/** Bounded waiting on simulated time. */
import type { Cancel, Interruption } from "../../../machine/types.ts";
import type { Kubectl } from "../context.ts";

class Deadline implements Interruption {
  reason: unknown;
  isInterrupted = false;
  private readonly listeners = new Set<(reason: unknown) => void>();

  onInterrupt(callback: (reason: unknown) => void): Cancel {
    if (this.isInterrupted) {
      callback(this.reason);
      return () => {};
    }
    this.listeners.add(callback);
    return () => this.listeners.delete(callback);
  }

  interrupt(reason: unknown): void {
    if (this.isInterrupted) return;
    this.isInterrupted = true;
    this.reason = reason;
    for (const listener of [...this.listeners]) listener(reason);
    this.listeners.clear();
  }
}

/** Why a wait was cut off. */
export class DeadlineExceeded extends Error {}

/** What `work` resolves with, or undefined when `limitMs` of simulated time pass first. Infinity sets no timer. */
export async function withDeadline<T>(
  kubectl: Kubectl,
  limitMs: number,
  work: (interruption: Interruption) => Promise<T>,
): Promise<T | undefined> {
  const deadline = new Deadline();
  const expire = () => deadline.interrupt(new DeadlineExceeded("deadline exceeded"));
  const { clock } = kubectl.process;
  const cancel = limitMs === Number.POSITIVE_INFINITY ? () => {} : clock.setTimer(limitMs, expire);
  try {
    return await work(deadline);
  } catch (error) {
    if (deadline.isInterrupted) return undefined;
    throw error;
  } finally {
    cancel();
    deadline.interrupt(new DeadlineExceeded("finished"));
  }
}
