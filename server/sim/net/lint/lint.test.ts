import { describe, expect, test } from "vitest";
import { lint } from "./lint.ts";
import { SmallCluster } from "../testing/small-cluster.ts";

function findings(build: (cluster: SmallCluster) => void): string[] {
  const cluster = SmallCluster.ofFour();
  build(cluster);
  return lint(cluster.fabric.engine.state()).map(({ id, policy, path }) => `${id} ${policy} ${path}`);
}

const A = { matchLabels: { pod: "a" } };
const B = { matchLabels: { pod: "b" } };

describe("lint", () => {
  test("finds nothing in a policy that says what it means", () => {
    const rule = { from: [{ podSelector: B }], ports: [{ port: 80 }] };
    expect(
      findings((cluster) => cluster.policy("x/p", { podSelector: A, policyTypes: ["Ingress"], ingress: [rule] })),
    ).toEqual([]);
  });

  test("names selectors that match nothing", () => {
    const from = [
      { podSelector: { matchLabels: { pod: "c" } } },
      { namespaceSelector: { matchLabels: { name: "y" } } },
    ];
    expect(findings((cluster) => cluster.policy("x/p", { podSelector: A, ingress: [{ from }] }))).toEqual([
      "peer-matches-nothing x/p spec.ingress[0].from[0].podSelector",
      "peer-matches-nothing x/p spec.ingress[0].from[1].namespaceSelector",
      "rule-changes-nothing x/p spec.ingress[0]",
    ]);
    expect(findings((cluster) => cluster.policy("x/p", { podSelector: { matchLabels: { app: "typo" } } }))).toEqual([
      "selects-no-pod x/p spec.podSelector",
    ]);
  });

  test("names ports nobody declares", () => {
    const ingress = [{ from: [{ podSelector: B }], ports: [{ port: "web" }, { port: 80 }] }];
    expect(findings((cluster) => cluster.policy("x/p", { podSelector: A, ingress }))).toEqual([
      "named-port-nobody-declares x/p spec.ingress[0].ports[0].port",
    ]);
  });

  test("names rules and policies that change nothing", () => {
    const wide = { from: [{ podSelector: {} }] };
    const narrow = { from: [{ podSelector: B }], ports: [{ port: 80 }] };
    expect(findings((cluster) => cluster.policy("x/p", { podSelector: A, ingress: [wide, narrow] }))).toEqual([
      "rule-is-shadowed x/p spec.ingress[1]",
    ]);
    const twice = (cluster: SmallCluster) => {
      cluster.policy("x/p", { podSelector: A, ingress: [narrow] });
      cluster.policy("x/q", { podSelector: A });
    };
    expect(findings(twice)).toEqual(["policy-changes-nothing x/q spec"]);
  });

  test("names over-wide peers", () => {
    const ingress = [{ from: [{ namespaceSelector: {} }], ports: [{ port: 80 }] }, { ports: [{ port: 81 }] }];
    expect(findings((cluster) => cluster.policy("x/p", { podSelector: A, ingress }))).toEqual([
      "allows-every-namespace x/p spec.ingress[0].from[0]",
      "allows-every-source x/p spec.ingress[1]",
    ]);
  });

  test("proves over-wide peers with a flow", () => {
    const cluster = SmallCluster.ofFour();
    const ingress = [
      { from: [{ namespaceSelector: {} }], ports: [{ port: 80 }] },
      { ports: [{ port: 81, protocol: "UDP" }] },
    ];
    cluster.policy("x/p", { podSelector: A, ingress });
    expect(lint(cluster.fabric.engine.state()).map((finding) => finding.flow)).toEqual([
      {
        source: "(another namespace)/(a pod without labels)",
        destination: "x/a",
        port: 80,
        protocol: "TCP",
        actual: true,
        intended: false,
        isHypothetical: true,
      },
      {
        source: "8.8.8.8",
        destination: "x/a",
        port: 81,
        protocol: "UDP",
        actual: true,
        intended: false,
        isHypothetical: false,
      },
    ]);
  });

  test("names missing DNS with the flow that proves it", () => {
    const cluster = SmallCluster.ofFour();
    cluster.pod("kube-system/coredns", { labels: { "k8s-app": "kube-dns" } });
    cluster.policy("x/p", { podSelector: A, policyTypes: ["Egress"], egress: [{ to: [{ podSelector: B }] }] });
    const [finding] = lint(cluster.fabric.engine.state());
    expect(finding).toMatchObject({
      id: "egress-without-dns",
      policy: "x/p",
      path: "spec.egress",
      flow: { source: "x/a", destination: "kube-system/coredns", port: 53, protocol: "UDP", actual: false },
    });
  });

  test("warns that an egress policy without policyTypes isolates ingress, and of blocks that cannot match", () => {
    const egress = [
      { to: [{ ipBlock: { cidr: "203.0.113.0/24", except: ["203.0.113.0/24"] } }], ports: [{ port: 443 }] },
    ];
    expect(findings((cluster) => cluster.policy("x/p", { podSelector: A, egress }))).toEqual([
      "block-cannot-match x/p spec.egress[0].to[0].ipBlock.except",
      "isolates-ingress-by-default x/p spec.policyTypes",
      "rule-changes-nothing x/p spec.egress[0]",
    ]);
  });

  test("says of a block of all addresses who is in it", () => {
    const everywhere = { ipBlock: { cidr: "0.0.0.0/0" } };
    const ports = [{ port: 443 }];
    const spec = { podSelector: A, policyTypes: ["Ingress", "Egress"], ingress: [{ from: [everywhere], ports }] };
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/p", { ...spec, egress: [{ to: [everywhere], ports }] });
    expect(lint(cluster.fabric.engine.state())).toMatchObject([
      { id: "allows-every-address", path: "spec.ingress[0].from[0].ipBlock.cidr", flow: { source: "8.8.8.8" } },
      {
        id: "allows-every-address",
        path: "spec.egress[0].to[0].ipBlock.cidr",
        flow: { destination: "(another namespace)/(a pod without labels)", port: 443 },
      },
    ]);
    const outside = SmallCluster.ofFour({ ipBlockMatchesPods: false });
    outside.policy("x/p", { podSelector: A, policyTypes: ["Egress"], egress: [{ to: [everywhere], ports }] });
    expect(lint(outside.fabric.engine.state())).toMatchObject([
      { text: expect.not.stringContaining("pods"), flow: { destination: "8.8.8.8" } },
    ]);
    const internet = { ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } };
    expect(
      findings((one) => one.policy("x/p", { podSelector: A, policyTypes: ["Egress"], egress: [{ to: [internet] }] })),
    ).toEqual([]);
  });
});

describe("lint of ClusterNetworkPolicies", () => {
  const x = { namespaces: { matchLabels: { ns: "x" } } };
  const y = { namespaces: { matchLabels: { ns: "y" } } };

  test("finds nothing in rules that all decide something", () => {
    expect(
      findings((cluster) =>
        cluster.clusterPolicy("c", {
          tier: "Admin",
          priority: 1,
          subject: x,
          ingress: [
            { action: "Accept", from: [y], protocols: [{ tcp: { destinationPort: { number: 80 } } }] },
            { action: "Deny", from: [{ namespaces: {} }] },
          ],
        }),
      ),
    ).toEqual([]);
  });

  test("names subjects and peers that match nothing", () => {
    const nobody = { namespaces: { matchLabels: { ns: "z" } } };
    expect(
      findings((cluster) => {
        cluster.clusterPolicy("a", { tier: "Admin", priority: 1, subject: nobody });
        cluster.clusterPolicy("b", {
          tier: "Admin",
          priority: 2,
          subject: x,
          egress: [
            { action: "Deny", to: [{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { pod: "q" } } } }] },
            { action: "Accept", to: [{ nodes: { matchLabels: { role: "edge" } } }] },
          ],
        });
      }),
    ).toEqual([
      "selects-no-pod a spec.subject.namespaces",
      "peer-matches-nothing b spec.egress[0].to[0].pods.podSelector",
      "peer-matches-nothing b spec.egress[1].to[0].nodes",
      "rule-changes-nothing b spec.egress[0]",
      "rule-changes-nothing b spec.egress[1]",
    ]);
  });

  test("names rules for which earlier ones of the tier leave nothing, of whatever policy", () => {
    const deny = { action: "Deny", from: [y] } as const;
    const build = (last: "Admin" | "Baseline") =>
      findings((cluster) => {
        cluster.clusterPolicy("first", { tier: "Admin", priority: 1, subject: x, ingress: [deny] });
        cluster.clusterPolicy("last", {
          tier: last,
          priority: 5,
          subject: x,
          ingress: [{ action: "Accept", from: [{ pods: { podSelector: B, namespaceSelector: y.namespaces } }] }],
        });
      });
    expect(build("Admin")).toEqual(["rule-is-shadowed last spec.ingress[0]"]);
    // Another tier is another question: it would count if the first one passed.
    expect(build("Baseline")).toEqual([]);
  });

  test("names the rule that keeps pods from the DNS", () => {
    const cluster = SmallCluster.ofFour();
    cluster.namespace("kube-system", { ns: "kube-system" });
    cluster.pod("kube-system/coredns", { labels: { "k8s-app": "kube-dns" } });
    cluster.clusterPolicy("c", {
      tier: "Baseline",
      priority: 1,
      subject: x,
      egress: [
        { action: "Accept", to: [x] },
        { action: "Deny", to: [{ namespaces: {} }] },
      ],
    });
    expect(lint(cluster.fabric.engine.state())).toMatchObject([
      { id: "egress-without-dns", policy: "c", path: "spec.egress[1]", flow: { source: "x/a" } },
    ]);
  });
});
