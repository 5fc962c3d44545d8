/** From directives to servers and locations: what a request is answered by. */
import { type Directive, complainAt, ConfigurationError } from "./configuration.ts";

/** Directives of one block, and of those around it. */
export class Scope {
  readonly parent: Scope | null;
  readonly directives: readonly Directive[];
  readonly #byName = new Map<string, Directive[]>();

  constructor(parent: Scope | null, directives: readonly Directive[]) {
    this.parent = parent;
    this.directives = directives;
    for (const directive of directives) {
      const known = this.#byName.get(directive.name);
      if (known) known.push(directive);
      else this.#byName.set(directive.name, [directive]);
    }
  }

  own(name: string): readonly Directive[] {
    return this.#byName.get(name) ?? [];
  }

  /** Those of the innermost block that has any: nginx replaces, it does not add. */
  all(name: string): readonly Directive[] {
    for (let scope: Scope | null = this; scope; scope = scope.parent) {
      const found = scope.own(name);
      if (found.length > 0) return found;
    }
    return [];
  }

  first(name: string): readonly string[] | undefined {
    return this.all(name).at(-1)?.args;
  }

  isOn(name: string, otherwise = false): boolean {
    const value = this.first(name)?.[0];
    return value === undefined ? otherwise : value !== "off";
  }
}

export type LocationMatch =
  | { readonly kind: "exact" | "prefix" | "priority" | "named"; readonly text: string }
  | { readonly kind: "regex"; readonly text: string; readonly pattern: RegExp };

export interface Location {
  readonly match: LocationMatch;
  readonly scope: Scope;
  readonly children: readonly Location[];
}

export interface ListenAddress {
  readonly address: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly isDefault: boolean;
  readonly directive: Directive | null;
}

export interface VirtualServer {
  readonly names: readonly string[];
  readonly listens: readonly ListenAddress[];
  readonly scope: Scope;
  readonly locations: readonly Location[];
}

export interface Site {
  readonly main: Scope;
  readonly http: Scope | null;
  readonly servers: readonly VirtualServer[];
}

export function buildSite(directives: readonly Directive[]): Site {
  const main = new Scope(null, directives);
  if (main.own("events").length === 0) throw new ConfigurationError(`no "events" section in configuration`);
  const httpBlock = main.own("http")[0];
  if (!httpBlock) return { main, http: null, servers: [] };
  const http = new Scope(main, httpBlock.block ?? []);
  const servers = http.own("server").map((directive) => buildServer(http, directive));
  return { main, http, servers };
}

function buildServer(http: Scope, directive: Directive): VirtualServer {
  const scope = new Scope(http, directive.block ?? []);
  const names = scope.own("server_name").flatMap((one) => one.args);
  const listens = scope.own("listen").map(parseListen);
  const seen = new Set<string>();
  for (const { address, port, directive: place } of listens) {
    const key = socketName(address, port);
    if (seen.has(key) && place) complainAt(place, `a duplicate listen ${key}`);
    seen.add(key);
  }
  const fallback: ListenAddress = { address: "0.0.0.0", port: 80, isTls: false, isDefault: false, directive: null };
  return {
    names: names.length > 0 ? names : [""],
    listens: listens.length > 0 ? listens : [fallback],
    scope,
    locations: buildLocations(scope),
  };
}

export function socketName(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function parseListen(directive: Directive): ListenAddress {
  const [text = "", ...parameters] = directive.args;
  const match = /^(?:(\[[^\]]*\]|[^:]*):)?(\d+)$/.exec(text) ?? /^(\[[^\]]*\]|[^:]+)()$/.exec(text);
  const host = (match?.[1] ?? "*").replace(/^\[(.*)\]$/, "$1");
  const port = match?.[2] ? Number(match[2]) : 80;
  if (!match || port < 1 || port > 65535) complainAt(directive, `invalid port in "${text}" of the "listen" directive`);
  for (const parameter of parameters) {
    if (
      !/^(default_server|default|ssl|http2|proxy_protocol|reuseport|bind|deferred|quic|(ipv6only|backlog|rcvbuf|sndbuf|so_keepalive|fastopen|setfib|accept_filter)=.*)$/.test(
        parameter,
      )
    ) {
      complainAt(directive, `invalid parameter "${parameter}"`);
    }
  }
  const address = host === "*" || host === "" ? "0.0.0.0" : host === "localhost" ? "127.0.0.1" : host;
  if (!/^[\d.]+$|:/.test(address)) complainAt(directive, `host not found in "${text}" of the "listen" directive`);
  return {
    address,
    port,
    isTls: parameters.includes("ssl"),
    isDefault: parameters.includes("default_server") || parameters.includes("default"),
    directive,
  };
}

function buildLocations(scope: Scope): readonly Location[] {
  return scope.own("location").map((directive) => {
    const inner = new Scope(scope, directive.block ?? []);
    return { match: parseMatch(directive), scope: inner, children: buildLocations(inner) };
  });
}

function parseMatch(directive: Directive): LocationMatch {
  const [first = "", second] = directive.args;
  const [modifier, text] = second === undefined ? split(first) : [first, second];
  switch (modifier) {
    case "=":
      return { kind: "exact", text };
    case "^~":
      return { kind: "priority", text };
    case "~":
    case "~*":
      return { kind: "regex", text, pattern: compilePattern(text, modifier === "~*", directive) };
    case "":
      return { kind: text.startsWith("@") ? "named" : "prefix", text };
    default:
      return complainAt(directive, `invalid location modifier "${modifier}"`);
  }
}

/** `location =/x` and `location ~\.php$` need no blank. */
function split(text: string): readonly [modifier: string, rest: string] {
  const match = /^(=|\^~|~\*|~)(.+)$/.exec(text);
  return match ? [match[1] ?? "", match[2] ?? ""] : ["", text];
}

/** PCRE as far as JavaScript's dialect goes; the differences are rare in configurations. */
export function compilePattern(text: string, ignoresCase: boolean, place: Directive): RegExp {
  try {
    return new RegExp(
      text.replace(/\(\?P</g, "(?<").replace(/^\(\?i\)/, ""),
      ignoresCase || text.startsWith("(?i)") ? "i" : "",
    );
  } catch {
    return complainAt(place, `pcre2_compile() failed: syntax error in "${text}"`);
  }
}

/** Which location answers: exact, then the longest prefix unless an expression matches first. */
export function findLocation(
  locations: readonly Location[],
  uri: string,
): { readonly location: Location; readonly captures: RegExpExecArray | null } | null {
  let best: Location | null = null;
  for (const location of locations) {
    const { kind, text } = location.match;
    if (kind === "exact" && uri === text) return { location, captures: null };
    const isLonger = best === null || text.length > best.match.text.length;
    if ((kind === "prefix" || kind === "priority") && uri.startsWith(text) && isLonger) best = location;
  }
  if (best) {
    const inner = findLocation(best.children, uri);
    if (inner) return inner;
  }
  if (best?.match.kind !== "priority") {
    for (const location of locations) {
      if (location.match.kind !== "regex") continue;
      const captures = location.match.pattern.exec(uri);
      if (captures) return findLocation(location.children, uri) ?? { location, captures };
    }
  }
  return best ? { location: best, captures: null } : null;
}

/** The server for a Host among those of one address: exact, `*.x`, `x.*`, `~expression`, the default. */
export function chooseServer(servers: readonly VirtualServer[], host: string, key: string): VirtualServer | undefined {
  const name = host.toLowerCase();
  const having = (test: (known: string) => boolean): VirtualServer | undefined =>
    servers.find((server) => server.names.some(test));
  const longest = (pick: (known: string) => boolean): VirtualServer | undefined => {
    const names = servers.flatMap((server) => server.names).filter(pick);
    const best = names.sort((a, b) => b.length - a.length)[0];
    return best === undefined ? undefined : having((known) => known === best);
  };
  const isSuffix = (known: string): boolean =>
    (known.startsWith("*.") && name.endsWith(known.slice(1))) ||
    (known.startsWith(".") && (name === known.slice(1) || name.endsWith(known)));
  return (
    having((known) => known.toLowerCase() === name) ??
    longest(isSuffix) ??
    longest((known) => known.endsWith(".*") && name.startsWith(known.slice(0, -1))) ??
    having((known) => known.startsWith("~") && matches(known.slice(1), name)) ??
    servers.find((server) =>
      server.listens.some((listen) => listen.isDefault && socketName(listen.address, listen.port) === key),
    ) ??
    servers[0]
  );
}

function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, "i").test(name);
  } catch {
    return false;
  }
}
