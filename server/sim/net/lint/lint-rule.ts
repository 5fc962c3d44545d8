/** One rule by itself: peers and ports that nobody has, and peers wider than they look. */
import { cidrContains, parseAddress } from "../policy/address.ts";
import type { WrongFlow } from "../reach/comparison.ts";
import { type End, type EngineState, packetFamily, type PolicyEngine } from "../filter/engine.ts";
import type { Peer, Policy, Rule } from "../policy/policy.ts";
import { blockPath, peerPath, rulePath, selectorPath, termFieldPath } from "../policy/policy-path.ts";
import { protocolNumber, type ProtocolNumber, PROTOCOLS } from "../policy/port-set.ts";
import { PROBE_NAMESPACE, probeName } from "../reach/probe-universe.ts";
import { formatSelector, selectorMatches } from "../policy/selector.ts";
import type { PodFacts } from "../types.ts";
import { type Finding, livePods, namespaceLabels, podsIn, selectedPods } from "./finding.ts";

export interface RuleInState {
  readonly state: EngineState;
  readonly engine: PolicyEngine;
  readonly policy: Policy;
  readonly rule: Rule;
}

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
  const held = livePods(question.state).find((pod) =>
    pod.addresses.some((text) => {
      const address = parseAddress(text);
      return address !== null && cidrContains(cidr, address) && !except.some((one) => cidrContains(one, address));
    }),
  );
  const comparesPods = engine.profile.ipBlockMatchesPods || peer.network >= 0;
  if (cidr.prefixLength === 0 && except.length === 0 && (rule.action === "Allow" || rule.action === "Accept")) {
    const text = comparesPods
      ? "every address is in this block: all hosts outside the cluster, and the pods of all namespaces too"
      : "every address is in this block: all hosts outside the cluster";
    const outside = cidr.family === 6 ? OUTSIDE_IPV6 : OUTSIDE;
    // What goes out is mostly meant for the Internet; that pods are in the block is the surprise.
    const others = comparesPods && rule.direction === "egress" ? [ANYBODY, outside] : [outside];
    const shown = proof(question, ...others);
    return [{ id: "allows-every-address", severity: "note", policy: policy.id, path, text, ...shown }];
  }
  if (held === undefined || comparesPods) return [];
  const text = `the block holds pod addresses (${held.namespace}/${held.name}), which this network plugin does not compare with ipBlock`;
  return [{ id: "block-cannot-match", severity: "warning", policy: policy.id, path, text }];
}

/** How many of the selected pods are tried. */
const MOST_PODS = 5;

/** An open flow between a selected pod and one of `others`, on a port that the rule names. */
function proof(question: RuleInState, ...others: readonly string[]): { readonly flow?: WrongFlow } {
  const { state, policy, rule } = question;
  const isIngress = rule.direction === "ingress";
  for (const selected of selectedPods(state, policy).slice(0, MOST_PODS)) {
    const pod = `${selected.namespace}/${selected.name}`;
    for (const other of others) {
      const [source, destination] = isIngress ? [other, pod] : [pod, other];
      for (const { port, protocol } of portsToTry(rule, selected)) {
        if (!isOpen(question, source, destination, protocol, port)) continue;
        const [isHypothetical, name] = [other.includes("/"), PROTOCOLS[protocol] ?? "TCP"];
        return { flow: { source, destination, port, protocol: name, actual: true, intended: false, isHypothetical } };
      }
    }
  }
  return {};
}

interface TriedPort {
  readonly port: number;
  readonly protocol: ProtocolNumber;
}

/** Of a rule for all ports one that the pod declares; of names, what they stand for there. */
function portsToTry({ ports }: Rule, pod: PodFacts): readonly TriedPort[] {
  const declared = pod.ports.map(({ containerPort, protocol }) => ({
    port: containerPort,
    protocol: protocolNumber(protocol ?? "TCP"),
  }));
  const named = (ports ?? []).flatMap((term) =>
    term.kind === "range"
      ? [{ port: term.first === 0 ? (declared[0]?.port ?? 80) : term.first, protocol: term.protocol }]
      : [],
  );
  const tried = ports === null ? [...declared, { port: 80, protocol: 0 as const }] : [...named, ...declared];
  return tried.flatMap(({ port, protocol }) => (protocol === -1 ? [] : [{ port, protocol }]));
}

function isOpen({ engine }: RuleInState, from: string, to: string, protocol: ProtocolNumber, port: number): boolean {
  const [source, destination] = [from, to].map((name) => endNamed(engine, name));
  if (source === undefined || destination === undefined) return false;
  return engine.allows(source, destination, protocol, port, packetFamily(source, destination));
}

function endNamed(engine: PolicyEngine, name: string): End | undefined {
  const slash = name.indexOf("/");
  return slash < 0 ? engine.addressEnd(name) : engine.podEnd(name.slice(0, slash), name.slice(slash + 1));
}
