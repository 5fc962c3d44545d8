import { describe, expect, test } from "vitest";
import type { SessionEvent } from "../protocol.ts";
import { limits } from "./limits.ts";
import { SessionRegistry } from "./registry.ts";
import type { Session } from "./session.ts";
import type { Viewer } from "./terminal-channel.ts";
import { fakeServices, settle } from "./testing/fake-services.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

class Screen implements Viewer {
  readonly client: string;
  text = "";
  receivedBytes = 0;
  ended: string | null = null;
  replaced = 0;
  constructor(client = "page") {
    this.client = client;
  }
  write(bytes: Uint8Array): void {
    this.text += decode(bytes);
  }
  size(): void {}
  replace(): void {
    this.replaced++;
    this.text = "";
  }
  received(bytes: number): void {
    this.receivedBytes = bytes;
  }
  end(reason: string): void {
    this.ended = reason;
  }
}

function look(session: Session, terminal = "1", screen = new Screen()) {
  const channel = session.terminal(terminal);
  if (!channel) throw new Error("no such terminal");
  const attachment = channel.attach(screen, undefined, 0);
  if (!attachment) throw new Error("too many viewers");
  for (const entry of attachment.replay.entries) if (entry.kind === "bytes") screen.write(entry.bytes);
  const type = async (text: string) => {
    attachment.input(encode(text));
    await settle();
  };
  return { attachment, screen, type };
}

async function open() {
  const services = await fakeServices();
  const registry = new SessionRegistry(services);
  const session = await registry.open("anna", "first");
  await settle();
  return { services, registry, session };
}

describe("a session", () => {
  test("is shared by all who open the same lesson, and by nobody else", async () => {
    const { registry, session, services } = await open();
    expect(await registry.open("anna", "first")).toBe(session);
    expect(await registry.open("ben", "first")).not.toBe(session);
    const [one, two] = await Promise.all([registry.open("anna", "second"), registry.open("anna", "second")]);
    expect(one).toBe(two);
    expect(services.worlds).toHaveLength(3);
  });

  test("types into the world and shows what it prints, on every page that looks", async () => {
    const { session } = await open();
    const first = look(session, "1", new Screen("one"));
    const second = look(session, "1", new Screen("two"));
    await first.type("echo hello\r");
    expect(first.screen.text).toContain("echo hello\r\nhello\r\n");
    expect(second.screen.text).toBe(first.screen.text);
    expect(first.screen.receivedBytes).toBe(11);
  });

  test("a page that comes back is told how much of its typing arrived", async () => {
    const { session } = await open();
    const before = look(session);
    await before.type("echo one");
    before.attachment.detach();
    const after = session.terminal("1")?.attach(new Screen(), undefined, 0);
    expect(after?.received).toBe(8);
    expect(session.terminal("1")?.attach(new Screen("other"), undefined, 5)?.received).toBe(5);
  });

  test("several terminals share one world", async () => {
    const { session } = await open();
    const second = session.openTerminal();
    await look(session, "1").type("write note from-one\r");
    const other = look(session, second.id);
    await other.type("read note\r");
    expect(other.screen.text).toContain("from-one");
  });

  test("has a bound on terminals", async () => {
    const { session } = await open();
    for (let count = 1; count < limits.terminalsPerSession; count++) session.openTerminal();
    expect(() => session.openTerminal()).toThrow(/at most/);
    session.closeTerminal("2");
    expect(session.openTerminal().id).toBe("2");
  });

  test("a program waits for a viewer that does not keep up, and goes on when it does", async () => {
    const { session } = await open();
    const { attachment, screen, type } = look(session);
    await type("flood 2000000\r");
    const stuckAt = screen.text.length;
    expect(stuckAt).toBeLessThan(limits.unackedHighBytes + 2000);
    await settle();
    expect(screen.text.length).toBe(stuckAt);
    attachment.ack(stuckAt);
    await settle(200);
    expect(screen.text.length).toBeGreaterThan(stuckAt);
  });

  test("a viewer that never acknowledges is let go so that the others can go on", async () => {
    const { session, services } = await open();
    const { screen, type } = look(session);
    await type("flood 300000\r");
    expect(screen.ended).toBeNull();
    await services.host.pass(limits.stallMs + 1);
    expect(screen.ended).toBe("too-slow");
  });

  test("undo puts the world back to before the last command and says so on the screen", async () => {
    const { session } = await open();
    const { type, screen } = look(session);
    await type("write note one\r");
    await type("write note two\r");
    expect(session.history.undo).toEqual(["write note one", "write note two"]);
    expect(await session.undo()).toBe("write note two");
    await settle();
    expect(screen.text).toContain("[undone: write note two]");
    await type("read note\r");
    expect(screen.text).toContain("\r\none\r\n");
    await session.undo();
    await session.undo();
    await expect(session.undo()).rejects.toThrow("nothing to undo");
  });

  test("reset gives a fresh world and clean screens", async () => {
    const { session, services } = await open();
    const { type, screen } = look(session);
    await type("write note one\r");
    await session.reset();
    await settle();
    expect(screen.replaced).toBe(1);
    await type("read note\r");
    expect(screen.text).toContain("no such file");
    expect(services.worlds.map(({ isStopped }) => isStopped)).toEqual([true, false]);
  });

  test("a shell that has ended is replaced at the next key", async () => {
    const { session } = await open();
    const { type, screen } = look(session);
    await type("exit\r");
    expect(screen.text).toContain("the shell has ended");
    await type(" ");
    await type("echo again\r");
    expect(screen.text).toContain("\r\nagain\r\n");
  });

  test("draws the map only after a change, and tells what a command opened and closed", async () => {
    const { session, services } = await open();
    const events: SessionEvent[] = [];
    session.subscribe((event) => events.push(event));
    const { type } = look(session);
    await type("echo nothing\r");
    await services.host.pass(1000);
    expect(events.filter(({ type: kind }) => kind === "map")).toHaveLength(1);
    await type("write deny yes\r");
    await services.host.pass(limits.pictureDelayMs + 1);
    expect(events.filter(({ type: kind }) => kind === "map")).toHaveLength(2);
    expect(events.find(({ type: kind }) => kind === "change")).toEqual({
      type: "change",
      terminal: "1",
      command: "write deny yes",
      opened: 0,
      closed: 1,
    });
  });

  test("a fault of the simulator is logged with its place and owned up to on the page", async () => {
    const { session, services } = await open();
    const events: SessionEvent[] = [];
    session.subscribe((event) => events.push(event));
    await look(session).type("echo before\r");
    services.worlds[0]?.fail(new Error("broken"));
    expect(services.host.faults).toEqual(['pod (anna… in first, after "echo before"): Error: broken']);
    expect(events.at(-1)).toMatchObject({ type: "fault", message: expect.stringContaining("not your cluster") });
  });

  test("a check is decided by the lesson room on this world", async () => {
    const { session } = await open();
    expect((await session.check(0)).passed).toBe(false);
    await look(session).type("write answer 42\r");
    expect((await session.check(0)).passed).toBe(true);
    await expect(session.check(7)).rejects.toThrow("no check 7");
  });

  test("skipping lets simulated time run ahead and then go on as before", async () => {
    const { session, services } = await open();
    const world = services.worlds[0];
    const before = session.world.clock.now();
    const skipping = session.skip(600);
    await services.host.pass(2000);
    await skipping;
    expect(session.world.clock.now() - before).toBeGreaterThanOrEqual(600_000);
    expect(world?.scale).toBe(1);
  });
});

describe("the registry", () => {
  test("a session nobody looks at goes to sleep, costs no timer, and wakes as it was", async () => {
    const { registry, session, services } = await open();
    const { attachment, type } = look(session);
    await type("write note kept\r");
    attachment.detach();
    await services.host.pass(limits.idleMs + 1);
    expect(registry.awakeCount).toBe(0);
    expect(services.worlds[0]?.isStopped).toBe(true);
    expect(services.host.timerCount).toBe(0);

    const woken = await registry.open("anna", "first");
    expect(woken).not.toBe(session);
    await settle();
    const again = look(woken);
    expect(again.screen.text).toContain("write note kept");
    await again.type("read note\r");
    expect(again.screen.text).toContain("\r\nkept\r\n");
    expect(woken.history.undo).toEqual(["write note kept", "read note"]);
  });

  test("one who looks keeps it awake", async () => {
    const { registry, session, services } = await open();
    look(session);
    await services.host.pass(limits.idleMs * 3);
    expect(registry.awakeCount).toBe(1);
  });

  test("of one learner only so many are awake; the oldest nobody sees sleeps first", async () => {
    const { registry, session, services } = await open();
    await services.host.pass(10);
    await registry.open("anna", "second");
    await services.host.pass(10);
    await registry.open("anna", "third");
    look(session);
    await registry.open("anna", "fourth");
    await settle();
    expect(registry.awakeCount).toBe(limits.sessionsPerLearner);
    expect(registry.awake("anna", "first")).toBe(session);
    expect(registry.awake("anna", "second")).toBeUndefined();
  });

  test("who looks at a session that must make room is told, and sees it again on asking", async () => {
    const { registry, session } = await open();
    const { screen, type } = look(session);
    await type("write note kept\r");
    const events: SessionEvent[] = [];
    session.subscribe((event) => events.push(event));
    for (const lesson of ["second", "third", "fourth"]) look(await registry.open("anna", lesson));
    await expect.poll(() => screen.ended).toBe("asleep");
    expect(events.at(-1)).toEqual({ type: "asleep" });
    const again = look(await registry.open("anna", "first"));
    expect(again.screen.text).toContain("write note kept");
  });

  test("closing puts everything into the store, and another server goes on from there", async () => {
    const { registry, session, services } = await open();
    await look(session).type("write note moved\r");
    await registry.close();
    await expect(registry.open("anna", "first")).rejects.toThrow("stopping");
    const other = await new SessionRegistry(services).open("anna", "first");
    const { type, screen } = look(other);
    await type("read note\r");
    expect(screen.text).toContain("moved");
  });

  test("a stored state nobody understands starts the lesson anew", async () => {
    const services = await fakeServices();
    await services.store.saveSession("anna", "first", { state: '{"format":"netpol-session/0"}', updatedMs: 1 });
    const session = await new SessionRegistry(services).open("anna", "first");
    expect(session.terminalViews).toEqual([{ id: "1", title: "terminal 1" }]);
  });

  test("there is no session for a lesson that does not exist", async () => {
    const { registry } = await open();
    await expect(registry.open("anna", "nope")).rejects.toThrow("There is no lesson nope.");
  });
});
