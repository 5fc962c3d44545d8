/**
 * Where neighbours meet: boots a world's machines and its cluster from an image, keeps its
 * terminals, takes its snapshots and restores them.
 */
import type { ApiClient } from "./kube/api/types.ts";
import type { Pod } from "./kube/controllers/objects.ts";
import { createRealClock, createVirtualClock, type RealClock, type VirtualClock } from "./machine/clock.ts";
import { createFileSystem, type MemoryFileSystem } from "./machine/fs/file-system.ts";
import { createMachine, type MachineKernel } from "./machine/machine.ts";
import { ServiceTable } from "./machine/services.ts";
import { createRandom } from "./machine/random.ts";
import { createNetworkNamespace } from "./machine/sockets.ts";
import type { Machine, Random } from "./machine/types.ts";
import { shellServices } from "./shell/index.ts";
import type { NetworkFabric } from "./net/index.ts";
import type { NetworkProfile } from "./net/types.ts";
import type {
  ClockControl,
  ClockMode,
  ClusterHandle,
  HeadlessShell,
  HostEnvironment,
  RunOptions,
  RunResult,
  Scenario,
  Terminal,
  TerminalOptions,
  World,
  WorldSnapshot,
} from "./world-types.ts";
import { type BootImage, createClusterImage, hostNames } from "./world/boot-image.ts";
import { Cluster } from "./world/cluster.ts";
import { createNetwork } from "./world/fabric.ts";
import { createGateway } from "./world/gateway.ts";
import { type Account, accountOf, type Driver, type Login, runScript } from "./world/run.ts";
import { settle } from "./world/settle.ts";
import { openHeadlessShell, ShellBook } from "./world/shells.ts";
import { isStoredWorld, packNodes, type StoredWorld, unpackCluster } from "./world/snapshots.ts";
import { WorldTerminal } from "./world/terminals.ts";

export type { BootImage } from "./world/boot-image.ts";

export interface BootOptions {
  readonly image: BootImage;
  readonly host: HostEnvironment;
  readonly clock: ClockMode;
  /** Default: the scenario's. */
  readonly seed?: number;
  /** Of an earlier world of the same scenario. Throws when it is none. */
  readonly snapshot?: WorldSnapshot;
}

/**
 * The image of a scenario: its cluster at rest, its files written, its manifests applied and
 * its script run. Takes a few hundred ms; keep it. `mode` decides the dates (virtual worlds
 * start on a fixed day). Throws when the scenario cannot be built or its script fails.
 */
export async function createBootImage(
  scenario: Scenario,
  host: HostEnvironment,
  mode: ClockMode = "virtual",
): Promise<BootImage> {
  const base = await createClusterImage(scenario, host, mode);
  const hasAdditions = scenario.files || scenario.run || (scenario.manifests ?? []).length > 0;
  if (!hasAdditions) return base;
  const world = new SimulatedWorld({ image: base, host, clock: "virtual" });
  try {
    await world.prepare(scenario);
    return world.toImage();
  } finally {
    world.stop();
  }
}

/** A running world. Cheap: it shares with its image all that it does not change. */
export function bootWorld(options: BootOptions): World {
  return new SimulatedWorld(options);
}

/** What `openTerminal` wants as `restore`, out of a snapshot. */
export function terminalStateOf(snapshot: WorldSnapshot, id: string): unknown {
  return isStoredWorld(snapshot) ? snapshot.terminals[id] : undefined;
}

class SimulatedWorld implements World {
  readonly scenario: Scenario;
  readonly clock: (VirtualClock | RealClock) & ClockControl;
  readonly random: Random;
  readonly fabric: NetworkFabric;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly terminalHost: MachineKernel;
  readonly cluster: ClusterHandle;
  readonly login: World["login"];

  readonly #image: BootImage;
  readonly #cluster: Cluster;
  readonly #gateway: MachineKernel;
  /** The terminal host's own file system; undefined when it is a node. */
  readonly #terminalFs: MemoryFileSystem | undefined;
  readonly #terminals = new Map<string, WorldTerminal>();
  readonly #driver: Driver;
  readonly #services: ServiceTable;
  readonly #shells = new ShellBook();
  #logins = 0;
  #isStopped = false;

  constructor({ image, host, clock, seed, snapshot }: BootOptions) {
    if (snapshot !== undefined && !isStoredWorld(snapshot)) throw new Error("this is no snapshot of a world");
    const { settings } = image;
    this.#image = image;
    this.scenario = image.scenario;
    this.clock = createClock(clock, host, snapshot?.nowMs ?? startMs(image, host, clock));
    this.random = createRandom(snapshot?.random ?? seedOf(image, seed));
    this.fabric = createNetwork(this.clock, this.random);
    this.login = { user: settings.login.user, home: settings.login.home, shell: settings.login.shell };
    const reportFault = (error: unknown, context: string): void => {
      if (!this.#isStopped) host.reportFault(error, context);
    };
    const common = { clock: this.clock, random: this.random, fabric: this.fabric, reportFault };
    this.#gateway = createGateway({ ...common, names: hostNames(settings) });
    this.#services = new ServiceTable().set(shellServices, this.#shells);
    this.#cluster = new Cluster(
      { ...common, ...image, services: this.#services },
      image.cluster,
      snapshot && unpackCluster(image.cluster, snapshot),
    );
    this.#terminalFs = settings.terminalHost.isNode ? undefined : this.#createTerminalFs(snapshot);
    this.terminalHost = this.#terminalFs
      ? this.#createTerminalHost(this.#terminalFs, reportFault)
      : this.#nodeMachine(settings.terminalHost.name);
    this.machines = new Map<string, Machine>([
      [settings.terminalHost.name, this.terminalHost],
      ...[...this.#cluster.nodes].map(([name, { machine }]) => [name, machine] as const),
    ]);
    this.cluster = clusterHandle(this.#cluster);
    const { clock: worldClock } = this;
    this.#driver = {
      drive: (work) => (worldClock.mode === "virtual" ? worldClock.drive(work) : work),
    };
  }

  get profile(): NetworkProfile {
    return this.fabric.profile;
  }

  #nodeMachine(name: string): MachineKernel {
    const node = this.#cluster.nodes.get(name);
    if (node === undefined) throw new Error(`the terminal host ${name} is no node`);
    return node.machine;
  }

  #createTerminalFs(snapshot: StoredWorld | undefined): MemoryFileSystem {
    const fs = createFileSystem({ image: this.#image.hostImages.terminal, device: "/dev/vda1" });
    const saved = snapshot?.terminalHost ?? this.#image.terminalHost;
    if (saved) fs.restore(saved);
    return fs;
  }

  #createTerminalHost(fs: MemoryFileSystem, reportFault: (error: unknown, context: string) => void): MachineKernel {
    const { name, address } = this.#image.settings.terminalHost;
    const { clock, random, fabric } = this;
    return createMachine({
      hostname: name,
      fs,
      network: createNetworkNamespace({
        id: `external:${name}`,
        kind: "external",
        addresses: [address],
        fabric,
        clock,
        random,
      }),
      clock,
      random,
      libc: "glibc",
      programs: this.#image.programs,
      services: this.#services,
      firstPid: 1000,
      reportFault,
    });
  }

  // ------------------------------------------------------------------ commands

  #account(user: string | undefined): Account {
    const account = accountOf(this.terminalHost, user ?? this.login.user);
    if (account === undefined) throw new Error(`no user ${user} on the terminal host`);
    return account;
  }

  #login(user: string | undefined): Login {
    return { ...this.#account(user), audit: { login: ++this.#logins } };
  }

  openTerminal(options: TerminalOptions): Terminal {
    const terminal = new WorldTerminal(this.terminalHost, this.#login(undefined), this.#shells, options, () => {
      if (this.#terminals.get(options.id) === terminal) this.#terminals.delete(options.id);
    });
    this.#terminals.set(options.id, terminal);
    return terminal;
  }

  runCommand(script: string, options: RunOptions = {}): Promise<RunResult> {
    return runScript(this.terminalHost, this.#login(options.user), script, options, this.#driver);
  }

  openShell(options: RunOptions = {}): HeadlessShell {
    return openHeadlessShell(this.terminalHost, this.#login(options.user), options, this.#driver);
  }

  // --------------------------------------------------------------------- state

  settle(limitMs = 120_000): Promise<void> {
    const work = settle(
      this.clock,
      () => this.cluster.revision,
      limitMs,
      () => isAtRest(this.cluster.client),
    );
    return this.#driver.drive(work);
  }

  snapshot(): WorldSnapshot {
    const cluster = this.#cluster.snapshot(this.#image.cluster);
    const stored: StoredWorld = {
      format: "netpol-world/1",
      nowMs: this.clock.now(),
      random: this.random.state(),
      store: cluster.store,
      nodes: packNodes(this.#image.cluster, cluster),
      components: cluster.components,
      ...(this.#terminalFs ? { terminalHost: this.#terminalFs.snapshot() } : {}),
      terminals: Object.fromEntries([...this.#terminals].map(([id, terminal]) => [id, terminal.snapshot()])),
    };
    return stored;
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cluster.stop();
    this.#gateway.shutdown();
    this.terminalHost.shutdown();
    this.clock.stop();
  }

  // ------------------------------------------------------------------- images

  /** Carries out what a scenario adds to a fresh cluster. */
  async prepare({ files, manifests, run }: Scenario): Promise<void> {
    const account = this.#account(undefined);
    const owner = account.credentials;
    for (const [path, text] of Object.entries(files ?? {})) {
      const full = path.startsWith("/") ? path : `${account.home}/${path.replace(/^~\//, "")}`;
      const folder = full.slice(0, full.lastIndexOf("/"));
      if (folder !== "" && !this.terminalHost.fs.exists(folder)) {
        const isOwn = full.startsWith(`${account.home}/`);
        this.terminalHost.fs.mkdir(folder, { recursive: true, ...(isOwn ? { as: owner } : {}) });
      }
      this.terminalHost.fs.writeFile(full, text, full.startsWith(`${account.home}/`) ? { as: owner } : {});
    }
    for (const manifest of manifests ?? []) await this.#mustRun("kubectl apply -f -", "manifests", manifest);
    if (manifests?.length) await this.settle();
    if (run) {
      await this.#mustRun(run, "run");
      await this.settle();
    }
  }

  async #mustRun(script: string, key: string, stdin?: string): Promise<void> {
    const result = await this.runCommand(script, { user: "root", ...(stdin === undefined ? {} : { stdin }) });
    if (result.exitCode === 0) return;
    const text = (result.stderr || result.stdout).trim().split("\n").at(-1) ?? "";
    throw new Error(`scenario: ${key}: exit ${result.exitCode}: ${text}`);
  }

  toImage(): BootImage {
    return {
      ...this.#image,
      cluster: this.#cluster.image(),
      terminalHost: this.#terminalFs?.snapshot(),
      readyMs: this.clock.now(),
      randomState: this.random.state(),
    };
  }
}

function createClock(mode: ClockMode, host: HostEnvironment, startMs: number): VirtualClock | RealClock {
  return mode === "real" ? createRealClock(host, startMs) : createVirtualClock(host, startMs, { advance: "driven" });
}

/** A real world starts now, but never before its image was ready. */
function startMs(image: BootImage, host: HostEnvironment, mode: ClockMode): number {
  if (mode === "virtual" || image.scenario.startsAt !== undefined) return image.readyMs;
  return Math.max(image.readyMs, host.now());
}

/** The image's own chance goes on, unless another seed is asked for. */
function seedOf(image: BootImage, seed: number | undefined): number {
  return seed === undefined || seed === image.settings.seed
    ? image.randomState
    : (image.randomState ^ (seed * 0x9e37)) >>> 0;
}

function clusterHandle(cluster: Cluster): ClusterHandle {
  return {
    name: "kubernetes",
    api: cluster.api.server,
    client: cluster.client,
    get revision() {
      return cluster.api.store.revision;
    },
  };
}

/** No pod is on its way up or down; one that waits out a back-off is at rest. */
function isAtRest(client: ApiClient): boolean {
  return client.list<Pod>("pods").every((pod) => {
    if (pod.metadata.deletionTimestamp !== undefined) return false;
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    return !statuses.some(({ state }) =>
      ["ContainerCreating", "PodInitializing"].includes(state.waiting?.reason ?? ""),
    );
  });
}
