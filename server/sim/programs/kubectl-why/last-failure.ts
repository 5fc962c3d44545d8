/** The last connection of a terminal that did not come about, as the flow log remembers it. */
import type { NetworkFabric } from "../../net/index.ts";
import type { AuditSession, Flow } from "../../net/types.ts";

/** Ports of the cluster's own components, which try again and again when one of them is away. */
const COMPONENT_PORTS = new Set([2379, 2380, 6443, 10250, 10256, 10257, 10259]);

export interface LastFailure {
  /** Of this terminal, or of a program that no terminal started. */
  readonly flow: Flow;
  readonly isOwn: boolean;
  /** A newer one of a program that no terminal started: a pod that works by itself. */
  readonly newer: Flow | null;
}

/**
 * The newest failure of the login `audit` belongs to: of its commands here, and of what it ran in
 * containers with exec, attach and run. Failures of other terminals are theirs to ask about; those of
 * pods that work by themselves stand in where this terminal has none. Undefined when nothing failed.
 * Components of the cluster and probes of the kubelet do not count.
 */
export function lastFailure(fabric: NetworkFabric, { login }: AuditSession): LastFailure | undefined {
  const failed = fabric.recentFlows.filter((flow) => flow.outcome !== "connected");
  const own = login === null ? undefined : failed.findLast((flow) => flow.audit?.login === login);
  const background = failed.findLast((flow) => (flow.audit?.login ?? null) === null && !isOfTheCluster(fabric, flow));
  if (own !== undefined) {
    const isNewer = background !== undefined && background.id > own.id && !isSame(background, own);
    return { flow: own, isOwn: true, newer: isNewer ? background : null };
  }
  return background === undefined ? undefined : { flow: background, isOwn: false, newer: null };
}

/** The same connection, tried again. */
const isSame = (one: Flow, other: Flow): boolean =>
  one.source === other.source &&
  one.requestedAddress === other.requestedAddress &&
  one.requestedPort === other.requestedPort &&
  one.protocol === other.protocol;

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
