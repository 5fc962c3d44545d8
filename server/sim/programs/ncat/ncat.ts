/** Nmap's ncat 7.93: connecting and listening, plain. Source: recordings in `captures/ncat-*.txt`. Left out: TLS, proxies, brokers, access lists. */
import type { Process, Socket } from "../../machine/types.ts";
import { relay, serveWith } from "../nc/relay.ts";
import { resolveHost } from "../nc/resolve-host.ts";
import { reasonOf, resolveFailureText } from "../toolkit/libc.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { defineTool, isErrno } from "../toolkit/tool.ts";

const BANNER = "Ncat: Version 7.93 ( https://nmap.org/ncat )\n";
const DEFAULT_PORT = 31_337;
/** What ncat needs for itself before it reports. */
const OWN_SECONDS = 0.05;

const USAGE = `Ncat 7.93 ( https://nmap.org/ncat )
Usage: ncat [options] [hostname] [port]`;

export const ncat = defineTool({
  name: "ncat",
  usage: USAGE,
  usageStatus: 2,
  options: [
    o("4"),
    o("6"),
    o("C", "crlf"),
    o("k", "keep-open"),
    o("l", "listen"),
    o("n", "nodns"),
    o("u", "udp"),
    o("v", "verbose"),
    o("z"),
    o("", "version"),
    o("", "send-only"),
    o("", "recv-only"),
    o("w", "wait", "required"),
    o("i", "idle-timeout", "required"),
    o("p", "source-port", "required"),
    o("s", "source", "required"),
    o("e", "exec", "required"),
    o("c", "sh-exec", "required"),
    o("m", "max-conns", "required"),
    o("d", "delay", "required"),
  ],
  async run(process, options) {
    if (options.has("version")) {
      await process.stdout.write(BANNER);
      return 0;
    }
    if (options.has("verbose")) await process.stderr.write(BANNER);
    return options.has("listen") ? listen(process, options) : connect(process, options);
  },
});

async function quit(process: Process, text: string, status: number): Promise<number> {
  await process.stderr.write(`Ncat: ${text}\n`);
  return status;
}

/** `2`, `2s`, `500ms`, `1m`. */
function milliseconds(text: string | undefined): number | undefined {
  const match = /^([\d.]+)(ms|s|m|h)?$/.exec(text ?? "");
  if (!match) return undefined;
  return Number(match[1]) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] ?? "s"] ?? 1000);
}

async function connect(process: Process, options: ParsedOptions): Promise<number> {
  const [host, portText] = options.operands;
  if (host === undefined) return quit(process, "You must specify a host to connect to. QUITTING.", 2);
  const port = portText === undefined ? DEFAULT_PORT : Number(portText);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    return quit(process, `Invalid port number "${portText}". QUITTING.`, 2);
  const resolved = await resolveHost(process, host);
  if ("failure" in resolved) {
    return quit(
      process,
      `Could not resolve hostname "${host}": ${resolveFailureText(process, resolved.failure)}. QUITTING.`,
      2,
    );
  }
  const { address } = resolved;
  const startedMs = process.clock.now();
  if (options.has("udp")) return connectUdp(process, options, { host, address, port });
  let socket: Socket;
  try {
    const timeoutMs = milliseconds(options.value("wait")) ?? 10_000;
    socket = await process.net.connect(address, port, { timeoutMs, requestedName: host });
  } catch (error) {
    if (!isErrno(error)) throw error;
    return quit(process, error.code === "ETIMEDOUT" ? "TIMEOUT." : `${reasonOf(process, error)}.`, 1);
  }
  const isVerbose = options.has("verbose");
  if (isVerbose) await process.stderr.write(`Ncat: Connected to ${address}:${port}.\n`);
  const command = commandOf(options);
  if (command) return runCommand(process, socket, command);
  let counts = { sent: 0, received: 0 };
  if (options.has("z")) socket.release();
  else {
    const idleMs = milliseconds(options.value("idle-timeout"));
    const result = await relay(process, socket, {
      shutsDown: true,
      ignoresInput: options.has("recv-only"),
      ...(idleMs === undefined ? {} : { idleMs }),
      ...(options.has("send-only") ? { quitMs: 0 } : {}),
    });
    counts = { ...result };
  }
  if (isVerbose) {
    const seconds = (process.clock.now() - startedMs) / 1000 + OWN_SECONDS;
    await process.stderr.write(
      `Ncat: ${counts.sent} bytes sent, ${counts.received} bytes received in ${seconds.toFixed(2)} seconds.\n`,
    );
  }
  return 0;
}

async function connectUdp(
  process: Process,
  options: ParsedOptions,
  { host, address, port }: { readonly host: string; readonly address: string; readonly port: number },
): Promise<number> {
  const socket = process.net.datagram();
  try {
    if (options.has("verbose")) await process.stderr.write(`Ncat: Connected to ${address}:${port}.\n`);
    if (options.has("z")) {
      socket.send(address, port, new Uint8Array(), host);
      const answer = await socket.receive(milliseconds(options.value("wait")) ?? 2000);
      if (!answer) await process.stderr.write("Ncat: UDP packet sent successfully\n");
      return 0;
    }
    const bytes = await process.stdin.readAll();
    if (bytes.length > 0) socket.send(address, port, bytes, host);
    while (true) {
      const datagram = await socket.receive(milliseconds(options.value("idle-timeout")));
      if (!datagram) return 0;
      await process.stdout.write(datagram.bytes);
    }
  } catch (error) {
    if (!isErrno(error)) throw error;
    return quit(process, `${reasonOf(process, error)}.`, 1);
  } finally {
    socket.close();
  }
}

function commandOf(options: ParsedOptions): readonly string[] | null {
  const shell = options.value("sh-exec");
  if (shell !== undefined) return ["/bin/sh", "-c", shell];
  const command = options.value("exec");
  return command === undefined ? null : command.split(" ").filter(Boolean);
}

function runCommand(process: Process, socket: Socket, command: readonly string[]): Promise<number> {
  const path = process.findExecutable(command[0] ?? "") ?? command[0] ?? "";
  return serveWith(process, socket, command, path);
}

async function listen(process: Process, options: ParsedOptions): Promise<number> {
  const words = options.operands;
  const port = Number(words.at(-1) ?? options.value("source-port") ?? DEFAULT_PORT);
  let listener: ReturnType<Process["net"]["listen"]>;
  try {
    listener = process.net.listen(port, words.length > 1 ? { address: words[0] ?? "" } : {});
  } catch (error) {
    if (!isErrno(error)) throw error;
    return quit(process, `bind to 0.0.0.0:${port}: ${reasonOf(process, error)}. QUITTING.`, 2);
  }
  const isVerbose = options.has("verbose");
  if (isVerbose) await process.stderr.write(`Ncat: Listening on [::]:${port}\nNcat: Listening on 0.0.0.0:${port}\n`);
  const command = commandOf(options);
  do {
    const socket = await listener.accept(process.interruption);
    if (!options.has("keep-open")) listener.close();
    if (isVerbose) {
      await process.stderr.write(`Ncat: Connection from ${socket.remoteAddress}:${socket.remotePort}.\n`);
    }
    const served = command
      ? runCommand(process, socket, command)
      : relay(process, socket, { shutsDown: true }).then(() => 0);
    if (!options.has("keep-open")) return served;
    void served.catch(() => undefined);
  } while (options.has("keep-open"));
  return 0;
}
