/**
 * CoreDNS 1.12: answers on UDP and TCP 53, health on 8080, readiness on 8181. The Corefile is
 * not interpreted: the plugins are kubernetes, forward, cache, loop, reload as kubeadm sets them.
 */
import {
  decodeDnsMessage,
  type DnsMessage,
  type DnsRecord,
  dnsResponse,
  dnsTypeText,
  encodeDnsMessage,
  RESPONSE_CODES,
} from "../../machine/dns-message.ts";
import { serveHttp } from "../../machine/http.ts";
import type { Process, Program, Socket } from "../../machine/types.ts";
import { untilSignal } from "./component.ts";
import { clusterNamesKey, type NameAnswers, type NameRecord } from "./services.ts";

const ZONE = "cluster.local";

export const coredns: Program = {
  name: "coredns",
  async run(process) {
    const names = process.machine.services.get(clusterNamesKey);
    if (!names) {
      await process.stderr.write("plugin/kubernetes: unable to load in-cluster configuration\n");
      return 1;
    }
    await process.stdout.write(
      `.:53\n[INFO] plugin/reload: Running configuration SHA512 = ${"1b226df79860026c6a52e67daa10d7f0d57ec5b023288ec00c5e05f93523c894564e15b91770d3a07ae1cfbe861d15b37d4a0027e69c546ab112970993a3b03b"}\n`,
    );
    await process.stdout.write(`CoreDNS-${process.program.version ?? "1.12.1"}\nlinux/amd64, go1.24.1, 707c7c1\n`);
    void serveUdp(process, names).catch(() => undefined);
    void serveTcp(process, names).catch(() => undefined);
    for (const port of [8080, 8181]) {
      void serveHttp(
        process.net.listen(port),
        async (_, response) => response.send(200, { "Content-Type": "text/plain" }, "OK"),
        {
          interruption: process.interruption,
        },
      );
    }
    await untilSignal(process);
    await process.stdout.write("[INFO] SIGTERM: Shutting down servers then terminating\n");
    return 0;
  },
};

async function serveUdp(process: Process, names: NameAnswers): Promise<void> {
  const socket = process.net.datagram({ port: 53 });
  while (true) {
    const datagram = await socket.receive(undefined, process.interruption);
    if (!datagram) continue;
    const query = decodeDnsMessage(datagram.bytes);
    if (!query || query.isResponse) continue;
    const answer = encodeDnsMessage(respond(process, names, query));
    const room = query.edns?.udpSizeBytes ?? 512;
    const sent = answer.length <= room ? answer : encodeDnsMessage({ ...dnsResponse(query), isTruncated: true });
    socket.send(datagram.address, datagram.port, sent);
  }
}

async function serveTcp(process: Process, names: NameAnswers): Promise<void> {
  const listener = process.net.listen(53);
  while (true) {
    const socket = await listener.accept(process.interruption);
    void answerStream(process, names, socket).catch(() => undefined);
  }
}

/** Messages behind a length of 16 bits. */
async function answerStream(process: Process, names: NameAnswers, socket: Socket): Promise<void> {
  let buffered = new Uint8Array();
  try {
    while (true) {
      const bytes = await socket.read(65_537, process.interruption);
      if (bytes.length === 0) return;
      const joined = new Uint8Array(buffered.length + bytes.length);
      joined.set(buffered);
      joined.set(bytes, buffered.length);
      buffered = joined;
      while (buffered.length >= 2) {
        const length = ((buffered[0] ?? 0) << 8) | (buffered[1] ?? 0);
        if (buffered.length < length + 2) break;
        const query = decodeDnsMessage(buffered.subarray(2, length + 2));
        buffered = buffered.slice(length + 2);
        if (!query) return;
        const answer = encodeDnsMessage(respond(process, names, query));
        const framed = new Uint8Array(answer.length + 2);
        framed[0] = answer.length >> 8;
        framed[1] = answer.length & 255;
        framed.set(answer, 2);
        await socket.write(framed, process.interruption);
      }
    }
  } finally {
    socket.release();
  }
}

function respond(process: Process, names: NameAnswers, query: DnsMessage): DnsMessage {
  const question = query.questions[0];
  const edns = query.edns ? { edns: { ...query.edns, udpSizeBytes: 1232 } } : {};
  if (!question) return dnsResponse(query, { responseCode: RESPONSE_CODES.FORMERR, ...edns });
  const name = question.name.toLowerCase().replace(/\.$/, "");
  const answer = names.lookup(name, dnsTypeText(question.type));
  const isOurs = name === ZONE || name.endsWith(`.${ZONE}`) || name.endsWith(".in-addr.arpa");
  const authorities = isOurs ? [startOfAuthority(process)] : [];
  switch (answer.kind) {
    case "answer":
      return dnsResponse(query, {
        answers: answer.records.map((record) => wireRecord(record, question.name)),
        additionals: answer.additional.map((record) => wireRecord(record)),
        isAuthoritative: isOurs,
        recursionAvailable: !isOurs,
        ...edns,
      });
    case "no-data":
      return dnsResponse(query, { authorities, isAuthoritative: isOurs, recursionAvailable: !isOurs, ...edns });
    case "no-such-name":
      return dnsResponse(query, {
        responseCode: RESPONSE_CODES.NXDOMAIN,
        authorities,
        isAuthoritative: isOurs,
        recursionAvailable: !isOurs,
        ...edns,
      });
    case "not-mine":
      return dnsResponse(query, {
        responseCode: RESPONSE_CODES.NXDOMAIN,
        isAuthoritative: false,
        recursionAvailable: true,
        ...edns,
      });
  }
}

function startOfAuthority(process: Process): DnsRecord {
  const serial = Math.floor(process.clock.now() / 1000);
  return {
    name: ZONE,
    ttl: 30,
    type: "SOA",
    primary: `ns.dns.${ZONE}`,
    mailbox: `hostmaster.${ZONE}`,
    serial,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: 30,
  };
}

/** `asked` keeps the case of the question, which CoreDNS echoes. */
function wireRecord(record: NameRecord, asked?: string): DnsRecord {
  const head = {
    name: asked !== undefined && asked.toLowerCase().replace(/\.$/, "") === record.name ? asked : record.name,
    ttl: record.ttlSeconds,
  };
  switch (record.type) {
    case "A":
    case "AAAA":
      return { ...head, type: record.type, address: record.data };
    case "SRV": {
      const [priority = "0", weight = "100", port = "0", target = ""] = record.data.split(" ");
      return { ...head, type: "SRV", priority: Number(priority), weight: Number(weight), port: Number(port), target };
    }
    case "PTR":
    case "CNAME":
    case "NS":
      return { ...head, type: record.type, target: record.data };
    default:
      return { ...head, type: "TXT", texts: [record.data.replace(/^"|"$/g, "")] };
  }
}
