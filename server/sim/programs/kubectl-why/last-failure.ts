/** The last connection of this world that did not come about, as the flow log remembers it. */
import type { Flow, NetworkFabric } from "../../net/types.ts";

/** Ports of the cluster's own components, which try again and again when one of them is away. */
const COMPONENT_PORTS = new Set([2379, 2380, 6443, 10250, 10256, 10257, 10259]);

/** Undefined when nothing failed. Components of the cluster and probes of the kubelet do not count. */
export function lastFailure(fabric: NetworkFabric): Flow | undefined {
  return fabric.recentFlows.findLast((flow) => flow.outcome !== "connected" && !isOfTheCluster(fabric, flow));
}

function isOfTheCluster(
  fabric: NetworkFabric,
  { source, destination, destinationAddress, requestedPort }: Flow,
): boolean {
  if (source.startsWith("pod:kube-system/")) return true;
  if (!source.startsWith("node:")) return false;
  if (destination === source || COMPONENT_PORTS.has(requestedPort)) return true;
  // The kubelet asks the pods of its own node whether they are well.
  const host = fabric.hostByAddress(destinationAddress);
  return host?.kind === "pod" && `node:${host.nodeName ?? ""}` === source;
}
