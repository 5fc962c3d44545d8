/** Keystrokes over WebSockets with 100 active terminals in one server process. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";
import { type Figure, median, percentile, printFigures } from "./table.ts";

const LEARNERS = 100;
const KEYS_EACH = 30;
const GAP_MS = 200;

const root = process.cwd();
const data = mkdtempSync(join(tmpdir(), "netpol-bench-"));
const server = spawn(
  process.execPath,
  [join(root, "dist", "server", "cli.mjs"), "serve", "--port", "0", "--data", data],
  {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NETPOL_LAB_BENCH: "1" },
  },
);
const url = await new Promise<URL>((done, failed) => {
  let text = "";
  server.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    const found = /http:\/\/\S+/.exec(text);
    if (found) done(new URL(found[0]));
  });
  server.once("exit", () => failed(new Error("the server ended")));
});

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function openTerminal(learner: number): Promise<WebSocket> {
  const list = await fetch(new URL("/api/lessons", url));
  const cookie = list.headers.get("set-cookie")?.split(";")[0] ?? "";
  await fetch(new URL("/api/lessons/T05-hello-there-target/session", url), { headers: { cookie } });
  const path = `/api/lessons/T05-hello-there-target/terminals/1/socket?client=bench-${learner}-client`;
  const socket = new WebSocket(new URL(path, url.href.replace("http", "ws")), {
    headers: { cookie, origin: url.origin },
  });
  await new Promise<void>((done, failed) => {
    socket.once("open", () => done());
    socket.once("error", failed);
  });
  return socket;
}

/** One key after another; each echo is awaited, then a pause as a person makes it. */
async function type(socket: WebSocket, samples: number[]): Promise<void> {
  let seen = (): void => {};
  socket.on("message", (_, isBinary) => {
    if (isBinary) seen();
  });
  await pause(1500 + Math.random() * 1000);
  for (let key = 0; key < KEYS_EACH; key++) {
    const startedMs = performance.now();
    const echoed = new Promise<void>((done) => {
      seen = done;
    });
    socket.send(Buffer.from("a"), { binary: true });
    await Promise.race([echoed, pause(5000)]);
    samples.push(performance.now() - startedMs);
    await pause(GAP_MS * (0.5 + Math.random()));
  }
}

try {
  const sockets: WebSocket[] = [];
  for (let learner = 0; learner < LEARNERS; learner++) sockets.push(await openTerminal(learner));
  const samples: number[] = [];
  await Promise.all(sockets.map((socket) => type(socket, samples)));
  const figures: Figure[] = [
    { name: `keystroke echo, ${LEARNERS} terminals, median`, value: median(samples), unit: "ms", aim: 5 },
    { name: `keystroke echo, ${LEARNERS} terminals, p99`, value: percentile(samples, 0.99), unit: "ms", aim: 20 },
  ];
  printFigures("Terminals", figures);
  for (const socket of sockets) socket.close();
} finally {
  server.kill("SIGTERM");
  await new Promise((done) => server.once("exit", done));
  rmSync(data, { recursive: true, force: true });
}
process.exit();
