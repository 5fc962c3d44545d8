/** Running programs: the search along PATH, the process, and what is said when there is none. */
import { isErrno, type Errno } from "../machine/errno.ts";
import type { ChildProcess, OpenFile, SignalName } from "../machine/types.ts";
import { assignTemporarily, type ReadyAssignment } from "./assignments.ts";
import { ExitShell } from "./control.ts";
import { decodeBytes } from "./bytes.ts";
import { forkShell, startChild, statusCode } from "./forking.ts";
import { callFunction } from "./functions.ts";
import type { Interpreter } from "./interpreter.ts";
import { waitForeground } from "./pipelines.ts";
import { type OpenedRedirections, releaseChanges } from "./redirections.ts";
import { SourceText } from "./source-text.ts";

export interface ExternalCommand {
  readonly words: readonly string[];
  readonly assignments: readonly ReadyAssignment[];
  readonly opened: OpenedRedirections | undefined;
  readonly text: () => string;
  /** `exec`: named in messages. */
  readonly isExec?: boolean;
}

export interface PlacedCommand extends ExternalCommand {
  readonly processGroup?: number;
  /** Descriptors of the pipeline, below the command's own redirections. */
  readonly fds?: ReadonlyMap<number, OpenFile | null>;
  readonly ignoresInterrupts?: boolean;
  readonly isForeground?: boolean;
}

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The path of an executable, searched in PATH unless it has a slash. Directories and unexecutable files count only as a last resort. */
export function findInPath(
  shell: Interpreter,
  name: string,
  path = shell.variables.scalar("PATH") ?? (shell.isBash ? DEFAULT_PATH : ""),
): string | undefined {
  const { machine, credentials } = shell.process;
  for (const directory of path.split(":")) {
    const candidate = `${directory === "" ? "." : directory.replace(/(.)\/+$/, "$1")}/${name}`;
    const resolved = shell.process.resolve(candidate);
    if (machine.fs.access(resolved, 1, credentials) && machine.fs.stat(resolved).kind === "file") return candidate;
  }
  return undefined;
}

/** Every match along PATH: for `type -a`, `which -a`, completion. */
export function findAllInPath(shell: Interpreter, name: string): string[] {
  const path = shell.variables.scalar("PATH") ?? "";
  return path
    .split(":")
    .map((directory) => findInPath(shell, name, directory))
    .filter((found): found is string => found !== undefined);
}

/** Remembers where commands were found, as bash's hash table. */
export function locateCommand(shell: Interpreter, name: string): string | undefined {
  const hashed = shell.state.hashedCommands.get(name);
  if (hashed && shell.process.machine.fs.exists(hashed.path)) {
    hashed.hits++;
    return hashed.path;
  }
  const found = findInPath(shell, name);
  if (found?.startsWith("/") && shell.options.has("hashall"))
    shell.state.hashedCommands.set(name, { path: found, hits: 1 });
  return found;
}

export async function runExternal(shell: Interpreter, command: ExternalCommand): Promise<number> {
  const started = await startExternal(
    shell,
    shell.hasJobControl ? { ...command, processGroup: 0, isForeground: true } : command,
  );
  if (typeof started === "number") return started;
  const [status = 0] = await waitForeground(shell, [{ child: started, text: command.text }], command.text);
  return status;
}

/** Starts the program, or prints why not and gives the status. Consumes the redirections. */
export async function startExternal(shell: Interpreter, command: PlacedCommand): Promise<ChildProcess | number> {
  try {
    return await start(shell, command);
  } finally {
    if (command.opened) releaseChanges(command.opened.changes);
  }
}

async function start(shell: Interpreter, command: PlacedCommand): Promise<ChildProcess | number> {
  const name = command.words[0] ?? "";
  const scope = command.assignments.length > 0 ? shell.variables.pushScope("environment") : undefined;
  try {
    if (scope) for (const assignment of command.assignments) assignTemporarily(shell, scope, assignment);
    const path = name.includes("/") ? name : locateCommand(shell, name);
    const fds = mergeDescriptors(command);
    if (path === undefined) return await notFound(shell, command, fds);
    return await spawn(shell, path, command, fds);
  } finally {
    if (scope) shell.variables.popScope(scope);
  }
}

function mergeDescriptors(command: PlacedCommand): ReadonlyMap<number, OpenFile | null> | undefined {
  if (!command.fds) return command.opened?.changes;
  if (!command.opened) return command.fds;
  return new Map([...command.fds, ...command.opened.changes]);
}

async function spawn(
  shell: Interpreter,
  path: string,
  command: PlacedCommand,
  fds: ReadonlyMap<number, OpenFile | null> | undefined,
): Promise<ChildProcess | number> {
  const env = shell.variables.environment();
  env.set("_", path);
  exportFunctions(shell, env);
  const options = {
    env,
    umask: shell.process.umask,
    ...(fds ? { fds } : {}),
    ...(command.processGroup === undefined ? {} : { processGroup: command.processGroup }),
    ...(command.ignoresInterrupts ? { ignoredSignals: ["SIGINT", "SIGQUIT"] as SignalName[] } : {}),
  };
  try {
    return await startChild(shell, () => shell.process.spawn(path, command.words, options), command.isForeground);
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code === "ENOEXEC") return runScriptFile(shell, path, command, fds);
    return await failed(shell, path, error, command);
  }
}

/** `export -f`: functions travel in the environment. */
function exportFunctions(shell: Interpreter, env: Map<string, string>): void {
  for (const definition of shell.state.functions.values()) {
    if (!definition.isExported) continue;
    const body = definition.source.text.slice(definition.node.body.pos, definition.node.body.end);
    env.set(`BASH_FUNC_${definition.name}%%`, `() ${body}`);
  }
}

/** A text without `#!` is read by a shell like this one. */
async function runScriptFile(
  shell: Interpreter,
  path: string,
  command: PlacedCommand,
  fds: ReadonlyMap<number, OpenFile | null> | undefined,
): Promise<ChildProcess | number> {
  const bytes = shell.process.machine.fs.readFile(shell.process.resolve(path));
  if (bytes.subarray(0, 80).includes(0)) {
    await report(shell, command, `${path}: cannot execute binary file: Exec format error`);
    return 126;
  }
  return forkShell(
    shell,
    (child) => {
      child.state.shellName = path;
      child.state.positional = command.words.slice(1);
      child.state.functions.clear();
      child.state.aliases.clear();
      child.frames.length = 0;
      return child.runProgram(new SourceText(decodeBytes(bytes), path));
    },
    { ...(fds ? { fds } : {}), ...(command.processGroup === undefined ? {} : { processGroup: command.processGroup }) },
  );
}

async function notFound(
  shell: Interpreter,
  command: PlacedCommand,
  fds: ReadonlyMap<number, OpenFile | null> | undefined,
): Promise<ChildProcess | number> {
  const handler = shell.isBash ? shell.state.functions.get("command_not_found_handle") : undefined;
  if (handler) return forkShell(shell, (child) => callFunction(child, handler, command.words), fds ? { fds } : {});
  const name = command.words[0] ?? "";
  if (shell.isBash && !command.isExec && !shell.variables.scalar("PATH")) {
    await report(shell, command, `${name}: No such file or directory`);
    return 127;
  }
  await report(
    shell,
    command,
    command.isExec ? `exec: ${name}: not found` : shell.isBash ? `${name}: command not found` : `${name}: not found`,
  );
  return 127;
}

/** Messages of a command that did not start go where its own would have gone. */
async function report(shell: Interpreter, command: PlacedCommand, message: string): Promise<void> {
  const redirected = command.opened?.changes.get(2) ?? command.fds?.get(2);
  if (!redirected) return shell.reportPlain(message);
  const { fds } = shell.process;
  const old = fds.get(2);
  fds.set(2, redirected);
  try {
    await shell.reportPlain(message);
  } finally {
    if (old) fds.set(2, old);
    else fds.delete(2);
  }
}

async function failed(shell: Interpreter, path: string, error: Errno, command: PlacedCommand): Promise<number> {
  const name = command.words[0] ?? path;
  const isMissing = error.code === "ENOENT" || error.code === "ENOTDIR";
  const hasInterpreter = error.path !== undefined && error.path !== shell.process.resolve(path) && isMissing;
  if (!shell.isBash) {
    await report(shell, command, isMissing ? `${name}: not found` : `${name}: ${error.message}`);
    return isMissing ? 127 : 126;
  }
  if (hasInterpreter) {
    await report(shell, command, `${name}: cannot execute: required file not found`);
    return 127;
  }
  const isDirectory = error.code === "EACCES" && isDirectoryAt(shell, path);
  await report(shell, command, `${name}: ${isDirectory ? "Is a directory" : error.message}`);
  return error.code === "ENOENT" ? 127 : 126;
}

function isDirectoryAt(shell: Interpreter, path: string): boolean {
  try {
    return shell.process.machine.fs.stat(shell.process.resolve(path)).kind === "directory";
  } catch {
    return false;
  }
}

const FORWARDED: readonly SignalName[] = ["SIGHUP", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGWINCH", "SIGCONT"];

/**
 * `exec`: the program takes the shell's place. The kernel has no such call, so the shell
 * stays behind it: passes signals on, dies with it and of it.
 */
export async function becomeProgram(shell: Interpreter, command: PlacedCommand): Promise<number> {
  const child = await startExternal(shell, command);
  if (typeof child === "number") return child;
  const { process } = shell;
  for (const signal of FORWARDED) process.onSignal(signal, () => signalChild(child, signal));
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    // A terminal sends these to the whole group, the program included; a container runtime only to process 1.
    process.onSignal(signal, process.tty ? () => {} : () => signalChild(child, signal));
  }
  for (const signal of ["SIGTSTP", "SIGTTIN", "SIGTTOU"] as const) process.onSignal(signal, "default");
  const cancel = process.interruption.onInterrupt(() => signalChild(child, "SIGKILL"));
  // What the shell holds open must not keep pipes from ending.
  for (const file of process.fds.values()) file.release();
  process.fds.clear();
  const status = await shell.until(child.exit);
  cancel();
  if (status.kind === "signaled") {
    process.onSignal(status.signal, "default");
    process.kill(process.pid, status.signal);
  }
  throw new ExitShell(statusCode(status));
}

function signalChild(child: ChildProcess, signal: SignalName): void {
  if (child.status !== null) return;
  try {
    child.process.kill(child.pid, signal);
  } catch {
    // It has just ended, and this call of its own with it.
  }
}
