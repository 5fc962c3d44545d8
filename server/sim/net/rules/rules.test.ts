/** Rules A3 of the NetworkPolicy semantics: what empty, null and absent mean in rules and peers. */
import { describe, expect, test } from "vitest";
import { SmallCluster } from "../testing/small-cluster.ts";
import type { NetworkPolicy, PolicyPeer } from "../types.ts";

type Ingress = NonNullable<NonNullable<NetworkPolicy["spec"]>["ingress"]>;

/** Who of everybody reaches x/a on a port under these ingress rules for all of x. */
function clients(ingress: Ingress | null | undefined, port = 80): string[] {
  const cluster = SmallCluster.ofFour();
  cluster.external("host", "203.0.113.9");
  cluster.policy("x/p", { podSelector: {}, policyTypes: ["Ingress"], ingress: ingress ?? null });
  const all = ["x/b", "y/a", "y/b", "node:n2", "external:host"];
  return all.filter((client) => cluster.reaches(client, "x/a", port));
}

const from = (...peers: PolicyPeer[]) => clients([{ from: peers }]);

describe("A3 rules", () => {
  test("rule 20: absent, null and empty ingress all mean that nothing is allowed", () => {
    expect([clients(undefined), clients(null), clients([])]).toEqual([[], [], []]);
  });

  test("rule 21: one empty rule allows everything", () => {
    expect(clients([{}])).toEqual(["x/b", "y/a", "y/b", "node:n2", "external:host"]);
    expect(clients([null])).toEqual(clients([{}]));
  });

  test("rule 22: an absent, null or empty from is every source", () => {
    for (const rule of [{}, { from: null }, { from: [] }]) expect(clients([rule])).toEqual(clients([{}]));
  });

  test("rule 23: absent, null or empty ports are every port and protocol", () => {
    for (const ports of [undefined, null, []]) {
      const cluster = SmallCluster.ofFour();
      cluster.policy("x/p", { ingress: [{ ports: ports ?? null }] });
      const passes = (["TCP", "UDP", "SCTP"] as const).map((protocol) => cluster.reaches("y/a", "x/a", 7, protocol));
      expect([...passes, cluster.ping("y/a", "x/a")]).toEqual([true, true, true, true]);
    }
  });

  test("rules 24, 25: an entry without port is every port of its protocol, TCP by default", () => {
    const allowed = (ports: { protocol?: string }[]) => {
      const cluster = SmallCluster.ofFour();
      cluster.policy("x/p", { ingress: [{ ports }] });
      return (["TCP", "UDP", "SCTP"] as const).filter((protocol) => cluster.reaches("y/a", "x/a", 7, protocol));
    };
    expect(allowed([{}])).toEqual(["TCP"]);
    expect(allowed([{ protocol: "UDP" }])).toEqual(["UDP"]);
  });

  test("rule 26: peers and ports of one rule must both match; each list is a union", () => {
    const rule = {
      from: [{ podSelector: { matchLabels: { pod: "b" } } }, { namespaceSelector: { matchLabels: { ns: "y" } } }],
      ports: [{ port: 80 }, { port: 81 }],
    };
    expect([clients([rule], 80), clients([rule], 81), clients([rule], 82)]).toEqual([
      ["x/b", "y/a", "y/b"],
      ["x/b", "y/a", "y/b"],
      [],
    ]);
  });

  test("rule 27: different rules do not combine", () => {
    const rules = [
      { from: [{ podSelector: {} }], ports: [{ port: 80 }] },
      { from: [{ namespaceSelector: { matchLabels: { ns: "y" } } }], ports: [{ port: 81 }] },
    ];
    expect([clients(rules, 80), clients(rules, 81)]).toEqual([["x/b"], ["y/a", "y/b"]]);
  });

  test("rules 28, 35: an empty peer, which validation rejects, matches nobody", () => {
    expect(from({})).toEqual([]);
  });

  test("rule 29: both selectors in one entry are required both; in two entries either suffices", () => {
    const namespaceSelector = { matchLabels: { ns: "y" } };
    const podSelector = { matchLabels: { pod: "b" } };
    expect(from({ namespaceSelector, podSelector })).toEqual(["y/b"]);
    expect(from({ namespaceSelector }, { podSelector })).toEqual(["x/b", "y/a", "y/b"]);
  });

  test("rules 30, 31: a podSelector alone means pods of the policy's own namespace", () => {
    expect(from({ podSelector: {} })).toEqual(["x/b"]);
    expect(from({ podSelector: { matchLabels: { pod: "b" } } })).toEqual(["x/b"]);
  });

  test("rules 32, 36: an empty namespaceSelector is all pods, and neither nodes nor outside hosts", () => {
    expect(from({ namespaceSelector: {} })).toEqual(["x/b", "y/a", "y/b"]);
  });

  test("rules 33, 34: a namespaceSelector alone is all pods there, not those of the own namespace", () => {
    const namespaceSelector = { matchLabels: { ns: "y" } };
    expect(from({ namespaceSelector })).toEqual(["y/a", "y/b"]);
    expect(from({ namespaceSelector, podSelector: {} })).toEqual(["y/a", "y/b"]);
    expect(from({ namespaceSelector, podSelector: null })).toEqual(["y/a", "y/b"]);
  });
});
