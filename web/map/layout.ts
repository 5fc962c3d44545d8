/**
 * Where everything on the map stands. Pure geometry: from a picture and a size to boxes,
 * walls and lines, in units of one CSS pixel at normal scale.
 *
 * Senders stand left, receivers right, so that every flow runs one way. A sender's egress
 * wall is a bracket before it with a gap a rule; a receiver's ingress wall stands before
 * its ports with a gap where something may enter. Of shut flows only one line a pair is
 * drawn, so that what is open can be seen.
 */
import type { FlowView, MapPicture } from "../../server/protocol.ts";
import {
  chooseSources,
  type GroupDoor,
  groupPods,
  type PodGroup,
  type Reach,
  reachOf,
  type SourceChoice,
} from "./groups.ts";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Territory extends Box {
  readonly name: string;
  readonly podCount: number;
  readonly policyCount: number;
  readonly isOwn: boolean;
}

export interface SourceBox extends Box {
  readonly group: PodGroup;
  /** Its own ingress wall, at its left; what it sends does not meet it. */
  readonly ingressWall: string | null;
  readonly wall: EgressWall | null;
  readonly shutCount: number;
}

export interface EgressWall {
  readonly path: string;
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
  readonly doors: readonly { readonly rule: number; readonly y: number; readonly height: number }[];
  readonly hasLabel: boolean;
  readonly hasRuleLabels: boolean;
}

export interface TargetBox extends Box {
  readonly group: PodGroup;
  readonly doors: readonly DoorCell[];
  readonly hiddenDoors: number;
  readonly wall: string | null;
  readonly isCompact: boolean;
}

export interface DoorCell extends Box {
  readonly door: GroupDoor;
  readonly state: "open" | "shut" | "quiet";
}

export interface FlowLine {
  readonly id: string;
  readonly kind: "open" | "refused" | "shut";
  readonly path: string;
  readonly source: string;
  readonly target: string;
  readonly door: number;
  /** Where an arrow head or a stop bar stands. */
  readonly end: { readonly x: number; readonly y: number };
}

/** The last packet: how far it came and where it wanted to go. */
export interface Journey {
  readonly flow: FlowView;
  readonly source: string;
  readonly target: string;
  readonly path: string;
  readonly end: { readonly x: number; readonly y: number };
  readonly ghost: string | null;
  readonly hasArrived: boolean;
}

export interface SystemNote extends Box {
  readonly title: string;
  readonly lines: readonly string[];
}

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly territories: readonly Territory[];
  readonly sources: readonly SourceBox[];
  readonly targets: readonly TargetBox[];
  readonly lines: readonly FlowLine[];
  readonly journey: Journey | null;
  readonly system: readonly SystemNote[];
  readonly dns: { readonly x: number; readonly y: number; readonly open: number; readonly shut: number } | null;
  readonly openCount: number;
  readonly shutCount: number;
  readonly isEmpty: boolean;
  readonly isNarrow: boolean;
}

const margin = 14;
const titleSpace = 24;
const padding = 18;
const rowHeight = 22;
const gap = 14;

interface Measures {
  readonly isNarrow: boolean;
  readonly sourceWidth: number;
  readonly targetWidth: number;
  readonly wallGap: number;
  readonly railWidth: number;
}

function measuresFor(width: number): Measures {
  const isNarrow = width < 560;
  return {
    isNarrow,
    sourceWidth: isNarrow ? 96 : 142,
    targetWidth: isNarrow ? 138 : 172,
    wallGap: isNarrow ? 36 : 52,
    railWidth: width >= 860 ? 216 : width >= 660 ? 176 : 0,
  };
}

export function layoutScene(
  picture: MapPicture,
  choice: SourceChoice,
  lastFlow: FlowView | null,
  width: number,
  height: number,
): Scene {
  const measures = measuresFor(width);
  const groups = groupPods(picture);
  const sources = chooseSources(groups, choice, lastFlow);
  const own = groups.filter(({ first }) => !first.isSystem);
  const targets = own.filter((group) => !sources.includes(group));
  const mainWidth = width - 2 * margin - (measures.railWidth ? measures.railWidth + margin : 0);
  const stripHeight = measures.railWidth ? 0 : 64;
  const mainHeight = height - 2 * margin - (stripHeight ? stripHeight + margin : 0);
  const places = placeTerritories(picture, sources, targets, mainWidth, mainHeight, measures);

  const targetBoxes = places.flatMap((place) => placeTargets(place, picture, sources, measures, lastFlow));
  const sourceBoxes = places.flatMap((place) => placeSources(place, picture, targets, measures));
  const journey = lastFlow ? drawJourney(picture, lastFlow, sourceBoxes, targetBoxes) : null;
  const lines = sourceBoxes
    .flatMap((source) => drawFlows(picture, source, targetBoxes))
    .filter(
      (line) => !(journey && line.kind === "shut" && line.source === journey.source && line.target === journey.target),
    );
  const bottom = Math.max(...places.map((place) => place.box.y + place.box.height), 0);
  const sceneHeight = Math.max(height, bottom + margin + (stripHeight ? stripHeight + margin : 0));
  const system = placeSystem(picture, groups, width, sceneHeight, stripHeight, measures);
  const reaches = sources.flatMap((source) => targets.flatMap((target) => reachOf(picture, source, target)));
  return {
    width,
    height: sceneHeight,
    territories: [...places.map(({ box }) => box), ...system.territories],
    sources: sourceBoxes,
    targets: targetBoxes,
    lines,
    journey,
    system: system.notes,
    dns: dnsOf(picture, groups, sources, system.dnsAt),
    openCount: reaches.filter(({ state }) => state === "open").length,
    shutCount: reaches.filter(({ state, door }) => (state === "egress" || state === "ingress") && door.isListening)
      .length,
    isEmpty: own.length === 0,
    isNarrow: measures.isNarrow,
  };
}

// ------------------------------------------------------------------ territories

interface Place {
  readonly box: Territory;
  readonly sources: readonly PodGroup[];
  readonly targets: readonly PodGroup[];
  readonly isCompact: boolean;
}

function placeTerritories(
  picture: MapPicture,
  sources: readonly PodGroup[],
  targets: readonly PodGroup[],
  width: number,
  height: number,
  measures: Measures,
): readonly Place[] {
  const names = ownNamespaces(picture);
  const senders = names.filter((name) => sources.some(({ namespace }) => namespace === name));
  const others = names.filter((name) => !senders.includes(name));
  const left = senders.length > 0 ? senders : others.slice(0, 1);
  const right = others.filter((name) => !left.includes(name));
  const inColumns = right.length > 0 && !measures.isNarrow;
  const rightWidth = measures.targetWidth + 2 * padding + 26;
  const leftWidth = inColumns ? width - rightWidth - margin : width;
  const columns = inColumns ? [left, right] : [[...left, ...right]];
  return columns.flatMap((column, index) => {
    const x = margin + (index === 0 ? 0 : leftWidth + margin);
    const columnWidth = index === 0 ? leftWidth : rightWidth;
    return stack(column, picture, sources, targets, x, columnWidth, height);
  });
}

function ownNamespaces(picture: MapPicture): readonly string[] {
  const used = picture.namespaces.filter(
    ({ isSystem, podCount, policies }) => !isSystem && podCount + policies.length > 0,
  );
  if (used.length > 0) return used.map(({ name }) => name);
  return [picture.namespaces.find(({ name }) => name === "default")?.name ?? "default"];
}

function stack(
  names: readonly string[],
  picture: MapPicture,
  sources: readonly PodGroup[],
  targets: readonly PodGroup[],
  x: number,
  width: number,
  height: number,
): readonly Place[] {
  const contents = names.map((name) => ({
    name,
    sources: sources.filter(({ namespace }) => namespace === name),
    targets: targets.filter(({ namespace }) => namespace === name),
  }));
  const room = height - (names.length - 1) * (margin + 8);
  const full = contents.map((content) => neededHeight(content, false));
  const isCompact = full.reduce((sum, need) => sum + need, 0) > room;
  const needs = isCompact ? contents.map((content) => neededHeight(content, true)) : full;
  const spare = Math.max(0, room - needs.reduce((sum, need) => sum + need, 0));
  let y = margin + 4;
  return contents.map(({ name, ...content }, index) => {
    const facts = picture.namespaces.find((namespace) => namespace.name === name);
    const boxHeight = (needs[index] ?? 0) + spare / contents.length - 4 / contents.length;
    const box: Territory = {
      x,
      y,
      width,
      height: boxHeight,
      name,
      podCount: facts?.podCount ?? 0,
      policyCount: facts?.policies.length ?? 0,
      isOwn: true,
    };
    y += boxHeight + margin + 8;
    return { box, ...content, isCompact };
  });
}

function neededHeight(
  { sources, targets }: { readonly sources: readonly PodGroup[]; readonly targets: readonly PodGroup[] },
  isCompact: boolean,
): number {
  const right = targets.reduce((sum, target) => sum + targetHeight(target, isCompact) + gap, -gap);
  const left = sources.length * (sourceHeight(isCompact) + gap * 2) - gap * 2;
  return titleSpace + padding + Math.max(right, left, 54);
}

function shownDoors(group: PodGroup): readonly GroupDoor[] {
  const listening = group.doors.filter(({ isListening }) => isListening);
  return (listening.length > 0 ? listening : group.doors).slice(0, 4);
}

function targetHeight(group: PodGroup, isCompact: boolean): number {
  const lines = isCompact ? 2 : group.services.length > 0 ? 5 : 4;
  return Math.max(lines * 16 + 14, shownDoors(group).length * rowHeight);
}

function sourceHeight(isCompact: boolean): number {
  return isCompact ? 52 : 84;
}

// ----------------------------------------------------------------------- boxes

function placeTargets(
  place: Place,
  picture: MapPicture,
  sources: readonly PodGroup[],
  measures: Measures,
  lastFlow: FlowView | null,
): readonly TargetBox[] {
  const { box, targets, isCompact } = place;
  const heights = targets.map((target) => targetHeight(target, isCompact));
  const total = heights.reduce((sum, height) => sum + height, 0);
  const room = box.height - titleSpace - padding / 2;
  const space = Math.min(30, Math.max(gap, (room - total) / (targets.length + 1)));
  let y = box.y + titleSpace - 4 + Math.max(0, (room - total - space * (targets.length - 1)) / 2);
  const x = box.x + box.width - padding - measures.targetWidth;
  return targets.map((group, index) => {
    const height = heights[index] ?? 0;
    const target = { x, y, width: measures.targetWidth, height };
    y += height + space;
    const doors = doorCells(target, group, picture, sources, lastFlow);
    return {
      ...target,
      group,
      doors,
      hiddenDoors: Math.max(0, group.doors.filter(({ isListening }) => isListening).length - doors.length),
      wall: group.first.ingressPolicies.length > 0 ? ingressWall(target, doors) : null,
      isCompact,
    };
  });
}

function doorCells(
  box: Box,
  group: PodGroup,
  picture: MapPicture,
  sources: readonly PodGroup[],
  lastFlow: FlowView | null,
): readonly DoorCell[] {
  const doors = shownDoors(group);
  const height = doors.length > 0 ? box.height / doors.length : 0;
  const reaches = sources.flatMap((source) => reachOf(picture, source, group));
  return doors.map((door, index) => {
    const isOpen = reaches.some((reach) => reach.door.index === door.index && reach.state === "open");
    const wasShut =
      lastFlow?.outcome === "dropped" && lastFlow.destination === group.first.id && lastFlow.port === door.port;
    return {
      x: box.x,
      y: box.y + index * height,
      width: 42,
      height,
      door,
      state: isOpen ? "open" : wasShut ? "shut" : "quiet",
    };
  });
}

/** A wall before the ports with a gap at each open one; hooks at its ends face the sender. */
function ingressWall(box: Box, doors: readonly DoorCell[]): string {
  const x = box.x - 13;
  const cuts = doors
    .filter(({ state }) => state === "open")
    .map((cell) => ({ from: middle(cell) - 8, to: middle(cell) + 8 }));
  return wallPath(x, box.y - 4, box.y + box.height + 4, cuts, -7);
}

function wallPath(
  x: number,
  top: number,
  bottom: number,
  cuts: readonly { readonly from: number; readonly to: number }[],
  hook: number,
): string {
  let path = `M${x + hook} ${top}H${x}`;
  for (const { from, to } of [...cuts].sort((a, b) => a.from - b.from)) {
    path += `V${Math.max(top, from)}M${x} ${Math.min(bottom, to)}`;
  }
  return `${path}V${bottom}H${x + hook}`;
}

function placeSources(
  place: Place,
  picture: MapPicture,
  targets: readonly PodGroup[],
  measures: Measures,
): readonly SourceBox[] {
  const { box, sources, isCompact } = place;
  const height = sourceHeight(isCompact);
  const room = box.height - titleSpace;
  const slot = room / Math.max(1, sources.length);
  return sources.map((group, index) => {
    const y = box.y + titleSpace - 6 + slot * index + (slot - height) / 2;
    const source = { x: box.x + padding + 4, y, width: measures.sourceWidth, height };
    const reaches = targets.flatMap((target) => reachOf(picture, group, target));
    const shutCount = reaches.filter(({ state, door }) => state === "egress" && door.isListening).length;
    const wall =
      group.first.egressPolicies.length > 0 ? egressWall(source, reaches, slot, sources.length === 1, measures) : null;
    const ingressWall =
      group.first.ingressPolicies.length > 0 ? wallPath(source.x - 8, y - 3, y + height + 3, [], -6) : null;
    return { ...source, group, ingressWall, wall, shutCount };
  });
}

function egressWall(
  source: Box,
  reaches: readonly Reach[],
  slot: number,
  isAlone: boolean,
  measures: Measures,
): EgressWall {
  const x = source.x + source.width + measures.wallGap;
  const center = middle(source);
  const reach = Math.min(slot / 2 - 8, isAlone ? 118 : source.height / 2 + 10);
  const rules = [...new Set(reaches.filter(({ state }) => state === "open").map(({ egressRule }) => egressRule))];
  const counts = rules.map((rule) => reaches.filter((one) => one.state === "open" && one.egressRule === rule).length);
  const heights = counts.map((count) => Math.min(60, 12 + count * 9));
  const total = heights.reduce((sum, height) => sum + height + 16, -16);
  let y = center - total / 2 - (isAlone ? 12 : 0);
  const doors = rules.map((rule, index) => {
    const height = heights[index] ?? 0;
    const door = { rule, y: y + height / 2, height };
    y += height + 16;
    return door;
  });
  const top = Math.min(center - reach, (doors[0]?.y ?? center) - 34);
  const bottom = Math.max(center + reach, (doors.at(-1)?.y ?? center) + 34);
  const cuts = doors.map((door) => ({ from: door.y - door.height / 2, to: door.y + door.height / 2 }));
  return {
    path: wallPath(x, top, bottom, cuts, -13),
    x,
    top,
    bottom,
    doors,
    hasLabel: isAlone,
    hasRuleLabels: isAlone && !measures.isNarrow,
  };
}

// ----------------------------------------------------------------------- lines

function drawFlows(picture: MapPicture, source: SourceBox, targets: readonly TargetBox[]): readonly FlowLine[] {
  const lines: FlowLine[] = [];
  const passed = new Map<number, number>();
  const openTotals = new Map<number, number>();
  const reaches = targets.map((target) => ({ target, flows: reachOf(picture, source.group, target.group) }));
  for (const { target, flows } of reaches) {
    for (const flow of flows) {
      if (flow.state === "open" && cellOf(target, flow.door)) {
        openTotals.set(flow.egressRule, (openTotals.get(flow.egressRule) ?? 0) + 1);
      }
    }
  }
  for (const { target, flows } of reaches) {
    for (const flow of flows) {
      const cell = cellOf(target, flow.door);
      if (!cell || (flow.state !== "open" && flow.state !== "refused")) continue;
      const place = passed.get(flow.egressRule) ?? 0;
      passed.set(flow.egressRule, place + 1);
      const total = openTotals.get(flow.egressRule) ?? 1;
      const kind = flow.state === "open" && flow.door.isListening ? "open" : "refused";
      if (kind === "refused") continue;
      lines.push(openLine(source, target, cell, flow, place, total, kind));
    }
    const shut = flows.find(({ state, door }) => state === "ingress" && door.isListening && cellOf(target, door));
    const hasOpen = flows.some(({ state, door }) => state === "open" && door.isListening);
    const cell = shut && cellOf(target, shut.door);
    if (shut && cell && !hasOpen) lines.push(shutLine(source, target, cell, shut));
  }
  return lines;
}

function cellOf(target: TargetBox, door: GroupDoor): DoorCell | undefined {
  return target.doors.find((cell) => cell.door.index === door.index);
}

function openLine(
  source: SourceBox,
  target: TargetBox,
  cell: DoorCell,
  flow: Reach,
  place: number,
  total: number,
  kind: "open" | "refused",
): FlowLine {
  const from = { x: source.x + source.width, y: middle(source) };
  const end = { x: target.x - 2, y: middle(cell) };
  const door = source.wall?.doors.find(({ rule }) => rule === flow.egressRule);
  const through =
    source.wall && door
      ? { x: source.wall.x, y: door.y - door.height / 2 + (door.height * (place + 1)) / (total + 1) }
      : null;
  return {
    id: `${source.group.id}>${flow.door.index}`,
    kind,
    path: curve(from, end, through, target.wall !== null),
    source: source.group.id,
    target: target.group.id,
    door: flow.door.index,
    end,
  };
}

function shutLine(source: SourceBox, target: TargetBox, cell: DoorCell, flow: Reach): FlowLine {
  const from = { x: source.x + source.width, y: middle(source) + 8 };
  const end = { x: target.x - 22, y: besideGap(source, target, cell) };
  const door = source.wall?.doors[0];
  const through = source.wall && door ? { x: source.wall.x, y: door.y } : null;
  return {
    id: `${source.group.id}|${flow.door.index}`,
    kind: "shut",
    path: curve(from, end, through, false),
    source: source.group.id,
    target: target.group.id,
    door: flow.door.index,
    end,
  };
}

/** Where a stopped packet meets the wall: not in the gap through which others pass. */
function besideGap(source: Box, target: Box, cell: DoorCell): number {
  if (cell.state !== "open") return middle(cell);
  const away = middle(source) < middle(cell) ? -20 : 20;
  return Math.min(target.y + target.height - 4, Math.max(target.y + 4, middle(cell) + away));
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A calm curve left to right, straight through a gap in a wall. */
function curve(from: Point, end: Point, through: Point | null, isStraightAtEnd: boolean): string {
  const run = isStraightAtEnd ? 24 : 9;
  const last = { x: end.x - run, y: end.y };
  const start = through ?? from;
  const lead = through
    ? `C${mix(from.x, through.x)} ${round(from.y)} ${mix(from.x, through.x)} ${round(through.y)} ${round(through.x)} ${round(through.y)}`
    : "";
  const half = mix(start.x, last.x);
  return `M${round(from.x)} ${round(from.y)}${lead}C${half} ${round(start.y)} ${half} ${round(last.y)} ${round(last.x)} ${round(last.y)}H${round(end.x - 7)}`;
}

function drawJourney(
  picture: MapPicture,
  flow: FlowView,
  sources: readonly SourceBox[],
  targets: readonly TargetBox[],
): Journey | null {
  const source = sources.find(({ group }) => isOneOf(picture, group, flow.source));
  const target = targets.find(({ group }) => isOneOf(picture, group, flow.destination));
  if (!source || !target) return null;
  const cell = target.doors.find(({ door }) => door.port === flow.port && door.protocol === flow.protocol);
  const goal = { x: target.x - 2, y: cell ? middle(cell) : middle(target) };
  const from = { x: source.x + source.width, y: middle(source) + (flow.outcome === "dropped" ? 14 : 0) };
  if (flow.stoppedAt?.side === "egress" && source.wall) {
    const end = { x: source.wall.x - 21, y: Math.min(source.wall.bottom - 22, middle(source) + 62) };
    return {
      flow,
      source: source.group.id,
      target: target.group.id,
      path: `M${from.x} ${from.y}C${from.x + 24} ${from.y} ${end.x - 30} ${end.y} ${end.x} ${end.y}`,
      end,
      ghost: `M${source.wall.x + 6} ${end.y}C${mix(source.wall.x, goal.x)} ${end.y} ${mix(source.wall.x, goal.x)} ${goal.y} ${goal.x - 6} ${goal.y}`,
      hasArrived: false,
    };
  }
  const isStopped = flow.stoppedAt !== null;
  const end = isStopped ? { x: target.x - 37, y: cell ? besideGap(source, target, cell) : goal.y } : goal;
  const door = source.wall?.doors[0];
  const through = source.wall && door ? { x: source.wall.x, y: door.y } : null;
  return {
    flow,
    source: source.group.id,
    target: target.group.id,
    path: curve(from, { x: end.x + 7, y: end.y }, through, target.wall !== null && !isStopped),
    end,
    ghost: isStopped ? `M${target.x - 9} ${end.y}H${target.x}` : null,
    hasArrived: flow.outcome === "connected",
  };
}

function isOneOf(picture: MapPicture, group: PodGroup, pod: string): boolean {
  return group.pods.some((index) => picture.pods[index]?.id === pod);
}

// ---------------------------------------------------------------------- system

function placeSystem(
  picture: MapPicture,
  groups: readonly PodGroup[],
  width: number,
  height: number,
  stripHeight: number,
  measures: Measures,
): { readonly territories: readonly Territory[]; readonly notes: readonly SystemNote[]; readonly dnsAt: Point | null } {
  const systemGroups = groups.filter(({ first }) => first.isSystem);
  const territory = (name: string, box: Box): Territory => ({
    ...box,
    name,
    podCount: 0,
    policyCount: 0,
    isOwn: false,
  });
  if (!measures.railWidth) {
    const y = height - margin - stripHeight;
    const half = (width - 3 * margin) / 2;
    const left = { x: margin, y, width: half, height: stripHeight };
    const right = { x: 2 * margin + half, y, width: half, height: stripHeight };
    return {
      territories: [territory("kube-system", left), territory("nodes", right)],
      notes: [{ ...inset(right, 14, 22), title: "", lines: [picture.nodes.map(({ name }) => name).join(", ")] }],
      dnsAt: { x: left.x + 14, y: left.y + 37 },
    };
  }
  const x = width - margin - measures.railWidth;
  const total = height - 2 * margin - 4;
  const upper = { x, y: margin + 4, width: measures.railWidth, height: (total - margin - 8) * 0.55 };
  const lower = {
    x,
    y: upper.y + upper.height + margin + 8,
    width: measures.railWidth,
    height: (total - margin - 8) * 0.45,
  };
  const dns = systemGroups.find(({ name }) => name === "coredns");
  const notes: SystemNote[] = [];
  if (dns) {
    notes.push({
      x: upper.x + padding,
      y: upper.y + titleSpace + 2,
      width: upper.width - 2 * padding,
      height: 62,
      title: dns.pods.length > 1 ? `coredns ×${dns.pods.length}` : "coredns",
      lines: ["53 udp tcp", "9153"],
    });
  }
  const fits = Math.max(1, Math.floor((lower.height - titleSpace + 4) / 17));
  const nodes: SystemNote = {
    ...inset(lower, padding, titleSpace),
    title: "",
    lines: picture.nodes.slice(0, fits).map(({ name, address }) => `${name.padEnd(13)} ${address}`),
  };
  return {
    territories: [territory("kube-system", upper), territory("nodes", lower)],
    notes: [...notes, nodes],
    dnsAt: dns ? { x: upper.x + padding, y: upper.y + titleSpace + 2 + 62 + 26 } : null,
  };
}

function dnsOf(
  picture: MapPicture,
  groups: readonly PodGroup[],
  sources: readonly PodGroup[],
  at: Point | null,
): Scene["dns"] {
  const dns = groups.find(({ first, name }) => first.isSystem && name === "coredns");
  if (!at || !dns || sources.length === 0) return null;
  const states = sources.map((source) =>
    reachOf(picture, source, dns).find(({ door }) => door.port === 53 && door.protocol === "UDP"),
  );
  const known = states.filter((reach) => reach !== undefined);
  if (known.length === 0) return null;
  const open = known.filter(({ state }) => state === "open" || state === "refused").length;
  return { ...at, open, shut: known.length - open };
}

function inset(box: Box, x: number, y: number): Box {
  return { x: box.x + x, y: box.y + y, width: box.width - 2 * x, height: box.height - 2 * y };
}

function middle({ y, height }: { readonly y: number; readonly height: number }): number {
  return y + height / 2;
}

function mix(a: number, b: number): number {
  return round((a + b) / 2);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
