/** One life of a container: a machine over the image's files whose first process is the entry point. */
import { createMachine, type MachineKernel } from "../../../machine/machine.ts";
import { openNull, openSink } from "../../../machine/open-file.ts";
import { createPipe } from "../../../machine/pipe.ts";
import type { MemoryFileSystem } from "../../../machine/fs/file-system.ts";
import type { NetworkNamespaceHandle } from "../../../machine/sockets.ts";
import type {
  ChildProcess,
  Clock,
  Credentials,
  FileSystem,
  MachineServices,
  OpenFile,
  ProgramRegistry,
  Random,
  Tty,
} from "../../../machine/types.ts";
import type { ContainerImage } from "../../../images/types.ts";
import type { Container, SecurityContext, Volume, VolumeMount } from "../objects.ts";
import { expand } from "./environment.ts";
import { isInMemory, isReadOnlyVolume } from "./volumes.ts";

/** What every container of a world is made with. */
export interface ContainerHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly programs: ProgramRegistry;
  readonly services: MachineServices;
  reportFault(error: unknown, context: string): void;
}

export interface ContainerPlan {
  readonly host: ContainerHost;
  readonly spec: Container;
  readonly podSecurity: SecurityContext;
  readonly image: ContainerImage;
  readonly hostname: string;
  readonly network: NetworkNamespaceHandle;
  readonly env: ReadonlyMap<string, string>;
  /** Root file system, with the kubelet's files written and volumes mounted. */
  readonly fs: FileSystem;
  readonly onOutput: (bytes: Uint8Array) => void;
}

/** The runtime cannot start the entry point: RunContainerError with these words. */
export class StartError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 128) {
    super(message);
    this.exitCode = exitCode;
  }
}

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface RunningContainer {
  readonly machine: MachineKernel;
  readonly process: ChildProcess;
  readonly env: ReadonlyMap<string, string>;
  readonly cwd: string;
  readonly credentials: Credentials;
  /** Set when the container has `tty: true`. */
  readonly tty: Tty | null;
  /** Standard input, when the container has `stdin: true` and no tty. */
  readonly stdin: OpenFile | null;
  /** Hears what the main process writes, from now on. */
  onOutput(listener: (bytes: Uint8Array, stream: "stdout" | "stderr") => void | Promise<void>): () => void;
}

export function credentialsOf(plan: Pick<ContainerPlan, "image" | "spec" | "podSecurity">): Credentials {
  const own = plan.spec.securityContext ?? {};
  const pod = plan.podSecurity;
  const uid = own.runAsUser ?? pod.runAsUser ?? plan.image.user.uid;
  const isOther = uid !== plan.image.user.uid;
  const gid = own.runAsGroup ?? pod.runAsGroup ?? (isOther ? 0 : plan.image.user.gid);
  const extra = [...(pod.supplementalGroups ?? []), ...(pod.fsGroup === undefined ? [] : [pod.fsGroup])];
  return { uid, gid, groups: [...new Set([gid, ...extra])] };
}

/** PATH, HOSTNAME and TERM first, then the image's, then the pod's variables, as containerd hands them to runc. */
function processEnvironment(plan: ContainerPlan): Map<string, string> {
  const env = new Map<string, string>();
  const imageEnv = plan.image.env.map((entry) => {
    const equals = entry.indexOf("=");
    return [entry.slice(0, equals), entry.slice(equals + 1)] as const;
  });
  env.set("PATH", new Map(imageEnv).get("PATH") ?? DEFAULT_PATH);
  env.set("HOSTNAME", plan.hostname);
  if (plan.spec.tty === true) env.set("TERM", "xterm");
  for (const [name, value] of imageEnv) env.set(name, value);
  for (const [name, value] of plan.env) env.set(name, value);
  return env;
}

/** `command` replaces the entry point and drops the image's arguments; `args` replaces the arguments alone. */
export function argvOf(plan: Pick<ContainerPlan, "spec" | "image" | "env">): readonly string[] {
  const { command, args } = plan.spec;
  const expandAll = (words: readonly string[]): readonly string[] =>
    words.map((word) => expand(word, (name) => plan.env.get(name)));
  const hasCommand = command !== undefined && command.length > 0;
  const hasArgs = args !== undefined && args.length > 0;
  const head = hasCommand ? expandAll(command) : plan.image.entrypoint;
  const tail = hasArgs ? expandAll(args) : hasCommand ? [] : plan.image.command;
  return [...head, ...tail];
}

/** Throws StartError. */
export function startContainer(plan: ContainerPlan): RunningContainer {
  // What the container keeps for its life must not hold the plan with its environment.
  const { host, image, onOutput, spec } = plan;
  const machine = createMachine({
    hostname: plan.hostname,
    fs: plan.fs,
    network: plan.network,
    clock: host.clock,
    random: host.random,
    libc: image.libc,
    programs: host.programs,
    services: host.services,
    reportFault: host.reportFault,
  });
  const env = processEnvironment(plan);
  const credentials = credentialsOf(plan);
  if (!env.has("HOME")) env.set("HOME", homeOf(plan.fs, credentials.uid));
  const cwd = spec.workingDir || image.workingDir || "/";
  if (!plan.fs.exists(cwd)) plan.fs.mkdir(cwd, { recursive: true });
  const argv = argvOf(plan);
  const outputs = new Set<(bytes: Uint8Array, stream: "stdout" | "stderr") => void | Promise<void>>();
  const emit = async (bytes: Uint8Array, stream: "stdout" | "stderr"): Promise<void> => {
    onOutput(bytes);
    for (const listener of [...outputs]) await listener(bytes, stream);
  };
  const tty = spec.tty === true ? machine.openTty({ columns: 80, rows: 24 }) : null;
  tty?.onOutput((bytes) => emit(bytes, "stdout"));
  const input = spec.stdin === true && tty === null ? createPipe() : null;
  const fds = tty
    ? new Map([
        [0, tty.file],
        [1, tty.file],
        [2, tty.file],
      ])
    : new Map([
        [0, input?.reader ?? openNull()],
        [1, openSink((bytes) => emit(bytes, "stdout"))],
        [2, openSink((bytes) => emit(bytes, "stderr"))],
      ]);
  const process = launch(machine, argv, { env, cwd, credentials, fds, tty });
  return {
    machine,
    process,
    env,
    cwd,
    credentials,
    tty,
    stdin: input?.writer ?? null,
    onOutput: (listener) => {
      outputs.add(listener);
      return () => outputs.delete(listener);
    },
  };
}

function launch(
  machine: MachineKernel,
  argv: readonly string[],
  options: Parameters<MachineKernel["start"]>[2],
): ChildProcess {
  const prefix =
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ";
  const [name = ""] = argv;
  if (name === "") throw new StartError("failed to generate container: no command specified");
  const path = findExecutable(
    machine.fs,
    name,
    options.env.get("PATH") ?? DEFAULT_PATH,
    options.cwd,
    options.credentials,
  );
  if (path.kind === "missing") throw new StartError(`${prefix}exec: ${JSON.stringify(name)}: ${path.message}: unknown`);
  try {
    return machine.start(path.path, argv, options);
  } catch (error) {
    throw new StartError(`${prefix}exec ${name}: ${execFailure(error)}: unknown`);
  }
}

/** runc's words for a refused execve(2). */
export function execFailure(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  if (code === "ENOEXEC") return "exec format error";
  if (code === "ENOENT") return "no such file or directory";
  return code === "EACCES" ? "permission denied" : error instanceof Error ? error.message : String(error);
}

export type FoundExecutable =
  | { readonly kind: "found"; readonly path: string }
  | { readonly kind: "missing"; readonly message: string };

/** Go's `exec.LookPath` in the container. */
export function findExecutable(
  fs: FileSystem,
  name: string,
  searchPath: string,
  cwd: string,
  as: Credentials,
): FoundExecutable {
  const check = (path: string): FoundExecutable | undefined => {
    if (!fs.exists(path)) return undefined;
    if (fs.stat(path).kind === "directory") return { kind: "missing", message: "is a directory" };
    return fs.access(path, 1, as) ? { kind: "found", path } : { kind: "missing", message: "permission denied" };
  };
  if (name.includes("/")) {
    const path = name.startsWith("/") ? name : `${cwd}/${name}`;
    const found = check(path) ?? { kind: "missing", message: "no such file or directory" };
    return found.kind === "missing"
      ? {
          kind: "missing",
          message: `stat ${name}: ${found.message}`.replace(/^stat (.*): (permission denied|is a directory)$/, "$2"),
        }
      : found;
  }
  let denied: FoundExecutable | undefined;
  for (const directory of searchPath.split(":")) {
    const found = check(`${directory || "."}/${name}`);
    if (found?.kind === "found") return found;
    denied ??= found?.message === "permission denied" ? found : undefined;
  }
  return denied ?? { kind: "missing", message: "executable file not found in $PATH" };
}

/** From /etc/passwd; `/` for users it does not know. */
export function homeOf(fs: FileSystem, uid: number): string {
  const text = fs.exists("/etc/passwd") ? fs.readText("/etc/passwd") : "";
  const line = text.split("\n").find((each) => each.split(":")[2] === String(uid));
  return line?.split(":")[5] || (uid === 0 ? "/root" : "/");
}

const DISK = { source: "/dev/sda1", type: "ext4" };
const TMPFS = { source: "tmpfs", type: "tmpfs" };

/** The volumes of a pod: what they hold, and what they are. */
export interface MountableVolumes {
  readonly trees: ReadonlyMap<string, MemoryFileSystem>;
  readonly specs: readonly Volume[];
}

/** Mounts volumes where the container wants them; `subPath` is made as a directory when it is missing. */
export function mountVolumes(
  fs: FileSystem,
  mounts: readonly VolumeMount[],
  volumes: MountableVolumes,
  lookup: (name: string) => string | undefined,
): void {
  const byDepth = [...mounts].sort((left, right) => depth(left.mountPath) - depth(right.mountPath));
  for (const mount of byDepth) {
    const volume = volumes.trees.get(mount.name);
    if (volume === undefined) continue;
    const subPath = mount.subPathExpr ? expand(mount.subPathExpr, lookup) : mount.subPath;
    const source = subPath ? subtreeOf(volume, subPath) : volume;
    const isDirectory = isDirectoryTree(source);
    if (!fs.exists(mount.mountPath)) {
      if (isDirectory) fs.mkdir(mount.mountPath, { recursive: true });
      else {
        fs.mkdir(mount.mountPath.slice(0, mount.mountPath.lastIndexOf("/")) || "/", { recursive: true });
        fs.writeFile(mount.mountPath, "");
      }
    }
    const spec = volumes.specs.find(({ name }) => name === mount.name);
    const isReadOnly = mount.readOnly === true || (spec !== undefined && isReadOnlyVolume(spec));
    const device = spec !== undefined && isInMemory(spec) ? TMPFS : DISK;
    fs.mount(mount.mountPath, source, { isReadOnly, ...device });
  }
}

/** A file seen as a file system of its own (`subPath`, hostPath of a file) has no root directory. */
function isDirectoryTree(fs: FileSystem): boolean {
  try {
    fs.readdir("/");
    return true;
  } catch {
    return false;
  }
}

const depth = (path: string): number => path.split("/").filter(Boolean).length;

function subtreeOf(volume: MemoryFileSystem, subPath: string): MemoryFileSystem {
  if (!volume.exists(`/${subPath}`)) volume.mkdir(`/${subPath}`, { recursive: true });
  return volume.subtree(`/${subPath}`);
}
