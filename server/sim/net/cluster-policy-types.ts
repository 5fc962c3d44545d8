/** policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy: the fields the filter reads. */
import type { LabelSelector } from "./types.ts";

export interface NamespacedPods {
  readonly namespaceSelector?: LabelSelector | null;
  readonly podSelector?: LabelSelector | null;
}

export interface ClusterPolicyPeer {
  readonly namespaces?: LabelSelector | null;
  readonly pods?: NamespacedPods | null;
  /** Egress only: CIDRs. */
  readonly networks?: readonly string[] | null;
  /** Egress only: nodes by their labels. */
  readonly nodes?: LabelSelector | null;
  readonly domainNames?: readonly string[] | null;
}

export interface ClusterPolicyPortMatch {
  readonly destinationPort?: {
    readonly number?: number | null;
    readonly range?: { readonly start: number; readonly end: number } | null;
  } | null;
}

export interface ClusterPolicyProtocol {
  readonly tcp?: ClusterPolicyPortMatch | null;
  readonly udp?: ClusterPolicyPortMatch | null;
  readonly sctp?: ClusterPolicyPortMatch | null;
  readonly destinationNamedPort?: string | null;
}

export interface ClusterPolicyRule {
  readonly name?: string | null;
  /** `Accept`, `Deny` or `Pass`. */
  readonly action: string;
  readonly from?: readonly ClusterPolicyPeer[] | null;
  readonly to?: readonly ClusterPolicyPeer[] | null;
  readonly protocols?: readonly ClusterPolicyProtocol[] | null;
}

export interface ClusterNetworkPolicy {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly spec: {
    /** `Admin` or `Baseline`. */
    readonly tier: string;
    /** 0–1000, lowest first. */
    readonly priority: number;
    readonly subject: { readonly namespaces?: LabelSelector | null; readonly pods?: NamespacedPods | null };
    readonly ingress?: readonly ClusterPolicyRule[] | null;
    readonly egress?: readonly ClusterPolicyRule[] | null;
  };
}
