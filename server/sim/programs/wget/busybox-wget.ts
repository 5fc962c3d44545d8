/**
 * busybox 1.28–1.37 wget over HTTP, as in the busybox and alpine images. Recorded in
 * `captures/busybox-*.txt`. Left out: ftp, proxies; https does not verify, as busybox's own TLS.
 */
import { createInterruption } from "../../machine/interruption.ts";
import { HttpError, httpRequest, type HttpResponse } from "../../machine/http.ts";
import { TlsError } from "../../machine/tls.ts";
import type { Process } from "../../machine/types.ts";
import { encode } from "../coreutils/base64.ts";
import { resolveHost } from "../nc/resolve-host.ts";
import { joinBytes } from "../toolkit/input.ts";
import { reasonOf } from "../toolkit/libc.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { busyboxVersion, defineTool, isErrno, ToolError } from "../toolkit/tool.ts";
import { parseWebAddress, type WebAddress } from "./url.ts";

const USAGE = `Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
	[--post-data STR | --post-file FILE] [-Y on/off]
	[--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL...

Retrieve files via HTTP or FTP

	--spider	Only check URL existence: $? is 0 if exists
	--header STR	Add STR (of form 'header: value') to headers
	--post-data STR	Send STR using POST method
	--post-file FILE	Send FILE using POST method
	--no-check-certificate	Don't validate the server's certificate
	-c		Continue retrieval of aborted transfer
	-q		Quiet
	-P DIR		Save to DIR (default .)
	-S    		Show server response
	-T SEC		Network read timeout is SEC seconds
	-O FILE		Save to FILE ('-' for stdout)
	-o LOGFILE	Log messages to FILE
	-U STR		Use STR for User-Agent header
	-Y on/off	Use proxy`;

const DEFAULT_TIMEOUT_SECONDS = 900;
const MAX_REDIRECTS = 5;

export const busyboxWget = defineTool({
  name: "wget",
  usage: USAGE,
  options: [
    o("c", "continue"),
    o("q", "quiet"),
    o("S", "server-response"),
    o("", "spider"),
    o("O", "output-document", "required"),
    o("o", "output-file", "required"),
    o("", "header", "required"),
    o("", "post-data", "required"),
    o("", "post-file", "required"),
    o("", "no-check-certificate"),
    o("P", "directory-prefix", "required"),
    o("T", "timeout", "required"),
    o("U", "user-agent", "required"),
    o("Y", "proxy", "required"),
    o("t", "tries", "required"),
    o("n", "", "required"),
  ],
  async run(process, options) {
    if (options.operands.length === 0) {
      await process.stderr.write(`BusyBox v${busyboxVersion(process)} multi-call binary.\n\n${USAGE}\n`);
      return 1;
    }
    for (const url of options.operands) await new Download(process, options).run(url);
    return 0;
  },
});

/** 1.28 says less than later ones. */
const isOld = (process: Process): boolean => Number(busyboxVersion(process).split(".")[1] ?? 36) < 29;

class Download {
  private readonly quiet: boolean;
  private readonly timeoutMs: number;
  private readonly stop = createInterruption();
  private cancelTimer = (): void => {};

  constructor(
    private readonly process: Process,
    private readonly options: ParsedOptions,
  ) {
    this.quiet = options.has("quiet");
    this.timeoutMs = Number(options.value("timeout") ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
  }

  private async say(text: string): Promise<void> {
    if (!this.quiet) await this.process.stderr.write(text);
  }

  /** Each wait for the network is bounded anew, but not the resolver's. */
  private arm(): void {
    this.cancelTimer();
    this.cancelTimer = this.process.clock.setTimer(this.timeoutMs, () => this.stop.interrupt("timeout"));
  }

  async run(url: string): Promise<void> {
    try {
      await this.fetch(url);
    } catch (error) {
      if (this.stop.interruption.isInterrupted) throw new ToolError("download timed out");
      throw error;
    } finally {
      this.cancelTimer();
    }
  }

  private async fetch(url: string): Promise<void> {
    let address = this.parse(url);
    for (let redirects = 0; ; redirects++) {
      const response = await this.request(address);
      const { status } = response;
      const location = response.headers.get("location");
      if ([301, 302, 303, 307, 308].includes(status) && location !== undefined) {
        response.close();
        if (redirects >= MAX_REDIRECTS) throw new ToolError("too many redirections");
        address = location.startsWith("/") ? { ...address, target: location } : this.parse(location);
        continue;
      }
      if (status < 200 || status > 299) {
        response.close();
        throw new ToolError(`server returned error: HTTP/${response.version} ${status} ${response.reason}`);
      }
      if (this.options.has("spider")) {
        response.close();
        if (!isOld(this.process)) await this.say("remote file exists\n");
        return;
      }
      await this.save(address, response);
      return;
    }
  }

  private parse(url: string): WebAddress {
    const address = parseWebAddress(url);
    if (!address || /^[a-z]+:\/\//i.test(url.replace(/^https?:\/\//i, "")))
      throw new ToolError(`not an http or ftp url: ${url}`);
    return address;
  }

  private async request(web: WebAddress): Promise<HttpResponse> {
    const { process, options } = this;
    const resolved = await resolveHost(process, web.host);
    const shown = web.port === (web.scheme === "https" ? 443 : 80) ? web.host : `${web.host}:${web.port}`;
    if ("failure" in resolved) throw new ToolError(`bad address '${shown}'`);
    await this.say(`Connecting to ${shown} (${resolved.address}:${web.port})\n`);
    this.arm();
    const post = await this.postData();
    try {
      const response = await httpRequest(process.net, {
        address: resolved.address,
        port: web.port,
        host: shown,
        method: post === undefined ? "GET" : "POST",
        target: web.target,
        headers: [
          ["User-Agent", options.value("user-agent") ?? "Wget"],
          ["Connection", "close"],
          ...(web.credentials === null
            ? []
            : [["Authorization", `Basic ${encode(new TextEncoder().encode(web.credentials))}`] as const]),
          ...options
            .values("header")
            .map((line) => [line.split(":")[0] ?? "", line.slice(line.indexOf(":") + 1).trim()] as const),
          ...(post === undefined ? [] : [["Content-Type", "application/x-www-form-urlencoded"] as const]),
        ],
        ...(post === undefined ? {} : { body: post }),
        ...(web.scheme === "https"
          ? { tls: { serverName: web.host, isInsecure: true, nowMs: process.clock.now() } }
          : {}),
        connectOptions: { requestedName: web.host },
        interruption: this.stop.interruption,
      });
      if (options.has("server-response")) await this.showHead(response);
      return response;
    } catch (error) {
      if (this.stop.interruption.isInterrupted) throw error;
      if (isErrno(error))
        throw new ToolError(`can't connect to remote host (${resolved.address}): ${reasonOf(process, error)}`);
      if (error instanceof TlsError) throw new ToolError("error getting response: Connection reset by peer");
      if (error instanceof HttpError) throw new ToolError("error getting response");
      throw error;
    }
  }

  private async postData(): Promise<string | Uint8Array | undefined> {
    const file = this.options.value("post-file");
    if (file !== undefined)
      return this.process.machine.fs.readFile(this.process.resolve(file), this.process.credentials);
    return this.options.value("post-data");
  }

  private async showHead(response: HttpResponse): Promise<void> {
    const lines = [
      `HTTP/${response.version} ${response.status} ${response.reason}`,
      ...response.headers.entries().map(([name, value]) => `${name}: ${value}`),
      "",
    ];
    await this.process.stderr.write(lines.map((line) => `  ${line}\n`).join(""));
  }

  private async save(web: WebAddress, response: HttpResponse): Promise<void> {
    const { process, options } = this;
    const document = options.value("output-document");
    const toStdout = document === "-";
    const name = document ?? (web.target.split("?")[0]?.split("/").at(-1) || "index.html");
    const folder = options.value("directory-prefix");
    const path = process.resolve(document === undefined && folder !== undefined ? `${folder}/${name}` : name);
    const { fs } = process.machine;
    if (document === undefined && fs.exists(path)) {
      response.close();
      throw new ToolError(`can't open '${name}': File exists`);
    }
    const hasWords = !isOld(process);
    if (hasWords) await this.say(toStdout ? "writing to stdout\n" : `saving to '${name}'\n`);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body) {
      this.arm();
      size += part.length;
      if (toStdout) await process.stdout.write(part);
      else parts.push(part);
    }
    if (!toStdout) fs.writeFile(path, joinBytes(parts), { mode: 0o666 & ~process.umask, as: process.credentials });
    await this.say(this.meter(toStdout ? "-" : name, size));
    if (hasWords) await this.say(toStdout ? "written to stdout\n" : `'${name}' saved\n`);
  }

  /** The last state of the progress bar; a terminal gets a carriage return first. */
  private meter(name: string, size: number): string {
    const stars = isOld(this.process) ? 31 : 32;
    const gap = isOld(this.process) ? "   " : "  ";
    const amount =
      size < 100_000
        ? String(size)
        : size < 100_000 * 1024
          ? `${Math.floor(size / 1024)}k`
          : `${Math.floor(size / 1024 / 1024)}M`;
    const line = `${name.slice(0, 20).padEnd(20)} 100% |${"*".repeat(stars)}| ${amount.padStart(5)}${gap}0:00:00 ETA\n`;
    return this.process.stderr.isTty ? `\r${line}` : line;
  }
}
