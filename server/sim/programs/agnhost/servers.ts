/** agnhost's servers: netexec, serve-hostname, porter, pause. */
import { type HttpHandler, serveHttp } from "../../machine/http.ts";
import { collectOutput } from "../../machine/open-file.ts";
import type { Process } from "../../machine/types.ts";
import { formatDate } from "../toolkit/dates.ts";

const TEXT = { "Content-Type": "text/plain; charset=utf-8" } as const;

export function log(process: Process, text: string): Promise<void> {
  const nowMs = process.clock.now();
  const micros = String(Math.floor((nowMs % 1000) * 1000)).padStart(6, "0");
  const stamp = formatDate(nowMs, `%m%d %H:%M:%S.${micros}`);
  return process.stderr.write(`I${stamp} ${String(process.pid).padStart(7)} log.go:245] ${text}\n`);
}

/** Resolves when the process is asked to end. */
export function untilEnd(process: Process): Promise<number> {
  return new Promise((resolve, reject) => {
    process.onSignal("SIGTERM", () => resolve(0));
    process.onSignal("SIGINT", () => resolve(0));
    process.interruption.onInterrupt(reject);
  });
}

function serve(process: Process, port: number, handler: HttpHandler): void {
  const defaultHeaders = (): Readonly<Record<string, string>> => ({
    Date: formatDate(process.clock.now(), "%a, %d %b %Y %H:%M:%S GMT"),
  });
  void serveHttp(process.net.listen(port), handler, { interruption: process.interruption, defaultHeaders });
}

export async function pause(process: Process): Promise<number> {
  await process.stdout.write("Paused\n");
  return untilEnd(process);
}

export async function netexec(process: Process, flags: ReadonlyMap<string, string>): Promise<number> {
  const httpPort = Number(flags.get("http-port") ?? 8080);
  const udpPort = Number(flags.get("udp-port") ?? 8081);
  await log(process, `Started HTTP server on port ${httpPort}`);
  serve(process, httpPort, (request, response) => answer(process, request, response));
  if (udpPort > 0) {
    await log(process, `Started UDP server on port  ${udpPort}`);
    void answerDatagrams(process, udpPort).catch(() => undefined);
  }
  return untilEnd(process);
}

const answer = async (
  process: Process,
  request: Parameters<HttpHandler>[0],
  response: Parameters<HttpHandler>[1],
): Promise<void> => {
  const [path = "/", query = ""] = request.target.split("?");
  const { remoteAddress, remotePort } = request.socket;
  const parameter = (name: string): string => {
    const found = query.split("&").find((pair) => pair.startsWith(`${name}=`));
    return decodeURIComponent((found?.slice(name.length + 1) ?? "").replaceAll("+", " "));
  };
  switch (path) {
    case "/hostname":
    case "/hostName":
      await log(process, "GET /hostname");
      return response.send(200, TEXT, process.machine.hostname);
    case "/clientip":
      await log(process, "GET /clientip");
      return response.send(200, TEXT, `${remoteAddress}:${remotePort}`);
    case "/echo": {
      const code = Number(parameter("code") || 200);
      await log(process, `GET /echo?${query}`);
      return response.send(code, TEXT, parameter("msg"));
    }
    case "/header":
      return response.send(200, TEXT, request.headers.get(parameter("key")) ?? "");
    case "/healthz":
    case "/readyz":
      return response.send(200, {}, "");
    case "/shell":
      return runCommand(process, parameter("cmd"), response);
    case "/shutdown":
    case "/exit":
      return process.exit(Number(parameter("code") || 0));
    default: {
      await log(process, `GET ${path}`);
      const now = formatDate(process.clock.now(), "%Y-%m-%d %H:%M:%S +0000 UTC");
      const elapsed = ((process.clock.now() - process.startedMs) / 1000).toFixed(9);
      return response.send(200, TEXT, `NOW: ${now} m=+${elapsed}`);
    }
  }
};

async function runCommand(process: Process, command: string, response: Parameters<HttpHandler>[1]): Promise<void> {
  const output = collectOutput();
  const child = process.spawn("/bin/sh", ["/bin/sh", "-c", command], {
    fds: new Map([
      [1, output],
      [2, output],
    ]),
  });
  const status = await child.exit;
  const error =
    status.kind === "exited" && status.code === 0
      ? {}
      : { error: `exit status ${status.kind === "exited" ? status.code : -1}` };
  await response.send(200, TEXT, JSON.stringify({ ...error, output: output.text() }));
}

async function answerDatagrams(process: Process, port: number): Promise<void> {
  const socket = process.net.datagram({ port });
  for (;;) {
    const datagram = await socket.receive(undefined, process.interruption);
    if (!datagram) continue;
    const [command = "", ...words] = new TextDecoder().decode(datagram.bytes).trim().split(" ");
    const reply = {
      hostname: process.machine.hostname,
      hostName: process.machine.hostname,
      echo: words.join(" "),
      clientip: `${datagram.address}:${datagram.port}`,
    }[command.toLowerCase()];
    if (reply !== undefined && reply !== "")
      socket.send(datagram.address, datagram.port, new TextEncoder().encode(reply));
  }
}

export async function serveHostname(process: Process, flags: ReadonlyMap<string, string>): Promise<number> {
  const port = Number(flags.get("port") ?? 9376);
  const name = process.machine.hostname;
  if (flags.get("udp") === "true") void answerEvery(process, port, name).catch(() => undefined);
  if (flags.get("tcp") === "true") void greetEvery(process, port, name).catch(() => undefined);
  else if (flags.get("http") !== "false" && flags.get("udp") !== "true") {
    serve(process, port, (_, response) => response.send(200, TEXT, name));
  }
  await log(process, `Serving on port ${port}.`);
  return untilEnd(process);
}

async function answerEvery(process: Process, port: number, text: string): Promise<void> {
  const socket = process.net.datagram({ port });
  for (;;) {
    const datagram = await socket.receive(undefined, process.interruption);
    if (datagram) socket.send(datagram.address, datagram.port, new TextEncoder().encode(text));
  }
}

async function greetEvery(process: Process, port: number, text: string): Promise<void> {
  const listener = process.net.listen(port);
  for (;;) {
    const socket = await listener.accept(process.interruption);
    await socket.write(new TextEncoder().encode(text)).catch(() => undefined);
    socket.release();
  }
}

/** Serves the value of each `SERVE_PORT_N`; `SERVE_SCTP_PORT_N` only listens. */
export async function porter(process: Process): Promise<number> {
  for (const [name, value] of process.env) {
    const match = /^SERVE_(TLS_|SCTP_)?PORT_(\d+)$/.exec(name);
    if (!match) continue;
    const port = Number(match[2]);
    if (match[1] === "SCTP_") void holdSctp(process, port).catch(() => undefined);
    else serve(process, port, (_, response) => response.send(200, TEXT, value));
  }
  return untilEnd(process);
}

async function holdSctp(process: Process, port: number): Promise<void> {
  const listener = process.net.listen(port, { protocol: "SCTP" });
  for (;;) (await listener.accept(process.interruption)).release();
}
