/** The 49 NetworkPolicy cases of Kubernetes' own end-to-end suite, each connection made through the fabric. */
import type { NetworkFabric } from "../../server/sim/net/index.ts";
import type { Labels, NetworkPolicy, PodFacts, Protocol } from "../../server/sim/net/types.ts";
import { plugInServedPod, servedPod, setLabelledNamespace } from "./labelled-pods.ts";
import { emptyFabric, readFixture, type Suite, type SuiteCase, tryConnection } from "./suite.ts";

interface Action {
  readonly createPolicy?: NetworkPolicy;
  readonly updatePolicy?: NetworkPolicy;
  readonly addNamespaceLabels?: { readonly namespace: string; readonly labels: Labels };
  readonly addPodLabels?: { readonly pod: string; readonly labels: Labels };
  readonly deleteAllPolicies?: true;
}

interface Case {
  readonly suite: string;
  readonly name: string;
  readonly pods: readonly string[];
  readonly podIPs: Readonly<Record<string, string>>;
  readonly steps: readonly {
    readonly actions: readonly Action[];
    readonly port: number;
    readonly protocol: Protocol;
    readonly denied: readonly string[];
    readonly pairs: number;
  }[];
}

function runCase(testCase: Case): SuiteCase {
  const fabric = emptyFabric();
  const pods = new Map<string, PodFacts>();
  const namespaces = new Map<string, Labels>();
  for (const id of testCase.pods) {
    const pod = servedPod(id, testCase.podIPs[id] ?? "");
    pods.set(id, pod);
    if (!namespaces.has(pod.namespace)) setLabelledNamespace(fabric, pod.namespace);
    namespaces.set(pod.namespace, { ns: pod.namespace });
    plugInServedPod(fabric, pod);
  }
  const policies = new Map<string, NetworkPolicy>();
  const wrong: string[] = [];
  let verdicts = 0;
  for (const [number, step] of testCase.steps.entries()) {
    for (const action of step.actions) act(fabric, action, pods, namespaces, policies);
    for (const from of testCase.pods) {
      for (const to of testCase.pods) {
        if (from === to) continue;
        verdicts++;
        const address = testCase.podIPs[to] ?? "";
        const actual = tryConnection(fabric, `pod:${from}`, address, step.port, step.protocol);
        const expected = step.denied.includes(`${from} -> ${to}`) ? "deny" : "allow";
        if (actual !== expected) wrong.push(`step ${number}: ${from} -> ${to}:${step.port} ${actual}, not ${expected}`);
      }
    }
  }
  return { name: `${testCase.suite}: ${testCase.name}`, verdicts, wrong };
}

function act(
  fabric: NetworkFabric,
  action: Action,
  pods: Map<string, PodFacts>,
  namespaces: Map<string, Labels>,
  policies: Map<string, NetworkPolicy>,
): void {
  const policy = action.createPolicy ?? action.updatePolicy;
  if (policy !== undefined) {
    fabric.setPolicy(policy);
    policies.set(`${policy.metadata.namespace}/${policy.metadata.name}`, policy);
  }
  if (action.addNamespaceLabels) {
    const { namespace, labels } = action.addNamespaceLabels;
    const merged = { ...namespaces.get(namespace), ...labels };
    namespaces.set(namespace, merged);
    setLabelledNamespace(fabric, namespace, merged);
  }
  if (action.addPodLabels) {
    const pod = pods.get(action.addPodLabels.pod);
    if (pod === undefined) throw new Error(`unknown pod ${action.addPodLabels.pod}`);
    const relabelled = { ...pod, labels: { ...pod.labels, ...action.addPodLabels.labels } };
    pods.set(action.addPodLabels.pod, relabelled);
    fabric.setPod(relabelled);
  }
  if (action.deleteAllPolicies) {
    for (const { metadata } of policies.values()) fabric.deletePolicy(metadata.namespace ?? "default", metadata.name);
    policies.clear();
  }
}

export const kubernetesE2e: Suite = {
  name: "Kubernetes end-to-end",
  source: "kubernetes/kubernetes test/e2e/network/netpol @008b3652",
  test: "test/conformance/kubernetes-e2e.test.ts",
  *run() {
    const { cases } = JSON.parse(readFixture("k8s-e2e-netpol-cases.json.gz")) as { readonly cases: readonly Case[] };
    for (const testCase of cases) yield runCase(testCase);
  },
};
