/**
 * Apache httpd 2.4 of the official image: one site from `conf/httpd.conf`. Source: the image's
 * output. Understood: Listen, ServerName, ServerRoot, DocumentRoot, DirectoryIndex, Options Indexes,
 * ErrorDocument, Redirect, Alias, CustomLog. Left out: modules beyond those, .htaccess, virtual hosts, TLS.
 */
import { HttpHeaders, type HttpHandler, type HttpServerRequest, REASONS, serveHttp } from "../../machine/http.ts";
import type { Listener, Process, Program } from "../../machine/types.ts";
import { formatDate } from "../toolkit/dates.ts";
import { mediaTypeOf, requestPath } from "../toolkit/media-types.ts";
import { openToAppend } from "../toolkit/own-files.ts";
import { isErrno } from "../toolkit/tool.ts";

const DEFAULT_VERSION = "2.4.65";

interface Configuration {
  readonly ports: readonly number[];
  readonly serverName: string | undefined;
  readonly documentRoot: string;
  readonly indexes: readonly string[];
  readonly listsFolders: boolean;
  readonly errorDocuments: ReadonlyMap<number, string>;
  readonly redirects: readonly { readonly from: string; readonly to: string; readonly status: number }[];
  readonly aliases: readonly { readonly from: string; readonly to: string }[];
  readonly accessLog: string | undefined;
  readonly format: "common" | "combined";
}

class SyntaxFailure extends Error {}

const KNOWN = new RegExp(
  `^(${[
    "ServerRoot|Listen|LoadModule|User|Group|ServerAdmin|ServerName|DocumentRoot|DirectoryIndex|ErrorLog|LogLevel|LogFormat",
    "CustomLog|Options|AllowOverride|Require|Alias|ScriptAlias|Redirect|RedirectMatch|ErrorDocument|Header|RequestHeader",
    "AddType|TypesConfig|AddEncoding|AddHandler|SetHandler|Include|IncludeOptional|KeepAlive|KeepAliveTimeout|MaxKeepAliveRequests",
    "Timeout|ServerTokens|ServerSignature|EnableSendfile|EnableMMAP|PidFile|HostnameLookups|ProxyPass|ProxyPassReverse",
    "RewriteEngine|RewriteRule|RewriteCond|StartServers|MinSpareThreads|MaxSpareThreads|ThreadsPerChild|MaxRequestWorkers",
    "MaxConnectionsPerChild|Protocols|TraceEnable|SSLRandomSeed|ProxyHTMLEnable|DefaultRuntimeDir|Mutex|Define|AddDefaultCharset",
  ].join("|")})$`,
  "i",
);

function readConfiguration(process: Process, path: string): Configuration {
  const text = process.machine.fs.readText(path, process.credentials);
  const found = new Map<string, string[][]>();
  text.split("\n").forEach((line, index) => {
    const [name = "", ...args] = (line.trim().match(/"[^"]*"|\S+/g) ?? []).map((word) =>
      word.replace(/^"(.*)"$/, "$1"),
    );
    if (name === "" || name.startsWith("#") || name.startsWith("<")) return;
    if (!KNOWN.test(name)) {
      throw new SyntaxFailure(
        `AH00526: Syntax error on line ${index + 1} of ${path}:\nInvalid command '${name}', perhaps misspelled or defined by a module not included in the server configuration`,
      );
    }
    const key = name.toLowerCase();
    found.set(key, [...(found.get(key) ?? []), args]);
  });
  const last = (name: string): readonly string[] => found.get(name)?.at(-1) ?? [];
  const ports = (found.get("listen") ?? []).map(([address = "80"]) =>
    Number(address.slice(address.lastIndexOf(":") + 1)),
  );
  return {
    ports,
    serverName: last("servername")[0],
    documentRoot: last("documentroot")[0] ?? "/usr/local/apache2/htdocs",
    indexes: last("directoryindex").length > 0 ? last("directoryindex") : ["index.html"],
    listsFolders: (found.get("options") ?? []).some((options) => options.some((one) => /^\+?Indexes$/i.test(one))),
    errorDocuments: new Map(
      (found.get("errordocument") ?? []).map(([code = "", ...rest]) => [Number(code), rest.join(" ")]),
    ),
    redirects: (found.get("redirect") ?? []).map(redirectOf),
    aliases: (found.get("alias") ?? []).map(([from = "", to = ""]) => ({ from, to })),
    accessLog: last("customlog")[0],
    format: last("customlog")[1] === "combined" ? "combined" : "common",
  };
}

function redirectOf(args: readonly string[]): { from: string; to: string; status: number } {
  const [first = "", second = "", third] = args;
  if (third === undefined) return { from: first, to: second, status: 302 };
  const status = { permanent: 301, temp: 302, seeother: 303 }[first] ?? Number(first);
  return { from: second, to: third, status };
}

export const apacheHttpd: Program = {
  name: "apache-httpd",
  async run(process) {
    const version = process.program.version ?? DEFAULT_VERSION;
    const args = process.argv.slice(1);
    if (args.includes("-v") || args.includes("-V")) {
      await process.stdout.write(`Server version: Apache/${version} (Unix)\nServer built:   Aug 12 2025 00:05:11\n`);
      return 0;
    }
    const given = args.indexOf("-f");
    const path = process.resolve(given === -1 ? "/usr/local/apache2/conf/httpd.conf" : (args[given + 1] ?? ""));
    let configuration: Configuration;
    try {
      configuration = readConfiguration(process, path);
    } catch (error) {
      if (!(error instanceof SyntaxFailure) && !isErrno(error)) throw error;
      const text = isErrno(error)
        ? `httpd: Could not open configuration file ${path}: ${error.message}`
        : error.message;
      await process.stderr.write(`${text}\n`);
      return 1;
    }
    if (args.includes("-t")) {
      await process.stderr.write("Syntax OK\n");
      return 0;
    }
    return new Server(process, version, configuration).run();
  },
};

class Server {
  readonly #process: Process;
  readonly #signature: string;
  readonly #configuration: Configuration;

  constructor(process: Process, version: string, configuration: Configuration) {
    this.#process = process;
    this.#signature = `Apache/${version} (Unix)`;
    this.#configuration = configuration;
  }

  async run(): Promise<number> {
    const process = this.#process;
    const { serverName, ports } = this.#configuration;
    if (serverName === undefined) {
      const address = process.machine.network.addresses[0] ?? "127.0.0.1";
      const line = `AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using ${address}. Set the 'ServerName' directive globally to suppress this message\n`;
      await process.stderr.write(line + line);
    }
    const listeners: Listener[] = [];
    for (const port of ports) {
      try {
        listeners.push(process.net.listen(port));
      } catch (error) {
        if (!isErrno(error)) throw error;
        const number = error.code === "EADDRINUSE" ? 98 : 13;
        const line = (address: string): string =>
          `(${number})${error.message}: AH00072: make_sock: could not bind to address ${address}:${port}\n`;
        await process.stderr.write(`${line("[::]")}${line("0.0.0.0")}`);
      }
    }
    if (listeners.length === 0) {
      await process.stderr.write("no listening sockets available, shutting down\nAH00015: Unable to open logs\n");
      return 1;
    }
    await this.#notice("mpm_event:notice", `AH00489: ${this.#signature} configured -- resuming normal operations`);
    await this.#notice("core:notice", "AH00094: Command line: 'httpd -D FOREGROUND'");
    const handler: HttpHandler = (request, response) => this.#handle(request, response);
    for (const listener of listeners) {
      void serveHttp(listener, handler, {
        interruption: process.interruption,
        badRequest: this.#badRequest(),
        defaultHeaders: () => this.#head(),
      });
    }
    const signal = await firstSignal(process);
    for (const listener of listeners) listener.close();
    const isGraceful = signal === "SIGWINCH";
    await this.#notice(
      "mpm_event:notice",
      isGraceful ? "AH00492: caught SIGWINCH, shutting down gracefully" : "AH00491: caught SIGTERM, shutting down",
    );
    return 0;
  }

  #notice(module: string, text: string): Promise<void> {
    const nowMs = this.#process.clock.now();
    const micros = String(Math.floor((nowMs % 1000) * 1000)).padStart(6, "0");
    const date = formatDate(nowMs, `%a %b %d %H:%M:%S.${micros} %Y`);
    const { pid } = this.#process;
    return this.#process.stderr.write(`[${date}] [${module}] [pid ${pid}:tid ${pid}] ${text}\n`);
  }

  #head(): readonly (readonly [string, string])[] {
    return [
      ["Date", httpDate(this.#process.clock.now())],
      ["Server", this.#signature],
    ];
  }

  #badRequest() {
    const body = pageOf(400, "Your browser sent a request that this server could not understand.<br />\n");
    return {
      headers: { "Content-Length": String(body.length), "Content-Type": "text/html; charset=iso-8859-1" },
      body,
    };
  }

  async #handle(request: HttpServerRequest, response: Parameters<HttpHandler>[1]): Promise<void> {
    const reply = await this.#answer(request, requestPath(request.target));
    const headers = new HttpHeaders(this.#head());
    for (const [name, value] of reply.before) headers.append(name, value);
    const hasContent = reply.status !== 304 && reply.status !== 204;
    if (hasContent) headers.append("Content-Length", String(reply.body.length));
    if (
      request.version === "1.0"
        ? !request.headers.includes("Connection", "keep-alive")
        : request.headers.includes("Connection", "close")
    ) {
      headers.append("Connection", "close");
    }
    if (hasContent && reply.type !== undefined) headers.append("Content-Type", reply.type);
    try {
      await response.writeHead(reply.status, headers, REASONS[reply.status]);
      await response.end(reply.body);
    } finally {
      await this.#log(request, reply.status, response.bodyBytes);
    }
  }

  async #log(request: HttpServerRequest, status: number, bytes: number): Promise<void> {
    const { accessLog, format } = this.#configuration;
    if (accessLog === undefined) return;
    const date = formatDate(this.#process.clock.now(), "%d/%b/%Y:%H:%M:%S +0000");
    const size = bytes === 0 ? "-" : String(bytes);
    const line = `${request.method} ${request.target} HTTP/${request.version}`;
    const referer = request.headers.get("Referer") ?? "-";
    const agent = request.headers.get("User-Agent") ?? "-";
    const more = format === "combined" ? ` "${referer}" "${agent}"` : "";
    const text = `${request.socket.remoteAddress} - - [${date}] "${line}" ${status} ${size}${more}\n`;
    const path = accessLog.startsWith("/") ? accessLog : `/usr/local/apache2/${accessLog}`;
    const file = openToAppend(this.#process, path);
    try {
      await this.#process.writeTo(file, new TextEncoder().encode(text));
    } finally {
      file.release();
    }
  }

  async #answer(request: HttpServerRequest, path: string): Promise<Reply> {
    const { redirects, documentRoot, aliases } = this.#configuration;
    const redirect = redirects.find(({ from }) => path === from || path.startsWith(`${from.replace(/\/$/, "")}/`));
    if (redirect) return this.#moved(redirect.status, redirect.to + path.slice(redirect.from.length));
    const alias = aliases.find(({ from }) => path.startsWith(from));
    const file = alias ? alias.to + path.slice(alias.from.length) : documentRoot + path;
    if (!["GET", "HEAD", "POST", "OPTIONS"].includes(request.method)) {
      const reply = this.#error(405, `The requested method ${request.method} is not allowed for this URL.\n`);
      return { ...reply, before: [["Allow", "HEAD,GET,POST,OPTIONS,TRACE"]] };
    }
    if (request.method === "OPTIONS") {
      return {
        status: 200,
        before: [["Allow", "HEAD,GET,POST,OPTIONS,TRACE"]],
        body: new Uint8Array(),
        type: "text/html",
      };
    }
    return this.#serve(request, path, file);
  }

  async #serve(request: HttpServerRequest, path: string, file: string): Promise<Reply> {
    const { fs } = this.#process.machine;
    try {
      const stat = fs.stat(file.replace(/(.)\/$/, "$1"));
      if (stat.kind !== "directory") {
        if (path.endsWith("/")) return this.#error(404, NOT_FOUND);
        return fileReply(request, file, stat.modifiedMs, fs.readFile(file, WORKER));
      }
      if (!path.endsWith("/")) return this.#moved(301, `http://${request.headers.get("Host") ?? ""}${path}/`);
      const index = this.#configuration.indexes.find((name) => fs.exists(`${file}${name}`));
      if (index !== undefined) return await this.#serve(request, path + index, file + index);
      if (this.#configuration.listsFolders)
        return listing(path, fs.readdir(file), (name) => fs.stat(`${file}${name}`).kind === "directory");
      const peer = `${request.socket.remoteAddress}:${request.socket.remotePort}`;
      await this.#notice(
        "autoindex:error",
        `[client ${peer}] AH01276: Cannot serve directory ${file}: No matching DirectoryIndex (${this.#configuration.indexes.join(",")}) found, and server-generated directory index forbidden by Options directive`,
      );
      return this.#error(403, FORBIDDEN);
    } catch (error) {
      if (!isErrno(error)) throw error;
      return error.code === "EACCES" ? this.#error(403, FORBIDDEN) : this.#error(404, NOT_FOUND);
    }
  }

  #moved(status: number, location: string): Reply {
    const reply = this.#error(status, `The document has moved <a href="${location}">here</a>.`);
    return { ...reply, before: [["Location", location]] };
  }

  #error(status: number, text: string): Reply {
    const own = this.#configuration.errorDocuments.get(status);
    const { fs } = this.#process.machine;
    const file = own?.startsWith("/") ? this.#configuration.documentRoot + own : undefined;
    if (file !== undefined && fs.exists(file))
      return { status, before: [], body: fs.readFile(file), type: mediaTypeOf(file) };
    const body = own !== undefined && file === undefined ? own : pageOf(status, text);
    return { status, before: [], body: new TextEncoder().encode(body), type: "text/html; charset=iso-8859-1" };
  }
}

interface Reply {
  readonly status: number;
  /** Between Server and Content-Length. */
  readonly before: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  readonly type: string | undefined;
}

/** Files are read as the account the workers run under. */
const WORKER = { uid: 33, gid: 33, groups: [33] };
const NOT_FOUND = "The requested URL was not found on this server.";
const FORBIDDEN = "You don't have permission to access this resource.";

const httpDate = (ms: number): string => formatDate(ms, "%a, %d %b %Y %H:%M:%S GMT");

function pageOf(status: number, text: string): string {
  const reason = REASONS[status] ?? "";
  return `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>${status} ${reason}</title>\n</head><body>\n<h1>${reason}</h1>\n<p>${text}</p>\n</body></html>\n`;
}

function listing(path: string, names: readonly string[], isFolder: (name: string) => boolean): Reply {
  const parent = path === "/" ? "" : '<li><a href="../"> Parent Directory</a></li>\n';
  const lines = names
    .filter((name) => !name.startsWith("."))
    .map((name) => (isFolder(name) ? `${name}/` : name))
    .map((name) => `<li><a href="${encodeURI(name)}"> ${name}</a></li>\n`);
  const title = `Index of ${path.replace(/(.)\/$/, "$1")}`;
  const text = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<html>\n <head>\n  <title>${title}</title>\n </head>\n <body>\n<h1>${title}</h1>\n<ul>${parent}${lines.join("")}</ul>\n</body></html>\n`;
  return { status: 200, before: [], body: new TextEncoder().encode(text), type: "text/html;charset=ISO-8859-1" };
}

function fileReply(request: HttpServerRequest, path: string, modifiedMs: number, content: Uint8Array): Reply {
  const etag = `"${content.length.toString(16)}-${(BigInt(Math.floor(modifiedMs)) * 1000n).toString(16)}"`;
  const validators = [
    ["Last-Modified", httpDate(modifiedMs)],
    ["ETag", etag],
  ] as const;
  const type = mediaTypeOf(path);
  const isUnchanged =
    request.headers.get("If-None-Match") === etag || request.headers.get("If-Modified-Since") === httpDate(modifiedMs);
  if (isUnchanged) return { status: 304, before: validators, body: new Uint8Array(), type };
  return { status: 200, before: [...validators, ["Accept-Ranges", "bytes"]], body: content, type };
}

function firstSignal(process: Process): Promise<"SIGTERM" | "SIGWINCH"> {
  return new Promise((resolve, reject) => {
    process.onSignal("SIGTERM", () => resolve("SIGTERM"));
    process.onSignal("SIGINT", () => resolve("SIGTERM"));
    process.onSignal("SIGWINCH", () => resolve("SIGWINCH"));
    process.interruption.onInterrupt(reject);
  });
}
