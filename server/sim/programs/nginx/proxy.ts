/** proxy_pass: names, upstream groups in turn, and the words of the error log when they fail. */
import { httpRequest, HttpError, type HttpResponse } from "../../machine/http.ts";
import { errnoNumber } from "../../machine/errno.ts";
import { TlsError } from "../../machine/tls.ts";
import type { Process } from "../../machine/types.ts";
import { isErrno } from "../toolkit/tool.ts";
import { complainAt, type Directive } from "./configuration.ts";
import type { Exchange, Reply } from "./exchange.ts";
import type { Scope, Site } from "./servers.ts";
import { expand } from "./variables.ts";

interface Peer {
  readonly address: string;
  readonly port: number;
  readonly isBackup: boolean;
}

interface Group {
  readonly peers: readonly Peer[];
  next: number;
}

export interface ProxyFailure {
  readonly status: number;
  readonly complaint: string;
}

const NUMERIC = /^\d{1,3}(\.\d{1,3}){3}$/;
const DEFAULT_TIMEOUT_MS = 60_000;
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "te",
  "trailer",
  "proxy-authenticate",
]);
/** What nginx says itself instead of passing it on. */
const REPLACED = new Set(["server", "date", "content-type", "content-length", "last-modified", "x-pad"]);

export class Upstreams {
  readonly #groups = new Map<string, Group>();

  /** Resolves every name in the configuration, as nginx does when it starts. Throws ConfigurationError. */
  static async of(process: Process, site: Site): Promise<Upstreams> {
    const upstreams = new Upstreams();
    for (const group of site.http?.own("upstream") ?? []) await upstreams.#addGroup(process, group);
    for (const directive of proxyPasses(site.http)) {
      const [target = ""] = directive.args;
      if (target.includes("$")) continue;
      const url = parseUrl(target);
      if (!url) complainAt(directive, "invalid URL prefix");
      if (upstreams.#groups.has(url.host)) continue;
      const addresses = await addressesOf(process, url.hostname);
      if (addresses.length === 0) complainAt(directive, `host not found in upstream "${url.hostname}"`);
      const peers = addresses.map((address) => ({ address, port: url.port, isBackup: false }));
      upstreams.#groups.set(url.host, { peers, next: 0 });
    }
    return upstreams;
  }

  async #addGroup(process: Process, directive: Directive): Promise<void> {
    const peers: Peer[] = [];
    for (const { name, args, file, line } of directive.block ?? []) {
      if (name !== "server" || args.includes("down")) continue;
      const [hostname = "", port = "80"] = (args[0] ?? "").split(":");
      const addresses = await addressesOf(process, hostname);
      if (addresses.length === 0) complainAt({ file, line }, `host not found in upstream "${args[0]}"`);
      const weight = Number(args.find((one) => one.startsWith("weight="))?.slice(7) ?? 1);
      for (const address of addresses) {
        const peer = { address, port: Number(port), isBackup: args.includes("backup") };
        for (let count = 0; count < Math.min(weight, 100); count++) peers.push(peer);
      }
    }
    if (peers.length === 0) complainAt(directive, `no servers are inside upstream`);
    this.#groups.set(directive.args[0] ?? "", { peers, next: 0 });
  }

  /** The peers to try, the first one in its turn. */
  peers(host: string): readonly Peer[] | undefined {
    const group = this.#groups.get(host);
    if (!group) return undefined;
    const main = group.peers.filter((peer) => !peer.isBackup);
    const start = group.next++ % Math.max(1, main.length);
    const turned = [...main.slice(start), ...main.slice(0, start)];
    const seen = new Set<string>();
    return [...turned, ...group.peers.filter((peer) => peer.isBackup)].filter(({ address, port }) => {
      const key = `${address}:${port}`;
      return !seen.has(key) && seen.add(key) !== undefined;
    });
  }
}

async function addressesOf(process: Process, hostname: string): Promise<readonly string[]> {
  if (NUMERIC.test(hostname)) return [hostname];
  const result = await process.net.resolve(hostname);
  return result.kind === "addresses" ? result.addresses : [];
}

function proxyPasses(scope: Scope | null): readonly Directive[] {
  const found: Directive[] = [];
  const visit = (directives: readonly Directive[]): void => {
    for (const directive of directives) {
      if (directive.name === "proxy_pass") found.push(directive);
      if (directive.block) visit(directive.block);
    }
  };
  visit(scope?.directives ?? []);
  return found;
}

interface ProxyUrl {
  readonly scheme: string;
  /** As written, with the port if there is one. */
  readonly host: string;
  readonly hostname: string;
  readonly port: number;
  /** Undefined when the URL ends with the host. */
  readonly path: string | undefined;
}

function parseUrl(text: string): ProxyUrl | null {
  const match = /^(https?):\/\/([^/:]+)(?::(\d+))?(\/.*)?$/.exec(text);
  if (!match) return null;
  const [, scheme = "http", hostname = "", port, path] = match;
  const host = port === undefined ? hostname : `${hostname}:${port}`;
  return { scheme, host, hostname, port: Number(port ?? (scheme === "https" ? 443 : 80)), path };
}

export async function proxyRequest(exchange: Exchange, upstreams: Upstreams): Promise<Reply | ProxyFailure> {
  const written = exchange.scope.first("proxy_pass")?.[0] ?? "";
  const url = parseUrl(expand(written, exchange));
  if (!url) return { status: 500, complaint: `invalid URL prefix in "${expand(written, exchange)}"` };
  const peers = upstreams.peers(url.host) ?? (await resolveNow(exchange, url));
  if ("complaint" in peers) return peers;
  exchange.upstream = { host: url.host, port: String(url.port) };
  const target = targetOf(exchange, written, url);
  let failure: ProxyFailure = { status: 502, complaint: "no live upstreams while connecting to upstream" };
  for (const peer of peers) {
    const outcome = await ask(exchange, url, peer, target);
    if (!("complaint" in outcome)) return outcome;
    failure = outcome;
  }
  return failure;
}

/** A name known only now needs `resolver`, which knows no search list. */
async function resolveNow(exchange: Exchange, url: ProxyUrl): Promise<readonly Peer[] | ProxyFailure> {
  const { process } = exchange;
  if (NUMERIC.test(url.hostname)) return [{ address: url.hostname, port: url.port, isBackup: false }];
  if (!exchange.scope.first("resolver"))
    return { status: 502, complaint: `no resolver defined to resolve ${url.hostname}` };
  const result = await process.net.resolve(`${url.hostname}.`);
  if (result.kind === "failed") {
    const reason = result.failure === "not-found" ? "3: Host not found" : "110: Operation timed out";
    return { status: 502, complaint: `${url.hostname} could not be resolved (${reason})` };
  }
  return result.addresses.map((address) => ({ address, port: url.port, isBackup: false }));
}

/** With a path in proxy_pass, it replaces the part of the URI that the location names. */
function targetOf(exchange: Exchange, written: string, url: ProxyUrl): string {
  const query = exchange.args === "" ? "" : `?${exchange.args}`;
  if (url.path === undefined) {
    const isUntouched = exchange.request.target.split("?")[0] === exchange.uri;
    return isUntouched ? exchange.request.target : `${encodeURI(exchange.uri)}${query}`;
  }
  if (written.includes("$")) return url.path;
  const match = exchange.location?.match;
  const prefix = match && match.kind !== "regex" && match.kind !== "named" ? match.text.length : 0;
  return `${url.path}${encodeURI(exchange.uri.slice(prefix))}${query}`;
}

function requestHeaders(
  exchange: Exchange,
  url: ProxyUrl,
  version: "1.0" | "1.1",
): readonly (readonly [string, string])[] {
  const set = exchange.scope
    .all("proxy_set_header")
    .map(({ args }) => [args[0] ?? "", expand(args[1] ?? "", exchange)] as const);
  const names = new Set(set.map(([name]) => name.toLowerCase()));
  const defaults = [["Host", url.host] as const, ["Connection", version === "1.1" ? "" : "close"] as const];
  const passed = exchange.request.headers.entries().filter(([name]) => {
    const lower = name.toLowerCase();
    return (
      !names.has(lower) &&
      !HOP_BY_HOP.has(lower) &&
      lower !== "host" &&
      lower !== "content-length" &&
      lower !== "expect"
    );
  });
  const all = [...defaults.filter(([name]) => !names.has(name.toLowerCase())), ...set, ...passed];
  const chosen = all.filter(([name, value]) => value !== "" && name !== "");
  // One connection a request, as without `keepalive` in an upstream.
  return chosen.some(([name]) => name.toLowerCase() === "connection") ? chosen : [...chosen, ["Connection", "close"]];
}

async function ask(exchange: Exchange, url: ProxyUrl, peer: Peer, target: string): Promise<Reply | ProxyFailure> {
  const { process, scope, request } = exchange;
  const startedMs = process.clock.now();
  const state = exchange.upstream ?? {};
  state.address = [state.address, `${peer.address}:${peer.port}`].filter(Boolean).join(", ");
  const version = scope.first("proxy_http_version")?.[0] === "1.1" ? "1.1" : "1.0";
  const hasBody = request.headers.has("Content-Length") || request.headers.has("Transfer-Encoding");
  const shown = `upstream: "${url.scheme}://${peer.address}:${peer.port}${target}"`;
  try {
    const response = await httpRequest(process.net, {
      address: peer.address,
      port: peer.port,
      method: request.method,
      target,
      version,
      headers: requestHeaders(exchange, url, version),
      connectOptions: {
        timeoutMs: durationMs(scope.first("proxy_connect_timeout")?.[0], DEFAULT_TIMEOUT_MS),
        ...(NUMERIC.test(url.hostname) ? {} : { requestedName: url.hostname }),
      },
      ...(hasBody ? { body: await request.body.readAll() } : {}),
      ...(url.scheme === "https"
        ? { tls: { serverName: url.hostname, isInsecure: true, nowMs: process.clock.now() } }
        : {}),
    });
    state.status = String(response.status);
    state.responseTime = ((process.clock.now() - startedMs) / 1000).toFixed(3);
    state.headers = response.headers;
    return replyOf(response, scope);
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    state.status = String(failure.status);
    state.responseTime = ((process.clock.now() - startedMs) / 1000).toFixed(3);
    return { status: failure.status, complaint: `${failure.complaint}|${shown}` };
  }
}

function failureOf(error: unknown): ProxyFailure | null {
  if (error instanceof HttpError) {
    const complaint =
      error.kind === "empty-reply"
        ? "upstream prematurely closed connection while reading response header from upstream"
        : "upstream sent no valid HTTP/1.0 header while reading response header from upstream";
    return { status: 502, complaint };
  }
  if (error instanceof TlsError)
    return { status: 502, complaint: "SSL_do_handshake() failed while SSL handshaking to upstream" };
  if (!isErrno(error)) return null;
  if (error.code === "ETIMEDOUT") {
    return { status: 504, complaint: "upstream timed out (110: Connection timed out) while connecting to upstream" };
  }
  return {
    status: 502,
    complaint: `connect() failed (${errnoNumber(error.code)}: ${error.message}) while connecting to upstream`,
  };
}

function replyOf(response: HttpResponse, scope: Scope): Reply {
  const hidden = new Set(scope.all("proxy_hide_header").map(({ args }) => (args[0] ?? "").toLowerCase()));
  const headers = response.headers.entries().filter(([name]) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.has(lower) && !REPLACED.has(lower) && !hidden.has(lower) && !lower.startsWith("x-accel-");
  });
  const length = response.headers.get("Content-Length");
  const contentType = response.headers.get("Content-Type");
  const lastModified = response.headers.get("Last-Modified");
  return {
    status: response.status,
    body: response.body,
    headers,
    ...(contentType === undefined ? {} : { contentType }),
    ...(length === undefined ? {} : { contentLength: Number(length) }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `60s`, `1m30s`, `500ms`, `60`. */
export function durationMs(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  let total = 0;
  for (const [, digits = "0", unit = "s"] of text.matchAll(/(\d+)(ms|[smhd])?/g))
    total += Number(digits) * (UNITS[unit] ?? 1000);
  return total;
}
