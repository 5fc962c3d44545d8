/**
 * CoreDNS as a process: reads its Corefile, answers on port 53 over UDP and TCP from the
 * cluster's objects, forwards the rest. Models CoreDNS 1.12 with the plugins of kubeadm's Corefile.
 */
import { concatBytes } from "../../machine/bytes.ts";
import {
  decodeDnsMessage,
  type DnsMessage,
  type DnsRecord,
  type DnsTypeName,
  dnsResponse,
  dnsTypeText,
  encodeDnsMessage,
  RESPONSE_CODES,
} from "../../machine/dns-message.ts";
import { parseResolverConfig } from "../../machine/resolver.ts";
import type { DatagramSocket, Process, Program, Socket } from "../../machine/types.ts";
import { type DnsRecord as ZoneRecord, type DnsZone, dnsAnswer } from "../../kube/controllers/cluster-dns.ts";
import { DNS_ZONE } from "../keys.ts";
import { parseFlags, serveHealth, terminated } from "./component.ts";

const PLUGINS = new Set([
  "acl",
  "any",
  "auto",
  "bind",
  "bufsize",
  "cache",
  "cancel",
  "chaos",
  "debug",
  "dns64",
  "dnssec",
  "dnstap",
  "erratic",
  "errors",
  "etcd",
  "file",
  "forward",
  "health",
  "hosts",
  "import",
  "kubernetes",
  "lameduck",
  "loadbalance",
  "local",
  "log",
  "loop",
  "metadata",
  "minimal",
  "nsid",
  "pprof",
  "prometheus",
  "ready",
  "reload",
  "rewrite",
  "root",
  "route53",
  "secondary",
  "template",
  "timeouts",
  "tls",
  "trace",
  "transfer",
  "view",
  "whoami",
]);

/** How long the forwarder waits for an upstream. */
const FORWARD_TIMEOUT_MS = 2_000;

export interface Corefile {
  readonly domain: string;
  readonly ttlSeconds: number;
  /** Addresses, or a resolv.conf to take them from. */
  readonly upstreams: readonly string[];
  readonly hasPlugin: (name: string) => boolean;
}

export class CorefileError extends Error {}

/** Throws CorefileError in CoreDNS's words. */
export function parseCorefile(text: string, path: string): Corefile {
  const plugins = new Map<string, readonly string[]>();
  let depth = 0;
  let ttlSeconds = 5;
  text.split("\n").forEach((line, index) => {
    const words = line.replace(/#.*/, "").trim().split(/\s+/).filter(Boolean);
    const [first = ""] = words;
    const opens = words.at(-1) === "{";
    if (depth === 1 && first !== "" && first !== "}") {
      if (!PLUGINS.has(first)) {
        throw new CorefileError(`${path}:${index + 1} - Error during parsing: Unknown directive '${first}'`);
      }
      plugins.set(
        first,
        words.slice(1).filter((word) => word !== "{"),
      );
    }
    if (depth === 2 && first === "ttl") ttlSeconds = Number(words[1] ?? 5);
    if (opens) depth++;
    if (first === "}") depth--;
  });
  const zones = plugins.get("kubernetes") ?? [];
  return {
    domain: zones.find((zone) => !zone.endsWith(".arpa")) ?? "cluster.local",
    ttlSeconds,
    upstreams: (plugins.get("forward") ?? []).slice(1),
    hasPlugin: (name) => plugins.has(name),
  };
}

export const coreDnsProgram: Program = {
  name: "coredns",
  async run(process) {
    const makeZone = process.machine.services.get(DNS_ZONE);
    const path = parseFlags(process.argv).get("conf") ?? "Corefile";
    const full = process.resolve(path);
    if (!process.machine.fs.exists(full)) {
      await process.stderr.write(`open ${path}: no such file or directory\n`);
      return 1;
    }
    let corefile: Corefile;
    try {
      corefile = parseCorefile(process.machine.fs.readText(full), path);
    } catch (error) {
      if (!(error instanceof CorefileError)) throw error;
      await process.stdout.write(`${error.message}\n`);
      return 1;
    }
    const end = terminated(process);
    const zone = corefile.hasPlugin("kubernetes") ? makeZone?.(corefile.domain, corefile.ttlSeconds) : undefined;
    serve(process, new NameServer(process, corefile, zone));
    if (corefile.hasPlugin("health")) serveHealth(process, { port: 8080, isTls: false, paths: ["/health"] });
    if (corefile.hasPlugin("ready")) serveHealth(process, { port: 8181, isTls: false, paths: ["/ready"] });
    if (corefile.hasPlugin("prometheus")) serveHealth(process, { port: 9153, isTls: false, paths: ["/metrics"] });
    await process.stdout.write(".:53\n");
    await process.stdout.write("CoreDNS-1.12.3\nlinux/amd64, go1.24.6, 6e7b8a1\n");
    await end;
    await process.stdout.write("[INFO] SIGTERM: Shutting down servers then terminating\n");
    return 0;
  },
};

function serve(process: Process, server: NameServer): void {
  const udp = process.net.datagram({ port: 53 });
  void answerDatagrams(process, udp, server);
  const tcp = process.net.listen(53);
  const acceptAll = async (): Promise<void> => {
    for (;;) void answerStream(process, await tcp.accept(process.interruption), server).catch(() => {});
  };
  acceptAll().catch(() => {});
}

async function answerDatagrams(process: Process, udp: DatagramSocket, server: NameServer): Promise<void> {
  for (;;) {
    try {
      const datagram = await udp.receive(undefined, process.interruption);
      if (datagram === null) continue;
      void server.answer(datagram.bytes).then(
        (reply) => {
          if (reply) udp.send(datagram.address, datagram.port, reply);
        },
        () => {},
      );
    } catch {
      if (process.interruption.isInterrupted) return;
    }
  }
}

/** Messages over TCP carry their length in two bytes. */
async function answerStream(process: Process, socket: Socket, server: NameServer): Promise<void> {
  let buffer: Uint8Array = new Uint8Array(0);
  try {
    for (;;) {
      const bytes = await socket.read(65_536, process.interruption);
      if (bytes.length === 0) return;
      buffer = concatBytes([buffer, bytes]);
      const size = ((buffer[0] ?? 0) << 8) | (buffer[1] ?? 0);
      if (buffer.length < size + 2) continue;
      const reply = await server.answer(buffer.slice(2, size + 2));
      buffer = buffer.slice(size + 2);
      if (reply) await socket.write(concatBytes([Uint8Array.of(reply.length >> 8, reply.length & 0xff), reply]));
    }
  } finally {
    socket.release();
  }
}

class NameServer {
  readonly #process: Process;
  readonly #corefile: Corefile;
  readonly #zone: DnsZone | undefined;

  constructor(process: Process, corefile: Corefile, zone: DnsZone | undefined) {
    this.#process = process;
    this.#corefile = corefile;
    this.#zone = zone;
  }

  async answer(bytes: Uint8Array): Promise<Uint8Array | undefined> {
    const query = decodeDnsMessage(bytes);
    const [question] = query?.questions ?? [];
    if (query === undefined || question === undefined) return undefined;
    const type = dnsTypeText(question.type);
    const name = question.name.toLowerCase();
    const answer = this.#zone ? dnsAnswer(this.#zone, { name, type }) : ({ kind: "not-mine" } as const);
    if (this.#corefile.hasPlugin("log")) {
      await this.#process.stdout.write(`[INFO] "${type} IN ${name}. udp"\n`);
    }
    switch (answer.kind) {
      case "answer":
        return this.#found(query, answer.records, answer.additional);
      case "no-data":
        return encodeDnsMessage(dnsResponse(query, { authorities: [this.#authority()] }));
      case "no-such-name":
        return encodeDnsMessage(
          dnsResponse(query, { responseCode: RESPONSE_CODES.NXDOMAIN, authorities: [this.#authority()] }),
        );
      case "not-mine":
        return this.#forward(query, bytes);
      default: {
        const unreachable: never = answer;
        return unreachable;
      }
    }
  }

  /** A CNAME out of the cluster is followed upstream, so that the client gets an address. */
  async #found(
    query: DnsMessage,
    records: readonly ZoneRecord[],
    additional: readonly ZoneRecord[],
  ): Promise<Uint8Array | undefined> {
    const answers = records.map(toWire);
    const [first] = records;
    const [question] = query.questions;
    if (first?.type === "CNAME" && question && dnsTypeText(question.type) !== "CNAME") {
      const target = { name: first.data.replace(/\.$/, ""), type: question.type };
      const reply = await this.#ask(encodeDnsMessage({ ...query, questions: [target] }));
      const followed = reply && decodeDnsMessage(reply);
      return encodeDnsMessage(dnsResponse(query, { answers: [...answers, ...(followed?.answers ?? [])] }));
    }
    const edns = query.edns ? { edns: { ...query.edns, udpSizeBytes: 1232, options: [] } } : {};
    return encodeDnsMessage(dnsResponse(query, { answers, additionals: additional.map(toWire), ...edns }));
  }

  #authority(): DnsRecord {
    const { domain, ttlSeconds } = this.#corefile;
    return {
      name: domain,
      type: "SOA",
      ttl: ttlSeconds,
      primary: `ns.dns.${domain}`,
      mailbox: `hostmaster.${domain}`,
      serial: Math.floor(this.#process.clock.now() / 1000),
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: ttlSeconds,
    };
  }

  async #forward(query: DnsMessage, bytes: Uint8Array): Promise<Uint8Array | undefined> {
    const reply = await this.#ask(bytes);
    if (reply !== undefined) return reply;
    return encodeDnsMessage(dnsResponse(query, { isAuthoritative: false, responseCode: RESPONSE_CODES.SERVFAIL }));
  }

  async #ask(bytes: Uint8Array): Promise<Uint8Array | undefined> {
    for (const address of this.#upstreams()) {
      const socket = this.#process.net.datagram();
      try {
        socket.send(address, 53, bytes);
        const datagram = await socket.receive(FORWARD_TIMEOUT_MS, this.#process.interruption);
        if (datagram) return datagram.bytes;
      } catch (error) {
        if (this.#process.interruption.isInterrupted) throw error;
      } finally {
        socket.close();
      }
    }
    return undefined;
  }

  #upstreams(): readonly string[] {
    const { fs } = this.#process.machine;
    return this.#corefile.upstreams.flatMap((upstream) => {
      if (!upstream.startsWith("/")) return [upstream];
      return fs.exists(upstream) ? parseResolverConfig(fs.readText(upstream)).nameservers : [];
    });
  }
}

function toWire(record: ZoneRecord): DnsRecord {
  const head = { name: record.name, ttl: record.ttlSeconds };
  const type = record.type as DnsTypeName;
  switch (type) {
    case "A":
    case "AAAA":
      return { ...head, type, address: record.data };
    case "SRV": {
      const [priority = "0", weight = "0", port = "0", target = ""] = record.data.split(" ");
      return { ...head, type, priority: Number(priority), weight: Number(weight), port: Number(port), target };
    }
    case "TXT":
      return { ...head, type, texts: [record.data.replace(/^"|"$/g, "")] };
    default:
      return { ...head, type: type === "PTR" ? "PTR" : "CNAME", target: record.data };
  }
}
