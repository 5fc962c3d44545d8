/**
 * The contract of a simulated Linux machine: what shells and programs may ask
 * of the kernel. Everything is asynchronous where Linux would block, and
 * synchronous where an in-memory kernel answers at once (the file system).
 */
import type { NetworkFabric } from "../net/index.ts";
import type { AuditSession, Flow, Protocol } from "../net/types.ts";

// ---------------------------------------------------------------- time, chance

export type Cancel = () => void;

/** Simulated time. The only clock in `sim`. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back after `delayMs`. Never earlier; timers of equal time fire in order of creation. */
  setTimer(delayMs: number, callback: () => void): Cancel;
  /** Resolves after `ms`; rejects with the interruption's reason when interrupted. */
  sleep(ms: number, interruption?: Interruption): Promise<void>;
  /** Keeps virtual time from advancing while `work`, truly asynchronous, is under way. */
  hold<T>(work: Promise<T>): Promise<T>;
  /**
   * Lets other tasks and the outside world run when this task has used its slice of CPU;
   * otherwise resolves at once. Loops of learner code call it on each turn.
   */
  breathe(): Promise<void>;
}

/** A seeded source of chance. */
export interface Random {
  /** A float in [0, 1). */
  next(): number;
  /** An integer in [0, bound). */
  integer(bound: number): number;
  /** `length` characters of `alphabet` (default: the alphabet Kubernetes uses for name suffixes). */
  text(length: number, alphabet?: string): string;
  uuid(): string;
  bytes(length: number): Uint8Array;
  /** The state as a number, for snapshots. */
  state(): number;
}

/** A one-shot cancellation that costs nothing until used; `AbortSignal` without the DOM. */
export interface Interruption {
  readonly reason: unknown;
  readonly isInterrupted: boolean;
  /** Calls back once (at once if already interrupted). Returns the unsubscriber. */
  onInterrupt(callback: (reason: unknown) => void): Cancel;
}

// ------------------------------------------------------------------- errors

export type ErrnoCode =
  | "ENOENT"
  | "EEXIST"
  | "ENOTDIR"
  | "EISDIR"
  | "EACCES"
  | "EPERM"
  | "ENOTEMPTY"
  | "EINVAL"
  | "EBADF"
  | "EPIPE"
  | "ELOOP"
  | "ENOSPC"
  | "EROFS"
  | "EXDEV"
  | "EBUSY"
  | "ENOEXEC"
  | "EAGAIN"
  | "EMFILE"
  | "ENAMETOOLONG"
  | "ENOTTY"
  | "ESRCH"
  | "ECHILD"
  | "ENOMEM"
  | "EFBIG"
  | "ETXTBSY"
  | "EINTR"
  | "ECONNREFUSED"
  | "ETIMEDOUT"
  | "EHOSTUNREACH"
  | "ENETUNREACH"
  | "EADDRINUSE"
  | "EADDRNOTAVAIL"
  | "ECONNRESET"
  | "ENOTCONN"
  | "EIO"
  | "ENXIO"
  | "EMSGSIZE"
  | "EDESTADDRREQ"
  | "ENOSYS";

/**
 * A system call's refusal (class `Errno` in `errno.ts`). `message` is glibc's text
 * (`No such file or directory`); `path` the file concerned.
 */
export interface ErrnoError extends Error {
  readonly code: ErrnoCode;
  readonly path?: string;
}

// --------------------------------------------------------------- file system

export type FileKind = "file" | "directory" | "symlink" | "device" | "fifo" | "socket";

/** The name of a program of the `programs` room and the build it stands for. */
export interface ProgramReference {
  /** Registry key: `busybox`, `coreutils`, `kubectl`, `nginx`, … Multi-call programs read `argv[0]`. */
  readonly name: string;
  readonly version?: string;
  readonly libc?: "glibc" | "musl";
}

export interface FileStat {
  readonly kind: FileKind;
  readonly inode: number;
  /** Permission bits only, for example `0o755`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly changedMs: number;
  readonly accessedMs: number;
  readonly links: number;
  readonly device: string;
  /** What an executable is, when it is no script. */
  readonly program?: ProgramReference;
}

export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/**
 * A mounted tree of files. Paths are absolute and may hold `..`, symlinks and
 * repeated slashes. Every call throws `Errno`. With `as`, permissions are checked.
 * Copy-on-write over an immutable image: `snapshot()` is what differs from it.
 */
export interface FileSystem {
  stat(path: string, as?: Credentials): FileStat;
  lstat(path: string, as?: Credentials): FileStat;
  exists(path: string): boolean;
  readlink(path: string): string;
  realpath(path: string): string;
  /** Sorted names, without `.` and `..`. */
  readdir(path: string, as?: Credentials): readonly string[];
  readFile(path: string, as?: Credentials): Uint8Array;
  readText(path: string, as?: Credentials): string;
  /** Creates (mode 0o644 unless told) or truncates. */
  writeFile(path: string, content: Uint8Array | string, options?: WriteOptions): void;
  appendFile(path: string, content: Uint8Array | string, options?: WriteOptions): void;
  mkdir(
    path: string,
    options?: { readonly mode?: number; readonly recursive?: boolean; readonly as?: Credentials },
  ): void;
  rmdir(path: string, as?: Credentials): void;
  unlink(path: string, as?: Credentials): void;
  /** Removes a tree; no error when missing. */
  removeTree(path: string, as?: Credentials): void;
  rename(from: string, to: string, as?: Credentials): void;
  symlink(target: string, path: string, as?: Credentials): void;
  link(existing: string, path: string, as?: Credentials): void;
  mkfifo(path: string, mode: number, as?: Credentials): void;
  chmod(path: string, mode: number, as?: Credentials): void;
  chown(path: string, uid: number, gid: number, as?: Credentials): void;
  utimes(path: string, accessedMs: number, modifiedMs: number, as?: Credentials): void;
  /** Whether `as` may read (4), write (2), execute (1) this. */
  access(path: string, mode: number, as: Credentials): boolean;
  /** Opens for streaming. `flags` as in fopen plus `x`: r, r+, w, w+, a, a+, wx. */
  open(path: string, flags: string, options?: WriteOptions): OpenFile;
  /** Mounts another file system (a volume) on a directory. */
  mount(
    path: string,
    other: FileSystem,
    options?: { readonly isReadOnly?: boolean; readonly source?: string; readonly type?: string },
  ): void;
  unmount(path: string): void;
  mounts(): readonly {
    readonly path: string;
    readonly source: string;
    readonly type: string;
    readonly isReadOnly: boolean;
  }[];
  /** Called after a change at or below `path`. For the kubelet's manifest folder and `tail -f`. */
  watch(path: string, callback: (changedPath: string) => void): Cancel;
}

export interface WriteOptions {
  readonly mode?: number;
  readonly as?: Credentials;
}

// ---------------------------------------------------------------- open files

/** An open file description, shared by the descriptors that refer to it. */
export interface OpenFile {
  readonly kind: "file" | "pipe" | "tty" | "null" | "socket" | "device";
  readonly path?: string;
  readonly tty?: Tty;
  /** At least one byte, at most `maxBytes`; an empty array is the end of file. */
  read(maxBytes?: number, interruption?: Interruption): Promise<Uint8Array>;
  /**
   * Reads like `read`, but never past the first `delimiter`, which the answer includes.
   * Lets `read` of the shell take a line from a pipe without taking what follows.
   */
  readThrough?(delimiter: number, maxBytes: number, interruption?: Interruption): Promise<Uint8Array>;
  /** Resolves when the bytes are accepted, which must not be changed afterwards. Throws EPIPE when nobody can read any more. */
  write(bytes: Uint8Array, interruption?: Interruption): Promise<void>;
  /** Byte offset for files that can seek; undefined otherwise. */
  seek?(offset: number, whence?: "set" | "current" | "end"): number;
  truncate?(sizeBytes: number): void;
  stat?(): FileStat;
  /** One more descriptor refers to this. */
  retain(): this;
  /** One fewer does; at none it closes. */
  release(): void;
}

// ------------------------------------------------------------------ processes

export type SignalName =
  | "SIGHUP"
  | "SIGINT"
  | "SIGQUIT"
  | "SIGKILL"
  | "SIGTERM"
  | "SIGPIPE"
  | "SIGALRM"
  | "SIGCHLD"
  | "SIGCONT"
  | "SIGSTOP"
  | "SIGTSTP"
  | "SIGTTIN"
  | "SIGTTOU"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGWINCH"
  | "SIGABRT"
  | "SIGSEGV"
  | "SIGILL"
  | "SIGFPE";

/** Text and byte convenience over one descriptor of one process. Interrupted by the process's death. */
export interface InputStream {
  readonly file: OpenFile;
  readonly isTty: boolean;
  /** Empty at end of file. */
  read(maxBytes?: number): Promise<Uint8Array>;
  /** Without its newline; null at end of file. Reads no byte beyond the newline from the file. */
  readLine(): Promise<string | null>;
  readAll(): Promise<Uint8Array>;
  readAllText(): Promise<string>;
  /** Lines without newline; buffers ahead. */
  lines(): AsyncIterable<string>;
}

export interface OutputStream {
  readonly file: OpenFile;
  readonly isTty: boolean;
  write(data: string | Uint8Array): Promise<void>;
}

/**
 * A running program's view of the kernel. A program is a function of this and
 * returns its exit status; when a fatal signal arrives, every pending and later
 * call on the process rejects with `ProcessEnded`, which programs let pass
 * (`finally` blocks run).
 */
export interface Process {
  readonly pid: number;
  readonly ppid: number;
  readonly machine: Machine;
  readonly argv: readonly string[];
  /** `argv[0]` without directories. */
  readonly name: string;
  readonly program: ProgramReference;
  readonly env: Map<string, string>;
  cwd: string;
  umask: number;
  credentials: Credentials;
  readonly fds: Map<number, OpenFile>;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** The controlling terminal. */
  readonly tty: Tty | null;
  processGroup: number;
  readonly sessionId: number;
  readonly audit: AuditSession;
  readonly clock: Clock;
  readonly random: Random;
  /** Fires when the process must end; for calls that take an interruption. */
  readonly interruption: Interruption;
  readonly startedMs: number;

  /**
   * Resolves a path against `cwd`. What a path means only to this process (`/proc/self`,
   * `/dev/stdin`, `/dev/fd/3`, `/dev/tty`) becomes its entry below `/proc/PID`.
   */
  resolve(path: string): string;
  /**
   * `clock.breathe()` for this process: rejects with `ProcessEnded` once it must end and
   * waits while it is stopped. `process.clock` is bound to the process in the same way.
   */
  breathe(): Promise<void>;
  /**
   * Reads any file as this process does standard input: a background job that reads its
   * terminal is stopped, a stop lets go of the terminal, death rejects, and so does `until`.
   */
  readFrom(file: OpenFile, maxBytes?: number, until?: Interruption): Promise<Uint8Array>;
  /** Writes to any file as to standard output: a broken pipe sends SIGPIPE, then throws EPIPE. */
  writeTo(file: OpenFile, bytes: Uint8Array): Promise<void>;
  /** Sleeps simulated time; ends early with the process, or with `until`. */
  sleep(ms: number, until?: Interruption): Promise<void>;
  /**
   * Takes a signal over. `ignore` ignores it, `default` restores. The handler runs
   * synchronously; a pending call is not interrupted by a handled signal.
   * Returns the unsubscriber.
   */
  onSignal(signal: SignalName, handler: "ignore" | "default" | (() => void)): Cancel;
  /** Runs an executable found by path (not searched in PATH). Throws Errno (ENOENT, EACCES, ENOEXEC). */
  spawn(path: string, argv: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Runs a function as a child process: a subshell, a pipeline stage, a server's worker. */
  fork(argv: readonly string[], main: (child: Process) => Promise<number>, options?: SpawnOptions): ChildProcess;
  /** Finds a program in `PATH` (or checks a path with a slash); undefined when there is none. */
  findExecutable(name: string): string | undefined;
  /** Sends a signal. A negative pid is a process group. Throws ESRCH, EPERM. */
  kill(pid: number, signal: SignalName): void;
  /** Network calls of this process, in the machine's network namespace. */
  readonly net: ProcessNetwork;
  /** Ends this process now, as exit(2): rejects everything pending. */
  exit(status: number): never;
}

export interface SpawnOptions {
  readonly env?: ReadonlyMap<string, string>;
  readonly cwd?: string;
  /**
   * Replaces descriptors; those not named are inherited. `null` closes. The child takes
   * its own reference to each file; the caller keeps, and releases, its own.
   */
  readonly fds?: ReadonlyMap<number, OpenFile | null>;
  readonly credentials?: Credentials;
  /** 0: a new group led by the child; otherwise the group joined. Inherited when absent. */
  readonly processGroup?: number;
  /** A new session with this controlling terminal (null: none). */
  readonly session?: { readonly tty: Tty | null };
  readonly umask?: number;
  /** Signals the child starts out ignoring (`nohup`). */
  readonly ignoredSignals?: readonly SignalName[];
}

export type ExitStatus =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signaled"; readonly signal: SignalName };

export interface ChildProcess {
  readonly pid: number;
  readonly process: Process;
  /** Resolves when it ended; never rejects. A simulator fault ends it with code 70 and is reported to the world. */
  readonly exit: Promise<ExitStatus>;
  readonly status: ExitStatus | null;
  /** Whether it is stopped by a job-control signal; listeners hear each change. */
  readonly isStopped: boolean;
  onStopChange(listener: (isStopped: boolean) => void): Cancel;
}

/** An executable of the simulation. Registered by name in `programs/index.ts`. */
export interface Program {
  readonly name: string;
  run(process: Process): Promise<number>;
}

export interface ProgramRegistry {
  get(name: string): Program | undefined;
}

// -------------------------------------------------------------------- terminals

export interface TtySize {
  readonly columns: number;
  readonly rows: number;
}

/** The settings of termios that matter here. */
export interface TtyModes {
  /** Line editing by the kernel; off: bytes pass as typed. */
  readonly isCanonical: boolean;
  readonly echoes: boolean;
  /** ^C ^Z ^\ make signals. */
  readonly makesSignals: boolean;
  /** NL becomes CR NL on output. */
  readonly mapsNewlines: boolean;
}

/**
 * A pseudo-terminal. The master side is a person's screen and keyboard (or
 * `kubectl exec -it`, `ssh`); the slave side is `file`, opened by processes.
 */
export interface Tty {
  readonly name: string;
  readonly size: TtySize;
  readonly modes: TtyModes;
  setModes(modes: Partial<TtyModes>): void;
  foregroundProcessGroup: number;
  /** Whether bytes wait to be read. */
  readonly hasInput: boolean;
  /** The slave side. */
  readonly file: OpenFile;
  /** Master side: types these bytes. */
  input(bytes: Uint8Array | string): void;
  /** Master side: changes the size and sends SIGWINCH. */
  resize(size: TtySize): void;
  /**
   * Master side: receives output. The promise it returns is awaited before more is
   * written (flow control).
   */
  onOutput(listener: (bytes: Uint8Array) => void | Promise<void>): Cancel;
  /** Master side: hangs up; the session's processes get SIGHUP. */
  hangUp(): void;
}

// ---------------------------------------------------------------------- network

export interface ConnectOptions {
  /** Bounds the wait for an answer; the kernel's own limit is about 127 s of retransmissions. */
  readonly timeoutMs?: number;
  readonly interruption?: Interruption;
  /** The name that was resolved to `address`, for the flow log. */
  readonly requestedName?: string;
  readonly sourcePort?: number;
}

/** A byte stream between two processes. `read` ends when the peer shuts its writing side down. */
export interface Socket extends OpenFile {
  readonly protocol: Protocol;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly flow: Flow | null;
  /** No more will be written; the peer reads end of file. */
  shutdownWrite(): void;
}

export interface Listener {
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** The next connection. Rejects with EBADF once closed. */
  accept(interruption?: Interruption): Promise<Socket>;
  close(): void;
}

/** A UDP socket. */
export interface DatagramSocket {
  readonly localPort: number;
  /** Sends one datagram; the flow tells nothing to the sender except an ICMP refusal on a later receive. */
  send(address: string, port: number, bytes: Uint8Array, requestedName?: string): Flow;
  /** Null on timeout. Throws ECONNREFUSED after an ICMP port-unreachable. */
  receive(timeoutMs?: number, interruption?: Interruption): Promise<Datagram | null>;
  close(): void;
}

export interface Datagram {
  readonly bytes: Uint8Array;
  readonly address: string;
  readonly port: number;
}

export type EchoOutcome =
  | { readonly kind: "reply"; readonly milliseconds: number; readonly ttl: number; readonly from: string }
  | { readonly kind: "lost" }
  | { readonly kind: "unreachable"; readonly from: string; readonly reason: "host" | "port" | "admin" };

export type ResolveFailure = "not-found" | "timed-out" | "refused" | "no-server";

/** The answer of the resolver library (nsswitch: /etc/hosts, then the servers of /etc/resolv.conf with search domains). */
export type ResolveResult =
  | { readonly kind: "addresses"; readonly addresses: readonly string[]; readonly canonicalName: string }
  | { readonly kind: "failed"; readonly failure: ResolveFailure };

export interface ProcessNetwork {
  /** TCP (or SCTP). Throws Errno ECONNREFUSED, ETIMEDOUT (the kernel's limit, or `timeoutMs`), ENETUNREACH, EHOSTUNREACH, EINTR. */
  connect(address: string, port: number, options?: ConnectOptions & { readonly protocol?: Protocol }): Promise<Socket>;
  /** Port 0 takes a free one. Address `0.0.0.0`/`::` is every address. Throws EADDRINUSE, EACCES (below 1024, not root). */
  listen(port: number, options?: { readonly address?: string; readonly protocol?: Protocol }): Listener;
  datagram(options?: { readonly port?: number; readonly address?: string }): DatagramSocket;
  /** One ICMP echo; resolves with `lost` after `timeoutMs`. */
  echo(
    address: string,
    timeoutMs: number,
    options?: { readonly interruption?: Interruption; readonly requestedName?: string; readonly sizeBytes?: number },
  ): Promise<EchoOutcome>;
  /**
   * The C library's resolver: numeric addresses pass through; libc decides search
   * order and waits (glibc 20 s, musl 5 s when packets are dropped).
   */
  resolve(
    name: string,
    options?: { readonly family?: 4 | 6; readonly interruption?: Interruption; readonly timeoutMs?: number },
  ): Promise<ResolveResult>;
  readonly namespace: NetworkNamespace;
}

/** What several machines (containers of one pod, hostNetwork pods and their node) may share. */
export interface NetworkNamespace {
  /** Id of the `NetworkHost` in the fabric. */
  readonly id: string;
  readonly addresses: readonly string[];
  readonly fabric: NetworkFabric;
  readonly interfaces: readonly {
    readonly name: string;
    readonly addresses: readonly string[];
    readonly mac: string;
    readonly mtu: number;
  }[];
  readonly routes: readonly {
    readonly destination: string;
    readonly gateway: string | null;
    readonly device: string;
  }[];
  /** For `ss` and `netstat`. */
  sockets(): readonly {
    readonly protocol: Protocol;
    readonly state: "LISTEN" | "ESTABLISHED" | "UNCONN";
    readonly local: string;
    readonly localPort: number;
    readonly remote: string;
    readonly remotePort: number;
    readonly pid: number;
    readonly processName: string;
  }[];
}

// ---------------------------------------------------------------------- machine

/** A Linux host or container: one file system, one process table, one network namespace. */
export interface Machine {
  readonly hostname: string;
  readonly fs: FileSystem;
  readonly network: NetworkNamespace;
  readonly clock: Clock;
  readonly random: Random;
  readonly libc: "glibc" | "musl";
  readonly processes: ReadonlyMap<number, Process>;
  readonly bootedMs: number;
  /** `uname -r`. */
  readonly kernelVersion: string;
  readonly limits: MachineLimits;
  /**
   * Starts a process that no other started: a container's entry point, a login shell.
   * Reads `#!` lines. Throws Errno.
   */
  start(path: string, argv: readonly string[], options: StartOptions): ChildProcess;
  openTty(size: TtySize): Tty;
  /**
   * Sends a signal from outside the machine's process namespace (the container runtime, the
   * kernel): no permissions asked, and SIGKILL and SIGSTOP reach even process 1. A negative pid
   * is a process group. Nothing happens when there is no such process.
   */
  kill(pid: number, signal: SignalName): void;
  /** Ends every process (SIGKILL) and closes every listener of this machine. */
  shutdown(): void;
  /** Facilities that neighbours lend to programs: see `services.ts` of each room. */
  readonly services: MachineServices;
}

export interface StartOptions {
  /** Not copied until the process looks: must not change afterwards. */
  readonly env: ReadonlyMap<string, string>;
  readonly cwd: string;
  readonly credentials: Credentials;
  readonly fds: ReadonlyMap<number, OpenFile>;
  readonly tty?: Tty | null;
  /** Whose doing it is; default: nobody's. */
  readonly audit?: AuditSession;
}

export interface MachineLimits {
  readonly maxProcesses: number;
  readonly maxOpenFiles: number;
  readonly maxFileSystemBytes: number;
}

/**
 * Typed slots through which `world.ts` lends what a room below must not import:
 * the API server function to `kube-apiserver`, DNS records to `coredns`, the container
 * runtime to `crictl`. A program whose slot is empty behaves as if the thing were absent.
 */
export interface MachineServices {
  get<T>(key: ServiceKey<T>): T | undefined;
}

export interface ServiceKey<T> {
  readonly name: string;
  /** Never set; carries the type. */
  readonly type?: T;
}
