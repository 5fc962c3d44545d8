/** A Linux host or container: processes over one file system and one network namespace. */
import { createFileSystem, MemoryFileSystem } from "./fs/file-system.ts";
import { DEVICE_IMAGE } from "./fs/devices.ts";
import { createProcImage, createSysImage, type ProcSource } from "./fs/proc.ts";
import { Errno } from "./errno.ts";
import { loadExecutable, type LoadedProgram } from "./executables.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { ProcessNet } from "./process-net.ts";
import { Child, SimulatedProcess, type ProcessSeed } from "./process.ts";
import { NO_SERVICES } from "./services.ts";
import type { NetworkNamespaceHandle } from "./sockets.ts";
import { PseudoTerminal } from "./tty.ts";
import type {
  ChildProcess,
  Clock,
  Credentials,
  FileSystem,
  Machine,
  MachineLimits,
  MachineServices,
  Process,
  ProcessNetwork,
  ProgramRegistry,
  Random,
  SignalName,
  StartOptions,
  Tty,
  TtySize,
} from "./types.ts";

export interface MachineOptions {
  readonly hostname: string;
  /** The root file system. /proc, /dev and /sys are mounted on it. */
  readonly fs: FileSystem;
  readonly network: NetworkNamespaceHandle;
  readonly clock: Clock;
  readonly random: Random;
  readonly libc: "glibc" | "musl";
  readonly programs: ProgramRegistry;
  readonly services?: MachineServices;
  readonly limits?: Partial<MachineLimits>;
  readonly kernelVersion?: string;
  /** Default: now. */
  readonly bootedMs?: number;
  /** The pid of the first process. 1 (default): its end ends all others, as in a container. */
  readonly firstPid?: number;
  readonly memoryBytes?: number;
  readonly cpus?: number;
  /** Called with a bug of the simulator that ended a program with status 70. */
  readonly reportFault?: (error: unknown, context: string) => void;
}

export const DEFAULT_KERNEL_VERSION = "6.8.0-51-generic";

const createDeviceFileSystem = (): MemoryFileSystem => createFileSystem({ image: DEVICE_IMAGE, device: "devtmpfs" });

/** Throws nothing; the machine has no process yet. */
export function createMachine(options: MachineOptions): MachineKernel {
  return new MachineKernel(options);
}

export class MachineKernel implements Machine, ProcSource {
  readonly hostname: string;
  readonly fs: FileSystem;
  readonly network: NetworkNamespaceHandle;
  readonly clock: Clock;
  readonly random: Random;
  readonly libc: "glibc" | "musl";
  readonly bootedMs: number;
  readonly kernelVersion: string;
  readonly limits: MachineLimits;
  readonly services: MachineServices;
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly processes = new Map<number, SimulatedProcess>();
  readonly reportFault: (error: unknown, context: string) => void;

  readonly #programs: ProgramRegistry;
  #nextPid: number;
  #nextTty = 0;
  #isShutDown = false;

  constructor(options: MachineOptions) {
    this.hostname = options.hostname;
    this.fs = options.fs;
    this.network = options.network;
    this.clock = options.clock;
    this.random = options.random;
    this.libc = options.libc;
    this.#programs = options.programs;
    this.services = options.services ?? NO_SERVICES;
    this.limits = options.limits ? { ...DEFAULT_LIMITS, ...options.limits } : DEFAULT_LIMITS;
    this.kernelVersion = options.kernelVersion ?? DEFAULT_KERNEL_VERSION;
    this.bootedMs = options.bootedMs ?? options.clock.now();
    this.#nextPid = options.firstPid ?? 1;
    this.memoryBytes = options.memoryBytes ?? 4 * 1024 * 1024 * 1024;
    this.cpus = options.cpus ?? 2;
    this.reportFault = options.reportFault ?? (() => {});
    this.#prepareFileSystem();
  }

  #prepareFileSystem(): void {
    const { fs } = this;
    if (!(fs instanceof MemoryFileSystem)) return;
    fs.bind({
      clock: this.clock,
      random: this.random,
      quotaBytes: this.limits.maxFileSystemBytes,
    });
    fs.mountLazily("/proc", () => createFileSystem({ image: createProcImage(this), device: "proc" }), { type: "proc" });
    fs.mountLazily("/dev", createDeviceFileSystem, { type: "tmpfs" });
    fs.mountLazily("/sys", () => createFileSystem({ image: createSysImage(this), device: "sysfs" }), {
      type: "sysfs",
      isReadOnly: true,
    });
  }

  // ---------------------------------------------------------------- processes

  start(path: string, argv: readonly string[], options: StartOptions): ChildProcess {
    const { program, run, argv: actualArgv } = this.load(path, argv, options.credentials);
    return this.create(this.#seed(actualArgv, program, options), run);
  }

  /** Starts a function as a process that no other started: for tests and for what the world itself runs. */
  startFunction(
    argv: readonly string[],
    main: (process: Process) => Promise<number>,
    options: StartOptions,
  ): ChildProcess {
    return this.create(this.#seed(argv, { name: argv[0] ?? "" }, options), main);
  }

  #seed(argv: readonly string[], program: LoadedProgram["program"], options: StartOptions): ProcessSeed {
    return {
      argv,
      program,
      env: options.env,
      cwd: options.cwd,
      umask: 0o022,
      credentials: options.credentials,
      fds: options.fds,
      parent: null,
      tty: options.tty ?? null,
      audit: options.audit ?? { login: null },
      processGroup: 0,
      sessionId: 0,
      ignoredSignals: [],
    };
  }

  load(path: string, argv: readonly string[], as: Credentials): LoadedProgram {
    return loadExecutable(this.fs, this.#programs, path, argv, as);
  }

  /** Throws EAGAIN when the process table is full. */
  create(seed: ProcessSeed, main: (process: Process) => Promise<number>): ChildProcess {
    if (this.#isShutDown || this.processes.size >= this.limits.maxProcesses) throw new Errno("EAGAIN");
    const process = new SimulatedProcess(this, this.#takePid(), seed);
    this.processes.set(process.pid, process);
    if (seed.sessionId === 0 && seed.tty) seed.tty.foregroundProcessGroup = process.pid;
    queueMicrotask(() => void process.run(main));
    return new Child(process);
  }

  #takePid(): number {
    const pid = this.#nextPid;
    this.#nextPid = pid >= 4_194_303 ? 300 : pid + 1;
    return this.processes.has(pid) ? this.#takePid() : pid;
  }

  /** Who adopts orphans. */
  get reaperPid(): number {
    return this.processes.has(1) ? 1 : 0;
  }

  /** Called by a process that has just ended. */
  ended(process: SimulatedProcess): void {
    this.processes.delete(process.pid);
    this.network.releaseProcess(process);
    for (const other of this.processes.values()) if (other.parent === process) other.orphan();
    if (process.pid === 1) this.#endAll();
    else if (process.sessionId === process.pid && process.tty) this.#sessionEnded(process);
  }

  /** The terminal's foreground group hears that the session's leader has gone. */
  #sessionEnded(leader: SimulatedProcess): void {
    const group = leader.tty?.foregroundProcessGroup ?? 0;
    for (const other of [...this.processes.values()]) {
      if (other.sessionId !== leader.pid) continue;
      const isConcerned = other.processGroup === group || other.isStopped;
      if (!isConcerned) continue;
      other.deliver("SIGHUP");
      other.deliver("SIGCONT");
    }
  }

  #endAll(): void {
    for (const process of [...this.processes.values()]) process.end({ kind: "signaled", signal: "SIGKILL" });
  }

  shutdown(): void {
    this.#isShutDown = true;
    this.#endAll();
  }

  isStopped(pid: number): boolean {
    return this.processes.get(pid)?.isStopped ?? false;
  }

  // ------------------------------------------------------------------ signals

  kill(pid: number, signal: SignalName): void {
    for (const process of this.#targets(pid)) process.deliver(signal, true);
  }

  /** kill(2) of a process. Throws ESRCH, EPERM. */
  signalFrom(sender: SimulatedProcess, pid: number, signal: SignalName): void {
    const targets = pid === -1 ? this.#allBut(sender) : this.#targets(pid === 0 ? -sender.processGroup : pid);
    if (targets.length === 0) throw new Errno("ESRCH");
    const { uid } = sender.credentials;
    const allowed = uid === 0 ? targets : targets.filter((target) => target.credentials.uid === uid);
    if (allowed.length === 0) throw new Errno("EPERM");
    for (const target of allowed) target.deliver(signal);
  }

  /** Whether nobody of the session outside the group could continue it: then a terminal does not stop it. setpgid(2). */
  isOrphanedGroup(processGroup: number): boolean {
    return !this.#targets(-processGroup).some(
      ({ parent, sessionId }) => parent?.sessionId === sessionId && parent.processGroup !== processGroup,
    );
  }

  #allBut(sender: SimulatedProcess): SimulatedProcess[] {
    return [...this.processes.values()].filter((process) => process !== sender && process.pid !== 1);
  }

  #targets(pid: number): SimulatedProcess[] {
    if (pid < 0) return [...this.processes.values()].filter((process) => process.processGroup === -pid);
    const process = this.processes.get(pid);
    return process ? [process] : [];
  }

  // ------------------------------------------------------------ ttys, network

  openTty(size: TtySize): Tty {
    const name = `/dev/pts/${this.#nextTty++}`;
    return new PseudoTerminal({
      name,
      size,
      signalGroup: (group, signal) => {
        if (group > 0) this.kill(-group, signal);
      },
      signalSession: (tty, signal) => {
        for (const process of [...this.processes.values()]) if (process.tty === tty) process.deliver(signal);
      },
    });
  }

  networkOf(process: SimulatedProcess): ProcessNetwork {
    return new ProcessNet(process, this.network);
  }
}
