/** Reaches the API server as the real kubectl does: HTTP/1.1 with TLS over the simulated network. */
import { HttpAgent, type HttpRequest, httpRequest, type HttpResponse } from "../../../machine/http.ts";
import { TlsError } from "../../../machine/tls.ts";
import type { ErrnoError, Process } from "../../../machine/types.ts";
import type { Connection } from "../config/kubeconfig.ts";
import { ConnectionFailure, KubectlError, toStatus, type Status } from "../errors.ts";
import type { Json } from "../yaml/parse.ts";
import { toFailure } from "./rest-client.ts";
import type { ApiCall, ApiReply, StreamEnds, Transport } from "./transport.ts";
import { concat, WebSocketClient } from "./websocket.ts";

/** How long Go's dialer waits for a connection. */
const DIAL_TIMEOUT_MS = 30_000;

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;
const CLOSE = 255;

interface Endpoint {
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number;
  readonly prefix: string;
}

function parseServer(server: string): Endpoint {
  const match = /^(https?):\/\/(\[[^\]]*\]|[^/:]*)(?::(\d+))?(\/.*)?$/.exec(server);
  if (match === null) throw new KubectlError(`parse ${JSON.stringify(server)}: invalid URL`);
  const [, scheme, host = "", port, prefix = ""] = match;
  const isTls = scheme === "https";
  return {
    isTls,
    host: host.replace(/^\[|\]$/g, ""),
    port: port === undefined ? (isTls ? 443 : 80) : Number(port),
    prefix,
  };
}

/** The transport of one kubectl process. `timeoutMs` 0 sets no limit on a request. */
export function openHttpTransport(process: Process, connection: Connection, timeoutMs: number): Transport {
  return new HttpTransport(process, connection, timeoutMs);
}

class HttpTransport implements Transport {
  private readonly endpoint: Endpoint;
  private readonly agent: HttpAgent;
  private address: string | undefined;

  constructor(
    private readonly process: Process,
    private readonly connection: Connection,
    private readonly timeoutMs: number,
  ) {
    this.endpoint = parseServer(connection.server);
    this.agent = new HttpAgent(process.net);
  }

  async send(call: ApiCall): Promise<ApiReply> {
    // A stream that may be cut off gets a connection of its own: one that is shared hears no interruption.
    const response = await this.attempt(call, async () => {
      const request = await this.request(call);
      return call.interruption === undefined ? this.agent.request(request) : httpRequest(this.process.net, request);
    });
    return {
      status: response.status,
      headers: headersOf(response),
      text: () => response.readText(),
      chunks: () => readChunks(response),
    };
  }

  async stream(call: ApiCall, ends: StreamEnds): Promise<Status> {
    const key = btoa(String.fromCharCode(...this.process.random.bytes(16)));
    const response = await this.attempt(call, async () =>
      httpRequest(this.process.net, {
        ...(await this.request(call)),
        headers: {
          ...call.headers,
          Connection: "Upgrade",
          Upgrade: "websocket",
          "Sec-WebSocket-Version": "13",
          "Sec-WebSocket-Key": key,
          "Sec-WebSocket-Protocol": "v5.channel.k8s.io",
        },
      }),
    );
    if (response.status !== 101) throw await refusal(response);
    return runChannels(new WebSocketClient(response.upgrade(), ends.interruption), ends);
  }

  private async request(call: ApiCall): Promise<HttpRequest> {
    const { isTls, host, port, prefix } = this.endpoint;
    const query = (call.query ?? []).map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
    const { connection } = this;
    return {
      address: await this.resolve(call),
      port,
      host: port === (isTls ? 443 : 80) ? host : `${host}:${port}`,
      method: call.method,
      target: `${prefix}${call.path}${query === "" ? "" : `?${query}`}`,
      headers: call.headers ?? {},
      ...(call.body === undefined ? {} : { body: call.body }),
      ...(isTls
        ? {
            tls: {
              serverName: connection.tlsServerName ?? host,
              isInsecure: connection.isInsecure,
              nowMs: this.process.clock.now(),
              ...(connection.certificateAuthority === undefined ? {} : { roots: connection.certificateAuthority }),
              ...(connection.clientCertificate === undefined ? {} : { certificate: connection.clientCertificate }),
            },
          }
        : {}),
      connectOptions: { timeoutMs: this.timeoutMs || DIAL_TIMEOUT_MS, requestedName: host },
      ...(call.interruption === undefined ? {} : { interruption: call.interruption }),
    };
  }

  private async resolve(call: ApiCall): Promise<string> {
    if (this.address !== undefined) return this.address;
    const { host } = this.endpoint;
    if (/^[\d.]+$/.test(host) || host.includes(":")) {
      this.address = host;
      return host;
    }
    const answer = await this.process.net.resolve(host);
    if (answer.kind === "failed") throw this.failure(call, `dial tcp: lookup ${host}: no such host`);
    this.address = answer.addresses[0] ?? host;
    return this.address;
  }

  private failure(call: ApiCall, reason: string): ConnectionFailure {
    const { host, port } = this.endpoint;
    const verb = call.method.charAt(0) + call.method.slice(1).toLowerCase();
    return new ConnectionFailure(verb, `${this.connection.server}${call.path}`, `${host}:${port}`, reason);
  }

  private async attempt(call: ApiCall, work: () => Promise<HttpResponse>): Promise<HttpResponse> {
    try {
      return await work();
    } catch (error) {
      const reason = this.explain(error);
      if (reason === undefined) throw error;
      throw this.failure(call, reason);
    }
  }

  /** Go's words for what the network did; undefined for anything else. */
  private explain(error: unknown): string | undefined {
    if (error instanceof TlsError) return explainTls(error, this.endpoint.host);
    const address = `${this.address ?? this.endpoint.host}:${this.endpoint.port}`;
    switch ((error as Partial<ErrnoError>).code) {
      case "ECONNREFUSED":
        return `dial tcp ${address}: connect: connection refused`;
      case "ETIMEDOUT":
        return `dial tcp ${address}: i/o timeout`;
      case "EHOSTUNREACH":
        return `dial tcp ${address}: connect: no route to host`;
      case "ENETUNREACH":
        return `dial tcp ${address}: connect: network is unreachable`;
      case "ECONNRESET":
        return `read tcp ${address}: read: connection reset by peer`;
      default:
        return (error as { kind?: string }).kind === "empty-reply" ? "EOF" : undefined;
    }
  }
}

const encode = (text: string) => encodeURIComponent(text);

function headersOf(response: HttpResponse): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers.entries()) {
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  return headers;
}

function explainTls({ failure }: TlsError, host: string): string {
  if (failure.reason === "wrong-version-number") return "http: server gave HTTP response to HTTPS client";
  if (failure.reason === "unexpected-eof") return "EOF";
  if (failure.reason === "alert")
    return `remote error: tls: ${(failure.alert ?? "handshake-failure").replaceAll("-", " ")}`;
  const certificate = failure.serverCertificates?.[0];
  switch (failure.verdict?.kind) {
    case "name-mismatch": {
      const names = [...(certificate?.ipAddresses ?? []), ...(certificate?.dnsNames ?? [])];
      return `tls: failed to verify certificate: x509: certificate is valid for ${names.join(", ")}, not ${host}`;
    }
    case "expired":
    case "not-yet-valid":
      return "tls: failed to verify certificate: x509: certificate has expired or is not yet valid";
    default:
      return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
  }
}

/** The body as it comes; a reader that stops early closes the connection. */
async function* readChunks(response: HttpResponse): AsyncGenerator<Uint8Array> {
  let isFinished = false;
  try {
    yield* response.body;
    isFinished = true;
  } finally {
    if (!isFinished) response.close();
  }
}

async function refusal(response: HttpResponse): Promise<Error> {
  const text = await response.readText();
  let parsed: Json | undefined;
  try {
    parsed = JSON.parse(text) as Json;
  } catch {
    parsed = undefined;
  }
  if (toStatus(parsed) !== undefined) return toFailure(text, response.status);
  return new KubectlError(`unable to upgrade connection: ${text.trim()}`);
}

/** Carries both directions until the server reports the end. */
async function runChannels(socket: WebSocketClient, ends: StreamEnds): Promise<Status> {
  const send = (channel: number, bytes: Uint8Array) => socket.send(concat([Uint8Array.of(channel), bytes]));
  const cancelResize = ends.onResize(({ columns, rows }) => {
    void send(RESIZE, new TextEncoder().encode(JSON.stringify({ Width: columns, Height: rows }))).catch(() => {});
  });
  if (ends.stdin !== null) void pumpInput(ends.stdin, send).catch(() => {});
  try {
    return await receiveOutput(socket, ends);
  } finally {
    cancelResize();
    await socket.close();
  }
}

async function pumpInput(
  stdin: AsyncIterable<Uint8Array>,
  send: (channel: number, bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  for await (const bytes of stdin) await send(STDIN, bytes);
  await send(CLOSE, Uint8Array.of(STDIN));
}

async function receiveOutput(socket: WebSocketClient, ends: StreamEnds): Promise<Status> {
  for (;;) {
    const message = await socket.receive();
    if (message === null) return { status: "Failure", message: "error reading from error stream: EOF" };
    const payload = message.subarray(1);
    if (message[0] === STDOUT) await ends.stdout(payload);
    else if (message[0] === STDERR) await ends.stderr(payload);
    else if (message[0] === ERROR) return JSON.parse(new TextDecoder().decode(payload)) as Status;
  }
}
