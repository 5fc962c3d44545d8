/** An HTTP/1.1 server over simulated sockets: framing, keep-alive, Expect, HEAD and upgrades. */
import { encodeText, toBytes } from "../bytes.ts";
import { createInterruption } from "../interruption.ts";
import { acceptTls, type TlsServerOptions, type TlsServerSession } from "../tls.ts";
import type { Interruption, Listener, Socket } from "../types.ts";
import { type HeaderInit, HttpHeaders } from "./headers.ts";
import { HttpBody, HttpError, MessageReader, noPieces } from "./message-reader.ts";
import { PrefixedSocket } from "./upgraded-socket.ts";
import { REASONS, writeChunk } from "./wire.ts";

export interface HttpServerRequest {
  readonly method: string;
  /** As sent: path and query, or an absolute URL. */
  readonly target: string;
  readonly version: "1.0" | "1.1";
  readonly headers: HttpHeaders;
  readonly body: HttpBody;
  readonly socket: Socket;
  readonly tls: TlsServerSession | null;
  /** Fires when the client has gone; for handlers that wait long (watches). */
  readonly aborted: Interruption;
}

export interface HttpServerResponse {
  readonly isHeadSent: boolean;
  /** What was sent so far, for access logs. */
  readonly status: number;
  readonly bodyBytes: number;
  /** Sends the head; without Content-Length the body is chunked (HTTP/1.1) or ends with the connection. */
  writeHead(status: number, headers?: HeaderInit, reason?: string): Promise<void>;
  /** Throws EPIPE when the client has gone. */
  write(data: string | Uint8Array): Promise<void>;
  /** Ends the response. With `status` not yet sent: 200 and a Content-Length. */
  end(data?: string | Uint8Array): Promise<void>;
  /** Head and whole body at once. */
  send(status: number, headers: HeaderInit, body?: string | Uint8Array, reason?: string): Promise<void>;
  /** Sends `101` with these headers and hands the connection over; the handler releases it. */
  upgrade(headers: HeaderInit): Promise<Socket>;
}

export type HttpHandler = (request: HttpServerRequest, response: HttpServerResponse) => Promise<void>;

export interface HttpServerOptions {
  /** Ends the server; usually the process's. */
  readonly interruption?: Interruption;
  readonly tls?: TlsServerOptions;
  /** `Server:` and the like, added to each response that does not set them. */
  readonly defaultHeaders?: () => HeaderInit;
  /** What a malformed request is answered with; default: a bare 400. */
  readonly badRequest?: { readonly headers: HeaderInit; readonly body: string };
  /** Requests one connection may carry; default: no bound. 1 turns keep-alive off. */
  readonly maxRequestsPerConnection?: number;
  /** A handler threw something else than a broken connection. The client gets 500. */
  readonly onError?: (error: unknown) => void;
}

/** Accepts and serves until the listener closes or the interruption fires; never rejects. */
export async function serveHttp(
  listener: Listener,
  handler: HttpHandler,
  options: HttpServerOptions = {},
): Promise<void> {
  for (;;) {
    let socket: Socket;
    try {
      socket = await listener.accept(options.interruption);
    } catch {
      return;
    }
    void serveHttpConnection(socket, handler, options);
  }
}

/** Serves the requests of one connection; never rejects. */
export async function serveHttpConnection(
  plain: Socket,
  handler: HttpHandler,
  options: HttpServerOptions = {},
): Promise<void> {
  let isHandedOver = false;
  try {
    const session = options.tls ? await acceptTls(plain, options.tls, options.interruption) : null;
    if (session?.kind === "failed") return;
    const connection = new ServerConnection(session?.socket ?? plain, session, handler, options);
    isHandedOver = (await connection.serve()) === "handed-over";
  } catch {
    // The connection broke, or the server's process ended: there is nobody to tell.
  } finally {
    if (!isHandedOver) plain.release();
  }
}

const REQUEST_LINE = /^([A-Za-z!#$%&'*+.^_`|~-]+) (\S+) HTTP\/(1\.[01])$/;

class ServerConnection {
  readonly #socket: Socket;
  readonly #tls: TlsServerSession | null;
  readonly #handler: HttpHandler;
  readonly #options: HttpServerOptions;
  readonly #reader: MessageReader;

  constructor(socket: Socket, tls: TlsServerSession | null, handler: HttpHandler, options: HttpServerOptions) {
    this.#socket = socket;
    this.#tls = tls;
    this.#handler = handler;
    this.#options = options;
    this.#reader = new MessageReader(socket, options.interruption);
  }

  async serve(): Promise<"closed" | "handed-over"> {
    const limit = this.#options.maxRequestsPerConnection ?? Number.POSITIVE_INFINITY;
    for (let count = 1; ; count++) {
      const request = await this.#readRequest();
      if (!request) return "closed";
      const isLast = count >= limit || wantsClose(request);
      const response = new ResponseWriter(this.#socket, request, isLast, this.#options);
      await this.#handle(request, response);
      if (response.isUpgraded) return "handed-over";
      await response.finish();
      if (response.mustClose) return "closed";
      if (!request.body.isFinished) await request.body.readAll();
    }
  }

  async #handle(request: HttpServerRequest, response: ResponseWriter): Promise<void> {
    try {
      await this.#handler(request, response);
    } catch (error) {
      this.#options.onError?.(error);
      if (!response.isHeadSent) await response.send(500, { "Content-Type": "text/plain" }, "Internal Server Error\n");
      response.mustClose = true;
    }
  }

  /** Null when the connection ends; a malformed request is answered, and ends it too. */
  async #readRequest(): Promise<ReaderRequest | null> {
    try {
      const head = await this.#reader.head((line) => REQUEST_LINE.test(line));
      if (!head) return null;
      const match = REQUEST_LINE.exec(head.startLine);
      const version = match?.[3] === "1.0" ? "1.0" : "1.1";
      if (!match || (version === "1.1" && !head.headers.has("Host"))) {
        throw new HttpError("malformed", head.startLine);
      }
      return new ReaderRequest(this.#reader, this.#socket, this.#tls, {
        method: match[1] ?? "GET",
        target: match[2] ?? "/",
        version,
        headers: head.headers,
      });
    } catch (error) {
      if (!(error instanceof HttpError) || error.kind === "incomplete") return null;
      await this.#refuse(error);
      return null;
    }
  }

  async #refuse(error: HttpError): Promise<void> {
    const status = error.kind === "too-large" ? 431 : 400;
    const text = `${status} ${REASONS[status]}`;
    const answer = this.#options.badRequest ?? { headers: { "Content-Type": "text/plain; charset=utf-8" }, body: text };
    const headers = withDefaults(new HttpHeaders(answer.headers), this.#options.defaultHeaders);
    headers.set("Connection", "close");
    await this.#socket.write(encodeText(`HTTP/1.1 ${text}\r\n${headers}\r\n${answer.body}`));
  }
}

class ReaderRequest implements HttpServerRequest {
  readonly method: string;
  readonly target: string;
  readonly version: "1.0" | "1.1";
  readonly headers: HttpHeaders;
  readonly body: HttpBody;
  readonly socket: Socket;
  readonly tls: TlsServerSession | null;
  readonly #reader: MessageReader;
  #aborted: Interruption | null = null;

  constructor(
    reader: MessageReader,
    socket: Socket,
    tls: TlsServerSession | null,
    head: Pick<HttpServerRequest, "method" | "target" | "version" | "headers">,
  ) {
    this.#reader = reader;
    this.socket = socket;
    this.tls = tls;
    this.method = head.method;
    this.target = head.target;
    this.version = head.version;
    this.headers = head.headers;
    const length = Number(head.headers.get("Content-Length") ?? 0);
    const isChunked = head.headers.includes("Transfer-Encoding", "chunked");
    this.body = new HttpBody(
      this.#expected(isChunked ? reader.chunked() : length > 0 ? reader.fixed(length) : noPieces()),
    );
    if (!isChunked && !(length > 0)) this.body.isFinished = true;
  }

  /** `Expect: 100-continue` is answered when the handler begins to read. */
  async *#expected(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    if (this.headers.get("Expect")?.toLowerCase() === "100-continue") {
      await this.socket.write(encodeText("HTTP/1.1 100 Continue\r\n\r\n"));
    }
    yield* pieces;
  }

  get aborted(): Interruption {
    if (!this.#aborted) {
      const { interruption, interrupt } = createInterruption();
      this.#aborted = interruption;
      const gone = (): void => interrupt("client disconnected");
      this.#reader.untilEnd().then((isEnd) => isEnd && gone(), gone);
    }
    return this.#aborted;
  }

  takeRest(): Uint8Array {
    return this.#reader.takeRest();
  }
}

function wantsClose(request: HttpServerRequest): boolean {
  if (request.version === "1.0") return !request.headers.includes("Connection", "keep-alive");
  return request.headers.includes("Connection", "close");
}

function withDefaults(headers: HttpHeaders, defaults: (() => HeaderInit) | undefined): HttpHeaders {
  const result = new HttpHeaders();
  for (const [name, value] of new HttpHeaders(defaults?.()).entries()) {
    if (!headers.has(name)) result.append(name, value);
  }
  for (const [name, value] of headers.entries()) result.append(name, value);
  return result;
}

class ResponseWriter implements HttpServerResponse {
  isHeadSent = false;
  isUpgraded = false;
  mustClose: boolean;
  status = 0;
  bodyBytes = 0;
  readonly #socket: Socket;
  readonly #request: ReaderRequest;
  readonly #options: HttpServerOptions;
  #isChunked = false;
  #isEnded = false;

  constructor(socket: Socket, request: ReaderRequest, isLast: boolean, options: HttpServerOptions) {
    this.#socket = socket;
    this.#request = request;
    this.#options = options;
    this.mustClose = isLast;
  }

  get #hasNoBody(): boolean {
    return this.#request.method === "HEAD" || this.status === 204 || this.status === 304;
  }

  async writeHead(status: number, init?: HeaderInit, reason?: string): Promise<void> {
    this.isHeadSent = true;
    this.status = status;
    const headers = withDefaults(new HttpHeaders(init), this.#options.defaultHeaders);
    const isFramed = headers.has("Content-Length") || headers.has("Transfer-Encoding") || this.#hasNoBody;
    if (!isFramed && this.#request.version === "1.1") headers.append("Transfer-Encoding", "chunked");
    else if (!isFramed) this.mustClose = true;
    this.#isChunked = headers.includes("Transfer-Encoding", "chunked");
    if (headers.includes("Connection", "close")) this.mustClose = true;
    if (!headers.has("Connection")) {
      if (this.mustClose) headers.append("Connection", "close");
      else if (this.#request.version === "1.0") headers.append("Connection", "keep-alive");
    }
    await this.#socket.write(encodeText(`HTTP/1.1 ${status} ${reason ?? REASONS[status] ?? ""}\r\n${headers}\r\n`));
  }

  async write(data: string | Uint8Array): Promise<void> {
    if (!this.isHeadSent) await this.writeHead(200);
    const bytes = toBytes(data);
    if (this.#hasNoBody || bytes.length === 0) return;
    this.bodyBytes += bytes.length;
    if (this.#isChunked) await writeChunk(this.#socket, bytes);
    else await this.#socket.write(bytes);
  }

  async end(data?: string | Uint8Array): Promise<void> {
    if (this.#isEnded) return;
    if (!this.isHeadSent) return this.send(200, {}, data ?? "");
    if (data !== undefined) await this.write(data);
    this.#isEnded = true;
    if (this.#isChunked && !this.#hasNoBody) await this.#socket.write(encodeText("0\r\n\r\n"));
  }

  async send(status: number, init: HeaderInit, body: string | Uint8Array = "", reason?: string): Promise<void> {
    const headers = new HttpHeaders(init);
    const bytes = toBytes(body);
    if (!headers.has("Content-Length") && status !== 204 && status !== 304) {
      headers.append("Content-Length", String(bytes.length));
    }
    await this.writeHead(status, headers, reason);
    await this.end(bytes);
  }

  async upgrade(init: HeaderInit): Promise<Socket> {
    this.isHeadSent = true;
    this.isUpgraded = true;
    this.status = 101;
    await this.#socket.write(encodeText(`HTTP/1.1 101 Switching Protocols\r\n${new HttpHeaders(init)}\r\n`));
    return new PrefixedSocket(this.#socket, this.#request.takeRest());
  }

  /** What a handler that only returned has left to do. */
  async finish(): Promise<void> {
    if (!this.#isEnded) await this.end();
  }
}
