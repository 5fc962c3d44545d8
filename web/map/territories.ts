/**
 * Namespaces on the map: those that send stand left, the others right of them, each as high
 * as what it holds needs. Where that is too much, all of a column are drawn compactly.
 */
import type { MapPicture } from "../../server/protocol.ts";
import type { GroupDoor, PodGroup } from "./groups.ts";
import { gap, margin, type Measures, padding, rowHeight, titleSpace } from "./measures.ts";
import type { Territory } from "./scene.ts";

export interface Place {
  readonly box: Territory;
  readonly sources: readonly PodGroup[];
  readonly targets: readonly PodGroup[];
  readonly isCompact: boolean;
}

export function placeTerritories(
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

/** Ports of one pod that are drawn; of more it is said how many. */
const mostDoors = 4;

export function shownDoors(group: PodGroup): readonly GroupDoor[] {
  const listening = group.doors.filter(({ isListening }) => isListening);
  return (listening.length > 0 ? listening : group.doors).slice(0, mostDoors);
}

export function targetHeight(group: PodGroup, isCompact: boolean): number {
  const more = group.services.length > 0 ? 1 : 0;
  const ports = group.doors.filter(({ isListening }) => isListening).length > mostDoors ? 1 : 0;
  const lines = isCompact ? 2 : 4 + more + ports;
  return Math.max(lines * 16 + 14, shownDoors(group).length * rowHeight);
}

export function sourceHeight(isCompact: boolean): number {
  return isCompact ? 52 : 84;
}
