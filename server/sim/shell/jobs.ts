/** Jobs: what runs in the background or is stopped. */
import { SIGNAL_NUMBERS } from "../machine/signals.ts";
import type { ChildProcess, ExitStatus, SignalName } from "../machine/types.ts";

export interface JobProcess {
  readonly child: ChildProcess;
  readonly text: () => string;
}

export type JobState =
  | { readonly kind: "running" }
  | { readonly kind: "stopped"; readonly signal: SignalName }
  | { readonly kind: "done"; readonly status: ExitStatus };

export interface Job {
  readonly number: number;
  readonly processGroup: number;
  readonly processes: readonly JobProcess[];
  readonly text: () => string;
  /** Started with `&`, or continued by `bg`. */
  isBackground: boolean;
  /** Whether the user was told of its present state. */
  isNotified: boolean;
  /** `disown -h`, `nohup`-like: no SIGHUP when the shell ends. */
  isKept: boolean;
}

const DESCRIPTIONS: Readonly<Partial<Record<SignalName, string>>> = {
  SIGHUP: "Hangup",
  SIGINT: "Interrupt",
  SIGQUIT: "Quit",
  SIGILL: "Illegal instruction",
  SIGABRT: "Aborted",
  SIGFPE: "Floating point exception",
  SIGKILL: "Killed",
  SIGUSR1: "User defined signal 1",
  SIGSEGV: "Segmentation fault",
  SIGUSR2: "User defined signal 2",
  SIGPIPE: "Broken pipe",
  SIGALRM: "Alarm clock",
  SIGTERM: "Terminated",
};

export function signalDescription(signal: SignalName): string {
  return DESCRIPTIONS[signal] ?? `Unknown signal ${SIGNAL_NUMBERS[signal]}`;
}

const STATUS_WIDTH = 24;

export function jobState(job: Job): JobState {
  const alive = job.processes.filter((each) => each.child.status === null);
  const last = job.processes.at(-1)?.child.status;
  if (alive.length === 0 && last) return { kind: "done", status: last };
  if (alive.length > 0 && alive.every((each) => each.child.isStopped)) return { kind: "stopped", signal: "SIGTSTP" };
  return { kind: "running" };
}

function processState({ child }: JobProcess): JobState {
  if (child.status) return { kind: "done", status: child.status };
  return child.isStopped ? { kind: "stopped", signal: "SIGTSTP" } : { kind: "running" };
}

export function stateText(state: JobState): string {
  switch (state.kind) {
    case "running":
      return "Running";
    case "stopped":
      return "Stopped";
    case "done":
      if (state.status.kind === "signaled") return signalDescription(state.status.signal);
      return state.status.code === 0 ? "Done" : `Exit ${state.status.code}`;
    default: {
      const unknown: never = state;
      return unknown;
    }
  }
}

export class JobTable {
  private readonly jobs = new Map<number, Job>();
  /** Most recent first: `%+` and `%-`. */
  private order: number[] = [];
  private readonly children = new Map<number, ChildProcess>();

  get all(): readonly Job[] {
    return [...this.jobs.values()];
  }

  add(processes: readonly JobProcess[], processGroup: number, text: () => string, isBackground: boolean): Job {
    let number = 0;
    for (const used of this.jobs.keys()) number = Math.max(number, used);
    const job: Job = {
      number: number + 1,
      processGroup,
      processes,
      text,
      isBackground,
      isNotified: true,
      isKept: false,
    };
    this.jobs.set(job.number, job);
    for (const each of processes) this.rememberChild(each.child);
    this.touch(job);
    return job;
  }

  /** Makes it the current job. */
  touch(job: Job): void {
    this.order = [job.number, ...this.order.filter((number) => number !== job.number)];
  }

  remove(job: Job): void {
    this.jobs.delete(job.number);
    this.order = this.order.filter((number) => number !== job.number);
  }

  /** A child that `wait PID` may ask for. */
  rememberChild(child: ChildProcess): void {
    if (this.children.size > 1000) this.forgetOldChildren();
    this.children.set(child.pid, child);
  }

  private forgetOldChildren(): void {
    for (const [pid, child] of this.children)
      if (child.status !== null && this.children.size > 500) this.children.delete(pid);
  }

  child(pid: number): ChildProcess | undefined {
    return this.children.get(pid);
  }

  forgetChild(pid: number): void {
    this.children.delete(pid);
  }

  runningChildren(): ChildProcess[] {
    return [...this.children.values()].filter((child) => child.status === null);
  }

  unwaitedChildren(): ChildProcess[] {
    return [...this.children.values()];
  }

  get current(): Job | undefined {
    const ranked = this.ranked();
    return ranked[0];
  }

  get previous(): Job | undefined {
    const ranked = this.ranked();
    return ranked[1] ?? ranked[0];
  }

  /** Stopped jobs come before running ones; finished ones last. */
  private ranked(): Job[] {
    const rank = (job: Job): number => ({ stopped: 0, running: 1, done: 2 })[jobState(job).kind];
    return this.order
      .map((number) => this.jobs.get(number))
      .filter((job): job is Job => job !== undefined)
      .sort((a, b) => rank(a) - rank(b));
  }

  mark(job: Job): string {
    if (job === this.current) return "+";
    return job === this.previous ? "-" : " ";
  }

  jobOfPid(pid: number): Job | undefined {
    return this.all.find((job) => job.processes.some((each) => each.child.pid === pid) || job.processGroup === pid);
  }

  /** `%1`, `%+`, `%%`, `%-`, `%name`, `%?text`, or a bare number. `"ambiguous"` when several match. */
  find(spec: string): Job | "ambiguous" | undefined {
    const text = spec.startsWith("%") ? spec.slice(1) : spec;
    if (text === "" || text === "+" || text === "%") return this.current;
    if (text === "-") return this.previous;
    if (/^[0-9]+$/.test(text)) return this.jobs.get(Number(text));
    const matches = this.all.filter((job) =>
      text.startsWith("?") ? job.text().includes(text.slice(1)) : job.text().startsWith(text),
    );
    return matches.length > 1 ? "ambiguous" : matches[0];
  }

  line(job: Job, options: { readonly withPids?: boolean } = {}): string {
    const state = jobState(job);
    const running = state.kind === "running" ? " &" : "";
    const head = `[${job.number}]${this.mark(job)} `;
    if (!options.withPids) return `${head} ${stateText(state).padEnd(STATUS_WIDTH)}${job.text()}${running}\n`;
    if (job.processes.length === 1)
      return `${head}${pad(job.processes[0]?.child.pid ?? 0)} ${stateText(state).padEnd(STATUS_WIDTH)}${job.text()}${running}\n`;
    return job.processes
      .map((each, index) => {
        const prefix = index === 0 ? head : "     ";
        // A process shows its state when it differs from that of the one before it.
        const own = stateText(processState(each));
        const before = job.processes[index - 1];
        const isSame = before !== undefined && stateText(processState(before)) === own;
        const status = (isSame ? "" : own).padEnd(STATUS_WIDTH);
        const bar = index === 0 ? "" : "| ";
        return `${prefix}${pad(each.child.pid)} ${status}${bar}${each.text()}${index === job.processes.length - 1 ? running : ""}\n`;
      })
      .join("");
  }

  /** Lines about jobs that ended or stopped since the last time; ended ones are forgotten. */
  takeNotices(): string {
    let notices = "";
    for (const job of this.all) {
      const state = jobState(job);
      if (state.kind === "running") {
        continue;
      }
      if (state.kind === "stopped") {
        if (!job.isNotified) notices += this.line(job);
        job.isNotified = true;
        continue;
      }
      notices += this.line(job);
      this.remove(job);
    }
    return notices;
  }

  /** What a subshell sees: it can list and signal the jobs, not wait for them. */
  copyForSubshell(): JobTable {
    const copy = new JobTable();
    for (const job of this.all) copy.jobs.set(job.number, job);
    copy.order = [...this.order];
    return copy;
  }
}

function pad(pid: number): string {
  return String(pid).padStart(5);
}
