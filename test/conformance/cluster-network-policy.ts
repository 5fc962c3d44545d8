/** The conformance suite of ClusterNetworkPolicy v1alpha2: 24 cases, 301 probes through the fabric. */
import type { NetworkFabric } from "../../server/sim/net/index.ts";
import type { ClusterNetworkPolicy } from "../../server/sim/net/cluster-policy-types.ts";
import type { NetworkPolicy, NamespaceFacts, Protocol } from "../../server/sim/net/types.ts";
import {
  isClusterPolicy,
  type ScenarioCluster,
  type ScenarioPod,
  scenarioPodFacts,
} from "../../server/sim/net/scenario/scenario.ts";
import { emptyFabric, plugIn, readFixture, type Suite, type SuiteCase, tryConnection } from "./suite.ts";

type KubernetesObject =
  | NetworkPolicy
  | ClusterNetworkPolicy
  | { readonly kind: "Namespace"; readonly metadata: NamespaceFacts };

interface Case {
  readonly name: string;
  readonly steps: readonly {
    readonly subtest: string;
    readonly actions: readonly {
      readonly create?: KubernetesObject;
      readonly update?: KubernetesObject;
      readonly delete?: KubernetesObject;
    }[];
    readonly probes: readonly {
      readonly from: string;
      readonly to: string;
      readonly protocol: Protocol;
      readonly port: number;
      readonly expect: "allow" | "deny";
    }[];
  }[];
}

interface Cases {
  readonly cluster: ScenarioCluster & { readonly pods: readonly (ScenarioPod & { listens: readonly Listen[] })[] };
  readonly cases: readonly Case[];
}

interface Listen {
  readonly port: number;
  readonly protocol: string;
}

function newCluster({ nodes, namespaces, pods }: Cases["cluster"]): NetworkFabric {
  const fabric = emptyFabric();
  for (const { name, labels } of namespaces) fabric.setNamespace({ name, labels: labels ?? {} });
  for (const { name, ip, labels } of nodes ?? []) fabric.setNode({ name, labels: labels ?? {}, addresses: [ip] });
  for (const pod of pods) {
    plugIn(fabric, scenarioPodFacts(pod), (port, protocol) =>
      pod.listens.some((one) => one.port === port && one.protocol === protocol),
    );
  }
  return fabric;
}

function runCase(testCase: Case, { cluster }: Cases): SuiteCase {
  const fabric = newCluster(cluster);
  const pods = new Map(cluster.pods.map((pod) => [`${pod.ns}/${pod.name}`, pod]));
  const wrong: string[] = [];
  let verdicts = 0;
  for (const step of testCase.steps) {
    for (const action of step.actions) {
      const object = action.create ?? action.update;
      if (object !== undefined) put(fabric, object);
      if (action.delete !== undefined) remove(fabric, action.delete);
    }
    for (const { from, to, protocol, port, expect } of step.probes) {
      verdicts++;
      const source = pods.get(from);
      const id = source?.hostNetwork ? `node:${source.node}` : `pod:${from}`;
      const actual = tryConnection(fabric, id, pods.get(to)?.ip ?? "", port, protocol);
      if (actual !== expect)
        wrong.push(`${step.subtest}: ${from} -> ${to}:${port}/${protocol} ${actual}, not ${expect}`);
    }
  }
  return { name: testCase.name, verdicts, wrong };
}

function put(fabric: NetworkFabric, object: KubernetesObject): void {
  if (object.kind === "Namespace") fabric.setNamespace(object.metadata as NamespaceFacts);
  else if (isClusterPolicy(object as NetworkPolicy)) fabric.setClusterPolicy(object as ClusterNetworkPolicy);
  else fabric.setPolicy(object as NetworkPolicy);
}

function remove(fabric: NetworkFabric, object: KubernetesObject): void {
  if (object.kind === "Namespace") throw new Error("the suite deletes no namespaces");
  const { metadata } = object as NetworkPolicy;
  if (isClusterPolicy(object as NetworkPolicy)) fabric.deleteClusterPolicy(metadata.name);
  else fabric.deletePolicy(metadata.namespace ?? "default", metadata.name);
}

export const clusterNetworkPolicy: Suite = {
  name: "ClusterNetworkPolicy",
  source: "kubernetes-sigs/network-policy-api conformance @0eec1b0",
  test: "test/conformance/cluster-network-policy.test.ts",
  *run() {
    const cases = JSON.parse(readFixture("cnp-conformance.json.gz")) as Cases;
    for (const testCase of cases.cases) yield runCase(testCase, cases);
  },
};
