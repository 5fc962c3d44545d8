/** What worlds of one scenario share: made once per process, on a virtual clock. */
import { images } from "../images/index.ts";
import { createVirtualClock } from "../machine/clock.ts";
import type { FsSnapshot } from "../machine/fs/snapshot.ts";
import { ServiceTable } from "../machine/services.ts";
import { createRandom } from "../machine/random.ts";
import type { ImageRegistry } from "../images/types.ts";
import type { ProgramRegistry } from "../machine/types.ts";
import { programNames, programs } from "../programs/index.ts";
import type { ClockMode, HostEnvironment, Scenario } from "../world-types.ts";
import { Cluster, type ClusterImage } from "./cluster.ts";
import { createNetwork } from "./fabric.ts";
import { createGateway } from "./gateway.ts";
import { createHostImages, type HostImages } from "./host-image.ts";
import { createPki, type Pki } from "./pki.ts";
import { settingsOf, type WorldSettings } from "./settings.ts";
import { settle } from "./settle.ts";
import { withSystemPrograms } from "./system/programs.ts";

/** Immutable; everything a world is booted from. */
export interface BootImage {
  readonly scenario: Scenario;
  readonly settings: WorldSettings;
  readonly pki: Pki;
  readonly hostImages: HostImages;
  readonly programs: ProgramRegistry;
  readonly images: ImageRegistry;
  readonly cluster: ClusterImage;
  /** Files of the terminal host, when it is no node and differs from its installation. */
  readonly terminalHost: FsSnapshot | undefined;
  /** When the cluster was at rest, ms since the epoch; worlds start no earlier. */
  readonly readyMs: number;
  readonly randomState: number;
}

/** Where virtual worlds start, unless the scenario says otherwise. */
export const VIRTUAL_START_MS = Date.UTC(2026, 0, 15, 10, 0, 0);
/** How old a cluster is when somebody first sees it. */
const CLUSTER_AGE_MS = 20 * 60_000;
const BOOT_LIMIT_MS = 10 * 60_000;

export const systemRegistry: ProgramRegistry = withSystemPrograms(programs);

/** A fresh cluster at rest, without what the scenario adds to it. */
export async function createClusterImage(
  scenario: Scenario,
  host: HostEnvironment,
  mode: ClockMode,
): Promise<BootImage> {
  const settings = settingsOf(scenario);
  const startMs = startOf(scenario, host, mode);
  const bootMs = startMs - CLUSTER_AGE_MS;
  const clock = createVirtualClock(host, bootMs, { advance: "driven" });
  const random = createRandom(settings.seed);
  const pki = createPki(settings, bootMs);
  const hostImages = createHostImages(settings, pki, programNames());
  const fabric = createNetwork(clock, random);
  const reportFault = (error: unknown, context: string): void => host.reportFault(error, `boot: ${context}`);
  const gateway = createGateway({ clock, random, fabric, names: hostNames(settings), reportFault });
  const services = new ServiceTable();
  const parts = { settings, pki, hostImages, clock, random, fabric, images, services, reportFault };
  const cluster = new Cluster({ ...parts, programs: systemRegistry }, undefined, undefined);
  await clock.drive(
    settle(
      clock,
      () => cluster.api.store.revision,
      BOOT_LIMIT_MS,
      () => true,
    ),
  );
  await clock.runUntil(startMs);
  const image: BootImage = {
    scenario,
    settings,
    pki,
    hostImages,
    programs: systemRegistry,
    images,
    cluster: cluster.image(),
    terminalHost: undefined,
    readyMs: startMs,
    randomState: random.state(),
  };
  cluster.stop();
  gateway.shutdown();
  clock.stop();
  return image;
}

export function startOf(scenario: Scenario, host: HostEnvironment, mode: ClockMode): number {
  if (scenario.startsAt !== undefined) return Date.parse(scenario.startsAt);
  return mode === "real" ? Math.floor(host.now()) : VIRTUAL_START_MS;
}

export function hostNames({ nodes, terminalHost }: WorldSettings): ReadonlyMap<string, string> {
  return new Map([...nodes, terminalHost].map(({ name, address }) => [name, address]));
}
