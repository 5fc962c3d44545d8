import { expect, test } from "vitest";
import { processHost } from "./host.ts";

test("a fault in a timer or in deferred work is reported, and the process goes on", async () => {
  const reports: string[] = [];
  const host = processHost((error, context) => reports.push(`${context}: ${(error as Error).message}`));
  const fails = (message: string) => (): void => {
    throw new Error(message);
  };
  host.setTimer(0, fails("one"));
  host.defer(fails("two"));
  await new Promise<void>((resolve) => host.setTimer(1, resolve));
  expect(reports.sort()).toEqual(["a timer: one", "deferred work: two"]);
});

test("a timer that was cancelled does not fire", async () => {
  const host = processHost(() => {});
  let fired = 0;
  const cancel = host.setTimer(0, () => fired++);
  cancel();
  await new Promise<void>((resolve) => host.setTimer(1, resolve));
  expect(fired).toBe(0);
});
