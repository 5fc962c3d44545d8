/** A small machine on virtual time for unit tests of this room and the rooms above. */
import { createVirtualClock, type VirtualClock } from "../clock.ts";
import { programRegistry } from "../executables.ts";
import { createFileSystem, type MemoryFileSystem } from "../fs/file-system.ts";
import { FsImageBuilder, type FsImage } from "../fs/image.ts";
import { createMachine, type MachineKernel, type MachineOptions } from "../machine.ts";
import { collectOutput, openInput } from "../open-file.ts";
import { createRandom } from "../random.ts";
import { createNetworkNamespace } from "../sockets.ts";
import { exitCode } from "../signals.ts";
import { createFakeFabric, type FakeFabric } from "./fake-fabric.ts";
import type { Credentials, Process, Program, Tty } from "../types.ts";

export const ROOT: Credentials = { uid: 0, gid: 0, groups: [0] };
export const LEARNER: Credentials = { uid: 1000, gid: 1000, groups: [1000] };

/** What tests take for their host. */
export const testHost = {
  now: (): number => performance.now(),
  defer: (callback: () => void): void => void setImmediate(callback),
  setTimer(delayMs: number, callback: () => void): () => void {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export const TEST_START_MS = Date.UTC(2026, 0, 15, 10, 0, 0);

export function createTestClock(): VirtualClock {
  return createVirtualClock(testHost, TEST_START_MS);
}

export interface TestMachineOptions extends Partial<Omit<MachineOptions, "programs" | "fs" | "clock">> {
  readonly clock?: VirtualClock;
  readonly fabric?: FakeFabric;
  readonly address?: string;
  readonly programs?: readonly Program[];
  readonly image?: FsImage;
}

export interface TestMachine {
  readonly machine: MachineKernel;
  readonly clock: VirtualClock;
  readonly fabric: FakeFabric;
  readonly fs: MemoryFileSystem;
  readonly faults: unknown[];
  /** Runs a function as a process and collects what it prints. */
  run(main: (process: Process) => Promise<number>, options?: RunTestOptions): Promise<TestResult>;
}

export interface RunTestOptions {
  readonly stdin?: string;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly credentials?: Credentials;
  readonly tty?: Tty;
}

export interface TestResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Each program is installed as `/usr/bin/NAME`. */
export function createTestMachine(options: TestMachineOptions = {}): TestMachine {
  const clock = options.clock ?? createTestClock();
  const fabric = options.fabric ?? createFakeFabric(() => clock.now());
  const random = options.random ?? createRandom(7);
  const builder = new FsImageBuilder(options.image ? { base: options.image } : {});
  builder.directory("/tmp", { mode: 0o1777 }).directory("/root", { mode: 0o700 }).directory("/usr/bin");
  for (const program of options.programs ?? []) builder.executable(`/usr/bin/${program.name}`, program.name);
  const fs = createFileSystem({ image: builder.build() });
  const address = options.address ?? "10.244.1.5";
  const faults: unknown[] = [];
  const machine = createMachine({
    hostname: "box",
    libc: "glibc",
    reportFault: (error) => faults.push(error),
    network:
      options.network ??
      createNetworkNamespace({
        id: `pod:default/${address}`,
        kind: "pod",
        addresses: [address],
        fabric,
        clock,
        random,
      }),
    // Pid 1 ignores what it does not handle; tests want ordinary processes.
    firstPid: 100,
    ...options,
    clock,
    random,
    fs,
    programs: programRegistry(options.programs ?? []),
  });
  const run = async (
    main: (process: Process) => Promise<number>,
    runOptions: RunTestOptions = {},
  ): Promise<TestResult> => {
    const stdout = collectOutput();
    const stderr = collectOutput();
    const tty = runOptions.tty;
    const child = machine.startFunction(runOptions.argv ?? ["main"], main, {
      env: new Map(Object.entries({ PATH: "/usr/bin", HOME: "/root", ...runOptions.env })),
      cwd: "/",
      credentials: runOptions.credentials ?? ROOT,
      fds: new Map([
        [0, tty?.file ?? openInput(runOptions.stdin ?? "")],
        [1, tty?.file ?? stdout],
        [2, tty?.file ?? stderr],
      ]),
      tty: tty ?? null,
    });
    const status = await child.exit;
    return { code: exitCode(status), stdout: stdout.text(), stderr: stderr.text() };
  };
  return { machine, clock, fabric, fs, faults, run };
}
