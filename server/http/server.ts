import { createServer as createHttpServer } from "node:http";
import { ProgressBook } from "../classroom/progress-book.ts";
import { SessionRegistry } from "../session/registry.ts";
import type { SessionServices } from "../session/services.ts";
import { createApp } from "./app.ts";
import { createMetrics } from "./metrics.ts";
import { acceptSockets } from "./sockets.ts";

export interface ServerOptions {
  readonly services: SessionServices;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Folder of the built page. */
  readonly webRoot: string;
  readonly version: string;
  /** Origins other than the server's own whose pages may speak to it, as a browser writes them. */
  readonly allowedOrigins?: readonly string[];
  /** Of one learner. */
  readonly requestsPerMinute?: number;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly registry: SessionRegistry;
  /** Stops listening, puts all worlds to sleep in the store and closes the store. */
  close(): Promise<void>;
}

/** The server cannot start: one line that says what to do. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** Starts serving. Throws `StartError` when the port cannot be had. Takes the store over. */
export async function createServer(options: ServerOptions): Promise<RunningServer> {
  const { services, allowedOrigins = [] } = options;
  const registry = new SessionRegistry(services);
  const metrics = createMetrics(registry);
  let isReady = true;
  const app = createApp({
    services,
    registry,
    metrics,
    allowedOrigins,
    progress: new ProgressBook(services.store, services.host.now),
    version: options.version,
    webRoot: options.webRoot,
    requestsPerMinute: options.requestsPerMinute ?? 1200,
    isReady: () => isReady,
  });
  const server = createHttpServer({ requestTimeout: 30_000, headersTimeout: 15_000, maxHeaderSize: 16 * 1024 }, app);
  const sockets = acceptSockets(server, {
    registry,
    metrics,
    allowedOrigins,
    reportFault: services.host.reportFault,
  });
  const port = await listen(server, options);
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    isReady = false;
    sockets.closeAll();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    await registry.close();
    server.closeAllConnections();
    await closed;
    await services.store.close();
  };
  return {
    url: `http://${hostInUrl(options.host)}:${port}/`,
    port,
    registry,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function listen(server: ReturnType<typeof createHttpServer>, options: ServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(new StartError(describe(cause, options), { cause })));
    server.listen(options.port, options.host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : options.port);
    });
  });
}

function describe(cause: NodeJS.ErrnoException, { host, port }: ServerOptions): string {
  switch (cause.code) {
    case "EADDRINUSE":
      return `port ${port} of ${host} is in use (choose another with --port)`;
    case "EACCES":
      return `port ${port} needs more rights (choose one above 1023 with --port)`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `this machine has no address ${host} (choose another with --host)`;
    default:
      return `cannot listen on ${host} port ${port}: ${cause.message}`;
  }
}

function hostInUrl(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
