/** Asking name servers directly, as programs do that look behind the C library's resolver. */
import { decodeDnsMessage, type DnsMessage, dnsQuery, encodeDnsMessage } from "../../machine/dns-message.ts";
import type { DatagramSocket, Interruption, Process } from "../../machine/types.ts";
import { readResolverConfig } from "../../machine/resolver.ts";
import { isErrno } from "./tool.ts";

export type DnsOutcome =
  | { readonly kind: "answer"; readonly message: DnsMessage; readonly sizeBytes: number; readonly milliseconds: number }
  | { readonly kind: "timed-out" }
  | { readonly kind: "refused" }
  | { readonly kind: "unreachable" };

/** Sends one query once, and waits for its answer. */
export async function askServer(
  process: Process,
  server: string,
  query: DnsMessage,
  timeoutMs: number,
  options: { readonly port?: number; readonly interruption?: Interruption } = {},
): Promise<DnsOutcome> {
  const socket = process.net.datagram();
  const startedMs = process.clock.now();
  try {
    socket.send(server, options.port ?? 53, encodeDnsMessage(query));
    return await awaitAnswer(process, socket, query.id, startedMs, timeoutMs, options.interruption);
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code === "ECONNREFUSED") return { kind: "refused" };
    if (error.code === "ENETUNREACH" || error.code === "EHOSTUNREACH") return { kind: "unreachable" };
    throw error;
  } finally {
    socket.close();
  }
}

async function awaitAnswer(
  process: Process,
  socket: DatagramSocket,
  id: number,
  startedMs: number,
  timeoutMs: number,
  interruption: Interruption | undefined,
): Promise<DnsOutcome> {
  for (;;) {
    const leftMs = startedMs + timeoutMs - process.clock.now();
    const datagram = leftMs > 0 ? await socket.receive(leftMs, interruption ?? process.interruption) : null;
    if (!datagram) return { kind: "timed-out" };
    const message = decodeDnsMessage(datagram.bytes);
    if (!message?.isResponse || message.id !== id) continue;
    return {
      kind: "answer",
      message,
      sizeBytes: datagram.bytes.length,
      milliseconds: Math.round(process.clock.now() - startedMs),
    };
  }
}

export function queryId(process: Process): number {
  return process.random.integer(65_536);
}

/** `7.2.244.10.in-addr.arpa`, or the nibbles under ip6.arpa. */
export function reverseName(address: string): string {
  if (!address.includes(":")) return `${address.split(".").reverse().join(".")}.in-addr.arpa`;
  const [head = "", tail] = address.split("::");
  const groups = (text: string | undefined): string[] => (text ? text.split(":") : []);
  const front = groups(head);
  const back = groups(tail);
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => "0");
  const nibbles = [...front, ...zeros, ...back].map((group) => group.padStart(4, "0")).join("");
  return `${[...nibbles].reverse().join(".")}.ip6.arpa`;
}

/** What getnameinfo finds: /etc/hosts, then a PTR record at the first name server. */
export async function reverseLookup(
  process: Process,
  address: string,
  interruption?: Interruption,
): Promise<string | undefined> {
  const local = hostsNameOf(process, address);
  if (local !== undefined) return local;
  const config = readResolverConfig(process.machine.fs);
  const [server = "127.0.0.1"] = config.nameservers;
  for (let attempt = 0; attempt < config.attempts; attempt++) {
    const query = dnsQuery(queryId(process), reverseName(address), "PTR");
    const outcome = await askServer(process, server, query, config.timeoutMs, interruption ? { interruption } : {});
    if (outcome.kind === "answer") {
      const record = outcome.message.answers.find((answer) => answer.type === "PTR");
      return record && "target" in record ? record.target : undefined;
    }
    if (outcome.kind !== "timed-out") return undefined;
  }
  return undefined;
}

function hostsNameOf(process: Process, address: string): string | undefined {
  const { fs } = process.machine;
  if (!fs.exists("/etc/hosts")) return undefined;
  for (const line of fs.readText("/etc/hosts").split("\n")) {
    const [found, name] = line.replace(/#.*$/, "").trim().split(/\s+/);
    if (found === address && name) return name;
  }
  return undefined;
}
