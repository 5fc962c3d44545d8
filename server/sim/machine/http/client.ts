/** An HTTP/1.1 client over simulated sockets: the wire format of RFC 9112, TLS included. */
import { toBytes } from "../bytes.ts";
import { isErrno } from "../errno.ts";
import { connectTls, type TlsClientOptions, TlsError, type TlsSession } from "../tls.ts";
import type { ConnectOptions, Interruption, ProcessNetwork, Socket } from "../types.ts";
import { type HeaderInit, HttpHeaders } from "./headers.ts";
import { HttpBody, HttpError, MessageReader, noPieces } from "./message-reader.ts";
import { PrefixedSocket } from "./upgraded-socket.ts";
import { writeChunk } from "./wire.ts";

export interface HttpRequest {
  readonly address: string;
  readonly port: number;
  /** The Host field; default: address and, unless it is the scheme's own, port. */
  readonly host?: string;
  /** Default GET. */
  readonly method?: string;
  /** Path and query. */
  readonly target: string;
  /** Sent as given after Host; Content-Length or Transfer-Encoding is added for a body. */
  readonly headers?: HeaderInit;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Present: over TLS. */
  readonly tls?: TlsClientOptions;
  readonly connectOptions?: ConnectOptions;
  readonly interruption?: Interruption;
  readonly version?: "1.0" | "1.1";
}

/** The parts of a process's network that a client needs. */
export type HttpNetwork = Pick<ProcessNetwork, "connect">;

export interface HttpResponse {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  readonly headers: HttpHeaders;
  readonly body: HttpBody;
  readonly socket: Socket;
  readonly tls: TlsSession | null;
  readAll(): Promise<Uint8Array>;
  readText(): Promise<string>;
  /** The connection itself, after status 101. Its owner releases it. */
  upgrade(): Socket;
  /** Drops the connection, read or not. */
  close(): void;
}

/**
 * Sends one request and resolves with the response's head. Throws `Errno` as `connect` does,
 * `TlsError` when the handshake fails, `HttpError` (`empty-reply`, `malformed`, `incomplete`).
 * The connection is closed when the body has been read to its end.
 */
export async function httpRequest(network: HttpNetwork, request: HttpRequest): Promise<HttpResponse> {
  const connection = await openHttpConnection(network, request);
  try {
    return await connection.request(request);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Connects, and does the TLS handshake where one is asked for. */
export async function openHttpConnection(
  network: HttpNetwork,
  to: Pick<HttpRequest, "address" | "port" | "tls" | "connectOptions" | "interruption">,
): Promise<HttpConnection> {
  const connectOptions = to.interruption ? { interruption: to.interruption, ...to.connectOptions } : to.connectOptions;
  const plain = await network.connect(to.address, to.port, connectOptions);
  if (!to.tls) return new HttpConnection(plain, null, to.interruption);
  const outcome = await connectTls(plain, to.tls, to.interruption);
  if (outcome.kind === "failed") {
    plain.release();
    throw new TlsError(outcome);
  }
  return new HttpConnection(outcome.socket, outcome, to.interruption);
}

const STATUS_LINE = /^HTTP\/(\d\.\d) (\d{3})(?: (.*))?$/;

/** One connection, for one request after another. */
export class HttpConnection {
  readonly socket: Socket;
  readonly tls: TlsSession | null;
  readonly #reader: MessageReader;
  readonly #interruption: Interruption | undefined;
  /** False after `Connection: close`, an upgrade, or an error. */
  isReusable = true;
  #isClosed = false;

  constructor(socket: Socket, tls: TlsSession | null, interruption?: Interruption) {
    this.socket = socket;
    this.tls = tls;
    this.#interruption = interruption;
    this.#reader = new MessageReader(socket, interruption);
  }

  close(): void {
    this.isReusable = false;
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.socket.release();
  }

  /**
   * `keepOpen`: the connection stays open after the body, for the next request.
   * Interim responses (100) are skipped.
   */
  async request(request: HttpRequest, options: { readonly keepOpen?: boolean } = {}): Promise<HttpResponse> {
    const method = request.method ?? "GET";
    try {
      await this.#send(request, method);
    } catch (error) {
      // The server has closed; it may have answered before.
      if (!isErrno(error, "EPIPE")) throw error;
    }
    for (;;) {
      const head = await this.#reader.head((line) => STATUS_LINE.test(line));
      if (!head) throw new HttpError("empty-reply", "empty reply from server");
      const match = STATUS_LINE.exec(head.startLine) ?? [];
      const status = Number(match[2]);
      if (status >= 100 && status < 200 && status !== 101) continue;
      const version = match[1] ?? "1.1";
      if (version === "1.0" || head.headers.includes("connection", "close")) this.isReusable = false;
      return this.#response(method, version, status, match[3] ?? "", head.headers, options.keepOpen ?? false);
    }
  }

  async #send(request: HttpRequest, method: string): Promise<void> {
    const headers = new HttpHeaders();
    headers.append("Host", request.host ?? defaultHost(request));
    const given = new HttpHeaders(request.headers);
    for (const [name, value] of given.entries()) {
      if (name.toLowerCase() === "host") headers.set("Host", value);
      else headers.append(name, value);
    }
    const { body } = request;
    const isStreamed = body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array);
    const bytes = body === undefined || isStreamed ? undefined : toBytes(body);
    if (isStreamed && !headers.has("Content-Length")) headers.set("Transfer-Encoding", "chunked");
    if (bytes && !headers.has("Content-Length")) headers.append("Content-Length", String(bytes.length));
    const head = `${method} ${request.target} HTTP/${request.version ?? "1.1"}\r\n${headers}\r\n`;
    await this.socket.write(toBytes(head), this.#interruption);
    if (bytes && bytes.length > 0) await this.socket.write(bytes, this.#interruption);
    if (!isStreamed) return;
    const isChunked = headers.includes("Transfer-Encoding", "chunked");
    for await (const piece of body) {
      if (isChunked) await writeChunk(this.socket, piece, this.#interruption);
      else await this.socket.write(piece, this.#interruption);
    }
    if (isChunked) await this.socket.write(toBytes("0\r\n\r\n"), this.#interruption);
  }

  #response(
    method: string,
    version: string,
    status: number,
    reason: string,
    headers: HttpHeaders,
    keepOpen: boolean,
  ): HttpResponse {
    const finished = (): void => {
      if (status === 101) return;
      if (!keepOpen || !this.isReusable) this.close();
    };
    const body = new HttpBody(this.#pieces(method, status, headers), finished);
    const upgrade = (): Socket => {
      this.isReusable = false;
      this.#isClosed = true;
      return new PrefixedSocket(this.socket, this.#reader.takeRest());
    };
    return {
      version,
      status,
      reason,
      headers,
      body,
      socket: this.socket,
      tls: this.tls,
      readAll: () => body.readAll(),
      readText: () => body.readText(),
      upgrade,
      close: () => this.close(),
    };
  }

  /** RFC 9112 6.3: how long the body is. */
  #pieces(method: string, status: number, headers: HttpHeaders): AsyncIterable<Uint8Array> {
    if (method === "HEAD" || status === 204 || status === 304 || status === 101) return noPieces();
    if (headers.includes("Transfer-Encoding", "chunked")) return this.#reader.chunked();
    const length = headers.get("Content-Length");
    if (length !== undefined) return this.#reader.fixed(Number(length));
    this.isReusable = false;
    return this.#reader.untilClose();
  }
}

function defaultHost(request: HttpRequest): string {
  const name = request.address.includes(":") ? `[${request.address}]` : request.address;
  return request.port === (request.tls ? 443 : 80) ? name : `${name}:${request.port}`;
}

/** Idle connections that an agent keeps. */
const IDLE_CONNECTIONS = 8;

/** Sends requests over connections that are kept open and used again, as browsers and kubectl do. */
export class HttpAgent {
  readonly #network: HttpNetwork;
  readonly #idle = new Map<string, HttpConnection[]>();

  constructor(network: HttpNetwork) {
    this.#network = network;
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    const key = `${request.address} ${request.port} ${request.tls ? (request.tls.serverName ?? "") : "-"}`;
    const kept = this.#idle.get(key)?.pop();
    const connection = kept ?? (await openHttpConnection(this.#network, request));
    try {
      const response = await connection.request(request, { keepOpen: true });
      return this.#returning(key, connection, response);
    } catch (error) {
      connection.close();
      // The server may have closed a kept connection in the meantime: once more on a new one.
      if (kept && error instanceof HttpError && error.kind === "empty-reply") return this.request(request);
      throw error;
    }
  }

  #returning(key: string, connection: HttpConnection, response: HttpResponse): HttpResponse {
    const give = (): void => {
      const idle = this.#idle.get(key) ?? [];
      if (!connection.isReusable || idle.length >= IDLE_CONNECTIONS) connection.close();
      else this.#idle.set(key, [...idle, connection]);
    };
    const body = new HttpBody(response.body, give);
    return { ...response, body, readAll: () => body.readAll(), readText: () => body.readText() };
  }

  close(): void {
    for (const connections of this.#idle.values()) for (const connection of connections) connection.close();
    this.#idle.clear();
  }
}
