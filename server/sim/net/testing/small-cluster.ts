/** A cluster of a few pods for tests: every pod listens on what it is told, connections go through the fabric. */
import { createFabric } from "../fabric/network.ts";
import type { NetworkFabric } from "../fabric/types.ts";
import type { ClusterNetworkPolicy } from "../cluster-policy-types.ts";
import type {
  ContainerPort,
  Flow,
  FlowOutcome,
  Labels,
  NetworkPolicy,
  NetworkProfile,
  PodFacts,
  Protocol,
  ServiceEntry,
} from "../types.ts";

export const PROFILE: NetworkProfile = {
  enforcesPolicies: true,
  denial: "drop",
  ipBlockMatchesPods: true,
  icmp: "by-policy",
  establishedConnections: "kept",
};

export interface PodOptions {
  readonly labels?: Labels;
  readonly ports?: readonly ContainerPort[];
  readonly node?: "n1" | "n2";
  readonly addresses?: readonly string[];
  readonly hostNetwork?: boolean;
  readonly isFinished?: boolean;
  /** Which ports somebody accepts on; default: all. */
  readonly listens?: readonly number[];
}

export const NODE_ADDRESSES = { n1: "172.18.0.2", n2: "172.18.0.3" } as const;

type Spec = NonNullable<NetworkPolicy["spec"]>;

export class SmallCluster {
  readonly fabric: NetworkFabric;
  readonly #pods = new Map<string, PodFacts>();
  #chance = 0;

  constructor(profile: Partial<NetworkProfile> = {}) {
    this.fabric = createFabric({
      profile: { ...PROFILE, ...profile },
      now: () => 1000,
      // Goes round the endpoints one after the other.
      random: () => (this.#chance++ % 8) / 8,
    });
    for (const name of ["n1", "n2"] as const) {
      const addresses = [NODE_ADDRESSES[name]];
      this.fabric.setNode({ name, labels: { "kubernetes.io/hostname": name }, addresses });
      this.fabric.attach({ id: `node:${name}`, kind: "node", addresses, nodeName: name, accepts: () => true });
    }
  }

  /** The usual six: x/a, x/b, y/a, y/b on n1 and n2; labels `pod=a` or `pod=b`, namespaces `ns=x` or `ns=y`. */
  static ofFour(profile: Partial<NetworkProfile> = {}): SmallCluster {
    const cluster = new SmallCluster(profile);
    for (const namespace of ["x", "y"]) {
      cluster.namespace(namespace, { ns: namespace });
      cluster.pod(`${namespace}/a`, { node: "n1" });
      cluster.pod(`${namespace}/b`, { node: "n2" });
    }
    return cluster;
  }

  namespace(name: string, labels: Labels = {}): void {
    this.fabric.setNamespace({ name, labels });
  }

  pod(id: string, options: PodOptions = {}): void {
    const [namespace = "", name = ""] = id.split("/");
    const node = options.node ?? "n1";
    const own = options.addresses ?? this.#pods.get(id)?.addresses ?? [`10.244.${node[1]}.${10 + this.#pods.size}`];
    const pod: PodFacts = {
      namespace,
      name,
      labels: options.labels ?? { pod: name },
      addresses: options.hostNetwork ? [NODE_ADDRESSES[node]] : own,
      nodeName: node,
      hostNetwork: options.hostNetwork === true,
      ports: options.ports ?? [],
      isFinished: options.isFinished === true,
    };
    this.#pods.set(id, pod);
    this.fabric.setPod(pod);
    if (pod.hostNetwork) return;
    this.fabric.attach({
      id: `pod:${id}`,
      kind: "pod",
      addresses: pod.addresses,
      nodeName: node,
      namespace,
      podName: name,
      accepts: (_address, port) => options.listens?.includes(port) ?? true,
    });
  }

  relabel(id: string, labels: Labels): void {
    const pod = this.#pods.get(id);
    if (pod === undefined) throw new Error(`no pod ${id}`);
    this.#pods.set(id, { ...pod, labels });
    this.fabric.setPod({ ...pod, labels });
  }

  external(name: string, address: string): void {
    const addresses = [address];
    this.fabric.attach({ id: `external:${name}`, kind: "external", addresses, accepts: () => true });
  }

  policy(id: string, spec: Spec | null): void {
    const [namespace = "", name = ""] = id.split("/");
    this.fabric.setPolicy({ metadata: { namespace, name }, spec });
  }

  clusterPolicy(name: string, spec: ClusterNetworkPolicy["spec"]): void {
    this.fabric.setClusterPolicy({ metadata: { name }, spec });
  }

  service(id: string, entry: Partial<ServiceEntry> & Pick<ServiceEntry, "addresses" | "ports">): void {
    const [namespace = "", name = ""] = id.split("/");
    this.fabric.setService({
      namespace,
      name,
      sessionAffinityClientIp: false,
      externalTrafficPolicy: "Cluster",
      internalTrafficPolicy: "Cluster",
      ...entry,
    });
  }

  address(id: string): string {
    const address = this.#pods.get(id)?.addresses[0];
    if (address === undefined) throw new Error(`no pod ${id}`);
    return address;
  }

  /** `x/a`, `node:n1` and `external:web` send; a pod or an address receives. */
  connect(from: string, to: string, port = 80, protocol: Protocol = "TCP"): Flow {
    const source = from.includes(":") ? from : `pod:${from}`;
    const address = this.#pods.has(to) ? this.address(to) : to;
    return this.fabric.connect({ source, address, port, protocol });
  }

  outcome(from: string, to: string, port = 80, protocol: Protocol = "TCP"): FlowOutcome {
    return this.connect(from, to, port, protocol).outcome;
  }

  reaches(from: string, to: string, port = 80, protocol: Protocol = "TCP"): boolean {
    return this.outcome(from, to, port, protocol) === "connected";
  }

  ping(from: string, to: string): boolean {
    return this.reaches(from, to, 0, "ICMP");
  }
}
