import { expect, test } from "vitest";
import { declaredPorts, reachabilityOf } from "./reachability.ts";
import { SmallCluster } from "./testing/small-cluster.ts";

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
