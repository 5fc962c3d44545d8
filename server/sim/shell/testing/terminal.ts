/** A shell at a simulated terminal, for tests of what a person sees of it. */
import { FsImageBuilder } from "../../machine/fs/image.ts";
import { createVirtualClock } from "../../machine/clock.ts";
import { createTestMachine, LEARNER, TEST_START_MS, testHost } from "../../machine/testing/machine.ts";
import { ServiceTable } from "../../machine/services.ts";
import type { Process, Program } from "../../machine/types.ts";
import { type InteractiveShell, shellPrograms, shellServices, type ShellServices } from "../index.ts";

const sleep: Program = {
  name: "sleep",
  async run(process: Process) {
    await process.sleep(Number(process.argv[1]) * 1000);
    return 0;
  },
};

const cat: Program = {
  name: "cat",
  async run(process: Process) {
    for (;;) {
      const bytes = await process.stdin.read();
      if (bytes.length === 0) return 0;
      await process.stdout.write(bytes);
    }
  },
};

export interface TestTerminal {
  type(text: string): Promise<void>;
  /** What came since the last call, escape sequences removed. */
  take(): string;
  readonly shells: InteractiveShell[];
  readonly faults: unknown[];
  readonly isOver: () => boolean;
  advance(ms: number): Promise<void>;
}

export function openTerminal(
  options: { shell?: string; services?: ShellServices; files?: Record<string, string> } = {},
): TestTerminal {
  const builder = new FsImageBuilder();
  builder.directory("/home/learner", { uid: 1000, gid: 1000 }).directory("/etc").directory("/work");
  builder.file("/etc/passwd", "root:x:0:0::/root:/bin/bash\nlearner:x:1000:1000::/home/learner:/bin/bash\n");
  builder.file("/home/learner/.bashrc", "PS1='\\u:\\w\\$ '\n", { uid: 1000, gid: 1000 });
  for (const [path, text] of Object.entries(options.files ?? {})) builder.file(path, text, { uid: 1000, gid: 1000 });
  const shells: InteractiveShell[] = [];
  const services = new ServiceTable().set(shellServices, {
    ...options.services,
    shellStarted: (shell) => void shells.push(shell),
  });
  const clock = createVirtualClock(testHost, TEST_START_MS, { advance: "driven" });
  const { machine, faults } = createTestMachine({
    clock,
    image: builder.build(),
    programs: [...shellPrograms, sleep, cat],
    services,
  });
  const tty = machine.openTty({ columns: 80, rows: 24 });
  let screen = "";
  const decoder = new TextDecoder();
  tty.onOutput((bytes) => {
    screen += decoder.decode(bytes);
  });
  const name = options.shell ?? "bash";
  const child = machine.start(`/usr/bin/${name}`, [name], {
    env: new Map([
      ["PATH", "/usr/bin"],
      ["HOME", "/home/learner"],
      ["TERM", "xterm"],
    ]),
    cwd: "/home/learner",
    credentials: LEARNER,
    fds: new Map([0, 1, 2].map((fd) => [fd, tty.file])),
    tty,
  });
  const rest = async (): Promise<void> => clock.runUntil(clock.now() + 5);
  return {
    async type(text) {
      tty.input(text);
      await rest();
    },
    take() {
      const text = screen.replace(/\u001b\[[?0-9;]*[A-Za-z]/g, "").replaceAll("\r", "");
      screen = "";
      return text;
    },
    shells,
    faults,
    isOver: () => child.status !== null,
    advance: (ms) => clock.runUntil(clock.now() + ms),
  };
}

/** A terminal whose shell has printed its first prompt. */
export async function started(options: Parameters<typeof openTerminal>[0] = {}): Promise<TestTerminal> {
  const terminal = openTerminal(options);
  await terminal.advance(5);
  terminal.take();
  return terminal;
}
