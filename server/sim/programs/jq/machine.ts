/**
 * What runs a jq program: a state of value, path and continuation, and a stack of the places
 * to go back to. It has no JavaScript recursion of its own, so that programs may recurse deeply,
 * and stops regularly, so that other tasks run.
 */
import { isEqual, type Json, JqError, MAX_ELEMENTS, OutOfMemory } from "./values.ts";

export interface Closure {
  readonly op: Op;
  readonly env: Env;
}

/** What names mean at one place: the innermost first. */
export interface Binding {
  readonly binder: object;
  readonly value?: Json;
  readonly closure?: Closure;
  /** What `reduce` and `foreach` carry along. */
  readonly state?: { value: Json };
  /** Height of the stack at a label. */
  readonly height?: number;
  readonly next: Env;
}
export type Env = Binding | null;

export type Op = (machine: Machine, env: Env, next: Continuation) => void;
export type Continuation = (machine: Machine) => void;

interface Fork {
  readonly value: Json;
  readonly path: readonly Json[] | null;
  readonly valueAtPath: Json;
  resume(machine: Machine): void;
  /** Takes an error; absent where errors pass. */
  readonly rescue?: (machine: Machine, error: JqError) => void;
}

/** What the outside offers to a running program. */
export interface Surroundings {
  readonly env: ReadonlyMap<string, string>;
  now(): number;
  /** The next input; undefined after the last. */
  input(): Promise<Json | undefined>;
  inputFilename(): string | null;
  inputLine(): number;
  report(text: string): Promise<void>;
  breathe(): Promise<void>;
}

/** `halt` and `halt_error`. */
export class Halt extends Error {
  override readonly name = "Halt";
  constructor(
    readonly status: number,
    readonly payload: Json | undefined,
  ) {
    super("halt");
  }
}

const STEPS_PER_SLICE = 1024;

export class Machine {
  value: Json = null;
  /** Where the value lies in the input of `path(…)`; null when nobody asks. */
  path: readonly Json[] | null = null;
  valueAtPath: Json = null;
  next: Continuation = () => undefined;
  private waiting: Promise<void> | null = null;
  private readonly forks: Fork[] = [];
  private state: "running" | "emitted" | "exhausted" = "running";

  private get isExhausted(): boolean {
    return this.state === "exhausted";
  }

  constructor(readonly surroundings: Surroundings) {}

  /** All outputs for one input. Rejects with `JqError`, `Halt`, `OutOfMemory`. */
  async *outputs(op: Op, env: Env, input: Json): AsyncGenerator<Json> {
    this.forks.length = 0;
    this.value = input;
    this.path = null;
    this.state = "running";
    this.next = (machine) => op(machine, env, emit);
    while (true) {
      await this.run();
      if (this.isExhausted) return;
      yield this.value;
      this.state = "running";
      this.next = backtrack;
    }
  }

  private async run(): Promise<void> {
    for (let step = 1; this.state === "running"; step++) {
      if (step % STEPS_PER_SLICE === 0) await this.surroundings.breathe();
      try {
        this.next(this);
        if (this.waiting) {
          const work = this.waiting;
          this.waiting = null;
          await work;
        }
      } catch (error) {
        if (error instanceof RangeError) throw new OutOfMemory();
        if (!(error instanceof JqError)) throw error;
        this.raise(error);
      }
    }
  }

  emitted(): void {
    this.state = "emitted";
  }

  /** Waits for something outside before the next step. */
  wait(work: Promise<void>): void {
    this.waiting = work;
  }

  get height(): number {
    return this.forks.length;
  }

  fork(resume: (machine: Machine) => void, rescue?: (machine: Machine, error: JqError) => void): void {
    if (this.forks.length >= MAX_ELEMENTS) throw new OutOfMemory();
    const { value, path, valueAtPath } = this;
    this.forks.push({ value, path, valueAtPath, resume, ...(rescue ? { rescue } : {}) });
  }

  backtrack(): void {
    const fork = this.forks.pop();
    if (!fork) {
      this.state = "exhausted";
      return;
    }
    this.restore(fork);
    fork.resume(this);
  }

  breakTo(height: number): void {
    this.forks.length = height;
    this.next = backtrack;
  }

  private raise(error: JqError): void {
    // An error whose payload is null is none: it only goes back.
    if (error.payload === null) {
      this.backtrack();
      return;
    }
    while (true) {
      const fork = this.forks.pop();
      if (!fork) throw error;
      if (!fork.rescue) continue;
      this.restore(fork);
      fork.rescue(this, error);
      return;
    }
  }

  private restore(fork: Fork): void {
    this.value = fork.value;
    this.path = fork.path;
    this.valueAtPath = fork.valueAtPath;
  }

  /** Evaluates without a path; `use` gets the value while the machine's own value is the old one again. */
  sub(op: Op, env: Env, use: (value: Json) => void): void {
    const { value, path, valueAtPath } = this;
    this.path = null;
    op(this, env, (machine) => {
      const result = machine.value;
      machine.value = value;
      machine.path = path;
      machine.valueAtPath = valueAtPath;
      use(result);
    });
  }

  /** Whether the value is still what the path leads to. */
  get isPathIntact(): boolean {
    return this.path === null || this.value === this.valueAtPath || isSameLeaf(this.value, this.valueAtPath);
  }

  /** Moves one step down. */
  descend(key: Json, value: Json): void {
    if (this.path !== null) {
      this.path = [...this.path, key];
      this.valueAtPath = value;
    }
    this.value = value;
  }
}

function isSameLeaf(a: Json, b: Json): boolean {
  return (a === null || typeof a !== "object") && isEqual(a, b);
}

const backtrack: Continuation = (machine) => machine.backtrack();
const emit: Continuation = (machine) => machine.emitted();

export function lookUp(env: Env, binder: object): Binding {
  for (let at = env; at !== null; at = at.next) if (at.binder === binder) return at;
  throw new Error("a name without a binding");
}
