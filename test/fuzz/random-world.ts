/** fast-check generators of small clusters with every shape a policy can have, and of changes to them. */
import fc from "fast-check";
import type { ClusterPolicyPeer, ClusterPolicyRule } from "../../server/sim/net/cluster-policy-types.ts";
import type { ClusterNetworkPolicy } from "../../server/sim/net/cluster-policy-types.ts";
import type {
  ContainerPort,
  Labels,
  LabelSelector,
  NamespaceFacts,
  NetworkPolicy,
  NodeFacts,
  PodFacts,
  PolicyPeer,
  PolicyPort,
  PolicyRule,
} from "../../server/sim/net/types.ts";
import type { NaiveWorld } from "../naive-evaluator.ts";

const NAMESPACES = ["default", "shop", "mon"];
// One key is named like a member of Object.prototype: legal in Kubernetes, a trap in JavaScript.
const KEYS = ["app", "tier", "constructor"];
const VALUES = ["a", "b", ""];
const PORTS = [1, 53, 80, 81, 443, 8080, 65535];
const PORT_NAMES = ["web", "dns"];
const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const NODES = ["n1", "n2"];
const CIDRS = [
  "0.0.0.0/0",
  "10.0.0.0/8",
  "10.244.0.0/16",
  "10.244.0.0/30",
  "10.244.0.2/31",
  "10.244.0.3/32",
  "172.18.0.0/24",
  "172.18.0.2/32",
  "8.8.8.0/24",
  "8.8.8.8/32",
  "::/0",
  "fd00::/64",
  "fd00::2/127",
  "2001:db8::/32",
];
export const OUTSIDE = ["8.8.8.8", "8.8.8.9", "2001:db8::1"];

/** A list that is sometimes null, sometimes absent. */
function loose<T>(items: fc.Arbitrary<T>, maxLength = 2): fc.Arbitrary<T[] | null | undefined> {
  const list = fc.array(items, { minLength: 1, maxLength });
  const nothing: fc.Arbitrary<T[] | null | undefined> = fc.constantFrom<T[] | null | undefined>([], null, undefined);
  return fc.oneof({ weight: 6, arbitrary: list }, { weight: 1, arbitrary: nothing });
}

const labels: fc.Arbitrary<Labels> = fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES), {
  maxKeys: 3,
});

const expression = fc.oneof(
  fc.record({
    key: fc.constantFrom(...KEYS),
    operator: fc.constantFrom("In", "NotIn"),
    values: fc.array(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ key: fc.constantFrom(...KEYS), operator: fc.constantFrom("Exists", "DoesNotExist") }),
);

const metadataName = "kubernetes.io/metadata.name";

const selector: fc.Arbitrary<LabelSelector> = fc.record(
  {
    matchLabels: fc.oneof(labels, fc.constant(null)),
    matchExpressions: fc.oneof(fc.array(expression, { maxLength: 2 }), fc.constant(null)),
  },
  { requiredKeys: [] },
);

const namespaceSelector: fc.Arbitrary<LabelSelector> = fc.oneof(
  selector,
  fc.constantFrom(...NAMESPACES).map((name) => ({ matchLabels: { [metadataName]: name } })),
  fc.constantFrom(...NAMESPACES).map((name) => ({
    matchExpressions: [{ key: metadataName, operator: "NotIn", values: [name] }],
  })),
);

const block = fc.record(
  { cidr: fc.constantFrom(...CIDRS), except: loose(fc.constantFrom(...CIDRS)) },
  { requiredKeys: ["cidr"] },
);

const peer: fc.Arbitrary<PolicyPeer> = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector, podSelector: fc.constant(null) }),
  fc.record({ namespaceSelector, podSelector: selector }),
  fc.record({ ipBlock: block }),
);

const port: fc.Arbitrary<PolicyPort> = fc.oneof(
  fc.record({ protocol: fc.constantFrom(...PROTOCOLS, null) }, { requiredKeys: [] }),
  fc.record({ port: fc.constantFrom(...PORTS), protocol: fc.constantFrom(...PROTOCOLS) }, { requiredKeys: ["port"] }),
  fc.record(
    { port: fc.constantFrom(...PORT_NAMES), protocol: fc.constantFrom(...PROTOCOLS) },
    { requiredKeys: ["port"] },
  ),
  fc
    .tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS), fc.constantFrom(...PROTOCOLS))
    .map(([a, b, protocol]) => ({ port: Math.min(a, b), endPort: Math.max(a, b), protocol })),
);

const rule = (field: "from" | "to"): fc.Arbitrary<PolicyRule | null> =>
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record(
        { [field]: loose(peer), ports: loose(port) },
        { requiredKeys: [] },
      ) as fc.Arbitrary<PolicyRule>,
    },
    { weight: 1, arbitrary: fc.constant(null) },
  );

export const networkPolicy: fc.Arbitrary<NetworkPolicy> = fc.record({
  kind: fc.constant("NetworkPolicy"),
  metadata: fc.record(
    { name: fc.constantFrom("p0", "p1", "p2"), namespace: fc.constantFrom(...NAMESPACES) },
    { requiredKeys: ["name"] },
  ),
  spec: fc.record(
    {
      podSelector: fc.oneof(fc.constant({}), selector, fc.constant(null)),
      policyTypes: fc.constantFrom(["Ingress"], ["Egress"], ["Ingress", "Egress"], [], null),
      ingress: loose(rule("from")),
      egress: loose(rule("to")),
    },
    { requiredKeys: [] },
  ),
});

const podsOf = fc.record({ namespaceSelector, podSelector: selector }, { requiredKeys: ["podSelector"] });

const clusterPeer = (direction: string): fc.Arbitrary<ClusterPolicyPeer> => {
  const pods: fc.Arbitrary<ClusterPolicyPeer>[] = [
    fc.record({ namespaces: namespaceSelector }),
    fc.record({ pods: podsOf }),
  ];
  if (direction === "ingress") return fc.oneof(...pods);
  const networks = fc.array(fc.constantFrom(...CIDRS), { minLength: 1, maxLength: 2 });
  return fc.oneof(...pods, fc.record({ networks }), fc.record({ nodes: selector }));
};

const clusterProtocol = fc.oneof(
  fc
    .tuple(fc.constantFrom("tcp", "udp", "sctp"), fc.constantFrom(...PORTS))
    .map(([protocol, number]) => ({ [protocol]: { destinationPort: { number } } })),
  fc
    .tuple(fc.constantFrom("tcp", "udp", "sctp"), fc.constantFrom(...PORTS), fc.constantFrom(...PORTS))
    .map(([protocol, a, b]) => ({
      [protocol]: { destinationPort: { range: { start: Math.min(a, b), end: Math.max(a, b) } } },
    })),
  fc.constantFrom(...PORT_NAMES).map((destinationNamedPort) => ({ destinationNamedPort })),
);

const clusterRules = (direction: "ingress" | "egress"): fc.Arbitrary<ClusterPolicyRule[]> =>
  fc.array(
    fc.record(
      {
        action: fc.constantFrom("Accept", "Deny", "Pass"),
        [direction === "ingress" ? "from" : "to"]: fc.array(clusterPeer(direction), { minLength: 1, maxLength: 2 }),
        protocols: fc.array(clusterProtocol, { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: ["action", direction === "ingress" ? "from" : "to"] },
    ) as unknown as fc.Arbitrary<ClusterPolicyRule>,
    { maxLength: 3 },
  );

export const clusterPolicy: fc.Arbitrary<ClusterNetworkPolicy> = fc.record({
  kind: fc.constant("ClusterNetworkPolicy"),
  metadata: fc.record({ name: fc.constantFrom("c0", "c1", "c2") }),
  spec: fc.record(
    {
      tier: fc.constantFrom("Admin", "Baseline"),
      priority: fc.integer({ min: 0, max: 5 }),
      subject: fc.oneof(fc.record({ namespaces: namespaceSelector }), fc.record({ pods: podsOf })),
      ingress: clusterRules("ingress"),
      egress: clusterRules("egress"),
    },
    { requiredKeys: ["tier", "priority", "subject"] },
  ),
});

const containerPort: fc.Arbitrary<ContainerPort> = fc.record(
  {
    name: fc.constantFrom(...PORT_NAMES),
    containerPort: fc.constantFrom(...PORTS),
    protocol: fc.constantFrom(...PROTOCOLS),
  },
  { requiredKeys: ["containerPort"] },
);

const podDraft = fc.record({
  slot: fc.integer({ min: 0, max: 5 }),
  labels,
  ports: fc.array(containerPort, { maxLength: 2 }),
  hostNetwork: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

/** A pod in one of six fixed places, each with its namespace, node and dual-stack addresses. */
export const pod: fc.Arbitrary<PodFacts> = podDraft.map(({ slot, labels, ports, hostNetwork }) => {
  const node = slot % 2;
  return {
    namespace: NAMESPACES[slot % 3] as string,
    name: `pod-${slot}`,
    labels,
    addresses: hostNetwork ? nodeAddresses(node) : [`10.244.0.${slot}`, `fd00::${slot}`],
    nodeName: NODES[node] as string,
    hostNetwork,
    ports,
    isFinished: false,
  };
});

function nodeAddresses(index: number): string[] {
  return [`172.18.0.${index + 2}`, `2001:db8:1::${index + 2}`];
}

const namespace: fc.Arbitrary<NamespaceFacts> = fc.record({ name: fc.constantFrom(...NAMESPACES), labels });

const node: fc.Arbitrary<NodeFacts> = fc
  .tuple(fc.constantFrom(0, 1), labels)
  .map(([index, labels]) => ({ name: NODES[index] as string, labels, addresses: nodeAddresses(index) }));

export type Change =
  | { readonly set: "namespace"; readonly value: NamespaceFacts }
  | { readonly set: "node"; readonly value: NodeFacts }
  | { readonly set: "pod"; readonly value: PodFacts }
  | { readonly set: "policy"; readonly value: NetworkPolicy }
  | { readonly set: "clusterPolicy"; readonly value: ClusterNetworkPolicy }
  /** Takes away the n-th of what there is. */
  | { readonly drop: "pod" | "policy" | "clusterPolicy"; readonly index: number };

export const change: fc.Arbitrary<Change> = fc.oneof(
  namespace.map((value): Change => ({ set: "namespace", value })),
  node.map((value): Change => ({ set: "node", value })),
  pod.map((value): Change => ({ set: "pod", value })),
  networkPolicy.map((value): Change => ({ set: "policy", value })),
  clusterPolicy.map((value): Change => ({ set: "clusterPolicy", value })),
  fc.record({ drop: fc.constantFrom("pod", "policy", "clusterPolicy"), index: fc.nat(5) }) as fc.Arbitrary<Change>,
);

export const world: fc.Arbitrary<NaiveWorld> = fc
  .record({
    namespaces: fc.uniqueArray(namespace, { selector: (one) => one.name, maxLength: 3 }),
    nodes: fc.tuple(labels, labels),
    pods: fc.uniqueArray(pod, { selector: (one) => one.name, minLength: 2, maxLength: 6 }),
    policies: fc.uniqueArray(networkPolicy, {
      selector: ({ metadata }) => `${metadata.namespace ?? "default"}/${metadata.name}`,
      maxLength: 4,
    }),
    clusterPolicies: fc.uniqueArray(clusterPolicy, { selector: ({ metadata }) => metadata.name, maxLength: 2 }),
  })
  .map((draft) => ({
    ...draft,
    nodes: draft.nodes.map((own, i) => ({ name: NODES[i] as string, labels: own, addresses: nodeAddresses(i) })),
  }));
