import { describe, expect, it } from "vitest";
import { encodeCertificate, type Certificate } from "./certificates.ts";
import { HttpAgent, type HttpHandler, HttpError, httpRequest, serveHttp, type HttpServerOptions } from "./http.ts";
import { createTestMachine, TEST_START_MS, type TestMachine } from "./testing/machine.ts";
import { TlsError } from "./tls.ts";
import type { Process } from "./types.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
const LOCAL = { address: "127.0.0.1", port: 80 };

const handler: HttpHandler = async (request, response) => {
  switch (request.target) {
    case "/echo":
      return response.send(200, { "Content-Type": "text/plain" }, await request.body.readText());
    case "/stream":
      await response.writeHead(200);
      for (const part of ["one", "two", "three"]) await response.write(part);
      return response.end();
    case "/upgrade": {
      const socket = await response.upgrade({ Connection: "Upgrade", Upgrade: "shout" });
      await socket.write(bytes(text(await socket.read()).toUpperCase()));
      return socket.release();
    }
    case "/bug":
      throw new Error("bug");
    default:
      return response.send(404, {}, "no\n");
  }
};

/** Serves in one process while `main` runs in another. */
async function withServer(
  main: (process: Process, machine: TestMachine) => Promise<void>,
  options: HttpServerOptions = {},
): Promise<void> {
  const machine = createTestMachine();
  void machine.run(async (process) => {
    await serveHttp(process.net.listen(80), handler, { interruption: process.interruption, ...options });
    return 0;
  });
  const result = await machine.run(async (process) => {
    await process.sleep(1);
    await main(process, machine);
    return 0;
  });
  for (const fault of machine.faults) throw fault;
  expect(result.code).toBe(0);
}

/** What a client that writes `request` as it is reads until the end. */
async function raw(process: Process, request: string): Promise<string> {
  const socket = await process.net.connect("127.0.0.1", 80);
  await socket.write(bytes(request));
  let answer = "";
  for (;;) {
    const part = await socket.read();
    if (part.length === 0) break;
    answer += text(part);
  }
  socket.release();
  return answer;
}

describe("HTTP", () => {
  it("carries requests with bodies and their answers", () =>
    withServer(async (process) => {
      const response = await httpRequest(process.net, { ...LOCAL, method: "POST", target: "/echo", body: "hello" });
      expect([response.status, response.reason, response.headers.get("content-type")]).toEqual([
        200,
        "OK",
        "text/plain",
      ]);
      expect(await response.readText()).toBe("hello");
      async function* pieces(): AsyncIterable<Uint8Array> {
        yield bytes("a");
        yield bytes("b");
      }
      const streamed = await httpRequest(process.net, { ...LOCAL, method: "POST", target: "/echo", body: pieces() });
      expect(await streamed.readText()).toBe("ab");
    }));

  it("streams in chunks, or until the connection closes for HTTP/1.0", () =>
    withServer(async (process) => {
      const response = await httpRequest(process.net, { ...LOCAL, target: "/stream" });
      expect(await response.readText()).toBe("onetwothree");
      expect(await raw(process, "GET /stream HTTP/1.0\r\n\r\n")).toBe(
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nonetwothree",
      );
      expect(await raw(process, "GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toBe(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n",
      );
    }));

  it("answers HEAD without a body, Expect with 100, nonsense with 400 and a bug with 500", () =>
    withServer(async (process) => {
      expect(await raw(process, "HEAD /stream HTTP/1.0\r\n\r\n")).toBe("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
      expect(await raw(process, "POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx")).toMatch(
        /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n/,
      );
      expect(await raw(process, "nonsense\r\n\r\n")).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
      expect(await raw(process, "GET / HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
      expect(await raw(process, "GET /bug HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1.1 500 Internal Server Error\r\n/);
    }));

  it("serves one request after another on a connection, and an agent uses it again", () =>
    withServer(async (process, machine) => {
      const answer = await raw(
        process,
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\naPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\nb",
      );
      expect(answer.match(/\r\n\r\n[ab]/g)).toEqual(["\r\n\r\na", "\r\n\r\nb"]);
      const agent = new HttpAgent(process.net);
      for (let i = 0; i < 3; i++) await (await agent.request({ ...LOCAL, target: "/" })).readAll();
      const open = machine.machine.network.sockets().filter((socket) => socket.state === "ESTABLISHED");
      // Both ends of the one connection that was kept.
      expect(open).toHaveLength(2);
      agent.close();
    }));

  it("hands a connection over after 101", () =>
    withServer(async (process) => {
      const response = await httpRequest(process.net, { ...LOCAL, target: "/upgrade", headers: { Upgrade: "shout" } });
      expect(response.status).toBe(101);
      const socket = response.upgrade();
      await socket.write(bytes("quiet"));
      expect(text(await socket.read())).toBe("QUIET");
    }));

  it("fails as curl sees it when the server says nothing or something else", async () => {
    const machine = createTestMachine();
    const result = await machine.run(async (process) => {
      const listener = process.net.listen(80);
      const kinds: string[] = [];
      for (const answer of ["", "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"]) {
        const asking = httpRequest(process.net, { ...LOCAL, target: "/" }).then((response) => response.readAll());
        const socket = await listener.accept();
        if (answer) await socket.write(bytes(answer));
        socket.release();
        await asking.catch((error: unknown) => kinds.push(error instanceof HttpError ? error.kind : String(error)));
      }
      await process.stdout.write(kinds.join(" "));
      return 0;
    });
    expect(result.stdout).toBe("empty-reply malformed incomplete");
  });
});

const CA: Certificate = {
  serial: "01",
  subject: { commonName: "kubernetes" },
  issuer: { commonName: "kubernetes" },
  notBeforeMs: TEST_START_MS - 1000,
  notAfterMs: TEST_START_MS + 1e9,
  dnsNames: [],
  ipAddresses: [],
  isAuthority: true,
  usages: [],
  keyId: "ca",
  issuerKeyId: "ca",
};
const SERVER: Certificate = {
  ...CA,
  subject: { commonName: "kube-apiserver" },
  dnsNames: ["kubernetes.default", "*.example.org"],
  ipAddresses: ["127.0.0.1"],
  isAuthority: false,
  keyId: "server",
};
const ADMIN: Certificate = {
  ...SERVER,
  subject: { commonName: "kubernetes-admin", organizations: ["system:masters"] },
  keyId: "admin",
};

describe("TLS", () => {
  const roots = encodeCertificate(CA);
  const server = {
    certificates: encodeCertificate(SERVER),
    clientCertificates: "request",
    clientRoots: roots,
    now: () => TEST_START_MS,
  } as const;
  const whoami: HttpHandler = async (request, response) => {
    const subject = request.tls?.clientCertificate?.subject;
    await response.send(200, {}, `${subject?.commonName ?? "nobody"} ${request.tls?.serverName}`);
  };

  async function withTls(main: (process: Process) => Promise<void>): Promise<void> {
    const machine = createTestMachine();
    const result = await machine.run(async (process) => {
      void serveHttp(process.net.listen(80), whoami, { tls: server, interruption: process.interruption });
      await main(process);
      return 0;
    });
    for (const fault of machine.faults) throw fault;
    expect(result.code).toBe(0);
  }

  it("shows the server its client's certificate and the name asked for", () =>
    withTls(async (process) => {
      const tls = { roots, serverName: "kubernetes.default", nowMs: TEST_START_MS };
      const anonymous = await httpRequest(process.net, { ...LOCAL, target: "/", tls });
      expect(await anonymous.readText()).toBe("nobody kubernetes.default");
      const certificate = encodeCertificate(ADMIN);
      const admin = await httpRequest(process.net, { ...LOCAL, target: "/", tls: { ...tls, certificate } });
      expect(await admin.readText()).toBe("kubernetes-admin kubernetes.default");
      expect(admin.tls?.serverCertificates[0]?.subject.commonName).toBe("kube-apiserver");
    }));

  it.each([
    ["an unknown authority", { roots: "", serverName: "127.0.0.1" }, "unknown-authority"],
    ["another name", { roots, serverName: "a.b.example.org" }, "name-mismatch"],
    ["an old certificate", { roots, serverName: "x.example.org", nowMs: TEST_START_MS + 2e9 }, "expired"],
  ] as const)("refuses %s, unless told not to look", (_name, options, verdict) =>
    withTls(async (process) => {
      const tls = { nowMs: TEST_START_MS, ...options };
      const error = await httpRequest(process.net, { ...LOCAL, target: "/", tls }).catch((thrown: unknown) => thrown);
      expect(error instanceof TlsError && error.failure.verdict?.kind).toBe(verdict);
      const insecure = await httpRequest(process.net, { ...LOCAL, target: "/", tls: { ...tls, isInsecure: true } });
      expect(insecure.status).toBe(200);
    }),
  );

  it("answers plain HTTP as Go's server does", () =>
    withTls(async (process) => {
      const answer = await raw(process, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      expect(answer).toBe("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
    }));

  it("to a plain port fails with a wrong version number", () =>
    withServer(async (process) => {
      const tls = { nowMs: TEST_START_MS };
      const error = await httpRequest(process.net, { ...LOCAL, target: "/", tls }).catch((thrown: unknown) => thrown);
      expect(error instanceof TlsError && error.failure.reason).toBe("wrong-version-number");
    }));
});
