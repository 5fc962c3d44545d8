/** Pipelines, background commands, and waiting for the foreground. */
import type { Command, CommandNode, Pipeline, Statement } from "unbash";
import { openNull } from "../machine/open-file.ts";
import { createPipe } from "../machine/pipe.ts";
import { COOKED_MODES } from "../machine/tty.ts";
import type { ChildProcess, OpenFile } from "../machine/types.ts";
import { expandAssignment } from "./assignments.ts";
import { BreakLoop, DiscardCommand, ExitShell, ExpansionError } from "./control.ts";
import { startExternal } from "./external-command.ts";
import { forkShell, statusCode } from "./forking.ts";
import { Interpreter } from "./interpreter.ts";
import { type JobProcess, signalDescription } from "./jobs.ts";
import { printNode } from "./printer.ts";
import { openRedirections, RedirectionError, redirectionStatus } from "./redirections.ts";
import { argumentText, expandWords, findBuiltin } from "./simple-command.ts";
import { lowerWord } from "./words.ts";
import { formatTimes } from "./time-format.ts";

export async function runPipeline(shell: Interpreter, node: Pipeline): Promise<number> {
  const time = node.prefixes.find((prefix) => prefix.type === "Time");
  const isNegated = node.prefixes.filter((prefix) => prefix.type === "Negation").length % 2 === 1;
  const startMs = shell.process.clock.now();
  let status: number;
  if (node.commands.length === 0) status = 0;
  else {
    try {
      status = isNegated ? await shell.withoutErrexit(() => runStages(shell, node)) : await runStages(shell, node);
    } finally {
      // Also after ^C, which abandons the command.
      if (time)
        await shell.writeError(formatTimes(shell, shell.process.clock.now() - startMs, time.posix !== undefined));
    }
  }
  if (isNegated || node.commands.length === 0) {
    shell.state.lastStatus = isNegated ? (status === 0 ? 1 : 0) : status;
    return shell.state.lastStatus;
  }
  return node.commands.length > 1 ? shell.finishCommand(status) : status;
}

async function runStages(shell: Interpreter, node: Pipeline): Promise<number> {
  const [only] = node.commands;
  if (node.commands.length === 1 && only) return shell.runCommandNode(only);
  shell.position = node.pos;
  await shell.checkpoint();
  const runsLastHere = shell.options.has("lastpipe") && !shell.hasJobControl;
  const started = await startStages(shell, node, { isBackground: false, keepsLast: runsLastHere });
  const statuses = await waitForeground(shell, started.processes, frozenText(shell, node), started.runLast);
  shell.state.pipeStatus = statuses;
  const failed = statuses.findLast((status) => status !== 0);
  return shell.options.has("pipefail") ? (failed ?? 0) : (statuses.at(-1) ?? 0);
}

/** The text of a command, for as long as a job lives: the source of the moment is part of it. */
export function frozenText(shell: Interpreter, node: Parameters<typeof printNode>[0]): () => string {
  const { source } = shell;
  return () => printNode(node, source);
}

interface StartedStages {
  readonly processes: readonly JobProcess[];
  readonly processGroup: number;
  /** `lastpipe`: the last stage, still to be run in this shell. */
  readonly runLast?: () => Promise<number>;
}

interface StageOptions {
  readonly isBackground: boolean;
  readonly keepsLast: boolean;
}

async function startStages(shell: Interpreter, node: Pipeline, options: StageOptions): Promise<StartedStages> {
  const processes: JobProcess[] = [];
  let processGroup = 0;
  let input: OpenFile | undefined = options.isBackground && !shell.hasJobControl ? openNull() : undefined;
  try {
    for (let index = 0; index < node.commands.length; index++) {
      const command = node.commands[index] as CommandNode;
      const isLast = index === node.commands.length - 1;
      if (isLast && options.keepsLast) {
        const last = input;
        input = undefined;
        return { processes, processGroup, runLast: () => runWithInput(shell, command, last) };
      }
      const pipe = isLast ? undefined : createPipe();
      const fds = stageDescriptors(input, pipe?.writer, node.operators[index] === "|&");
      const group = shell.hasJobControl ? processGroup : undefined;
      const child = await startStage(shell, command, {
        fds,
        ...(group === undefined ? {} : { processGroup: group }),
        ignoresInterrupts: options.isBackground && !shell.hasJobControl,
        isForeground: !options.isBackground,
      });
      processes.push({ child, text: frozenText(shell, command) });
      if (shell.hasJobControl && processGroup === 0) {
        processGroup = child.process.processGroup;
      }
      pipe?.writer.release();
      input?.release();
      input = pipe?.reader;
    }
    return { processes, processGroup };
  } finally {
    input?.release();
  }
}

function stageDescriptors(
  input: OpenFile | undefined,
  output: OpenFile | undefined,
  mergesErrors: boolean,
): Map<number, OpenFile> {
  const fds = new Map<number, OpenFile>();
  if (input) fds.set(0, input);
  if (output) {
    fds.set(1, output);
    if (mergesErrors) fds.set(2, output);
  }
  return fds;
}

async function runWithInput(shell: Interpreter, command: CommandNode, input: OpenFile | undefined): Promise<number> {
  const { fds } = shell.process;
  const old = fds.get(0);
  if (input) fds.set(0, input);
  try {
    return await shell.withoutErrexit(() => shell.runCommandNode(command));
  } finally {
    fds.get(0)?.release();
    if (old) fds.set(0, old);
    else fds.delete(0);
  }
}

interface Placement {
  readonly fds: ReadonlyMap<number, OpenFile>;
  readonly processGroup?: number;
  readonly ignoresInterrupts?: boolean;
  readonly isForeground?: boolean;
}

/** One stage as a process of its own; a plain program without a shell in between. */
async function startStage(shell: Interpreter, node: CommandNode, placement: Placement): Promise<ChildProcess> {
  if (node.type === "Command" && isPlainProgram(shell, node)) {
    const started = await startProgram(shell, node, placement);
    if (typeof started !== "number") return started;
    return forkShell(shell, async () => started, placement);
  }
  return forkShell(shell, (child) => runStageBody(child, node), placement);
}

async function runStageBody(child: Interpreter, node: CommandNode): Promise<number> {
  return child.runCommandNode(node);
}

/** Whether the command's name is surely a program's, and expanding its words cannot take time. */
export function isPlainProgram(shell: Interpreter, node: Command): boolean {
  if (!node.name) return false;
  const name = lowerWord(node.name, shell.source).literal;
  if (name === undefined || shell.state.functions.has(name) || findBuiltin(shell, name)) return false;
  const text = shell.source.text.slice(node.pos, node.end);
  return !/\$\(|`|[<>]\(/.test(text) && !shell.traps.has("DEBUG") && !shell.traps.has("ERR");
}

/** Expands in a copy of the state, as a forked child would, and starts the program from this process. */
async function startProgram(shell: Interpreter, node: Command, placement: Placement): Promise<ChildProcess | number> {
  const copy = new Interpreter(shell.process, shell.state.fork(), shell.family, shell.jobs);
  copy.source = shell.source;
  copy.position = node.pos;
  copy.frames.push(...shell.frames);
  copy.state.subshellDepth = shell.state.subshellDepth;
  copy.state.isInteractive = shell.state.isInteractive;
  try {
    const words = (await expandWords(copy, node)).map(argumentText);
    const opened = node.redirects.length > 0 ? await openRedirections(copy, node.redirects, placement.fds) : undefined;
    const assignments = [];
    for (const item of node.prefix)
      if (item.type === "Assignment") assignments.push(await expandAssignment(copy, item));
    if (copy.options.has("xtrace")) await copy.writeError(`+ ${words.join(" ")}\n`);
    return await startExternal(copy, {
      words,
      assignments,
      opened,
      text: frozenText(shell, node),
      ...placement,
    });
  } catch (error) {
    if (error instanceof RedirectionError) {
      await copy.reportPlain(error.message);
      return redirectionStatus(copy);
    }
    if (error instanceof ExpansionError) {
      await copy.reportPlain(error.message);
      return error.status;
    }
    if (error instanceof ExitShell && error.status !== 254) return error.status;
    throw error;
  }
}

// --------------------------------------------------------------------- foreground

/** Waits until all have ended, or (with job control) have stopped. Gives their statuses. */
export async function waitForeground(
  shell: Interpreter,
  processes: readonly JobProcess[],
  text: () => string,
  meanwhile?: () => Promise<number>,
): Promise<readonly number[]> {
  const { process } = shell;
  const { tty } = process;
  const interrupt = watchInterrupt(shell);
  let ownStatus: number | undefined;
  let outcome: "ended" | "stopped";
  try {
    ownStatus = await meanwhile?.();
    outcome = await shell.until(endedOrStopped(shell, processes));
  } finally {
    interrupt.cancel();
  }
  if (shell.hasJobControl && shell.state.isInteractive && tty) {
    tty.foregroundProcessGroup = process.processGroup;
    // As bash does: a program that ends by itself leaves the terminal as it wants it; one that
    // was stopped or killed had no chance to put it right. Modes read here would come too late:
    // an editor sets its own as soon as it is started.
    const wasCutOff = processes.some(({ child }) => child.status?.kind === "signaled");
    if (outcome === "stopped" || wasCutOff) tty.setModes(COOKED_MODES);
  }
  if (outcome === "stopped") return stoppedInForeground(shell, processes, text);
  const statuses = processes.map((each) => (each.child.status ? statusCode(each.child.status) : 0));
  // An interrupt abandons the command below; PIPESTATUS still tells of it.
  shell.state.pipeStatus = statuses;
  await reportDeath(shell, processes, text, interrupt.wasInterrupted());
  return ownStatus === undefined ? statuses : [...statuses, ownStatus];
}

/**
 * While a shell without job control waits, SIGINT reaches it together with the child; what the
 * child makes of it decides. Source: bash's "cooperative exit".
 */
function watchInterrupt(shell: Interpreter): { cancel: () => void; wasInterrupted: () => boolean } {
  if (shell.state.isInteractive || shell.traps.has("INT") || shell.state.traps.get("INT") === "") {
    return { cancel: () => {}, wasInterrupted: () => false };
  }
  let isInterrupted = false;
  const cancel = shell.process.onSignal("SIGINT", () => {
    isInterrupted = true;
  });
  return { cancel, wasInterrupted: () => isInterrupted };
}

function endedOrStopped(shell: Interpreter, processes: readonly JobProcess[]): Promise<"ended" | "stopped"> {
  const ended = Promise.all(processes.map((each) => each.child.exit)).then(() => "ended" as const);
  if (!shell.hasJobControl) return ended;
  return new Promise((resolve) => {
    const cancels = processes.map((each) => each.child.onStopChange(check));
    function check(): void {
      const alive = processes.filter((each) => each.child.status === null);
      if (alive.length === 0 || !alive.every((each) => each.child.isStopped)) return;
      for (const cancel of cancels) cancel();
      resolve("stopped");
    }
    check();
    ended.then((outcome) => {
      for (const cancel of cancels) cancel();
      resolve(outcome);
    });
  });
}

async function stoppedInForeground(
  shell: Interpreter,
  processes: readonly JobProcess[],
  text: () => string,
): Promise<readonly number[]> {
  const first = processes[0]?.child;
  const known = first && shell.jobs.jobOfPid(first.pid);
  const frozen = text();
  const job = known ?? shell.jobs.add(processes, first?.process.processGroup ?? 0, () => frozen, false);
  job.isBackground = false;
  job.isNotified = true;
  shell.jobs.touch(job);
  await shell.writeError(`\n${shell.jobs.line(job)}`);
  // Loops around it end, all of them; what follows the outermost goes on. Source: bash's wait_for.
  if (shell.loopDepth > 0) throw new BreakLoop("break", shell.loopDepth);
  return [148];
}

async function reportDeath(
  shell: Interpreter,
  processes: readonly JobProcess[],
  text: () => string,
  wasInterrupted: boolean,
): Promise<void> {
  const last = processes.at(-1);
  const interrupted = processes.some(
    (each) => each.child.status?.kind === "signaled" && each.child.status.signal === "SIGINT",
  );
  if (interrupted && shell.state.isInteractive) {
    await shell.writeError("\n");
    shell.isInterrupted = false;
    shell.state.lastStatus = 130;
    const action = shell.state.traps.get("INT");
    if (action) await shell.traps.runAction(action, "trap");
    throw new DiscardCommand(130, true);
  }
  if (interrupted && wasInterrupted && shell.outlivesInterrupts) throw new DiscardCommand(130, true);
  if (interrupted && wasInterrupted) {
    // bash runs the EXIT trap when a signal ends it, too; dash and ash do not.
    if (shell.isBash) await shell.runExitTrap(shell.state.lastStatus);
    shell.process.onSignal("SIGINT", "default");
    shell.process.kill(shell.process.pid, "SIGINT");
  }
  const status = last?.child.status;
  if (status?.kind !== "signaled" || status.signal === "SIGINT" || status.signal === "SIGPIPE") return;
  const description = signalDescription(status.signal);
  if (shell.state.isInteractive || !shell.isBash || status.signal === "SIGTERM")
    await shell.writeError(`${description}\n`);
  else await shell.reportPlain(`${String(last?.child.pid ?? 0).padStart(5)} ${description.padEnd(24)}${text()}`);
}

// --------------------------------------------------------------------- background

export async function startBackground(shell: Interpreter, statement: Statement): Promise<void> {
  shell.position = statement.pos;
  await shell.checkpoint();
  const node = statement.command;
  const text = printNode(node, shell.source);
  const started = await startBackgroundStages(shell, statement);
  const last = started.processes.at(-1)?.child;
  const job = shell.jobs.add(started.processes, started.processGroup, () => text, true);
  job.isNotified = false;
  shell.state.lastBackgroundPid = last?.pid;
  shell.state.lastStatus = 0;
  if (shell.state.isInteractive) await shell.writeError(`[${job.number}] ${last?.pid ?? 0}\n`);
}

async function startBackgroundStages(shell: Interpreter, statement: Statement): Promise<StartedStages> {
  const node = statement.command;
  if (node.type === "Pipeline" && node.prefixes.length === 0 && node.commands.length > 1) {
    return startStages(shell, node, { isBackground: true, keepsLast: false });
  }
  const input = shell.hasJobControl ? undefined : openNull();
  const placement: Placement = {
    fds: new Map(input ? [[0, input]] : []),
    ...(shell.hasJobControl ? { processGroup: 0 } : {}),
    ignoresInterrupts: !shell.hasJobControl,
  };
  const child =
    node.type === "AndOr" || node.type === "Pipeline"
      ? await forkShell(shell, (inner) => inner.runNode(node), placement)
      : await startStage(shell, node, placement);
  input?.release();
  return {
    processes: [{ child, text: frozenText(shell, node) }],
    processGroup: child.process.processGroup,
  };
}
