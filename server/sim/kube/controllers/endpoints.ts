/**
 * EndpointSlices (and the legacy Endpoints object) of Services with a selector. Models the
 * endpointslice and endpoints controllers, v1.36. Left out: topology hints, IPv6 slices.
 */
import type { ApiClient } from "../api/types.ts";
import type { Controller, ControllerContext } from "./context.ts";
import type { Endpoint, Endpoints, EndpointSlice, EndpointSubset, ObjectMeta, Pod, Service } from "./objects.ts";
import { controllerReference } from "./owners.ts";
import { conditionOf, isFinished, isPodReady, isTerminating } from "./pods.ts";
import { runController } from "./run-controller.ts";
import { matchesLabels } from "./selectors.ts";
import { type ResolvedPort, resolvePorts } from "./service-ports.ts";
import { canonical } from "./template.ts";
import { keyOf, splitKey } from "./work-queue.ts";

const SLICE_MANAGER = "endpointslice-controller.k8s.io";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const SERVICE_NAME = "kubernetes.io/service-name";
const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";
const MAX_ENDPOINTS_PER_SLICE = 100;

export function startEndpointsController(context: ControllerContext): Controller {
  const { api } = context;
  const triggers: TriggerTimes = new Map();
  return runController(context, {
    name: SLICE_MANAGER,
    sync: (key) => sync(context, triggers, key),
    watch: (queue, options) => [
      api.watch<Service>("services", ({ object }) => queue.add(keyOf(object)), options),
      api.watch<Pod>(
        "pods",
        ({ type, object }, old) => {
          if (type === "MODIFIED" && old !== undefined && isSameEndpoint(object, old)) return;
          for (const key of servicesOf(api, object, old)) queue.add(key);
        },
        options,
      ),
      api.watch<EndpointSlice>(
        "endpointslices.discovery.k8s.io",
        ({ type, object }) => {
          const service = object.metadata.labels?.[SERVICE_NAME];
          if (type === "DELETED" && service !== undefined) queue.add(`${object.metadata.namespace}/${service}`);
        },
        { skipInitial: true },
      ),
    ],
  });
}

function isSameEndpoint(left: Pod, right: Pod): boolean {
  return (
    left.status?.podIP === right.status?.podIP &&
    isPodReady(left) === isPodReady(right) &&
    isTerminating(left) === isTerminating(right) &&
    isFinished(left) === isFinished(right) &&
    canonical(left.metadata.labels) === canonical(right.metadata.labels)
  );
}

function servicesOf(api: ApiClient, pod: Pod, old: Pod | undefined): readonly string[] {
  return api
    .list<Service>("services", pod.metadata.namespace)
    .filter(
      (service) =>
        hasSelector(service) &&
        (matchesLabels(service.spec.selector, pod.metadata.labels) ||
          (old !== undefined && matchesLabels(service.spec.selector, old.metadata.labels))),
    )
    .map(keyOf);
}

const hasSelector = (service: Service): boolean =>
  Object.keys(service.spec.selector ?? {}).length > 0 && service.spec.type !== "ExternalName";

/** Per Service, when each of its pods last changed readiness, as of the sync before. */
type TriggerTimes = Map<string, Map<string, string>>;

/** The earliest change since the last sync of this Service. Models TriggerTimeTracker. */
function triggerTimeOf(triggers: TriggerTimes, service: Service, pods: readonly Pod[]): string | undefined {
  const before = triggers.get(keyOf(service));
  const now = new Map<string, string>([["", service.metadata.creationTimestamp ?? ""]]);
  for (const pod of pods) {
    now.set(pod.metadata.uid ?? "", conditionOf(pod, "Ready")?.lastTransitionTime ?? "");
  }
  triggers.set(keyOf(service), now);
  const changed = [...now].filter(([uid, time]) => time !== "" && before?.get(uid) !== time).map(([, time]) => time);
  return changed.sort()[0];
}

function sync(context: ControllerContext, triggers: TriggerTimes, key: string): void {
  const { api } = context;
  const [namespace, name] = splitKey(key);
  const service = api.get<Service>("services", namespace, name);
  if (service === undefined) {
    triggers.delete(key);
    removeAll(api, namespace, name);
    return;
  }
  if (!hasSelector(service) || service.metadata.deletionTimestamp !== undefined) return;
  const members = api
    .list<Pod>("pods", namespace)
    .filter((pod) => matchesLabels(service.spec.selector, pod.metadata.labels) && belongs(pod));
  const triggerTime = triggerTimeOf(triggers, service, members);
  syncSlices(context, service, members, triggerTime);
  syncLegacy(context, service, members, triggerTime);
}

const belongs = (pod: Pod): boolean => Boolean(pod.status?.podIP) && !isFinished(pod);

function removeAll(api: ApiClient, namespace: string, name: string): void {
  for (const slice of slicesOf(api, namespace, name)) {
    api.delete("endpointslices.discovery.k8s.io", namespace, slice.metadata.name);
  }
  const legacy = api.get<Endpoints>("endpoints", namespace, name);
  if (legacy !== undefined && managedBy(legacy) !== undefined) api.delete("endpoints", namespace, name);
}

const managedBy = (endpoints: Endpoints): string | undefined =>
  endpoints.metadata.labels?.["endpoints.kubernetes.io/managed-by"];

function slicesOf(api: ApiClient, namespace: string, service: string): readonly EndpointSlice[] {
  return api
    .list<EndpointSlice>("endpointslices.discovery.k8s.io", namespace)
    .filter(
      ({ metadata }) => metadata.labels?.[SERVICE_NAME] === service && metadata.labels[MANAGED_BY] === SLICE_MANAGER,
    );
}

/** Pods with the same port numbers share slices. */
interface PortGroup {
  readonly ports: readonly ResolvedPort[];
  readonly endpoints: Endpoint[];
}

function groupByPorts(service: Service, pods: readonly Pod[]): readonly PortGroup[] {
  const groups = new Map<string, PortGroup>();
  for (const pod of pods) {
    const ports = [...resolvePorts(service, pod)];
    const isUseless = ports.length === 0 && (service.spec.ports ?? []).length > 0 && service.spec.clusterIP !== "None";
    if (isUseless) continue;
    // Slices list their ports by name.
    ports.sort((left, right) => ((left.name ?? "") < (right.name ?? "") ? -1 : 1));
    const key = canonical(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(service, pod));
    groups.set(key, group);
  }
  return [...groups.values()];
}

function endpointOf(service: Service, pod: Pod): Endpoint {
  const isServing = isPodReady(pod);
  const terminating = isTerminating(pod);
  const hasOwnName = pod.spec.hostname && pod.spec.subdomain === service.metadata.name;
  return {
    addresses: [pod.status?.podIP ?? ""],
    conditions: {
      ready: service.spec.publishNotReadyAddresses === true || (isServing && !terminating),
      serving: service.spec.publishNotReadyAddresses === true || isServing,
      terminating,
    },
    ...(hasOwnName ? { hostname: pod.spec.hostname } : {}),
    nodeName: pod.spec.nodeName,
    targetRef: {
      kind: "Pod",
      name: pod.metadata.name,
      namespace: pod.metadata.namespace ?? "",
      uid: pod.metadata.uid ?? "",
    },
  };
}

function syncSlices(
  context: ControllerContext,
  service: Service,
  pods: readonly Pod[],
  triggerTime: string | undefined,
): void {
  const { api } = context;
  const { namespace = "", name } = service.metadata;
  const spare = [...slicesOf(api, namespace, name)];
  const wanted = slicesWanted(groupByPorts(service, pods));
  const take = (ports: readonly ResolvedPort[] | null): EndpointSlice | undefined => {
    const same = spare.findIndex((slice) => canonical(slice.ports ?? []) === canonical(ports ?? []));
    const index = same >= 0 ? same : spare.findIndex((slice) => (slice.endpoints ?? []).length === 0);
    return index >= 0 ? spare.splice(index, 1)[0] : undefined;
  };
  for (const { ports, endpoints } of wanted) {
    writeSlice(context, service, take(ports), ports, endpoints, triggerTime);
  }
  for (const slice of spare) api.delete("endpointslices.discovery.k8s.io", namespace, slice.metadata.name);
}

interface WantedSlice {
  readonly ports: readonly ResolvedPort[] | null;
  readonly endpoints: readonly Endpoint[] | null;
}

/** At least one slice, empty if need be: a Service without endpoints has a placeholder. */
function slicesWanted(groups: readonly PortGroup[]): readonly WantedSlice[] {
  if (groups.length === 0) return [{ ports: null, endpoints: null }];
  return groups.flatMap(({ ports, endpoints }) => {
    const parts: WantedSlice[] = [];
    for (let start = 0; start < endpoints.length; start += MAX_ENDPOINTS_PER_SLICE) {
      parts.push({ ports, endpoints: endpoints.slice(start, start + MAX_ENDPOINTS_PER_SLICE) });
    }
    return parts;
  });
}

function sliceLabels(service: Service): Readonly<Record<string, string>> {
  return {
    ...service.metadata.labels,
    [MANAGED_BY]: SLICE_MANAGER,
    [SERVICE_NAME]: service.metadata.name,
    ...(service.spec.clusterIP === "None" ? { "service.kubernetes.io/headless": "" } : {}),
  };
}

function writeSlice(
  context: ControllerContext,
  service: Service,
  present: EndpointSlice | undefined,
  ports: readonly ResolvedPort[] | null,
  endpoints: readonly Endpoint[] | null,
  triggerTime: string | undefined,
): void {
  const { api } = context;
  const { namespace = "", name } = service.metadata;
  const labels = sliceLabels(service);
  const annotations = triggerTime === undefined ? {} : { [TRIGGER_TIME]: triggerTime };
  if (present === undefined) {
    api.create<EndpointSlice>("endpointslices.discovery.k8s.io", {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        generateName: `${name}-`,
        namespace,
        labels,
        ...(triggerTime === undefined ? {} : { annotations }),
        ownerReferences: [controllerReference(service)],
      },
      addressType: "IPv4",
      endpoints,
      ports,
    });
    return;
  }
  const merged = keepOrder(present.endpoints ?? [], endpoints ?? []);
  const isSame =
    canonical(present.endpoints ?? []) === canonical(merged) &&
    canonical(present.ports ?? []) === canonical(ports ?? []) &&
    canonical(present.metadata.labels) === canonical(labels);
  if (isSame) return;
  api.update<EndpointSlice>("endpointslices.discovery.k8s.io", {
    ...present,
    metadata: withTrigger({ ...present.metadata, labels }, triggerTime),
    endpoints: merged,
    ports,
  });
}

/** Endpoints that stay keep their place; new ones follow. */
function keepOrder(present: readonly Endpoint[], wanted: readonly Endpoint[]): readonly Endpoint[] {
  const uidOf = (endpoint: Endpoint): string => endpoint.targetRef?.uid ?? endpoint.addresses.join();
  const byUid = new Map(wanted.map((endpoint) => [uidOf(endpoint), endpoint]));
  const kept = present.flatMap((endpoint) => byUid.get(uidOf(endpoint)) ?? []);
  const keptUids = new Set(kept.map(uidOf));
  return [...kept, ...wanted.filter((endpoint) => !keptUids.has(uidOf(endpoint)))];
}

function syncLegacy(
  { api }: ControllerContext,
  service: Service,
  pods: readonly Pod[],
  triggerTime: string | undefined,
): void {
  const { namespace = "", name } = service.metadata;
  const subsets = subsetsOf(service, pods);
  const labels = {
    ...service.metadata.labels,
    "endpoints.kubernetes.io/managed-by": "endpoint-controller",
    ...(service.spec.clusterIP === "None" ? { "service.kubernetes.io/headless": "" } : {}),
  };
  const present = api.get<Endpoints>("endpoints", namespace, name);
  if (present === undefined) {
    api.create<Endpoints>("endpoints", {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: withTrigger({ name, namespace, labels }, triggerTime),
      ...(subsets.length > 0 ? { subsets } : {}),
    });
    return;
  }
  const isSame =
    canonical(present.subsets ?? []) === canonical(subsets) && canonical(present.metadata.labels) === canonical(labels);
  if (isSame) return;
  const { subsets: _old, ...rest } = present;
  api.update<Endpoints>("endpoints", {
    ...rest,
    metadata: withTrigger({ ...present.metadata, labels }, triggerTime),
    ...(subsets.length > 0 ? { subsets } : {}),
  } as Endpoints);
}

/** The annotation names the change that caused this write; a write without such a cause takes it away. */
function withTrigger(metadata: ObjectMeta, triggerTime: string | undefined): ObjectMeta {
  const { annotations: present, ...rest } = metadata;
  const { [TRIGGER_TIME]: _old, ...others } = present ?? {};
  const annotations = triggerTime === undefined ? others : { ...others, [TRIGGER_TIME]: triggerTime };
  return Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest;
}

/** Every port once, with the addresses that serve it. `endpoints.RepackSubsets` orders them by a hash, we by name. */
function subsetsOf(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  const byPorts = new Map<string, { ports: ResolvedPort[]; ready: Pod[]; notReady: Pod[] }>();
  const portsOf = new Map<string, { port: ResolvedPort; ready: Pod[]; notReady: Pod[] }>();
  for (const pod of pods) {
    if (isTerminating(pod)) continue;
    for (const port of resolvePorts(service, pod)) {
      const entry = portsOf.get(canonical(port)) ?? { port, ready: [], notReady: [] };
      const isReady = isPodReady(pod) || service.spec.publishNotReadyAddresses === true;
      (isReady ? entry.ready : entry.notReady).push(pod);
      portsOf.set(canonical(port), entry);
    }
  }
  for (const { port, ready, notReady } of portsOf.values()) {
    const addresses = canonical([
      ready.map(({ metadata }) => metadata.uid),
      notReady.map(({ metadata }) => metadata.uid),
    ]);
    const group = byPorts.get(addresses) ?? { ports: [], ready, notReady };
    group.ports.push(port);
    byPorts.set(addresses, group);
  }
  const nameOf = ({ ports }: { readonly ports: readonly ResolvedPort[] }): string => ports[0]?.name ?? "";
  const ordered = [...byPorts.values()].sort((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1));
  return ordered.map(({ ports, ready, notReady }) => ({
    ...(ready.length > 0 ? { addresses: ready.map((pod) => addressOf(service, pod)).sort(byAddress) } : {}),
    ...(notReady.length > 0
      ? { notReadyAddresses: notReady.map((pod) => addressOf(service, pod)).sort(byAddress) }
      : {}),
    ports: ports.map(({ name, ...port }) => ({ ...(name ? { name } : {}), ...port })),
  }));
}

const byAddress = (left: { readonly ip: string }, right: { readonly ip: string }): number =>
  left.ip < right.ip ? -1 : 1;

function addressOf(service: Service, pod: Pod) {
  const { hostname, nodeName, targetRef } = endpointOf(service, pod);
  return { ip: pod.status?.podIP ?? "", ...(hostname ? { hostname } : {}), nodeName, targetRef };
}
