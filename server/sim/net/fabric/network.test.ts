import { describe, expect, test } from "vitest";
import { FABRIC_LIMITS } from "../limits.ts";
import { createFabric } from "./network.ts";
import { PROFILE, SmallCluster } from "../testing/small-cluster.ts";
import type { Flow } from "../types.ts";

describe("the fabric", () => {
  test("records a connection with everything a trace needs", () => {
    const cluster = SmallCluster.ofFour();
    const flow = cluster.fabric.connect({
      source: "pod:y/a",
      address: cluster.address("x/a"),
      port: 80,
      protocol: "TCP",
      requestedName: "a.x.svc",
    });
    expect(flow).toEqual({
      id: 1,
      timeMs: 1000,
      source: "pod:y/a",
      sourceAddress: cluster.address("y/a"),
      requestedAddress: cluster.address("x/a"),
      requestedPort: 80,
      requestedName: "a.x.svc",
      protocol: "TCP",
      destination: "pod:x/a",
      destinationAddress: cluster.address("x/a"),
      destinationPort: 80,
      outcome: "connected",
      steps: [
        { at: "egress", pod: "y/a", decision: { isAllowed: true, isIsolated: false, selectedBy: [] } },
        { at: "ingress", pod: "x/a", decision: { isAllowed: true, isIsolated: false, selectedBy: [] } },
        { at: "listener", host: "pod:x/a", port: 80, isListening: true, decides: true },
      ],
    });
    expect(cluster.fabric.recentFlows).toEqual([flow]);
  });

  test("names the rule that allowed and all policies that select", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/deny", { podSelector: {} });
    cluster.policy("x/web", { podSelector: {}, ingress: [{ ports: [{ port: 81 }] }, { ports: [{ port: 80 }] }] });
    const [, ingress] = cluster.connect("y/a", "x/a").steps;
    expect(ingress).toMatchObject({
      decision: { selectedBy: ["x/deny", "x/web"], allowedBy: { policy: "x/web", rule: 1 } },
    });
  });

  test("tells listeners of each connection until they unsubscribe, and nobody of probes", () => {
    const cluster = SmallCluster.ofFour();
    const seen: number[] = [];
    const stop = cluster.fabric.onFlow((flow) => seen.push(flow.id));
    cluster.connect("y/a", "x/a");
    cluster.fabric.probe({ source: "pod:y/a", address: cluster.address("x/a"), port: 80, protocol: "TCP" });
    cluster.connect("y/a", "x/b");
    stop();
    cluster.connect("y/a", "x/b");
    expect([seen, cluster.fabric.recentFlows.length]).toEqual([[1, 2], 3]);
  });

  test("keeps a bounded number of flows, the newest", () => {
    const cluster = SmallCluster.ofFour();
    for (let i = 0; i < FABRIC_LIMITS.flows * 1.5; i++) cluster.connect("y/a", "x/a");
    const { recentFlows } = cluster.fabric;
    expect([recentFlows.length, recentFlows.at(-1)?.id]).toEqual([FABRIC_LIMITS.flows, FABRIC_LIMITS.flows * 1.5]);
  });

  test("probes with every port taken as listening", () => {
    const cluster = SmallCluster.ofFour();
    cluster.pod("x/a", { listens: [] });
    const request = { source: "pod:y/a", address: cluster.address("x/a"), port: 80, protocol: "TCP" } as const;
    expect([cluster.fabric.connect(request).outcome, cluster.fabric.probe(request).outcome]).toEqual([
      "refused",
      "connected",
    ]);
  });

  test("finds hosts by any spelling of their addresses until they are detached", () => {
    const cluster = SmallCluster.ofFour();
    cluster.pod("x/dual", { addresses: ["10.244.1.50", "fd00::50"] });
    const { fabric } = cluster;
    expect(fabric.hostByAddress("FD00:0:0::50")?.id).toBe("pod:x/dual");
    fabric.detach("pod:x/dual");
    expect(fabric.hostByAddress("fd00::50")).toBeUndefined();
    expect(cluster.outcome("y/a", "10.244.1.50")).toBe("unreachable");
  });

  test("answers what cannot be sent at all by the own kernel", () => {
    const cluster = SmallCluster.ofFour();
    expect(cluster.outcome("y/a", "fd00::99")).toBe("no-route");
    expect(cluster.outcome("y/a", "not-an-address")).toBe("no-route");
    expect(cluster.outcome("y/gone", "x/a")).toBe("no-route");
    expect(cluster.outcome("y/a", "192.0.2.99")).toBe("unreachable");
  });

  test("asks egress before it finds that nobody has the address", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("y/p", { podSelector: {}, policyTypes: ["Egress"] });
    expect(cluster.outcome("y/a", "192.0.2.99")).toBe("dropped");
  });

  test("translates node ports on the own node before egress, on others after it", () => {
    const cluster = SmallCluster.ofFour();
    const endpoints = [{ address: cluster.address("x/a"), port: 8080, nodeName: "n1" }];
    const ports = [{ name: "", protocol: "TCP" as const, port: 80, nodePort: 30080, endpoints }];
    cluster.service("x/web", { addresses: ["10.96.0.10"], ports });
    const stations = (flow: Flow) => flow.steps.map((step) => step.at);
    expect(stations(cluster.connect("y/a", "172.18.0.2", 30080))).toEqual(["service", "egress", "ingress", "listener"]);
    expect(stations(cluster.connect("y/b", "172.18.0.2", 30080))).toEqual(["egress", "service", "ingress", "listener"]);
    // A node reaches its own node ports through its loopback too.
    expect(cluster.connect("node:n1", "127.0.0.1", 30080).destination).toBe("pod:x/a");
    expect(cluster.connect("y/a", "127.0.0.1", 30080).destination).toBe("pod:y/a");
  });

  test("explains what it recorded, whichever way the packet took", () => {
    const cluster = SmallCluster.ofFour();
    const endpoints = [{ address: cluster.address("x/a"), port: 8080, nodeName: "n1" }];
    const ports = [{ name: "", protocol: "TCP" as const, port: 80, nodePort: 30080, endpoints }];
    cluster.service("x/web", { addresses: ["10.96.0.10"], ports });
    cluster.policy("x/p", { podSelector: {} });
    const flow = cluster.connect("y/b", "172.18.0.3", 30080);
    const { egress, ingress } = cluster.fabric.explain(flow);
    expect([flow.outcome, egress?.end, ingress?.decision.isAllowed]).toEqual(["dropped", "y/b", false]);
    const local = cluster.fabric.explain(cluster.connect("x/a", "127.0.0.1"));
    expect([local.egress, local.ingress]).toEqual([null, null]);
  });

  test("goes on working after thousands of policy changes", () => {
    const cluster = SmallCluster.ofFour();
    for (let i = 0; i < 2500; i++) {
      cluster.policy("x/p", {
        podSelector: { matchLabels: { pod: i % 2 === 0 ? "a" : "b" } },
        ingress: [{ ports: [{ port: i + 1 }] }],
      });
      if (i % 100 === 0) expect(cluster.reaches("y/a", i % 2 === 0 ? "x/a" : "x/b", i + 1)).toBe(true);
    }
    expect([cluster.reaches("y/a", "x/b", 2500), cluster.reaches("y/a", "x/b", 2499)]).toEqual([true, false]);
  });

  test("needs no cluster to connect two hosts", () => {
    const fabric = createFabric({ profile: PROFILE, now: () => 0, random: () => 0 });
    for (const [id, address] of [
      ["external:a", "192.0.2.1"],
      ["external:b", "192.0.2.2"],
    ] as const) {
      fabric.attach({ id, kind: "external", addresses: [address], accepts: (_, port) => port === 22 });
    }
    const outcome = (port: number) =>
      fabric.connect({ source: "external:a", address: "192.0.2.2", port, protocol: "TCP" }).outcome;
    expect([outcome(22), outcome(23)]).toEqual(["connected", "refused"]);
  });
});
