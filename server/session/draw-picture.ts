/**
 * The cluster as the map shows it: pods, their ports, and for every pair what the packet
 * filter of this very world decides, with the rule that decided.
 */
import type {
  DoorPicture,
  MapPicture,
  NamespacePicture,
  PodPicture,
  ReachRow,
  RuleName,
  ServicePicture,
} from "../protocol.ts";
import type { KubeObject } from "../sim/kube/api/types.ts";
import { decide, sideOf } from "../sim/net/filter/decision.ts";
import type { End } from "../sim/net/filter/engine.ts";
import { protocolNumber } from "../sim/net/policy/port-set.ts";
import type { PolicyDecision, Protocol } from "../sim/net/types.ts";
import type { World } from "../sim/world-types.ts";
import { limits } from "./limits.ts";

const systemNamespaces: ReadonlySet<string> = new Set([
  "kube-system",
  "kube-public",
  "kube-node-lease",
  "local-path-storage",
]);

export function drawPicture(world: World, number: number): MapPicture {
  const { client } = world.cluster;
  const podObjects = client.list<PodObject>("pods").filter(({ status }) => !isFinished(status?.phase));
  const shown = podObjects.toSorted(byPlace).slice(0, limits.picturePods);
  const pods = shown.map((pod) => drawPod(world, pod));
  const services = client.list<ServiceObject>("services").map((service) => drawService(service, shown));
  const doors = drawDoors(world, shown, client.list<ServiceObject>("services"));
  const { rows, rules } = drawRows(world, pods, doors);
  return {
    number,
    profile: world.scenario.profile ?? "v1.36",
    plugin: world.scenario.plugin ?? "canal",
    enforcesPolicies: world.profile.enforcesPolicies,
    namespaces: drawNamespaces(world, podObjects),
    pods,
    services,
    nodes: client.list<NodeObject>("nodes").map(({ metadata, status }) => ({
      name: metadata.name,
      address: status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "",
    })),
    doors,
    rows,
    rules,
    omittedPods: podObjects.length - shown.length,
  };
}

// --------------------------------------------------------------------- objects

interface PodObject extends KubeObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly hostNetwork?: boolean;
    readonly containers?: readonly {
      readonly ports?: readonly {
        readonly name?: string;
        readonly containerPort: number;
        readonly protocol?: string;
      }[];
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly state?: {
        readonly waiting?: { readonly reason?: string };
        readonly terminated?: { readonly reason?: string };
      };
    }[];
  };
}

interface ServiceObject extends KubeObject {
  readonly spec?: {
    readonly clusterIP?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly {
      readonly port: number;
      readonly protocol?: string;
      readonly targetPort?: number | string;
    }[];
  };
}

interface NodeObject extends KubeObject {
  readonly status?: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] };
}

function byPlace(a: PodObject, b: PodObject): number {
  const isSystem = (pod: PodObject): number => Number(systemNamespaces.has(pod.metadata.namespace ?? ""));
  return isSystem(a) - isSystem(b) || compare(idOf(a), idOf(b));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isFinished(phase: string | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

function idOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function drawPod(world: World, pod: PodObject): PodPicture {
  const { metadata, spec, status } = pod;
  const namespace = metadata.namespace ?? "";
  const end = world.fabric.engine.podEnd(namespace, metadata.name);
  const policiesFor = (direction: "egress" | "ingress"): readonly string[] => {
    const side = end && sideOf(end, direction);
    return side?.isIsolated ? side.policies.map((entry) => entry.policy.id) : [];
  };
  return {
    id: idOf(pod),
    namespace,
    name: metadata.name,
    address: status?.podIP ?? "",
    labels: metadata.labels ?? {},
    status: statusOf(pod),
    isReady: status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false,
    node: spec?.nodeName ?? "",
    isHostNetwork: spec?.hostNetwork === true,
    isSystem: systemNamespaces.has(namespace),
    owner: ownerOf(pod),
    egressPolicies: policiesFor("egress"),
    ingressPolicies: policiesFor("ingress"),
  };
}

function statusOf({ metadata, status }: PodObject): string {
  if (metadata.deletionTimestamp) return "Terminating";
  const states = status?.containerStatuses?.map(({ state }) => state?.waiting?.reason ?? state?.terminated?.reason);
  return states?.find((reason) => reason !== undefined) ?? status?.reason ?? status?.phase ?? "Unknown";
}

/** The workload a person knows it by. Pods of a StatefulSet have names of their own. */
function ownerOf({ metadata }: PodObject): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (!owner || owner.kind === "StatefulSet") return metadata.name;
  const hash = metadata.labels?.["pod-template-hash"];
  return owner.kind === "ReplicaSet" && hash && owner.name.endsWith(`-${hash}`)
    ? owner.name.slice(0, -hash.length - 1)
    : owner.name;
}

function drawService({ metadata, spec }: ServiceObject, pods: readonly PodObject[]): ServicePicture {
  const selector = Object.entries(spec?.selector ?? {});
  const behind = pods.filter(
    (pod) =>
      pod.metadata.namespace === metadata.namespace &&
      selector.length > 0 &&
      selector.every(([key, value]) => pod.metadata.labels?.[key] === value),
  );
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    address: spec?.clusterIP ?? "",
    ports: (spec?.ports ?? []).map(({ port }) => String(port)),
    pods: behind.map(idOf),
  };
}

function drawNamespaces(world: World, pods: readonly PodObject[]): readonly NamespacePicture[] {
  const policies = world.cluster.client.list("networkpolicies.networking.k8s.io");
  return world.cluster.client.list("namespaces").map(({ metadata: { name, labels } }) => ({
    name,
    labels: labels ?? {},
    isSystem: systemNamespaces.has(name),
    podCount: pods.filter(({ metadata }) => metadata.namespace === name).length,
    policies: policies.filter(({ metadata }) => metadata.namespace === name).map(({ metadata }) => metadata.name),
  }));
}

// ----------------------------------------------------------------------- doors

interface PortFact {
  readonly port: number;
  readonly protocol: Protocol;
}

/**
 * Ports that pods declare, and of all ports the namespace speaks of (declared by a
 * neighbour, meant by a Service, called lately) those where a process really listens.
 */
function drawDoors(
  world: World,
  pods: readonly PodObject[],
  services: readonly ServiceObject[],
): readonly DoorPicture[] {
  const called = world.fabric.recentFlows.slice(-limits.recentFlows);
  const doors: DoorPicture[] = [];
  for (const [index, pod] of pods.entries()) {
    const address = pod.status?.podIP;
    if (!address || pod.spec?.hostNetwork) continue;
    const host = world.fabric.hostByAddress(address);
    const declared = declaredPorts(pod);
    const spokenOf = [
      ...pods.filter(({ metadata }) => metadata.namespace === pod.metadata.namespace).flatMap(declaredPorts),
      ...services.filter(({ metadata }) => metadata.namespace === pod.metadata.namespace).flatMap(targetPorts),
      ...called
        .filter(({ destination }) => destination === `pod:${idOf(pod)}`)
        .map(({ destinationPort, protocol }) => ({ port: destinationPort, protocol })),
    ];
    const listens = ({ port, protocol }: PortFact): boolean => host?.accepts(address, port, protocol) ?? false;
    for (const fact of unique([...declared, ...spokenOf])) {
      if (doors.length >= limits.pictureDoors) return doors;
      const isListening = fact.protocol !== "ICMP" && listens(fact);
      const isDeclared = declared.some((port) => port.port === fact.port && port.protocol === fact.protocol);
      if (isListening || isDeclared) doors.push({ pod: index, ...fact, isListening });
    }
  }
  return doors;
}

function declaredPorts({ spec }: PodObject): readonly PortFact[] {
  return (spec?.containers ?? []).flatMap(({ ports }) =>
    (ports ?? []).map(({ containerPort, protocol }) => ({ port: containerPort, protocol: protocolOf(protocol) })),
  );
}

function targetPorts({ spec }: ServiceObject): readonly PortFact[] {
  return (spec?.ports ?? []).flatMap(({ port, targetPort, protocol }) =>
    typeof targetPort === "string" ? [] : [{ port: targetPort ?? port, protocol: protocolOf(protocol) }],
  );
}

function protocolOf(protocol: string | undefined): Protocol {
  return protocol === "UDP" || protocol === "SCTP" ? protocol : "TCP";
}

function unique(ports: readonly PortFact[]): readonly PortFact[] {
  const found = new Map(ports.map((fact) => [`${fact.protocol}${fact.port}`, fact]));
  return [...found.values()].sort((a, b) => a.port - b.port || compare(a.protocol, b.protocol));
}

// -------------------------------------------------------------------- verdicts

function drawRows(
  world: World,
  pods: readonly PodPicture[],
  doors: readonly DoorPicture[],
): { readonly rows: readonly ReachRow[]; readonly rules: readonly RuleName[] } {
  const { engine } = world.fabric;
  const ends = pods.map(({ namespace, name }) => engine.podEnd(namespace, name));
  const rules: RuleName[] = [];
  const ruleIndexes = new Map<string, number>();
  const ruleIndex = (direction: "egress" | "ingress", decision: PolicyDecision): number => {
    if (!decision.allowedBy) return -1;
    const { policy, rule } = decision.allowedBy;
    const key = `${direction} ${rule} ${policy}`;
    const known = ruleIndexes.get(key);
    if (known !== undefined) return known;
    ruleIndexes.set(key, rules.length);
    return rules.push({ policy, direction, rule: rule + 1 }) - 1;
  };
  const rows = pods.flatMap((pod, index): readonly ReachRow[] => {
    const source = ends[index];
    if (pod.isSystem || pod.isHostNetwork || !source) return [];
    const cells = doors.map((door) =>
      drawCell(world, source, ends[door.pod], pods[door.pod]?.address ?? "", door, index, ruleIndex),
    );
    return [
      {
        pod: index,
        verdicts: cells.map(({ letter }) => letter).join(""),
        egressRules: cells.map(({ egress }) => egress),
        ingressRules: cells.map(({ ingress }) => ingress),
      },
    ];
  });
  return { rows, rules };
}

interface Cell {
  readonly letter: string;
  readonly egress: number;
  readonly ingress: number;
}

function drawCell(
  world: World,
  source: End,
  destination: End | undefined,
  address: string,
  door: DoorPicture,
  sourceIndex: number,
  ruleIndex: (direction: "egress" | "ingress", decision: PolicyDecision) => number,
): Cell {
  const protocol = protocolNumber(door.protocol);
  if (door.pod === sourceIndex) return { letter: ".", egress: -1, ingress: -1 };
  if (!destination || protocol === -1) return { letter: "u", egress: -1, ingress: -1 };
  const family = address.includes(":") ? 1 : 0;
  const packet = { source, destination, protocol, port: door.port, family } as const;
  const out = decide(world.fabric.engine, packet, "egress");
  const into = decide(world.fabric.engine, packet, "ingress");
  const letter = !out.isAllowed ? "e" : !into.isAllowed ? "i" : door.isListening ? "a" : "r";
  return { letter, egress: ruleIndex("egress", out), ingress: ruleIndex("ingress", into) };
}
