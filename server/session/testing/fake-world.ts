/**
 * A world small enough for tests of the rooms above the simulation: a shell that echoes,
 * a handful of commands, state that snapshots carry. Not for anything else.
 */
import type { Flow } from "../../sim/net/types.ts";
import type { TtySize } from "../../sim/machine/types.ts";
import type { HostEnvironment, Scenario, Terminal, World, WorldSnapshot } from "../../sim/world-types.ts";

const prompt = "\x1b[32mlearner@terminal\x1b[0m:\x1b[34m~\x1b[0m$ ";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface FakeState {
  readonly files: Readonly<Record<string, string>>;
  readonly history: readonly string[];
}

export class FakeWorld {
  state: FakeState;
  isStopped = false;
  readonly terminals = new Set<FakeTerminal>();
  readonly scenario: Scenario;
  readonly flows: Flow[] = [];
  scale = 1;
  /** Commands of a test's own: what one prints, or undefined for "not mine". */
  readonly commands: (line: string, world: FakeWorld) => string | undefined;
  #flowListeners = new Set<(flow: Flow) => void>();
  #watchers = new Set<() => void>();
  readonly #host: HostEnvironment;
  #skippedMs = 0;
  #scaledSinceMs = 0;

  constructor(
    scenario: Scenario,
    host: HostEnvironment,
    snapshot?: WorldSnapshot,
    commands: (line: string, world: FakeWorld) => string | undefined = () => undefined,
  ) {
    this.commands = commands;
    this.scenario = scenario;
    this.#host = host;
    this.state = snapshot ? (snapshot["state"] as FakeState) : { files: {}, history: [] };
  }

  readonly clock = {
    mode: "real" as const,
    now: () => this.#now(),
    setScale: (factor: number) => {
      this.#skippedMs = this.#now() - this.#host.now();
      this.#scaledSinceMs = this.#host.now();
      this.scale = factor;
    },
  };

  readonly fabric = {
    recentFlows: this.flows,
    onFlow: (listener: (flow: Flow) => void) => {
      this.#flowListeners.add(listener);
      return () => void this.#flowListeners.delete(listener);
    },
  };

  readonly cluster = {
    revision: 0,
    client: {
      watch: (_resource: string, listener: () => void) => {
        this.#watchers.add(listener);
        return () => void this.#watchers.delete(listener);
      },
    },
  };

  openTerminal(options: { readonly id: string; readonly size: TtySize }): Terminal {
    const terminal = new FakeTerminal(this, options.id);
    this.terminals.add(terminal);
    return terminal;
  }

  snapshot(): WorldSnapshot {
    return { format: "netpol-world/1", state: this.state };
  }

  stop(): void {
    this.isStopped = true;
  }

  changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** As a bug inside the simulation would show. */
  fail(error: Error): void {
    this.#host.reportFault(error, "pod");
  }

  record(flow: Flow): void {
    this.flows.push(flow);
    for (const listener of this.#flowListeners) listener(flow);
  }

  #now(): number {
    return this.#host.now() + this.#skippedMs + (this.#host.now() - this.#scaledSinceMs) * (this.scale - 1);
  }
}

/** The fake behind the contract; only what sessions use is there. */
export function asWorld(fake: FakeWorld): World {
  return fake as unknown as World;
}

class FakeTerminal implements Terminal {
  readonly id: string;
  readonly #world: FakeWorld;
  #line = "";
  #size = "";
  #isBusy = false;
  #queue: Promise<void> = Promise.resolve();
  #interrupted = false;
  readonly #output = new Set<(bytes: Uint8Array) => void | Promise<void>>();
  readonly #exit = new Set<(code: number) => void>();
  readonly #command = new Set<(command: { readonly line: string; readonly exitCode: number }) => void>();

  constructor(world: FakeWorld, id: string) {
    this.#world = world;
    this.id = id;
    queueMicrotask(() => void this.#print(prompt));
  }

  input(bytes: Uint8Array | string): void {
    const text = typeof bytes === "string" ? bytes : decoder.decode(bytes);
    for (const character of text) this.#key(character);
  }

  resize(size: TtySize): void {
    this.#size = `${size.columns}x${size.rows}`;
  }

  onOutput(listener: (bytes: Uint8Array) => void | Promise<void>): () => void {
    this.#output.add(listener);
    return () => void this.#output.delete(listener);
  }

  onExit(listener: (code: number) => void): () => void {
    this.#exit.add(listener);
    return () => void this.#exit.delete(listener);
  }

  onCommand(listener: (command: { readonly line: string; readonly exitCode: number }) => void): () => void {
    this.#command.add(listener);
    return () => void this.#command.delete(listener);
  }

  close(): void {
    this.#output.clear();
  }

  #key(character: string): void {
    if (character === "\x03") {
      this.#interrupted = true;
      this.#line = "";
      if (!this.#isBusy) void this.#print(`^C\r\n${prompt}`);
      return;
    }
    if (character === "\r" || character === "\n") {
      const line = this.#line;
      this.#line = "";
      this.#queue = this.#queue.then(() => this.#run(line));
      return;
    }
    if (character === "\x7f") {
      if (this.#line === "") return;
      this.#line = this.#line.slice(0, -1);
      void this.#print("\b \b");
      return;
    }
    this.#line += character;
    void this.#print(character);
  }

  async #run(line: string): Promise<void> {
    this.#isBusy = true;
    this.#interrupted = false;
    await this.#print("\r\n");
    const [name = "", ...rest] = line.trim().split(/\s+/);
    const state = this.#world.state;
    this.#world.state = { ...state, history: line.trim() ? [...state.history, line] : state.history };
    if (name === "exit") {
      for (const listener of this.#exit) listener(0);
      return;
    }
    const printed = this.#world.commands(line.trim(), this.#world);
    if (printed === undefined) await this.#execute(name, rest);
    else await this.#print(printed.replaceAll("\n", "\r\n"));
    this.#isBusy = false;
    for (const listener of this.#command) listener({ line, exitCode: 0 });
    await this.#print(prompt);
  }

  async #execute(name: string, rest: readonly string[]): Promise<void> {
    switch (name) {
      case "":
        return;
      case "echo":
        return this.#print(`${rest.join(" ")}\r\n`);
      case "size":
        return this.#print(`${this.#size}\r\n`);
      case "write":
        this.#world.state = {
          ...this.#world.state,
          files: { ...this.#world.state.files, [rest[0] ?? ""]: rest.slice(1).join(" ") },
        };
        this.#world.changed();
        return;
      case "read":
        return this.#print(`${this.#world.state.files[rest[0] ?? ""] ?? "no such file"}\r\n`);
      case "history":
        return this.#print(this.#world.state.history.map((line) => `${line}\r\n`).join(""));
      case "flood":
        for (let printed = 0; printed < Number(rest[0]) && !this.#interrupted; printed += 1000) {
          await this.#print(`${String(printed).padStart(998, "x")}\r\n`);
        }
        return;
      case "say":
        return this.#print(
          `${(this.#world.state.files[rest.join(" ")] ?? rest.join(" ")).replaceAll("|", "\r\n")}\r\n`,
        );
      default:
        return this.#print(`bash: ${name}: command not found\r\n`);
    }
  }

  async #print(text: string): Promise<void> {
    const bytes = encoder.encode(text);
    for (const listener of this.#output) await listener(bytes);
  }
}
