/** One transfer: resolve, connect, ask, follow redirects, store what comes, and say so as curl does. */
import { type HeaderInit, HttpError, type HttpResponse, openHttpConnection } from "../../machine/http.ts";
import { createInterruption } from "../../machine/interruption.ts";
import { TlsError } from "../../machine/tls.ts";
import type { Process } from "../../machine/types.ts";
import { resolveHost } from "../nc/resolve-host.ts";
import { bytesOf, joinBytes, readAllText } from "../toolkit/input.ts";
import type { ParsedOptions } from "../toolkit/options.ts";
import { isErrno } from "../toolkit/tool.ts";
import { parseWebAddress, type WebAddress } from "../wget/url.ts";
import { absolute } from "./addresses.ts";
import { CurlFailure } from "./failure.ts";
import { METER_HEADER, meterLine } from "./meter.ts";
import { wordsOf } from "./options.ts";
import { requestBody, requestHeaders, requestMethod } from "./request.ts";
import { tlsFailure, tlsOptions } from "./tls.ts";
import { type TransferFacts, writeOut } from "./write-out.ts";

const DEFAULT_MAX_REDIRECTS = 50;
const METER_PERIOD_MS = 1000;

export class Transfer {
  private readonly startMs: number;
  private readonly words: ReturnType<typeof wordsOf>;
  private readonly isSilent: boolean;
  private readonly isVerbose: boolean;
  private readonly stop = createInterruption();
  private facts: TransferFacts;
  private hasMeter = false;
  private cancelTick = (): void => {};
  private bodyParts: Uint8Array[] = [];

  constructor(
    private readonly process: Process,
    private readonly options: ParsedOptions,
    private readonly version: string,
    private readonly url: string,
    private readonly output: string | null,
  ) {
    this.startMs = process.clock.now();
    this.words = wordsOf(version);
    this.isSilent = options.has("silent");
    this.isVerbose = options.has("verbose");
    this.facts = {
      url,
      effectiveUrl: url,
      method: "GET",
      status: 0,
      contentType: "",
      downloadedBytes: 0,
      uploadedBytes: 0,
      headerBytes: 0,
      redirects: 0,
      remoteAddress: "",
      remotePort: 0,
      localAddress: "",
      localPort: 0,
      redirectUrl: "",
      exitStatus: 0,
      errorMessage: "",
      resolvedMs: 0,
      connectedMs: 0,
      startedTransferMs: 0,
      totalMs: 0,
      scheme: "HTTP",
      numConnects: 0,
    };
  }

  private elapsed(): number {
    return Math.round(this.process.clock.now() - this.startMs);
  }

  private note(facts: Partial<TransferFacts>): void {
    this.facts = { ...this.facts, ...facts };
  }

  private async say(text: string): Promise<void> {
    if (this.isVerbose) await this.process.stderr.write(`* ${text}\n`);
  }

  async run(): Promise<number> {
    const limitMs = Number(this.options.value("max-time") ?? 0) * 1000;
    // A real one is a millisecond late at least, after the meter has moved.
    const cancel =
      limitMs > 0 ? this.process.clock.setTimer(limitMs + 1, () => this.stop.interrupt("max-time")) : () => {};
    let status = 0;
    const retries = Number(this.options.value("retry") ?? 0);
    for (let attempt = 0; ; attempt++) {
      status = await this.attempt(limitMs);
      const isTransient =
        status === 28 ||
        status === 6 ||
        (status === 7 && (this.options.has("retry-connrefused") || this.options.has("retry-all-errors"))) ||
        (status === 22 && this.facts.status >= 500);
      if (status === 0 || attempt >= retries || !isTransient || this.stop.interruption.isInterrupted) break;
      const delay = Number(this.options.value("retry-delay") ?? 0) || 2 ** attempt;
      if (!this.isSilent)
        await this.process.stderr.write(
          `Warning: Problem : timeout. Will retry in ${delay} seconds. ${retries - attempt} ${retries - attempt === 1 ? "retry" : "retries"} left.\n`,
        );
      await this.process.sleep(delay * 1000);
    }
    cancel();
    this.note({ totalMs: this.elapsed(), exitStatus: status });
    const format = this.options.value("write-out");
    if (format !== undefined) {
      const text = format.startsWith("@") ? await readAllText(this.process, format.slice(1)) : format;
      await this.process.stdout.write(writeOut(text, this.facts));
    }
    return status;
  }

  private async attempt(limitMs: number): Promise<number> {
    try {
      await this.startMeter();
      await this.follow();
      return this.failsOn(this.facts.status);
    } catch (error) {
      const failure = this.failureOf(error, limitMs);
      await this.endMeter(failure.status);
      if (this.isVerbose && failure.status === 28) await this.say(failure.message);
      if (this.isVerbose) await this.say(this.words.isModern ? "closing connection #0" : "Closing connection 0");
      this.note({ errorMessage: failure.message });
      if (!this.isSilent || this.options.has("show-error"))
        await this.process.stderr.write(`curl: (${failure.status}) ${failure.message}\n`);
      return failure.status;
    }
  }

  private failsOn(status: number): number {
    if (status < 400 || !(this.options.has("fail") || this.options.has("fail-with-body"))) return 0;
    const message = `The requested URL returned error: ${status}`;
    this.note({ errorMessage: message });
    if (!this.isSilent || this.options.has("show-error")) void this.process.stderr.write(`curl: (22) ${message}\n`);
    return 22;
  }

  private failureOf(error: unknown, limitMs: number): CurlFailure {
    if (error instanceof CurlFailure) return error;
    if (this.stop.interruption.isInterrupted) {
      if (this.facts.resolvedMs === 0 && this.facts.remoteAddress === "")
        return new CurlFailure(28, `Resolving timed out after ${limitMs} milliseconds`);
      const ms = limitMs + 1 + this.process.random.integer(5);
      if (this.facts.numConnects === 0) return new CurlFailure(28, `Connection timed out after ${ms} milliseconds`);
      const received = this.facts.downloadedBytes;
      return new CurlFailure(28, `Operation timed out after ${ms} milliseconds with ${received} bytes received`);
    }
    if (error instanceof HttpError) {
      return error.kind === "empty-reply"
        ? new CurlFailure(52, "Empty reply from server")
        : error.kind === "incomplete"
          ? new CurlFailure(18, "transfer closed with outstanding read data remaining")
          : new CurlFailure(1, "Received HTTP/0.9 when not allowed");
    }
    if (isErrno(error) && (error.code === "ECONNRESET" || error.code === "EPIPE"))
      return new CurlFailure(56, "Recv failure: Connection reset by peer");
    throw error;
  }

  private async follow(): Promise<void> {
    let web = this.parse(this.url);
    if (!web) return this.local();
    const maxRedirects = Number(this.options.value("max-redirs") ?? DEFAULT_MAX_REDIRECTS);
    let method = requestMethod(this.options);
    for (let redirects = 0; ; redirects++) {
      this.note({
        redirects,
        effectiveUrl: `${web.scheme}://${web.host}${web.port === (web.scheme === "https" ? 443 : 80) ? "" : `:${web.port}`}${web.target}`,
        method,
        scheme: web.scheme.toUpperCase(),
      });
      const response = await this.exchange(web, method);
      const location = response.headers.get("location");
      const isRedirect = response.status >= 300 && response.status < 400 && location !== undefined;
      if (isRedirect) this.note({ redirectUrl: absolute(web, location) });
      if (!isRedirect || !(this.options.has("location") || this.options.has("location-trusted"))) {
        await this.receive(response, method);
        return;
      }
      response.close();
      if (redirects >= maxRedirects) throw new CurlFailure(47, `Maximum (${maxRedirects}) redirects followed`);
      await this.say("Ignoring the response-body");
      if (response.status === 303 || (method === "POST" && response.status <= 302)) method = "GET";
      const next = parseWebAddress(absolute(web, location));
      if (!next) throw new CurlFailure(1, `Protocol "${location.split(":")[0]}" not supported`);
      await this.say(`Issue another request to this URL: '${absolute(web, location)}'`);
      web = next;
    }
  }

  /** Null for file:// addresses. */
  private parse(url: string): WebAddress | null {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
    if (scheme === "file") return null;
    if (scheme !== undefined && scheme !== "http" && scheme !== "https") {
      throw new CurlFailure(
        1,
        `Protocol "${scheme}" not supported${this.words.isModern ? "" : " or disabled in libcurl"}`,
      );
    }
    const web = parseWebAddress(url);
    if (!web || web.host === "")
      throw new CurlFailure(
        3,
        url === "" ? "URL using bad/illegal format or missing URL" : "URL rejected: Malformed input to a URL function",
      );
    if (web.port > 65535)
      throw new CurlFailure(3, "URL rejected: Port number was not a decimal number between 0 and 65535");
    return web;
  }

  private async local(): Promise<void> {
    const path = decodeURIComponent(this.url.replace(/^file:\/\/(localhost)?/i, ""));
    try {
      await this.store(this.process.machine.fs.readFile(path, this.process.credentials));
    } catch (error) {
      if (!isErrno(error)) throw error;
      throw new CurlFailure(37, `Couldn't open file ${path}`);
    }
  }

  private async exchange(web: WebAddress, method: string): Promise<HttpResponse> {
    const { process, options } = this;
    const address = await this.addressOf(web);
    await this.say(`  Trying ${address}:${web.port}...`);
    const connectMs = Number(options.value("connect-timeout") ?? 0) * 1000;
    const body = await requestBody(process, options);
    const hasData = body !== undefined && options.has("get");
    const target = hasData
      ? `${web.target}${web.target.includes("?") ? "&" : "?"}${new TextDecoder().decode(body)}`
      : web.target;
    const shownHost = web.port === (web.scheme === "https" ? 443 : 80) ? web.host : `${web.host}:${web.port}`;
    const headers = requestHeaders(options, this.version, web, hasData ? undefined : body);
    try {
      const connection = await openHttpConnection(process.net, {
        address,
        port: web.port,
        ...(web.scheme === "https" ? { tls: tlsOptions(process, options, web) } : {}),
        connectOptions: { requestedName: web.host, ...(connectMs > 0 ? { timeoutMs: connectMs } : {}) },
        interruption: this.stop.interruption,
      });
      const { socket } = connection;
      this.note({
        connectedMs: this.elapsed(),
        numConnects: 1,
        remoteAddress: socket.remoteAddress,
        remotePort: socket.remotePort,
        localAddress: socket.localAddress,
        localPort: socket.localPort,
      });
      await this.say(`Connected to ${web.host} (${address}) port ${web.port}${this.words.isModern ? "" : " (#0)"}`);
      if (this.words.isModern && web.scheme === "http") await this.say("using HTTP/1.x");
      const host = headers.find(([name]) => name.toLowerCase() === "host")?.[1] ?? shownHost;
      const rest = headers.filter(([name]) => name.toLowerCase() !== "host");
      await this.showRequest(method, target, host, rest, hasData ? undefined : body);
      const response = await connection.request({
        address,
        port: web.port,
        host,
        method,
        target,
        headers: rest,
        ...(body === undefined || hasData ? {} : { body }),
        interruption: this.stop.interruption,
      });
      this.note({
        status: response.status,
        contentType: response.headers.get("content-type") ?? "",
        startedTransferMs: this.elapsed(),
      });
      await this.showHead(response);
      return response;
    } catch (error) {
      throw this.connectFailure(error, web, address, connectMs);
    }
  }

  private connectFailure(error: unknown, web: WebAddress, address: string, connectMs: number): unknown {
    if (this.stop.interruption.isInterrupted || error instanceof CurlFailure) return error;
    if (error instanceof TlsError) return tlsFailure(error, web);
    if (!isErrno(error) || this.facts.numConnects > 0) return error;
    const ms = this.elapsed();
    if (error.code === "ETIMEDOUT" && connectMs > 0) {
      const late = connectMs + 1 + this.process.random.integer(5);
      return this.words.isModern
        ? new CurlFailure(28, `Connection timed out after ${late} milliseconds`)
        : new CurlFailure(
            28,
            `Failed to connect to ${web.host} port ${web.port} after ${late} ms: Timeout was reached`,
          );
    }
    const status = error.code === "ETIMEDOUT" ? 28 : 7;
    if (this.isVerbose) {
      void this.say(
        `connect to ${address} port ${web.port} ${this.words.isModern ? `from ${this.process.machine.network.addresses[0] ?? "0.0.0.0"} port ${32768 + this.process.random.integer(28000)} ` : ""}failed: ${error.message}`,
      );
      void this.say(`Failed to connect to ${web.host} port ${web.port} after ${ms} ms: ${this.words.couldNotConnect}`);
    }
    return new CurlFailure(
      status,
      `Failed to connect to ${web.host} port ${web.port} after ${ms} ms: ${this.words.couldNotConnect}`,
    );
  }

  private async addressOf(web: WebAddress): Promise<string> {
    for (const entry of this.options.values("resolve")) {
      const [host, port, ...address] = entry.replace(/^[+-]/, "").split(":");
      if ((host === web.host || host === "*") && Number(port) === web.port) return address.join(":");
    }
    const family = this.options.has("ipv6") ? 6 : this.options.has("ipv4") ? 4 : undefined;
    const lookup = resolveHost(this.process, web.host, family);
    const stopped = new Promise<never>((_, reject) => this.stop.interruption.onInterrupt(reject));
    const resolved = await Promise.race([lookup, stopped]);
    if ("failure" in resolved) {
      await this.say(`Could not resolve host: ${web.host}`);
      throw new CurlFailure(6, `Could not resolve host: ${web.host}`);
    }
    this.note({ resolvedMs: Math.max(1, this.elapsed()), remoteAddress: resolved.address });
    if (this.words.isModern && resolved.address !== web.host) {
      await this.say(`Host ${web.host}:${web.port} was resolved.`);
      await this.say(`IPv6: ${resolved.address.includes(":") ? resolved.address : "(none)"}`);
      await this.say(`IPv4: ${resolved.address.includes(":") ? "(none)" : resolved.address}`);
    }
    return resolved.address;
  }

  private async showRequest(
    method: string,
    target: string,
    host: string,
    headers: HeaderInit & readonly (readonly [string, string])[],
    body: Uint8Array | undefined,
  ): Promise<void> {
    this.note({ uploadedBytes: body?.length ?? 0 });
    if (!this.isVerbose) return;
    const lines = [
      `${method} ${target} HTTP/1.1`,
      `Host: ${host}`,
      ...headers.map(([name, value]) => `${name}: ${value}`),
      ...(body === undefined ? [] : [`Content-Length: ${body.length}`]),
      "",
    ];
    await this.process.stderr.write(lines.map((line) => `> ${line}\n`).join(""));
    if (this.words.isModern)
      await this.say(
        body === undefined ? "Request completely sent off" : `upload completely sent off: ${body.length} bytes`,
      );
  }

  private async showHead(response: HttpResponse): Promise<void> {
    const lines = [
      `HTTP/${response.version} ${response.status} ${response.reason}`,
      ...response.headers.entries().map(([name, value]) => `${name}: ${value}`),
      "",
    ];
    const text = lines.map((line) => `${line}\r\n`).join("");
    this.note({ headerBytes: this.facts.headerBytes + text.length });
    if (this.isVerbose) await this.process.stderr.write(lines.map((line) => `< ${line}\n`).join(""));
    const dump = this.options.value("dump-header");
    if (dump === "-") await this.process.stdout.write(text);
    else if (dump !== undefined)
      this.process.machine.fs.writeFile(this.process.resolve(dump), text, { as: this.process.credentials });
    if (this.options.has("include") || this.options.has("show-headers") || this.options.has("head"))
      await this.emit(bytesOf(text));
  }

  private async receive(response: HttpResponse, method: string): Promise<void> {
    const total = Number(response.headers.get("content-length") ?? 0);
    await this.startMeter();
    const failsSilently = this.options.has("fail") && response.status >= 400;
    if (method !== "HEAD" && !failsSilently) {
      for await (const part of response.body) {
        this.note({ downloadedBytes: this.facts.downloadedBytes + part.length });
        await this.emit(part);
      }
    } else {
      response.close();
    }
    await this.finishOutput();
    if (this.isVerbose)
      await this.process.stderr.write(
        this.process.stdout.isTty || this.facts.downloadedBytes === 0
          ? ""
          : `{ [${this.facts.downloadedBytes} bytes data]\n`,
      );
    this.cancelTick();
    if (this.hasMeter)
      await this.process.stderr.write(
        `${meterLine(this.facts.downloadedBytes, total || this.facts.downloadedBytes, Math.max(1, this.elapsed()))}\n`,
      );
    this.hasMeter = false;
    await this.say(`Connection #0 to host ${parseWebAddress(this.facts.effectiveUrl)?.host ?? ""} left intact`);
  }

  /** The meter shows only when it cannot mix with the document on a terminal. */
  private async startMeter(): Promise<void> {
    const goesToTerminal = this.process.stdout.isTty && this.output === null && !this.options.has("remote-name");
    if (this.isSilent || this.options.has("no-progress-meter") || goesToTerminal || this.hasMeter) return;
    this.hasMeter = true;
    await this.process.stderr.write(METER_HEADER + meterLine(0, 0, 0));
    this.tick();
  }

  /** The meter moves each second, whether anything arrives or not. */
  private tick(): void {
    this.cancelTick = this.process.clock.setTimer(METER_PERIOD_MS, () => {
      if (!this.hasMeter || this.process.interruption.isInterrupted) return;
      const line = meterLine(this.facts.downloadedBytes, 0, this.elapsed());
      void this.process.stderr.write(line).catch(() => undefined);
      this.tick();
    });
  }

  /** A name that is not found leaves the meter where it stands; a refusal moves it once more. */
  private async endMeter(status: number): Promise<void> {
    this.cancelTick();
    if (!this.hasMeter) return;
    this.hasMeter = false;
    if (status === 6) return;
    await this.process.stderr.write(
      status === 28 ? "\n" : `${meterLine(this.facts.downloadedBytes, 0, this.elapsed())}\n`,
    );
  }

  private async store(bytes: Uint8Array): Promise<void> {
    this.note({ downloadedBytes: bytes.length });
    await this.startMeter();
    await this.emit(bytes);
    await this.finishOutput();
    this.cancelTick();
    if (this.hasMeter) await this.process.stderr.write("\n");
    this.hasMeter = false;
  }

  private async emit(bytes: Uint8Array): Promise<void> {
    if (this.outputPath() === null) await this.process.stdout.write(bytes);
    else this.bodyParts.push(bytes.slice());
  }

  private outputPath(): string | null {
    if (this.output !== null && this.output !== "-") return this.output;
    if (!this.options.has("remote-name") || this.output === "-") return null;
    const name =
      this.url
        .replace(/^[a-z]+:\/\//i, "")
        .split(/[?#]/)[0]
        ?.split("/")
        .slice(1)
        .at(-1) ?? "";
    if (name === "") throw new CurlFailure(23, "Remote file name has no length");
    return name;
  }

  private async finishOutput(): Promise<void> {
    const path = this.outputPath();
    if (path === null || path === "/dev/null") return;
    const { fs } = this.process.machine;
    const folder = this.options.value("output-dir");
    const absolutePath = this.process.resolve(folder === undefined ? path : `${folder}/${path}`);
    try {
      if (this.options.has("create-dirs"))
        fs.mkdir(absolutePath.slice(0, absolutePath.lastIndexOf("/")) || "/", {
          recursive: true,
          as: this.process.credentials,
        });
      fs.writeFile(absolutePath, joinBytes(this.bodyParts), {
        mode: 0o666 & ~this.process.umask,
        as: this.process.credentials,
      });
    } catch (error) {
      if (!isErrno(error)) throw error;
      throw new CurlFailure(23, `client returned ERROR on write, ${this.facts.downloadedBytes} bytes`);
    }
  }
}
