import type { DoorPicture, FlowView, MapPicture, PodPicture } from "../../server/protocol.ts";

/** Pods that are alike in everything the filter looks at, drawn as one box. */
export interface PodGroup {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  /** Indexes into the picture's pods; the first speaks for all. */
  readonly pods: readonly number[];
  readonly first: PodPicture;
  /** Doors of the first pod. */
  readonly doors: readonly GroupDoor[];
  readonly services: readonly string[];
}

export interface GroupDoor extends DoorPicture {
  /** Index into the picture's doors. */
  readonly index: number;
}

export function groupPods(picture: MapPicture): readonly PodGroup[] {
  const byKey = new Map<string, number[]>();
  for (const [index, pod] of picture.pods.entries()) {
    if (pod.isHostNetwork) continue;
    const key = JSON.stringify([
      pod.namespace,
      pod.owner,
      pod.status,
      alikeLabels(pod),
      pod.egressPolicies,
      pod.ingressPolicies,
    ]);
    byKey.set(key, [...(byKey.get(key) ?? []), index]);
  }
  return [...byKey.values()].flatMap((pods) => {
    const index = pods[0] ?? -1;
    const first = picture.pods[index];
    if (!first) return [];
    const doors = picture.doors.flatMap((door, at) => (door.pod === index ? [{ ...door, index: at }] : []));
    const services = picture.services
      .filter((service) => service.pods.includes(first.id))
      .map(({ name, ports }) => `${name}:${ports.join(",")}`);
    return [{ id: first.id, namespace: first.namespace, name: first.owner, pods, first, doors, services }];
  });
}

/** What the person chose: everything by itself, all clients, or one group by the id of its first pod. */
export type SourceChoice = "auto" | "clients" | (string & {});

const manyClients = 4;
/** With more lines than these, the flows of one sender say more than those of all. */
const manyLines = 12;

/** The groups whose flows are drawn, never more than a few. */
export function chooseSources(
  groups: readonly PodGroup[],
  choice: SourceChoice,
  lastFlow: FlowView | null,
): readonly PodGroup[] {
  const own = groups.filter(({ first }) => !first.isSystem);
  const chosen = own.find((group) => group.id === choice);
  if (chosen) return [chosen];
  const clients = own.filter((group) => !group.doors.some(({ isListening }) => isListening));
  const sender = lastFlow ? own.find((group) => group.first.id === lastFlow.source) : undefined;
  if (choice === "clients") return clients.slice(0, manyClients);
  const doors = own.reduce((sum, group) => sum + group.doors.filter(({ isListening }) => isListening).length, 0);
  const areFew = clients.length <= 1 || (clients.length <= manyClients && clients.length * doors <= manyLines);
  if (sender && !(clients.includes(sender) && areFew)) return [sender];
  if (clients.length > 0 && areFew) return clients;
  const isolated = own.find(({ first }) => first.egressPolicies.length > 0);
  const one = isolated ?? clients[0] ?? own[0];
  return one ? [one] : [];
}

/** Labels without those a workload adds for its own book-keeping. */
function alikeLabels(pod: PodPicture): readonly string[] {
  return Object.entries(pod.labels)
    .filter(
      ([name]) =>
        !/^(pod-template-hash|controller-revision-hash|statefulset\.kubernetes\.io\/|apps\.kubernetes\.io\/)/.test(
          name,
        ),
    )
    .map(([name, value]) => `${name}=${value}`)
    .sort();
}

/** The label to show: `app` if there is one. */
export function shownLabel(pod: PodPicture): string {
  const labels = alikeLabels(pod);
  return labels.find((label) => /^(app|app\.kubernetes\.io\/name|run|k8s-app|role)=/.test(label)) ?? labels[0] ?? "";
}

export type DoorState = "open" | "shut" | "unlistened";

/** One flow from a source group to a door. */
export interface Reach {
  readonly source: PodGroup;
  readonly target: PodGroup;
  readonly door: GroupDoor;
  readonly state: "open" | "refused" | "egress" | "ingress" | "unknown";
  /** Index into the picture's rules, or -1. */
  readonly egressRule: number;
  readonly ingressRule: number;
}

export function reachOf(picture: MapPicture, source: PodGroup, target: PodGroup): readonly Reach[] {
  const sourceIndex = source.pods[0];
  const row = picture.rows.find(({ pod }) => pod === sourceIndex);
  if (!row) return [];
  return target.doors.flatMap((door): readonly Reach[] => {
    const state = stateOf(row.verdicts[door.index]);
    if (!state) return [];
    return [
      {
        source,
        target,
        door,
        state,
        egressRule: row.egressRules[door.index] ?? -1,
        ingressRule: row.ingressRules[door.index] ?? -1,
      },
    ];
  });
}

function stateOf(letter: string | undefined): Reach["state"] | null {
  switch (letter) {
    case "a":
      return "open";
    case "r":
      return "refused";
    case "e":
    case "b":
      return "egress";
    case "i":
      return "ingress";
    case "u":
      return "unknown";
    default:
      return null;
  }
}
