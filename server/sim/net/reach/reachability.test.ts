import { expect, test } from "vitest";
import { PolicyEngine } from "../filter/engine.ts";
import { declaredPorts, reachabilityOf, withProbes } from "./reachability.ts";
import { SmallCluster } from "../testing/small-cluster.ts";

test("reachability tells per pod what isolates it and per pair what passes", () => {
  const cluster = SmallCluster.ofFour();
  cluster.pod("x/a", { ports: [{ containerPort: 80 }, { containerPort: 53, protocol: "UDP" }] });
  cluster.pod("x/pending", { addresses: [] });
  cluster.pod("kube-system/agent", { node: "n1", hostNetwork: true });
  cluster.policy("x/p", {
    podSelector: { matchLabels: { pod: "a" } },
    ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }],
  });
  const ports = declaredPorts(cluster.fabric.engine);
  expect(ports).toEqual([
    { port: 53, protocol: "UDP" },
    { port: 80, protocol: "TCP" },
  ]);
  const reachability = reachabilityOf(cluster.fabric, ports);
  expect(reachability.pods.map((pod) => pod.id)).toEqual(["kube-system/agent", "x/a", "x/b", "y/a", "y/b"]);
  expect(reachability.pods[1]).toMatchObject({ isIngressIsolated: true, isEgressIsolated: false, policies: ["x/p"] });
  const clients = (port: number) =>
    reachability.pods.filter((_, i) => reachability.allows(i, 1, port)).map((pod) => pod.id);
  // The agent shares the node of x/a; x/a reaches itself.
  expect([clients(0), clients(1)]).toEqual([
    ["kube-system/agent", "x/a"],
    ["kube-system/agent", "x/a", "x/b"],
  ]);
});

test("reachability includes outside addresses and pods that could exist, when asked", () => {
  const cluster = SmallCluster.ofFour();
  cluster.policy("x/p", {
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from: [{ ipBlock: { cidr: "8.0.0.0/8" } }, { podSelector: {} }] }],
    egress: [{ to: [{ ipBlock: { cidr: "9.0.0.0/8" } }] }],
  });
  const ports = [{ port: 80, protocol: "TCP" }] as const;
  const engine = PolicyEngine.of(withProbes(cluster.fabric.engine.state()));
  const reachability = reachabilityOf(engine, ports, ["8.8.8.8", "9.9.9.9"]);
  const indexOf = (id: string) => reachability.pods.findIndex((pod) => pod.id === id);
  const a = indexOf("x/a");
  expect([0, 1].map((address) => reachability.allowsFromOutside(address, a, 0))).toEqual([true, false]);
  expect([0, 1].map((address) => reachability.allowsToOutside(a, address, 0))).toEqual([false, true]);
  // A new pod of x may not send either; one of y is no peer.
  const clients = ["x/(a pod without labels)", "y/(a pod without labels)"].map((id) =>
    reachability.allows(indexOf(id), a, 0),
  );
  expect(clients).toEqual([false, false]);
  expect(reachability.allows(indexOf("(another namespace)/(a pod without labels)"), indexOf("y/a"), 0)).toBe(true);
});
