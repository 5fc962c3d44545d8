/**
 * OpenBSD netcat, Debian patch level 1.229 (also Alpine's netcat-openbsd). Recorded in
 * `captures/netcat-*.txt`. Left out: proxies, TLS, TOS, unix sockets.
 */
import type { Process, Socket } from "../../machine/types.ts";
import { reasonOf, resolveFailureText } from "../toolkit/libc.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { defineTool, isErrno, ToolError } from "../toolkit/tool.ts";
import { relay } from "./relay.ts";
import { resolveHost } from "./resolve-host.ts";

const USAGE = `usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
	  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
	  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
	  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
	  [destination] [port]`;

export const openbsdNc = defineTool({
  name: "nc.openbsd",
  usage: USAGE,
  options: [
    ...[..."46bCDdFhklNnrStUuvZz"].map((letter) => o(letter)),
    ...[..."IiMmOPpqsTVWwXx"].map((letter) => o(letter, "", "required")),
  ],
  async run(process, options) {
    const operands = [...options.operands];
    if (options.has("h")) {
      await process.stderr.write(`OpenBSD netcat (Debian patchlevel 1.229-1)\n${USAGE}\n`);
      return 0;
    }
    if (options.has("l")) return listen(process, options, operands);
    const [host, ports] = operands;
    if (host === undefined || ports === undefined) {
      await process.stderr.write(`${USAGE}\n`);
      return 1;
    }
    let status = 1;
    for (const port of portRange(ports)) status = (await attempt(process, options, host, port)) === 0 ? 0 : status;
    return status;
  },
});

function portRange(text: string): readonly number[] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (!match) throw new ToolError(`port number invalid: ${text}`);
  const isPort = (port: number): boolean => port >= 1 && port <= 65535;
  if (!isPort(first) || !isPort(last))
    throw new ToolError(`port number ${first < 1 || last < 1 ? "too small" : "too large"}: ${text}`);
  return Array.from({ length: Math.abs(last - first) + 1 }, (_, index) => Math.min(first, last) + index);
}

async function attempt(process: Process, options: ParsedOptions, host: string, port: number): Promise<number> {
  const isVerbose = options.has("v");
  const resolved = await resolveHost(process, host, options.has("6") ? 6 : options.has("4") ? 4 : undefined);
  if ("failure" in resolved) {
    const reason = resolveFailureText(process, resolved.failure);
    throw new ToolError(`getaddrinfo for host "${host}" port ${port}: ${reason}`);
  }
  const { address } = resolved;
  const place = address === host ? host : `${host} (${address})`;
  const waitSeconds = options.value("w");
  const timeoutMs = waitSeconds === undefined ? undefined : Number(waitSeconds) * 1000;
  if (options.has("u")) return attemptUdp(process, options, place, address, port, timeoutMs);
  let socket: Socket;
  try {
    socket = await process.net.connect(address, port, {
      requestedName: host,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  } catch (error) {
    if (!isErrno(error)) throw error;
    const isOwnTimeout = error.code === "ETIMEDOUT" && timeoutMs !== undefined;
    const text = isOwnTimeout ? "timed out: Operation now in progress" : `failed: ${reasonOf(process, error)}`;
    if (isVerbose) await process.stderr.write(`nc: connect to ${place} port ${port} (tcp) ${text}\n`);
    return 1;
  }
  if (isVerbose)
    await process.stderr.write(
      `Connection to ${place} ${port} port [tcp/${serviceName(process, port, "tcp")}] succeeded!\n`,
    );
  if (options.has("z")) {
    socket.release();
    return 0;
  }
  await relay(process, socket, relayOptions(options, timeoutMs));
  return 0;
}

function relayOptions(options: ParsedOptions, timeoutMs: number | undefined) {
  const quit = options.value("q");
  return {
    // Without -N or -q the peer is not told; the connection stays until it closes.
    shutsDown: options.has("N") || quit !== undefined,
    ignoresInput: options.has("d"),
    ...(quit !== undefined && Number(quit) >= 0 ? { quitMs: Number(quit) * 1000 } : {}),
    ...(timeoutMs === undefined ? {} : { idleMs: timeoutMs }),
  };
}

async function attemptUdp(
  process: Process,
  options: ParsedOptions,
  place: string,
  address: string,
  port: number,
  timeoutMs: number | undefined,
): Promise<number> {
  const socket = process.net.datagram();
  const requestedName = place.split(" ")[0];
  try {
    if (options.has("z")) {
      // Four single bytes, half a second apart; an ICMP refusal ends it, silence counts as success.
      for (let probe = 0; probe < 4; probe++) {
        socket.send(address, port, new Uint8Array([88]), requestedName);
        await socket.receive(500, process.interruption);
      }
      if (options.has("v")) {
        await process.stderr.write(
          `Connection to ${place} ${port} port [udp/${serviceName(process, port, "udp")}] succeeded!\n`,
        );
      }
      return 0;
    }
    void pumpInput(process, (bytes) => socket.send(address, port, bytes, requestedName)).catch(() => undefined);
    while (true) {
      const datagram = await socket.receive(timeoutMs, process.interruption);
      if (!datagram) return 0;
      await process.stdout.write(datagram.bytes);
    }
  } catch (error) {
    if (!isErrno(error) || error.code !== "ECONNREFUSED") throw error;
    return 1;
  } finally {
    socket.close();
  }
}

async function pumpInput(process: Process, send: (bytes: Uint8Array) => unknown): Promise<void> {
  while (true) {
    const bytes = await process.stdin.read(8192);
    if (bytes.length === 0) return;
    send(bytes);
  }
}

/** `http` when /etc/services tells, else `*`. */
function serviceName(process: Process, port: number, protocol: string): string {
  const { fs } = process.machine;
  if (!fs.exists("/etc/services")) return "*";
  const match = new RegExp(`^(\\S+)\\s+${port}/${protocol}\\b`, "m").exec(fs.readText("/etc/services"));
  return match?.[1] ?? "*";
}

async function listen(process: Process, options: ParsedOptions, operands: readonly string[]): Promise<number> {
  const port = Number(options.value("p") ?? operands.at(-1));
  if (!Number.isInteger(port)) {
    await process.stderr.write(`${USAGE}\n`);
    return 1;
  }
  const address = options.value("s") ?? (operands.length > 1 ? operands[0] : undefined);
  if (options.has("u")) return listenUdp(process, port);
  let listener: ReturnType<Process["net"]["listen"]>;
  try {
    listener = process.net.listen(port, address === undefined ? {} : { address });
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new ToolError(reasonOf(process, error));
  }
  if (options.has("v")) await process.stderr.write(`Listening on ${address ?? "0.0.0.0"} ${port}\n`);
  do {
    const socket = await listener.accept(process.interruption);
    if (!options.has("k")) listener.close();
    if (options.has("v"))
      await process.stderr.write(`Connection received on ${socket.remoteAddress} ${socket.remotePort}\n`);
    const timeout = options.value("w");
    await relay(process, socket, {
      ...relayOptions(options, timeout === undefined ? undefined : Number(timeout) * 1000),
      shutsDown: options.has("N"),
    });
  } while (options.has("k"));
  return 0;
}

async function listenUdp(process: Process, port: number): Promise<number> {
  const socket = process.net.datagram({ port });
  while (true) {
    const datagram = await socket.receive(undefined, process.interruption);
    if (datagram) await process.stdout.write(datagram.bytes);
  }
}
