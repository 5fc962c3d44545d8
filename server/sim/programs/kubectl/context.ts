/**
 * What every verb gets: the parsed line, the process's streams, and lazily the
 * kubeconfig, a client and the server's resource types.
 */
import type { Process } from "../../machine/types.ts";
import { RestClient } from "./client/rest-client.ts";
import type { Transport } from "./client/transport.ts";
import { loadKubeconfig, resolveConnection, type Connection, type LoadedConfig } from "./config/kubeconfig.ts";
import { ConnectionFailure, KubectlError, UsageError } from "./errors.ts";
import type { ParsedFlags } from "./flags/parse.ts";
import { Discovery } from "./resources/discovery.ts";

/** Opens the way to a server; the world's is over HTTP, tests may call the API function. */
export type TransportFactory = (process: Process, connection: Connection, timeoutMs: number) => Transport;

export class Kubectl {
  private config: LoadedConfig | undefined;
  private resolved: Connection | undefined;
  private restClient: RestClient | undefined;
  private discoveryCache: Discovery | undefined;
  private hasWarned = false;
  private stdinText: Promise<string> | undefined;

  constructor(
    readonly process: Process,
    /** `create service nodeport`. */
    readonly words: string,
    readonly flags: ParsedFlags,
    private readonly openTransport: TransportFactory,
  ) {}

  get args(): readonly string[] {
    return this.flags.args;
  }

  /** Minor version of the simulated kubectl: 36 for v1.36. */
  get minorVersion(): number {
    return Number(/^v?1\.(\d+)/.exec(this.process.program.version ?? "")?.[1] ?? 36);
  }

  out(text: string | Uint8Array): Promise<void> {
    return this.process.stdout.write(text);
  }

  err(text: string): Promise<void> {
    return this.process.stderr.write(text);
  }

  /** All of standard input, read once: `replace --force -f -` goes through its manifests twice. */
  readStdin(): Promise<string> {
    this.stdinText ??= this.process.stdin.readAllText();
    return this.stdinText;
  }

  /** `Warning: …`, yellow on a terminal. */
  async warn(text: string): Promise<void> {
    this.hasWarned = true;
    const isColoured = this.process.stderr.isTty && (this.process.env.get("TERM") ?? "dumb") !== "dumb";
    await this.err(isColoured ? `\x1b[33;1mWarning:\x1b[0m ${text}\n` : `Warning: ${text}\n`);
  }

  /** For `--warnings-as-errors`. */
  get hasWarnings(): boolean {
    return this.hasWarned;
  }

  usage(message: string): UsageError {
    return new UsageError(message, this.words === "" ? "kubectl" : `kubectl ${this.words}`);
  }

  kubeconfig(): LoadedConfig {
    this.config ??= loadKubeconfig(this.process, this.flags.string("kubeconfig"));
    return this.config;
  }

  /** After a verb changed the files. */
  forgetConfig(): void {
    this.config = undefined;
    this.resolved = undefined;
  }

  connection(): Connection {
    this.resolved ??= resolveConnection(this.process, this.kubeconfig().merged, {
      context: this.flags.string("context"),
      cluster: this.flags.string("cluster"),
      user: this.flags.string("user"),
      server: this.flags.string("server"),
      token: this.flags.string("token"),
      namespace: this.flags.string("namespace"),
      certificateAuthority: this.flags.string("certificate-authority"),
      clientCertificate: this.flags.string("client-certificate"),
      clientKey: this.flags.string("client-key"),
      username: this.flags.string("username"),
      password: this.flags.string("password"),
      tlsServerName: this.flags.string("tls-server-name"),
      isInsecure: this.flags.bool("insecure-skip-tls-verify"),
    });
    return this.resolved;
  }

  get namespace(): string {
    return this.connection().namespace;
  }

  client(): RestClient {
    if (this.restClient === undefined) {
      const connection = this.connection();
      const transport = this.openTransport(this.process, connection, this.requestTimeoutMs());
      this.restClient = new RestClient(transport, this.requestHeaders(connection), (text) => this.warn(text));
    }
    return this.restClient;
  }

  /** Milliseconds; 0 is no limit. */
  private requestTimeoutMs(): number {
    const text = this.flags.string("request-timeout");
    const match = /^(\d+)(ms|s|m|h)?$/.exec(text);
    if (match === null) {
      throw new KubectlError(
        "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
      );
    }
    const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
    return Number(match[1]) * (units[match[2] ?? "s"] ?? 1000);
  }

  private requestHeaders(connection: Connection): Readonly<Record<string, string>> {
    const headers: Record<string, string> = {
      "user-agent": `kubectl/v1.${this.minorVersion}.3 (linux/amd64) kubernetes/0000000`,
    };
    if (connection.token !== undefined) headers["authorization"] = `Bearer ${connection.token}`;
    else if (connection.username !== undefined) {
      headers["authorization"] = `Basic ${btoa(`${connection.username}:${connection.password ?? ""}`)}`;
    }
    const as = this.flags.string("as");
    if (as !== "") headers["impersonate-user"] = as;
    const groups = this.flags.list("as-group");
    if (groups.length > 0) headers["impersonate-group"] = groups.join(",");
    const uid = this.flags.string("as-uid");
    if (uid !== "") headers["impersonate-uid"] = uid;
    for (const extra of this.flags.list("as-user-extra")) {
      const [key = "", value = ""] = extra.split("=");
      headers[`impersonate-extra-${key.toLowerCase()}`] = value;
    }
    if (as === "" && (groups.length > 0 || uid !== "")) {
      throw new KubectlError(
        "requesting groups, uid or user-extra for undefined impersonated user without impersonating a user",
      );
    }
    return headers;
  }

  /** The server's resource types. Without a connection each of kubectl's five attempts is logged. */
  discovery(): Discovery {
    this.discoveryCache ??= new Discovery(this.process.machine, this.connection().server, () => this.client());
    return this.discoveryCache;
  }

  /** Runs what needs discovery; logs as client-go's memory cache does when the server is away. */
  async withDiscovery<T>(work: (discovery: Discovery) => Promise<T>): Promise<T> {
    const discovery = this.discovery();
    const wasKnown = discovery.peek() !== undefined;
    try {
      return await work(discovery);
    } catch (error) {
      if (error instanceof ConnectionFailure && !wasKnown && discovery.peek() === undefined) {
        for (let attempt = 0; attempt < 5; attempt++) await this.err(this.discoveryLog(error));
      }
      throw error;
    }
  }

  private discoveryLog(failure: ConnectionFailure): string {
    const server = this.connection().server;
    const cause = `couldn't get current server API group list: Get \\"${server}/api?timeout=32s\\": ${failure.reason}`;
    return `${klogHeader("E", this.process)}memcache.go:265] "Unhandled Error" err="${cause}"\n`;
  }
}

/** `E1121 10:34:42.774717   27781 `: the head of a klog line. */
export function klogHeader(severity: "E" | "W" | "I", process: Process): string {
  const date = new Date(process.clock.now());
  const pad = (value: number, width = 2) => String(value).padStart(width, "0");
  const day = `${pad(date.getUTCMonth() + 1)}${pad(date.getUTCDate())}`;
  const time = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
  return `${severity}${day} ${time}.${pad(date.getUTCMilliseconds(), 3)}000 ${String(process.pid).padStart(7)} `;
}
