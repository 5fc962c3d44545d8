/**
 * Where the parts of a policy stand in the object a user wrote: `spec.ingress[0].from[1].podSelector`.
 * Made only when somebody asks; explanations remember them in `rule-places.ts`.
 */
import type { Peer, Rule } from "./policy.ts";
import { type PortTerm, PROTOCOLS } from "./port-set.ts";
import type { Requirement } from "./selector.ts";

export function rulePath({ direction, index }: Rule): string {
  return `spec.${direction}[${index}]`;
}

export function peerPath(rule: Rule, peer: Peer): string {
  return `${rulePath(rule)}.${rule.direction === "ingress" ? "from" : "to"}[${peer.position}]`;
}

/** The selector of a pod peer; for a missing `namespaceSelector` the peer itself. */
export function selectorPath(rule: Rule, peer: Extract<Peer, { kind: "pods" }>, which: "namespaces" | "pods"): string {
  const path = peerPath(rule, peer);
  const field = which === "namespaces" ? "namespaceSelector" : "podSelector";
  switch (peer.form) {
    case "peer":
      return `${path}.${field}`;
    case "namespaces":
      return `${path}.namespaces`;
    case "pods":
      return `${path}.pods.${field}`;
    default:
      return peer.form satisfies never;
  }
}

export function requirementPath(selector: string, { key, expression }: Requirement): string {
  return expression < 0 ? `${selector}.matchLabels.${key}` : `${selector}.matchExpressions[${expression}]`;
}

/** The CIDR of a block; with `except` that exception. */
export function blockPath(rule: Rule, peer: Extract<Peer, { kind: "block" }>, except?: number): string {
  const path = peerPath(rule, peer);
  if (peer.network >= 0) return `${path}.networks[${peer.network}]`;
  return except === undefined ? `${path}.ipBlock.cidr` : `${path}.ipBlock.except[${except}]`;
}

export function nodesPath(rule: Rule, peer: Peer): string {
  return `${peerPath(rule, peer)}.nodes`;
}

/** One entry of `ports` or `protocols`. */
export function termPath(rule: Rule, term: PortTerm): string {
  return `${rulePath(rule)}.${rule.action === "Allow" ? "ports" : "protocols"}[${term.position}]`;
}

/** The field of an entry that names the protocol or the port. */
export function termFieldPath(rule: Rule, term: PortTerm, field: "protocol" | "port"): string {
  const path = termPath(rule, term);
  if (rule.action === "Allow") return `${path}.${field}`;
  if (term.kind === "name") return `${path}.destinationNamedPort`;
  const protocol = term.kind === "range" ? PROTOCOLS[term.protocol]?.toLowerCase() : undefined;
  if (protocol === undefined) return path;
  return field === "protocol" ? `${path}.${protocol}` : `${path}.${protocol}.destinationPort`;
}
