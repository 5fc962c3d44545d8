/** Rules A13 of the semantics: ClusterNetworkPolicy v1alpha2 and its order around NetworkPolicy. */
import { describe, expect, test } from "vitest";
import { NODE_ADDRESSES, SmallCluster } from "../testing/small-cluster.ts";
import type { ClusterNetworkPolicy } from "../cluster-policy-types.ts";

type Spec = ClusterNetworkPolicy["spec"];
type Rule = NonNullable<Spec["ingress"]>[number];

const EVERY_NAMESPACE = { namespaces: {} };
const X = { namespaces: { matchLabels: { ns: "x" } } };

function ingress(action: string, extra: Partial<Rule> = {}): Rule {
  return { action, from: [EVERY_NAMESPACE], ...extra };
}

function egress(action: string, extra: Partial<Rule> = {}): Rule {
  return { action, to: [EVERY_NAMESPACE], ...extra };
}

function spec(tier: "Admin" | "Baseline", rules: Partial<Spec>, priority = 10): Spec {
  return { tier, priority, subject: X, ...rules };
}

const DENY_ALL = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
const ALLOW_ALL = { podSelector: {}, ingress: [{}] };

describe("A13 ClusterNetworkPolicy", () => {
  test("rules 127, 128: Admin comes before NetworkPolicy, Baseline after it, then everything is allowed", () => {
    const cluster = SmallCluster.ofFour();
    cluster.clusterPolicy("base", spec("Baseline", { ingress: [ingress("Deny")] }));
    expect(cluster.reaches("y/a", "x/a")).toBe(false);
    cluster.policy("x/p", ALLOW_ALL);
    expect(cluster.reaches("y/a", "x/a")).toBe(true);
    cluster.clusterPolicy("admin", spec("Admin", { ingress: [ingress("Deny")] }));
    expect(cluster.reaches("y/a", "x/a")).toBe(false);
    cluster.clusterPolicy("admin", spec("Admin", { ingress: [ingress("Accept")] }));
    cluster.policy("x/p", DENY_ALL);
    expect(cluster.reaches("y/a", "x/a")).toBe(true);
    for (const name of ["admin", "base"]) cluster.fabric.deleteClusterPolicy(name);
    cluster.fabric.deletePolicy("x", "p");
    expect(cluster.reaches("y/a", "x/a")).toBe(true);
  });

  test("rule 129: the lower priority number is asked first", () => {
    const cluster = SmallCluster.ofFour();
    cluster.clusterPolicy("a", spec("Admin", { ingress: [ingress("Deny")] }, 20));
    cluster.clusterPolicy("b", spec("Admin", { ingress: [ingress("Accept")] }, 5));
    expect(cluster.reaches("y/a", "x/a")).toBe(true);
    cluster.clusterPolicy("b", spec("Admin", { ingress: [ingress("Accept")] }, 30));
    expect(cluster.reaches("y/a", "x/a")).toBe(false);
  });

  test("rule 130: the first matching rule counts, and Pass leaves the tier", () => {
    const cluster = SmallCluster.ofFour();
    const fromB = { from: [{ pods: { podSelector: { matchLabels: { pod: "b" } } } }] };
    cluster.clusterPolicy("a", spec("Admin", { ingress: [ingress("Pass", fromB), ingress("Deny")] }));
    expect([cluster.reaches("y/b", "x/a"), cluster.reaches("y/a", "x/a")]).toEqual([true, false]);
    cluster.policy("x/p", DENY_ALL);
    expect(cluster.reaches("y/b", "x/a")).toBe(false);
  });

  test("rule 131: Baseline applies where no NetworkPolicy isolates this direction", () => {
    const cluster = SmallCluster.ofFour();
    cluster.clusterPolicy("base", spec("Baseline", { ingress: [ingress("Deny")], egress: [egress("Deny")] }));
    cluster.policy("x/p", { podSelector: {}, policyTypes: ["Ingress"], ingress: [{}] });
    expect([cluster.reaches("y/a", "x/a"), cluster.reaches("x/a", "y/a")]).toEqual([true, false]);
  });

  test("rule 132: without rules for a direction nothing is isolated", () => {
    const cluster = SmallCluster.ofFour();
    cluster.clusterPolicy("a", spec("Admin", { ingress: [] }));
    expect(cluster.reaches("y/a", "x/a")).toBe(true);
  });

  test("rule 133: a subject is pods or namespaces and never a hostNetwork pod; nodes are egress peers", () => {
    const cluster = SmallCluster.ofFour();
    const pods = { podSelector: { matchLabels: { pod: "a" } } };
    cluster.clusterPolicy("a", { ...spec("Admin", { ingress: [ingress("Deny")] }), subject: { pods } });
    expect([cluster.reaches("y/b", "x/a"), cluster.reaches("y/b", "x/b")]).toEqual([false, true]);
    const n2 = { nodes: { matchLabels: { "kubernetes.io/hostname": "n2" } } };
    cluster.clusterPolicy("a", spec("Admin", { egress: [egress("Deny", { to: [n2] })] }));
    const reached = (["n1", "n2"] as const).filter((node) => cluster.reaches("x/a", NODE_ADDRESSES[node]));
    expect(reached).toEqual(["n1"]);
  });

  test("rule 134: networks match pods too, in every profile, and cover ICMP", () => {
    const cluster = SmallCluster.ofFour({ ipBlockMatchesPods: false });
    cluster.clusterPolicy("a", spec("Admin", { egress: [egress("Deny", { to: [{ networks: ["10.244.0.0/16"] }] })] }));
    expect([cluster.reaches("x/a", "y/a"), cluster.ping("x/a", "y/a")]).toEqual([false, false]);
  });

  test("rule 135: a peer of an unknown kind makes Deny match everything and Accept nothing", () => {
    const peers = [{ galaxies: {} }] as unknown as Rule["from"];
    const outcome = (action: string) => {
      const cluster = SmallCluster.ofFour();
      cluster.clusterPolicy("a", spec("Admin", { ingress: [ingress(action, { from: peers ?? null })] }));
      cluster.clusterPolicy("b", spec("Admin", { ingress: [ingress("Deny")] }, 20));
      return cluster.reaches("y/a", "x/a");
    };
    expect([outcome("Accept"), outcome("Deny"), outcome("Pass")]).toEqual([false, false, true]);
  });

  test("rule 136: a pod's own address is exempt, its Service is not", () => {
    const cluster = SmallCluster.ofFour();
    const endpoints = [{ address: cluster.address("x/a"), port: 80 }];
    cluster.service("x/web", {
      addresses: ["10.96.0.10"],
      ports: [{ name: "", protocol: "TCP", port: 80, endpoints }],
    });
    cluster.clusterPolicy("a", spec("Admin", { ingress: [ingress("Deny")] }));
    expect([cluster.outcome("x/a", "x/a"), cluster.outcome("x/a", "10.96.0.10")]).toEqual(["connected", "dropped"]);
  });

  test("rule 137: equal priorities go by name, so that answers stay the same", () => {
    const cluster = SmallCluster.ofFour();
    cluster.clusterPolicy("z", spec("Admin", { ingress: [ingress("Deny")] }));
    cluster.clusterPolicy("a", spec("Admin", { ingress: [ingress("Accept")] }));
    expect(cluster.reaches("y/a", "x/a")).toBe(true);
  });

  test("the own node is exempt from NetworkPolicy, not from egress rules of a tier", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/p", DENY_ALL);
    expect(cluster.reaches("x/a", NODE_ADDRESSES.n1)).toBe(true);
    cluster.clusterPolicy("a", spec("Admin", { egress: [egress("Deny", { to: [{ nodes: {} }] })] }));
    expect(cluster.reaches("x/a", NODE_ADDRESSES.n1)).toBe(false);
    expect(cluster.reaches("node:n1", "x/a")).toBe(true);
  });

  test("ports: numbers, ranges and names with the packet's own protocol", () => {
    const open = (protocols: Rule["protocols"]) => {
      const cluster = SmallCluster.ofFour();
      cluster.pod("x/a", { ports: [{ name: "dns", containerPort: 53, protocol: "UDP" }] });
      const rules = [ingress("Accept", { protocols: protocols ?? null }), ingress("Deny")];
      cluster.clusterPolicy("a", spec("Admin", { ingress: rules }));
      return (["TCP", "UDP"] as const).flatMap((protocol) =>
        [53, 80, 81]
          .filter((port) => cluster.reaches("y/a", "x/a", port, protocol))
          .map((port) => `${port}/${protocol}`),
      );
    };
    expect(open([{ tcp: { destinationPort: { number: 80 } } }])).toEqual(["80/TCP"]);
    expect(open([{ tcp: { destinationPort: { range: { start: 80, end: 81 } } } }])).toEqual(["80/TCP", "81/TCP"]);
    expect(open([{ destinationNamedPort: "dns" }])).toEqual(["53/UDP"]);
  });
});
