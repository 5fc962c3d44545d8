/** Answers one request: rewrites, location, access, content, error pages, headers, logs. */
import { type HttpHandler, HttpHeaders, type HttpServerRequest, type HttpServerResponse } from "../../machine/http.ts";
import type { Credentials, Process, Socket } from "../../machine/types.ts";
import { fromBase64 } from "../../machine/bytes.ts";
import type { Directive } from "./configuration.ts";
import type { Exchange, Reply } from "./exchange.ts";
import type { Logs } from "./logs.ts";
import { errorPage, NGINX_REASONS } from "./pages.ts";
import { proxyRequest, type Upstreams } from "./proxy.ts";
import { runRewrites, splitOnce } from "./rewrite.ts";
import { chooseServer, findLocation, type Location, type Scope, type Site, type VirtualServer } from "./servers.ts";
import {
  type ContentOutcome,
  type FileContext,
  httpDate,
  locateFile,
  serveFile,
  tryFiles,
  typeOf,
} from "./static-files.ts";
import { expand } from "./variables.ts";

const MAX_REDIRECTS = 10;
const DEFAULT_BODY_LIMIT = 1024 * 1024;

export interface HandlerOptions {
  readonly process: Process;
  readonly site: Site;
  readonly upstreams: Upstreams;
  readonly logs: Logs;
  readonly version: string;
  readonly workerUser: Credentials;
  /** Whose number the error log shows. */
  readonly workerPid: () => number;
}

export class SiteHandler {
  readonly #options: HandlerOptions;
  readonly #maps: ReadonlyMap<string, Directive>;
  readonly #connections = new WeakMap<Socket, number>();
  #connectionCount = 0;
  #requestCount = 0;

  constructor(options: HandlerOptions) {
    this.#options = options;
    const maps = options.site.http?.own("map") ?? [];
    this.#maps = new Map(maps.map((map) => [(map.args[1] ?? "").replace(/^\$/, ""), map]));
  }

  /** The handler of one listening address, among `servers`. */
  at(key: string, servers: readonly VirtualServer[], scheme: "http" | "https"): HttpHandler {
    return async (request, response) => {
      this.#requestCount++;
      const hostHeader = request.headers.get("Host") ?? "";
      const host = hostHeader.replace(/:\d+$/, "").toLowerCase();
      const server = chooseServer(servers, host, key);
      if (!server) return;
      const exchange = this.#exchange(request, server, host, scheme);
      const reply = await this.#answer(exchange);
      if (reply.status === 444) {
        exchange.status = 444;
        this.#options.logs.access(exchange);
        throw new Error("closed without an answer");
      }
      try {
        await this.#send(exchange, response, reply);
      } finally {
        exchange.bodyBytes = response.bodyBytes;
        this.#options.logs.access(exchange);
      }
    };
  }

  #exchange(request: HttpServerRequest, server: VirtualServer, host: string, scheme: "http" | "https"): Exchange {
    const { process, version } = this.#options;
    const [path, query = ""] = splitOnce(request.target.replace(/^https?:\/\/[^/]*/, "").replace(/#.*$/, ""), "?");
    let connection = this.#connections.get(request.socket);
    if (connection === undefined) {
      connection = ++this.#connectionCount;
      this.#connections.set(request.socket, connection);
    }
    const authorization = /^Basic (.+)$/i.exec(request.headers.get("Authorization") ?? "")?.[1];
    const credentials = authorization === undefined ? "" : new TextDecoder().decode(fromBase64(authorization));
    return {
      process,
      request,
      server,
      host: host === "" ? (server.names[0] ?? "") : host,
      scheme,
      requestLine: `${request.method} ${request.target} HTTP/${request.version}`,
      requestLength: request.headers.toString().length + request.target.length + 16,
      get requestId() {
        return [...process.random.bytes(16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      },
      remoteUser: credentials.split(":")[0] ?? "",
      version,
      connection,
      startedMs: process.clock.now(),
      maps: this.#maps,
      variables: new Map(),
      uri: normalisedPath(path),
      args: query,
      location: null,
      scope: server.scope,
      captures: null,
      root: "",
      filename: "",
      status: 0,
      bodyBytes: 0,
      sentHeaders: new HttpHeaders(),
      upstream: null,
    };
  }

  async #answer(exchange: Exchange): Promise<Reply> {
    const reply = await this.#process(exchange, null, false);
    const page = reply.body === null && reply.status >= 300 ? findErrorPage(exchange, reply.status) : null;
    if (!page) return reply;
    if (/^https?:\/\//.test(page.target)) {
      return { status: page.status ?? 302, body: null, location: page.target };
    }
    const original = reply.status;
    const shown = await this.#process(exchange, page.target, true);
    // What failed stays failed, unless `=` says otherwise or the page itself could not be shown.
    const status = page.status ?? (page.takesStatus ? shown.status : original);
    if (shown.status >= 300 && shown.body === null && !page.takesStatus) return { ...reply, status: original };
    return { ...shown, status };
  }

  /** `redirect`: an internal URI or a named location to begin with. */
  async #process(exchange: Exchange, redirect: string | null, isErrorPage: boolean): Promise<Reply> {
    let target = redirect;
    let isInternal = redirect !== null;
    for (let turn = 0; turn <= MAX_REDIRECTS; turn++) {
      const isNamed = target?.startsWith("@") === true;
      if (target !== null && !isNamed) {
        const [path, query] = splitOnce(target, "?");
        exchange.uri = path;
        if (query !== undefined) exchange.args = query;
      }
      const outcome = await this.#pass(exchange, isNamed ? target : null, isInternal, isErrorPage);
      if (outcome.kind === "reply") {
        if (outcome.complaint !== undefined) this.#complain(exchange, outcome.complaint);
        return outcome.reply;
      }
      target = outcome.uri;
      isInternal = true;
    }
    this.#complain(exchange, `rewrite or internal redirection cycle while internally redirecting to "${exchange.uri}"`);
    return { status: 500, body: null };
  }

  async #pass(
    exchange: Exchange,
    named: string | null,
    isInternal: boolean,
    isErrorPage: boolean,
  ): Promise<ContentOutcome> {
    exchange.scope = exchange.server.scope;
    if (named === null) {
      const outcome = runRewrites(exchange, exchange.server.scope.directives);
      if (outcome.kind === "reply") return outcome;
    }
    const found =
      named === null ? findLocation(exchange.server.locations, exchange.uri) : namedLocation(exchange.server, named);
    exchange.location = found?.location ?? null;
    if (found?.captures) exchange.captures = found.captures;
    exchange.scope = found?.location.scope ?? exchange.server.scope;
    const { scope } = exchange;
    if (scope.own("internal").length > 0 && !isInternal) return { kind: "reply", reply: { status: 404, body: null } };
    locateFile(exchange);
    if (found) {
      const outcome = runRewrites(exchange, scope.directives);
      if (outcome.kind === "reply") return outcome;
      if (outcome.kind === "last") return { kind: "redirect", uri: exchange.uri };
    }
    return this.#content(exchange, isErrorPage);
  }

  async #content(exchange: Exchange, isErrorPage: boolean): Promise<ContentOutcome> {
    const refusal = isErrorPage ? null : this.#refusal(exchange);
    if (refusal) return refusal;
    const context = this.#fileContext(exchange.scope);
    const tried = tryFiles(exchange, context);
    if (tried) return tried;
    const { scope } = exchange;
    const isProxied = scope.own("proxy_pass").length > 0 || scope.parent?.own("proxy_pass").length === 1;
    if (isProxied) return this.#proxied(exchange);
    if (scope.own("stub_status").length > 0) return { kind: "reply", reply: this.#status() };
    return serveFile(exchange, context);
  }

  /** Addresses, passwords and sizes that are not let in. */
  #refusal(exchange: Exchange): ContentOutcome | null {
    const { scope, request, process } = exchange;
    const rules = scope.all("allow").length + scope.all("deny").length > 0 ? accessRules(scope) : [];
    const rule = rules.find(({ args }) => coversAddress(args[0] ?? "", request.socket.remoteAddress));
    if (rule?.name === "deny") {
      return { kind: "reply", reply: { status: 403, body: null }, complaint: "access forbidden by rule" };
    }
    const realm = scope.first("auth_basic")?.[0];
    if (realm !== undefined && realm !== "off" && !isAuthorised(process, scope, request)) {
      const headers = [["WWW-Authenticate", `Basic realm="${realm}"`]] as const;
      return { kind: "reply", reply: { status: 401, body: null, headers } };
    }
    const sizeBytes = Number(request.headers.get("Content-Length") ?? 0);
    const limit = sizeOf(scope.first("client_max_body_size")?.[0], DEFAULT_BODY_LIMIT);
    if (limit === 0 || sizeBytes <= limit) return null;
    const complaint = `client intended to send too large body: ${sizeBytes} bytes`;
    return { kind: "reply", reply: { status: 413, body: null }, complaint };
  }

  async #proxied(exchange: Exchange): Promise<ContentOutcome> {
    const result = await proxyRequest(exchange, this.#options.upstreams);
    if ("complaint" in result) {
      return { kind: "reply", reply: { status: result.status, body: null }, complaint: result.complaint };
    }
    const isIntercepted = exchange.scope.isOn("proxy_intercept_errors") && findErrorPage(exchange, result.status);
    return { kind: "reply", reply: isIntercepted ? { status: result.status, body: null } : result };
  }

  #status(): Reply {
    const count = this.#connectionCount;
    const body = `Active connections: 1 \nserver accepts handled requests\n ${count} ${count} ${this.#requestCount} \nReading: 0 Writing: 1 Waiting: 0 \n`;
    return { status: 200, body: new TextEncoder().encode(body), contentType: "text/plain" };
  }

  #fileContext(scope: Scope): FileContext {
    const types = new Map<string, string>();
    for (const block of scope.all("types")) {
      for (const { name, args } of block.block ?? []) for (const extension of args) types.set(extension, name);
    }
    if (types.size === 0) for (const [extension, type] of BUILT_IN_TYPES) types.set(extension, type);
    return {
      fs: this.#options.process.machine.fs,
      as: this.#options.workerUser,
      types,
      defaultType: scope.first("default_type")?.[0] ?? "text/plain",
    };
  }

  #complain(exchange: Exchange, complaint: string): void {
    const [text = "", upstream] = complaint.split("|");
    const { request, server } = exchange;
    const host = request.headers.get("Host");
    const details = [
      `client: ${request.socket.remoteAddress}`,
      `server: ${server.names[0] ?? ""}`,
      `request: "${exchange.requestLine}"`,
      ...(upstream === undefined ? [] : [upstream]),
      ...(host === undefined ? [] : [`host: "${host}"`]),
    ];
    this.#options.logs.error(
      "error",
      `*${exchange.connection} ${text}, ${details.join(", ")}`,
      this.#options.workerPid(),
    );
  }

  // ------------------------------------------------------------------ sending

  async #send(exchange: Exchange, response: HttpServerResponse, reply: Reply): Promise<void> {
    const { status } = reply;
    const { scope, request } = exchange;
    const signature = scope.isOn("server_tokens", true) ? `nginx/${this.#options.version}` : "nginx";
    const page = reply.body === null ? errorPage(status, signature) : undefined;
    const body = page === undefined ? reply.body : new TextEncoder().encode(page);
    const isWhole = body === null || body instanceof Uint8Array;
    const length = isWhole
      ? page === undefined
        ? (reply.contentLength ?? body?.length ?? 0)
        : (body?.length ?? 0)
      : reply.contentLength;
    const type = page === undefined ? (reply.contentType ?? this.#typeFor(exchange, reply)) : "text/html";
    const hasContent = status !== 204 && status !== 304;
    const headers = new HttpHeaders();
    headers.append("Server", signature).append("Date", httpDate(exchange.process.clock.now()));
    if (hasContent && type !== undefined) headers.append("Content-Type", withCharset(type, scope));
    if (hasContent && length !== undefined) headers.append("Content-Length", String(length));
    if (reply.lastModified !== undefined) headers.append("Last-Modified", reply.lastModified);
    if (reply.location !== undefined) headers.append("Location", absolute(exchange, reply.location));
    if (hasContent && length === undefined && request.version === "1.1") headers.append("Transfer-Encoding", "chunked");
    headers.append("Connection", keepsAlive(request, scope) ? "keep-alive" : "close");
    for (const [name, value] of reply.headers ?? []) headers.append(name, value);
    for (const [name, value] of addedHeaders(exchange, status)) headers.append(name, value);
    exchange.status = status;
    exchange.sentHeaders = headers;
    await response.writeHead(status, headers, NGINX_REASONS[status] ?? "");
    if (body instanceof Uint8Array) await response.write(body);
    else if (body !== null) for await (const piece of body) await response.write(piece);
    await response.end();
  }

  /** What `return 200 text` is called: by the URI's ending, else default_type. */
  #typeFor(exchange: Exchange, reply: Reply): string | undefined {
    if (reply.headers?.some(([name]) => name.toLowerCase() === "content-type")) return undefined;
    return typeOf(exchange.uri, this.#fileContext(exchange.scope));
  }
}

const BUILT_IN_TYPES = [
  ["html", "text/html"],
  ["gif", "image/gif"],
  ["jpg", "image/jpeg"],
] as const;

/** Decodes `%XX`, resolves `.` and `..`, merges slashes. */
function normalisedPath(path: string): string {
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // Left as it is: nginx would answer 400 to broken escapes.
  }
  const out: string[] = [];
  for (const part of decoded.split("/")) {
    if (part === "..") out.pop();
    else if (part !== "." && part !== "") out.push(part);
  }
  const isFolder = /\/(\.{0,2})$/.test(decoded);
  return out.length === 0 ? "/" : `/${out.join("/")}${isFolder ? "/" : ""}`;
}

function namedLocation(
  server: VirtualServer,
  name: string,
): { readonly location: Location; readonly captures: null } | null {
  const location = server.locations.find(({ match }) => match.kind === "named" && match.text === name);
  return location ? { location, captures: null } : null;
}

interface ErrorPage {
  readonly target: string;
  readonly status: number | undefined;
  /** A bare `=`: the page's own status counts. */
  readonly takesStatus: boolean;
}

function findErrorPage(exchange: Exchange, status: number): ErrorPage | null {
  for (const { args } of exchange.scope.all("error_page")) {
    if (!args.slice(0, -1).includes(String(status))) continue;
    const change = args.find((one) => /^=\d*$/.test(one));
    return {
      target: expand(args.at(-1) ?? "", exchange),
      status: change !== undefined && change !== "=" ? Number(change.slice(1)) : undefined,
      takesStatus: change === "=",
    };
  }
  return null;
}

/** allow and deny in the order written, of the innermost block that has either. */
function accessRules(scope: Scope): readonly Directive[] {
  for (let one: Scope | null = scope; one; one = one.parent) {
    const rules = one.directives.filter(({ name }) => name === "allow" || name === "deny");
    if (rules.length > 0) return rules;
  }
  return [];
}

function coversAddress(rule: string, address: string): boolean {
  if (rule === "all") return true;
  const [network = "", bits = "32"] = rule.split("/");
  if (network.includes(":") || address.includes(":")) return network === address;
  const numberOf = (text: string): number => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(numberOf(network) / size) === Math.floor(numberOf(address) / size);
}

/** Only `{PLAIN}` passwords can be compared here; hashes never match. */
function isAuthorised(process: Process, scope: Scope, request: HttpServerRequest): boolean {
  const given = /^Basic (.+)$/i.exec(request.headers.get("Authorization") ?? "")?.[1];
  const file = scope.first("auth_basic_user_file")?.[0];
  if (given === undefined || file === undefined || !process.machine.fs.exists(file)) return false;
  const [user = "", password = ""] = splitOnce(new TextDecoder().decode(fromBase64(given)), ":");
  return process.machine.fs.readText(file).split("\n").includes(`${user}:{PLAIN}${password}`);
}

function sizeOf(text: string | undefined, otherwise: number): number {
  const match = /^(\d+)([kmg]?)$/i.exec(text ?? "");
  if (!match) return otherwise;
  const factor = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(match[2] ?? "").toLowerCase()] ?? 1;
  return Number(match[1]) * factor;
}

function withCharset(type: string, scope: Scope): string {
  const charset = scope.first("charset")?.[0];
  return charset !== undefined && charset !== "off" && type.startsWith("text/") && !type.includes("charset")
    ? `${type}; charset=${charset}`
    : type;
}

/** `Location: /x` becomes a whole URL, with the port unless it is the scheme's own. */
function absolute(exchange: Exchange, location: string): string {
  if (!location.startsWith("/") || !exchange.scope.isOn("absolute_redirect", true)) return location;
  const port = exchange.request.socket.localPort;
  const isUsual = port === (exchange.scheme === "https" ? 443 : 80);
  const shownPort = isUsual || !exchange.scope.isOn("port_in_redirect", true) ? "" : `:${port}`;
  return `${exchange.scheme}://${exchange.host || exchange.request.socket.localAddress}${shownPort}${location}`;
}

function keepsAlive(request: HttpServerRequest, scope: Scope): boolean {
  if (scope.first("keepalive_timeout")?.[0] === "0") return false;
  if (request.version === "1.0") return request.headers.includes("Connection", "keep-alive");
  return !request.headers.includes("Connection", "close");
}

const ADD_HEADER_STATUSES = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308]);

function addedHeaders(exchange: Exchange, status: number): readonly (readonly [string, string])[] {
  return exchange.scope.all("add_header").flatMap(({ args }) => {
    const [name = "", value = "", flag] = args;
    if (flag !== "always" && !ADD_HEADER_STATUSES.has(status)) return [];
    const text = expand(value, exchange);
    return text === "" ? [] : [[name, text] as const];
  });
}
