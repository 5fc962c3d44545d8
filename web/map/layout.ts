/**
 * Where everything on the map stands. Pure geometry: from a picture and a size to a scene.
 * Senders stand left, receivers right, so that every flow runs one way.
 */
import type { FlowView, MapPicture } from "../../server/protocol.ts";
import { placeSources, placeTargets } from "./boxes.ts";
import { chooseSources, groupPods, reachOf, type SourceChoice } from "./groups.ts";
import { drawFlows, drawJourney } from "./lines.ts";
import { margin, measuresFor } from "./measures.ts";
import type { Scene } from "./scene.ts";
import { dnsOf, placeSystem } from "./system.ts";
import { placeTerritories } from "./territories.ts";

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
