import { describe, expect, test } from "vitest";
import { clusterNetworkPolicy } from "./cluster-network-policy.ts";

describe(clusterNetworkPolicy.name, () => {
  const cases = [...clusterNetworkPolicy.run()];

  test("is complete", () => {
    expect([cases.length, cases.reduce((sum, one) => sum + one.verdicts, 0)]).toEqual([24, 301]);
  });

  test.each(cases)("$name", ({ wrong }) => {
    expect(wrong).toEqual([]);
  });
});
