/**
 * GNU Wget 1.21 over HTTP. Source: recordings in `captures/wget-gnu-*.txt`. Left out: recursion,
 * ftp, cookies, proxies, time stamping.
 */
import { HttpError, httpRequest, type HttpResponse } from "../../machine/http.ts";
import { createInterruption } from "../../machine/interruption.ts";
import { TlsError } from "../../machine/tls.ts";
import type { Process } from "../../machine/types.ts";
import { encode } from "../coreutils/base64.ts";
import { formatDate } from "../toolkit/dates.ts";
import { joinBytes } from "../toolkit/input.ts";
import { reasonOf, resolveFailureText } from "../toolkit/libc.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { defineTool, isErrno } from "../toolkit/tool.ts";
import { parseWebAddress, type WebAddress } from "./url.ts";

const VERSION = "1.21.3";
const DEFAULT_TRIES = 20;
const DEFAULT_READ_TIMEOUT_MS = 900_000;
const LONGEST_PAUSE_MS = 10_000;
const MAX_REDIRECTS = 20;
const [NETWORK_FAILURE, SERVER_ERROR, USAGE_ERROR] = [4, 8, 1];

export const gnuWget = defineTool({
  name: "wget",
  usageStatus: 2,
  options: [
    o("q", "quiet"),
    o("v", "verbose"),
    o("n", "", "required"),
    o("S", "server-response"),
    o("", "spider"),
    o("c", "continue"),
    o("O", "output-document", "required"),
    o("o", "output-file", "required"),
    o("P", "directory-prefix", "required"),
    o("T", "timeout", "required"),
    o("t", "tries", "required"),
    o("", "connect-timeout", "required"),
    o("", "dns-timeout", "required"),
    o("", "read-timeout", "required"),
    o("U", "user-agent", "required"),
    o("", "header", "required"),
    o("", "post-data", "required"),
    o("", "post-file", "required"),
    o("", "method", "required"),
    o("", "body-data", "required"),
    o("", "no-check-certificate"),
    o("", "user", "required"),
    o("", "password", "required"),
    o("", "no-verbose"),
    o("V", "version"),
    o("", "max-redirect", "required"),
    o("", "retry-connrefused"),
    o("", "waitretry", "required"),
    o("", "content-on-error"),
    o("4", "inet4-only"),
    o("6", "inet6-only"),
    o("", "show-progress"),
    o("", "progress", "required"),
    o("", "no-proxy"),
    o("", "no-cache"),
    o("", "ca-certificate", "required"),
    o("k", "convert-links"),
    o("N", "timestamping"),
    o("x", "force-directories"),
    o("b", "background"),
    o("L", "relative"),
  ],
  async run(process, options) {
    if (options.has("version")) {
      await process.stdout.write(`GNU Wget ${VERSION} built on linux-gnu.\n`);
      return 0;
    }
    if (options.operands.length === 0) {
      await process.stderr.write(
        "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n",
      );
      return USAGE_ERROR;
    }
    let status = 0;
    for (const url of options.operands) status = (await new Download(process, options).run(url)) || status;
    return status;
  },
});

/** A failed attempt: whether another makes sense, and how the program ends after the last. */
interface Failure {
  readonly status: number;
  readonly isFinal: boolean;
}

const FINAL = (status: number): Failure => ({ status, isFinal: true });

class Download {
  readonly #process: Process;
  readonly #options: ParsedOptions;
  readonly #isQuiet: boolean;
  readonly #isTerse: boolean;

  constructor(process: Process, options: ParsedOptions) {
    this.#process = process;
    this.#options = options;
    this.#isQuiet = options.has("quiet");
    this.#isTerse = options.has("no-verbose") || options.values("n").some((letters) => letters.includes("v"));
  }

  /** Progress; -nv leaves it out, -q everything. */
  async #say(text: string): Promise<void> {
    if (!this.#isQuiet && !this.#isTerse) await this.#process.stderr.write(text);
  }

  async #tell(text: string): Promise<void> {
    if (!this.#isQuiet) await this.#process.stderr.write(text);
  }

  #quote(text: string): string {
    const { env } = this.#process;
    const locale = env.get("LC_ALL") || env.get("LC_CTYPE") || env.get("LANG") || "";
    return /utf-?8/i.test(locale) ? `‘${text}’` : `'${text}'`;
  }

  #date(): string {
    return formatDate(this.#process.clock.now(), "%Y-%m-%d %H:%M:%S");
  }

  #milliseconds(name: string): number | undefined {
    const text = this.#options.value(name) ?? this.#options.value("timeout");
    const seconds = Number(text);
    return text === undefined || !(seconds > 0) ? undefined : seconds * 1000;
  }

  async run(url: string): Promise<number> {
    let web = parseWebAddress(url);
    if (!web) {
      await this.#tell(`${url}: Unsupported scheme.\n`);
      return USAGE_ERROR;
    }
    if (this.#options.has("spider")) await this.#say("Spider mode enabled. Check if remote file exists.\n");
    const tries = Number(this.#options.value("tries") ?? DEFAULT_TRIES) || Number.POSITIVE_INFINITY;
    let redirects = 0;
    for (let attempt = 1; ; attempt++) {
      const note = attempt > 1 ? `(try:${String(attempt).padStart(2)})` : "";
      await this.#say(`--${this.#date()}--  ${note === "" ? "" : `${note}  `}${shownUrl(web)}\n`);
      const outcome: HttpResponse | Failure = await this.#attempt(web);
      if (!("headers" in outcome)) {
        if (outcome.isFinal) return outcome.status;
        if (attempt >= tries) {
          await this.#say("Giving up.\n\n");
          return outcome.status;
        }
        await this.#say("Retrying.\n\n");
        await this.#process.sleep(Math.min(attempt * 1000, LONGEST_PAUSE_MS));
        continue;
      }
      const location = outcome.headers.get("Location");
      if (outcome.status < 300 || outcome.status > 399 || location === undefined) return this.#receive(web, outcome);
      outcome.close();
      await this.#say(`Location: ${location} [following]\n`);
      const next: WebAddress | undefined = location.startsWith("/")
        ? { ...web, target: location }
        : parseWebAddress(location);
      const limit = Number(this.#options.value("max-redirect") ?? MAX_REDIRECTS);
      if (!next || ++redirects > limit) {
        await this.#tell(`${limit} redirections exceeded.\n`);
        return SERVER_ERROR;
      }
      web = next;
      attempt = 0;
    }
  }

  async #attempt(web: WebAddress): Promise<HttpResponse | Failure> {
    const addresses = await this.#resolve(web.host);
    if (!addresses) return FINAL(NETWORK_FAILURE);
    let failure = FINAL(NETWORK_FAILURE);
    for (const address of addresses) {
      const isNamed = address !== web.host;
      await this.#say(`Connecting to ${isNamed ? `${web.host} (${web.host})|${address}|` : web.host}:${web.port}... `);
      const outcome = await this.#request(web, address);
      if ("headers" in outcome) return outcome;
      failure = outcome;
    }
    return failure;
  }

  async #resolve(host: string): Promise<readonly string[] | null> {
    if (/^[\d.]+$/.test(host) || host.includes(":")) return [host];
    await this.#say(`Resolving ${host} (${host})... `);
    const timeoutMs = this.#milliseconds("dns-timeout");
    const startedMs = this.#process.clock.now();
    const result = await this.#process.net.resolve(host, timeoutMs === undefined ? {} : { timeoutMs });
    if (result.kind === "addresses") {
      await this.#say(`${result.addresses.join(", ")}\n`);
      return result.addresses;
    }
    const hasTimedOut = timeoutMs !== undefined && this.#process.clock.now() - startedMs >= timeoutMs;
    const reason = hasTimedOut ? "Connection timed out" : resolveFailureText(this.#process, result.failure);
    await this.#say(`failed: ${reason}.\n`);
    await this.#tell(`wget: unable to resolve host address ${this.#quote(host)}\n`);
    return null;
  }

  async #request(web: WebAddress, address: string): Promise<HttpResponse | Failure> {
    const process = this.#process;
    const stop = createInterruption();
    let hasConnected = false;
    const cancel = process.clock.setTimer(this.#milliseconds("read-timeout") ?? DEFAULT_READ_TIMEOUT_MS, () =>
      stop.interrupt("timeout"),
    );
    try {
      const connectMs = this.#milliseconds("connect-timeout");
      const response = await httpRequest(
        {
          connect: async (to, port, options) => {
            const socket = await process.net.connect(to, port, options);
            hasConnected = true;
            await this.#say("connected.\nHTTP request sent, awaiting response... ");
            return socket;
          },
        },
        {
          address,
          port: web.port,
          host: web.port === (web.scheme === "https" ? 443 : 80) ? web.host : `${web.host}:${web.port}`,
          target: web.target,
          ...this.#message(web),
          ...(web.scheme === "https"
            ? {
                tls: {
                  serverName: web.host,
                  isInsecure: this.#options.has("no-check-certificate"),
                  nowMs: process.clock.now(),
                },
              }
            : {}),
          connectOptions: { requestedName: web.host, ...(connectMs === undefined ? {} : { timeoutMs: connectMs }) },
          interruption: stop.interruption,
        },
      );
      await this.#say(`${response.status} ${response.reason}\n`);
      if (this.#options.has("server-response")) await this.#showHead(response);
      return response;
    } catch (error) {
      return await this.#failed(error, web, hasConnected, stop.interruption.isInterrupted);
    } finally {
      cancel();
    }
  }

  #message(web: WebAddress) {
    const options = this.#options;
    const file = options.value("post-file");
    const { fs } = this.#process.machine;
    const body =
      file === undefined
        ? (options.value("post-data") ?? options.value("body-data"))
        : fs.readText(this.#process.resolve(file));
    const user = options.value("user");
    const credentials = user === undefined ? web.credentials : `${user}:${options.value("password") ?? ""}`;
    const method = options.value("method") ?? (options.has("spider") ? "HEAD" : body === undefined ? "GET" : "POST");
    const headers: (readonly [string, string])[] = [
      ["User-Agent", options.value("user-agent") ?? `Wget/${VERSION}`],
      ["Accept", "*/*"],
      ["Accept-Encoding", "identity"],
      ["Connection", "Keep-Alive"],
      ...options
        .values("header")
        .map((line) => [line.split(":")[0] ?? "", line.slice(line.indexOf(":") + 1).trim()] as const),
    ];
    if (credentials !== null) headers.push(["Authorization", `Basic ${encode(new TextEncoder().encode(credentials))}`]);
    if (body !== undefined) headers.push(["Content-Type", "application/x-www-form-urlencoded"]);
    return { method, headers, ...(body === undefined ? {} : { body }) };
  }

  async #failed(error: unknown, web: WebAddress, hasConnected: boolean, hasTimedOut: boolean): Promise<Failure> {
    if (error instanceof TlsError) {
      await this.#say("\n");
      await this.#tell(
        `ERROR: cannot verify ${web.host}'s certificate.\nTo connect to ${web.host} insecurely, use \`--no-check-certificate'.\n`,
      );
      return FINAL(5);
    }
    if (hasConnected && (hasTimedOut || error instanceof HttpError || isErrno(error))) {
      const reason = hasTimedOut ? "Read error (Connection timed out) in headers" : "No data received";
      await this.#say(`${reason}.\n`);
      return { status: NETWORK_FAILURE, isFinal: false };
    }
    if (!isErrno(error)) {
      if (!hasTimedOut) throw error;
      await this.#say("failed: Connection timed out.\n");
      return { status: NETWORK_FAILURE, isFinal: false };
    }
    await this.#say(`failed: ${reasonOf(this.#process, error)}.\n`);
    const isRefused = error.code === "ECONNREFUSED" || error.code === "ENETUNREACH" || error.code === "EHOSTUNREACH";
    return { status: NETWORK_FAILURE, isFinal: isRefused && !this.#options.has("retry-connrefused") };
  }

  async #showHead(response: HttpResponse): Promise<void> {
    const lines = [
      `HTTP/${response.version} ${response.status} ${response.reason}`,
      ...response.headers.entries().map(([name, value]) => `${name}: ${value}`),
    ];
    await this.#tell(lines.map((line) => `  ${line}\n`).join(""));
  }

  async #receive(web: WebAddress, response: HttpResponse): Promise<number> {
    const isSpider = this.#options.has("spider");
    if (response.status >= 400) {
      response.close();
      if (isSpider) await this.#say("Remote file does not exist -- broken link!!!\n\n");
      else
        await this.#tell(
          `${this.#isTerse ? `${shownUrl(web)}:\n` : ""}${this.#date()} ERROR ${response.status}: ${response.reason}.\n${this.#isTerse ? "" : "\n"}`,
        );
      return SERVER_ERROR;
    }
    const type = (response.headers.get("Content-Type") ?? "").split(";")[0] ?? "";
    const length = response.headers.get("Content-Length");
    const shownLength = length === undefined ? "unspecified" : `${length}${largeSize(Number(length))}`;
    await this.#say(`Length: ${shownLength}${type === "" ? "" : ` [${type}]`}\n`);
    if (isSpider) {
      response.close();
      const isPage = type === "text/html";
      await this.#say(
        isPage
          ? "Remote file exists and could contain further links,\nbut recursion is disabled -- not retrieving.\n\n"
          : "Remote file exists.\n\n",
      );
      return 0;
    }
    return this.#save(web, response, length);
  }

  async #save(web: WebAddress, response: HttpResponse, length: string | undefined): Promise<number> {
    const process = this.#process;
    const { fs } = process.machine;
    const document = this.#options.value("output-document");
    const toStdout = document === "-";
    const name = document ?? this.#freeName(web);
    await this.#say(`Saving to: ${this.#quote(toStdout ? "STDOUT" : name)}\n\n`);
    const parts: Uint8Array[] = [];
    for await (const part of response.body) {
      if (toStdout) await process.stdout.write(part);
      parts.push(part);
    }
    const content = joinBytes(parts);
    if (!toStdout)
      fs.writeFile(process.resolve(name), content, { mode: 0o666 & ~process.umask, as: process.credentials });
    await this.#say(this.#meter(content.length, toStdout ? "-" : name));
    const size = length === undefined ? `[${content.length}]` : `[${content.length}/${length}]`;
    const what = toStdout ? "written to stdout" : `${this.#quote(name)} saved`;
    await this.#say(`${this.#date()} (${RATE}) - ${what} ${size}\n\n`);
    if (this.#isTerse) await this.#tell(`${this.#date()} URL:${shownUrl(web)} ${size} -> "${name}" [1]\n`);
    return 0;
  }

  /** `index.html`, then `index.html.1`. */
  #freeName(web: WebAddress): string {
    const base = web.target.split("?")[0]?.split("/").at(-1) || "index.html";
    const folder = this.#options.value("directory-prefix");
    const path = folder === undefined ? base : `${folder}/${base}`;
    const { fs } = this.#process.machine;
    for (let number = 0; ; number++) {
      const candidate = number === 0 ? path : `${path}.${number}`;
      if (!fs.exists(this.#process.resolve(candidate))) return candidate;
    }
  }

  /** Dots for files and pipes, a bar on a terminal. */
  #meter(size: number, name: string): string {
    if (this.#process.stderr.isTty) {
      const shown = name.slice(0, 19).padEnd(19);
      return `\r${shown} 100%[===================>] ${compact(size).padStart(7)}  --.-KB/s    in 0s      \n\n`;
    }
    let text = "";
    const rows = Math.max(1, Math.ceil(size / (50 * 1024)));
    for (let row = 0; row < rows; row++) {
      const dots = Math.min(50, Math.floor((size - row * 50 * 1024) / 1024));
      let line = `${String(row * 50).padStart(6)}K`;
      for (let at = 0; at < 50; at++) line += (at % 10 === 0 ? " " : "") + (at < dots ? "." : " ");
      const percent = Math.min(100, Math.floor(((row + 1) * 50 * 1024 * 100) / Math.max(1, size)));
      text += `${line} ${String(percent).padStart(3)}%`.replace(/ (100%)$/, "$1");
      text += row === rows - 1 ? "  109M=0s\n\n" : "  109M 0s\n";
    }
    return text;
  }
}

/** The rate of the recordings' network: the simulated one has no bandwidth. */
const RATE = "109 MB/s";

function shownUrl(web: WebAddress): string {
  const port = web.port === (web.scheme === "https" ? 443 : 80) ? "" : `:${web.port}`;
  return `${web.scheme}://${web.host}${port}${web.target}`;
}

function compact(size: number): string {
  return size < 1024
    ? String(size)
    : size < 1024 * 1024
      ? `${(size / 1024).toFixed(2)}K`
      : `${(size / 1024 / 1024).toFixed(2)}M`;
}

function largeSize(size: number): string {
  return size < 1024
    ? ""
    : ` (${size < 1024 * 1024 ? `${(size / 1024).toFixed(1)}K` : `${(size / 1024 / 1024).toFixed(1)}M`})`;
}
