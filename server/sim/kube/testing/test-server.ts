/** An API server on a clock that stands still, for tests. */
import type { Cancel, Clock, Interruption, Random } from "../../machine/types.ts";
import { type ApiServerOptions, type ApiServerParts, createApiServer } from "../api/server.ts";
import type { ApiRequest, ApiResponse, ApiServer, KubeObject } from "../api/types.ts";

export const START_MS = Date.parse("2026-11-21T10:00:00Z");

/** Time moves only by `advance`. */
export class ManualClock implements Clock {
  #now = START_MS;
  #timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  setTimer(delayMs: number, callback: () => void): Cancel {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.setTimer(ms, resolve));
  }

  hold<T>(work: Promise<T>): Promise<T> {
    return work;
  }

  async breathe(): Promise<void> {}

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#now = due.at;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      due.callback();
    }
    this.#now = end;
  }
}

/** A small linear congruential generator: the same numbers each time. */
export function seededRandom(seed = 1): Random {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const integer = (bound: number) => Math.floor(next() * bound);
  const text = (length: number, alphabet = "bcdfghjklmnpqrstvwxz2456789") =>
    Array.from({ length }, () => alphabet[integer(alphabet.length)]).join("");
  return {
    next,
    integer,
    text,
    uuid: () => {
      const hex = (length: number) => text(length, "0123456789abcdef");
      return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
    },
    bytes: (length) => Uint8Array.from({ length }, () => integer(256)),
    state: () => state,
  };
}

export const neverInterrupted: Interruption = { reason: undefined, isInterrupted: false, onInterrupt: () => () => {} };

export interface TestCall {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly interruption?: Interruption;
  /** Default: an administrator; null: none, the server decides from the headers. */
  readonly user?: ApiRequest["user"] | null;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers freely
  readonly json: any;
}

export interface TestServer extends ApiServerParts {
  readonly clock: ManualClock;
  call(method: string, url: string, options?: TestCall): Promise<TestAnswer>;
  raw(method: string, url: string, options?: TestCall): Promise<ApiResponse>;
}

export const TEST_ADMIN = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };

/** With the namespace `default` and its ServiceAccount. */
export function createTestServer(options: Partial<ApiServerOptions> = {}): TestServer {
  const clock = new ManualClock();
  const parts = createApiServer({ clock, random: seededRandom(), ...options });
  parts.client.create("namespaces", { metadata: { name: "default" } });
  parts.client.create("serviceaccounts", { metadata: { name: "default", namespace: "default" } });
  return { ...parts, clock, call: callerOf(parts.server), raw: rawCallerOf(parts.server) };
}

function rawCallerOf(server: ApiServer): TestServer["raw"] {
  return (method, url, call = {}) => {
    const [path = "", queryText = ""] = url.split("?");
    const hasBody = call.body !== undefined && call.body !== null;
    return server.handle({
      method: method as ApiRequest["method"],
      path,
      query: [...new URLSearchParams(queryText)],
      headers: {
        accept: "application/json",
        ...(hasBody ? { "content-type": "application/json" } : {}),
        ...call.headers,
      },
      body: new TextEncoder().encode(hasBody ? bodyText(call.body) : ""),
      interruption: call.interruption ?? neverInterrupted,
      ...(call.user === null ? {} : { user: call.user ?? TEST_ADMIN }),
    });
  };
}

export function callerOf(server: ApiServer): TestServer["call"] {
  const raw = rawCallerOf(server);
  return async (method, url, options) => {
    const response = await raw(method, url, options);
    const text = await readBody(response);
    return { status: response.status, headers: response.headers, text, json: parseOrText(text) };
  };
}

function bodyText(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function readBody(response: ApiResponse): Promise<string> {
  switch (response.body.kind) {
    case "text":
      return response.body.text;
    case "bytes":
      return new TextDecoder().decode(response.body.bytes);
    case "stream": {
      const decoder = new TextDecoder();
      let text = "";
      for await (const chunk of response.body.chunks) text += decoder.decode(chunk, { stream: true });
      return text;
    }
    case "upgrade":
      return "";
  }
}

/** The minimal pod that validation accepts. */
export function podManifest(name: string, labels?: Record<string, string>): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", ...(labels ? { labels } : {}) },
    spec: { containers: [{ name: "c", image: "nginx" }] },
  } as KubeObject;
}
