import { describe, expect, it } from "vitest";
import { createRealClock, createVirtualClock } from "./clock.ts";
import { createInterruption } from "./interruption.ts";
import { testHost } from "./testing/machine.ts";

describe("a virtual clock", () => {
  it("jumps over a long sleep without real waiting", async () => {
    const clock = createVirtualClock(testHost, 1000);
    const before = performance.now();
    await clock.sleep(3_600_000);
    expect(clock.now()).toBe(3_601_000);
    expect(performance.now() - before).toBeLessThan(200);
  });

  it("fires timers by time, equal ones in order of creation, and no cancelled one", async () => {
    const clock = createVirtualClock(testHost, 0);
    const fired: string[] = [];
    clock.setTimer(20, () => fired.push("c"));
    clock.setTimer(10, () => fired.push("a"));
    clock.setTimer(10, () => fired.push("b"));
    const cancel = clock.setTimer(15, () => fired.push("never"));
    cancel();
    cancel();
    await clock.sleep(30);
    expect(fired).toEqual(["a", "b", "c"]);
  });

  it("stands still while held work is under way", async () => {
    const clock = createVirtualClock(testHost, 0);
    let firedAt = -1;
    clock.setTimer(5, () => {
      firedAt = clock.now();
    });
    const work = new Promise<string>((resolve) => setTimeout(() => resolve("done"), 30));
    expect(await clock.hold(work)).toBe("done");
    expect(firedAt).toBe(-1);
    await clock.sleep(5);
    expect(firedAt).toBe(5);
  });

  it("runs until a given time and stands there", async () => {
    const clock = createVirtualClock(testHost, 0, { advance: "driven" });
    const fired: number[] = [];
    clock.setTimer(10, () => fired.push(clock.now()));
    clock.setTimer(100, () => fired.push(clock.now()));
    await clock.runUntil(50);
    expect([fired, clock.now()]).toEqual([[10], 50]);
    await clock.runUntil(100);
    expect([fired, clock.now()]).toEqual([[10, 100], 100]);
  });

  it("lets no time pass while it is driven and nobody drives", async () => {
    const clock = createVirtualClock(testHost, 0, { advance: "driven" });
    let isAwake = false;
    const sleeping = clock.sleep(1000).then(() => {
      isAwake = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(isAwake).toBe(false);
    await clock.drive(sleeping);
    expect([isAwake, clock.now()]).toEqual([true, 1000]);
  });

  it("gives a loop that only computes its time, so that it ends", async () => {
    const clock = createVirtualClock(testHost, 0);
    let turns = 0;
    while (clock.now() < 1000) {
      turns++;
      await clock.breathe();
    }
    expect(turns).toBe(100_000);
  });

  it("drops its timers when it is stopped", async () => {
    const clock = createVirtualClock(testHost, 0);
    let isFired = false;
    clock.setTimer(1, () => {
      isFired = true;
    });
    clock.stop();
    clock.setTimer(1, () => {
      isFired = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isFired).toBe(false);
  });

  it("rejects a sleep with the reason of its interruption", async () => {
    const clock = createVirtualClock(testHost, 0, { advance: "driven" });
    const { interruption, interrupt } = createInterruption();
    const sleeping = clock.sleep(1000, interruption);
    interrupt("enough");
    await expect(sleeping).rejects.toBe("enough");
  });

  it("keeps order when most of many timers are cancelled", async () => {
    const clock = createVirtualClock(testHost, 0);
    const fired: number[] = [];
    for (let i = 0; i < 1000; i++) {
      const cancel = clock.setTimer((i * 7919) % 1000, () => fired.push(clock.now()));
      if (i % 10 !== 0) cancel();
    }
    await clock.sleep(1000);
    expect(fired.length).toBe(100);
    expect(fired).toEqual([...fired].sort((a, b) => a - b));
  });
});

describe("a real clock", () => {
  it("follows the host at its scale with one host timer", async () => {
    let hostNow = 0;
    const armed: { delayMs: number; callback: () => void; isCancelled: boolean }[] = [];
    const clock = createRealClock(
      {
        now: () => hostNow,
        defer: testHost.defer,
        setTimer(delayMs, callback) {
          const timer = { delayMs, callback, isCancelled: false };
          armed.push(timer);
          return () => {
            timer.isCancelled = true;
          };
        },
      },
      5000,
    );
    const fired: string[] = [];
    clock.setTimer(1000, () => fired.push("late"));
    clock.setTimer(100, () => fired.push("early"));
    const live = (): typeof armed => armed.filter((timer) => !timer.isCancelled);
    expect(live().map((timer) => timer.delayMs)).toEqual([100]);
    hostNow = 100;
    live()[0]?.callback();
    expect(fired).toEqual(["early"]);
    clock.setScale(10);
    expect(live().at(-1)?.delayMs).toBe(90);
    hostNow = 190;
    expect(clock.now()).toBe(6000);
    live().at(-1)?.callback();
    expect(fired).toEqual(["early", "late"]);
  });

  it("lets other tasks run while a loop computes", async () => {
    const clock = createRealClock(testHost);
    const started = performance.now();
    let longestGapMs = 0;
    let last = started;
    let isRunning = true;
    const observe = (): void => {
      const now = performance.now();
      longestGapMs = Math.max(longestGapMs, now - last);
      last = now;
      if (isRunning) setImmediate(observe);
    };
    setImmediate(observe);
    const loops = [createRealClock(testHost), createRealClock(testHost), clock].map(async (one) => {
      while (performance.now() - started < 100) await one.breathe();
    });
    await Promise.all(loops);
    isRunning = false;
    expect(longestGapMs).toBeLessThan(60);
  });
});
