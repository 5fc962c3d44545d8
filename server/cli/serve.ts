/** `netpol-lab serve`: the server, until it is told to stop. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import pino, { type Logger } from "pino";
import { installationRoot } from "./installation.ts";
import { createServer, type RunningServer, StartError } from "../http/server.ts";
import { LessonError } from "../lesson/types.ts";
import { drawPicture } from "../session/draw-picture.ts";
import { processHost } from "../session/host.ts";
import { loadLessons } from "../session/lesson-library.ts";
import { withSandbox } from "../session/sandbox.ts";
import { createWorldMaker } from "../session/world-maker.ts";
import { terminalStateOf } from "../sim/world.ts";
import { openStore, type StoreLocation } from "../store/open.ts";
import { StoreError } from "../store/store.ts";

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** Folder of the embedded database. */
  readonly data?: string;
  /** PostgreSQL instead. */
  readonly database?: string;
  /** Folder of the lessons; default: the product's own. */
  readonly lessons?: string;
  /** Origins besides the server's own. */
  readonly origin?: readonly string[];
}

export interface ServeIo {
  write(text: string): void;
  writeError(text: string): void;
}

const stopLimitMs = 10_000;

function createLog(): Logger {
  return pino({ level: process.env["NETPOL_LAB_LOG"] ?? "warn" }, pino.destination({ dest: 2, sync: true }));
}

/** Starts everything and prints the address. Throws an error whose message is one line for the person. */
export async function startServer(options: ServeOptions, log: Logger = createLog()): Promise<RunningServer> {
  const root = installationRoot();
  const host = processHost((error, context) => log.error({ err: error, context }, "simulator fault"));
  const lessons = withSandbox(loadLessons(options.lessons ?? join(root, "lessons")));
  const store = await openStore(locationOf(options));
  try {
    return await createServer({
      host: options.host,
      port: options.port,
      webRoot: join(root, "dist", "web"),
      version: versionOf(root),
      allowedOrigins: options.origin ?? [],
      services: {
        store,
        host,
        lessons,
        makeWorld: createWorldMaker(),
        terminalStateOf,
        drawPicture,
        log: (level, message, details) => log[level](details ?? {}, message),
      },
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Serves until SIGINT or SIGTERM. Resolves to the exit status. */
export async function serve(options: ServeOptions, io: ServeIo): Promise<number> {
  const log = createLog();
  const report = (error: unknown): void => log.error({ err: error }, "a rejection nobody waited for");
  // What one world forgot to wait for must not end the process that serves all others.
  process.on("unhandledRejection", report);
  try {
    return await serveUntilTold(options, io, log);
  } finally {
    process.off("unhandledRejection", report);
  }
}

async function serveUntilTold(options: ServeOptions, io: ServeIo, log: Logger): Promise<number> {
  let server: RunningServer;
  try {
    server = await startServer(options, log);
  } catch (error) {
    if (!(error instanceof StartError || error instanceof StoreError || error instanceof LessonError)) throw error;
    io.writeError(`netpol-lab: ${error.message}\n`);
    return 1;
  }
  io.write(`Netpol Lab is at ${server.url}\n`);
  await untilTold();
  // A learner's world that hangs must not keep the process from ending.
  const limit = setTimeout(() => process.exit(1), stopLimitMs);
  await server.close();
  clearTimeout(limit);
  return 0;
}

function untilTold(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
  });
}

function locationOf({ data, database }: ServeOptions): StoreLocation {
  if (database !== undefined) return { kind: "url", url: database };
  return { kind: "folder", path: resolve(data ?? process.env["NETPOL_LAB_DATA"] ?? ".data") };
}

function versionOf(root: string): string {
  const parsed: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return typeof parsed === "object" && parsed !== null && "version" in parsed ? String(parsed.version) : "";
}
