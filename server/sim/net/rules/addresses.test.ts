/** Rules A7 of the NetworkPolicy semantics: ipBlock. */
import { describe, expect, test } from "vitest";
import { NODE_ADDRESSES, SmallCluster } from "../testing/small-cluster.ts";
import type { PolicyPeer } from "../types.ts";

type Block = NonNullable<PolicyPeer["ipBlock"]>;

function allowingFrom(blocks: readonly Block[], profile = {}): SmallCluster {
  const cluster = SmallCluster.ofFour(profile);
  cluster.external("near", "203.0.113.9");
  cluster.external("far", "8.8.8.8");
  cluster.policy("x/p", { ingress: [{ from: blocks.map((ipBlock) => ({ ipBlock })) }] });
  return cluster;
}

describe("A7 ipBlock", () => {
  test("rule 79: the CIDR matches, except takes away, another peer may give back", () => {
    const clients = (...blocks: Block[]) => {
      const cluster = allowingFrom(blocks);
      return ["external:near", "external:far"].filter((client) => cluster.reaches(client, "x/a"));
    };
    expect(clients({ cidr: "203.0.113.0/24" })).toEqual(["external:near"]);
    expect(clients({ cidr: "0.0.0.0/0", except: ["203.0.113.0/24"] })).toEqual(["external:far"]);
    expect(clients({ cidr: "0.0.0.0/0", except: ["203.0.113.0/24"] }, { cidr: "203.0.113.9/32" })).toEqual([
      "external:near",
      "external:far",
    ]);
  });

  test("rule 80: an except outside the CIDR, which validation rejects, takes nothing away", () => {
    expect(allowingFrom([{ cidr: "203.0.113.0/24", except: ["8.0.0.0/8"] }]).reaches("external:near", "x/a")).toBe(
      true,
    );
  });

  test("rules 81, 82: a CIDR with host bits set, stored by an older API server, means its network", () => {
    const cluster = allowingFrom([{ cidr: "203.0.113.77/24" }]);
    expect([cluster.reaches("external:near", "x/a"), cluster.reaches("external:far", "x/a")]).toEqual([true, false]);
  });

  test("rule 83: an IPv4 block never matches IPv6, nor the other way round", () => {
    const reaches = (cidr: string) => {
      const cluster = SmallCluster.ofFour();
      cluster.pod("x/dual", { addresses: ["10.244.1.50", "fd00:10:244::50"] });
      cluster.pod("y/dual", { addresses: ["10.244.1.51", "fd00:10:244::51"] });
      cluster.policy("x/p", { ingress: [{ from: [{ ipBlock: { cidr } }] }] });
      return ["10.244.1.50", "fd00:10:244::50"].map((address) => cluster.reaches("y/dual", address));
    };
    expect([reaches("0.0.0.0/0"), reaches("::/0"), reaches("fd00:10:244::50/127")]).toEqual([
      [true, false],
      [false, true],
      [false, true],
    ]);
  });

  test("rule 84: a block matches pod addresses; a profile may have it otherwise", () => {
    const blocks = [{ cidr: "10.244.0.0/16" }];
    expect(allowingFrom(blocks).reaches("y/a", "x/a")).toBe(true);
    const like = allowingFrom(blocks, { ipBlockMatchesPods: false });
    expect(like.reaches("y/a", "x/a")).toBe(false);
    like.fabric.profile = { ...like.fabric.profile, ipBlockMatchesPods: true };
    expect(like.reaches("y/a", "x/a")).toBe(true);
  });

  test("rule 85: the internet but not the cluster, and with it no DNS", () => {
    const cluster = SmallCluster.ofFour();
    cluster.external("far", "8.8.8.8");
    cluster.pod("kube-system/dns", { addresses: ["10.244.1.99"] });
    const internet = { ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } };
    cluster.policy("x/p", { policyTypes: ["Egress"], egress: [{ to: [internet] }] });
    const flows = [cluster.reaches("x/a", "8.8.8.8"), cluster.reaches("x/a", "y/a")];
    expect([...flows, cluster.reaches("x/a", "kube-system/dns", 53, "UDP")]).toEqual([true, false, false]);
  });

  test("rules 86, 87: a block on a Service or external IP does not match, the endpoint's address does", () => {
    const outcome = (cidr: string, address: string) => {
      const cluster = SmallCluster.ofFour();
      const endpoints = [{ address: cluster.address("y/a"), port: 8080 }];
      cluster.service("y/web", {
        addresses: ["10.96.0.10", "203.0.113.200"],
        externalAddresses: ["203.0.113.200"],
        ports: [{ name: "", protocol: "TCP", port: 80, endpoints }],
      });
      cluster.policy("x/p", { policyTypes: ["Egress"], egress: [{ to: [{ ipBlock: { cidr } }] }] });
      return cluster.outcome("x/a", address);
    };
    expect(outcome("10.96.0.0/12", "10.96.0.10")).toBe("dropped");
    expect(outcome("203.0.113.200/32", "203.0.113.200")).toBe("dropped");
    expect(outcome("10.244.0.0/16", "10.96.0.10")).toBe("connected");
  });

  test("rule 88: the API server's Service needs the control plane's own address", () => {
    const outcome = (cidr: string) => {
      const cluster = SmallCluster.ofFour();
      const endpoints = [{ address: NODE_ADDRESSES.n2, port: 6443 }];
      const ports = [{ name: "https", protocol: "TCP" as const, port: 443, endpoints }];
      cluster.service("default/kubernetes", { addresses: ["10.96.0.1"], ports });
      const rule = { to: [{ ipBlock: { cidr } }], ports: [{ port: 6443 }] };
      cluster.policy("x/p", { podSelector: {}, policyTypes: ["Egress"], egress: [rule] });
      return cluster.outcome("x/a", "10.96.0.1", 443);
    };
    expect([outcome("10.96.0.1/32"), outcome(`${NODE_ADDRESSES.n2}/32`)]).toEqual(["dropped", "connected"]);
  });

  test("rule 89: node addresses are matched by blocks", () => {
    const cluster = allowingFrom([{ cidr: `${NODE_ADDRESSES.n2}/32` }]);
    expect(cluster.reaches("node:n2", "x/a")).toBe(true);
    expect(allowingFrom([{ cidr: "8.0.0.0/8" }]).reaches("node:n2", "x/a")).toBe(false);
  });

  test("rule 90: outside hosts are matched by blocks and empty peers only", () => {
    const cluster = SmallCluster.ofFour();
    cluster.external("far", "8.8.8.8");
    cluster.policy("x/p", { ingress: [{ from: [{ namespaceSelector: {} }] }] });
    expect(cluster.reaches("external:far", "x/a")).toBe(false);
    cluster.policy("x/p", { ingress: [{ ports: [{ port: 80 }] }] });
    expect(cluster.reaches("external:far", "x/a")).toBe(true);
  });

  test("rule 91: ingress compares the source as the pod sees it, after a node put its own address in", () => {
    const cluster = allowingFrom([{ cidr: "8.8.8.8/32" }]);
    const endpoints = [{ address: cluster.address("x/b"), port: 80, nodeName: "n2" }];
    cluster.service("x/web", {
      addresses: [],
      ports: [{ name: "", protocol: "TCP", port: 80, nodePort: 30080, endpoints }],
    });
    const flow = cluster.connect("external:far", NODE_ADDRESSES.n1, 30080);
    expect([flow.outcome, flow.translatedSourceAddress]).toEqual(["dropped", NODE_ADDRESSES.n1]);
    expect(cluster.reaches("external:far", "x/b")).toBe(true);
  });
});
