/**
 * redis-server and redis-cli 7: strings only, over the RESP protocol. Source: redis.io, the
 * program's output. Left out: persistence, other types, expiry, configuration files.
 */
import type { Process, Program, Socket } from "../../machine/types.ts";
import { resolveHost } from "../nc/resolve-host.ts";
import { formatDate } from "../toolkit/dates.ts";
import { reasonOf, resolveFailureText } from "../toolkit/libc.ts";
import { isErrno } from "../toolkit/tool.ts";

const DEFAULT_VERSION = "7.4.5";
const DEFAULT_PORT = 6379;
const MAX_KEYS = 10_000;
const MAX_REQUEST_BYTES = 1024 * 1024;

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const bulk = (text: string | undefined): string =>
  text === undefined ? "$-1\r\n" : `$${encode(text).length}\r\n${text}\r\n`;

function stamp(process: Process, role: "C" | "M"): string {
  const ms = String(Math.floor(process.clock.now() % 1000)).padStart(3, "0");
  return `${process.pid}:${role} ${formatDate(process.clock.now(), "%d %b %Y %H:%M:%S")}.${ms}`;
}

export const redisServer: Program = {
  name: "redis-server",
  async run(process) {
    const version = process.program.version ?? DEFAULT_VERSION;
    const args = process.argv.slice(1);
    if (args.includes("--version") || args.includes("-v")) {
      await process.stdout.write(`Redis server v=${version} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=0\n`);
      return 0;
    }
    const given = args.indexOf("--port");
    const port = given === -1 ? DEFAULT_PORT : Number(args[given + 1]);
    await process.stdout.write(`${stamp(process, "C")} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo\n`);
    let listener: ReturnType<Process["net"]["listen"]>;
    try {
      listener = process.net.listen(port);
    } catch (error) {
      if (!isErrno(error)) throw error;
      await process.stdout.write(
        `${stamp(process, "M")} # Warning: Could not create server TCP listening socket *:${port}: bind: ${error.message}\n${stamp(process, "M")} # Failed listening on port ${port} (tcp), aborting.\n`,
      );
      return 1;
    }
    await process.stdout.write(
      `${stamp(process, "M")} * Server initialized\n${stamp(process, "M")} * Ready to accept connections tcp\n`,
    );
    const keys = new Map<string, string>();
    const ended = new Promise<number>((resolve, reject) => {
      process.onSignal("SIGTERM", () => resolve(0));
      process.onSignal("SIGINT", () => resolve(0));
      process.interruption.onInterrupt(reject);
    });
    void acceptAll(process, listener, keys).catch(() => undefined);
    const status = await ended;
    listener.close();
    await process.stdout.write(`${stamp(process, "M")} # Redis is now ready to exit, bye bye...\n`);
    return status;
  },
};

async function acceptAll(
  process: Process,
  listener: ReturnType<Process["net"]["listen"]>,
  keys: Map<string, string>,
): Promise<void> {
  for (;;) {
    const socket = await listener.accept(process.interruption);
    void talk(socket, keys)
      .catch(() => undefined)
      .finally(() => socket.release());
  }
}

async function talk(socket: Socket, keys: Map<string, string>): Promise<void> {
  let buffer = "";
  const decoder = new TextDecoder();
  for (;;) {
    const bytes = await socket.read(65_536);
    if (bytes.length === 0 || buffer.length > MAX_REQUEST_BYTES) return;
    buffer += decoder.decode(bytes, { stream: true });
    for (let request = takeRequest(buffer); request; request = takeRequest(buffer)) {
      buffer = request.rest;
      const [name = "", ...args] = request.words;
      if (name === "") continue;
      await socket.write(encode(answer(name, args, keys)));
      if (name.toUpperCase() === "QUIT") return;
    }
  }
}

/** An array of bulk strings, or a line as people type it; null when it is not all there yet. */
function takeRequest(buffer: string): { readonly words: readonly string[]; readonly rest: string } | null {
  const end = buffer.indexOf("\n");
  if (end === -1) return null;
  const line = buffer.slice(0, end).replace(/\r$/, "");
  if (!line.startsWith("*")) return { words: line.split(/\s+/).filter(Boolean), rest: buffer.slice(end + 1) };
  const parts = buffer.slice(end + 1).split("\r\n");
  const count = Number(line.slice(1));
  if (parts.length < count * 2 + 1) return null;
  const words = Array.from({ length: count }, (_, index) => parts[index * 2 + 1] ?? "");
  return { words, rest: parts.slice(count * 2).join("\r\n") };
}

function answer(name: string, args: readonly string[], keys: Map<string, string>): string {
  const [key = "", value = ""] = args;
  const command = name.toUpperCase();
  const arity: Readonly<Record<string, number>> = { ECHO: 1, GET: 1, SET: 2, DEL: 1, EXISTS: 1, INCR: 1, KEYS: 1 };
  if (args.length < (arity[command] ?? 0))
    return `-ERR wrong number of arguments for '${name.toLowerCase()}' command\r\n`;
  switch (command) {
    case "PING":
      return args.length > 0 ? bulk(key) : "+PONG\r\n";
    case "ECHO":
      return bulk(key);
    case "GET":
      return bulk(keys.get(key));
    case "SET":
      if (keys.size >= MAX_KEYS && !keys.has(key))
        return "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
      keys.set(key, value);
      return "+OK\r\n";
    case "DEL":
      return `:${args.filter((one) => keys.delete(one)).length}\r\n`;
    case "EXISTS":
      return `:${args.filter((one) => keys.has(one)).length}\r\n`;
    case "INCR": {
      const number = Number(keys.get(key) ?? 0) + 1;
      if (!Number.isInteger(number)) return "-ERR value is not an integer or out of range\r\n";
      keys.set(key, String(number));
      return `:${number}\r\n`;
    }
    case "KEYS": {
      const pattern = new RegExp(
        `^${key
          .replace(/[.+^${}()|\\]/g, "\\$&")
          .replaceAll("*", ".*")
          .replaceAll("?", ".")}$`,
      );
      const found = [...keys.keys()].filter((one) => pattern.test(one));
      return `*${found.length}\r\n${found.map(bulk).join("")}`;
    }
    case "DBSIZE":
      return `:${keys.size}\r\n`;
    case "FLUSHALL":
      keys.clear();
      return "+OK\r\n";
    case "QUIT":
      return "+OK\r\n";
    case "COMMAND":
      return "*0\r\n";
    default:
      return `-ERR unknown command '${name}', with args beginning with: ${args.map((one) => `'${one}' `).join("")}\r\n`;
  }
}

export const redisCli: Program = {
  name: "redis-cli",
  async run(process) {
    const args = process.argv.slice(1);
    let [host, port] = ["127.0.0.1", DEFAULT_PORT];
    let timeoutMs: number | undefined;
    while (args[0]?.startsWith("-")) {
      const option = args.shift();
      if (option === "-h") host = args.shift() ?? host;
      else if (option === "-p") port = Number(args.shift());
      else if (option === "-t") timeoutMs = Number(args.shift()) * 1000;
      else if (option === "--version" || option === "-v") {
        await process.stdout.write(`redis-cli ${process.program.version ?? DEFAULT_VERSION}\n`);
        return 0;
      }
    }
    const failed = async (reason: string): Promise<number> => {
      await process.stderr.write(`Could not connect to Redis at ${host}:${port}: ${reason}\n`);
      return 1;
    };
    const resolved = await resolveHost(process, host);
    if ("failure" in resolved) return failed(resolveFailureText(process, resolved.failure));
    let socket: Socket;
    try {
      socket = await process.net.connect(resolved.address, port, {
        requestedName: host,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
    } catch (error) {
      if (!isErrno(error)) throw error;
      return failed(reasonOf(process, error));
    }
    try {
      const requests =
        args.length > 0
          ? [args]
          : (await process.stdin.readAllText()).split("\n").map((line) => line.split(/\s+/).filter(Boolean));
      for (const words of requests) {
        if (words.length === 0) continue;
        await socket.write(encode(`*${words.length}\r\n${words.map(bulk).join("")}`));
        await process.stdout.write(`${shownReply(await readReply(socket), process.stdout.isTty)}\n`);
      }
      return 0;
    } finally {
      socket.release();
    }
  },
};

/** One whole answer; those of a request fit into a few reads. */
async function readReply(socket: Socket): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  while (!isComplete(text)) {
    const bytes = await socket.read(65_536);
    if (bytes.length === 0) break;
    text += decoder.decode(bytes, { stream: true });
  }
  return text;
}

function isComplete(text: string): boolean {
  const lines = text.split("\r\n");
  if (!text.endsWith("\r\n")) return false;
  const first = lines[0] ?? "";
  if (first.startsWith("$")) return first === "$-1" || lines.length > 2;
  if (first.startsWith("*")) return lines.length - 2 >= Number(first.slice(1)) * 2;
  return true;
}

/** On a terminal with types and quotes, else as it is. */
function shownReply(text: string, isTty: boolean): string {
  const lines = text.split("\r\n");
  const [first = ""] = lines;
  const rest = first.slice(1);
  switch (first[0]) {
    case "+":
      return rest;
    case "-":
      return isTty ? `(error) ${rest}` : rest;
    case ":":
      return isTty ? `(integer) ${rest}` : rest;
    case "$":
      if (rest === "-1") return isTty ? "(nil)" : "";
      return isTty ? `"${lines[1] ?? ""}"` : (lines[1] ?? "");
    default: {
      const items = Array.from({ length: Number(rest) }, (_, index) => lines[index * 2 + 2] ?? "");
      if (items.length === 0) return isTty ? "(empty array)" : "";
      return items.map((item, index) => (isTty ? `${index + 1}) "${item}"` : item)).join("\n");
    }
  }
}
