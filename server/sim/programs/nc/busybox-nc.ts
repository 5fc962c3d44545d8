/**
 * busybox 1.28–1.37 nc with NC_110_COMPAT, as in the busybox and alpine images. Recorded in
 * `captures/busybox-*.txt`. Left out: -o (hex dump), telnet negotiation, source routing.
 */
import type { DatagramSocket, Process, Socket } from "../../machine/types.ts";
import { reasonOf } from "../toolkit/libc.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { busyboxVersion, defineTool, isErrno, ToolError } from "../toolkit/tool.ts";
import { relay, serveWith } from "./relay.ts";
import { resolveHost } from "./resolve-host.ts";

const USAGE = `Usage: nc [OPTIONS] HOST PORT  - connect
nc [OPTIONS] -l -p PORT [HOST] [PORT]  - listen

	-e PROG	Run PROG after connect (must be last)
	-l	Listen mode, for inbound connects
	-lk	With -e, provides persistent server
	-p PORT	Local port
	-s ADDR	Local address
	-w SEC	Timeout for connects and final net reads
	-i SEC	Delay interval for lines sent
	-n	Don't do DNS resolution
	-u	UDP mode
	-b	Allow broadcasts
	-v	Verbose
	-o FILE	Hex dump traffic
	-z	Zero-I/O mode (scanning)`;

export const busyboxNc = defineTool({
  name: "nc",
  usage: USAGE,
  options: [
    ...["l", "k", "n", "u", "b", "v", "z"].map((letter) => o(letter)),
    ...["p", "s", "w", "i", "o"].map((letter) => o(letter, "", "required")),
  ],
  restAfter: "-e",
  async run(process, options) {
    const verbosity = options.given.filter((option) => option.name === "v").length;
    if (!options.has("l") && options.operands.length < 2) {
      await process.stderr.write(`BusyBox v${busyboxVersion(process)} multi-call binary.\n\n${USAGE}\n`);
      return 1;
    }
    // The signal handler says so and leaves with a status of its own.
    process.onSignal("SIGINT", () => void process.stderr.write("punt!\n\n").finally(() => endWith(process, 1)));
    return options.has("l") ? listen(process, options, verbosity) : connect(process, options, verbosity);
  },
});

function endWith(process: Process, status: number): void {
  try {
    process.exit(status);
  } catch {
    // exit() leaves by an exception, which has nobody to catch it here.
  }
}

function portOf(text: string | undefined): number {
  const port = Number(text);
  if (text === undefined || !Number.isInteger(port) || port < 1 || port > 65535)
    throw new ToolError(`bad port '${text ?? ""}'`);
  return port;
}

const seconds = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text) * 1000;

async function connect(process: Process, options: ParsedOptions, verbosity: number): Promise<number> {
  const [host = "", portText] = options.operands;
  const port = portOf(portText);
  const resolved = await resolveHost(process, host);
  if ("failure" in resolved) throw new ToolError(`bad address '${host}'`);
  const { address } = resolved;
  const name = `${host} (${address}:${port})`;
  const timeoutMs = seconds(options.value("w"));
  if (options.has("u")) return talkUdp(process, options, address, port, name, verbosity);
  let socket: Socket;
  try {
    socket = await process.net.connect(address, port, {
      requestedName: host,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(options.has("p") ? { sourcePort: portOf(options.value("p")) } : {}),
    });
  } catch (error) {
    if (!isErrno(error)) throw error;
    // A refusal is told only by -vv; without -v nothing is.
    const isTold = verbosity > 1 || (verbosity === 1 && error.code !== "ECONNREFUSED");
    if (isTold) await process.stderr.write(`nc: ${name}: ${reasonOf(process, error)}\n`);
    if (verbosity > 1) await process.stderr.write("sent 0, rcvd 0\n");
    return 1;
  }
  if (verbosity > 0) await process.stderr.write(`${name} open\n`);
  const program = options.rest;
  if (program) return runProgram(process, socket, program);
  if (options.has("z")) {
    socket.release();
    if (verbosity > 1) await process.stderr.write("sent 0, rcvd 0\n");
    return 0;
  }
  return talk(process, socket, options, verbosity);
}

async function talk(process: Process, socket: Socket, options: ParsedOptions, verbosity: number): Promise<number> {
  const idleMs = seconds(options.value("w"));
  const delayMs = seconds(options.value("i"));
  const counts = await relay(process, socket, {
    shutsDown: true,
    ...(idleMs === undefined ? {} : { idleMs }),
    ...(delayMs === undefined ? {} : { delayMs }),
  });
  if (verbosity > 1) await process.stderr.write(`sent ${counts.sent}, rcvd ${counts.received}\n`);
  return 0;
}

async function runProgram(process: Process, socket: Socket, program: readonly string[]): Promise<number> {
  const path = process.findExecutable(program[0] ?? "");
  if (path === undefined) {
    socket.release();
    throw new ToolError(`can't execute '${program[0]}': No such file or directory`);
  }
  return serveWith(process, socket, program, path);
}

async function listen(process: Process, options: ParsedOptions, verbosity: number): Promise<number> {
  const port = portOf(options.value("p") ?? options.operands.at(-1));
  if (options.has("u")) return listenUdp(process, port, verbosity);
  let listener: ReturnType<Process["net"]["listen"]>;
  try {
    const address = options.value("s");
    listener = process.net.listen(port, address === undefined ? {} : { address });
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new ToolError(`bind: ${reasonOf(process, error)}`);
  }
  if (verbosity > 0) await process.stderr.write(`listening on ${options.value("s") ?? "[::]"}:${port} ...\n`);
  const program = options.rest;
  // -k is honoured together with -e only.
  const persists = options.has("k") && program !== null;
  do {
    const socket = await listener.accept(process.interruption);
    if (!persists) listener.close();
    if (verbosity > 0) {
      const remote = `[::ffff:${socket.remoteAddress}]:${socket.remotePort}`;
      await process.stderr.write(`connect to [::ffff:${socket.localAddress}]:${port} from ${remote} (${remote})\n`);
    }
    if (!program) return talk(process, socket, options, verbosity);
    const served = runProgram(process, socket, program);
    if (!persists) return served;
    void served.catch(() => undefined);
  } while (persists);
  return 0;
}

/** UDP knows no handshake: -z sends a byte and, hearing nothing against it, cannot tell. */
async function talkUdp(
  process: Process,
  options: ParsedOptions,
  address: string,
  port: number,
  name: string,
  verbosity: number,
): Promise<number> {
  const socket = process.net.datagram();
  const waitMs = seconds(options.value("w"));
  const requestedName = name.split(" ")[0];
  try {
    if (options.has("z")) {
      socket.send(address, port, new Uint8Array([10]), requestedName);
      await socket.receive(waitMs ?? 1000, process.interruption);
      return 1;
    }
    if (verbosity > 0) await process.stderr.write(`${name} open\n`);
    return await relayDatagrams(process, socket, { address, port, requestedName }, waitMs);
  } catch (error) {
    if (!isErrno(error) || error.code !== "ECONNREFUSED") throw error;
    if (verbosity > 1) await process.stderr.write(`nc: ${name}: ${reasonOf(process, error)}\n`);
    return 1;
  } finally {
    socket.close();
  }
}

async function listenUdp(process: Process, port: number, verbosity: number): Promise<number> {
  const socket = process.net.datagram({ port });
  if (verbosity > 0) await process.stderr.write(`listening on [::]:${port} ...\n`);
  try {
    const first = await socket.receive(undefined, process.interruption);
    if (!first) return 0;
    await process.stdout.write(first.bytes);
    return await relayDatagrams(process, socket, first, undefined);
  } finally {
    socket.close();
  }
}

async function relayDatagrams(
  process: Process,
  socket: DatagramSocket,
  peer: { readonly address: string; readonly port: number; readonly requestedName?: string | undefined },
  waitMs: number | undefined,
): Promise<number> {
  let hasInputEnded = false;
  const upstream = (async () => {
    while (true) {
      const bytes = await process.stdin.read(8192);
      if (bytes.length === 0) break;
      socket.send(peer.address, peer.port, bytes, peer.requestedName);
    }
    hasInputEnded = true;
  })();
  void upstream.catch(() => undefined);
  while (true) {
    if (waitMs !== undefined && !hasInputEnded) await upstream;
    const datagram = await socket.receive(waitMs, process.interruption);
    if (!datagram) return 0;
    await process.stdout.write(datagram.bytes);
  }
}
