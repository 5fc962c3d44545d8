import { describe, expect, test } from "vitest";
import { compareReachability, type ComparisonOptions } from "./comparison.ts";
import type { EngineState } from "../filter/engine.ts";
import { SmallCluster } from "../testing/small-cluster.ts";
import type { NetworkPolicy } from "../types.ts";

type Spec = NonNullable<NetworkPolicy["spec"]>;

function state(...specs: Spec[]): EngineState {
  const cluster = SmallCluster.ofFour();
  for (const [i, spec] of specs.entries()) cluster.policy(`x/p${i}`, spec);
  return cluster.fabric.engine.state();
}

function smallest(actual: EngineState, intended: EngineState, options?: ComparisonOptions) {
  const comparison = compareReachability(actual, intended, options);
  if (comparison.equal) return "equal";
  const { source, destination, port, protocol, actual: is, intended: shall } = comparison.wrong[0] ?? {};
  return `${source} -> ${destination}:${port}/${protocol} is ${is}, shall be ${shall}`;
}

const fromB: Spec = {
  podSelector: { matchLabels: { pod: "a" } },
  ingress: [{ from: [{ podSelector: { matchLabels: { pod: "b" } } }] }],
};

describe("two policy sets", () => {
  test("are equal when written differently", () => {
    const expression = { matchExpressions: [{ key: "pod", operator: "In", values: ["b"] }] };
    const other: Spec = {
      podSelector: { matchLabels: { pod: "a" } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            { podSelector: expression, namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "x" } } },
          ],
        },
      ],
    };
    expect(smallest(state(fromB), state(other), { probes: "selectors" })).toBe("equal");
    expect(smallest(state(fromB), state(fromB, { podSelector: { matchLabels: { pod: "a" } } }))).toBe("equal");
  });

  test("differ in the flow of existing pods first", () => {
    expect(smallest(state(), state(fromB))).toBe("y/a -> x/a:80/TCP is true, shall be false");
    expect(smallest(state({ podSelector: {} }), state(fromB))).toBe("x/a -> x/b:80/TCP is false, shall be true");
  });

  test("differ in ports between those that rules name", () => {
    const ports = (port: number, endPort?: number): Spec => ({
      ingress: [{ ports: [{ port, ...(endPort ? { endPort } : {}) }] }],
    });
    expect(smallest(state(ports(80, 90)), state(ports(80, 91)))).toBe("x/a -> x/b:91/TCP is false, shall be true");
    expect(
      smallest(state(ports(80)), state({ ingress: [{ ports: [{ port: 80 }, { port: 53, protocol: "UDP" }] }] })),
    ).toBe("x/a -> x/b:53/UDP is false, shall be true");
  });

  test("differ in ping where only one has a portless rule", () => {
    const allPorts: Spec = { ingress: [{ ports: [{ protocol: "TCP" }, { protocol: "UDP" }, { protocol: "SCTP" }] }] };
    expect(smallest(state(allPorts), state({ ingress: [{}] }))).toBe("x/a -> x/b:0/ICMP is false, shall be true");
  });

  test("differ in pods that do not exist yet", () => {
    const everyPodOfY: Spec = { ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: "y" } } }] }] };
    const eitherPodOfY: Spec = {
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { ns: "y" } },
              podSelector: { matchExpressions: [{ key: "pod", operator: "In", values: ["a", "b"] }] },
            },
          ],
        },
      ],
    };
    expect(smallest(state(everyPodOfY), state(eitherPodOfY), { probes: "none" })).toBe("equal");
    expect(smallest(state(everyPodOfY), state(eitherPodOfY))).toBe(
      "y/(a pod without labels) -> x/a:80/TCP is true, shall be false",
    );
  });

  test("differ in other namespaces and in outside addresses", () => {
    const everywhere: Spec = { ingress: [{ from: [{ namespaceSelector: {} }] }] };
    const bothNamespaces: Spec = {
      ingress: [
        { from: [{ namespaceSelector: { matchExpressions: [{ key: "ns", operator: "In", values: ["x", "y"] }] } }] },
      ],
    };
    expect(smallest(state(everywhere), state(bothNamespaces))).toContain("(another namespace)/");
    expect(smallest(state(everywhere), state({ ingress: [{}] }))).toBe("8.8.8.8 -> x/a:80/TCP is false, shall be true");
    const block = (except: string[]): Spec => ({
      ingress: [{ from: [{ ipBlock: { cidr: "203.0.113.0/24", except } }] }],
    });
    expect(smallest(state(block([])), state(block(["203.0.113.64/28"])))).toBe(
      "203.0.113.64 -> x/a:80/TCP is true, shall be false",
    );
  });

  test("prefer a port that a pod serves as the example", () => {
    const cluster = SmallCluster.ofFour();
    cluster.pod("x/a", { ports: [{ containerPort: 8080 }] });
    const open = cluster.fabric.engine.state();
    cluster.policy("x/p", { podSelector: { matchLabels: { pod: "a" } } });
    expect(smallest(open, cluster.fabric.engine.state())).toBe("x/b -> x/a:8080/TCP is true, shall be false");
  });

  test("are bounded to a number of wrong flows, the smallest first", () => {
    const comparison = compareReachability(state(), state({ podSelector: {} }), { limit: 3 });
    expect(comparison.equal ? [] : comparison.wrong.map((flow) => flow.isHypothetical)).toEqual([false, false, false]);
  });

  test("may be the engine of a running fabric, which stays as it was", () => {
    const cluster = SmallCluster.ofFour();
    const before = cluster.fabric.engine.state();
    expect(smallest(before, state({ podSelector: {} }))).toContain("is true, shall be false");
    expect(compareReachability(cluster.fabric.engine, before)).toEqual({ equal: true });
    expect(cluster.fabric.engine.state()).toEqual(before);
  });
});
