/**
 * Replays recordings of the real kubectl in fresh worlds and compares what is printed.
 * Each step runs as its own `bash -c`, all of one transcript in one directory.
 */
import { gunzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { bootWorld, createBootImage, type BootImage } from "../../server/sim/world.ts";
import type { HostEnvironment, World } from "../../server/sim/world-types.ts";
import { normalise } from "./normalise.ts";

export interface Step {
  readonly cmd: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exit?: number;
  readonly stdout_norm?: string;
  readonly stderr_norm?: string;
  readonly before?: readonly string[];
  readonly hidden?: boolean;
  readonly varies?: boolean;
}

export interface Transcript {
  readonly title: string;
  readonly steps: readonly Step[];
}

export interface StepFailure {
  /** Position in the transcript, from 0. */
  readonly index: number;
  readonly cmd: string;
  readonly explanation: string;
}

export interface Score {
  /** Steps that were recorded and do not vary. */
  readonly scored: number;
  readonly passed: number;
  readonly failures: readonly StepFailure[];
}

/** Reads a transcript; `.gz` files are unpacked. */
export function readTranscript(path: string): Transcript {
  const bytes = readFileSync(path);
  return JSON.parse((path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8")) as Transcript;
}

export function hostEnvironment(): HostEnvironment {
  return {
    now: () => Date.now(),
    setTimer: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    defer: (callback) => {
      setImmediate(callback);
    },
    reportFault: (error, context) => {
      throw new Error(`fault of the simulator in ${context}`, { cause: error });
    },
  };
}

let image: Promise<BootImage> | undefined;

/** The cluster of the recordings, as near as the environments come to it. Made once. */
export function recordedCluster(): Promise<BootImage> {
  image ??= createBootImage({ env: "lab" }, hostEnvironment(), "virtual");
  return image;
}

/** The server's address differs; nothing else of the kubeconfig does. */
const RECORDED_SERVER = "https://127.0.0.1:6443";
const DIRECTORY = "/tmp/replay";

export interface ReplayOptions {
  /** Extra files of the terminal host by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Steps that would not end here. */
  readonly skipped?: ReadonlySet<number>;
  readonly onFailure?: (failure: StepFailure) => void;
}

export async function replay(transcript: Transcript, options: ReplayOptions = {}): Promise<Score> {
  const world = bootWorld({ image: await recordedCluster(), host: hostEnvironment(), clock: "virtual" });
  const { fs } = world.terminalHost;
  fs.mkdir(DIRECTORY, { recursive: true, mode: 0o777 });
  fs.chmod(DIRECTORY, 0o777);
  for (const [path, text] of Object.entries(options.files ?? {})) {
    fs.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o755 });
    fs.writeFile(path, text);
  }
  await world.runCommand("cp ~/.kube/config kubeconfig", { cwd: DIRECTORY });
  const config = fs.readText(`${DIRECTORY}/kubeconfig`);
  const server = /server: (\S+)/.exec(config)?.[1] ?? "";
  const hashes = new Map<string, string>();
  const failures: StepFailure[] = [];
  let scored = 0;
  try {
    for (const [index, step] of transcript.steps.entries()) {
      if (options.skipped?.has(index)) continue;
      await prepare(world, step);
      const result = await world.runCommand(step.cmd, {
        cwd: DIRECTORY,
        stdin: "",
        env: { KUBECONFIG: "./kubeconfig", GOLDEN: "/tmp/golden", TMPDIR: "." },
      });
      collectHashes(world, hashes);
      if (step.hidden || step.varies || step.exit === undefined) continue;
      scored++;
      const noHeaders = step.cmd.includes("--no-headers");
      const clean = (text: string) => normalise(text.replaceAll(server, RECORDED_SERVER), hashes, noHeaders);
      const explanation = [
        result.exitCode === step.exit ? "" : `exit ${result.exitCode}, recorded ${step.exit}\n`,
        difference("stdout", clean(result.stdout), step.stdout_norm ?? step.stdout ?? ""),
        difference("stderr", clean(result.stderr), step.stderr_norm ?? step.stderr ?? ""),
      ].join("");
      if (explanation === "") continue;
      const failure = { index, cmd: step.cmd, explanation };
      failures.push(failure);
      options.onFailure?.(failure);
    }
  } finally {
    world.stop();
  }
  return { scored, passed: scored - failures.length, failures };
}

async function prepare(world: World, step: Step): Promise<void> {
  for (const action of step.before ?? []) {
    const seconds = /^sleep (\d+)/.exec(action)?.[1];
    if (seconds !== undefined) await world.runCommand(`sleep ${seconds}`);
    else await world.settle();
  }
}

/** Names that a controller made up, and how the recordings write them. */
function collectHashes(world: World, hashes: Map<string, string>): void {
  const { client } = world.cluster;
  const resources = [
    "replicasets.apps",
    "jobs.batch",
    "controllerrevisions.apps",
    "pods",
    "endpointslices.discovery.k8s.io",
  ];
  for (const resource of resources) {
    for (const { metadata } of client.list(resource)) {
      const owner = metadata.ownerReferences?.[0]?.name;
      const base = owner === undefined ? undefined : (hashes.get(owner) ?? owner);
      const { name, generateName } = metadata;
      if (resource === "replicasets.apps" && owner !== undefined && name.startsWith(`${owner}-`)) {
        hashes.set(name, `${owner}-<HASH>`);
        hashes.set(name.slice(owner.length + 1), "<HASH>");
      } else if (resource === "controllerrevisions.apps" && owner !== undefined && name.startsWith(`${owner}-`)) {
        hashes.set(name, `${owner}-<HASH>`);
        hashes.set(name.slice(owner.length + 1), "<HASH>");
      } else if (resource === "pods" && metadata.ownerReferences?.[0]?.kind === "StatefulSet") {
        hashes.set(name, `${owner}-<HASH>`);
      } else if (generateName !== undefined && name.startsWith(generateName)) {
        hashes.set(name, `${base === undefined ? generateName : `${base}-`}<HASH>`);
      }
    }
  }
}

function difference(stream: string, got: string, wanted: string): string {
  if (got === wanted) return "";
  const ours = got.split("\n");
  const theirs = wanted.split("\n");
  let line = 0;
  while (line < ours.length && ours[line] === theirs[line]) line++;
  const show = (lines: readonly string[]) => lines.slice(line, line + 3).join("\n            ");
  return `  ${stream} line ${line + 1}\n    printed:  ${show(ours)}\n    recorded: ${show(theirs)}\n`;
}
