import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { closeCodes } from "../protocol.ts";
import type { SessionRegistry } from "../session/registry.ts";
import { SessionError } from "../session/services.ts";
import type { Session } from "../session/session.ts";
import { learnerOf } from "./learner-cookie.ts";
import { lessonId, terminalId, terminalQuery } from "./messages.ts";
import type { Metrics } from "./metrics.ts";
import { isOwnOrigin } from "./origin.ts";
import { serveTerminal } from "./terminal-socket.ts";

export interface SocketOptions {
  readonly registry: SessionRegistry;
  readonly metrics: Metrics;
  readonly allowedOrigins: readonly string[];
  readonly reportFault: (error: unknown, context: string) => void;
}

export interface Sockets {
  /** Asks every page to come back later. */
  closeAll(): void;
}

const heartbeatMs = 30_000;
const maxMessageBytes = 64 * 1024;
const maxBufferedEventBytes = 4 * 1024 * 1024;
const socketsPerLearner = 40;

/** Adds the WebSockets: `/api/lessons/ID/terminals/N/socket` and `/api/lessons/ID/events`. */
export function acceptSockets(server: Server, options: SocketOptions): Sockets {
  const acceptor = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, perMessageDeflate: false });
  const heartbeat = new Heartbeat();
  const countByLearner = new Map<string, number>();

  server.on("upgrade", (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    duplex.on("error", () => duplex.destroy());
    const route = readRoute(request);
    const learner = learnerOf(request);
    if (!route) return refuse(duplex, "404 Not Found");
    if (!isOwnOrigin(request, options.allowedOrigins)) return refuse(duplex, "403 Forbidden");
    if (!learner) return refuse(duplex, "401 Unauthorized");
    if ((countByLearner.get(learner) ?? 0) >= socketsPerLearner) return refuse(duplex, "429 Too Many Requests");
    acceptor.handleUpgrade(request, duplex, head, (socket) => {
      count(countByLearner, learner, 1);
      options.metrics.sockets.inc({ kind: route.kind });
      heartbeat.watch(socket);
      socket.on("error", () => socket.terminate());
      socket.on("close", () => {
        count(countByLearner, learner, -1);
        options.metrics.sockets.dec({ kind: route.kind });
      });
      void serve(socket, learner, route, options);
    });
  });
  return {
    closeAll: () => {
      for (const socket of acceptor.clients) socket.close(1012, "the server is restarting");
    },
  };
}

type Route =
  | { readonly kind: "events"; readonly lesson: string }
  | {
      readonly kind: "terminal";
      readonly lesson: string;
      readonly terminal: string;
      readonly query: ReturnType<typeof terminalQuery.parse>;
    };

function readRoute(request: IncomingMessage): Route | null {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const match = /^\/api\/lessons\/([^/]+)\/(?:(events)|terminals\/([^/]+)\/socket)$/.exec(path);
  const lesson = lessonId.safeParse(match?.[1]);
  if (!match || !lesson.success) return null;
  if (match[2]) return { kind: "events", lesson: lesson.data };
  const terminal = terminalId.safeParse(match[3]);
  const parameters = terminalQuery.safeParse(Object.fromEntries(new URLSearchParams(query)));
  if (!terminal.success || !parameters.success) return null;
  return { kind: "terminal", lesson: lesson.data, terminal: terminal.data, query: parameters.data };
}

async function serve(socket: WebSocket, learner: string, route: Route, options: SocketOptions): Promise<void> {
  // Frames that come while the world wakes must wait, not be lost.
  socket.pause();
  try {
    const session = await options.registry.open(learner, route.lesson);
    if (socket.readyState !== socket.OPEN) return;
    if (route.kind === "events") {
      serveEvents(socket, session);
    } else {
      const channel = session.terminal(route.terminal);
      if (channel) serveTerminal(socket, channel, route.query, options.metrics);
      else socket.close(closeCodes.notFound, `there is no terminal ${route.terminal}`);
    }
  } catch (error) {
    const isRefusal = error instanceof SessionError;
    if (!isRefusal) options.reportFault(error, `opening ${route.lesson}`);
    const code = isRefusal && error.reason === "not-found" ? closeCodes.notFound : 1013;
    socket.close(code, isRefusal ? error.message.slice(0, 120) : "the world could not be started");
  } finally {
    if (socket.isPaused) socket.resume();
  }
}

function serveEvents(socket: WebSocket, session: Session): void {
  const unsubscribe = session.subscribe((event) => {
    // Somebody who does not read is better off starting over with a whole picture.
    if (event.type === "asleep") socket.close(closeCodes.asleep, "this world went to sleep");
    else if (socket.bufferedAmount > maxBufferedEventBytes) socket.terminate();
    else if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(event));
  });
  socket.on("close", unsubscribe);
  socket.on("message", () => socket.close(1003, "this socket only tells; nothing is expected from the page"));
}

function refuse(duplex: Duplex, status: string): void {
  duplex.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function count(counts: Map<string, number>, key: string, change: number): void {
  const next = (counts.get(key) ?? 0) + change;
  if (next > 0) counts.set(key, next);
  else counts.delete(key);
}

/** Finds connections that died silently. Runs only while there are any. */
class Heartbeat {
  readonly #isAlive = new Map<WebSocket, boolean>();
  #interval: NodeJS.Timeout | null = null;

  watch(socket: WebSocket): void {
    this.#isAlive.set(socket, true);
    socket.on("pong", () => this.#isAlive.set(socket, true));
    socket.on("close", () => {
      this.#isAlive.delete(socket);
      if (this.#isAlive.size > 0 || !this.#interval) return;
      clearInterval(this.#interval);
      this.#interval = null;
    });
    this.#interval ??= setInterval(() => this.#beat(), heartbeatMs);
  }

  #beat(): void {
    for (const [socket, isAlive] of this.#isAlive) {
      if (!isAlive) {
        socket.terminate();
        continue;
      }
      this.#isAlive.set(socket, false);
      socket.ping();
    }
  }
}
