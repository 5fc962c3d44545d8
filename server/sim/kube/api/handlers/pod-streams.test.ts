import { describe, expect, it } from "vitest";
import { createTestServer, podManifest } from "../../testing/test-server.ts";
import { badRequest } from "../errors.ts";
import type { ExecOptions, LogOptions, NodeAgent } from "../types.ts";

const LOG = "/api/v1/namespaces/default/pods/p/log";

/** A kubelet that remembers what it was asked. */
class RecordingAgent implements NodeAgent {
  readonly logRequests: LogOptions[] = [];
  readonly execRequests: ExecOptions[] = [];
  refusal: Error | undefined;
  #release: (() => void) | undefined;

  async *logs(_pod: unknown, options: LogOptions): AsyncGenerator<Uint8Array> {
    this.logRequests.push(options);
    if (this.refusal) throw this.refusal;
    if (options.follow) await new Promise<void>((resolve) => (this.#release = resolve));
    yield new TextEncoder().encode("one\n");
    yield new TextEncoder().encode("two\n");
  }

  release(): void {
    this.#release?.();
  }

  exec(_pod: unknown, options: ExecOptions) {
    this.execRequests.push(options);
    return { run: async () => ({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" }) as const };
  }

  attach(pod: unknown, options: ExecOptions) {
    return this.exec(pod, options);
  }
}

function start() {
  const agent = new RecordingAgent();
  const server = createTestServer({ nodeAgent: (name) => (name === "node01" ? agent : undefined) });
  server.client.create("pods", podManifest("p"));
  const bind = (node: string) =>
    server.client.create("pods/binding", {
      metadata: { name: "p", namespace: "default" },
      target: { kind: "Node", name: node },
    });
  return { agent, bind, ...server };
}

describe("a pod's log", () => {
  it("is empty before the pod has a node", async () => {
    expect(await start().call("GET", LOG)).toMatchObject({ status: 200, text: "" });
  });

  it("comes from the kubelet of its node, with the options of the request", async () => {
    const { agent, bind, call } = start();
    bind("node01");
    const answer = await call("GET", `${LOG}?tailLines=2&timestamps=true&previous=false`);
    expect(answer).toMatchObject({ status: 200, text: "one\ntwo\n" });
    expect(answer.headers["content-type"]).toBe("text/plain");
    expect(agent.logRequests).toEqual([
      { container: "c", follow: false, previous: false, timestamps: true, tailLines: 2 },
    ]);
  });

  it("is refused with the kubelet's own words", async () => {
    const { agent, bind, call } = start();
    bind("node01");
    agent.refusal = badRequest('container "c" in pod "p" is waiting to start: ContainerCreating');
    expect(await call("GET", LOG)).toMatchObject({
      status: 400,
      json: { message: 'container "c" in pod "p" is waiting to start: ContainerCreating' },
    });
  });

  it("answers a follower before anything is written", async () => {
    const { agent, bind, raw } = start();
    bind("node01");
    const response = await raw("GET", `${LOG}?follow=true`);
    expect(response.status).toBe(200);
    agent.release();
    if (response.body.kind !== "stream") throw new Error("no stream");
    const chunks: string[] = [];
    for await (const chunk of response.body.chunks) chunks.push(new TextDecoder().decode(chunk));
    expect(chunks).toEqual(["one\n", "two\n"]);
  });

  it("needs sensible options", async () => {
    const { call } = start();
    expect((await call("GET", `${LOG}?tailLines=-1`)).json.message).toBe(
      'PodLogOptions "" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    );
  });

  it("cannot be had from a node without a kubelet", async () => {
    const { bind, call } = start();
    bind("node02");
    expect((await call("GET", LOG)).status).toBe(500);
  });
});

describe("exec", () => {
  it("takes the connection over, with the command as it was given", async () => {
    const { agent, bind, raw } = start();
    bind("node01");
    const url = "/api/v1/namespaces/default/pods/p/exec?command=sh&command=-c&command=echo+a&stdout=true&stdin=true";
    const response = await raw("POST", url);
    expect(response.body.kind).toBe("upgrade");
    expect(agent.execRequests).toEqual([
      { container: "c", command: ["sh", "-c", "echo a"], stdin: true, stdout: true, stderr: false, tty: false },
    ]);
  });
});
