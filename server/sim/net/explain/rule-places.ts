/**
 * Rules made ready to be explained: each part with its place in the object and the words for what it
 * wants, made once and remembered as long as the policy. An explanation reads some fifty of them.
 */
import { formatCidr } from "../policy/address.ts";
import { type Direction, type Peer, type Policy, type Rule, rulesOf } from "../policy/policy.ts";
import {
  blockPath,
  nodesPath,
  peerPath,
  requirementPath,
  rulePath,
  selectorPath,
  termFieldPath,
  termPath,
} from "../policy/policy-path.ts";
import { LAST_PORT, type PortTerm, PROTOCOLS } from "../policy/port-set.ts";
import { formatRequirement, type Requirement, type Selector } from "../policy/selector.ts";

export interface PlacedRule {
  readonly rule: Rule;
  readonly path: string;
  readonly peers: readonly PlacedPeer[] | null;
  readonly ports: readonly PlacedTerm[] | null;
}

/** Something a packet may lack: where it is written, and what is wanted there. */
export interface Wish {
  readonly path: string;
  readonly wanted: string;
}

export interface PlacedSelector {
  readonly path: string;
  readonly requirements: readonly (Wish & { readonly requirement: Requirement })[];
}

export type PlacedPeer = { readonly path: string } & (
  | {
      readonly kind: "pods";
      /** Null: the policy's own namespace. */
      readonly namespaces: PlacedSelector | null;
      readonly pods: PlacedSelector;
    }
  | {
      readonly kind: "block";
      readonly peer: Extract<Peer, { kind: "block" }>;
      readonly cidr: Wish;
      readonly except: readonly Wish[];
    }
  | { readonly kind: "nodes"; readonly nodes: PlacedSelector }
  | { readonly kind: "nobody" }
);

export interface PlacedTerm {
  readonly path: string;
  readonly term: PortTerm;
  readonly protocol: Wish;
  readonly port: Wish;
}

const known = new WeakMap<Policy, Record<Direction, readonly PlacedRule[] | null>>();

/** The rules of one direction, in written order. */
export function placedRulesOf(policy: Policy, direction: Direction): readonly PlacedRule[] {
  let placed = known.get(policy);
  if (placed === undefined) {
    placed = { ingress: null, egress: null };
    known.set(policy, placed);
  }
  placed[direction] ??= rulesOf(policy, direction).map(placeRule);
  return placed[direction];
}

function placeRule(rule: Rule): PlacedRule {
  return {
    rule,
    path: rulePath(rule),
    peers: rule.peers?.map((peer) => placePeer(rule, peer)) ?? null,
    ports: rule.ports?.map((term) => placeTerm(rule, term)) ?? null,
  };
}

function placePeer(rule: Rule, peer: Peer): PlacedPeer {
  const path = peerPath(rule, peer);
  switch (peer.kind) {
    case "pods": {
      const { namespaces, pods } = peer;
      return {
        kind: "pods",
        path,
        namespaces: namespaces && placeSelector(namespaces, selectorPath(rule, peer, "namespaces")),
        pods: placeSelector(pods, selectorPath(rule, peer, "pods")),
      };
    }
    case "block": {
      const { cidr, except } = peer.block;
      return {
        kind: "block",
        path,
        peer,
        cidr: { path: blockPath(rule, peer), wanted: cidr === null ? "a CIDR" : formatCidr(cidr) },
        except: except.map((one, i) => ({ path: blockPath(rule, peer, i), wanted: `not ${formatCidr(one)}` })),
      };
    }
    case "nodes":
      return { kind: "nodes", path, nodes: placeSelector(peer.nodes, nodesPath(rule, peer)) };
    case "nobody":
      return { kind: "nobody", path };
    default:
      return peer satisfies never;
  }
}

function placeSelector({ requirements }: Selector, path: string): PlacedSelector {
  return {
    path,
    requirements: requirements.map((requirement) => ({
      requirement,
      path: requirementPath(path, requirement),
      wanted: formatRequirement(requirement),
    })),
  };
}

function placeTerm(rule: Rule, term: PortTerm): PlacedTerm {
  return {
    path: termPath(rule, term),
    term,
    protocol: { path: termFieldPath(rule, term, "protocol"), wanted: protocolWish(term) },
    port: { path: termFieldPath(rule, term, "port"), wanted: portWish(term) },
  };
}

function protocolWish(term: PortTerm): string {
  if (term.kind === "unknown") return "a protocol";
  return term.protocol === null || term.protocol === -1 ? "another" : (PROTOCOLS[term.protocol] ?? "");
}

function portWish(term: PortTerm): string {
  if (term.kind === "unknown") return "a port";
  if (term.kind === "name") return `the port named ${term.name}`;
  return term.first === term.last ? `${term.first}` : `${term.first}–${Math.min(term.last, LAST_PORT)}`;
}
