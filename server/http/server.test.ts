import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { LessonList, SessionEvent, TerminalServerMessage } from "../protocol.ts";
import { processHost } from "../session/host.ts";
import { fakeServices } from "../session/testing/fake-services.ts";
import { createServer, type RunningServer, StartError } from "./server.ts";

let server: RunningServer;
let webRoot: string;
let faults: string[];

async function start(port = 0): Promise<RunningServer> {
  const services = await fakeServices();
  const host = processHost((error, context) => faults.push(`${context}: ${String(error)}`));
  return createServer({ services: { ...services, host }, host: "127.0.0.1", port, webRoot, version: "test" });
}

beforeEach(async () => {
  faults = [];
  webRoot = mkdtempSync(join(tmpdir(), "netpol-web-"));
  mkdirSync(join(webRoot, "assets"));
  writeFileSync(join(webRoot, "index.html"), "<!doctype html><title>Lab</title>");
  writeFileSync(join(webRoot, "assets", "app-1a2b.js"), "export {};");
  writeFileSync(join(webRoot, "assets", "app-1a2b.js.br"), "compressed");
  server = await start();
});
afterEach(async () => {
  await server.close();
  rmSync(webRoot, { recursive: true, force: true });
});

const at = (path: string) => new URL(path, server.url).href;

/** A browser's worth of cookie. */
async function visit() {
  const response = await fetch(at("/api/lessons"));
  const cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
  const call = (method: string, path: string, body?: unknown) =>
    fetch(at(path), {
      method,
      headers: { cookie, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { cookie, call, list: (await response.json()) as LessonList };
}

class Page {
  readonly socket: WebSocket;
  text = "";
  messages: TerminalServerMessage[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #changed: (() => void)[] = [];

  constructor(cookie: string, query: string, headers: Record<string, string> = {}) {
    const url = `${server.url.replace("http", "ws")}api/lessons/first/terminals/1/socket?${query}`;
    this.socket = new WebSocket(url, { headers: { cookie, ...headers } });
    this.socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) this.text += data.toString();
      else this.messages.push(JSON.parse(data.toString()));
      for (const changed of this.#changed.splice(0)) changed();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
      this.socket.on("unexpected-response", (_request, response) =>
        resolve({ code: response.statusCode ?? 0, reason: "" }),
      );
    });
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  async ready(): Promise<void> {
    await this.until(() => this.text.includes("$ "));
  }

  type(text: string): void {
    this.socket.send(Buffer.from(text));
  }

  get received(): number {
    return this.messages.reduce((latest, message) => (message.type === "received" ? message.bytes : latest), 0);
  }
}

describe("plain HTTP", () => {
  test("a visitor gets a cookie, the list of lessons and headers that forbid inline code", async () => {
    const response = await fetch(at("/api/lessons"));
    expect(response.headers.get("set-cookie")).toMatch(/^netpol-learner=[\w-]{22}; .*HttpOnly; SameSite=Lax/);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain("unsafe");
    expect(response.headers.get("x-powered-by")).toBeNull();
    const { tracks, continue: next } = (await response.json()) as LessonList;
    expect(tracks[0]?.lessons[0]).toMatchObject({ id: "first", progress: { status: "new" } });
    expect(next).toBeNull();
  });

  test("progress, hints and checks are kept for the visitor", async () => {
    const { call } = await visit();
    expect(await (await call("PUT", "/api/lessons/first/progress", { step: 0 })).json()).toMatchObject({
      status: "started",
    });
    expect(await (await call("POST", "/api/lessons/first/hints", { block: "0/2", count: 1 })).json()).toEqual({
      id: "0/2",
      count: 2,
      shown: ["Read the text again."],
    });
    const lesson = (await (await call("GET", "/api/lessons/first")).json()) as { steps: { blocks: unknown[] }[] };
    expect(JSON.stringify(lesson)).not.toContain("The answer is 42");
    expect(lesson.steps[0]?.blocks[2]).toMatchObject({ shown: ["Read the text again."] });
    const check = await (await call("POST", "/api/lessons/first/checks/0")).json();
    expect(check).toMatchObject({ passed: false, parts: [{ wrongFlows: [{ source: "lab/a", actual: "open" }] }] });
    expect(await (await call("GET", "/api/lessons/first/solution")).json()).toEqual({
      name: "solution",
      script: "write answer 42\n",
    });
  });

  test.each([
    ["GET", "/api/lessons/nope", undefined, 404, "There is no lesson nope."],
    ["GET", "/api/else", undefined, 404, "There is nothing at this address."],
    ["POST", "/lesson/first", undefined, 404, "There is nothing at this address."],
    [
      "GET",
      "/api/lessons/%E0%A4%A",
      undefined,
      400,
      "The address is misspelt: % must be followed by two digits of a byte.",
    ],
    [
      "PUT",
      "/api/lessons/first/progress",
      { step: "one" },
      400,
      "step: Invalid input: expected number, received string",
    ],
    ["PUT", "/api/lessons/first/progress", { step: 7 }, 400, "This lesson has 1 steps."],
    ["POST", "/api/lessons/first/hints", { block: "0/0", count: 1 }, 404, "There are no hints at this place."],
    ["POST", "/api/lessons/first/undo", undefined, 409, "There is nothing to undo."],
    ["DELETE", "/api/lessons/first/terminals/9", undefined, 404, "There is no terminal 9."],
    ["PUT", "/api/lessons/first/progress", { step: 0, padding: "x".repeat(20_000) }, 413, "The request is too large."],
  ])("%s %s is refused in one line", async (method, path, body, status, message) => {
    const { call } = await visit();
    const response = await call(method, path, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { message } });
    expect(faults).toEqual([]);
  });

  test("a misspelt address is a place of the page as well, which says what it makes of it", async () => {
    const response = await fetch(at("/lesson/%E0%A4%A"));
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("<title>Lab</title>");
  });

  test("a body that is no JSON is refused in one line", async () => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(at("/api/lessons/first/progress"), { method: "PUT", headers, body: "{" });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: { code: "bad-request", message: "The request's body is not valid JSON." },
    });
  });

  test("another site's page cannot change anything", async () => {
    const { cookie } = await visit();
    const response = await fetch(at("/api/lessons/first/reset"), {
      method: "POST",
      headers: { cookie, origin: "https://elsewhere.example" },
    });
    expect(response.status).toBe(403);
  });

  test("the page is served with caching that fits, at every address that is not a file", async () => {
    const hashed = await fetch(at("/assets/app-1a2b.js"), { headers: { "accept-encoding": "identity" } });
    expect(hashed.headers.get("cache-control")).toContain("immutable");
    const page = await fetch(at("/lesson/first"));
    expect(await page.text()).toContain("<title>Lab</title>");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect((await fetch(at("/assets/gone-9.js"))).status).toBe(404);
  });

  test("says that the page was not built when it was not", async () => {
    rmSync(join(webRoot, "index.html"));
    const response = await fetch(at("/"));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining("npm run build") } });
  });

  test("health, readiness and metrics answer", async () => {
    expect(await (await fetch(at("/healthz"))).text()).toBe("ok\n");
    expect((await fetch(at("/readyz"))).status).toBe(200);
    expect(await (await fetch(at("/metrics"))).text()).toContain("netpol_sessions_awake 0");
  });
});

describe("a terminal's socket", () => {
  test("carries keys in and the screen out", async () => {
    const { cookie } = await visit();
    const page = new Page(cookie, "client=page-one");
    await page.ready();
    expect(page.messages[0]).toMatchObject({ type: "attached", isWhole: true, received: 0 });
    page.type("echo hello\r");
    await page.until(() => page.text.includes("\r\nhello\r\n"));
    await page.until(() => page.received === 11);
    page.socket.close();
  });

  test("a dropped connection resumes where it was, and typing that did not arrive is told", async () => {
    const { cookie } = await visit();
    const before = new Page(cookie, "client=page-one");
    await before.ready();
    before.type("echo one\r");
    await before.until(() => before.text.includes("\r\none\r\n") && before.text.endsWith("$ "));
    const attached = before.messages[0];
    if (attached?.type !== "attached") throw new Error("not attached");
    const offset = Buffer.byteLength(before.text);
    before.socket.terminate();
    await before.closed;

    const other = new Page(cookie, "client=page-two");
    await other.ready();
    expect(other.text).toBe(before.text);
    other.type("echo two\r");
    await other.until(() => other.text.includes("\r\ntwo\r\n") && other.text.endsWith("$ "));

    const after = new Page(cookie, `client=page-one&epoch=${attached.epoch}&offset=${offset}&acked=0`);
    await after.until(() => after.messages.some(({ type }) => type === "live"));
    expect(after.messages[0]).toMatchObject({ type: "attached", isWhole: false, received: 9 });
    expect(before.text + after.text).toBe(other.text);
    other.socket.close();
    after.socket.close();
  });

  test.each([
    ["nonsense", 1007, "a text frame must be one JSON message; keys go in binary frames"],
    ['{"type":"dance"}', 1003, /^not a message of this terminal: /],
    ['{"type":"resize","columns":0,"rows":1}', 1003, /^not a message of this terminal: columns: /],
  ])("the text frame %s closes it with the reason, and nothing is lost", async (frame, code, reason) => {
    const { cookie } = await visit();
    const page = new Page(cookie, "client=page-one");
    await page.ready();
    page.type("echo kept\r");
    page.socket.send(frame);
    expect(await page.closed).toEqual({ code, reason: expect.stringMatching(reason) });
    const again = new Page(cookie, "client=page-one");
    await again.until(() => again.text.includes("\r\nkept\r\n"));
    again.socket.close();
  });

  test("a frame larger than allowed closes it", async () => {
    const { cookie } = await visit();
    const page = new Page(cookie, "client=page-one");
    await page.ready();
    page.socket.send(Buffer.alloc(100_000));
    expect((await page.closed).code).toBe(1009);
  });

  test("is refused without a cookie, from another site, and where there is no terminal", async () => {
    const { cookie } = await visit();
    expect((await new Page("", "client=page-one").closed).code).toBe(401);
    expect((await new Page(cookie, "client=page-one", { origin: "https://elsewhere.example" }).closed).code).toBe(403);
    expect((await new Page(cookie, "client=!").closed).code).toBe(404);
    const socket = new WebSocket(
      `${server.url.replace("http", "ws")}api/lessons/first/terminals/9/socket?client=page-one`,
      {
        headers: { cookie },
      },
    );
    const code = await new Promise((resolve) => socket.on("close", resolve));
    expect(code).toBe(4404);
  });
});

describe("the socket of events", () => {
  test("tells the present state at once, then what a command changed", async () => {
    const { cookie } = await visit();
    const events: SessionEvent[] = [];
    const socket = new WebSocket(`${server.url.replace("http", "ws")}api/lessons/first/events`, {
      headers: { cookie },
    });
    const until = async (type: SessionEvent["type"]) => {
      while (!events.some((event) => event.type === type)) await new Promise((resolve) => setTimeout(resolve, 5));
      return events.find((event) => event.type === type);
    };
    socket.on("message", (data: Buffer) => events.push(JSON.parse(data.toString())));
    await until("flows");
    expect(events.map(({ type }) => type)).toEqual(["terminals", "history", "map", "flows"]);
    const page = new Page(cookie, "client=page-one");
    await page.ready();
    page.type("write deny yes\r");
    expect(await until("change")).toMatchObject({ command: "write deny yes", closed: 1, opened: 0 });
    page.socket.close();
    socket.close();
  });
});

describe("starting and stopping", () => {
  test("a port in use is one clear line", async () => {
    const failure = await start(server.port).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartError);
    expect(String(failure)).toBe(`StartError: port ${server.port} of 127.0.0.1 is in use (choose another with --port)`);
  });

  test("stopping sends pages away politely", async () => {
    const { cookie } = await visit();
    const page = new Page(cookie, "client=page-one");
    await page.ready();
    await server.close();
    expect((await page.closed).code).toBe(1012);
  });
});
