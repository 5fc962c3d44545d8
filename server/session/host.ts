import type { HostEnvironment } from "../sim/world-types.ts";

/** Longest delay Node's timers keep; longer ones would fire at once. */
const maxDelayMs = 2 ** 31 - 1;

/** The real process as worlds see it. `report` hears of faults of the simulator itself. */
export function processHost(report: (error: unknown, context: string) => void): HostEnvironment {
  return {
    now: () => Date.now(),
    setTimer: startTimer,
    defer: (callback) => void setImmediate(callback),
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
