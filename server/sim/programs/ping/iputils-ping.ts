/**
 * iputils 20221126 ping, as in Debian 12. Source: recordings, ping(8). Left out: flood,
 * record route, timestamps, preloads; audible and adaptive pings.
 */
import type { Process } from "../../machine/types.ts";
import { resolveFailureText, reasonOf } from "../toolkit/libc.ts";
import { reverseLookup } from "../toolkit/name-service.ts";
import { o, type ParsedOptions, parseOptions, UsageError } from "../toolkit/options.ts";
import { isErrno, ToolError } from "../toolkit/tool.ts";
import { type ProbeAnswer, ProbeRun } from "./probes.ts";
import { countReply, noPings, type PingCounts, roundTrip } from "./statistics.ts";

const USAGE = `
Usage
  ping [options] <destination>

Options:
  <destination>      dns name or ip address
  -a                 use audible ping
  -A                 use adaptive ping
  -B                 sticky source address
  -c <count>         stop after <count> replies
  -C                 call connect() syscall on socket creation
  -D                 print timestamps
  -d                 use SO_DEBUG socket option
  -e <identifier>    define identifier for ping session, default is random for
                     SOCK_RAW and kernel defined for SOCK_DGRAM
                     Imply using SOCK_RAW (for IPv4 only for identifier 0)
  -f                 flood ping
  -h                 print help and exit
  -I <interface>     either interface name or address
  -i <interval>      seconds between sending each packet
  -L                 suppress loopback of multicast packets
  -l <preload>       send <preload> number of packages while waiting replies
  -m <mark>          tag the packets going out
  -M <pmtud opt>     define mtu discovery, can be one of <do|dont|want>
  -n                 no dns name resolution
  -O                 report outstanding replies
  -p <pattern>       contents of padding byte
  -q                 quiet output
  -Q <tclass>        use quality of service <tclass> bits
  -s <size>          use <size> as number of data bytes to be sent
  -S <size>          use <size> as SO_SNDBUF socket option value
  -t <ttl>           define time to live
  -U                 print user-to-user latency
  -v                 verbose output
  -V                 print version and exit
  -w <deadline>      reply wait <deadline> in seconds
  -W <timeout>       time to wait for response

IPv4 options:
  -4                 use IPv4
  -b                 allow pinging broadcast
  -R                 record route
  -T <timestamp>     define timestamp, can be one of <tsonly|tsandaddr|tsprespec>

IPv6 options:
  -6                 use IPv6
  -F <flowlabel>     define flow label, default is random
  -N <nodeinfo opt>  use icmp6 node info query, try <help> as argument

For more details see ping(8).
`;

const VERSION = `ping from iputils 20221126
libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes
`;

/** How long a last reply is waited for when none ever came (MAXWAIT). */
const LINGER_MS = 10_000;
const HEADERS_BYTES = 28;
const ICMP_HEADER_BYTES = 8;

const OPTIONS = [
  ..."46aABbCDdfhLnOqRrUvV".split("").map((letter) => o(letter)),
  ..."ceFIilmMNpQsStTwW".split("").map((letter) => o(letter, "", "required")),
];

export async function iputilsPing(process: Process): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(1), OPTIONS);
    if (options.has("h")) {
      await process.stderr.write(USAGE);
      return 2;
    }
    if (options.has("V")) {
      await process.stdout.write(VERSION);
      return 0;
    }
    return await start(process, options);
  } catch (error) {
    if (error instanceof UsageError) {
      await process.stderr.write(`ping: ${error.message}\n${USAGE}`);
      return 2;
    }
    if (!(error instanceof ToolError)) throw error;
    await process.stderr.write(`ping: ${error.message}\n`);
    return error.status;
  }
}

interface Settings {
  readonly host: string;
  readonly address: string;
  /** What the first line and the statistics call the destination. */
  readonly shownName: string;
  /** Replies are shown with the name their address has. */
  readonly showsNames: boolean;
  readonly count: number;
  readonly dataBytes: number;
  readonly intervalMs: number;
  readonly timeoutMs: number | null;
  readonly deadlineMs: number | null;
  readonly isQuiet: boolean;
  readonly printsTime: boolean;
  readonly reportsOutstanding: boolean;
}

async function start(process: Process, options: ParsedOptions): Promise<number> {
  const host = options.operands[0];
  if (host === undefined) throw new ToolError("usage error: Destination address required");
  const seconds = (name: string): number | null => {
    const text = options.value(name);
    return text === undefined ? null : decimal(text) * 1000;
  };
  const intervalMs = seconds("i") ?? 1000;
  if (intervalMs < 2 && process.credentials.uid !== 0) {
    throw new ToolError("cannot flood, minimal interval for user must be >= 2 ms, use -i 0.002 (or higher)", 2);
  }
  const count = wholeNumber(options.value("c"), 1, Number.MAX_SAFE_INTEGER, "9223372036854775807") ?? 0;
  const dataBytes = wholeNumber(options.value("s"), 0, 127_992) ?? 56;
  const deadlineSeconds = wholeNumber(options.value("w"), 0, 2_147_483_647);
  const family = options.has("6") ? 6 : options.has("4") ? 4 : undefined;
  const resolved = await process.net.resolve(host, family === undefined ? {} : { family });
  if (resolved.kind === "failed") throw new ToolError(`${host}: ${resolveFailureText(process, resolved.failure)}`, 2);
  const [address = host] = resolved.addresses;
  return ping(process, {
    host,
    address,
    shownName: address === host ? host : resolved.canonicalName,
    showsNames: address !== host && !options.has("n"),
    count,
    dataBytes,
    intervalMs,
    timeoutMs: seconds("W"),
    deadlineMs: deadlineSeconds === undefined ? null : deadlineSeconds * 1000,
    isQuiet: options.has("q"),
    printsTime: options.has("D"),
    reportsOutstanding: options.has("O"),
  });
}

function decimal(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new ToolError(`option argument contains garbage: ${text}\nping: this will become fatal error in the future`);
  }
  return value;
}

function wholeNumber(
  text: string | undefined,
  lowest: number,
  highest: number,
  shownHighest = String(highest),
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^[-+]?\d+$/.test(text)) throw new ToolError(`invalid argument: '${text}'`);
  if (value >= lowest && value <= highest) return value;
  throw new ToolError(`invalid argument: '${text}': out of range: ${lowest} <= value <= ${shownHighest}`);
}

async function ping(process: Process, settings: Settings): Promise<number> {
  const { host, address, shownName, dataBytes } = settings;
  const counts = noPings();
  const run = new ProbeRun(process, { address, requestedName: host, sizeBytes: dataBytes });
  const isV6 = address.includes(":");
  process.onSignal("SIGINT", () => run.stop());
  process.onSignal("SIGQUIT", () => void process.stderr.write(`\r${progressOf(counts)}\n`).catch(() => undefined));
  const place = isV6 ? `${shownName}(${address}) ${dataBytes} data bytes` : undefined;
  await process.stdout.write(
    `PING ${place ?? `${shownName} (${address}) ${dataBytes}(${dataBytes + HEADERS_BYTES}) bytes of data.`}\n`,
  );
  const reporter = new Reporter(process, settings, counts, run);
  const startedMs = process.clock.now();
  let lastSentMs = startedMs;
  const isDone = (): boolean =>
    reporter.failure !== null ||
    (settings.count > 0 && counts.received + counts.errors >= settings.count) ||
    (settings.deadlineMs !== null && counts.errors > 0);
  const isPastDeadline = (): boolean =>
    settings.deadlineMs !== null && process.clock.now() - startedMs >= settings.deadlineMs;
  while (!run.isStopped) {
    if (settings.reportsOutstanding) await reporter.reportOutstanding();
    const sequence = ++counts.transmitted;
    lastSentMs = process.clock.now();
    await run.send(settings.timeoutMs ?? LINGER_MS, (outcome) => reporter.answer(sequence, outcome));
    const isLast = settings.count > 0 && counts.transmitted >= settings.count && settings.deadlineMs === null;
    const lingerMs = settings.timeoutMs ?? (counts.received > 0 ? 1000 : LINGER_MS);
    await run.wait(isLast ? lingerMs : untilNext(process, settings, startedMs), isDone);
    if (isLast || isDone() || isPastDeadline()) break;
  }
  run.stop();
  if (reporter.failure !== null) {
    await process.stderr.write(`ping: connect: ${reporter.failure}\n`);
    return 2;
  }
  await process.stdout.write(summary(shownName, counts, lastSentMs - startedMs));
  const isShort = settings.deadlineMs !== null && counts.received < settings.count;
  return counts.received === 0 || isShort ? 1 : 0;
}

/** The pause before the next request; a deadline may cut it short. Timers of a real kernel are a little late. */
function untilNext(process: Process, settings: Settings, startedMs: number): number {
  const lateMs = settings.intervalMs >= 1000 ? process.random.integer(24) : 0;
  const pauseMs = settings.intervalMs + lateMs;
  if (settings.deadlineMs === null) return pauseMs;
  return Math.min(pauseMs, Math.max(0, startedMs + settings.deadlineMs - process.clock.now()));
}

class Reporter {
  readonly #process: Process;
  readonly #settings: Settings;
  readonly #counts: PingCounts;
  readonly #run: ProbeRun;
  #lastAnswered = 0;
  #name: string | undefined;
  /** Why nothing can be sent at all. */
  failure: string | null = null;

  constructor(process: Process, settings: Settings, counts: PingCounts, run: ProbeRun) {
    this.#process = process;
    this.#settings = settings;
    this.#counts = counts;
    this.#run = run;
  }

  async answer(sequence: number, outcome: ProbeAnswer): Promise<void> {
    switch (outcome.kind) {
      case "reply":
        this.#lastAnswered = sequence;
        countReply(this.#counts, outcome.milliseconds);
        return this.#printReply(sequence, outcome.from, outcome.ttl, outcome.milliseconds);
      case "unreachable":
        this.#counts.errors++;
        if (this.#settings.isQuiet) return;
        return this.#print(`From ${outcome.from} icmp_seq=${sequence} ${UNREACHABLE[outcome.reason]}\n`);
      case "unsendable":
        this.failure = isErrno(outcome.error) ? reasonOf(this.#process, outcome.error) : outcome.error.message;
        return;
      case "lost":
    }
  }

  async reportOutstanding(): Promise<void> {
    const sequence = this.#counts.transmitted;
    if (sequence > 0 && this.#lastAnswered < sequence) await this.#print(`no answer yet for icmp_seq=${sequence}\n`);
  }

  async #printReply(sequence: number, from: string, ttl: number, milliseconds: number): Promise<void> {
    const { isQuiet, dataBytes, showsNames } = this.#settings;
    if (isQuiet) return;
    if (showsNames) this.#name ??= (await reverseLookup(this.#process, from, this.#run.interruption)) ?? from;
    const source = this.#name === undefined ? from : `${this.#name} (${from})`;
    const size = dataBytes + ICMP_HEADER_BYTES;
    await this.#print(
      `${size} bytes from ${source}: icmp_seq=${sequence} ttl=${ttl} time=${shownTime(milliseconds)} ms\n`,
    );
  }

  #print(line: string): Promise<void> {
    const nowMs = this.#process.clock.now();
    return this.#process.stdout.write(this.#settings.printsTime ? `[${(nowMs / 1000).toFixed(6)}] ${line}` : line);
  }
}

const UNREACHABLE = {
  host: "Destination Host Unreachable",
  port: "Destination Port Unreachable",
  admin: "Packet filtered",
} as const;

/** Four digits or so: `0.387`, `1.23`, `12.3`, `123`. */
function shownTime(milliseconds: number): string {
  if (milliseconds >= 100) return milliseconds.toFixed(0);
  if (milliseconds >= 10) return milliseconds.toFixed(1);
  return milliseconds.toFixed(milliseconds >= 1 ? 2 : 3);
}

const lossOf = ({ transmitted, received }: PingCounts): string =>
  String(Number((((transmitted - received) * 100) / Math.max(1, transmitted)).toPrecision(6)));

function progressOf(counts: PingCounts): string {
  const { transmitted, received, timesMs } = counts;
  const text = `${received}/${transmitted} packets, ${Math.floor(Number(lossOf(counts)))}% loss`;
  if (timesMs.length === 0) return text;
  const { minMs, averageMs, maxMs } = roundTrip(timesMs);
  const last = averageMs.toFixed(3);
  return `${text}, min/avg/ewma/max = ${minMs.toFixed(3)}/${last}/${last}/${maxMs.toFixed(3)} ms`;
}

/** The numbers end with an empty line when there are no times to follow them. */
function summary(shownName: string, counts: PingCounts, elapsedMs: number): string {
  const { transmitted, received, errors, timesMs } = counts;
  let text = `\n--- ${shownName} ping statistics ---\n${transmitted} packets transmitted, ${received} received`;
  if (errors > 0) text += `, +${errors} errors`;
  text += `, ${lossOf(counts)}% packet loss, time ${Math.round(elapsedMs)}ms\n`;
  if (received === 0) return `${text}\n`;
  const { minMs, averageMs, maxMs, deviationMs } = roundTrip(timesMs);
  const numbers = [minMs, averageMs, maxMs, deviationMs].map((value) => value.toFixed(3)).join("/");
  return `${text}rtt min/avg/max/mdev = ${numbers} ms\n`;
}
