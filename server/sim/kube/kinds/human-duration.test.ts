import { describe, expect, it } from "vitest";
import { ageOf, humanDuration } from "./human-duration.ts";

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];

describe("ages", () => {
  it.each([
    [-5 * SECOND, "<invalid>"],
    [-SECOND, "0s"],
    [0, "0s"],
    [119 * SECOND, "119s"],
    [2 * MINUTE, "2m"],
    [2 * MINUTE + 30 * SECOND, "2m30s"],
    [10 * MINUTE + 30 * SECOND, "10m"],
    [179 * MINUTE, "179m"],
    [3 * HOUR + 5 * MINUTE, "3h5m"],
    [8 * HOUR + 5 * MINUTE, "8h"],
    [47 * HOUR, "47h"],
    [2 * DAY + 3 * HOUR, "2d3h"],
    [8 * DAY + 3 * HOUR, "8d"],
    [729 * DAY, "729d"],
    [2 * 365 * DAY, "2y"],
    [2 * 365 * DAY + 40 * DAY, "2y40d"],
    [9 * 365 * DAY + 40 * DAY, "9y"],
  ])("of %d ms are %s", (duration, text) => {
    expect(humanDuration(duration)).toBe(text);
  });

  it("of nothing are unknown", () => {
    expect(ageOf(undefined, 0)).toBe("<unknown>");
  });
});
