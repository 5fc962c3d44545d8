/** Running commands on a host without a person: output is collected, time is driven where it is virtual. */
import { collectOutput, openInput, openNull, openSink } from "../machine/open-file.ts";
import { concatBytes, decodeText } from "../machine/bytes.ts";
import { exitCode } from "../machine/signals.ts";
import type { ChildProcess, Credentials, Machine, OpenFile, Tty } from "../machine/types.ts";
import type { AuditSession } from "../net/types.ts";
import type { RunOptions, RunResult } from "../world-types.ts";

export interface Account {
  readonly user: string;
  readonly home: string;
  readonly shell: string;
  readonly credentials: Credentials;
}

/** An account that has logged in: everything it starts, here and through exec in containers, carries `audit`. */
export interface Login extends Account {
  readonly audit: AuditSession;
}

/** From /etc/passwd and /etc/group; undefined for an unknown user. */
export function accountOf(machine: Machine, user: string): Account | undefined {
  const { fs } = machine;
  const lines = (path: string): readonly (readonly string[])[] =>
    fs.exists(path)
      ? fs
          .readText(path)
          .split("\n")
          .map((line) => line.split(":"))
      : [];
  const entry = lines("/etc/passwd").find(([name]) => name === user);
  if (entry === undefined) return undefined;
  const gid = Number(entry[3] ?? 0);
  const extra = lines("/etc/group")
    .filter((group) => (group[3] ?? "").split(",").includes(user))
    .map((group) => Number(group[2]));
  return {
    user,
    home: entry[5] ?? "/",
    shell: entry[6] || "/bin/bash",
    credentials: { uid: Number(entry[2] ?? 0), gid, groups: [...new Set([gid, ...extra])] },
  };
}

export function loginEnvironment(account: Account): Map<string, string> {
  return new Map([
    ["HOME", account.home],
    ["LANG", "C.UTF-8"],
    ["LOGNAME", account.user],
    ["PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    ["SHELL", account.shell],
    ["TERM", "xterm-256color"],
    ["USER", account.user],
  ]);
}

/** The descriptors of a command and what it printed into them. */
export interface Capture {
  readonly fds: ReadonlyMap<number, OpenFile>;
  readonly tty: Tty | null;
  stdout(): string;
  stderr(): string;
  /** Types the keys of `options` at their times. */
  typeKeys(): void;
  /** Stops listening. */
  release(): void;
}

export function capture(
  machine: Machine,
  options: Pick<RunOptions, "stdin" | "tty" | "keys" | "onStdout" | "onStderr">,
  terminal?: Tty,
): Capture {
  return options.tty ? captureTty(machine, options, terminal) : captureStreams(options);
}

function captureStreams(options: Pick<RunOptions, "stdin" | "onStdout" | "onStderr">): Capture {
  const output = (listener: ((bytes: Uint8Array) => void) | undefined) => {
    const collected = collectOutput();
    return { file: listener ? openSink(listener) : collected, text: () => collected.text() };
  };
  const stdout = output(options.onStdout);
  const stderr = output(options.onStderr);
  return {
    fds: new Map([
      [0, options.stdin === undefined ? openNull() : openInput(options.stdin)],
      [1, stdout.file],
      [2, stderr.file],
    ]),
    tty: null,
    stdout: stdout.text,
    stderr: stderr.text,
    typeKeys: () => {},
    release: () => {},
  };
}

/** On a terminal of its own, or on the one given. */
function captureTty(
  machine: Machine,
  options: Pick<RunOptions, "tty" | "keys" | "onStdout">,
  terminal: Tty | undefined,
): Capture {
  const size = options.tty ?? { columns: 80, rows: 24 };
  const tty = terminal ?? machine.openTty(size);
  tty.resize(size);
  const chunks: Uint8Array[] = [];
  const stop = tty.onOutput((bytes) => {
    if (options.onStdout) options.onStdout(bytes);
    else chunks.push(bytes);
  });
  return {
    fds: new Map([
      [0, tty.file],
      [1, tty.file],
      [2, tty.file],
    ]),
    tty,
    stdout: () => decodeText(concatBytes(chunks)),
    stderr: () => "",
    typeKeys: () => {
      for (const [afterMs, bytes] of options.keys ?? []) machine.clock.setTimer(afterMs, () => tty.input(bytes));
    },
    release: stop,
  };
}

export interface Driver {
  /** Lets simulated time pass until `work` has settled. */
  drive<T>(work: Promise<T>): Promise<T>;
}

export async function runScript(
  machine: Machine,
  login: Login,
  script: string,
  options: RunOptions,
  driver: Driver,
): Promise<RunResult> {
  const startedMs = machine.clock.now();
  const captured = capture(machine, options);
  const env = loginEnvironment(login);
  for (const [name, value] of Object.entries(options.env ?? {})) env.set(name, value);
  const argv = ["bash", "-c", script, "bash", ...(options.args ?? [])];
  const child: ChildProcess = machine.start("/bin/bash", argv, {
    env,
    cwd: options.cwd ?? login.home,
    credentials: login.credentials,
    audit: login.audit,
    fds: captured.fds,
    tty: captured.tty,
  });
  captured.typeKeys();
  const status = await driver.drive(child.exit);
  return {
    stdout: captured.stdout(),
    stderr: captured.stderr(),
    exitCode: exitCode(status),
    seconds: (machine.clock.now() - startedMs) / 1000,
  };
}
