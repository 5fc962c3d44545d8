/** What dig, host and BIND's nslookup share: attempts, search lists, complaints about silence. */
import {
  decodeDnsMessage,
  type DnsMessage,
  dnsQuery,
  type DnsTypeName,
  encodeDnsMessage,
} from "../../machine/dns-message.ts";
import type { ResolverConfig } from "../../machine/resolver.ts";
import type { Process } from "../../machine/types.ts";
import { askServer, type DnsOutcome, queryId } from "../toolkit/name-service.ts";
import { isErrno } from "../toolkit/tool.ts";

export interface AskOptions {
  readonly servers: readonly string[];
  readonly port: number;
  readonly timeoutMs: number;
  /** Attempts at each server. */
  readonly tries: number;
  readonly recurses?: boolean;
  readonly usesTcp?: boolean;
  readonly usesEdns?: boolean;
  readonly cookie?: Uint8Array;
}

export interface Answer {
  readonly message: DnsMessage;
  readonly sizeBytes: number;
  readonly milliseconds: number;
  readonly server: string;
}

/** Undefined when no server answered; each failure is told at once, as BIND's tools do. */
export async function ask(
  process: Process,
  name: string,
  type: DnsTypeName | number,
  options: AskOptions,
): Promise<Answer | undefined> {
  const edns = options.usesEdns
    ? {
        udpSizeBytes: 1232,
        version: 0,
        dnssecOk: false,
        options: options.cookie ? [{ code: 10, bytes: options.cookie }] : [],
      }
    : undefined;
  const query = { ...dnsQuery(queryId(process), name, type, edns), recursionDesired: options.recurses ?? true };
  for (let attempt = 0; attempt < options.tries; attempt++) {
    for (const server of options.servers) {
      const { port, timeoutMs } = options;
      const outcome = options.usesTcp
        ? await askOverTcp(process, server, port, query, timeoutMs)
        : await askServer(process, server, query, timeoutMs, { port });
      if (outcome.kind === "answer") return { ...outcome, server };
      const reason =
        outcome.kind === "timed-out"
          ? "timed out"
          : outcome.kind === "refused"
            ? "connection refused"
            : "network unreachable";
      await process.stdout.write(`;; communications error to ${server}#${port}: ${reason}\n`);
    }
  }
  return undefined;
}

async function askOverTcp(
  process: Process,
  server: string,
  port: number,
  query: DnsMessage,
  timeoutMs: number,
): Promise<DnsOutcome> {
  const startedMs = process.clock.now();
  try {
    const socket = await process.net.connect(server, port, { timeoutMs });
    try {
      const bytes = encodeDnsMessage(query);
      await socket.write(new Uint8Array([bytes.length >> 8, bytes.length & 255, ...bytes]));
      let received: number[] = [];
      while (received.length < 2 || received.length < 2 + (received[0] ?? 0) * 256 + (received[1] ?? 0)) {
        const more = await socket.read(65_536, process.interruption);
        if (more.length === 0) return { kind: "refused" };
        received = [...received, ...more];
      }
      const message = decodeDnsMessage(new Uint8Array(received.slice(2)));
      if (!message) return { kind: "refused" };
      const milliseconds = Math.round(process.clock.now() - startedMs);
      return { kind: "answer", message, sizeBytes: received.length - 2, milliseconds };
    } finally {
      socket.release();
    }
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code === "ETIMEDOUT") return { kind: "timed-out" };
    return { kind: error.code === "ECONNREFUSED" ? "refused" : "unreachable" };
  }
}

/** The names to try in order: the search list first when there are fewer dots than `ndots`. */
export function searchedNames(
  name: string,
  config: ResolverConfig,
): readonly { readonly name: string; readonly isSearched: boolean }[] {
  if (name.endsWith(".")) return [{ name: name.slice(0, -1), isSearched: false }];
  const searched = config.search.map((domain) => ({ name: `${name}.${domain}`, isSearched: true }));
  const bare = { name, isSearched: false };
  return name.split(".").length - 1 >= config.ndots ? [bare, ...searched] : [...searched, bare];
}
