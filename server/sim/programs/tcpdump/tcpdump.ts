/**
 * tcpdump 4.99 on this pod's interface: the packets of each connection that begins or ends here,
 * as far as flows tell them. Left out: payloads, files, most of the filter language.
 */
import type { Flow } from "../../net/types.ts";
import type { Process } from "../../machine/types.ts";
import { createInterruption } from "../../machine/interruption.ts";
import { formatDate } from "../toolkit/dates.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, ToolError } from "../toolkit/tool.ts";

/** Packets waiting to be printed; more are lost, as the kernel's buffer loses them. */
const MAX_PENDING = 1000;

interface Packet {
  readonly timeMs: number;
  readonly text: string;
}

export const tcpdump = defineTool({
  name: "tcpdump",
  options: [
    ...[..."AbdDefhHIJKlLNnOpqStuUvxX#"].map((letter) => o(letter)),
    ...[..."BcCEFGijmMrQsTVwWyzZ"].map((letter) => o(letter, "", "required")),
    o("", "version"),
    o("", "list-interfaces"),
  ],
  async run(process, options) {
    if (options.has("version") || options.has("h")) {
      await process.stdout.write(VERSION);
      return 0;
    }
    if (options.has("D") || options.has("list-interfaces")) {
      await process.stdout.write(interfaceList(process));
      return 0;
    }
    const device = options.value("i") ?? "eth0";
    const names = process.machine.network.interfaces.map(({ name }) => name);
    if (device !== "any" && !names.includes(device)) {
      throw new ToolError(`${device}: No such device exists\n(No such device exists)`);
    }
    if (process.credentials.uid !== 0) {
      throw new ToolError(
        `${device}: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)`,
      );
    }
    const accepts = filterOf(options.operands.join(" "));
    const isVerbose = options.has("v");
    const link = device === "any" ? "LINUX_SLL2 (Linux cooked v2)" : "EN10MB (Ethernet)";
    const hint = isVerbose
      ? "tcpdump: "
      : "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n";
    await process.stderr.write(`${hint}listening on ${device}, link-type ${link}, snapshot length 262144 bytes\n`);
    return capture(process, accepts, Number(options.value("c") ?? Number.POSITIVE_INFINITY), device);
  },
});

const VERSION = `tcpdump version 4.99.3
libpcap version 1.10.3 (with TPACKET_V3)
OpenSSL 3.0.17 1 Jul 2025
`;

/** What can be captured on, as -D lists it: own interfaces, all at once, the loopback. */
function interfaceList(process: Process): string {
  const own = process.machine.network.interfaces.map(({ name }) => name).filter((name) => name !== "lo");
  const rows = [
    ...own.map((name) => `${name} [Up, Running, Connected]`),
    "any (Pseudo-device that captures on all interfaces) [Up, Running]",
    "lo [Up, Running, Loopback]",
  ];
  return rows.map((row, index) => `${index + 1}.${row}\n`).join("");
}

async function capture(
  process: Process,
  accepts: (flow: Flow) => boolean,
  limit: number,
  device: string,
): Promise<number> {
  const { network } = process.machine;
  const stop = createInterruption();
  const pending: Packet[] = [];
  let wake = createInterruption();
  let count = 0;
  const isOwn = (flow: Flow): boolean =>
    flow.source === network.id || (flow.destination === network.id && flow.outcome !== "dropped");
  const cancel = network.fabric.onFlow((flow) => {
    const isPacket = flow.outcome !== "name-not-found";
    if (device === "lo" || !isPacket || !isOwn(flow) || !accepts(flow)) return;
    for (const packet of packetsOf(flow, flow.source === network.id, process)) {
      if (pending.length < MAX_PENDING) pending.push(packet);
    }
    wake.interrupt();
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.onSignal(signal, () => {
      stop.interrupt();
      wake.interrupt();
    });
  }
  try {
    while (count < limit && !stop.interruption.isInterrupted) {
      const packet = pending.shift();
      if (packet) {
        count++;
        await process.stdout.write(
          `${formatDate(packet.timeMs, "%H:%M:%S")}.${micros(packet.timeMs)} ${packet.text}\n`,
        );
        continue;
      }
      wake = createInterruption();
      await interrupted(process, wake.interruption);
    }
  } finally {
    cancel();
  }
  const plural = count === 1 ? "" : "s";
  await process.stderr.write(
    `${count} packet${plural} captured\n${count + pending.length} packet${count + pending.length === 1 ? "" : "s"} received by filter\n0 packets dropped by kernel\n`,
  );
  return 0;
}

function interrupted(process: Process, wake: ReturnType<typeof createInterruption>["interruption"]): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = process.interruption.onInterrupt(reject);
    wake.onInterrupt(() => {
      cancel();
      resolve();
    });
  });
}

const micros = (ms: number): string => String(Math.floor((ms % 1000) * 1000)).padStart(6, "0");

/** What the pod sees: at its own side the addresses before translation, at the other those after. */
function packetsOf(flow: Flow, isSource: boolean, process: Process): readonly Packet[] {
  const port = 32_768 + ((flow.id * 7919) % 28_232);
  const sender = isSource ? flow.sourceAddress : (flow.translatedSourceAddress ?? flow.sourceAddress);
  const [address, toPort] = isSource
    ? [flow.requestedAddress, flow.requestedPort]
    : [flow.destinationAddress, flow.destinationPort];
  const at = (text: string, delayMs = 0): Packet => ({ timeMs: flow.timeMs + delayMs, text });
  if (flow.protocol === "ICMP") {
    const id = (flow.id * 31) % 65_536;
    const request = at(`IP ${sender} > ${address}: ICMP echo request, id ${id}, seq 1, length 64`);
    return flow.outcome === "connected"
      ? [request, at(`IP ${address} > ${sender}: ICMP echo reply, id ${id}, seq 1, length 64`, 0.1)]
      : [request];
  }
  const forth = `IP ${sender}.${port} > ${address}.${toPort}`;
  const back = `IP ${address}.${toPort} > ${sender}.${port}`;
  if (flow.protocol !== "TCP") {
    const packet = at(`${forth}: UDP, length 32`);
    if (flow.outcome !== "refused") return [packet];
    return [packet, at(`IP ${address} > ${sender}: ICMP ${address} udp port ${toPort} unreachable, length 68`, 0.1)];
  }
  const sequence = process.random.integer(4_000_000_000);
  const syn = at(
    `${forth}: Flags [S], seq ${sequence}, win 64860, options [mss 1410,sackOK,TS val ${sequence % 100_000_000} ecr 0,nop,wscale 7], length 0`,
  );
  if (flow.outcome === "refused")
    return [syn, at(`${back}: Flags [R.], seq 0, ack ${sequence + 1}, win 0, length 0`, 0.1)];
  if (flow.outcome !== "connected") return [syn];
  const answer = process.random.integer(4_000_000_000);
  return [
    syn,
    at(
      `${back}: Flags [S.], seq ${answer}, ack ${sequence + 1}, win 64308, options [mss 1410,sackOK,TS val ${answer % 100_000_000} ecr ${sequence % 100_000_000},nop,wscale 7], length 0`,
      0.1,
    ),
    at(
      `${forth}: Flags [.], ack 1, win 507, options [nop,nop,TS val ${(sequence % 100_000_000) + 1} ecr ${answer % 100_000_000}], length 0`,
      0.2,
    ),
  ];
}

/** `tcp`, `udp`, `icmp`, `port N`, `host A`, `src`/`dst` before them, joined by `and`; `not` in front. Throws ToolError. */
function filterOf(text: string): (flow: Flow) => boolean {
  const words = text.replace(/[()]/g, " ").split(/\s+/).filter(Boolean);
  const tests: ((flow: Flow) => boolean)[] = [];
  let isNegated = false;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word === "and" || word === "&&" || word === "ip") continue;
    if (word === "not" || word === "!") {
      isNegated = true;
      continue;
    }
    const test = testOf(word, () => words[++index] ?? "");
    if (!test) throw new ToolError("can't parse filter expression: syntax error");
    const negated = isNegated;
    tests.push((flow) => test(flow) !== negated);
    isNegated = false;
  }
  return (flow) => tests.every((test) => test(flow));
}

function testOf(word: string, next: () => string): ((flow: Flow) => boolean) | undefined {
  const protocol = word.toUpperCase();
  if (["TCP", "UDP", "ICMP", "SCTP"].includes(protocol)) return (flow) => flow.protocol === protocol;
  const side = word === "src" || word === "dst" ? word : null;
  const kind = side ? next() : word;
  if (kind === "port") {
    const port = Number(next());
    return (flow) => side !== "src" && (flow.requestedPort === port || flow.destinationPort === port);
  }
  const address = kind === "host" ? next() : side ? kind : null;
  if (address === null) return undefined;
  const isSource = (flow: Flow): boolean => flow.sourceAddress === address;
  const isDestination = (flow: Flow): boolean =>
    flow.requestedAddress === address || flow.destinationAddress === address;
  return (flow) => (side !== "dst" && isSource(flow)) || (side !== "src" && isDestination(flow));
}
