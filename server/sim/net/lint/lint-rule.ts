/** One rule by itself: peers and ports that nobody has, and peers wider than they look. */
import { type AddressBlock, type AddressFamily, blockContains, cidrContains, parseAddress } from "../policy/address.ts";
import type { Peer } from "../policy/policy.ts";
import { blockPath, peerPath, rulePath, selectorPath, termFieldPath } from "../policy/policy-path.ts";
import { formatSelector, selectorMatches } from "../policy/selector.ts";
import { PROBE_NAMESPACE, probeName } from "../reach/probe-universe.ts";
import { type Finding, livePods, namespaceLabels, podsIn, selectedPods } from "./finding.ts";
import { proofOf, type RuleInState } from "./proof.ts";

/** Addresses that everybody knows are outside. */
const OUTSIDE = "8.8.8.8";
const OUTSIDE_IPV6 = "2001:4860:4860::8888";
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
  return { id: "allows-every-source", severity: "note", ...place, text, ...proofOf(question, [OUTSIDE]) };
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
    return [{ id: "allows-every-namespace", severity: "note", ...place, text, ...proofOf(question, [ANYBODY]) }];
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
  const { engine, rule } = question;
  const { block, network } = peer;
  const path = blockPath(rule, peer);
  if (isEmpty(block)) return [nobodyLeft(question, path.replace(/\.cidr$/, ".except"))];
  const comparesPods = engine.profile.ipBlockMatchesPods || network >= 0;
  const isAllowing = rule.action === "Allow" || rule.action === "Accept";
  if (isAllowing && block.cidr?.prefixLength === 0 && block.except.length === 0) {
    return [everyAddress(question, path, block.cidr.family, comparesPods)];
  }
  return comparesPods ? [] : podsNotCompared(question, block, path);
}

function isEmpty({ cidr, except }: AddressBlock): boolean {
  return cidr !== null && except.some((one) => one.prefixLength <= cidr.prefixLength && cidrContains(one, cidr));
}

function nobodyLeft({ policy }: RuleInState, path: string): Finding {
  const text = "except takes away the whole CIDR";
  return { id: "block-cannot-match", severity: "error", policy: policy.id, path, text };
}

function everyAddress(question: RuleInState, path: string, family: AddressFamily, comparesPods: boolean): Finding {
  const { policy, rule } = question;
  const text = `every address is in this block: all hosts outside the cluster${comparesPods ? ", and the pods of all namespaces too" : ""}`;
  const outside = family === 6 ? OUTSIDE_IPV6 : OUTSIDE;
  // What goes out is mostly meant for the Internet; that pods are in the block is the surprise.
  const others = comparesPods && rule.direction === "egress" ? [ANYBODY, outside] : [outside];
  return { id: "allows-every-address", severity: "note", policy: policy.id, path, text, ...proofOf(question, others) };
}

function podsNotCompared({ state, policy }: RuleInState, block: AddressBlock, path: string): Finding[] {
  const held = livePods(state).find((pod) =>
    pod.addresses.some((text) => {
      const address = parseAddress(text);
      return address !== null && blockContains(block, address);
    }),
  );
  if (held === undefined) return [];
  const text = `the block holds pod addresses (${held.namespace}/${held.name}), which this network plugin does not compare with ipBlock`;
  return [{ id: "block-cannot-match", severity: "warning", policy: policy.id, path, text }];
}
