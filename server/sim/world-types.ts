/**
 * The world as the rooms above `sim` see it. `world.ts` implements it.
 */
import type { Clock, Machine, Random, TtySize } from "./machine/types.ts";
import type { NetworkFabric } from "./net/index.ts";
import type { NetworkProfile } from "./net/types.ts";
import type { ApiClient, ApiServer } from "./kube/api/types.ts";

/** What `sim` needs of the process that hosts it. Given once, from outside. */
export interface HostEnvironment {
  /** Wall-clock milliseconds since the epoch. */
  now(): number;
  setTimer(delayMs: number, callback: () => void): () => void;
  /** Calls back in a later macrotask, after pending I/O had its turn. */
  defer(callback: () => void): void;
  /** A fault of the simulator itself (a bug): logged by the session's edge. */
  reportFault(error: unknown, context: string): void;
}

/** How a world starts: the parsed scenario file. All keys optional. */
export interface Scenario {
  /** `lab`, `killercoda`, `exam` or one defined by a scenario. */
  readonly env?: string;
  /** `v1.36`. */
  readonly profile?: string;
  /** Network plugin: `canal`, `flannel`, … */
  readonly plugin?: string;
  readonly podCIDR?: string;
  readonly serviceCIDR?: string;
  readonly nodes?: readonly {
    readonly name: string;
    readonly role?: "control-plane" | "worker";
    readonly address?: string;
  }[];
  /** YAML documents applied after boot, before `run`. Paths are resolved by the loader. */
  readonly manifests?: readonly string[];
  /** Absolute or home-relative path on the terminal host → text. */
  readonly files?: Readonly<Record<string, string>>;
  /** A bash script run as root on the terminal host before the learner starts. */
  readonly run?: string;
  readonly seed?: number;
  /** Where simulated time starts, ISO 8601; default: the host's time for real clocks, a fixed date for virtual ones. */
  readonly startsAt?: string;
}

export type ClockMode = "real" | "virtual";

export interface World {
  readonly scenario: Scenario;
  readonly clock: Clock & ClockControl;
  readonly random: Random;
  readonly fabric: NetworkFabric;
  readonly profile: NetworkProfile;
  /** Hosts by name: the terminal host and the nodes. */
  readonly machines: ReadonlyMap<string, Machine>;
  readonly terminalHost: Machine;
  readonly cluster: ClusterHandle;
  /** Login name and home on the terminal host. */
  readonly login: { readonly user: string; readonly home: string; readonly shell: string };
  openTerminal(options: TerminalOptions): Terminal;
  /** Runs one command line or script in a new shell on the terminal host and collects what it prints. */
  runCommand(script: string, options?: RunOptions): Promise<RunResult>;
  /** A persistent headless shell: variables, directory and functions survive between calls. */
  openShell(options?: RunOptions): HeadlessShell;
  /** Everything that differs from the scenario's boot image, as JSON data. */
  snapshot(): WorldSnapshot;
  /** Resolves when controllers and kubelets have nothing more to do (virtual time may pass). */
  settle(limitMs?: number): Promise<void>;
  /** Ends all processes and timers. */
  stop(): void;
}

export interface ClusterHandle {
  readonly name: string;
  readonly api: ApiServer;
  /** In-process client with the rights of `kubernetes-admin`; used by checks and the map. */
  readonly client: ApiClient;
  /** Counts changes of stored objects; cheap to compare. */
  readonly revision: number;
}

export interface ClockControl {
  readonly mode: ClockMode;
  /** Virtual only: runs until nothing is runnable and no timer is due before `untilMs`. */
  runUntil?(untilMs: number): Promise<void>;
  /** Real only: from now on simulated time runs `factor` times as fast (a learner skips a wait). */
  setScale?(factor: number): void;
}

export interface TerminalOptions {
  readonly id: string;
  readonly size: TtySize;
  /** From an earlier snapshot: directory, variables, history. */
  readonly restore?: unknown;
}

/** A person's terminal: master side of a tty with a login shell behind it. */
export interface Terminal {
  readonly id: string;
  input(bytes: Uint8Array | string): void;
  resize(size: TtySize): void;
  onOutput(listener: (bytes: Uint8Array) => void | Promise<void>): () => void;
  /** Fires when the login shell ended. */
  onExit(listener: (code: number) => void): () => void;
  /** Fires each time the interactive shell has finished a command line and is about to print its prompt. */
  onCommand(listener: (command: { readonly line: string; readonly exitCode: number }) => void): () => void;
  close(): void;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly cwd?: string;
  /** `root` or the login user (default). */
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Streaming instead of collecting. */
  readonly onStdout?: (bytes: Uint8Array) => void;
  readonly onStderr?: (bytes: Uint8Array) => void;
  /** Runs on a tty; stdout holds the screen's bytes; `keys` are typed after these many ms. */
  readonly tty?: TtySize;
  readonly keys?: readonly (readonly [afterMs: number, bytes: string])[];
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** Simulated. */
  readonly seconds: number;
}

export interface HeadlessShell {
  execute(
    command: string,
    options?: Pick<RunOptions, "stdin" | "tty" | "keys" | "onStdout" | "onStderr">,
  ): Promise<RunResult>;
  close(): void;
}

/** JSON-serialisable. */
export interface WorldSnapshot {
  readonly format: "netpol-world/1";
  readonly [part: string]: unknown;
}
