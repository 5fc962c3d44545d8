/**
 * The resolver of the C library: /etc/hosts, then the servers of /etc/resolv.conf with
 * its search list. Models glibc 2.36 and musl 1.2, which differ in order, parallelism and
 * patience. Source: resolv.conf(5), glibc `resolv/res_query.c`, musl `src/network/lookup_name.c`.
 * Left out: nsswitch modules other than `files dns`, TCP after truncation, mDNS.
 */
import { isIpv4, isIpv6 } from "./addresses.ts";
import { decodeDnsMessage, type DnsMessage, dnsQuery, encodeDnsMessage, RESPONSE_CODES } from "./dns-message.ts";
import { isErrno } from "./errno.ts";
import type { DatagramSocket, FileSystem, Interruption, Process, ResolveFailure, ResolveResult } from "./types.ts";

const DNS_PORT = 53;

export interface ResolveOptions {
  readonly family?: 4 | 6;
  readonly interruption?: Interruption;
  /** Bounds the whole search. */
  readonly timeoutMs?: number;
}

export interface ResolverConfig {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly ndots: number;
  readonly timeoutMs: number;
  readonly attempts: number;
}

/** Reads resolv.conf; a missing file means the own host, as the manual page says. */
export function readResolverConfig(fs: FileSystem): ResolverConfig {
  let text = "";
  try {
    text = fs.readText("/etc/resolv.conf");
  } catch {
    // Missing: the defaults hold.
  }
  return parseResolverConfig(text);
}

export function parseResolverConfig(text: string): ResolverConfig {
  const nameservers: string[] = [];
  let search: readonly string[] = [];
  const options = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [keyword, ...words] = line
      .replace(/[#;].*$/, "")
      .trim()
      .split(/\s+/);
    if (keyword === "nameserver" && words[0]) nameservers.push(words[0]);
    else if (keyword === "search") search = words.map((word) => word.replace(/\.$/, ""));
    else if (keyword === "domain" && words[0]) search = [words[0].replace(/\.$/, "")];
    else if (keyword === "options") {
      for (const word of words) {
        const [name = "", value = "1"] = word.split(":");
        options.set(name, Number(value));
      }
    }
  }
  return {
    nameservers: nameservers.length > 0 ? nameservers.slice(0, 3) : ["127.0.0.1"],
    search: search.filter((domain) => domain !== ""),
    ndots: Math.min(options.get("ndots") ?? 1, 15),
    timeoutMs: Math.min(options.get("timeout") ?? 5, 30) * 1000,
    attempts: Math.min(options.get("attempts") ?? 2, 5),
  };
}

/** The addresses /etc/hosts gives a name, and the first name of the line. */
export function lookupHosts(
  fs: FileSystem,
  name: string,
  family?: 4 | 6,
): { readonly addresses: readonly string[]; readonly canonicalName: string } | undefined {
  let text = "";
  try {
    text = fs.readText("/etc/hosts");
  } catch {
    return undefined;
  }
  const wanted = name.replace(/\.$/, "").toLowerCase();
  const addresses: string[] = [];
  let canonicalName = "";
  for (const line of text.split("\n")) {
    const [address, ...names] = line.replace(/#.*$/, "").trim().split(/\s+/);
    if (!address || !names.some((one) => one.toLowerCase() === wanted)) continue;
    if (!matchesFamily(address, family)) continue;
    addresses.push(address);
    canonicalName ||= names[0] ?? name;
  }
  return addresses.length > 0 ? { addresses, canonicalName } : undefined;
}

function matchesFamily(address: string, family: 4 | 6 | undefined): boolean {
  return family === undefined || (family === 6) === isIpv6(address);
}

export async function resolveName(
  process: Process,
  name: string,
  options: ResolveOptions = {},
): Promise<ResolveResult> {
  if (isIpv4(name) || isIpv6(name)) {
    if (!matchesFamily(name, options.family)) return failed("not-found");
    return { kind: "addresses", addresses: [name], canonicalName: name };
  }
  const local = lookupHosts(process.machine.fs, name, options.family);
  if (local) return { kind: "addresses", ...local };
  if (!isPlausibleName(name)) return failed("not-found");
  const config = readResolverConfig(process.machine.fs);
  const libc = process.program.libc ?? process.machine.libc;
  const search = new Search(process, config, libc, options);
  return libc === "musl" ? search.asMusl(name) : search.asGlibc(name);
}

function failed(failure: ResolveFailure): ResolveResult {
  return { kind: "failed", failure };
}

function isPlausibleName(name: string): boolean {
  const labels = name.replace(/\.$/, "").split(".");
  return name.length <= 254 && labels.every((label) => label.length > 0 && label.length <= 63);
}

type NameAnswer = ResolveResult | { readonly kind: "failed"; readonly failure: ResolveFailure };

class Search {
  readonly #process: Process;
  readonly #config: ResolverConfig;
  readonly #libc: "glibc" | "musl";
  readonly #options: ResolveOptions;
  readonly #deadlineMs: number;

  constructor(process: Process, config: ResolverConfig, libc: "glibc" | "musl", options: ResolveOptions) {
    this.#process = process;
    this.#config = config;
    this.#libc = libc;
    this.#options = options;
    this.#deadlineMs =
      options.timeoutMs === undefined ? Number.POSITIVE_INFINITY : process.clock.now() + options.timeoutMs;
  }

  /**
   * glibc asks with the search list first when the name has fewer dots than `ndots`. Silence ends
   * the list, and the name is asked once more as it stands: 20 s with two attempts of 5 s.
   */
  async asGlibc(name: string): Promise<ResolveResult> {
    const dots = countDots(name);
    const isRooted = name.endsWith(".");
    const bare = isRooted ? name.slice(0, -1) : name;
    let first: ResolveResult | undefined;
    if (isRooted || dots >= this.#config.ndots) {
      first = await this.#ask(bare);
      if (isRooted || !isNotFound(first)) return first;
    }
    let last: ResolveResult = first ?? failed("not-found");
    for (const domain of this.#config.search) {
      last = await this.#ask(`${bare}.${domain}`);
      if (last.kind === "addresses" || isRefused(last)) return last;
      if (!isNotFound(last)) break;
    }
    const isWorthAsking = dots > 0 || this.#config.search.length === 0 || !isNotFound(last);
    if (first || !isWorthAsking) return last;
    const asIs = await this.#ask(bare);
    return isNotFound(asIs) && !isNotFound(last) ? last : asIs;
  }

  /** musl stops at the first answer or silence, and always ends with the name as it stands. */
  async asMusl(name: string): Promise<ResolveResult> {
    const isRooted = name.endsWith(".");
    const bare = isRooted ? name.slice(0, -1) : name;
    if (!isRooted && countDots(name) < this.#config.ndots) {
      for (const domain of this.#config.search) {
        const answer = await this.#ask(`${bare}.${domain}`);
        if (!isNotFound(answer)) return answer;
      }
    }
    return this.#ask(bare);
  }

  /** One name: A and AAAA side by side, at each server in turn. */
  async #ask(name: string): Promise<NameAnswer> {
    const socket = this.#process.net.datagram();
    try {
      return this.#libc === "musl" ? await this.#askAllServers(socket, name) : await this.#askInTurn(socket, name);
    } finally {
      socket.close();
    }
  }

  async #askInTurn(socket: DatagramSocket, name: string): Promise<NameAnswer> {
    let failure: ResolveFailure = "timed-out";
    for (let attempt = 0; attempt < this.#config.attempts; attempt++) {
      for (const server of this.#config.nameservers) {
        const answer = await this.#exchange(socket, [server], name, this.#config.timeoutMs);
        if (answer.kind === "addresses" || answer.failure === "not-found") return answer;
        failure = answer.failure;
        if (this.#leftMs() <= 0) return failed(failure);
      }
    }
    return failed(failure);
  }

  /** musl asks every server at once and repeats after timeout/attempts. */
  async #askAllServers(socket: DatagramSocket, name: string): Promise<NameAnswer> {
    let answer: NameAnswer = failed("timed-out");
    const { attempts, timeoutMs, nameservers } = this.#config;
    for (let attempt = 0; attempt < attempts; attempt++) {
      answer = await this.#exchange(socket, nameservers, name, timeoutMs / attempts);
      if (answer.kind === "addresses" || answer.failure !== "timed-out" || this.#leftMs() <= 0) return answer;
    }
    return answer;
  }

  #leftMs(): number {
    return this.#deadlineMs - this.#process.clock.now();
  }

  async #exchange(
    socket: DatagramSocket,
    servers: readonly string[],
    name: string,
    timeoutMs: number,
  ): Promise<NameAnswer> {
    const { family } = this.#options;
    const types = family === 4 ? (["A"] as const) : family === 6 ? (["AAAA"] as const) : (["A", "AAAA"] as const);
    const pending = new Set<number>();
    const answers: DnsMessage[] = [];
    const endMs = this.#process.clock.now() + Math.min(timeoutMs, this.#leftMs());
    try {
      for (const type of types) {
        const id = this.#process.random.integer(65_536);
        pending.add(id);
        const query = encodeDnsMessage(dnsQuery(id, name, type));
        for (const server of servers) socket.send(server, DNS_PORT, query);
      }
      while (pending.size > 0) {
        const leftMs = endMs - this.#process.clock.now();
        const datagram = await socket.receive(Math.max(0, leftMs), this.#options.interruption);
        if (!datagram) return failed("timed-out");
        const message = decodeDnsMessage(datagram.bytes);
        if (message?.isResponse && pending.delete(message.id)) answers.push(message);
      }
    } catch (error) {
      if (isErrno(error, "ECONNREFUSED")) return failed("refused");
      if (isErrno(error, "ENETUNREACH", "EHOSTUNREACH")) return failed("no-server");
      throw error;
    }
    return readAnswers(answers, name);
  }
}

/** IPv4 before IPv6, as a host without an IPv6 route sorts them (RFC 6724). */
function readAnswers(messages: readonly DnsMessage[], name: string): NameAnswer {
  const addresses: string[] = [];
  let canonicalName = name;
  let hasServerFailed = false;
  const sorted = [...messages].sort(
    (a, b) => (a.questions[0]?.type === "A" ? 0 : 1) - (b.questions[0]?.type === "A" ? 0 : 1),
  );
  for (const message of sorted) {
    const code = message.responseCode;
    if (code !== RESPONSE_CODES.NOERROR && code !== RESPONSE_CODES.NXDOMAIN) hasServerFailed = true;
    for (const record of message.answers) {
      if (record.type === "CNAME" && "target" in record) canonicalName = record.target;
      if ((record.type === "A" || record.type === "AAAA") && "address" in record) addresses.push(record.address);
    }
  }
  if (addresses.length > 0) return { kind: "addresses", addresses, canonicalName };
  // SERVFAIL and REFUSED are a temporary failure to the caller, like silence, but at once.
  return failed(hasServerFailed ? "refused" : "not-found");
}

function countDots(name: string): number {
  return name.split(".").length - 1;
}

function isNotFound(result: ResolveResult): boolean {
  return result.kind === "failed" && result.failure === "not-found";
}

function isRefused(result: ResolveResult): boolean {
  return result.kind === "failed" && (result.failure === "refused" || result.failure === "no-server");
}
