/** The programs `bash`, `dash`, `ash` and `sh`: command line, startup, and where commands come from. */
import { isErrno } from "../machine/errno.ts";
import type { Process, Program } from "../machine/types.ts";
import { builtinPrograms } from "./builtin-programs.ts";
import { decodeBytes } from "./bytes.ts";
import { DiscardCommand, ExitShell } from "./control.ts";
import { BASH_VERSION, type Flavour } from "./flavour.ts";
import { findInPath } from "./external-command.ts";
import { runInteractive } from "./interactive.ts";
import { baseName, Interpreter } from "./interpreter.ts";
import { type Invocation, parseInvocation } from "./invocation.ts";
import { readThrough } from "./line-reader.ts";
import { isUnfinished, readProgram } from "./parser.ts";
import { isPlainProgram } from "./pipelines.ts";
import { SourceText } from "./source-text.ts";
import { initialiseInteractive, initialiseVariables, readStartupFiles } from "./startup.ts";
import { ShellState } from "./state.ts";

function shellProgram(name: string, flavourOf: (process: Process) => Flavour): Program {
  return { name, run: (process) => runShell(process, flavourOf(process)) };
}

/** `sh` is busybox's where the C library is musl or busybox runs it, else dash. */
function flavourOfSh(process: Process): Flavour {
  if (process.program.name === "busybox" || process.machine.libc === "musl") return "ash";
  return process.program.name === "bash" ? "bash" : "dash";
}

export const shellPrograms: readonly Program[] = [
  shellProgram("bash", () => "bash"),
  shellProgram("dash", () => "dash"),
  shellProgram("ash", () => "ash"),
  shellProgram("sh", flavourOfSh),
  ...builtinPrograms,
];

async function runShell(process: Process, flavour: Flavour): Promise<number> {
  const invocation = parseInvocation(process.argv, flavour);
  if (invocation.kind === "refused") {
    await process.stderr.write(invocation.message);
    return 2;
  }
  if (invocation.kind === "version") {
    await process.stdout.write(VERSION_TEXT);
    return 0;
  }
  const shell = createShell(process, flavour, invocation);
  return shell.runToEnd(() => runInvocation(shell, invocation));
}

const VERSION_TEXT = `GNU bash, version ${BASH_VERSION} (x86_64-pc-linux-gnu)
Copyright (C) 2022 Free Software Foundation, Inc.
License GPLv3+: GNU GPL version 3 or later <http://gnu.org/licenses/gpl.html>

This is free software; you are free to change and redistribute it.
There is NO WARRANTY, to the extent permitted by law.
`;

export function createShell(process: Process, flavour: Flavour, invocation: Invocation): Interpreter {
  const state = new ShellState(flavour, process.argv[0] ?? flavour);
  state.shellPid = process.pid;
  state.startedMs = process.clock.now();
  state.randomState = process.random.integer(0x7ffffffe) + 1;
  state.isLogin = invocation.isLogin;
  state.positional = invocation.positional;
  const shell = new Interpreter(process, state);
  if (flavour === "bash" && baseName(process.argv[0] ?? "") === "sh") shell.options.set("posix", true);
  initialiseVariables(shell);
  for (const [name, isOn] of invocation.options) shell.options.set(name, isOn);
  if (invocation.isLogin) shell.options.set("login_shell", true);
  if (flavour !== "bash" || shell.options.has("posix")) shell.options.set("expand_aliases", true);
  return shell;
}

async function runInvocation(shell: Interpreter, invocation: Invocation): Promise<number> {
  const { process, state } = shell;
  const { command, script } = invocation;
  if (command === undefined && script === undefined) state.readsStandardInput = true;
  const isTerminal = process.stdin.isTty && process.stderr.isTty;
  state.isInteractive = invocation.isInteractive || (command === undefined && script === undefined && isTerminal);
  if (command !== undefined) {
    shell.options.set("-c", true);
    if (invocation.shellName !== undefined) state.shellName = invocation.shellName;
  }
  if (script !== undefined) state.shellName = script;
  if (state.isInteractive) {
    shell.options.set("expand_aliases", true);
    initialiseInteractive(shell);
  }
  shell.frames.push({ kind: "main", name: "main", source: new SourceText("", script ?? "main"), callLine: 0 });
  await readStartupFiles(shell, invocation);
  if (command !== undefined)
    return runCommandText(shell, new SourceText(command, "main", 1, shell.isBash ? "-c" : undefined));
  if (script !== undefined) return runScript(shell, script);
  if (state.isInteractive && process.tty) return runInteractive(shell, process.tty);
  return runStandardInput(shell);
}

async function runText(shell: Interpreter, source: SourceText): Promise<number> {
  return shell.runProgram(source);
}

/** `-c`: a lone program needs no shell to wait for it. */
async function runCommandText(shell: Interpreter, source: SourceText): Promise<number> {
  const { groups, fault } = readProgram(source, shell.state.flavour);
  const [statement, second] = groups[0]?.statements ?? [];
  const command = statement?.command;
  const isAlone = groups.length === 1 && !fault && !second && !statement?.background;
  shell.source = source;
  shell.becomesLastProgram =
    isAlone && command?.type === "Command" && isPlainProgram(shell, command) && shell.state.traps.size === 0;
  return runText(shell, source);
}

async function runScript(shell: Interpreter, script: string): Promise<number> {
  const { process } = shell;
  const { fs } = process.machine;
  let path = script;
  if (!script.includes("/") && !fs.exists(process.resolve(script)) && shell.isBash)
    path = findInPath(shell, script) ?? script;
  let bytes: Uint8Array;
  try {
    if (fs.stat(process.resolve(path), process.credentials).kind === "directory")
      return await refuseScript(shell, `${script}: Is a directory`, 126);
    bytes = await readScript(process, path);
  } catch (error) {
    if (!isErrno(error)) throw error;
    return refuseScript(
      shell,
      openFailure(shell, script, error.message),
      shell.isBash ? (error.code === "ENOENT" ? 127 : 126) : 2,
    );
  }
  if (bytes.subarray(0, 80).includes(0)) return refuseScript(shell, `${script}: cannot execute binary file`, 126);
  shell.frames[0] = { kind: "main", name: "main", source: new SourceText("", path), callLine: 0 };
  return runText(shell, new SourceText(decodeBytes(bytes), path));
}

/** `bash <(…)` names a pipe. */
async function readScript(process: Process, path: string): Promise<Uint8Array> {
  const { fs } = process.machine;
  const descriptor = /^\/dev\/(?:fd\/([0-9]+)|stdin)$/.exec(path);
  if (!descriptor) return fs.readFile(process.resolve(path), process.credentials);
  const file = process.fds.get(Number(descriptor[1] ?? 0));
  const bytes: number[] = [];
  for (;;) {
    const chunk = file ? await file.read(65_536, process.interruption) : new Uint8Array(0);
    if (chunk.length === 0) return Uint8Array.from(bytes);
    for (const byte of chunk) bytes.push(byte);
  }
}

function openFailure(shell: Interpreter, script: string, reason: string): string {
  const { flavour } = shell.state;
  if (flavour === "bash") return `${script}: ${reason}`;
  return flavour === "dash" ? `0: cannot open ${script}: No such file` : `can't open '${script}': ${reason}`;
}

async function refuseScript(shell: Interpreter, message: string, status: number): Promise<number> {
  const name = shell.process.argv[0] ?? "sh";
  await shell.writeError(`${shell.isBash ? baseName(name) : name}: ${message}\n`);
  return status;
}

/** Reads commands as they come, a line at a time, and leaves what follows for the commands to read. */
async function runStandardInput(shell: Interpreter): Promise<number> {
  let text = "";
  let firstLine = 1;
  let lines = 0;
  for (;;) {
    const line = await readRawLine(shell);
    if (line !== null) {
      text += line;
      lines++;
      if (isUnfinished(text)) continue;
    }
    if (text.trim() !== "") await runChunk(shell, new SourceText(text, "main", firstLine));
    if (line === null) return shell.state.lastStatus;
    text = "";
    firstLine += lines;
    lines = 0;
  }
}

async function runChunk(shell: Interpreter, source: SourceText): Promise<void> {
  try {
    await shell.runProgram(source);
  } catch (error) {
    if (!(error instanceof DiscardCommand) || error.isInterrupt) throw error;
    shell.state.lastStatus = error.status;
    if (shell.state.subshellDepth > 0) throw new ExitShell(error.status);
  }
}

async function readRawLine(shell: Interpreter): Promise<string | null> {
  const bytes: number[] = [];
  for (;;) {
    const chunk = await readThrough(shell, 0, 10);
    if (chunk.length === 0) return bytes.length === 0 ? null : decodeBytes(Uint8Array.from(bytes));
    for (const byte of chunk) bytes.push(byte);
    if (chunk[chunk.length - 1] === 10) return decodeBytes(Uint8Array.from(bytes));
  }
}
