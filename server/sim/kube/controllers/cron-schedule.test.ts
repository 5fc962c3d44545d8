import { describe, expect, it } from "vitest";
import { parseCron } from "./cron-schedule.ts";

const START = Date.UTC(2026, 0, 15, 10, 0, 30);
const next = (text: string, count = 3): readonly string[] => {
  const schedule = parseCron(text);
  const times: string[] = [];
  for (let at = schedule?.next(START); at !== undefined && times.length < count; at = schedule?.next(at)) {
    times.push(new Date(at).toISOString().slice(0, 19));
  }
  return times;
};

describe("a cron schedule", () => {
  it.each([
    ["*/20 * * * *", ["2026-01-15T10:20:00", "2026-01-15T10:40:00", "2026-01-15T11:00:00"]],
    ["0 3 * * *", ["2026-01-16T03:00:00", "2026-01-17T03:00:00", "2026-01-18T03:00:00"]],
    ["30 8 * * mon-wed", ["2026-01-19T08:30:00", "2026-01-20T08:30:00", "2026-01-21T08:30:00"]],
    ["0 0 31 * *", ["2026-01-31T00:00:00", "2026-03-31T00:00:00", "2026-05-31T00:00:00"]],
    ["@hourly", ["2026-01-15T11:00:00", "2026-01-15T12:00:00", "2026-01-15T13:00:00"]],
    ["@every 90s", ["2026-01-15T10:02:00", "2026-01-15T10:03:30", "2026-01-15T10:05:00"]],
  ])("%s is due at %j", (text, times) => {
    expect(next(text)).toEqual(times);
  });

  it("with a day of the month and a weekday is due on either", () => {
    expect(next("0 0 20 * fri")).toEqual(["2026-01-16T00:00:00", "2026-01-20T00:00:00", "2026-01-23T00:00:00"]);
  });

  it.each(["", "* * * *", "60 * * * *", "a * * * *", "5-2 * * * *", "@never"])("%j is none", (text) => {
    expect(parseCron(text)).toBeUndefined();
  });
});
