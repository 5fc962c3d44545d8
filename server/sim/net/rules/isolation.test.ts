/** Rules A1 and A2 of the NetworkPolicy semantics: isolation, composition, policyTypes. */
import { describe, expect, test } from "vitest";
import { PROFILE, SmallCluster } from "../testing/small-cluster.ts";

const FROM_B = [{ from: [{ podSelector: { matchLabels: { pod: "b" } } }] }];
const TO_B = [{ to: [{ podSelector: { matchLabels: { pod: "b" } } }] }];

describe("A1 isolation and composition", () => {
  test("rule 1: without a selecting policy every connection is allowed", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/other", { podSelector: { matchLabels: { pod: "nobody" } } });
    expect(cluster.reaches("y/a", "x/a")).toBe(true);
  });

  test("rule 2: a policy of the pod's own namespace that lists Ingress isolates it for ingress", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/deny", { podSelector: { matchLabels: { pod: "a" } }, policyTypes: ["Ingress"] });
    expect([cluster.reaches("y/a", "x/a"), cluster.reaches("y/a", "x/b")]).toEqual([false, true]);
  });

  test("rule 3: an ingress-only policy never limits what the pod sends", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/deny", { podSelector: {}, policyTypes: ["Ingress"] });
    expect(cluster.reaches("x/a", "y/a")).toBe(true);
  });

  test("rule 4: one rule of one policy is enough, whatever the order", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/z-deny", { podSelector: {}, policyTypes: ["Ingress"] });
    cluster.policy("x/allow", { podSelector: {}, ingress: FROM_B });
    expect([cluster.reaches("x/b", "x/a"), cluster.reaches("y/b", "x/a")]).toEqual([true, false]);
  });

  test("rule 5: both the source's egress and the destination's ingress must allow", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/egress", { podSelector: { matchLabels: { pod: "a" } }, policyTypes: ["Egress"], egress: TO_B });
    expect(cluster.reaches("x/a", "x/b")).toBe(true);
    cluster.policy("x/ingress", { podSelector: { matchLabels: { pod: "b" } }, policyTypes: ["Ingress"] });
    expect(cluster.reaches("x/a", "x/b")).toBe(false);
    expect(cluster.connect("x/a", "x/b").steps.find((step) => step.decides)?.at).toBe("ingress");
  });

  test("rule 6: a pod that may send nothing still answers an allowed connection", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/no-egress", { podSelector: { matchLabels: { pod: "a" } }, policyTypes: ["Egress"] });
    expect([cluster.reaches("y/a", "x/a"), cluster.reaches("x/a", "y/a")]).toEqual([true, false]);
  });

  test("rule 7: allow-all beside deny-all for the same pods allows", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/deny-all", { podSelector: {}, policyTypes: ["Ingress"] });
    cluster.policy("x/allow-all", { podSelector: {}, ingress: [{}] });
    expect(cluster.reaches("y/a", "x/a")).toBe(true);
  });

  test("rule 8: deleting the last selecting policy ends the isolation", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/deny", { podSelector: {} });
    expect(cluster.reaches("y/a", "x/a")).toBe(false);
    cluster.fabric.deletePolicy("x", "deny");
    expect(cluster.reaches("y/a", "x/a")).toBe(true);
  });

  test("rule 9: changes of a policy, a pod's labels and a namespace's labels act on new connections", () => {
    const cluster = SmallCluster.ofFour();
    const from = [
      {
        from: [
          { namespaceSelector: { matchLabels: { team: "one" } }, podSelector: { matchLabels: { role: "client" } } },
        ],
      },
    ];
    cluster.policy("x/only-clients", { podSelector: {}, ingress: from });
    expect(cluster.reaches("y/a", "x/a")).toBe(false);
    cluster.relabel("y/a", { role: "client" });
    expect(cluster.reaches("y/a", "x/a")).toBe(false);
    cluster.namespace("y", { team: "one" });
    expect(cluster.reaches("y/a", "x/a")).toBe(true);
    cluster.policy("x/only-clients", { podSelector: {} });
    expect(cluster.reaches("y/a", "x/a")).toBe(false);
  });

  test("rule 10: the same labels in another namespace are not selected", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/deny-a", { podSelector: { matchLabels: { pod: "a" } } });
    expect([cluster.reaches("x/b", "x/a"), cluster.reaches("x/b", "y/a")]).toEqual([false, true]);
  });

  test.each([[{}], [{ podSelector: {} }], [{ podSelector: null }], [null]])(
    "rule 11: spec %j selects all pods and denies ingress",
    (spec) => {
      const cluster = SmallCluster.ofFour();
      cluster.policy("x/empty", spec);
      expect([cluster.reaches("y/a", "x/a"), cluster.reaches("x/a", "y/a")]).toEqual([false, true]);
    },
  );

  test("rule 12: a network plugin that does not enforce lets everything pass", () => {
    const cluster = SmallCluster.ofFour({ enforcesPolicies: false });
    cluster.policy("x/deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    const flow = cluster.connect("y/a", "x/a");
    expect(flow.outcome).toBe("connected");
    expect(flow.steps).toContainEqual({
      at: "ingress",
      pod: "x/a",
      decision: { isAllowed: true, isIsolated: true, selectedBy: ["x/deny"], exempt: "plugin-does-not-enforce" },
    });
    cluster.fabric.profile = PROFILE;
    expect(cluster.reaches("y/a", "x/a")).toBe(false);
  });

  test("rule 13: a policy acts at once, and on new pods from their first packet", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/deny", { podSelector: { matchLabels: { app: "new" } } });
    cluster.pod("x/new", { labels: { app: "new" } });
    expect(cluster.reaches("y/a", "x/new")).toBe(false);
  });

  test("rule 14: all containers of a pod share its verdict", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/only-8080", { podSelector: {}, ingress: [{ ports: [{ port: 8080 }] }] });
    expect([cluster.reaches("y/a", "x/a", 8080), cluster.reaches("y/a", "x/a", 15001)]).toEqual([true, false]);
  });
});

describe("A2 policyTypes", () => {
  const both = (spec: Parameters<SmallCluster["policy"]>[1]) => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/p", spec);
    return { ingress: cluster.reaches("y/a", "x/a"), egress: cluster.reaches("x/a", "y/a") };
  };

  test("rule 15: without policyTypes Egress is added by an egress rule, not by an empty list", () => {
    expect(both({ egress: [] })).toEqual({ ingress: false, egress: true });
    expect(both({ policyTypes: [], egress: TO_B })).toEqual({ ingress: false, egress: false });
    expect(both({ policyTypes: null })).toEqual({ ingress: false, egress: true });
  });

  test("rule 16: an egress-only policy without policyTypes isolates ingress as well", () => {
    expect(both({ podSelector: {}, egress: [{}] })).toEqual({ ingress: false, egress: true });
  });

  test("rule 17: ingress rules under policyTypes [Egress] are ignored and isolate nothing", () => {
    expect(both({ policyTypes: ["Egress"], ingress: [] })).toEqual({ ingress: true, egress: false });
  });

  test("rule 18: both types without rules deny both directions", () => {
    expect(both({ policyTypes: ["Ingress", "Egress"] })).toEqual({ ingress: false, egress: false });
  });

  test("rule 19: stored defaults mean the same as none", () => {
    expect(both({ policyTypes: ["Ingress"] })).toEqual(both({}));
    const stored = both({ policyTypes: ["Ingress"], ingress: [{ ports: [{ protocol: "TCP", port: 80 }] }] });
    expect(both({ ingress: [{ ports: [{ port: 80 }] }] })).toEqual(stored);
  });
});
