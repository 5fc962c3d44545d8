import type { Clock } from "../machine/types.ts";

/** So long nothing may have been written. Longer than any step of a starting pod but a large image's pull. */
const QUIET_MS = 4_000;
const STEP_MS = 250;

/**
 * Resolves when no object has changed for a while and `isAtRest` agrees, or after `limitMs`.
 * Looks at the store in steps of simulated time, only while somebody waits.
 */
export async function settle(
  clock: Clock,
  revision: () => number,
  limitMs: number,
  isAtRest: () => boolean,
): Promise<void> {
  const deadlineMs = clock.now() + limitMs;
  let last = revision();
  let quietSinceMs = clock.now();
  while (clock.now() < deadlineMs) {
    await clock.sleep(STEP_MS);
    if (revision() !== last || !isAtRest()) {
      last = revision();
      quietSinceMs = clock.now();
    } else if (clock.now() - quietSinceMs >= QUIET_MS) return;
  }
}
