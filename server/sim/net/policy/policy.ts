/**
 * Policies as the filter reads them: NetworkPolicy (networking.k8s.io/v1) and ClusterNetworkPolicy
 * (policy.networking.k8s.io/v1alpha2) brought into one shape, each part with its position in the object.
 */
import { type AddressBlock, formatCidr, parseAddressBlock } from "./address.ts";
import type {
  ClusterNetworkPolicy,
  ClusterPolicyPeer,
  ClusterPolicyProtocol,
  ClusterPolicyRule,
} from "../cluster-policy-types.ts";
import { LAST_PORT, type PortTerm, protocolNumber } from "./port-set.ts";
import { compileSelector, EVERYTHING, type Selector } from "./selector.ts";
import type { NetworkPolicy, PolicyPeer, PolicyPort, PolicyRule } from "../types.ts";

export type Direction = "ingress" | "egress";
export type RuleAction = "Allow" | "Accept" | "Deny" | "Pass";
export type PolicyTier = "Admin" | "NetworkPolicy" | "Baseline";

/** A peer and its position in `from` or `to`. */
export type Peer =
  /** Pods by labels; `namespaces` null means the policy's own namespace. */
  | {
      readonly kind: "pods";
      readonly namespaces: Selector | null;
      readonly pods: Selector;
      /** How the object spells it: a NetworkPolicyPeer, or `namespaces` or `pods` of a ClusterNetworkPolicy. */
      readonly form: "peer" | "namespaces" | "pods";
      readonly position: number;
    }
  | {
      readonly kind: "block";
      readonly block: AddressBlock;
      readonly id: string;
      /** Position in `networks`; -1 for an `ipBlock`. */
      readonly network: number;
      readonly position: number;
    }
  /** Addresses of nodes by the nodes' labels. */
  | { readonly kind: "nodes"; readonly nodes: Selector; readonly position: number }
  /** Matches nobody: an entry without a readable field. */
  | { readonly kind: "nobody"; readonly position: number };

export interface Rule {
  /** Position within the direction, from 0. */
  readonly index: number;
  readonly name: string | null;
  readonly action: RuleAction;
  readonly direction: Direction;
  /** Null: every peer. */
  readonly peers: readonly Peer[] | null;
  /** Null: every port and protocol, ICMP too. */
  readonly ports: readonly PortTerm[] | null;
}

export interface Policy {
  /** `NAMESPACE/NAME`, or for a ClusterNetworkPolicy `NAME`. */
  readonly id: string;
  readonly tier: PolicyTier;
  /** Null for a ClusterNetworkPolicy. */
  readonly namespace: string | null;
  readonly name: string;
  readonly priority: number;
  /** Null: pods of the policy's own namespace. */
  readonly subjectNamespaces: Selector | null;
  readonly subjectPods: Selector;
  readonly subjectPath: string;
  readonly isolatesIngress: boolean;
  readonly isolatesEgress: boolean;
  readonly source: NetworkPolicy | ClusterNetworkPolicy;
}

/** The rules of one direction, read anew; none where `policyTypes` does not list the direction (rule 17). */
export function readRulesOf({ tier, source, isolatesIngress, isolatesEgress }: Policy, direction: Direction): Rule[] {
  if (tier !== "NetworkPolicy") {
    return readClusterRules((source as ClusterNetworkPolicy).spec[direction], direction);
  }
  const counts = direction === "ingress" ? isolatesIngress : isolatesEgress;
  return counts ? readRules((source as NetworkPolicy).spec?.[direction], direction) : [];
}

const rulesByPolicy = new WeakMap<Policy, Record<Direction, Rule[] | null>>();

/** The rules of one direction, remembered as long as the policy: for explanations, which ask often. */
export function rulesOf(policy: Policy, direction: Direction): readonly Rule[] {
  let rules = rulesByPolicy.get(policy);
  if (rules === undefined) {
    rules = { ingress: null, egress: null };
    rulesByPolicy.set(policy, rules);
  }
  rules[direction] ??= readRulesOf(policy, direction);
  return rules[direction];
}

export function policyKey(namespace: string | undefined, name: string): string {
  return `${namespace || "default"}/${name}`;
}

export function readNetworkPolicy(policy: NetworkPolicy): Policy {
  const spec = policy.spec ?? {};
  const namespace = policy.metadata.namespace || "default";
  const types = spec.policyTypes?.length ? spec.policyTypes : defaultPolicyTypes(spec.egress ?? []);
  const isolatesIngress = types.includes("Ingress");
  const isolatesEgress = types.includes("Egress");
  return {
    id: `${namespace}/${policy.metadata.name}`,
    tier: "NetworkPolicy",
    namespace,
    name: policy.metadata.name,
    priority: 0,
    subjectNamespaces: null,
    subjectPods: compileSelector(spec.podSelector),
    subjectPath: "spec.podSelector",
    isolatesIngress,
    isolatesEgress,
    source: policy,
  };
}

// The length decides, not the presence: `egress: []` does not add Egress (rule 15).
function defaultPolicyTypes(egress: readonly unknown[]): readonly string[] {
  return egress.length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
}

function readRules(rules: readonly (PolicyRule | null)[] | null | undefined, direction: Direction): Rule[] {
  return (rules ?? []).map((rule, index) => {
    const peers = direction === "ingress" ? rule?.from : rule?.to;
    const ports = rule?.ports;
    return {
      index,
      name: null,
      action: "Allow",
      direction,
      peers: peers?.length ? peers.map(readPeer) : null,
      ports: ports?.length ? ports.map(readPort) : null,
    };
  });
}

function readPeer(peer: PolicyPeer | null, position: number): Peer {
  if (peer?.ipBlock) return readBlock(peer.ipBlock.cidr, peer.ipBlock.except, -1, position);
  if (!peer?.podSelector && !peer?.namespaceSelector) return { kind: "nobody", position };
  const namespaces = peer.namespaceSelector ? compileSelector(peer.namespaceSelector) : null;
  return { kind: "pods", namespaces, pods: compileSelector(peer.podSelector), form: "peer", position };
}

function readBlock(
  cidr: string,
  except: readonly string[] | null | undefined,
  network: number,
  position: number,
): Peer {
  const block = parseAddressBlock(cidr, except);
  const id = block.cidr === null ? "none" : [block.cidr, ...block.except].map(formatCidr).join("-");
  return { kind: "block", block, id, network, position };
}

function readPort(port: PolicyPort | null, position: number): PortTerm {
  const protocol = protocolNumber(port?.protocol ?? "TCP");
  const number = port?.port ?? null;
  if (typeof number === "string") return { kind: "name", name: number, protocol, position };
  if (number === null) return { kind: "range", protocol, first: 0, last: LAST_PORT, position };
  return { kind: "range", protocol, first: number, last: port?.endPort ?? number, position };
}

export function readClusterPolicy(policy: ClusterNetworkPolicy): Policy {
  const { spec } = policy;
  const subject = spec.subject;
  const byPods = subject.pods ?? null;
  return {
    id: policy.metadata.name,
    tier: spec.tier === "Baseline" ? "Baseline" : "Admin",
    namespace: null,
    name: policy.metadata.name,
    priority: spec.priority,
    subjectNamespaces: compileSelector(byPods ? byPods.namespaceSelector : subject.namespaces),
    subjectPods: compileSelector(byPods?.podSelector),
    subjectPath: byPods ? "spec.subject.pods" : "spec.subject.namespaces",
    isolatesIngress: false,
    isolatesEgress: false,
    source: policy,
  };
}

function readClusterRules(rules: readonly ClusterPolicyRule[] | null | undefined, direction: Direction): Rule[] {
  return (rules ?? []).map((rule, index) => {
    const action = readAction(rule.action);
    const peers = ((direction === "ingress" ? rule.from : rule.to) ?? []).flatMap(readClusterPeers);
    const ports = (rule.protocols ?? []).map(readClusterProtocol);
    return {
      index,
      name: rule.name ?? null,
      action,
      direction,
      peers: failsClosed(action, peers) ? null : peers,
      ports: ports.length === 0 || failsClosed(action, ports) ? null : ports,
    };
  });
}

// An unreadable part makes Deny and Pass mean everything, and Accept nothing (rule 135).
function failsClosed(action: RuleAction, parts: readonly { readonly kind: string }[]): boolean {
  return action !== "Accept" && parts.some((part) => part.kind === "nobody" || part.kind === "unknown");
}

function readAction(action: string): RuleAction {
  return action === "Accept" || action === "Pass" ? action : "Deny";
}

function readClusterPeers(peer: ClusterPolicyPeer, position: number): readonly Peer[] {
  if (peer.namespaces) {
    const namespaces = compileSelector(peer.namespaces);
    return [{ kind: "pods", namespaces, pods: EVERYTHING, form: "namespaces", position }];
  }
  if (peer.pods) {
    const namespaces = compileSelector(peer.pods.namespaceSelector);
    return [{ kind: "pods", namespaces, pods: compileSelector(peer.pods.podSelector), form: "pods", position }];
  }
  if (peer.networks) return peer.networks.map((cidr, network) => readBlock(cidr, null, network, position));
  if (peer.nodes) return [{ kind: "nodes", nodes: compileSelector(peer.nodes), position }];
  return [{ kind: "nobody", position }];
}

function readClusterProtocol(entry: ClusterPolicyProtocol, position: number): PortTerm {
  if (entry.destinationNamedPort) return { kind: "name", name: entry.destinationNamedPort, protocol: null, position };
  for (const field of ["tcp", "udp", "sctp"] as const) {
    const match = entry[field];
    if (!match) continue;
    const protocol = protocolNumber(field.toUpperCase());
    const port = match.destinationPort;
    const first = port?.number ?? port?.range?.start ?? 0;
    const last = port?.number ?? port?.range?.end ?? LAST_PORT;
    return { kind: "range", protocol, first, last, position };
  }
  return { kind: "unknown", position };
}
