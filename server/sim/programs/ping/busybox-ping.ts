/**
 * busybox 1.28–1.37 ping, as in the busybox and alpine images. Source: recordings, and the
 * applet's own help. Left out: -A, -I with an interface, payload patterns.
 */
import type { Process } from "../../machine/types.ts";
import { resolveHost } from "../nc/resolve-host.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { reasonOf } from "../toolkit/libc.ts";
import { busyboxVersion, defineTool, isErrno, ToolError } from "../toolkit/tool.ts";
import { ProbeRun, type ProbeAnswer } from "./probes.ts";
import { countReply, noPings, type PingCounts, roundTrip } from "./statistics.ts";

const USAGE = `Usage: ping [OPTIONS] HOST

Send ICMP ECHO_REQUESTs to HOST

	-4,-6		Force IP or IPv6 name resolution
	-c CNT		Send only CNT pings
	-s SIZE		Send SIZE data bytes in packets (default 56)
	-i SECS		Interval
	-A		Ping as soon as reply is recevied
	-t TTL		Set TTL
	-I IFACE/IP	Source interface or IP address
	-W SEC		Seconds to wait for the first response (default 10)
			(after all -c CNT packets are sent)
	-w SEC		Seconds until ping exits (default:infinite)
			(can exit earlier with -c CNT)
	-q		Quiet, only display output at start/finish
	-p HEXBYTE	Payload pattern`;

const HEADER_BYTES = 8;

export const busyboxPing = defineTool({
  name: "ping",
  usage: USAGE,
  options: [...[..."46Aqv"].map((letter) => o(letter)), ...[..."csitIWwp"].map((letter) => o(letter, "", "required"))],
  async run(process, options) {
    const host = options.operands[0];
    if (host === undefined) {
      await process.stderr.write(`BusyBox v${busyboxVersion(process)} multi-call binary.\n\n${USAGE}\n`);
      return 1;
    }
    const settings = readSettings(options);
    const family = process.name === "ping6" || options.has("6") ? 6 : options.has("4") ? 4 : undefined;
    const resolved = await resolveHost(process, host, family);
    if ("failure" in resolved) throw new ToolError(`bad address '${host}'`);
    return ping(process, host, resolved.address, settings);
  },
});

interface Settings {
  /** 0: without end. */
  readonly count: number;
  readonly dataBytes: number;
  readonly intervalMs: number;
  readonly firstReplyMs: number;
  readonly deadlineMs: number | null;
  readonly isQuiet: boolean;
}

function readSettings(options: ParsedOptions): Settings {
  const deadline = options.value("w");
  return {
    count: numberOf(options.value("c"), 0),
    dataBytes: numberOf(options.value("s"), 56),
    intervalMs: numberOf(options.value("i"), 1) * 1000,
    firstReplyMs: numberOf(options.value("W"), 10) * 1000,
    deadlineMs: deadline === undefined ? null : numberOf(deadline, 0) * 1000,
    isQuiet: options.has("q"),
  };
}

function numberOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text === "" || !Number.isFinite(value) || value < 0) throw new ToolError(`invalid number '${text}'`);
  return value;
}

async function ping(process: Process, host: string, address: string, settings: Settings): Promise<number> {
  const counts = noPings();
  const run = new ProbeRun(process, { address, requestedName: host, sizeBytes: settings.dataBytes });
  process.onSignal("SIGINT", () => run.stop());
  await process.stdout.write(`PING ${host} (${address}): ${settings.dataBytes} data bytes\n`);
  const startedMs = process.clock.now();
  const failures: Error[] = [];
  const answer = async (sequence: number, outcome: ProbeAnswer): Promise<void> => {
    if (outcome.kind === "unsendable") {
      failures.push(outcome.error);
      run.stop();
    }
    if (outcome.kind !== "reply") return;
    countReply(counts, outcome.milliseconds);
    if (settings.isQuiet) return;
    const size = settings.dataBytes + HEADER_BYTES;
    const time = outcome.milliseconds.toFixed(3);
    await process.stdout.write(
      `${size} bytes from ${outcome.from}: seq=${sequence} ttl=${outcome.ttl} time=${time} ms\n`,
    );
  };
  const hasAll = (): boolean => settings.count > 0 && counts.received >= settings.count;
  while (!run.isStopped) {
    const sequence = counts.transmitted++;
    await run.send(settings.firstReplyMs, (outcome) => answer(sequence & 0xffff, outcome));
    if (settings.count > 0 && counts.transmitted >= settings.count) {
      // Once something has answered, a second is patience enough.
      await run.wait(counts.received > 0 ? 1000 : settings.firstReplyMs, hasAll);
      break;
    }
    await run.wait(settings.intervalMs);
    if (settings.deadlineMs !== null && process.clock.now() - startedMs >= settings.deadlineMs) break;
  }
  run.stop();
  const [failure] = failures;
  if (isErrno(failure)) throw new ToolError(`sendto: ${reasonOf(process, failure)}`);
  return summarise(process, host, counts, settings);
}

async function summarise(process: Process, host: string, counts: PingCounts, settings: Settings): Promise<number> {
  const { transmitted, received, timesMs } = counts;
  const loss = transmitted === 0 ? 0 : Math.floor(((transmitted - received) * 100) / transmitted);
  let text = `\n--- ${host} ping statistics ---\n`;
  text += `${transmitted} packets transmitted, ${received} packets received, ${loss}% packet loss\n`;
  if (received > 0) {
    const { minMs, averageMs, maxMs } = roundTrip(timesMs);
    text += `round-trip min/avg/max = ${minMs.toFixed(3)}/${averageMs.toFixed(3)}/${maxMs.toFixed(3)} ms\n`;
  }
  await process.stdout.write(text);
  return received === 0 || (settings.deadlineMs !== null && received < settings.count) ? 1 : 0;
}
