import { type BootImage, bootWorld, createBootImage } from "../sim/world.ts";
import type { HostEnvironment, Scenario } from "../sim/world-types.ts";
import { limits } from "./limits.ts";
import type { MadeWorld, SessionServices, WorldRequest } from "./services.ts";

/**
 * Boots worlds from images that are made once and shared. A snapshot is the difference
 * from its image, so it carries the image's date, and an image of the same date is made
 * again when the process was restarted in between: scenario and date decide it wholly.
 */
export function createWorldMaker(): SessionServices["makeWorld"] {
  const images = new WeakMap<Scenario, Map<number, Promise<BootImage>>>();

  function imageFor(scenario: Scenario, host: HostEnvironment, dateMs: number): Promise<BootImage> {
    const known = images.get(scenario) ?? new Map<number, Promise<BootImage>>();
    images.set(scenario, known);
    const kept = known.get(dateMs);
    if (kept) return kept;
    const made = createBootImage(scenario, { ...host, now: () => dateMs }, "real");
    known.set(dateMs, made);
    made.catch(() => known.delete(dateMs));
    if (known.size > limits.imagesPerScenario) {
      const oldest = Math.min(...known.keys());
      if (oldest !== dateMs) known.delete(oldest);
    }
    return made;
  }

  function freshDate(scenario: Scenario, nowMs: number): number {
    const latest = Math.max(0, ...(images.get(scenario)?.keys() ?? []));
    return nowMs - latest < limits.imageAgeMs ? latest : nowMs;
  }

  return async ({ scenario, host, stored }: WorldRequest): Promise<MadeWorld> => {
    const imageMs = stored?.imageMs ?? freshDate(scenario, Math.floor(host.now()));
    const image = await imageFor(scenario, host, imageMs);
    const world = bootWorld({ image, host, clock: "real", ...(stored ? { snapshot: stored.snapshot } : {}) });
    return { world, imageMs };
  };
}
