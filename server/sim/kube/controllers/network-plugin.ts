/**
 * Tells the fabric's packet filter what a network plugin watches: namespaces, nodes, pods and
 * policies. Whether policies count is the fabric's profile; a plugin that enforces none
 * (flannel) still needs pods and nodes for its routes.
 */
import type { Cancel } from "../../machine/types.ts";
import type { ClusterNetworkPolicy, NetworkFabric } from "../../net/index.ts";
import type { NamespaceFacts, NetworkPolicy, NodeFacts, PodFacts } from "../../net/types.ts";
import type { WatchEvent } from "../api/types.ts";
import type { Controller, ControllerContext } from "./context.ts";
import type { KubeObject, Namespace, Node, Pod } from "./objects.ts";
import { isFinished } from "./pods.ts";

export function startNetworkPlugin({ api }: ControllerContext, fabric: NetworkFabric): Controller {
  const stops = [
    api.watch<Namespace>("namespaces", (event) => {
      if (isGone(event)) fabric.deleteNamespace(event.object.metadata.name);
      else fabric.setNamespace(namespaceFacts(event.object));
    }),
    api.watch<Node>("nodes", (event) => {
      if (isGone(event)) fabric.deleteNode(event.object.metadata.name);
      else fabric.setNode(nodeFacts(event.object));
    }),
    api.watch<Pod>("pods", (event, old) => {
      const { namespace = "", name } = event.object.metadata;
      if (isGone(event)) fabric.deletePod(namespace, name);
      else if (old === undefined || hasChanged(event.object, old)) fabric.setPod(podFacts(event.object));
    }),
    api.watch("networkpolicies.networking.k8s.io", (event) => {
      const { namespace = "", name } = event.object.metadata;
      if (isGone(event)) fabric.deletePolicy(namespace, name);
      else fabric.setPolicy(event.object as unknown as NetworkPolicy);
    }),
  ];
  // The kind exists from the moment its definition is installed; before that it cannot be watched.
  let stopClusterPolicies: Cancel | undefined;
  stops.push(
    api.watch("customresourcedefinitions.apiextensions.k8s.io", (event) => {
      if (event.object.metadata.name !== CLUSTER_POLICIES) return;
      if (isGone(event)) {
        stopClusterPolicies?.();
        stopClusterPolicies = undefined;
      } else if (isEstablished(event.object)) {
        stopClusterPolicies ??= watchClusterPolicies(api, fabric);
      }
    }),
    () => stopClusterPolicies?.(),
  );
  return {
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

const CLUSTER_POLICIES = "clusternetworkpolicies.policy.networking.k8s.io";

function watchClusterPolicies(api: ControllerContext["api"], fabric: NetworkFabric): Cancel {
  const names = new Set<string>();
  const stop = api.watch(CLUSTER_POLICIES, (event) => {
    const { name } = event.object.metadata;
    if (isGone(event)) {
      names.delete(name);
      fabric.deleteClusterPolicy(name);
    } else {
      names.add(name);
      fabric.setClusterPolicy(event.object as unknown as ClusterNetworkPolicy);
    }
  });
  return () => {
    stop();
    for (const name of names) fabric.deleteClusterPolicy(name);
  };
}

function isEstablished(definition: KubeObject): boolean {
  const status = (
    definition as {
      readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
    }
  ).status;
  return status?.conditions?.some(({ type, status: value }) => type === "Established" && value === "True") ?? false;
}

const isGone = ({ type }: WatchEvent<KubeObject>): boolean => type === "DELETED";

const hasChanged = (pod: Pod, old: Pod): boolean =>
  pod.metadata.labels !== old.metadata.labels ||
  pod.spec.nodeName !== old.spec.nodeName ||
  pod.status?.podIP !== old.status?.podIP ||
  pod.status?.phase !== old.status?.phase;

export const namespaceFacts = ({ metadata }: Namespace): NamespaceFacts => ({
  name: metadata.name,
  labels: metadata.labels ?? {},
});

export const nodeFacts = ({ metadata, status }: Node): NodeFacts => ({
  name: metadata.name,
  labels: metadata.labels ?? {},
  addresses: (status?.addresses ?? []).filter(({ type }) => type !== "Hostname").map(({ address }) => address),
});

export function podFacts(pod: Pod): PodFacts {
  const { metadata, spec, status } = pod;
  // Ports of sidecars count, those of ordinary init containers do not (rule 62).
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const containers = [...spec.containers, ...sidecars];
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    labels: metadata.labels ?? {},
    addresses: (status?.podIPs ?? []).map(({ ip }) => ip),
    nodeName: spec.nodeName ?? "",
    hostNetwork: spec.hostNetwork === true,
    ports: containers.flatMap(({ ports }) =>
      (ports ?? []).map(({ name, containerPort, protocol }) => ({
        ...(name ? { name } : {}),
        containerPort,
        protocol: protocol ?? "TCP",
      })),
    ),
    isFinished: isFinished(pod),
  };
}
