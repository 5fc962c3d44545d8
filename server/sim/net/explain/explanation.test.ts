import { describe, expect, test } from "vitest";
import type { Failure, RuleExplanation } from "./explanation.ts";
import { SmallCluster } from "../testing/small-cluster.ts";
import type { PolicyRule } from "../types.ts";

function explainIngress(rules: readonly PolicyRule[], from = "y/a", port = 80): readonly RuleExplanation[] {
  const cluster = SmallCluster.ofFour();
  cluster.external("far", "8.8.8.8");
  cluster.policy("x/p", { podSelector: {}, ingress: rules });
  const { ingress } = cluster.fabric.explain(cluster.connect(from, "x/a", port));
  return ingress?.policies[0]?.rules ?? [];
}

function failureOf(rule: PolicyRule, from?: string, port?: number): Failure | null | undefined {
  return explainIngress([rule], from, port)[0]?.failure;
}

describe("the first field that failed", () => {
  test("a namespace label", () => {
    const namespaceSelector = { matchLabels: { ns: "z" } };
    expect(failureOf({ from: [{ namespaceSelector, podSelector: { matchLabels: { pod: "b" } } }] })).toEqual({
      field: "namespaceLabel",
      path: "spec.ingress[0].from[0].namespaceSelector.matchLabels.ns",
      wanted: "ns=z",
      found: "namespace y has ns=y",
    });
  });

  test("a pod label, at the expression that failed", () => {
    const podSelector = {
      matchLabels: { pod: "a" },
      matchExpressions: [
        { key: "pod", operator: "Exists" },
        { key: "role", operator: "In", values: ["client", "admin"] },
      ],
    };
    expect(failureOf({ from: [{ namespaceSelector: {}, podSelector }] })).toEqual({
      field: "podLabel",
      path: "spec.ingress[0].from[0].podSelector.matchExpressions[1]",
      wanted: "role in (client,admin)",
      found: "pod y/a has no label role",
    });
  });

  test("the own namespace, which a podSelector alone means", () => {
    expect(failureOf({ from: [{ podSelector: { matchLabels: { pod: "a" } } }] })).toEqual({
      field: "namespace",
      path: "spec.ingress[0].from[0].podSelector",
      wanted: "namespace x",
      found: "namespace y",
    });
  });

  test("a selector where the other end is no pod", () => {
    expect(failureOf({ from: [{ namespaceSelector: {} }] }, "external:far")?.field).toBe("notAPod");
    expect(failureOf({ from: [{ namespaceSelector: {} }] }, "node:n2")).toEqual({
      field: "notAPod",
      path: "spec.ingress[0].from[0]",
      wanted: "a pod",
      found: "172.18.0.3 counts as a node's address",
    });
  });

  test("a CIDR and an exception", () => {
    expect(failureOf({ from: [{ ipBlock: { cidr: "9.0.0.0/8" } }] }, "external:far")).toEqual({
      field: "cidr",
      path: "spec.ingress[0].from[0].ipBlock.cidr",
      wanted: "9.0.0.0/8",
      found: "8.8.8.8",
    });
    const ipBlock = { cidr: "0.0.0.0/0", except: ["9.0.0.0/8", "8.8.0.0/16"] };
    expect(failureOf({ from: [{ ipBlock }] }, "external:far")).toEqual({
      field: "except",
      path: "spec.ingress[0].from[0].ipBlock.except[1]",
      wanted: "not 8.8.0.0/16",
      found: "8.8.8.8",
    });
  });

  test("a protocol, a port, a range and a name", () => {
    expect(failureOf({ ports: [{ port: 80, protocol: "UDP" }] })).toEqual({
      field: "protocol",
      path: "spec.ingress[0].ports[0].protocol",
      wanted: "UDP",
      found: "TCP",
    });
    expect(failureOf({ ports: [{ port: 81 }] })?.path).toBe("spec.ingress[0].ports[0].port");
    expect(failureOf({ ports: [{ port: 81, endPort: 90 }] })).toMatchObject({ wanted: "81–90", found: "80" });
    expect(failureOf({ ports: [{ port: "web" }] })).toMatchObject({
      wanted: "the port named web",
      found: "x/a declares no TCP port named web",
    });
  });

  test("ping against a rule with ports", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/p", { ingress: [{ ports: [{ port: 80 }] }] });
    const { ingress } = cluster.fabric.explain(cluster.connect("y/a", "x/a", 0, "ICMP"));
    expect(ingress?.policies[0]?.rules[0]?.failure).toMatchObject({ field: "protocol", found: "ICMP" });
  });

  test("is that of the peer that came closest, and every peer is reported", () => {
    const rules = explainIngress([
      {
        from: [
          { namespaceSelector: { matchLabels: { ns: "z" } } },
          { namespaceSelector: { matchLabels: { ns: "y" } }, podSelector: { matchLabels: { pod: "b" } } },
        ],
        ports: [{ port: 80 }],
      },
    ]);
    expect(rules[0]?.failure?.path).toBe("spec.ingress[0].from[1].podSelector.matchLabels.pod");
    expect(rules[0]?.peers?.map((peer) => peer.failure?.field)).toEqual(["namespaceLabel", "podLabel"]);
    expect(rules[0]?.ports).toEqual([{ path: "spec.ingress[0].ports[0]", failure: null }]);
  });
});

describe("a journey", () => {
  function shop(): SmallCluster {
    const cluster = SmallCluster.ofFour();
    cluster.pod("x/a", { ports: [{ name: "http", containerPort: 8080 }] });
    const endpoints = [{ address: cluster.address("x/a"), port: 8080 }];
    cluster.service("x/web", {
      addresses: ["10.96.0.10"],
      ports: [{ name: "", protocol: "TCP", port: 80, endpoints }],
    });
    return cluster;
  }

  test("is told station by station, with the place of each failure", () => {
    const cluster = shop();
    cluster.policy("x/deny", { podSelector: {} });
    const client = {
      podSelector: { matchLabels: { role: "client" } },
      namespaceSelector: { matchLabels: { ns: "y" } },
    };
    cluster.policy("x/web", { podSelector: { matchLabels: { pod: "a" } }, ingress: [{ from: [client] }] });
    const journey = cluster.fabric.explain(
      cluster.fabric.connect({
        source: "pod:y/b",
        address: "10.96.0.10",
        port: 80,
        protocol: "TCP",
        requestedName: "web.x",
      }),
    );
    expect(journey.flow.steps.map(({ at }) => at)).toEqual(["service", "egress", "ingress"]);
    expect(journey.flow).toMatchObject({ requestedName: "web.x", outcome: "dropped", destination: "pod:x/a" });
    expect(journey.egress).toMatchObject({ end: "y/b", decision: { isAllowed: true, isIsolated: false } });
    expect(journey.ingress).toMatchObject({ end: "x/a", decision: { isAllowed: false, isIsolated: true } });
    expect(journey.ingress?.policies.map(({ policy, rules }) => [policy, rules.map((rule) => rule.failure)])).toEqual([
      ["x/deny", []],
      [
        "x/web",
        [
          {
            field: "podLabel",
            path: "spec.ingress[0].from[0].podSelector.matchLabels.role",
            wanted: "role=client",
            found: "pod y/b has no label role",
          },
        ],
      ],
    ]);
  });

  test("advises about the Service's port where only that is wrong", () => {
    const cluster = shop();
    cluster.policy("x/p", { ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 80 }] }] });
    const { advice } = cluster.fabric.explain(cluster.connect("y/a", "10.96.0.10"));
    expect(advice).toEqual([
      {
        id: "service-port-in-policy",
        text: "The Service port is 80, the pod listens on 8080: policies see 8080.",
        policy: "x/p",
        path: "spec.ingress[0].ports[0].port",
      },
    ]);
    cluster.policy("x/p", { ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }] });
    expect(cluster.fabric.explain(cluster.connect("y/a", "10.96.0.10")).advice).toEqual([]);
  });

  test("advises about the Service's address, the namespace's name and the default protocol", () => {
    const ids = (spec: Parameters<SmallCluster["policy"]>[1], policy: string, protocol: "TCP" | "UDP" = "TCP") => {
      const cluster = shop();
      cluster.policy(policy, spec);
      const address = protocol === "UDP" ? "x/a" : "10.96.0.10";
      return cluster.fabric.explain(cluster.connect("y/a", address, 80, protocol)).advice.map((one) => one.id);
    };
    const egress = [{ to: [{ ipBlock: { cidr: "10.96.0.10/32" } }] }];
    expect(ids({ policyTypes: ["Egress"], egress }, "y/p")).toEqual(["service-address-in-policy"]);
    const byName = [{ from: [{ namespaceSelector: { matchLabels: { name: "y" } } }] }];
    expect(ids({ ingress: byName }, "x/p")).toEqual(["namespace-name-label"]);
    expect(ids({ ingress: [{ ports: [{ port: 80 }] }] }, "x/p", "UDP")).toEqual(["protocol-defaults-to-tcp"]);
  });

  test("looks ahead to the side that would stop the packet next", () => {
    const cluster = shop();
    cluster.policy("x/in", { podSelector: {} });
    cluster.policy("y/out", { podSelector: {}, policyTypes: ["Egress"] });
    const journey = cluster.fabric.explain(cluster.connect("y/a", "10.96.0.10"));
    expect(journey.flow.steps.map(({ at }) => at)).toEqual(["service", "egress"]);
    const verdicts = [journey.egress, journey.ingress].map((side) => [side?.end, side?.decision.isAllowed]);
    expect(verdicts).toEqual([
      ["y/a", false],
      ["x/a", false],
    ]);
    expect(journey.advice.map((one) => one.id)).toEqual(["other-side-denies"]);
  });

  test("says what is wrong beside policies: no endpoints, no such port, nobody listens", () => {
    const cluster = shop();
    cluster.pod("x/b", { listens: [] });
    cluster.service("x/none", {
      addresses: ["10.96.0.11"],
      ports: [{ name: "", protocol: "TCP", port: 80, endpoints: [] }],
    });
    const ids = [
      cluster.connect("y/a", "10.96.0.11"),
      cluster.connect("y/a", "10.96.0.10", 81),
      cluster.connect("y/a", "x/b"),
      cluster.connect("y/a", "10.96.0.10"),
    ].map((flow) => cluster.fabric.explain(flow).advice.map((one) => one.id));
    expect(ids).toEqual([["no-ready-endpoints"], ["wrong-service-port"], ["nobody-listens"], []]);
  });

  test("of a ClusterNetworkPolicy names the tier and stops at the rule that decided", () => {
    const cluster = shop();
    const from = [{ namespaces: { matchLabels: { ns: "y" } } }];
    const rules = [
      { name: "other", action: "Accept", from: [{ namespaces: { matchLabels: { ns: "z" } } }] },
      { name: "no-y", action: "Deny", from },
      { name: "late", action: "Accept", from },
    ];
    cluster.clusterPolicy("guard", { tier: "Admin", priority: 1, subject: { namespaces: {} }, ingress: rules });
    const { ingress } = cluster.fabric.explain(cluster.connect("y/a", "x/a"));
    expect(ingress?.decision).toMatchObject({
      isAllowed: false,
      decidedBy: { tier: "Admin", policy: "guard", rule: 1, action: "Deny" },
    });
    const [policy] = ingress?.policies ?? [];
    expect(policy?.rules.map(({ name, action, matches, isTried }) => [name, action, matches, isTried])).toEqual([
      ["other", "Accept", false, true],
      ["no-y", "Deny", true, true],
      ["late", "Accept", true, false],
    ]);
    expect(policy?.rules[0]?.failure).toMatchObject({
      path: "spec.ingress[0].from[0].namespaces.matchLabels.ns",
      wanted: "ns=z",
      found: "namespace y has ns=y",
    });
  });
});
