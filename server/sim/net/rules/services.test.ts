/** Rules A8 of the NetworkPolicy semantics: Services and translation. */
import { describe, expect, test } from "vitest";
import { NODE_ADDRESSES, SmallCluster } from "../testing/small-cluster.ts";
import type { ServiceEntry, ServicePortEntry } from "../types.ts";

const CLUSTER_IP = "10.96.0.10";

function withService(
  pods: readonly string[],
  entry: Partial<ServiceEntry> = {},
  port: Partial<ServicePortEntry> = {},
): SmallCluster {
  const cluster = SmallCluster.ofFour();
  cluster.external("client", "198.51.100.7");
  const endpoints = pods.map((pod) => ({
    address: cluster.address(pod),
    port: 8080,
    nodeName: pod.endsWith("a") ? "n1" : "n2",
  }));
  const ports = [{ name: "http", protocol: "TCP" as const, port: 80, nodePort: 30080, endpoints, ...port }];
  cluster.service("x/web", { addresses: [CLUSTER_IP], ports, ...entry });
  return cluster;
}

describe("A8 Services", () => {
  test("rule 92: policies select the pods behind a Service, not the Service", () => {
    const cluster = withService(["x/a"]);
    cluster.policy("x/p", { podSelector: { matchLabels: { pod: "a" } } });
    expect(cluster.outcome("y/a", CLUSTER_IP)).toBe("dropped");
  });

  test("rule 93: no ready endpoint is a refusal, whatever policies say; else endpoint, egress, ingress, listener", () => {
    const empty = withService([]);
    empty.policy("y/p", { podSelector: {}, policyTypes: ["Egress"] });
    const refused = empty.connect("y/a", CLUSTER_IP);
    expect(refused.outcome).toBe("refused");
    expect(refused.steps).toEqual([{ at: "service", service: "x/web", port: 80, endpoint: null, decides: true }]);

    const cluster = withService(["x/a"]);
    cluster.policy("x/p", {
      podSelector: {},
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: "y" } } }] }],
    });
    const flow = cluster.connect("y/b", CLUSTER_IP);
    expect(flow.steps.map((step) => step.at)).toEqual(["service", "egress", "ingress", "listener"]);
    expect([flow.destination, flow.destinationPort, flow.translatedSourceAddress]).toEqual([
      "pod:x/a",
      8080,
      undefined,
    ]);
  });

  test("rule 94: a port the Service does not have leads nowhere", () => {
    const cluster = withService(["x/a"]);
    expect(cluster.outcome("y/a", CLUSTER_IP, 81)).toBe("unreachable");
    expect(cluster.outcome("y/a", CLUSTER_IP, 80, "UDP")).toBe("unreachable");
  });

  test("rule 95: with an allowed and a denied endpoint some connections fail", () => {
    const cluster = withService(["x/a", "x/b"]);
    cluster.policy("x/p", { podSelector: { matchLabels: { pod: "b" } } });
    const outcomes = Array.from({ length: 8 }, () => cluster.outcome("y/a", CLUSTER_IP));
    expect(new Set(outcomes)).toEqual(new Set(["connected", "dropped"]));
  });

  test("rule 96: the pods of a headless Service are reached directly, on their own port", () => {
    const cluster = withService(["x/a"]);
    cluster.policy("x/p", { podSelector: {}, ingress: [{ ports: [{ port: 8080 }] }] });
    expect([cluster.reaches("y/a", "x/a", 80), cluster.reaches("y/a", "x/a", 8080)]).toEqual([false, true]);
  });

  test("rule 97: each endpoint has its own port", () => {
    const cluster = withService(["x/a"]);
    const endpoints = [{ address: cluster.address("x/a"), port: 8081 }];
    cluster.service("x/web", { addresses: [CLUSTER_IP], ports: [{ name: "", protocol: "TCP", port: 80, endpoints }] });
    expect(cluster.connect("y/a", CLUSTER_IP).destinationPort).toBe(8081);
  });

  test("rule 98: a pod reaches itself through its own Service", () => {
    const cluster = withService(["x/a"]);
    cluster.policy("x/p", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    const flow = cluster.connect("x/a", CLUSTER_IP);
    expect(flow.outcome).toBe("connected");
    expect(flow.steps.filter((step) => "decision" in step && step.decision.exempt === "own-pod")).toHaveLength(2);
  });

  test.each(["own address", "127.0.0.1", "localhost of IPv6"])("rules 99, 100: %s is never filtered", (which) => {
    const cluster = SmallCluster.ofFour();
    cluster.pod("x/a", { addresses: ["10.244.1.10", "fd00::10"], listens: [80] });
    cluster.policy("x/p", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    const address = which === "127.0.0.1" ? which : which === "own address" ? "10.244.1.10" : "::1";
    expect([cluster.outcome("x/a", address), cluster.outcome("x/a", address, 81)]).toEqual(["connected", "refused"]);
  });

  test("rule 101: a node port hides the client behind the node, whose own pods then always accept", () => {
    const cluster = withService(["x/a", "x/b"]);
    cluster.policy("x/p", { podSelector: {}, ingress: [] });
    const via = (node: "n1" | "n2") =>
      Array.from({ length: 8 }, () => cluster.connect("external:client", NODE_ADDRESSES[node], 30080)).map(
        (flow) => `${flow.destination} ${flow.outcome}`,
      );
    expect(new Set(via("n1"))).toEqual(new Set(["pod:x/a connected", "pod:x/b dropped"]));
    expect(new Set(via("n2"))).toEqual(new Set(["pod:x/a dropped", "pod:x/b connected"]));
    const from = [{ ipBlock: { cidr: `${NODE_ADDRESSES.n1}/32` } }];
    cluster.policy("x/p", { podSelector: {}, ingress: [{ from }] });
    expect(new Set(via("n1"))).toEqual(new Set(["pod:x/a connected", "pod:x/b connected"]));
  });

  test("rule 102: externalTrafficPolicy Local keeps the client's address, and drops where nobody is local", () => {
    const cluster = withService(["x/a"], { externalTrafficPolicy: "Local" });
    cluster.policy("x/p", { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "198.51.100.0/24" } }] }] });
    const local = cluster.connect("external:client", NODE_ADDRESSES.n1, 30080);
    expect([local.outcome, local.translatedSourceAddress]).toEqual(["connected", undefined]);
    expect(cluster.outcome("external:client", NODE_ADDRESSES.n2, 30080)).toBe("dropped");
    // In-cluster clients take the short way to any endpoint.
    cluster.fabric.deletePolicy("x", "p");
    expect(cluster.outcome("y/b", NODE_ADDRESSES.n2, 30080)).toBe("connected");
  });

  test("internalTrafficPolicy Local uses endpoints of the client's node only", () => {
    const cluster = withService(["x/a"], { internalTrafficPolicy: "Local" });
    expect([cluster.outcome("y/a", CLUSTER_IP), cluster.outcome("y/b", CLUSTER_IP)]).toEqual(["connected", "dropped"]);
  });

  test("session affinity keeps a client with its endpoint while that is ready", () => {
    const cluster = withService(["x/a", "x/b"], { sessionAffinityClientIp: true });
    const chosen = Array.from({ length: 8 }, () => cluster.connect("y/a", CLUSTER_IP).destination);
    expect(new Set(chosen).size).toBe(1);
    const other = chosen[0] === "pod:x/a" ? "x/b" : "x/a";
    const endpoints = [{ address: cluster.address(other), port: 8080 }];
    const ports = [{ name: "http", protocol: "TCP" as const, port: 80, endpoints }];
    cluster.service("x/web", { addresses: [CLUSTER_IP], ports, sessionAffinityClientIp: true });
    expect(cluster.connect("y/a", CLUSTER_IP).destination).toBe(`pod:${other}`);
  });

  test("hosts outside reach external addresses and no cluster IP", () => {
    const address = "203.0.113.200";
    const cluster = withService(["x/a"], { addresses: [CLUSTER_IP, address], externalAddresses: [address] });
    expect(cluster.outcome("external:client", CLUSTER_IP)).toBe("unreachable");
    expect(cluster.outcome("external:client", address)).toBe("connected");
    expect(cluster.outcome("y/a", address)).toBe("connected");
  });

  test("a deleted Service's addresses lead nowhere", () => {
    const cluster = withService(["x/a"]);
    cluster.fabric.deleteService("x", "web");
    expect(cluster.outcome("y/a", CLUSTER_IP)).toBe("unreachable");
    expect(cluster.outcome("external:client", NODE_ADDRESSES.n1, 30080)).toBe("connected");
    expect(cluster.connect("external:client", NODE_ADDRESSES.n1, 30080).destination).toBe("node:n1");
  });
});
