import { describe, expect, test } from "vitest";
import { cyclonus } from "./cyclonus.ts";

describe(cyclonus.name, () => {
  const cases = [...cyclonus.run()];

  test("is complete", () => {
    expect([cases.length, cases.reduce((sum, one) => sum + one.verdicts, 0)]).toEqual([230, 109_956]);
  });

  test.each(cases)("$name", ({ wrong }) => {
    expect(wrong).toEqual([]);
  });
});
