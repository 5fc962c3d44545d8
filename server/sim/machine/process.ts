/**
 * Processes: descriptors, signals, job control and death. A program is an async
 * function; what blocks it rejects when the process ends and waits while it is stopped.
 * Source: fork(2), execve(2), signal(7), setpgid(2), credentials(7).
 */
import { Errno, isErrno } from "./errno.ts";
import { DescriptorTable } from "./descriptors.ts";
import { findInPath } from "./executables.ts";
import { normalise } from "./fs/file-system.ts";
import { processPath } from "./fs/devices.ts";
import { anyOf, createInterruption, WaitQueue } from "./interruption.ts";
import type { MachineKernel } from "./machine.ts";
import { ProcessClock } from "./process-clock.ts";
import { isProcessEnded, ProcessEnded } from "./process-ended.ts";
import { readAsProcess } from "./process-reading.ts";
import { defaultAction } from "./signals.ts";
import { ProcessInput, ProcessOutput, writeForProcess } from "./streams.ts";
import type { AuditSession } from "../net/types.ts";
import type {
  Cancel,
  ChildProcess,
  Clock,
  Credentials,
  ExitStatus,
  InputStream,
  Interruption,
  Machine,
  OpenFile,
  OutputStream,
  Process,
  ProcessNetwork,
  ProgramReference,
  Random,
  SignalName,
  SpawnOptions,
  Tty,
} from "./types.ts";

/** What a new process starts with; descriptors are retained by the constructor. */
export interface ProcessSeed {
  readonly argv: readonly string[];
  readonly program: ProgramReference;
  /** Must not change afterwards. */
  readonly env: ReadonlyMap<string, string>;
  readonly cwd: string;
  readonly umask: number;
  readonly credentials: Credentials;
  readonly fds: Iterable<readonly [number, OpenFile]>;
  readonly parent: SimulatedProcess | null;
  readonly tty: Tty | null;
  readonly audit: AuditSession;
  /** 0: a group of its own. */
  readonly processGroup: number;
  /** 0: a session of its own. */
  readonly sessionId: number;
  readonly ignoredSignals: Iterable<SignalName>;
}

type SignalHandler = "ignore" | (() => void);

export class SimulatedProcess implements Process {
  readonly pid: number;
  readonly machine: Machine;
  readonly argv: readonly string[];
  readonly program: ProgramReference;
  cwd: string;
  umask: number;
  credentials: Credentials;
  readonly fds: Map<number, OpenFile>;
  readonly tty: Tty | null;
  processGroup: number;
  readonly sessionId: number;
  readonly audit: AuditSession;
  readonly interruption: Interruption;
  readonly startedMs: number;
  status: ExitStatus | null = null;
  isStopped = false;

  /** Copied from `#givenEnv` once somebody asks: many processes never do. */
  #env: Map<string, string> | null = null;
  readonly #givenEnv: ReadonlyMap<string, string>;
  readonly #kernel: MachineKernel;
  readonly #interrupt: (reason: ProcessEnded) => void;
  #parent: SimulatedProcess | null;
  #ended: ProcessEnded | null = null;
  #handlers: Map<SignalName, SignalHandler> | null = null;
  #pendingSignals: SignalName[] | null = null;
  #continued: WaitQueue | null = null;
  #stopListeners: Set<(isStopped: boolean) => void> | null = null;
  #exit: Promise<ExitStatus> | null = null;
  #resolveExit: ((status: ExitStatus) => void) | null = null;
  #stdin: InputStream | null = null;
  #stdout: OutputStream | null = null;
  #stderr: OutputStream | null = null;
  #clock: Clock | null = null;
  #net: ProcessNetwork | null = null;

  constructor(kernel: MachineKernel, pid: number, seed: ProcessSeed) {
    this.#kernel = kernel;
    this.machine = kernel;
    this.pid = pid;
    this.#parent = seed.parent;
    this.argv = seed.argv;
    this.program = seed.program;
    this.#givenEnv = seed.env;
    this.cwd = seed.cwd;
    this.umask = seed.umask;
    this.credentials = seed.credentials;
    this.fds = new DescriptorTable(kernel.limits.maxOpenFiles);
    for (const [fd, file] of seed.fds) this.fds.set(fd, file.retain());
    this.tty = seed.tty;
    this.audit = seed.audit;
    this.processGroup = seed.processGroup === 0 ? pid : seed.processGroup;
    this.sessionId = seed.sessionId === 0 ? pid : seed.sessionId;
    this.startedMs = kernel.clock.now();
    const { interruption, interrupt } = createInterruption();
    this.interruption = interruption;
    this.#interrupt = interrupt;
    for (const signal of seed.ignoredSignals) this.onSignal(signal, "ignore");
  }

  // ------------------------------------------------------------- what it shows

  get ppid(): number {
    return this.#parent?.pid ?? (this.pid === 1 ? 0 : this.#kernel.reaperPid);
  }

  get name(): string {
    const [first = ""] = this.argv;
    return first.slice(first.lastIndexOf("/") + 1);
  }

  get env(): Map<string, string> {
    this.#env ??= new Map(this.#givenEnv);
    return this.#env;
  }

  get stdin(): InputStream {
    this.#stdin ??= new ProcessInput(this, 0);
    return this.#stdin;
  }

  get stdout(): OutputStream {
    this.#stdout ??= new ProcessOutput(this, 1);
    return this.#stdout;
  }

  get stderr(): OutputStream {
    this.#stderr ??= new ProcessOutput(this, 2);
    return this.#stderr;
  }

  get clock(): Clock {
    this.#clock ??= new ProcessClock(this, this.#kernel.clock);
    return this.#clock;
  }

  get random(): Random {
    return this.#kernel.random;
  }

  get net(): ProcessNetwork {
    this.#net ??= this.#kernel.networkOf(this);
    return this.#net;
  }

  // ------------------------------------------------------------------- calls

  resolve(path: string): string {
    const absolute = path.startsWith("/") ? path : `${this.cwd === "/" ? "" : this.cwd}/${path}`;
    if (absolute.startsWith("/dev/") || absolute.startsWith("/proc/self")) {
      return processPath(normalise(absolute), this.pid) ?? absolute;
    }
    return path === "" ? "" : absolute;
  }

  sleep(ms: number, until?: Interruption): Promise<void> {
    this.assertRunning();
    if (!until) return this.blocking(this.#kernel.clock.sleep(ms, this.interruption));
    return this.blocking(this.#sleepUntil(ms, until));
  }

  async #sleepUntil(ms: number, until: Interruption): Promise<void> {
    try {
      await this.#kernel.clock.sleep(ms, anyOf(this.interruption, until));
    } catch (error) {
      if (this.interruption.isInterrupted || !until.isInterrupted) throw error;
    }
  }

  async breathe(): Promise<void> {
    await this.#kernel.clock.breathe();
    if (this.isStopped) await this.whileStopped();
    this.assertRunning();
  }

  findExecutable(name: string): string | undefined {
    return findInPath(this, name);
  }

  spawn(path: string, argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
    this.assertRunning();
    const credentials = options.credentials ?? this.credentials;
    const absolute = this.resolve(path);
    const { program, run, argv: actualArgv } = this.#kernel.load(absolute, argv, credentials);
    return this.#kernel.create(this.#seed(program, actualArgv, options), run);
  }

  fork(argv: readonly string[], main: (child: Process) => Promise<number>, options: SpawnOptions = {}): ChildProcess {
    this.assertRunning();
    return this.#kernel.create(this.#seed(this.program, argv, options), main);
  }

  #seed(program: ProgramReference, argv: readonly string[], options: SpawnOptions): ProcessSeed {
    return {
      argv,
      program,
      // A copy of its own: the parent may go on and change its variables.
      env: new Map(options.env ?? this.env),
      cwd: options.cwd ?? this.cwd,
      umask: options.umask ?? this.umask,
      credentials: options.credentials ?? this.credentials,
      fds: this.#childDescriptors(options.fds),
      parent: this,
      tty: options.session ? options.session.tty : this.tty,
      processGroup: options.session ? 0 : (options.processGroup ?? this.processGroup),
      sessionId: options.session ? 0 : this.sessionId,
      audit: this.audit,
      ignoredSignals: [...this.#ignoredSignals(), ...(options.ignoredSignals ?? [])],
    };
  }

  #childDescriptors(replaced: SpawnOptions["fds"]): Iterable<readonly [number, OpenFile]> {
    if (!replaced || replaced.size === 0) return this.fds;
    const fds = new Map(this.fds);
    for (const [fd, file] of replaced) {
      if (file) fds.set(fd, file);
      else fds.delete(fd);
    }
    return fds;
  }

  /** Ignored signals stay ignored in a child; handlers are reset. */
  #ignoredSignals(): SignalName[] {
    const ignored: SignalName[] = [];
    if (this.#handlers) {
      for (const [signal, handler] of this.#handlers) if (handler === "ignore") ignored.push(signal);
    }
    return ignored;
  }

  kill(pid: number, signal: SignalName): void {
    this.assertRunning();
    this.#kernel.signalFrom(this, pid, signal);
    this.assertRunning();
  }

  exit(status: number): never {
    this.end({ kind: "exited", code: status & 0xff });
    throw this.#ended ?? new ProcessEnded({ kind: "exited", code: status & 0xff });
  }

  onSignal(signal: SignalName, handler: "ignore" | "default" | (() => void)): Cancel {
    if (signal === "SIGKILL" || signal === "SIGSTOP") return () => {};
    if (handler === "default") {
      this.#handlers?.delete(signal);
      return () => {};
    }
    this.#handlers ??= new Map();
    const handlers = this.#handlers;
    const previous = handlers.get(signal);
    handlers.set(signal, handler);
    return () => {
      if (handlers.get(signal) !== handler) return;
      if (previous) handlers.set(signal, previous);
      else handlers.delete(signal);
    };
  }

  // ----------------------------------------------------------------- signals

  /** A signal arrives. `isFromOutside`: from beyond the process namespace, so that it reaches process 1. */
  deliver(signal: SignalName, isFromOutside = false): void {
    if (this.#ended) return;
    const isInit = this.pid === 1;
    if (signal === "SIGKILL") {
      if (!isInit || isFromOutside) this.end({ kind: "signaled", signal });
      return;
    }
    if (signal === "SIGSTOP") {
      if (!isInit || isFromOutside) this.#stop();
      return;
    }
    if (signal === "SIGCONT") this.#continue();
    const handler = this.#handlers?.get(signal);
    if (handler === "ignore") return;
    if (this.isStopped) {
      this.#pendingSignals ??= [];
      if (!this.#pendingSignals.includes(signal)) this.#pendingSignals.push(signal);
      return;
    }
    if (handler) handler();
    // The kernel spares the first process of a namespace what it does not handle.
    else if (!isInit || isSynchronous(signal)) this.#act(signal);
  }

  #act(signal: SignalName): void {
    const action = defaultAction(signal);
    if (action === "terminate") this.end({ kind: "signaled", signal });
    else if (action === "stop" && (signal === "SIGSTOP" || !this.#kernel.isOrphanedGroup(this.processGroup)))
      this.#stop();
  }

  #stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.#tellStopListeners();
    this.#parent?.deliver("SIGCHLD");
  }

  #continue(): void {
    if (!this.isStopped) return;
    this.isStopped = false;
    this.#tellStopListeners();
    const pending = this.#pendingSignals;
    this.#pendingSignals = null;
    for (const signal of pending ?? []) this.deliver(signal);
    this.#continued?.wakeAll();
  }

  #tellStopListeners(): void {
    if (this.#stopListeners) for (const listener of [...this.#stopListeners]) listener(this.isStopped);
  }

  onStopChange(listener: (isStopped: boolean) => void): Cancel {
    this.#stopListeners ??= new Set();
    this.#stopListeners.add(listener);
    return () => {
      this.#stopListeners?.delete(listener);
    };
  }

  // ---------------------------------------------------------------- blocking

  assertRunning(): void {
    if (this.#ended) throw this.#ended;
  }

  /** Resolves once the process is not stopped; rejects when it ends. */
  async whileStopped(): Promise<void> {
    this.#continued ??= new WaitQueue();
    while (this.isStopped) await this.#continued.wait(this.interruption);
  }

  /** The result of a blocking call, withheld while the process is stopped and refused when it has ended. */
  blocking<T>(call: Promise<T>): Promise<T> {
    const result = this.#block(call);
    // A program that does not wait for what it began must not bring the host down when it ends.
    result.catch(ignore);
    return result;
  }

  async #block<T>(call: Promise<T>): Promise<T> {
    try {
      const result = await call;
      if (this.isStopped) await this.whileStopped();
      if (this.#ended) throw this.#ended;
      return result;
    } catch (error) {
      throw this.#ended ?? error;
    }
  }

  /** Before reading: a background process that reads its terminal is stopped with SIGTTIN. */
  async readyToRead(file: OpenFile): Promise<void> {
    this.assertRunning();
    if (this.isStopped) await this.whileStopped();
    const tty = file.tty;
    if (!tty || tty !== this.tty) return;
    while (tty.foregroundProcessGroup !== 0 && tty.foregroundProcessGroup !== this.processGroup) {
      if (this.#handlers?.get("SIGTTIN") === "ignore" || this.pid === 1) throw new Errno("EIO");
      this.#kernel.kill(-this.processGroup, "SIGTTIN");
      if (!this.isStopped) return;
      await this.whileStopped();
    }
  }

  readFrom(file: OpenFile, maxBytes = 65_536, until?: Interruption): Promise<Uint8Array> {
    const result = readAsProcess(this, file, (interruption) =>
      file.read(maxBytes, until ? anyOf(until, interruption) : interruption),
    );
    result.catch(ignore);
    return result;
  }

  writeTo(file: OpenFile, bytes: Uint8Array): Promise<void> {
    return this.blocking(writeForProcess(this, file, bytes));
  }

  // -------------------------------------------------------------------- death

  /** Resolves with the status when the process has ended. */
  whenEnded(): Promise<ExitStatus> {
    if (this.status) return Promise.resolve(this.status);
    this.#exit ??= new Promise((resolve) => {
      this.#resolveExit = resolve;
    });
    return this.#exit;
  }

  /** Runs the program to its end. Called once. */
  async run(main: (process: Process) => Promise<number>): Promise<void> {
    try {
      if (this.isStopped) await this.whileStopped();
      if (this.#ended) return;
      const code = await main(this);
      this.end({ kind: "exited", code: code & 0xff });
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (this.#ended || isProcessEnded(error)) {
      this.end({ kind: "exited", code: 1 });
      return;
    }
    // A program that ignores SIGPIPE and lets the error pass has nothing more to say.
    if (isErrno(error, "EPIPE")) return this.end({ kind: "exited", code: 1 });
    // Endless recursion of a learner's script is what overflows a real stack, too.
    if (error instanceof RangeError && /call stack/.test(error.message)) {
      return this.end({ kind: "signaled", signal: "SIGSEGV" });
    }
    this.#kernel.reportFault(error, `${this.machine.hostname}: ${this.argv.join(" ")}`);
    this.end({ kind: "exited", code: 70 });
  }

  /** The process is no more: at once, whatever its program is still waiting for. */
  end(status: ExitStatus): void {
    if (this.#ended) return;
    this.status = status;
    this.#ended = new ProcessEnded(status);
    const wasStopped = this.isStopped;
    this.isStopped = false;
    this.#kernel.ended(this);
    for (const file of this.fds.values()) file.release();
    this.fds.clear();
    this.#interrupt(this.#ended);
    this.#resolveExit?.(status);
    if (wasStopped) this.#tellStopListeners();
    this.#stopListeners = null;
    this.#handlers = null;
    this.#parent?.deliver("SIGCHLD");
    this.#parent = null;
  }

  get parent(): SimulatedProcess | null {
    return this.#parent;
  }

  /** Its parent has ended. */
  orphan(): void {
    this.#parent = null;
  }
}

function ignore(): void {}

function isSynchronous(signal: SignalName): boolean {
  return signal === "SIGSEGV" || signal === "SIGILL" || signal === "SIGFPE" || signal === "SIGABRT";
}

/** What a parent holds of its child. */
export class Child implements ChildProcess {
  readonly #process: SimulatedProcess;

  constructor(process: SimulatedProcess) {
    this.#process = process;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get process(): Process {
    return this.#process;
  }

  get exit(): Promise<ExitStatus> {
    return this.#process.whenEnded();
  }

  get status(): ExitStatus | null {
    return this.#process.status;
  }

  get isStopped(): boolean {
    return this.#process.isStopped;
  }

  onStopChange(listener: (isStopped: boolean) => void): Cancel {
    return this.#process.onStopChange(listener);
  }
}
