/** What both pings count. */

export interface PingCounts {
  transmitted: number;
  received: number;
  errors: number;
  readonly timesMs: number[];
}

export const noPings = (): PingCounts => ({ transmitted: 0, received: 0, errors: 0, timesMs: [] });

/** Replies whose times are kept for the statistics. */
const MAX_TIMES = 100_000;

export function countReply(counts: PingCounts, milliseconds: number): void {
  counts.received++;
  if (counts.timesMs.length < MAX_TIMES) counts.timesMs.push(milliseconds);
}

export interface RoundTrip {
  readonly minMs: number;
  readonly averageMs: number;
  readonly maxMs: number;
  readonly deviationMs: number;
}

export function roundTrip(timesMs: readonly number[]): RoundTrip {
  let [sum, squares, minMs, maxMs] = [0, 0, Number.POSITIVE_INFINITY, 0];
  for (const time of timesMs) {
    sum += time;
    squares += time * time;
    minMs = Math.min(minMs, time);
    maxMs = Math.max(maxMs, time);
  }
  const averageMs = sum / timesMs.length;
  const deviationMs = Math.sqrt(Math.max(0, squares / timesMs.length - averageMs * averageMs));
  return { minMs, averageMs, maxMs, deviationMs };
}
