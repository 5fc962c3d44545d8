import { describe, expect, test } from "vitest";
import { randomClusterPolicies, randomNetworkPolicies } from "./random-clusters.ts";

describe.each([
  [randomNetworkPolicies, 200],
  [randomClusterPolicies, 60],
])("$name", (suite, size) => {
  const cases = [...suite.run()];

  test("is complete", () => {
    expect(cases.length).toBe(size);
  });

  test.each(cases)("$name", ({ wrong }) => {
    expect(wrong).toEqual([]);
  });
});
