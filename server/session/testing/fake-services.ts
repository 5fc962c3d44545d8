import type { CheckFinding, Lesson } from "../../lesson/types.ts";
import type { MapPicture } from "../../protocol.ts";
import type { HostEnvironment, World } from "../../sim/world-types.ts";
import { openStore } from "../../store/open.ts";
import type { SessionServices } from "../services.ts";
import { asWorld, FakeWorld } from "./fake-world.ts";

/** A host whose time passes only when told. */
export class FakeHost implements HostEnvironment {
  nowMs = 1_760_000_000_000;
  readonly faults: string[] = [];
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  now = (): number => this.nowMs;

  setTimer = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  defer = (callback: () => void): void => {
    setImmediate(callback);
  };

  reportFault = (error: unknown, context: string): void => {
    this.faults.push(`${context}: ${String(error)}`);
  };

  get timerCount(): number {
    return this.#timers.length;
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      await settle();
      const next = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      this.#timers = this.#timers.filter((other) => other !== next);
      next.callback();
    }
    this.nowMs = untilMs;
    await settle();
  }
}

/** Lets everything that is ready run. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

function findAnswer(world: World): Promise<CheckFinding> {
  const passed = (world as unknown as FakeWorld).state.files["answer"] === "42";
  if (passed) return Promise.resolve({ passed, reasons: [], wrongFlows: [] });
  const flow = { source: "lab/a", destination: "lab/b", port: 80, protocol: "TCP" };
  return Promise.resolve({
    passed,
    reasons: ["The file holds something else."],
    wrongFlows: [{ ...flow, actual: "open", intended: "closed" }],
  });
}

export const fakeLesson: Lesson = {
  id: "first",
  title: "First steps",
  track: "tutorial",
  minutes: 5,
  summary: "Type something and read it again.",
  stepCount: 1,
  scenario: {},
  steps: [
    {
      title: "Write",
      blocks: [
        { kind: "text", markdown: "Write a file named `answer`." },
        { kind: "run", commands: "write answer 42", terminal: 1 },
        { kind: "hints", hints: ["Read the text again.", "The answer is 42."] },
        { kind: "check", check: { id: 0, parts: [{ kind: "file", label: "answer holds 42", evaluate: findAnswer }] } },
      ],
    },
  ],
  solution: { name: "solution", script: "write answer 42\n" },
  accepted: [],
  wrong: [],
};

/** A picture of two pods; `a` may call `b` until the file `deny` is written. */
export function fakePicture(world: World, number: number): MapPicture {
  const isDenied = "deny" in (world as unknown as FakeWorld).state.files;
  const pod = (name: string) => ({
    id: `lab/${name}`,
    namespace: "lab",
    name,
    address: `10.44.0.${name.charCodeAt(0)}`,
    labels: { app: name },
    status: "Running",
    isReady: true,
    node: "node01",
    isHostNetwork: false,
    isSystem: false,
    owner: name,
    egressPolicies: [],
    ingressPolicies: name === "b" && isDenied ? ["lab/deny"] : [],
  });
  return {
    number,
    profile: "v1.36",
    plugin: "canal",
    enforcesPolicies: true,
    namespaces: [{ name: "lab", labels: {}, isSystem: false, podCount: 2, policies: isDenied ? ["deny"] : [] }],
    pods: [pod("a"), pod("b")],
    services: [],
    nodes: [],
    doors: [{ pod: 1, port: 80, protocol: "TCP", isListening: true }],
    rows: [
      { pod: 0, verdicts: isDenied ? "i" : "a", egressRules: [-1], ingressRules: [-1] },
      { pod: 1, verdicts: ".", egressRules: [-1], ingressRules: [-1] },
    ],
    rules: [],
    omittedPods: 0,
  };
}

export interface FakeServices extends SessionServices {
  readonly host: FakeHost;
  readonly worlds: FakeWorld[];
}

export async function fakeServices(host = new FakeHost()): Promise<FakeServices> {
  const worlds: FakeWorld[] = [];
  return {
    store: await openStore({ kind: "memory" }),
    host,
    worlds,
    lessons: {
      list: () => [
        fakeLesson,
        { ...fakeLesson, id: "second" },
        { ...fakeLesson, id: "third" },
        { ...fakeLesson, id: "fourth" },
      ],
      get: (id) => (["first", "second", "third", "fourth"].includes(id) ? { ...fakeLesson, id } : undefined),
      trackTitle: () => "Tutorial",
    },
    makeWorld: ({ scenario, host: worldHost, stored }) => {
      const world = new FakeWorld(scenario, worldHost, stored?.snapshot);
      worlds.push(world);
      return Promise.resolve({ world: asWorld(world), imageMs: stored?.imageMs ?? 1 });
    },
    terminalStateOf: () => undefined,
    drawPicture: fakePicture,
    log: () => undefined,
  };
}
