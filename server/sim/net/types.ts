/**
 * The words every room above `net` uses for packets, flows and verdicts.
 * Plain data only, so that a flow can be logged, sent to the page and compared.
 */

export type Protocol = "TCP" | "UDP" | "SCTP" | "ICMP";

/** A label set as the API stores it. */
export type Labels = Readonly<Record<string, string>>;

/** `metav1.LabelSelector`, as users write it: `null` and absent are the same. */
export interface LabelSelector {
  readonly matchLabels?: Labels | null;
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] | null }[]
    | null;
}

export interface PolicyPeer {
  readonly podSelector?: LabelSelector | null;
  readonly namespaceSelector?: LabelSelector | null;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] | null } | null;
}

export interface PolicyPort {
  readonly protocol?: string | null;
  readonly port?: number | string | null;
  readonly endPort?: number | null;
}

/** One ingress or egress rule; `from` is read for ingress, `to` for egress. */
export interface PolicyRule {
  readonly from?: readonly PolicyPeer[] | null;
  readonly to?: readonly PolicyPeer[] | null;
  readonly ports?: readonly PolicyPort[] | null;
}

/** networking.k8s.io/v1 NetworkPolicy: the fields the filter reads. Extra fields are ignored. */
export interface NetworkPolicy {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly spec?: {
    readonly podSelector?: LabelSelector | null;
    readonly policyTypes?: readonly string[] | null;
    readonly ingress?: readonly (PolicyRule | null)[] | null;
    readonly egress?: readonly (PolicyRule | null)[] | null;
  } | null;
}

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol?: string;
}

/** What the filter must know of a pod. Pods without addresses match nothing. */
export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** Canonical IPv4 and IPv6 addresses, at most one a family. */
  readonly addresses: readonly string[];
  readonly nodeName: string;
  readonly hostNetwork: boolean;
  readonly ports: readonly ContainerPort[];
  /** Succeeded and Failed pods are neither selected nor peers. */
  readonly isFinished: boolean;
}

export interface NodeFacts {
  readonly name: string;
  readonly labels: Labels;
  readonly addresses: readonly string[];
}

export interface NamespaceFacts {
  readonly name: string;
  readonly labels: Labels;
}

/** Whether a plugin enforces policies, and what it makes of what the specification leaves open. */
export interface NetworkProfile {
  readonly enforcesPolicies: boolean;
  /** How a denied packet ends. */
  readonly denial: "drop" | "reject";
  /** Whether `ipBlock` is compared with pod addresses too. */
  readonly ipBlockMatchesPods: boolean;
  /** Whether ICMP follows the policies (a rule with ports never allows it) or always passes. */
  readonly icmp: "by-policy" | "always-allowed";
  /** Whether connections already open are cut when a policy change denies them. */
  readonly establishedConnections: "kept" | "cut";
}

/** One load-balanced address as the service proxy programs it on every node. */
export interface ServiceEntry {
  readonly namespace: string;
  readonly name: string;
  /** Cluster IPs, external IPs and load balancer IPs: all translated alike. */
  readonly addresses: readonly string[];
  /** Those of `addresses` that hosts outside the cluster can reach: external and load balancer IPs. */
  readonly externalAddresses?: readonly string[];
  readonly ports: readonly ServicePortEntry[];
  readonly sessionAffinityClientIp: boolean;
  readonly externalTrafficPolicy: "Cluster" | "Local";
  readonly internalTrafficPolicy: "Cluster" | "Local";
}

export interface ServicePortEntry {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly nodePort?: number;
  /** Ready endpoints only. */
  readonly endpoints: readonly { readonly address: string; readonly port: number; readonly nodeName?: string }[];
}

/**
 * Somebody packets can come from or go to: the network namespace of a pod, of a
 * node (hostNetwork pods share it), or a host outside the cluster.
 */
export interface NetworkHost {
  /** `pod:NAMESPACE/NAME`, `node:NAME` or `external:NAME`. */
  readonly id: string;
  readonly kind: "pod" | "node" | "external";
  readonly addresses: readonly string[];
  readonly nodeName?: string;
  readonly namespace?: string;
  readonly podName?: string;
  /** The listener's part of the journey: whether a process accepts on this address, port and protocol. */
  accepts(address: string, port: number, protocol: Protocol): boolean;
}

export type FlowOutcome =
  | "connected"
  /** Nobody listens, or a Service without ready endpoints, or a rejecting plugin. */
  | "refused"
  /** Dropped by policy: silence. */
  | "dropped"
  /** No host has this address, or no route leads to it: silence as well. */
  | "unreachable"
  /** No route at all, answered by the own kernel at once. */
  | "no-route"
  /** The name has no address: no packet was ever sent. */
  | "name-not-found";

/** One station of a packet's journey, in order. The step that decided carries `decides`. */
export type FlowStep =
  /** Only where the name stopped it; else `requestedName` tells what was resolved. */
  | { readonly at: "name"; readonly name: string; readonly decides: true }
  | {
      readonly at: "service";
      readonly service: string;
      readonly port: number;
      readonly endpoint: string | null;
      /** The node that translated a node port or external address, where it is not the client's. */
      readonly node?: string;
      readonly decides?: true;
    }
  | {
      readonly at: "egress" | "ingress";
      readonly pod: string;
      readonly decision: PolicyDecision;
      readonly decides?: true;
    }
  | { readonly at: "route"; readonly note: string; readonly decides?: true }
  | {
      readonly at: "listener";
      readonly host: string;
      readonly port: number;
      readonly isListening: boolean;
      readonly decides?: true;
    };

/** Why one side of one pod let a packet through or not. */
export interface PolicyDecision {
  readonly isAllowed: boolean;
  readonly isIsolated: boolean;
  /** `NAMESPACE/NAME` of every policy that selects the pod for this direction. */
  readonly selectedBy: readonly string[];
  /** The rule that allowed, counted from 0. Absent when nothing matched or the pod is not isolated. */
  readonly allowedBy?: { readonly policy: string; readonly rule: number };
  /** The rule that ended this side, a Deny or Pass of a ClusterNetworkPolicy (`NAME`) included. */
  readonly decidedBy?: {
    readonly tier: "Admin" | "NetworkPolicy" | "Baseline";
    readonly policy: string;
    readonly rule: number;
    readonly action: "Allow" | "Accept" | "Deny" | "Pass";
  };
  /** Why policies were not consulted at all. */
  readonly exempt?: "own-node" | "own-pod" | "host-network" | "plugin-does-not-enforce";
}

/**
 * Whose doing a packet is, as Linux audit tells it (`/proc/PID/sessionid`): set at login, kept by
 * every descendant. One object is shared by all processes that descend from one login or one
 * container's entry point, so that who attaches to a container later owns what it did before.
 */
export interface AuditSession {
  /** The terminal session of this world, counted from 1; null: nobody's (a server, a component). */
  login: number | null;
}

/** One connection attempt as the flow log keeps it. */
export interface Flow {
  /** Counted from 1 in this world. */
  readonly id: number;
  readonly timeMs: number;
  /** Id of the `NetworkHost` the packet left. */
  readonly source: string;
  readonly sourceAddress: string;
  /** The source as the destination sees it, where a node put its own address in (node ports). */
  readonly translatedSourceAddress?: string;
  /** What the program asked for. */
  readonly requestedAddress: string;
  readonly requestedPort: number;
  readonly protocol: Protocol;
  /** After Service translation. */
  readonly destination: string | null;
  readonly destinationAddress: string;
  readonly destinationPort: number;
  readonly outcome: FlowOutcome;
  readonly steps: readonly FlowStep[];
  /** The name the program had resolved, where known. */
  readonly requestedName?: string;
  /** Absent: no process sent it (a question to the network). */
  readonly audit?: AuditSession;
}

/** A name that a program wanted to send to, and that nobody knows. */
export interface UnresolvedName {
  /** Id of the source host. */
  readonly source: string;
  readonly sourceAddress: string;
  readonly name: string;
  readonly audit?: AuditSession;
}

export interface ConnectRequest {
  /** Id of the source host. */
  readonly source: string;
  /** Set when the source process belongs to a hostNetwork pod or to the node itself. */
  readonly sourceAddress?: string;
  readonly address: string;
  /** 0 for ICMP. */
  readonly port: number;
  readonly protocol: Protocol;
  readonly requestedName?: string;
  readonly audit?: AuditSession;
}
