import { describe, expect, test } from "vitest";
import { kubernetesE2e } from "./kubernetes-e2e.ts";

describe(kubernetesE2e.name, () => {
  const cases = [...kubernetesE2e.run()];

  test("is complete", () => {
    expect([cases.length, cases.reduce((sum, one) => sum + one.verdicts, 0)]).toEqual([49, 508]);
  });

  test.each(cases)("$name", ({ wrong }) => {
    expect(wrong).toEqual([]);
  });
});
