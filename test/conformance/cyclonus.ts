/** The 230 cases of Cyclonus' generator: nine pods, three protocols, two ports, every pair through the fabric. */
import type { NetworkFabric } from "../../server/sim/net/index.ts";
import type { Labels, NetworkPolicy, PodFacts, Protocol } from "../../server/sim/net/types.ts";
import { plugInServedPod, servedPod, setLabelledNamespace } from "./labelled-pods.ts";
import { emptyFabric, readFixture, type Suite, type SuiteCase, tryConnection } from "./suite.ts";

interface Action {
  readonly createPolicy?: NetworkPolicy;
  readonly updatePolicy?: NetworkPolicy;
  readonly deletePolicy?: string;
  readonly createNamespace?: { readonly name: string; readonly labels: Labels };
  readonly setNamespaceLabels?: { readonly name: string; readonly labels: Labels };
  readonly deleteNamespace?: string;
  readonly createPod?: { readonly pod: string; readonly labels: Labels; readonly ip: string };
  readonly setPodLabels?: { readonly pod: string; readonly labels: Labels };
  readonly deletePod?: string;
}

interface Case {
  readonly group: string;
  readonly description: string;
  readonly steps: readonly {
    readonly actions: readonly Action[];
    /** `all`, or one of `ports`. */
    readonly probe: string;
    readonly denied: readonly string[];
  }[];
}

interface Cases {
  readonly podIPs: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly cases: readonly Case[];
}

function runCase(testCase: Case, { podIPs, ports }: Cases): SuiteCase {
  const fabric = emptyFabric();
  const pods = new Map<string, PodFacts>();
  for (const [id, address] of Object.entries(podIPs)) pods.set(id, servedPod(id, address));
  for (const pod of pods.values()) {
    setLabelledNamespace(fabric, pod.namespace);
    plugInServedPod(fabric, pod);
  }
  const wrong: string[] = [];
  let verdicts = 0;
  for (const [number, step] of testCase.steps.entries()) {
    for (const action of step.actions) act(fabric, action, pods);
    const denied = new Set(step.denied);
    for (const probe of step.probe === "all" ? ports : [step.probe]) {
      const [protocol = "", port = ""] = probe.split("/");
      for (const from of pods.values()) {
        for (const to of pods.values()) {
          if (from === to) continue;
          verdicts++;
          const source = `pod:${from.namespace}/${from.name}`;
          const address = to.addresses[0] ?? "";
          const actual = tryConnection(fabric, source, address, Number(port), protocol as Protocol);
          const flow = `${from.namespace}/${from.name}>${to.namespace}/${to.name}:${probe}`;
          const expected = denied.has(flow) ? "deny" : "allow";
          if (actual !== expected) wrong.push(`step ${number}: ${flow} ${actual}, not ${expected}`);
        }
      }
    }
  }
  return { name: `${testCase.group}: ${testCase.description}`, verdicts, wrong };
}

function act(fabric: NetworkFabric, action: Action, pods: Map<string, PodFacts>): void {
  const policy = action.createPolicy ?? action.updatePolicy;
  if (policy) fabric.setPolicy(policy);
  if (action.deletePolicy) {
    const [namespace = "", name = ""] = action.deletePolicy.split("/");
    fabric.deletePolicy(namespace, name);
  }
  const namespace = action.createNamespace ?? action.setNamespaceLabels;
  if (namespace) setLabelledNamespace(fabric, namespace.name, namespace.labels);
  if (action.deleteNamespace) {
    for (const [id, pod] of pods) if (pod.namespace === action.deleteNamespace) unplug(fabric, id, pods);
    fabric.deleteNamespace(action.deleteNamespace);
  }
  if (action.createPod) {
    const pod = servedPod(action.createPod.pod, action.createPod.ip, action.createPod.labels);
    pods.set(action.createPod.pod, pod);
    plugInServedPod(fabric, pod);
  }
  if (action.setPodLabels) {
    const pod = pods.get(action.setPodLabels.pod);
    if (pod === undefined) throw new Error(`unknown pod ${action.setPodLabels.pod}`);
    const relabelled = { ...pod, labels: action.setPodLabels.labels };
    pods.set(action.setPodLabels.pod, relabelled);
    fabric.setPod(relabelled);
  }
  if (action.deletePod) unplug(fabric, action.deletePod, pods);
}

function unplug(fabric: NetworkFabric, id: string, pods: Map<string, PodFacts>): void {
  const [namespace = "", name = ""] = id.split("/");
  pods.delete(id);
  fabric.deletePod(namespace, name);
  fabric.detach(`pod:${id}`);
}

export const cyclonus: Suite = {
  name: "Cyclonus",
  source: "mattfenwick/cyclonus pkg/generator @12f646f, expectations by apimachinery's selectors",
  test: "test/conformance/cyclonus.test.ts",
  *run() {
    const cases = JSON.parse(readFixture("cyclonus-cases.json.gz")) as Cases;
    for (const testCase of cases.cases) yield runCase(testCase, cases);
  },
};
