/** One rule by itself: peers and ports that nobody has, and peers wider than they look. */
import { cidrContains } from "../policy/address.ts";
import type { WrongFlow } from "../reach/comparison.ts";
import type { EngineState, PolicyEngine } from "../filter/engine.ts";
import { addressesOf } from "../filter/pod-class.ts";
import type { Peer, Policy, Rule } from "../policy/policy.ts";
import { blockPath, peerPath, rulePath, selectorPath, termFieldPath } from "../policy/policy-path.ts";
import { PROTOCOLS } from "../policy/port-set.ts";
import { PROBE_NAMESPACE, probeName } from "../reach/probe-universe.ts";
import { formatSelector, selectorMatches } from "../policy/selector.ts";
import { type Finding, livePods, namespaceLabels, podsIn, selectedPods } from "./finding.ts";

export interface RuleInState {
  readonly state: EngineState;
  readonly engine: PolicyEngine;
  readonly policy: Policy;
  readonly rule: Rule;
}

/** An address that everybody knows is outside. */
const OUTSIDE = "8.8.8.8";
const ANYBODY = `${PROBE_NAMESPACE}/${probeName({})}`;

export function lintRule(question: RuleInState): Finding[] {
  const { policy, rule } = question;
  return [
    ...(rule.peers === null && rule.direction === "ingress" && policy.tier === "NetworkPolicy"
      ? [everySource(question)]
      : []),
    ...(rule.peers ?? []).flatMap((peer) => lintPeer(question, peer)),
    ...lintPortNames(question),
  ];
}

function everySource(question: RuleInState): Finding {
  const text = "no from: everybody is allowed, hosts outside the cluster too";
  const place = { policy: question.policy.id, path: rulePath(question.rule) };
  return { id: "allows-every-source", severity: "note", ...place, text, ...proof(question, OUTSIDE) };
}

function lintPortNames({ state, policy, rule }: RuleInState): Finding[] {
  const isIngress = rule.direction === "ingress";
  return (rule.ports ?? []).flatMap((term): Finding[] => {
    if (term.kind !== "name") return [];
    const targets = isIngress ? selectedPods(state, policy) : livePods(state);
    if (targets.length === 0 || targets.some((pod) => pod.ports.some((port) => port.name === term.name))) return [];
    const text = `no ${isIngress ? "selected " : ""}pod declares a port named ${term.name}`;
    const path = termFieldPath(rule, term, "port");
    return [{ id: "named-port-nobody-declares", severity: "warning", policy: policy.id, path, text }];
  });
}

// ------------------------------------------------------------------------- peers

function lintPeer(question: RuleInState, peer: Peer): Finding[] {
  switch (peer.kind) {
    case "block":
      return lintBlock(question, peer);
    case "pods":
      return lintPods(question, peer);
    case "nodes":
      return lintNodes(question, peer);
    default:
      return [];
  }
}

function lintPods(question: RuleInState, peer: Extract<Peer, { kind: "pods" }>): Finding[] {
  const { state, policy, rule } = question;
  const { namespaces, pods } = peer;
  const isEverybody = namespaces?.requirements.length === 0 && pods.requirements.length === 0;
  if (isEverybody) {
    // For a ClusterNetworkPolicy everybody is an ordinary peer, and mostly one to deny.
    if (rule.action !== "Allow") return [];
    const text = "an empty namespaceSelector means all pods of all namespaces, kube-system included";
    const place = { policy: policy.id, path: peerPath(rule, peer) };
    return [{ id: "allows-every-namespace", severity: "note", ...place, text, ...proof(question, ANYBODY) }];
  }
  const there = podsIn(state, namespaces, policy.namespace);
  if (there.some((pod) => selectorMatches(pods, pod.labels))) return [];
  const isNamespace =
    namespaces !== null &&
    !state.namespaces.some(({ name }) => selectorMatches(namespaces, namespaceLabels(state, name)));
  const text = isNamespace
    ? `no namespace matches ${formatSelector(namespaces)}`
    : `no pod there matches ${formatSelector(pods) || "(all pods)"}`;
  const path = selectorPath(rule, peer, isNamespace ? "namespaces" : "pods");
  return [{ id: "peer-matches-nothing", severity: "warning", policy: policy.id, path, text }];
}

function lintNodes({ state, policy, rule }: RuleInState, peer: Extract<Peer, { kind: "nodes" }>): Finding[] {
  if (state.nodes.some((node) => selectorMatches(peer.nodes, node.labels))) return [];
  const text = `no node matches ${formatSelector(peer.nodes) || "(all nodes)"}`;
  const path = `${peerPath(rule, peer)}.nodes`;
  return [{ id: "peer-matches-nothing", severity: "warning", policy: policy.id, path, text }];
}

function lintBlock(question: RuleInState, peer: Extract<Peer, { kind: "block" }>): Finding[] {
  const { engine, policy, rule } = question;
  const { cidr, except } = peer.block;
  if (cidr === null) return [];
  const path = blockPath(rule, peer);
  if (except.some((one) => one.prefixLength <= cidr.prefixLength && cidrContains(one, cidr))) {
    const text = "except takes away the whole CIDR";
    const place = { policy: policy.id, path: path.replace(/\.cidr$/, ".except") };
    return [{ id: "block-cannot-match", severity: "error", ...place, text }];
  }
  const held = [...engine.podMembers.values()].find((member) =>
    addressesOf(member).some(
      (address) => cidrContains(cidr, address) && !except.some((one) => cidrContains(one, address)),
    ),
  );
  const comparesPods = engine.profile.ipBlockMatchesPods || peer.network >= 0;
  if (cidr.prefixLength === 0 && except.length === 0 && (rule.action === "Allow" || rule.action === "Accept")) {
    const text = comparesPods
      ? "every address is in this block: all hosts outside the cluster, and the pods of all namespaces too"
      : "every address is in this block: all hosts outside the cluster";
    // What goes out is mostly meant for the Internet; that pods are in the block is the surprise.
    const other = comparesPods && rule.direction === "egress" ? ANYBODY : OUTSIDE;
    return [{ id: "allows-every-address", severity: "note", policy: policy.id, path, text, ...proof(question, other) }];
  }
  if (held === undefined || comparesPods) return [];
  const text = `the block holds pod addresses (${held.id}), which this network plugin does not compare with ipBlock`;
  return [{ id: "block-cannot-match", severity: "warning", policy: policy.id, path, text }];
}

/** A flow that the rule allows between a selected pod and somebody probably not meant. */
function proof({ state, policy, rule }: RuleInState, other: string): { readonly flow?: WrongFlow } {
  const [selected] = selectedPods(state, policy);
  if (selected === undefined) return {};
  const number = rule.ports?.find((term) => term.kind === "range");
  if (rule.ports !== null && number === undefined) return {};
  const pod = `${selected.namespace}/${selected.name}`;
  const [source, destination] = rule.direction === "ingress" ? [other, pod] : [pod, other];
  const port = number === undefined || number.first === 0 ? (selected.ports[0]?.containerPort ?? 80) : number.first;
  const protocol = PROTOCOLS[number?.protocol ?? 0] ?? "TCP";
  const isHypothetical = other.includes("/");
  return { flow: { source, destination, port, protocol, actual: true, intended: false, isHypothetical } };
}
