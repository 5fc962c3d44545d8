import { describe, expect, test } from "vitest";
import { createFabric } from "../sim/net/index.ts";
import type { KubeObject } from "../sim/kube/api/types.ts";
import type { NetworkPolicy } from "../sim/net/types.ts";
import type { World } from "../sim/world-types.ts";
import { drawPicture } from "./draw-picture.ts";

interface PodSpec {
  readonly name: string;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly declares?: readonly number[];
  readonly listens?: readonly number[];
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly phase?: string;
}

function worldOf(
  pods: readonly PodSpec[],
  policies: readonly NetworkPolicy[],
  services: readonly KubeObject[] = [],
): World {
  const profile = {
    enforcesPolicies: true,
    denial: "drop",
    ipBlockMatchesPods: true,
    icmp: "by-policy",
    establishedConnections: "kept",
  } as const;
  const fabric = createFabric({ profile, now: () => 0, random: () => 0 });
  fabric.setNamespace({ name: "lab", labels: {} });
  for (const { name, address, labels, listens = [] } of pods) {
    fabric.setPod({
      namespace: "lab",
      name,
      labels,
      addresses: [address],
      nodeName: "node01",
      hostNetwork: false,
      ports: [],
      isFinished: false,
    });
    fabric.attach({
      id: `pod:lab/${name}`,
      kind: "pod",
      addresses: [address],
      accepts: (_address, port, protocol) => protocol === "TCP" && listens.includes(port),
    });
  }
  for (const policy of policies) fabric.setPolicy(policy);
  const lists: Readonly<Record<string, readonly unknown[]>> = {
    pods: pods.map(podObject),
    services,
    namespaces: [{ metadata: { name: "lab" } }, { metadata: { name: "kube-system" } }],
    nodes: [{ metadata: { name: "node01" }, status: { addresses: [{ type: "InternalIP", address: "172.30.2.2" }] } }],
    "networkpolicies.networking.k8s.io": policies,
  };
  return {
    scenario: {},
    profile,
    fabric,
    cluster: { client: { list: (resource: string) => lists[resource] ?? [] } },
  } as unknown as World;
}

function podObject({ name, address, labels, declares = [], owner, phase = "Running" }: PodSpec): unknown {
  return {
    metadata: {
      namespace: "lab",
      name,
      labels,
      ...(owner ? { ownerReferences: [{ ...owner, controller: true }] } : {}),
    },
    spec: { nodeName: "node01", containers: [{ ports: declares.map((containerPort) => ({ containerPort })) }] },
    status: { phase, podIP: address, conditions: [{ type: "Ready", status: "True" }] },
  };
}

const client: PodSpec = { name: "client", address: "10.44.0.2", labels: { app: "client" } };
const other: PodSpec = { name: "other", address: "10.44.0.3", labels: { app: "other" } };
const web: PodSpec = {
  name: "web",
  address: "10.44.0.4",
  labels: { app: "web" },
  declares: [80, 81],
  listens: [80, 1234],
};

const onlyClient: NetworkPolicy = {
  metadata: { name: "only-client", namespace: "lab" },
  spec: {
    podSelector: { matchLabels: { app: "web" } },
    policyTypes: ["Ingress"],
    ingress: [{ from: [{ podSelector: { matchLabels: { app: "client" } } }], ports: [{ port: 80 }] }],
  },
};
const closedOther: NetworkPolicy = {
  metadata: { name: "closed", namespace: "lab" },
  spec: { podSelector: { matchLabels: { app: "other" } }, policyTypes: ["Egress"] },
};

describe("the picture of a world", () => {
  test("shows declared ports, and undeclared ones that a Service means and somebody listens on", () => {
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace: "lab", name: "web" },
      spec: { clusterIP: "10.96.0.9", selector: { app: "web" }, ports: [{ port: 2345, targetPort: 1234 }] },
    };
    const picture = drawPicture(worldOf([client, web], [], [service]), 1);
    expect(picture.doors).toEqual([
      { pod: 1, port: 80, protocol: "TCP", isListening: true },
      { pod: 1, port: 81, protocol: "TCP", isListening: false },
      { pod: 1, port: 1234, protocol: "TCP", isListening: true },
    ]);
    expect(picture.services).toEqual([
      { namespace: "lab", name: "web", address: "10.96.0.9", ports: ["2345"], pods: ["lab/web"] },
    ]);
    expect(picture.rows.map(({ verdicts }) => verdicts)).toEqual(["ara", "..."]);
  });

  test("says which side stopped a flow, and which rule let one through", () => {
    const picture = drawPicture(worldOf([client, other, web], [onlyClient, closedOther]), 7);
    const [fromClient, fromOther] = picture.rows;
    expect(fromClient?.verdicts).toBe("ai");
    expect(fromOther?.verdicts).toBe("ee");
    expect(picture.rules).toEqual([{ policy: "lab/only-client", direction: "ingress", rule: 1 }]);
    expect(fromClient?.ingressRules).toEqual([0, -1]);
    expect(picture.pods.map(({ egressPolicies, ingressPolicies }) => [egressPolicies, ingressPolicies])).toEqual([
      [[], []],
      [["lab/closed"], []],
      [[], ["lab/only-client"]],
    ]);
  });

  test("names pods by what a person made, and leaves finished ones out", () => {
    const picture = drawPicture(
      worldOf(
        [
          { ...client, labels: { "pod-template-hash": "5d9c" }, owner: { kind: "ReplicaSet", name: "client-5d9c" } },
          { ...other, owner: { kind: "StatefulSet", name: "others" } },
          { ...web, phase: "Succeeded" },
        ],
        [],
      ),
      1,
    );
    expect(picture.pods.map(({ owner }) => owner)).toEqual(["client", "other"]);
    expect(picture.namespaces.map(({ name, podCount, isSystem }) => [name, podCount, isSystem])).toEqual([
      ["lab", 2, false],
      ["kube-system", 0, true],
    ]);
  });
});
