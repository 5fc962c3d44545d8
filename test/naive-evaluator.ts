/**
 * A second packet filter, written from the rules and from nothing else: it reads the objects as users
 * wrote them on every question. Slow and plain on purpose; the fast engine is compared with it.
 */
import type { ClusterPolicyPeer, ClusterPolicyRule } from "../server/sim/net/cluster-policy-types.ts";
import type { ClusterNetworkPolicy } from "../server/sim/net/cluster-policy-types.ts";
import type {
  Labels,
  LabelSelector,
  NamespaceFacts,
  NetworkPolicy,
  NodeFacts,
  PodFacts,
  PolicyPeer,
  PolicyPort,
} from "../server/sim/net/types.ts";

export interface NaiveWorld {
  readonly namespaces: readonly NamespaceFacts[];
  readonly nodes: readonly NodeFacts[];
  readonly pods: readonly PodFacts[];
  readonly policies: readonly NetworkPolicy[];
  readonly clusterPolicies: readonly ClusterNetworkPolicy[];
}

/** One end: a pod with sides, or an address (of a node, a hostNetwork pod, a host outside). */
interface NaiveEnd {
  readonly pod: PodFacts | null;
  readonly addresses: readonly string[];
  readonly node: NodeFacts | null;
}

interface Question {
  readonly world: NaiveWorld;
  readonly source: NaiveEnd;
  readonly destination: NaiveEnd;
  readonly port: number;
  readonly protocol: string;
  readonly isIpv6: boolean;
}

/** Whether policies allow the connection. An end is `NAMESPACE/POD` or an address. */
export function naiveAllows(
  world: NaiveWorld,
  source: string,
  destination: string,
  port: number,
  protocol: string,
  isIpv6 = false,
): boolean {
  const question: Question = {
    world,
    source: endNamed(world, source),
    destination: endNamed(world, destination),
    port,
    protocol,
    isIpv6,
  };
  if (source === destination) return true;
  return sideAllows(question, "egress") && sideAllows(question, "ingress");
}

function endNamed(world: NaiveWorld, name: string): NaiveEnd {
  const pod = world.pods.find((one) => `${one.namespace}/${one.name}` === name) ?? null;
  if (pod !== null && !pod.hostNetwork) return { pod, addresses: pod.addresses, node: null };
  const addresses = pod === null ? [name] : pod.addresses.slice(0, 1);
  const node = world.nodes.find((one) => one.addresses.some((address) => addresses.includes(address))) ?? null;
  return { pod: null, addresses, node };
}

function sideAllows(question: Question, direction: "ingress" | "egress"): boolean {
  const { world, source, destination } = question;
  const own = direction === "egress" ? source : destination;
  const peer = direction === "egress" ? destination : source;
  if (own.pod === null) return true;
  const isOwnNode = peer.node !== null && peer.node.name === own.pod.nodeName;
  if (direction === "ingress" && isOwnNode) return true;
  const admin = tierVerdict(question, "Admin", direction);
  if (admin !== "Pass") return admin === "Accept";
  const isolating = world.policies.filter((policy) => isolates(policy, own.pod as PodFacts, direction));
  if (isolating.length > 0) {
    return isOwnNode || isolating.some((policy) => policyAllows(question, policy, direction));
  }
  return tierVerdict(question, "Baseline", direction) !== "Deny";
}

// ------------------------------------------------------------ NetworkPolicy

function isolates(policy: NetworkPolicy, pod: PodFacts, direction: "ingress" | "egress"): boolean {
  if ((policy.metadata.namespace ?? "default") !== pod.namespace) return false;
  if (!matches(policy.spec?.podSelector, pod.labels)) return false;
  const types = policy.spec?.policyTypes ?? [];
  if (types.length > 0) return types.includes(direction === "ingress" ? "Ingress" : "Egress");
  return direction === "ingress" || (policy.spec?.egress ?? []).length > 0;
}

function policyAllows(question: Question, policy: NetworkPolicy, direction: "ingress" | "egress"): boolean {
  const namespace = policy.metadata.namespace ?? "default";
  for (const rule of policy.spec?.[direction] ?? []) {
    const peers = (direction === "ingress" ? rule?.from : rule?.to) ?? [];
    const ports = rule?.ports ?? [];
    const isPeer = peers.length === 0 || peers.some((peer) => peerMatches(question, peer, namespace, direction));
    const isPort = ports.length === 0 || ports.some((port) => portMatches(question, port));
    if (isPeer && isPort) return true;
  }
  return false;
}

function peerMatches(question: Question, peer: PolicyPeer, namespace: string, direction: string): boolean {
  const end = direction === "egress" ? question.destination : question.source;
  if (peer.ipBlock) {
    const { cidr, except } = peer.ipBlock;
    return inBlock(end, cidr, question.isIpv6) && !(except ?? []).some((one) => inBlock(end, one, question.isIpv6));
  }
  if (end.pod === null) return false;
  if (!peer.namespaceSelector && !peer.podSelector) return false;
  const isInNamespace = peer.namespaceSelector
    ? matches(peer.namespaceSelector, labelsOfNamespace(question.world, end.pod.namespace))
    : end.pod.namespace === namespace;
  return isInNamespace && matches(peer.podSelector, end.pod.labels);
}

function portMatches(question: Question, entry: PolicyPort): boolean {
  if ((entry.protocol ?? "TCP") !== question.protocol) return false;
  const { port, endPort } = entry;
  if (port === undefined || port === null) return true;
  if (typeof port === "string") return namedPort(question, port);
  return question.port >= port && question.port <= (endPort ?? port);
}

function namedPort({ destination, port, protocol }: Question, name: string): boolean {
  const declared = destination.pod?.ports ?? [];
  return declared.some(
    (one) => one.name === name && one.containerPort === port && (one.protocol ?? "TCP") === protocol,
  );
}

// ------------------------------------------------------ ClusterNetworkPolicy

function tierVerdict(question: Question, tier: string, direction: "ingress" | "egress"): string {
  const own = (direction === "egress" ? question.source : question.destination).pod as PodFacts;
  const policies = question.world.clusterPolicies
    .filter((policy) => policy.spec.tier === tier)
    .sort((a, b) => a.spec.priority - b.spec.priority || (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const { spec } of policies) {
    const { namespaces, pods } = spec.subject;
    const ofNamespace = labelsOfNamespace(question.world, own.namespace);
    const isSubject = pods
      ? matches(pods.namespaceSelector, ofNamespace) && matches(pods.podSelector, own.labels)
      : matches(namespaces, ofNamespace);
    if (!isSubject) continue;
    for (const rule of spec[direction] ?? []) if (clusterRuleMatches(question, rule, direction)) return rule.action;
  }
  return "Pass";
}

function clusterRuleMatches(question: Question, rule: ClusterPolicyRule, direction: string): boolean {
  const peers = (direction === "ingress" ? rule.from : rule.to) ?? [];
  const protocols = rule.protocols ?? [];
  if (!peers.some((peer) => clusterPeerMatches(question, peer, direction))) return false;
  if (protocols.length === 0) return true;
  return protocols.some((entry) => {
    if (entry.destinationNamedPort) return namedPort(question, entry.destinationNamedPort);
    const match = { TCP: entry.tcp, UDP: entry.udp, SCTP: entry.sctp }[question.protocol];
    if (!match) return false;
    const wanted = match.destinationPort;
    if (!wanted) return true;
    if (wanted.range) return question.port >= wanted.range.start && question.port <= wanted.range.end;
    return question.port === wanted.number;
  });
}

function clusterPeerMatches(question: Question, peer: ClusterPolicyPeer, direction: string): boolean {
  const end = direction === "egress" ? question.destination : question.source;
  if (peer.networks) return peer.networks.some((cidr) => inBlock(end, cidr, question.isIpv6));
  if (peer.nodes) return end.node !== null && matches(peer.nodes, end.node.labels);
  if (end.pod === null) return false;
  const ofNamespace = labelsOfNamespace(question.world, end.pod.namespace);
  if (peer.namespaces) return matches(peer.namespaces, ofNamespace);
  if (!peer.pods) return false;
  return matches(peer.pods.namespaceSelector, ofNamespace) && matches(peer.pods.podSelector, end.pod.labels);
}

// -------------------------------------------------------- labels, addresses

function labelsOfNamespace(world: NaiveWorld, name: string): Labels {
  const labels = world.namespaces.find((one) => one.name === name)?.labels ?? {};
  return { ...labels, "kubernetes.io/metadata.name": name };
}

function matches(selector: LabelSelector | null | undefined, labels: Labels): boolean {
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) if (labels[key] !== value) return false;
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    const has = Object.hasOwn(labels, key);
    const isListed = has && (values ?? []).includes(labels[key] as string);
    const holds = { In: isListed, NotIn: !isListed, Exists: has, DoesNotExist: !has }[operator];
    if (holds !== true) return false;
  }
  return true;
}

function inBlock(end: NaiveEnd, cidr: string, isIpv6: boolean): boolean {
  const [network = "", length = ""] = cidr.split("/");
  if (network.includes(":") !== isIpv6) return false;
  const prefix = toBinary(network).slice(0, Number(length));
  return end.addresses.some((one) => one.includes(":") === isIpv6 && toBinary(one).startsWith(prefix));
}

/** The address as a string of 0 and 1. */
function toBinary(address: string): string {
  if (!address.includes(":")) {
    return address
      .split(".")
      .map((octet) => Number(octet).toString(2).padStart(8, "0"))
      .join("");
  }
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = !tail ? [] : tail.split(":");
  const gap = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...gap, ...right].map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0")).join("");
}
