/**
 * Tells the fabric's packet filter what a network plugin watches: namespaces, nodes, pods and
 * policies. Whether policies count is the fabric's profile; a plugin that enforces none
 * (flannel) still needs pods and nodes for its routes.
 */
import type { NamespaceFacts, NetworkFabric, NetworkPolicy, NodeFacts, PodFacts } from "../../net/types.ts";
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
  return {
    stop: () => {
      for (const stop of stops) stop();
    },
  };
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
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
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
