/** Sessions over real worlds: what a learner did survives undo, sleep and another process. */
import { afterEach, describe, expect, test } from "vitest";
import { drawPicture } from "../server/session/draw-picture.ts";
import { processHost } from "../server/session/host.ts";
import { SessionRegistry } from "../server/session/registry.ts";
import { withSandbox } from "../server/session/sandbox.ts";
import type { SessionServices } from "../server/session/services.ts";
import type { Session } from "../server/session/session.ts";
import type { Viewer } from "../server/session/terminal-channel.ts";
import { createWorldMaker } from "../server/session/world-maker.ts";
import { terminalStateOf } from "../server/sim/world.ts";
import { openStore } from "../server/store/open.ts";

const faults: string[] = [];
const open: SessionRegistry[] = [];
afterEach(async () => {
  for (const registry of open.splice(0)) await registry.close();
  expect(faults.splice(0)).toEqual([]);
});

async function createServices(): Promise<SessionServices> {
  return {
    store: await openStore({ kind: "memory" }),
    host: processHost((error, context) =>
      faults.push(`${context}: ${error instanceof Error ? error.stack : String(error)}`),
    ),
    lessons: withSandbox({ list: () => [], get: () => undefined, trackTitle: (track) => track }),
    makeWorld: createWorldMaker(),
    terminalStateOf,
    drawPicture,
    log: () => undefined,
  };
}

/** Another process: the same store, images made anew. */
function registryOf(services: SessionServices): SessionRegistry {
  const registry = new SessionRegistry({ ...services, makeWorld: createWorldMaker() });
  open.push(registry);
  return registry;
}

/** A page with a terminal of 100 columns. */
class Page implements Viewer {
  readonly client = "page-test";
  text = "";
  readonly #attachment;

  constructor(session: Session, terminal = "1") {
    const attachment = session.terminal(terminal)?.attach(this, undefined, 0);
    if (!attachment) throw new Error("no such terminal");
    this.#attachment = attachment;
    attachment.resize({ columns: 100, rows: 30 });
    for (const entry of attachment.replay.entries) if (entry.kind === "bytes") this.write(entry.bytes);
  }

  write(bytes: Uint8Array): void {
    this.text += new TextDecoder().decode(bytes).replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "");
    this.#attachment?.ack(Number.MAX_SAFE_INTEGER);
  }
  size(): void {}
  replace(): void {
    this.text = "";
  }
  received(): void {}
  end(): void {}

  async sees(wanted: string | RegExp): Promise<void> {
    await expect.poll(() => this.text, { timeout: 10_000, interval: 10 }).toMatch(wanted);
  }

  /** Types a line and waits until its answer is there. */
  async run(line: string, answer: string | RegExp): Promise<void> {
    await this.sees(/\$ $/);
    this.text = "";
    this.#attachment.input(new TextEncoder().encode(`${line}\r`));
    await this.sees(answer);
  }
}

describe("a session over a real world", () => {
  test("undo takes back what the last command did, files and shell alike", async () => {
    const session = await registryOf(await createServices()).open("anna", "sandbox");
    const page = new Page(session);
    await page.run("echo one > note.txt; N=1", /\$ $/);
    await page.run("echo two > note.txt; N=2", /\$ $/);
    expect(await session.undo()).toBe("echo two > note.txt; N=2");
    await page.run('cat note.txt; echo "N is $N"', /one\r\nN is 1\r\n/);
  });

  test("sleep and another process keep screen, files, directory, variables and history", async () => {
    const services = await createServices();
    const before = registryOf(services);
    const page = new Page(await before.open("anna", "sandbox"));
    await page.run("mkdir -p deep/er && cd deep/er && WHO=anna", /er\$ $/);
    await page.run("echo kept > file.txt", /\$ $/);
    await before.close();

    const session = await registryOf(services).open("anna", "sandbox");
    const again = new Page(session);
    await again.sees(/deep\/er\$ $/);
    expect(again.text).toContain("mkdir -p deep/er");
    await again.run('cat file.txt; echo "$WHO in $PWD"', /kept\r\nanna in \/home\/learner\/deep\/er\r\n/);
    await again.run("history | tail -3", /echo kept > file\.txt/);
  });

  test("the map of a fresh cluster shows its nodes and DNS, and nothing of the learner's", async () => {
    const session = await registryOf(await createServices()).open("anna", "sandbox");
    const picture = drawPicture(session.world, 1);
    expect(picture.nodes.map(({ name }) => name)).toEqual(["controlplane", "node01", "node02"]);
    expect(picture.pods.filter(({ isSystem }) => !isSystem)).toEqual([]);
    expect(picture.pods.filter(({ owner }) => owner === "coredns").length).toBeGreaterThan(0);
    expect(picture.enforcesPolicies).toBe(true);
  });
});
