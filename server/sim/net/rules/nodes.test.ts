/** Rules A9 and A10 of the NetworkPolicy semantics: nodes, hostNetwork, life cycle, addresses. */
import { describe, expect, test } from "vitest";
import { NODE_ADDRESSES, SmallCluster } from "../testing/small-cluster.ts";

/** x/a on n1 and x/b on n2, both closed in both directions. */
function closed(): SmallCluster {
  const cluster = SmallCluster.ofFour();
  cluster.policy("x/p", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  return cluster;
}

describe("A9 nodes and hostNetwork", () => {
  test("rules 103, 105: the pod's own node, and so every probe of the kubelet, always gets through", () => {
    const cluster = closed();
    expect(cluster.reaches("node:n1", "x/a")).toBe(true);
    const decision = { isAllowed: true, isIsolated: true, selectedBy: ["x/p"], exempt: "own-node" };
    expect(cluster.connect("node:n1", "x/a").steps).toContainEqual({ at: "ingress", pod: "x/a", decision });
  });

  test("rule 104: other nodes are subject to policy, and allowed by a block or an empty from only", () => {
    const cluster = closed();
    expect(cluster.reaches("node:n2", "x/a")).toBe(false);
    cluster.policy("x/p", { ingress: [{ from: [{ namespaceSelector: {} }] }] });
    expect(cluster.reaches("node:n2", "x/a")).toBe(false);
    cluster.policy("x/p", { ingress: [{ from: [{ ipBlock: { cidr: "172.18.0.0/24" } }] }] });
    expect(cluster.reaches("node:n2", "x/a")).toBe(true);
  });

  test("rule 106: a pod always reaches its own node, not the others", () => {
    const cluster = closed();
    const reached = (["n1", "n2"] as const).filter((node) => cluster.reaches("x/a", NODE_ADDRESSES[node]));
    expect(reached).toEqual(["n1"]);
  });

  test("rules 107, 108, 111: hostNetwork pods are seen as their node's address, by blocks and not by selectors", () => {
    const cluster = SmallCluster.ofFour();
    cluster.pod("ingress/controller", { node: "n2", hostNetwork: true, labels: { app: "ingress" } });
    cluster.policy("x/p", {
      ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: "ingress" } } }] }],
    });
    expect(cluster.reaches("node:n2", "x/a")).toBe(false);
    cluster.policy("x/p", { ingress: [{ from: [{ ipBlock: { cidr: `${NODE_ADDRESSES.n2}/32` } }] }] });
    expect(cluster.reaches("node:n2", "x/a")).toBe(true);
    cluster.policy("ingress/deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    expect([cluster.reaches("y/a", NODE_ADDRESSES.n2), cluster.reaches("node:n2", "y/a")]).toEqual([true, true]);
  });

  test("rule 109: hostNetwork pods of the pod's own node count as that node", () => {
    const cluster = closed();
    cluster.pod("kube-system/agent", { node: "n1", hostNetwork: true });
    const end = cluster.fabric.engine.podEnd("kube-system", "agent");
    const target = cluster.fabric.engine.podEnd("x", "a");
    if (end === undefined || target === undefined) throw new Error("no ends");
    expect(cluster.fabric.engine.allows(end, target, 0, 80)).toBe(true);
    expect(cluster.fabric.engine.allows(target, end, 0, 80)).toBe(true);
  });

  test("rule 110: a node-local DNS cache on another address needs a block", () => {
    const cluster = closed();
    cluster.external("cache", "169.254.20.10");
    expect(cluster.reaches("x/a", "169.254.20.10", 53, "UDP")).toBe(false);
    const to = [{ ipBlock: { cidr: "169.254.20.10/32" } }];
    cluster.policy("x/p", { policyTypes: ["Egress"], egress: [{ to, ports: [{ port: 53, protocol: "UDP" }] }] });
    expect(cluster.reaches("x/a", "169.254.20.10", 53, "UDP")).toBe(true);
  });
});

describe("A10 life cycle and addresses", () => {
  test("rule 112: a finished pod is neither selected nor a peer, and its address may belong to another", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/p", { podSelector: {}, ingress: [{ from: [{ podSelector: { matchLabels: { job: "yes" } } }] }] });
    cluster.pod("x/job", { labels: { job: "yes" }, addresses: ["10.244.1.77"] });
    expect(cluster.reaches("x/job", "x/a")).toBe(true);
    cluster.pod("x/job", { labels: { job: "yes" }, addresses: ["10.244.1.77"], isFinished: true });
    cluster.pod("x/next", { labels: {}, addresses: ["10.244.1.77"] });
    expect(cluster.reaches("x/next", "x/a")).toBe(false);
    expect(cluster.fabric.engine.podEnd("x", "job")).toBeUndefined();
  });

  test("rule 113: a terminating pod stays filtered and a peer until it is deleted", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/p", { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] });
    expect([cluster.reaches("x/b", "x/a"), cluster.reaches("y/a", "x/b")]).toEqual([true, false]);
    cluster.fabric.deletePod("x", "b");
    expect([cluster.reaches("x/b", "x/a"), cluster.reaches("y/a", "x/b")]).toEqual([false, true]);
  });

  test("rule 114: a pod without an address takes part in nothing", () => {
    const cluster = SmallCluster.ofFour();
    cluster.pod("x/pending", { addresses: [] });
    expect(cluster.connect("x/pending", "x/a").outcome).toBe("no-route");
  });

  test("rule 115: a dual-stack peer matches by each of its addresses", () => {
    const cluster = SmallCluster.ofFour();
    cluster.pod("x/dual", { addresses: ["10.244.1.50", "fd00:10:244::50"] });
    cluster.pod("x/client", { addresses: ["10.244.1.51", "fd00:10:244::51"], labels: { role: "client" } });
    cluster.policy("x/p", {
      podSelector: {},
      ingress: [{ from: [{ podSelector: { matchLabels: { role: "client" } } }] }],
    });
    const flows = ["10.244.1.50", "fd00:10:244::50"].map((address) => cluster.reaches("x/client", address));
    expect(flows).toEqual([true, true]);
  });

  test("rule 116: readiness does not matter to policy", () => {
    const cluster = SmallCluster.ofFour();
    cluster.pod("x/a", { listens: [] });
    cluster.policy("x/p", { podSelector: {}, ingress: [{}] });
    expect(cluster.outcome("y/a", "x/a")).toBe("refused");
  });

  test("rule 117: whether open connections outlive a change can be asked, and is not decided here", () => {
    const cluster = SmallCluster.ofFour();
    const flow = cluster.connect("y/a", "x/a");
    expect(cluster.fabric.stillAllows(flow)).toBe(true);
    cluster.policy("x/p", { podSelector: {} });
    expect([flow.outcome, cluster.fabric.stillAllows(flow)]).toEqual(["connected", false]);
  });
});
