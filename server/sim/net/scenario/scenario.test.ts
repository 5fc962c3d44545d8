import { expect, test } from "vitest";
import { evaluateList, type PolicyScenario } from "./scenario.ts";

const scenario = (
  overrides: Partial<PolicyScenario["cluster"]>,
  list: [string, string, number, string][],
): PolicyScenario => ({
  format: "netpol-scenario/1",
  cluster: {
    namespaces: [{ name: "x" }],
    pods: [
      { ns: "x", name: "a", ip: "fd00::1", node: "n1", nodeIP: "fd00:1::1", labels: { app: "a" } },
      { ns: "x", name: "b", ip: "fd00::2", node: "n2", nodeIP: "fd00:1::2" },
    ],
    policies: [],
    ...overrides,
  },
  queries: { list },
});

test("packets to and from IPv6 addresses are compared with IPv6 blocks", () => {
  const ingress = [{ from: [{ ipBlock: { cidr: "2001:db8::/32" } }] }];
  const policies = [
    { metadata: { name: "p", namespace: "x" }, spec: { podSelector: { matchLabels: { app: "a" } }, ingress } },
  ];
  expect(
    evaluateList(
      scenario({ policies }, [
        ["2001:db8::9", "x/a", 80, "TCP"],
        ["2001:db9::9", "x/a", 80, "TCP"],
        ["x/b", "x/a", 80, "TCP"],
        ["fd00:1::1", "x/a", 80, "TCP"],
      ]),
    ),
  ).toBe("1001");
});

test("a query for a pod that is not there is refused", () => {
  expect(() => evaluateList(scenario({}, [["x/c", "x/a", 80, "TCP"]]))).toThrow("no pod x/c in the scenario");
  expect(() => evaluateList(scenario({}, [["x/b", "x/a", 80, "ARP"]]))).toThrow("unknown protocol ARP");
});
