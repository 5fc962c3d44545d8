/** Small random clusters with the verdict of every listed connection, NetworkPolicy alone and with ClusterNetworkPolicy. */
import { evaluateList, type PolicyScenario } from "../../server/sim/net/scenario/scenario.ts";
import { readFixture, type Suite, type SuiteCase } from "./suite.ts";

function runScenario(scenario: PolicyScenario): SuiteCase {
  const actual = evaluateList(scenario);
  const expected = scenario.expected ?? "";
  const list = scenario.queries?.list ?? [];
  const wrong = list.flatMap((query, i) =>
    actual[i] === expected[i] ? [] : [`${query.join(" ")}: ${actual[i]}, not ${expected[i]}`],
  );
  return { name: scenario.id ?? "", verdicts: list.length, wrong };
}

function randomSuite(name: string, file: string, source: string): Suite {
  return {
    name,
    source,
    test: "test/conformance/random-clusters.test.ts",
    *run() {
      for (const line of readFixture(file).trim().split("\n")) yield runScenario(JSON.parse(line) as PolicyScenario);
    },
  };
}

export const randomNetworkPolicies = randomSuite(
  "Random clusters, NetworkPolicy",
  "netpol-random-sample.jsonl.gz",
  "200 generated clusters, verdicts of an independent evaluator",
);

export const randomClusterPolicies = randomSuite(
  "Random clusters, ClusterNetworkPolicy",
  "cnp-random-sample.jsonl.gz",
  "60 generated clusters, verdicts of an independent evaluator",
);
