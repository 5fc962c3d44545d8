/**
 * Policy scenarios (`netpol-scenario/1`): a cluster, policies and queries as plain data, for running
 * the same input through several engines.
 */
import type { ClusterNetworkPolicy } from "../cluster-policy-types.ts";
import { type End, packetFamily, PolicyEngine } from "../filter/engine.ts";
import { protocolNumber, type ProtocolNumber } from "../policy/port-set.ts";
import type { Labels, NetworkPolicy, PodFacts } from "../types.ts";

export interface ScenarioPod {
  readonly ns: string;
  readonly name: string;
  readonly ip: string;
  readonly node: string;
  readonly nodeIP: string;
  readonly labels?: Labels | null;
  readonly containerPorts?: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[];
  readonly hostNetwork?: boolean;
}

export interface ScenarioCluster {
  readonly nodes?: readonly { readonly name: string; readonly ip: string; readonly labels?: Labels }[];
  readonly namespaces: readonly { readonly name: string; readonly labels?: Labels }[];
  readonly pods: readonly ScenarioPod[];
  readonly policies: readonly (NetworkPolicy | ClusterNetworkPolicy)[];
}

export interface ScenarioPort {
  readonly port: number;
  readonly protocol: string;
}

export type ScenarioQuery = readonly [source: string, destination: string, port: number, protocol: string];

export interface PolicyScenario {
  readonly format: "netpol-scenario/1";
  readonly id?: string;
  readonly name?: string;
  readonly seed?: number;
  readonly cluster: ScenarioCluster;
  readonly queries?: {
    readonly generate?: GeneratedQueries;
    readonly list?: readonly ScenarioQuery[];
  };
  readonly matrix?: { readonly ports: readonly ScenarioPort[] };
  readonly expected?: string;
}

export interface GeneratedQueries {
  readonly seed: number;
  readonly count: number;
  readonly ports: readonly ScenarioPort[];
  readonly externals?: readonly string[];
  readonly extDstPct?: number;
  readonly extSrcPct?: number;
}

export function scenarioPodFacts(pod: ScenarioPod): PodFacts {
  return {
    namespace: pod.ns,
    name: pod.name,
    labels: pod.labels ?? {},
    addresses: [pod.ip],
    nodeName: pod.node,
    hostNetwork: pod.hostNetwork === true,
    ports: (pod.containerPorts ?? []).map(({ name, port, protocol }) => ({ name, containerPort: port, protocol })),
    isFinished: false,
  };
}

export function isClusterPolicy(policy: NetworkPolicy | ClusterNetworkPolicy): policy is ClusterNetworkPolicy {
  return policy.kind === "ClusterNetworkPolicy";
}

/** An engine with the scenario's cluster; nothing is compiled yet. */
export function engineOfCluster(cluster: ScenarioCluster): PolicyEngine {
  const engine = new PolicyEngine();
  for (const { name, labels } of cluster.namespaces) engine.setNamespace({ name, labels: labels ?? {} });
  const nodes = new Map<string, { name: string; labels: Labels; addresses: string[] }>();
  for (const { name, ip, labels } of cluster.nodes ?? [])
    nodes.set(name, { name, labels: labels ?? {}, addresses: [ip] });
  for (const { node, nodeIP } of cluster.pods) {
    if (nodeIP && !nodes.has(node)) nodes.set(node, { name: node, labels: {}, addresses: [nodeIP] });
  }
  for (const node of nodes.values()) engine.setNode(node);
  for (const pod of cluster.pods) engine.setPod(scenarioPodFacts(pod));
  for (const policy of cluster.policies) {
    if (isClusterPolicy(policy)) engine.setClusterPolicy(policy);
    else engine.setPolicy(policy);
  }
  return engine;
}

/** The end a query names: `NAMESPACE/POD` or an address. */
export function scenarioEnd(engine: PolicyEngine, name: string): End {
  const slash = name.indexOf("/");
  if (slash < 0) return engine.addressEnd(name);
  const end = engine.podEnd(name.slice(0, slash), name.slice(slash + 1));
  if (end === undefined) throw new Error(`no pod ${name} in the scenario`);
  return end;
}

export function scenarioProtocol(protocol: string): ProtocolNumber {
  const number = protocolNumber(protocol);
  if (number === -1) throw new Error(`unknown protocol ${protocol}`);
  return number;
}

/** The verdicts of a scenario's listed queries, one character each: `1` allowed, `0` denied. */
export function evaluateList(scenario: PolicyScenario): string {
  const engine = engineOfCluster(scenario.cluster);
  let verdicts = "";
  for (const [source, destination, port, protocol] of scenario.queries?.list ?? []) {
    const from = scenarioEnd(engine, source);
    const to = scenarioEnd(engine, destination);
    const family = packetFamily(from, to);
    verdicts += engine.allows(from, to, scenarioProtocol(protocol), port, family) ? "1" : "0";
  }
  return verdicts;
}
