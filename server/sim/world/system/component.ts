/** What the programs of the cluster's components share: flags, logs, health ports, an orderly end. */
import { encodeCertificate } from "../../machine/certificates.ts";
import { type HttpHandler, serveHttp } from "../../machine/http.ts";
import type { Process } from "../../machine/types.ts";

/** `--name=value` and `--name value`; names without dashes. */
export function parseFlags(argv: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  for (let index = 1; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (!word.startsWith("-")) continue;
    const body = word.replace(/^-+/, "");
    const equals = body.indexOf("=");
    if (equals >= 0) flags.set(body.slice(0, equals), body.slice(equals + 1));
    else {
      const next = argv[index + 1];
      flags.set(body, next !== undefined && !next.startsWith("-") ? next : "true");
    }
  }
  return flags;
}

/** Resolves when the process is asked to end. */
export function terminated(process: Process): Promise<void> {
  return new Promise((resolve) => {
    process.onSignal("SIGTERM", () => resolve());
    process.onSignal("SIGINT", () => resolve());
  });
}

/** `I1121 10:06:45.123456       1 server.go:147] text` */
export function klog(process: Process, level: "I" | "W" | "E" | "F", source: string, text: string): Promise<void> {
  const stamp = new Date(process.clock.now()).toISOString();
  const day = `${stamp.slice(5, 7)}${stamp.slice(8, 10)}`;
  return process.stderr.write(`${level}${day} ${stamp.slice(11, 23)}000       ${process.pid} ${source}] ${text}\n`);
}

export interface HealthOptions {
  readonly port: number;
  readonly address?: string;
  readonly isTls: boolean;
  readonly paths: readonly string[];
}

/** Answers `ok` on the paths of a component's health port. Throws EADDRINUSE. */
export function serveHealth(process: Process, options: HealthOptions): void {
  const listener = process.net.listen(options.port, options.address === undefined ? {} : { address: options.address });
  const handler: HttpHandler = async (request, response) => {
    const path = request.target.split("?")[0] ?? "";
    const isKnown = options.paths.includes(path);
    const body = isKnown ? "ok" : "404 page not found\n";
    await response.send(isKnown ? 200 : 404, { "Content-Type": "text/plain; charset=utf-8" }, body);
  };
  const tls = options.isTls ? { certificates: selfSigned(process), now: () => process.clock.now() } : undefined;
  void serveHttp(listener, handler, { interruption: process.interruption, ...(tls ? { tls } : {}) });
}

function selfSigned(process: Process): string {
  const name = process.machine.hostname;
  const nowMs = process.startedMs;
  return encodeCertificate({
    serial: "1",
    subject: { commonName: `${name}@${Math.floor(nowMs / 1000)}` },
    issuer: { commonName: `${name}-ca@${Math.floor(nowMs / 1000)}` },
    notBeforeMs: nowMs,
    notAfterMs: nowMs + 365 * 24 * 3600 * 1000,
    dnsNames: [name, "localhost"],
    ipAddresses: ["127.0.0.1"],
    isAuthority: false,
    usages: ["server"],
    keyId: `${name} self-signed key`,
    issuerKeyId: `${name} self-signed ca key`,
  });
}
