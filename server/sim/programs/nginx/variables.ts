/** nginx's variables: `$uri`, `$http_*`, `$1`, those of `set` and `map`. */
import { formatDate } from "../toolkit/dates.ts";
import type { Exchange } from "./exchange.ts";
import { compilePattern } from "./servers.ts";
import type { Directive } from "./configuration.ts";

const REFERENCE = /\$(?:\{(\w+)\}|(\w+))/g;

/** Replaces variables; `missing` stands for those without a value (`-` in logs). */
export function expand(
  text: string,
  exchange: Exchange,
  missing = "",
  quoting = (value: string): string => value,
): string {
  if (!text.includes("$")) return text;
  return text.replace(REFERENCE, (_, braced: string | undefined, plain: string | undefined) => {
    const value = lookup(braced ?? plain ?? "", exchange);
    return value === undefined || value === "" ? missing : quoting(value);
  });
}

export function lookup(name: string, exchange: Exchange): string | undefined {
  if (/^\d$/.test(name)) return exchange.captures?.[Number(name)];
  const named = exchange.captures?.groups?.[name];
  if (named !== undefined) return named;
  const own = exchange.variables.get(name);
  if (own !== undefined) return own;
  const known = VARIABLES[name];
  if (known) return known(exchange);
  const prefix = PREFIXES.find(([start]) => name.startsWith(start));
  if (prefix) return prefix[1](exchange, name.slice(prefix[0].length));
  const map = exchange.maps.get(name);
  return map ? mapped(map, exchange) : undefined;
}

/** Whether a configuration may name it; `known` are those of `set`, `map` and named captures. */
export function isVariable(name: string, known: ReadonlySet<string>): boolean {
  return (
    /^\d$/.test(name) || name in VARIABLES || known.has(name) || PREFIXES.some(([start]) => name.startsWith(start))
  );
}

export function variableNames(text: string): readonly string[] {
  return [...text.matchAll(REFERENCE)].map((match) => match[1] ?? match[2] ?? "");
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

const VARIABLES: Readonly<Record<string, (exchange: Exchange) => string | undefined>> = {
  uri: (exchange) => exchange.uri,
  document_uri: (exchange) => exchange.uri,
  request_uri: (exchange) => exchange.request.target,
  args: (exchange) => exchange.args,
  query_string: (exchange) => exchange.args,
  is_args: (exchange) => (exchange.args === "" ? "" : "?"),
  host: (exchange) => exchange.host,
  hostname: (exchange) => exchange.process.machine.hostname,
  remote_addr: (exchange) => exchange.request.socket.remoteAddress,
  remote_port: (exchange) => String(exchange.request.socket.remotePort),
  remote_user: (exchange) => exchange.remoteUser,
  binary_remote_addr: (exchange) => exchange.request.socket.remoteAddress,
  server_addr: (exchange) => exchange.request.socket.localAddress,
  server_port: (exchange) => String(exchange.request.socket.localPort),
  server_name: (exchange) => exchange.server.names[0],
  server_protocol: (exchange) => `HTTP/${exchange.request.version}`,
  scheme: (exchange) => exchange.scheme,
  https: (exchange) => (exchange.scheme === "https" ? "on" : ""),
  request: (exchange) => exchange.requestLine,
  request_method: (exchange) => exchange.request.method,
  request_completion: () => "OK",
  request_id: (exchange) => exchange.requestId,
  request_length: (exchange) => String(exchange.requestLength),
  request_time: (exchange) => seconds(exchange.process.clock.now() - exchange.startedMs),
  request_body: () => "",
  request_filename: (exchange) => exchange.filename,
  document_root: (exchange) => exchange.root,
  realpath_root: (exchange) => exchange.root,
  content_type: (exchange) => exchange.request.headers.get("Content-Type"),
  content_length: (exchange) => exchange.request.headers.get("Content-Length"),
  status: (exchange) => String(exchange.status).padStart(3, "0"),
  body_bytes_sent: (exchange) => String(exchange.bodyBytes),
  bytes_sent: (exchange) => String(exchange.bodyBytes + 238),
  connection: (exchange) => String(exchange.connection),
  connection_requests: () => "1",
  pipe: () => ".",
  pid: (exchange) => String(exchange.process.pid),
  msec: (exchange) => seconds(exchange.process.clock.now()),
  time_local: (exchange) => formatDate(exchange.process.clock.now(), "%d/%b/%Y:%H:%M:%S +0000"),
  time_iso8601: (exchange) => formatDate(exchange.process.clock.now(), "%Y-%m-%dT%H:%M:%S+00:00"),
  nginx_version: (exchange) => exchange.version,
  proxy_host: (exchange) => exchange.upstream?.host,
  proxy_port: (exchange) => exchange.upstream?.port,
  proxy_add_x_forwarded_for: (exchange) =>
    [exchange.request.headers.get("X-Forwarded-For"), exchange.request.socket.remoteAddress].filter(Boolean).join(", "),
  upstream_addr: (exchange) => exchange.upstream?.address,
  upstream_status: (exchange) => exchange.upstream?.status,
  upstream_response_time: (exchange) => exchange.upstream?.responseTime,
  upstream_connect_time: (exchange) => exchange.upstream?.responseTime,
  upstream_cache_status: () => "",
  limit_rate: () => "0",
  gzip_ratio: () => "",
  ssl_protocol: (exchange) => (exchange.scheme === "https" ? "TLSv1.3" : ""),
  ssl_server_name: (exchange) => exchange.request.tls?.serverName ?? "",
  ssl_client_s_dn: (exchange) => {
    const subject = exchange.request.tls?.clientCertificate?.subject;
    return subject ? `CN=${subject.commonName}` : "";
  },
};

const headerName = (name: string): string => name.replaceAll("_", "-");

const PREFIXES: readonly (readonly [start: string, (exchange: Exchange, rest: string) => string | undefined])[] = [
  ["http_", (exchange, rest) => exchange.request.headers.getAll(headerName(rest)).join(", ") || undefined],
  ["sent_http_", (exchange, rest) => exchange.sentHeaders.get(headerName(rest))],
  ["upstream_http_", (exchange, rest) => exchange.upstream?.headers?.get(headerName(rest))],
  ["arg_", (exchange, rest) => argument(exchange.args, rest)],
  ["cookie_", (exchange, rest) => cookie(exchange.request.headers.get("Cookie") ?? "", rest)],
];

function argument(args: string, name: string): string | undefined {
  const pair = args.split("&").find((one) => one.split("=")[0]?.toLowerCase() === name.toLowerCase());
  return pair?.includes("=") ? pair.slice(pair.indexOf("=") + 1) : undefined;
}

function cookie(text: string, name: string): string | undefined {
  const pair = text.split(/;\s*/).find((one) => one.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

/** The value of a `map`: exact, expressions in order, the default. */
function mapped(map: Directive, exchange: Exchange): string {
  const source = expand(map.args[0] ?? "", exchange);
  let otherwise = "";
  let byPattern: string | undefined;
  for (const { name, args } of map.block ?? []) {
    const value = expand(args[0] ?? "", exchange);
    if (name === "default") otherwise = value;
    else if (name === source || name.replace(/^\\/, "") === source) return value;
    else if (name.startsWith("~") && byPattern === undefined) {
      const ignoresCase = name.startsWith("~*");
      if (compilePattern(name.slice(ignoresCase ? 2 : 1), ignoresCase, map).test(source)) byPattern = value;
    }
  }
  return byPattern ?? otherwise;
}
