import type { HostEnvironment } from "../sim/world-types.ts";

/** Longest delay Node's timers keep; longer ones would fire at once. */
const maxDelayMs = 2 ** 31 - 1;

/**
 * The real process as worlds see it. `report` hears of faults of the simulator itself, which
 * must not end the process: it serves other learners, too.
 */
export function processHost(report: (error: unknown, context: string) => void): HostEnvironment {
  const guarded = (callback: () => void, context: string) => (): void => {
    try {
      callback();
    } catch (error) {
      report(error, context);
    }
  };
  return {
    now: () => Date.now(),
    setTimer: (delayMs, callback) => startTimer(delayMs, guarded(callback, "a timer")),
    defer: (callback) => void setImmediate(guarded(callback, "deferred work")),
    reportFault: report,
  };
}

function startTimer(delayMs: number, callback: () => void): () => void {
  let handle: NodeJS.Timeout;
  const arm = (restMs: number): void => {
    handle = setTimeout(
      () => (restMs > maxDelayMs ? arm(restMs - maxDelayMs) : callback()),
      Math.min(restMs, maxDelayMs),
    );
  };
  arm(Math.max(0, delayMs));
  return () => clearTimeout(handle);
}
