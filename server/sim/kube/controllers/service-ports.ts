/** A Service's target ports on one pod. */
import type { Pod, Service, ServicePort } from "./objects.ts";

/** The pod's port number for a Service port; undefined when the pod has no port of that name. */
export function targetPortOf(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === "number") return target;
  const protocol = port.protocol ?? "TCP";
  const containers = [
    ...pod.spec.containers,
    ...(pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always"),
  ];
  for (const container of containers) {
    const match = container.ports?.find(
      (candidate) => candidate.name === target && (candidate.protocol ?? "TCP") === protocol,
    );
    if (match !== undefined) return match.containerPort;
  }
  return undefined;
}

export interface ResolvedPort {
  readonly name?: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

/** The ports of an EndpointSlice this pod belongs to, in the Service's order. */
export function resolvePorts(service: Service, pod: Pod): readonly ResolvedPort[] {
  const resolved: ResolvedPort[] = [];
  for (const port of service.spec.ports ?? []) {
    const target = targetPortOf(port, pod);
    if (target === undefined) continue;
    resolved.push({
      name: port.name ?? "",
      port: target,
      protocol: port.protocol ?? "TCP",
      ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
    });
  }
  return resolved;
}
