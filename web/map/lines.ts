/**
 * Who gets through to whom, and how far the last packet came. Of shut flows only one line
 * a pair is drawn, so that what is open can be seen.
 */
import type { FlowView, MapPicture } from "../../server/protocol.ts";
import { type Box, middle, mix, type Point, round } from "./geometry.ts";
import { type GroupDoor, type PodGroup, type Reach, reachOf } from "./groups.ts";
import type { DoorCell, FlowLine, Journey, SourceBox, TargetBox } from "./scene.ts";

export function drawFlows(picture: MapPicture, source: SourceBox, targets: readonly TargetBox[]): readonly FlowLine[] {
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
    reach: flow,
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
    reach: flow,
    end,
  };
}

/** Where a stopped packet meets the wall: not in the gap through which others pass. */
function besideGap(source: Box, target: Box, cell: DoorCell): number {
  if (cell.state !== "open") return middle(cell);
  const away = middle(source) < middle(cell) ? -20 : 20;
  return Math.min(target.y + target.height - 4, Math.max(target.y + 4, middle(cell) + away));
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

export function drawJourney(
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
