/** `jobs`, `fg`, `bg`, `wait`, `kill`, `disown`. */
import { isErrno } from "../../machine/errno.ts";
import type { ChildProcess } from "../../machine/types.ts";
import { DiscardCommand } from "../control.ts";
import { foregroundGroup, statusCode } from "../forking.ts";
import { type Job, jobState, signalDescription } from "../jobs.ts";
import type { Interpreter } from "../interpreter.ts";
import { waitForeground } from "../pipelines.ts";
import { SIGNAL_NUMBERS } from "../../machine/signals.ts";
import type { SignalName } from "../../machine/types.ts";
import { isValidName } from "../variables.ts";
import { BASH_ONLY, type Builtin, type BuiltinCall, parseOptions, refuseOptions, usageError } from "./builtin.ts";
import { listSignals, signalByName, signalName, signalNumber } from "./signal-names.ts";

export const jobs: Builtin = {
  name: "jobs",
  synopsis: "jobs [-lnprs] [jobspec ...] or jobs -x command [args]",
  summary: "Display status of jobs.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, "lnprs");
    const refused = await refuseOptions(call, options, jobs.synopsis);
    if (refused !== undefined) return refused;
    const { flags, operands } = options;
    const chosen: Job[] = [];
    for (const spec of operands) {
      const job = await findJob(call, spec);
      if (!job) return 1;
      chosen.push(job);
    }
    for (const job of operands.length > 0 ? chosen : shell.jobs.all) {
      const state = jobState(job);
      if ((flags.has("r") && state.kind !== "running") || (flags.has("s") && state.kind !== "stopped")) continue;
      if (flags.has("p")) await shell.write(`${job.processes[0]?.child.pid ?? 0}\n`);
      else await shell.write(shell.jobs.line(job, { withPids: flags.has("l") }));
      job.isNotified = true;
      if (state.kind === "done") shell.jobs.remove(job);
    }
    return 0;
  },
};

async function findJob({ shell, name }: BuiltinCall, spec: string | undefined): Promise<Job | undefined> {
  const job =
    spec === undefined
      ? shell.jobs.current
      : (shell.jobs.find(spec) ?? (/^[0-9]+$/.test(spec) ? shell.jobs.jobOfPid(Number(spec)) : undefined));
  if (job === "ambiguous") {
    await shell.report(`${spec?.replace(/^%\??/, "")}: ambiguous job spec`);
    return undefined;
  }
  if (!job)
    await shell.report(
      shell.isBash
        ? `${spec ?? "current"}: no such job`
        : spec === undefined
          ? "No current job"
          : `No such job: ${spec}`,
    );
  return job && name ? job : undefined;
}

async function refuseWithoutJobControl(call: BuiltinCall): Promise<boolean> {
  const { shell } = call;
  if (shell.hasJobControl) return false;
  if (shell.isBash) await shell.report("no job control");
  else if (shell.jobs.all.length === 0) await shell.report("No current job");
  else await shell.report(`job ${call.args[0] ?? "%1"} not created under job control`);
  return true;
}

function resume(shell: Interpreter, job: Job): void {
  try {
    shell.process.kill(-job.processGroup, "SIGCONT");
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
}

export const fg: Builtin = {
  name: "fg",
  synopsis: "fg [job_spec]",
  summary: "Move job to the foreground.",
  async run(call) {
    const { shell } = call;
    if (await refuseWithoutJobControl(call)) return shell.isBash ? 1 : 2;
    const job = await findJob(call, call.args[0]);
    if (!job) return 1;
    await shell.write(`${job.text()}\n`);
    if (jobState(job).kind === "done") {
      shell.jobs.remove(job);
      await shell.report("job has terminated");
      return 1;
    }
    job.isBackground = false;
    shell.jobs.touch(job);
    foregroundGroup(shell, job.processGroup);
    resume(shell, job);
    try {
      const statuses = await waitForeground(shell, job.processes, job.text);
      return statuses.at(-1) ?? 0;
    } finally {
      if (jobState(job).kind === "done") shell.jobs.remove(job);
    }
  },
};

export const bg: Builtin = {
  name: "bg",
  synopsis: "bg [job_spec ...]",
  summary: "Move jobs to the background.",
  async run(call) {
    const { shell } = call;
    if (await refuseWithoutJobControl(call)) return shell.isBash ? 1 : 2;
    for (const spec of call.args.length > 0 ? call.args : [undefined]) {
      const job = await findJob(call, spec);
      if (!job) return 1;
      if (jobState(job).kind === "running") {
        await shell.report(`job ${job.number} already in background`);
        continue;
      }
      job.isBackground = true;
      job.isNotified = false;
      await shell.write(`[${job.number}]${shell.jobs.mark(job)} ${job.text()} &\n`);
      resume(shell, job);
    }
    return 0;
  },
};

// -------------------------------------------------------------------------- wait

export const wait: Builtin = {
  name: "wait",
  synopsis: "wait [-fn] [-p var] [id ...]",
  summary: "Wait for job completion and return exit status.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, shell.isBash ? "fnp:" : "");
    const refused = await refuseOptions(call, options, wait.synopsis);
    if (refused !== undefined) return refused;
    const { flags, operands } = options;
    const variable = flags.get("p");
    if (variable !== undefined && isValidName(variable)) shell.variables.unset(variable);
    if (flags.has("n")) return waitForNext(call, operands, variable);
    if (operands.length === 0) return waitForAll(shell);
    let status = 0;
    for (const spec of operands) status = await waitForOne(call, spec, variable);
    return status;
  },
};

/** Waits, but gives way to a trapped signal: then the status is 128 and its number. */
async function waitInterruptibly<T>(shell: Interpreter, promise: Promise<T>): Promise<T | "signal"> {
  const { wakeUp } = shell;
  const interrupted = new Promise<"signal">((resolve) => {
    const cancel = wakeUp.onInterrupt(() => resolve("signal"));
    promise.then(cancel, cancel);
  });
  const outcome = await shell.until(Promise.race([promise, interrupted]));
  if (outcome === "signal" && shell.isInterrupted && shell.state.isInteractive) {
    shell.isInterrupted = false;
    await shell.writeError("\n");
    throw new DiscardCommand(130, true);
  }
  return outcome;
}

/** 128 and the number of the signal whose trap ended the wait. */
function interruptedStatus(shell: Interpreter): number {
  return 128 + SIGNAL_NUMBERS[`SIG${shell.traps.lastArrived}` as SignalName];
}

async function waitForAll(shell: Interpreter): Promise<number> {
  for (const child of shell.jobs.runningChildren()) {
    if (child.isStopped) continue;
    const outcome = await waitInterruptibly(shell, child.exit);
    if (outcome === "signal") return interruptedStatus(shell);
  }
  await noticeJobs(shell);
  for (const child of shell.jobs.unwaitedChildren()) if (child.status !== null) shell.jobs.forgetChild(child.pid);
  return 0;
}

/** At a terminal the notices come with the next prompt; a script's finished jobs are just forgotten. */
async function noticeJobs(shell: Interpreter): Promise<void> {
  if (shell.state.isInteractive) return;
  for (const job of shell.jobs.all) {
    if (jobState(job).kind !== "done") continue;
    await reportSignal(shell, job);
    shell.jobs.remove(job);
  }
}

async function reportSignal(shell: Interpreter, job: Job): Promise<void> {
  const state = jobState(job);
  if (!shell.isBash || state.kind !== "done" || state.status.kind !== "signaled") return;
  const { signal } = state.status;
  if (signal === "SIGINT" || signal === "SIGPIPE" || signal === "SIGTERM") return;
  const pid = String(job.processes.at(-1)?.child.pid ?? 0).padStart(5);
  await shell.reportPlain(`${pid} ${signalDescription(signal).padEnd(24)}${job.text()}`);
}

async function waitForOne(call: BuiltinCall, spec: string, variable: string | undefined): Promise<number> {
  const { shell } = call;
  const target = await waitTarget(call, spec);
  if (typeof target === "number") return target;
  const { child, job } = target;
  const outcome = await waitInterruptibly(shell, child.exit);
  if (outcome === "signal") return interruptedStatus(shell);
  if (variable !== undefined) shell.variables.assign(variable, String(child.pid));
  if (job && !shell.state.isInteractive && jobState(job).kind === "done") {
    await reportSignal(shell, job);
    shell.jobs.remove(job);
  }
  return statusCode(outcome);
}

async function waitTarget(
  call: BuiltinCall,
  spec: string,
): Promise<{ child: ChildProcess; job: Job | undefined } | number> {
  const { shell } = call;
  if (spec.startsWith("%")) {
    const job = shell.jobs.find(spec);
    const child = typeof job === "object" ? job.processes.at(-1)?.child : undefined;
    if (child && typeof job === "object") return { child, job };
    await shell.report(shell.isBash ? `${spec}: no such job` : `No such job: ${spec}`);
    return shell.isBash ? 127 : 2;
  }
  if (!/^[0-9]+$/.test(spec)) {
    await shell.report(shell.isBash ? `\`${spec}': not a pid or valid job spec` : `Illegal number: ${spec}`);
    return shell.isBash ? 1 : 2;
  }
  const pid = Number(spec);
  const child = shell.jobs.child(pid);
  if (child) return { child, job: shell.jobs.jobOfPid(pid) };
  if (shell.isBash) await shell.report(`pid ${spec} is not a child of this shell`);
  return 127;
}

async function waitForNext(
  call: BuiltinCall,
  operands: readonly string[],
  variable: string | undefined,
): Promise<number> {
  const { shell } = call;
  const targets: ChildProcess[] = [];
  for (const spec of operands) {
    const target = await waitTarget(call, spec);
    if (typeof target !== "number") targets.push(target.child);
  }
  const candidates = operands.length > 0 ? targets : shell.jobs.unwaitedChildren();
  if (candidates.length === 0) return 127;
  const first = await waitInterruptibly(shell, Promise.race(candidates.map((child) => child.exit.then(() => child))));
  if (first === "signal") return interruptedStatus(shell);
  shell.jobs.forgetChild(first.pid);
  const job = shell.jobs.jobOfPid(first.pid);
  if (job && jobState(job).kind === "done") shell.jobs.remove(job);
  if (variable !== undefined) shell.variables.assign(variable, String(first.pid));
  return first.status ? statusCode(first.status) : 0;
}

// -------------------------------------------------------------------------- kill

const KILL_SYNOPSIS = "kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]";

export const kill: Builtin = {
  name: "kill",
  synopsis: KILL_SYNOPSIS,
  summary: "Send a signal to a job.",
  run: runKill,
};

async function runKill(call: BuiltinCall): Promise<number> {
  const { shell, args } = call;
  const [first = ""] = args;
  if (first === "-l" || first === "-L") return listNames(call, args.slice(1));
  const parsed = signalOption(args);
  if (parsed.signal === undefined) {
    await shell.report(
      shell.isBash ? `${parsed.text}: invalid signal specification` : `bad signal name ${parsed.text}`,
    );
    return 1;
  }
  if (parsed.targets.length === 0) {
    if (shell.isBash) return usageError(call, KILL_SYNOPSIS);
    await shell.report("Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]");
    return 2;
  }
  let status = 0;
  for (const target of parsed.targets) if (!(await signalTarget(call, target, parsed.signal))) status = 1;
  return status;
}

interface KillRequest {
  /** `null`: signal 0, which only asks. Undefined: unknown. */
  readonly signal: SignalName | null | undefined;
  readonly text: string;
  readonly targets: readonly string[];
}

function signalOption(args: readonly string[]): KillRequest {
  const [first = "", second = ""] = args;
  const read = (text: string): SignalName | null | undefined => (text === "0" ? null : signalByName(text));
  if (first === "-s" || first === "-n")
    return { signal: read(second), text: second, targets: withoutDashes(args.slice(2)) };
  if (first === "--") return { signal: "SIGTERM", text: "TERM", targets: args.slice(1) };
  if (/^-./.test(first))
    return { signal: read(first.slice(1)), text: first.slice(1), targets: withoutDashes(args.slice(1)) };
  return { signal: "SIGTERM", text: "TERM", targets: args };
}

function withoutDashes(targets: readonly string[]): readonly string[] {
  return targets[0] === "--" ? targets.slice(1) : targets;
}

async function signalTarget(call: BuiltinCall, target: string, signal: SignalName | null): Promise<boolean> {
  const { shell } = call;
  if (target.startsWith("%")) {
    const job = shell.jobs.find(target);
    if (typeof job !== "object") {
      await shell.report(
        job === "ambiguous" ? `${target.replace(/^%\??/, "")}: ambiguous job spec` : `${target}: no such job`,
      );
      return false;
    }
    return signalJob(shell, job, signal);
  }
  if (!/^-?[0-9]+$/.test(target)) {
    await shell.report(shell.isBash ? `${target}: arguments must be process or job IDs` : `Illegal number: ${target}`);
    return false;
  }
  const pid = Number(target);
  try {
    if (signal === null) assertExists(shell, pid);
    else shell.process.kill(pid === 0 ? -shell.process.processGroup : pid, signal);
    if (shell.traps.hasPending) await shell.traps.runPending();
    return true;
  } catch (error) {
    if (!isErrno(error)) throw error;
    await shell.report(
      shell.isBash
        ? `(${target}) - ${error.message}`
        : shell.state.flavour === "dash"
          ? error.message
          : `can't kill pid ${target}: ${error.message}`,
    );
    return false;
  }
}

function signalJob(shell: Interpreter, job: Job, signal: SignalName | null): boolean {
  const running = jobState(job);
  if (running.kind === "done" || signal === null) return running.kind !== "done";
  if (shell.hasJobControl) {
    shell.process.kill(-job.processGroup, signal);
    // A stopped job would not notice.
    if (running.kind === "stopped" && (signal === "SIGTERM" || signal === "SIGHUP"))
      shell.process.kill(-job.processGroup, "SIGCONT");
  } else for (const each of job.processes) if (each.child.status === null) shell.process.kill(each.child.pid, signal);
  return true;
}

/** `kill -0`: signal 0 checks for existence; a signal that is ignored by default tells as much. */
function assertExists(shell: Interpreter, pid: number): void {
  if (pid === 0 || shell.process.machine.processes.has(Math.abs(pid))) return;
  shell.process.kill(pid, "SIGCHLD");
}

async function listNames({ shell }: BuiltinCall, operands: readonly string[]): Promise<number> {
  if (operands.length === 0) {
    await shell.write(
      shell.isBash
        ? listSignals()
        : Object.keys(SIGNAL_NUMBERS)
            .map((name) => `${name.slice(3)}\n`)
            .join(""),
    );
    return 0;
  }
  let status = 0;
  for (const operand of operands) {
    const number = /^[0-9]+$/.test(operand) ? Number(operand) % 128 : undefined;
    const answer = number === undefined ? signalNumber(operand) : number === 0 ? "EXIT" : signalName(number);
    if (answer !== undefined) await shell.write(`${answer}\n`);
    else {
      await shell.report(`${operand}: invalid signal specification`);
      status = 1;
    }
  }
  return status;
}

export const disown: Builtin = {
  name: "disown",
  flavours: BASH_ONLY,
  synopsis: "disown [-h] [-ar] [jobspec ... | pid ...]",
  summary: "Remove jobs from current shell.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, "har");
    const refused = await refuseOptions(call, options, disown.synopsis);
    if (refused !== undefined) return refused;
    const { flags, operands } = options;
    const chosen: Job[] =
      flags.has("a") || flags.has("r")
        ? shell.jobs.all.filter((job) => !flags.has("r") || jobState(job).kind === "running")
        : [];
    for (const spec of operands.length > 0 ? operands : chosen.length > 0 || flags.has("a") ? [] : [undefined]) {
      const job = await findJob(call, spec);
      if (!job) return 1;
      chosen.push(job);
    }
    for (const job of chosen) {
      if (flags.has("h")) job.isKept = true;
      else shell.jobs.remove(job);
    }
    return 0;
  },
};
