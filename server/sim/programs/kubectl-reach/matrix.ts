/** Who reaches whom by policy, pod by pod; in wide worlds by groups of pods the policies cannot tell apart. */
import { type End, type PolicyEngine, protocolNumber, type ReachabilityPort } from "../../net/index.ts";
import { choosePods, type ImaginedPod } from "./imagined-pods.ts";

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

export interface Cell {
  readonly isOpen: boolean;
  /** Which side closes it. */
  readonly egress: boolean;
  readonly ingress: boolean;
}

/** One row or column: a pod, or pods of one namespace that policies treat alike. */
export interface Group {
  readonly label: string;
  /** None for hosts outside the cluster. */
  readonly pods: readonly PodName[];
  /** Of hosts outside the cluster: the address that stands for them. */
  readonly address: string | null;
  /** Nobody made these pods. */
  readonly isImagined: boolean;
}

interface Member extends Group {
  readonly ends: readonly End[];
}

export interface Matrix {
  readonly from: readonly Group[];
  readonly to: readonly Group[];
  readonly ports: readonly ReachabilityPort[];
  /** Null for a pod with itself: never filtered. */
  cell(port: ReachabilityPort, from: number, to: number): Cell | null;
}

/** Above this many pods equal ones share a row. */
const MOST_SINGLE_PODS = 20;

export interface MatrixOptions {
  /** Pods are equal when all of these have them in one class. */
  readonly views?: readonly PolicyEngine[];
  /** Adds a row and a column for a host outside the cluster. */
  readonly outsideAddress?: string;
  /** Pods of the engine that nobody made; those that fare differently for a reason of their own get rows and columns. */
  readonly imagined?: readonly ImaginedPod[];
  /** Which of those may start connections, and which may be their ends. */
  readonly mayStart?: (pod: ImaginedPod) => boolean;
  readonly mayEnd?: (pod: ImaginedPod) => boolean;
}

const EVERYBODY = () => true;

/**
 * Pods without an address take no part; hostNetwork pods of one node share a row, for packets they
 * are the node. Valid until the engine's next change.
 */
export function matrixOf(
  engine: PolicyEngine,
  from: readonly PodName[],
  to: readonly PodName[],
  ports: readonly ReachabilityPort[],
  options: MatrixOptions = {},
): Matrix {
  const { views = [engine], outsideAddress, imagined = [], mayStart = EVERYBODY, mayEnd = EVERYBODY } = options;
  const everybody = new Map([...from, ...to].map((pod) => [`${pod.namespace}/${pod.name}`, pod]));
  const view: View = {
    engine,
    views,
    isGrouped: everybody.size > MOST_SINGLE_PODS,
    isOneNamespace: new Set([...everybody.values()].map((pod) => pod.namespace)).size === 1,
  };
  const sources = [...membersOf(view, from), ...outside(view, outsideAddress)];
  const destinations = [...membersOf(view, to), ...outside(view, outsideAddress)];
  const cellsOf = (row: Member, column: Member) => ports.map((port) => cellBetween(engine, port, row, column));
  const candidates = imaginedMembers(view, imagined);
  // How somebody fares with one of each class tells how he fares with all.
  const [someSources, someDestinations] = [oneOfEachClass(sources), oneOfEachClass(destinations)];
  const fateAsSource = (row: Member) => someDestinations.flatMap((column) => cellsOf(row, column));
  const fateAsDestination = (column: Member) => someSources.flatMap((row) => cellsOf(row, column));
  const newSources = choosePods(candidates, sources, fateAsSource);
  const newDestinations = choosePods(candidates, destinations, fateAsDestination);
  const rows = beforeOutside(
    sources,
    newSources.filter(({ imagined }) => mayStart(imagined)),
  );
  const columns = beforeOutside(
    destinations,
    newDestinations.filter(({ imagined }) => mayEnd(imagined)),
  );
  return {
    from: rows,
    to: columns,
    ports,
    cell: (port, row, column) => cellBetween(engine, port, rows[row], columns[column]),
  };
}

function oneOfEachClass(members: readonly Member[]): readonly Member[] {
  const byClass = new Map(members.map((member) => [member.ends[0]?.classId, member]));
  return [...byClass.values()];
}

function beforeOutside(members: readonly Member[], added: readonly Member[]): readonly Member[] {
  const isOutside = ({ address }: Member) => address !== null;
  return [...members.filter((one) => !isOutside(one)), ...added, ...members.filter(isOutside)];
}

function cellBetween(
  engine: PolicyEngine,
  port: ReachabilityPort,
  row: Member | undefined,
  column: Member | undefined,
): Cell | null {
  const source = row?.ends[0];
  // A pod is compared with another one of its own group, where there is one.
  const destination = column?.ends.find((end) => end.name !== source?.name);
  return source === undefined || destination === undefined ? null : cellOf(engine, source, destination, port);
}

function imaginedMembers(view: View, pods: readonly ImaginedPod[]) {
  return pods.flatMap((imagined) =>
    membersOf(view, [imagined]).map((member) => ({ ...member, isImagined: true, imagined })),
  );
}

interface View {
  readonly engine: PolicyEngine;
  readonly views: readonly PolicyEngine[];
  readonly isGrouped: boolean;
  readonly isOneNamespace: boolean;
}

function cellOf(engine: PolicyEngine, source: End, destination: End, { port, protocol }: ReachabilityPort): Cell {
  const number = protocolNumber(protocol);
  if (number === -1 || !engine.isFiltered(number)) return { isOpen: true, egress: true, ingress: true };
  const egress = engine.allowsEgress(source, destination, number, port, destination.family);
  const ingress = engine.allowsIngress(source, destination, number, port, destination.family);
  return { isOpen: egress && ingress, egress, ingress };
}

function membersOf(view: View, pods: readonly PodName[]): readonly Member[] {
  const groups = new Map<string, { readonly pods: PodName[]; readonly ends: End[] }>();
  for (const pod of pods) {
    const end = view.engine.podEnd(pod.namespace, pod.name);
    if (end === undefined) continue;
    const key = keyOf(view, pod, end);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { pods: [pod], ends: [end] });
    else {
      group.pods.push(pod);
      group.ends.push(end);
    }
  }
  const members = [...groups.values()].map((group) => ({
    ...group,
    label: labelOf(view, group.pods, group.ends[0]),
    address: null,
    isImagined: false,
  }));
  // Nodes come last, by name: their pods' names are chance.
  const placeOf = ({ ends: [end] }: Member) => (end?.kind === "node" ? `node ${end.nodeName ?? ""}` : "");
  return members.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : placeOf(a) > placeOf(b) ? 1 : 0));
}

function outside({ engine }: View, address: string | undefined): readonly Member[] {
  if (address === undefined) return [];
  const label = `(outside: ${address})`;
  return [{ label, pods: [], address, isImagined: false, ends: [engine.addressEnd(address)] }];
}

function keyOf({ views, isGrouped }: View, { namespace, name }: PodName, end: End): string {
  if (end.kind === "node") return `node ${end.nodeName ?? ""}`;
  if (!isGrouped) return `${namespace}/${name}`;
  const classes = views.map((engine) => engine.podEnd(namespace, name)?.classId ?? "");
  return `${namespace}|${classes.join("|")}|${workloadOf(name)}`;
}

/** `web-64bf787f5f-62pwb` and `web-64bf787f5f-g2pkw` are pods of one workload. */
const workloadOf = (name: string): string => name.replace(/-[bcdfghjklmnpqrstvwxz2456789]{5}$/, "-*");

function labelOf({ isOneNamespace }: View, pods: readonly PodName[], end: End | undefined): string {
  const [first] = pods as readonly [PodName];
  if (pods.length > 1 && end?.kind === "node") return `node ${end.nodeName ?? ""} (${pods.length} hostNetwork pods)`;
  const name = pods.length === 1 ? first.name : `${workloadOf(first.name)} (${pods.length})`;
  // A namespace that nobody made is told in words.
  return isOneNamespace && !first.namespace.startsWith("(") ? name : `${first.namespace}/${name}`;
}
