/**
 * Keeps the fabric's Service table: cluster IPs, node ports and ready endpoints. Models what
 * kube-proxy v1.36 programs on every node (the nodes of a world are always in step).
 */
import type { NetworkFabric } from "../../net/index.ts";
import type { Protocol, ServiceEntry, ServicePortEntry } from "../../net/types.ts";
import type { Controller, ControllerContext } from "./context.ts";
import type { Endpoint, EndpointSlice, Service } from "./objects.ts";
import { runController } from "./run-controller.ts";
import { keyOf, splitKey } from "./work-queue.ts";

const SERVICE_NAME = "kubernetes.io/service-name";

export function startServiceProxy(context: ControllerContext, fabric: NetworkFabric): Controller {
  const { api } = context;
  // Whatever the store's state, the fabric begins empty.
  for (const service of api.list<Service>("services")) program(context, fabric, service);
  return runController(context, {
    name: "kube-proxy",
    sync: (key) => {
      const [namespace, name] = splitKey(key);
      const service = api.get<Service>("services", namespace, name);
      if (service === undefined) fabric.deleteService(namespace, name);
      else program(context, fabric, service);
    },
    watch: (queue) => [
      api.watch<Service>("services", ({ object }) => queue.add(keyOf(object)), { skipInitial: true }),
      api.watch<EndpointSlice>(
        "endpointslices.discovery.k8s.io",
        ({ object }) => {
          const service = object.metadata.labels?.[SERVICE_NAME];
          if (service !== undefined) queue.add(`${object.metadata.namespace}/${service}`);
        },
        { skipInitial: true },
      ),
    ],
  });
}

function program({ api }: ControllerContext, fabric: NetworkFabric, service: Service): void {
  const { namespace = "", name } = service.metadata;
  const addresses = addressesOf(service);
  if (addresses.length === 0 && !hasNodePort(service)) {
    fabric.deleteService(namespace, name);
    return;
  }
  const slices = api
    .list<EndpointSlice>("endpointslices.discovery.k8s.io", namespace)
    .filter((slice) => slice.metadata.labels?.[SERVICE_NAME] === name && slice.addressType === "IPv4");
  const entry: ServiceEntry = {
    namespace,
    name,
    addresses,
    externalAddresses: externalAddressesOf(service),
    ports: (service.spec.ports ?? []).map((port) => portEntry(port, slices)),
    sessionAffinityClientIp: service.spec.sessionAffinity === "ClientIP",
    externalTrafficPolicy: service.spec.externalTrafficPolicy === "Local" ? "Local" : "Cluster",
    internalTrafficPolicy: service.spec.internalTrafficPolicy === "Local" ? "Local" : "Cluster",
  };
  fabric.setService(entry);
}

function addressesOf(service: Service): readonly string[] {
  if (service.spec.type === "ExternalName") return [];
  const clusterIps = (service.spec.clusterIPs ?? [service.spec.clusterIP ?? ""]).filter(
    (ip) => ip !== "" && ip !== "None",
  );
  return [...clusterIps, ...externalAddressesOf(service)];
}

/** What hosts outside the cluster may call. */
function externalAddressesOf(service: Service): readonly string[] {
  const balancers = (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  return [...(service.spec.externalIPs ?? []), ...balancers];
}

const hasNodePort = (service: Service): boolean =>
  (service.spec.ports ?? []).some(({ nodePort }) => nodePort !== undefined);

type ServicePort = NonNullable<Service["spec"]["ports"]>[number];

function portEntry(port: ServicePort, slices: readonly EndpointSlice[]): ServicePortEntry {
  const endpoints: { address: string; port: number; nodeName?: string }[] = [];
  const fallback: typeof endpoints = [];
  for (const slice of slices) {
    const target = slice.ports?.find(({ name }) => (name ?? "") === (port.name ?? ""))?.port;
    if (target === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const list = isReady(endpoint) ? endpoints : isServingWhileTerminating(endpoint) ? fallback : undefined;
      for (const address of endpoint.addresses) {
        list?.push({ address, port: target, ...(endpoint.nodeName ? { nodeName: endpoint.nodeName } : {}) });
      }
    }
  }
  return {
    name: port.name ?? "",
    protocol: (port.protocol ?? "TCP") as Protocol,
    port: port.port,
    ...(port.nodePort === undefined ? {} : { nodePort: port.nodePort }),
    // With no ready endpoint left, those that still serve while they end take over.
    endpoints: endpoints.length > 0 ? endpoints : fallback,
  };
}

const isReady = ({ conditions }: Endpoint): boolean => conditions?.ready !== false;
const isServingWhileTerminating = ({ conditions }: Endpoint): boolean =>
  conditions?.serving === true && conditions.terminating === true;
