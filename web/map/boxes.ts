/**
 * Pods in their territory, with their ports and walls. A sender's egress wall is a bracket
 * before it with a gap a rule; a receiver's ingress wall stands before its ports with a gap
 * where something may enter.
 */
import type { FlowView, MapPicture } from "../../server/protocol.ts";
import { type Box, middle } from "./geometry.ts";
import { type PodGroup, type Reach, reachOf } from "./groups.ts";
import { gap, type Measures, padding, titleSpace } from "./measures.ts";
import type { DoorCell, EgressWall, SourceBox, TargetBox } from "./scene.ts";
import { type Place, shownDoors, sourceHeight, targetHeight } from "./territories.ts";

export function placeTargets(
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

export function placeSources(
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
