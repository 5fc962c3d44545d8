/** A small cluster with a few programs of its own, for tests that need no shell. */
import { createVirtualClock, type VirtualClock } from "../../machine/clock.ts";
import { ServiceTable } from "../../machine/services.ts";
import { createRandom } from "../../machine/random.ts";
import type { Process, Program } from "../../machine/types.ts";
import { images } from "../../images/index.ts";
import type { Pod } from "../../kube/controllers/objects.ts";
import type { NetworkFabric } from "../../net/index.ts";
import type { Scenario } from "../../world-types.ts";
import { Cluster, type ClusterImage, type ClusterSnapshot } from "../cluster.ts";
import { createNetwork } from "../fabric.ts";
import { createHostImages } from "../host-image.ts";
import { createPki } from "../pki.ts";
import { settingsOf } from "../settings.ts";
import { withSystemPrograms } from "../system/programs.ts";

export const START_MS = Date.UTC(2026, 0, 15, 10, 0, 0);

const host = { now: () => performance.now(), defer: (callback: () => void) => void setImmediate(callback) };

/** `busybox` here: `sleep N`, `exit N`, `listen PORT`, `print TEXT`. */
const busybox: Program = {
  name: "busybox",
  async run(process: Process) {
    const [verb = "", argument = ""] = process.argv.slice(process.argv[0]?.endsWith("busybox") ? 1 : 0);
    const command = verb.split("/").at(-1);
    if (command === "sleep") await process.sleep(Number(argument) * 1000);
    if (command === "cat") return process.machine.fs.exists(argument) ? 0 : 1;
    if (command === "false") return 1;
    if (command === "echo") await process.stdout.write(`${process.argv.slice(1).join(" ")}\n`);
    if (command === "nc") await listen(process, Number(process.argv.at(-1)));
    return 0;
  },
};

async function listen(process: Process, port: number): Promise<void> {
  const listener = process.net.listen(port);
  process.onSignal("SIGTERM", () => listener.close());
  await process.stdout.write(`listening on ${port}\n`);
  for (;;) {
    try {
      (await listener.accept(process.interruption)).release();
    } catch {
      return;
    }
  }
}

export interface TestCluster {
  readonly cluster: Cluster;
  readonly clock: VirtualClock;
  readonly fabric: NetworkFabric;
  readonly faults: unknown[];
  /** Lets so many simulated seconds pass. */
  pass(seconds: number): Promise<void>;
  pods(namespace?: string): readonly Pod[];
}

const settings = settingsOf({});
const pki = createPki(settings, START_MS);
const hostImages = createHostImages(settings, pki, ["ls"]);

export function createTestCluster(options: {
  readonly image?: ClusterImage;
  readonly snapshot?: ClusterSnapshot;
  readonly startMs?: number;
  readonly randomState?: number;
  readonly scenario?: Scenario;
}): TestCluster {
  const clock = createVirtualClock(host, options.startMs ?? START_MS, { advance: "driven" });
  const random = createRandom(options.randomState ?? 1);
  const faults: unknown[] = [];
  const chosen = options.scenario ? settingsOf(options.scenario) : settings;
  const fabric = createNetwork(clock, random);
  const programs = withSystemPrograms({ get: (name) => (name === "busybox" ? busybox : undefined) });
  const reportFault = (error: unknown): void => void faults.push(error);
  const cluster = new Cluster(
    {
      settings: chosen,
      pki,
      hostImages,
      clock,
      random,
      fabric,
      programs,
      images,
      services: new ServiceTable(),
      reportFault,
    },
    options.image,
    options.snapshot,
  );
  return {
    cluster,
    clock,
    fabric,
    faults,
    pass: (seconds) => clock.runUntil(clock.now() + seconds * 1000),
    pods: (namespace = "default") => cluster.client.list<Pod>("pods", namespace),
  };
}

let image: Promise<ClusterImage> | undefined;

/** The image of a fresh cluster, made once a test file. */
export function testImage(): Promise<ClusterImage> {
  image ??= (async () => {
    const booting = createTestCluster({});
    await booting.pass(120);
    const made = booting.cluster.image();
    booting.cluster.stop();
    return made;
  })();
  return image;
}

export async function bootTestCluster(): Promise<TestCluster> {
  const booted = createTestCluster({ image: await testImage(), startMs: START_MS + 600_000, randomState: 7 });
  await booted.clock.drain();
  return booted;
}
