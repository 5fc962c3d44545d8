/** Rules A11 and A12 of the NetworkPolicy semantics: what a client sees, and what policies cannot do. */
import { describe, expect, test } from "vitest";
import { SmallCluster } from "../testing/small-cluster.ts";

describe("A11 outcomes", () => {
  test("rule 118: denied is a silent drop; a profile may reject", () => {
    const outcome = (denial: "drop" | "reject") => {
      const cluster = SmallCluster.ofFour({ denial });
      cluster.policy("x/p", { podSelector: {} });
      return cluster.outcome("y/a", "x/a");
    };
    expect([outcome("drop"), outcome("reject")]).toEqual(["dropped", "refused"]);
  });

  test("rule 119: refused means allowed and nobody listens, or a Service without endpoints", () => {
    const cluster = SmallCluster.ofFour();
    cluster.pod("x/a", { listens: [80] });
    expect([cluster.outcome("y/a", "x/a", 80), cluster.outcome("y/a", "x/a", 81)]).toEqual(["connected", "refused"]);
    cluster.policy("x/p", { podSelector: {} });
    expect(cluster.outcome("y/a", "x/a", 81)).toBe("dropped");
  });

  test("rules 120, 121: a denial on either side looks the same, for TCP and for UDP", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/in", { podSelector: {} });
    const byIngress = [cluster.outcome("y/a", "x/a"), cluster.outcome("y/a", "x/a", 53, "UDP")];
    cluster.fabric.deletePolicy("x", "in");
    cluster.policy("y/out", { podSelector: {}, policyTypes: ["Egress"] });
    const byEgress = [cluster.outcome("y/a", "x/a"), cluster.outcome("y/a", "x/a", 53, "UDP")];
    expect([byIngress, byEgress]).toEqual([
      ["dropped", "dropped"],
      ["dropped", "dropped"],
    ]);
  });

  const DNS_IP = "10.96.0.10";

  function withDns(): SmallCluster {
    const cluster = SmallCluster.ofFour();
    cluster.pod("kube-system/coredns", { labels: { "k8s-app": "kube-dns" } });
    const endpoints = [{ address: cluster.address("kube-system/coredns"), port: 53 }];
    const ports = (["UDP", "TCP"] as const).map((protocol) => ({ name: protocol, protocol, port: 53, endpoints }));
    cluster.service("kube-system/kube-dns", { addresses: [DNS_IP], ports });
    return cluster;
  }

  test("rules 122, 124: isolating egress cuts DNS, not connections by address that are allowed", () => {
    const cluster = withDns();
    cluster.policy("x/p", {
      policyTypes: ["Egress"],
      egress: [{ to: [{ namespaceSelector: { matchLabels: { ns: "y" } } }] }],
    });
    expect([cluster.outcome("x/a", DNS_IP, 53, "UDP"), cluster.outcome("x/a", "y/a")]).toEqual([
      "dropped",
      "connected",
    ]);
    const { advice } = cluster.fabric.explain(cluster.connect("x/a", DNS_IP, 53, "UDP"));
    expect(advice.map((one) => one.id)).toContain("dns-cut-off");
  });

  test("rule 123: DNS comes back by its pods and both protocols, not by the Service's address", () => {
    const cluster = withDns();
    const rule = (to: object) => ({ to: [to], ports: [{ port: 53, protocol: "UDP" }, { port: 53 }] });
    cluster.policy("x/p", { policyTypes: ["Egress"], egress: [rule({ ipBlock: { cidr: `${DNS_IP}/32` } })] });
    expect(cluster.outcome("x/a", DNS_IP, 53, "UDP")).toBe("dropped");
    const dns = {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    };
    cluster.policy("x/p", { policyTypes: ["Egress"], egress: [rule(dns)] });
    const outcomes = (["UDP", "TCP"] as const).map((protocol) => cluster.outcome("x/a", DNS_IP, 53, protocol));
    expect(outcomes).toEqual(["connected", "connected"]);
  });

  test("rule 125: a policy on the DNS pods cuts everybody's lookups", () => {
    const cluster = withDns();
    cluster.policy("kube-system/p", { podSelector: { matchLabels: { "k8s-app": "kube-dns" } } });
    expect(cluster.outcome("y/a", DNS_IP, 53, "UDP")).toBe("dropped");
  });
});

describe("A12 what policies cannot do", () => {
  test("rule 126: no policy denies by itself, cuts loopback, or stops the own node", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/allow-b", {
      podSelector: {},
      ingress: [{ from: [{ podSelector: { matchLabels: { pod: "b" } } }] }],
    });
    cluster.policy("x/allow-all", { podSelector: {}, ingress: [{}] });
    expect(cluster.reaches("y/a", "x/a")).toBe(true);
    cluster.policy("x/allow-all", { podSelector: {} });
    expect([cluster.reaches("x/a", "127.0.0.1"), cluster.reaches("node:n1", "x/a")]).toEqual([true, true]);
  });
});
