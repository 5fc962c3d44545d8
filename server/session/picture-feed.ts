import type { MapPicture } from "../protocol.ts";
import type { Cancel } from "../sim/machine/types.ts";
import type { World } from "../sim/world-types.ts";
import { limits } from "./limits.ts";
import type { SessionServices } from "./services.ts";

const drawnResources = ["pods", "namespaces", "services", "networkpolicies.networking.k8s.io", "nodes"];

/**
 * The picture of one world, drawn anew only after something in it has changed and
 * somebody looks. Costs nothing while the world is idle.
 */
export class PictureFeed {
  readonly #world: World;
  readonly #services: SessionServices;
  readonly #isSeen: () => boolean;
  readonly #onPicture: (picture: MapPicture, before: MapPicture | null) => void;
  #subscriptions: Cancel[] = [];
  #picture: MapPicture | null = null;
  #isStale = true;
  #isStopped = false;
  #timer: (() => void) | null = null;
  #number = 0;

  constructor(
    world: World,
    services: SessionServices,
    isSeen: () => boolean,
    onPicture: (picture: MapPicture, before: MapPicture | null) => void,
  ) {
    this.#world = world;
    this.#services = services;
    this.#isSeen = isSeen;
    this.#onPicture = onPicture;
    for (const resource of drawnResources) {
      this.#subscriptions.push(world.cluster.client.watch(resource, () => this.touch(), { skipInitial: true }));
    }
  }

  /** The picture as it is now. */
  current(): MapPicture {
    if (this.#isStale || !this.#picture) {
      this.#draw();
      this.#lookAgain();
    }
    return this.#picture ?? emptyPicture;
  }

  /** Something may have changed. */
  touch(): void {
    this.#isStale = true;
    this.#drawIn(limits.pictureDelayMs);
  }

  /**
   * Looks again a little later. No event tells that a process has begun to listen, so each
   * change is followed by a second look, until one finds nothing new.
   */
  #lookAgain(): void {
    this.#services.host.setTimer(limits.pictureLookAgainMs, () => {
      if (!this.#isStopped) this.touch();
    });
  }

  #drawIn(delayMs: number): void {
    if (this.#timer || !this.#isSeen()) return;
    this.#timer = this.#services.host.setTimer(delayMs, () => {
      this.#timer = null;
      if (!this.#isStale || !this.#isSeen() || this.#isStopped) return;
      const before = this.#picture;
      this.#draw();
      if (!this.#picture || isSamePicture(before, this.#picture)) return;
      this.#lookAgain();
      this.#onPicture(this.#picture, before);
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.();
    this.#timer = null;
    for (const cancel of this.#subscriptions.splice(0)) cancel();
  }

  #draw(): void {
    this.#isStale = false;
    try {
      this.#picture = this.#services.drawPicture(this.#world, ++this.#number);
    } catch (error) {
      this.#services.host.reportFault(error, "drawing the map");
    }
  }
}

/** What can be counted of a change: flows that opened and closed between pods there before and after. */
export function countChange(
  before: MapPicture,
  after: MapPicture,
): { readonly opened: number; readonly closed: number } {
  const was = openFlows(before);
  const is = openFlows(after);
  const known = knownFlows(before);
  let opened = 0;
  let closed = 0;
  for (const [flow, isOpen] of is) {
    if (!known.has(flow)) continue;
    if (isOpen && !was.get(flow)) opened++;
    if (!isOpen && was.get(flow)) closed++;
  }
  return { opened, closed };
}

function openFlows(picture: MapPicture): ReadonlyMap<string, boolean> {
  const flows = new Map<string, boolean>();
  for (const row of picture.rows) {
    for (const [index, door] of picture.doors.entries()) {
      const letter = row.verdicts[index];
      if (letter === ".") continue;
      flows.set(flowKey(picture, row.pod, door), letter === "a" || letter === "r");
    }
  }
  return flows;
}

function knownFlows(picture: MapPicture): ReadonlySet<string> {
  return new Set(openFlows(picture).keys());
}

function flowKey(picture: MapPicture, source: number, door: MapPicture["doors"][number]): string {
  return `${picture.pods[source]?.id}>${picture.pods[door.pod]?.id}:${door.protocol}${door.port}`;
}

function isSamePicture(before: MapPicture | null, after: MapPicture): boolean {
  if (!before) return false;
  return JSON.stringify({ ...before, number: 0 }) === JSON.stringify({ ...after, number: 0 });
}

const emptyPicture: MapPicture = {
  number: 0,
  profile: "",
  plugin: "",
  enforcesPolicies: true,
  namespaces: [],
  pods: [],
  services: [],
  nodes: [],
  doors: [],
  rows: [],
  rules: [],
  omittedPods: 0,
};
