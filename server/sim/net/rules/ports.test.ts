/** Rules A5 and A6 of the NetworkPolicy semantics: ports, protocols, named ports, ICMP. */
import { describe, expect, test } from "vitest";
import { SmallCluster } from "../testing/small-cluster.ts";
import type { PolicyPort, Protocol } from "../types.ts";

const PROTOCOLS: readonly Protocol[] = ["TCP", "UDP", "SCTP"];

function withPorts(
  ports: readonly PolicyPort[],
  containerPorts: Parameters<SmallCluster["pod"]>[1] = {},
): SmallCluster {
  const cluster = SmallCluster.ofFour();
  cluster.pod("x/a", containerPorts);
  cluster.policy("x/p", { podSelector: { matchLabels: { pod: "a" } }, policyTypes: ["Ingress"], ingress: [{ ports }] });
  return cluster;
}

/** Which of some ports of x/a y/a reaches. */
function open(cluster: SmallCluster, ports: readonly number[], protocol: Protocol = "TCP"): number[] {
  return ports.filter((port) => cluster.reaches("y/a", "x/a", port, protocol));
}

const WEB = { ports: [{ name: "web", containerPort: 8080, protocol: "TCP" }] };

describe("A5 ports", () => {
  test("rules 49, 50: the protocol is TCP by default, and a rule for one protocol allows no other", () => {
    const allowed = (protocol?: string) => {
      const cluster = withPorts([{ port: 80, ...(protocol === undefined ? {} : { protocol }) }]);
      return PROTOCOLS.filter((one) => cluster.reaches("y/a", "x/a", 80, one));
    };
    expect([allowed(), allowed("UDP"), allowed("SCTP")]).toEqual([["TCP"], ["UDP"], ["SCTP"]]);
  });

  test("rules 51, 69: a policy for SCTP alone isolates TCP and UDP too", () => {
    const cluster = withPorts([{ protocol: "SCTP" }]);
    expect(PROTOCOLS.filter((one) => cluster.reaches("y/a", "x/a", 80, one))).toEqual(["SCTP"]);
  });

  test("rules 52, 61: the number is the pod's, after Service translation; Service port names do not count", () => {
    const service = (port: PolicyPort) => {
      const cluster = withPorts([port], WEB);
      const endpoints = [{ address: cluster.address("x/a"), port: 8080 }];
      cluster.service("x/web", {
        addresses: ["10.96.0.10"],
        ports: [{ name: "front", protocol: "TCP", port: 80, endpoints }],
      });
      return cluster.outcome("y/a", "10.96.0.10", 80);
    };
    expect([
      service({ port: 80 }),
      service({ port: 8080 }),
      service({ port: "front" }),
      service({ port: "web" }),
    ]).toEqual(["dropped", "connected", "dropped", "connected"]);
  });

  test("rule 53: a number needs no containerPort", () => {
    expect(open(withPorts([{ port: 9999 }]), [9999, 80])).toEqual([9999]);
  });

  test("rule 54: ports of egress rules are the destination's too", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("y/p", { policyTypes: ["Egress"], egress: [{ ports: [{ port: 443 }] }] });
    expect(open(cluster, [80, 443])).toEqual([443]);
  });

  test("rule 55: a name is resolved on the destination, for ingress and for egress", () => {
    expect(open(withPorts([{ port: "web" }], WEB), [80, 8080])).toEqual([8080]);
    const cluster = SmallCluster.ofFour();
    cluster.pod("x/a", WEB);
    cluster.policy("y/p", {
      policyTypes: ["Egress"],
      egress: [{ to: [{ namespaceSelector: {} }], ports: [{ port: "web" }] }],
    });
    expect(open(cluster, [80, 8080])).toEqual([8080]);
  });

  test("rule 56: the same name means another number on another pod", () => {
    const cluster = SmallCluster.ofFour();
    cluster.pod("x/a", { ports: [{ name: "web", containerPort: 80 }] });
    cluster.pod("x/b", { ports: [{ name: "web", containerPort: 81 }] });
    cluster.policy("x/p", { podSelector: {}, ingress: [{ ports: [{ port: "web" }] }] });
    const both = (pod: string) => [80, 81].filter((port) => cluster.reaches("y/a", pod, port));
    expect([both("x/a"), both("x/b")]).toEqual([[80], [81]]);
  });

  test("rules 57, 58: without the name, or with it on another protocol, the rule does not match", () => {
    expect(open(withPorts([{ port: "web" }]), [80, 8080])).toEqual([]);
    const dns = { ports: [{ name: "dns", containerPort: 53, protocol: "UDP" }] };
    expect(open(withPorts([{ port: "dns" }], dns), [53])).toEqual([]);
    expect(open(withPorts([{ port: "dns", protocol: "UDP" }], dns), [53], "UDP")).toEqual([53]);
  });

  test("rule 59: an egress name without peers means any pod that has it, and no outside host", () => {
    const cluster = SmallCluster.ofFour();
    cluster.external("host", "203.0.113.9");
    cluster.pod("x/a", WEB);
    cluster.policy("y/p", { policyTypes: ["Egress"], egress: [{ ports: [{ port: "web" }] }] });
    expect([open(cluster, [80, 8080]), cluster.reaches("y/a", "203.0.113.9", 8080)]).toEqual([[8080], false]);
  });

  test("rule 60: a name with an ipBlock works for ingress and never for an outside destination", () => {
    const anywhere = [{ ipBlock: { cidr: "0.0.0.0/0" } }];
    const cluster = SmallCluster.ofFour();
    cluster.external("host", "203.0.113.9");
    cluster.pod("x/a", WEB);
    cluster.policy("x/in", {
      podSelector: { matchLabels: { pod: "a" } },
      ingress: [{ from: anywhere, ports: [{ port: "web" }] }],
    });
    cluster.policy("y/out", { policyTypes: ["Egress"], egress: [{ to: anywhere, ports: [{ port: "web" }] }] });
    expect(cluster.reaches("external:host", "x/a", 8080)).toBe(true);
    expect(cluster.reaches("y/a", "203.0.113.9", 8080)).toBe(false);
  });

  test("rules 62, 63: several ports of one name match all", () => {
    const ports = [
      { name: "web", containerPort: 8080 },
      { name: "web", containerPort: 8081 },
    ];
    expect(open(withPorts([{ port: "web" }], { ports }), [8080, 8081, 8082])).toEqual([8080, 8081]);
  });

  test("rules 64, 66: a range holds both ends, and may be one port wide", () => {
    expect(open(withPorts([{ port: 80, endPort: 82 }]), [79, 80, 81, 82, 83])).toEqual([80, 81, 82]);
    expect(open(withPorts([{ port: 80, endPort: 80 }]), [79, 80, 81])).toEqual([80]);
    expect(open(withPorts([{ port: 65535, endPort: 65535 }]), [65534, 65535])).toEqual([65535]);
  });

  test("rule 65: a range that ends before it begins, which validation rejects, holds nothing", () => {
    expect(open(withPorts([{ port: 80, endPort: 79 }]), [79, 80])).toEqual([]);
  });

  test("rule 67: overlapping ranges are a union", () => {
    const ports = [{ port: 90, endPort: 95 }, { port: 80, endPort: 92 }, { port: 97 }];
    expect(open(withPorts(ports), [79, 80, 91, 95, 96, 97, 98])).toEqual([80, 91, 95, 97]);
  });

  test("rule 68: port 53 alone allows DNS over TCP only", () => {
    const cluster = withPorts([{ port: 53 }]);
    expect([open(cluster, [53], "TCP"), open(cluster, [53], "UDP")]).toEqual([[53], []]);
  });
});

describe("A6 ICMP", () => {
  const pings = (ports: readonly PolicyPort[] | undefined) => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/p", { ingress: [{ ...(ports === undefined ? {} : { ports }) }] });
    return cluster.ping("y/a", "x/a");
  };

  test("rules 70, 71: ping to an isolated pod is dropped without a portless rule", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/p", {});
    expect(cluster.connect("y/a", "x/a", 0, "ICMP").outcome).toBe("dropped");
  });

  test("rule 72: a rule without ports that matches the peer allows ping", () => {
    expect(pings(undefined)).toBe(true);
  });

  test("rule 73: a rule with ports never allows ping", () => {
    expect(pings([{}])).toBe(false);
    expect(pings([{ protocol: "TCP" }, { protocol: "UDP" }, { protocol: "SCTP" }])).toBe(false);
  });

  test("rule 74: the protocol ICMP, which validation rejects, matches nothing", () => {
    expect(pings([{ protocol: "ICMP" }])).toBe(false);
  });

  test("rule 75: the answer that nobody listens reaches the client of an allowed connection", () => {
    const cluster = SmallCluster.ofFour();
    cluster.pod("x/a", { listens: [] });
    cluster.policy("y/p", { policyTypes: ["Ingress"] });
    expect(cluster.outcome("y/a", "x/a", 53, "UDP")).toBe("refused");
  });

  test("rule 76: ping needs both sides, and its reply none", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("y/p", { policyTypes: ["Egress"], egress: [{ ports: [{ port: 80 }] }] });
    expect([cluster.ping("y/a", "x/a"), cluster.ping("x/a", "y/a")]).toEqual([false, true]);
  });

  test("rules 77, 78: a cluster IP answers no ping, the pod behind it does", () => {
    const cluster = SmallCluster.ofFour();
    const endpoints = [{ address: cluster.address("x/a"), port: 80 }];
    cluster.service("x/web", {
      addresses: ["10.96.0.10"],
      ports: [{ name: "", protocol: "TCP", port: 80, endpoints }],
    });
    expect(cluster.outcome("y/a", "10.96.0.10", 0, "ICMP")).toBe("unreachable");
    expect(cluster.ping("y/a", "x/a")).toBe(true);
  });

  test("a profile may let ICMP pass whatever policies say", () => {
    const cluster = SmallCluster.ofFour({ icmp: "always-allowed" });
    cluster.policy("x/p", {});
    expect([cluster.ping("y/a", "x/a"), cluster.reaches("y/a", "x/a")]).toEqual([true, false]);
  });
});
