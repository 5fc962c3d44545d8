/**
 * EndpointSlices for hand-written Endpoints of Services without a selector. Models the
 * endpointslicemirroring controller, v1.36: one slice a subset.
 */
import type { ApiClient } from "../api/types.ts";
import type { Controller, ControllerContext } from "./context.ts";
import type { Endpoints, EndpointSlice, EndpointSubset, Service } from "./objects.ts";
import { controllerReference } from "./owners.ts";
import { runController } from "./run-controller.ts";
import { canonical } from "./template.ts";
import { keyOf, splitKey } from "./work-queue.ts";

const MANAGER = "endpointslicemirroring-controller.k8s.io";
const SKIP = "endpointslice.kubernetes.io/skip-mirror";

export function startEndpointMirroringController(context: ControllerContext): Controller {
  const { api } = context;
  return runController(context, {
    name: MANAGER,
    sync: (key) => sync(api, key),
    watch: (queue, options) => [
      api.watch<Endpoints>("endpoints", ({ object }) => queue.add(keyOf(object)), options),
      api.watch<Service>("services", ({ object }) => queue.add(keyOf(object)), options),
    ],
  });
}

function sync(api: ApiClient, key: string): void {
  const [namespace, name] = splitKey(key);
  const endpoints = api.get<Endpoints>("endpoints", namespace, name);
  const service = api.get<Service>("services", namespace, name);
  const spare = mirroredSlices(api, namespace, name);
  const isMirrored =
    endpoints !== undefined &&
    service !== undefined &&
    Object.keys(service.spec.selector ?? {}).length === 0 &&
    endpoints.metadata.labels?.[SKIP] !== "true";
  for (const subset of isMirrored ? (endpoints.subsets ?? []) : []) {
    const ports = (subset.ports ?? []).map((port) => ({ ...port, name: port.name ?? "" }));
    const index = spare.findIndex((slice) => canonical(slice.ports ?? []) === canonical(ports));
    write(api, endpoints, subset, ports, index >= 0 ? spare.splice(index, 1)[0] : undefined);
  }
  for (const slice of spare) api.delete("endpointslices.discovery.k8s.io", namespace, slice.metadata.name);
}

function mirroredSlices(api: ApiClient, namespace: string, name: string): EndpointSlice[] {
  return api
    .list<EndpointSlice>("endpointslices.discovery.k8s.io", namespace)
    .filter(
      ({ metadata }) =>
        metadata.labels?.["kubernetes.io/service-name"] === name &&
        metadata.labels["endpointslice.kubernetes.io/managed-by"] === MANAGER,
    );
}

function write(
  api: ApiClient,
  owner: Endpoints | undefined,
  subset: EndpointSubset,
  ports: EndpointSlice["ports"],
  present: EndpointSlice | undefined,
): void {
  if (owner === undefined) return;
  const endpoint = (address: NonNullable<EndpointSubset["addresses"]>[number], isReady: boolean) => ({
    addresses: [address.ip],
    conditions: { ready: isReady },
    ...(address.hostname ? { hostname: address.hostname } : {}),
    ...(address.nodeName ? { nodeName: address.nodeName } : {}),
    ...(address.targetRef ? { targetRef: address.targetRef } : {}),
  });
  const endpoints = [
    ...(subset.addresses ?? []).map((address) => endpoint(address, true)),
    ...(subset.notReadyAddresses ?? []).map((address) => endpoint(address, false)),
  ];
  if (present !== undefined) {
    if (canonical(present.endpoints) === canonical(endpoints)) return;
    api.update<EndpointSlice>("endpointslices.discovery.k8s.io", { ...present, endpoints });
    return;
  }
  api.create("endpointslices.discovery.k8s.io", {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace,
      labels: {
        ...owner.metadata.labels,
        "endpointslice.kubernetes.io/managed-by": MANAGER,
        "kubernetes.io/service-name": owner.metadata.name,
      },
      ownerReferences: [controllerReference(owner)],
    },
    addressType: "IPv4",
    endpoints,
    ports,
  });
}
