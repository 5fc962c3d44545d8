/**
 * busybox 1.28–1.37 httpd: files below a folder, one request a connection. Source: the applet's
 * help and httpd.c's messages. Left out: CGI, configuration files, authentication.
 */
import { HttpHeaders, type HttpHandler, type HttpServerRequest, serveHttp } from "../../machine/http.ts";
import type { Process } from "../../machine/types.ts";
import { formatDate } from "../toolkit/dates.ts";
import { reasonOf } from "../toolkit/libc.ts";
import { mediaTypeOf, requestPath } from "../toolkit/media-types.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, isErrno, ToolError } from "../toolkit/tool.ts";

const USAGE = `Usage: httpd [-ifv[v]] [-c CONFFILE] [-p [IP:]PORT] [-u USER[:GRP]] [-r REALM] [-h HOME]
or httpd -d/-e/-m STRING

Listen for incoming HTTP requests

	-i		Inetd mode
	-f		Run in foreground
	-v[v]		Verbose
	-p [IP:]PORT	Bind to IP:PORT (default *:80)
	-u USER[:GRP]	Set uid/gid after binding to port
	-r REALM	Authentication Realm for Basic Authentication
	-h HOME		Home directory (default .)
	-c FILE		Configuration file (default {/etc,HOME}/httpd.conf)
	-m STRING	MD5 crypt STRING
	-e STRING	HTML encode STRING
	-d STRING	URL decode STRING`;

const INFORMATION: Readonly<Record<number, readonly [title: string, text: string]>> = {
  400: ["Bad Request", "Unsupported method"],
  403: ["Forbidden", ""],
  404: ["Not Found", "The requested URL was not found"],
  501: ["Not Implemented", "The requested method is not recognized"],
};

export const busyboxHttpd = defineTool({
  name: "httpd",
  usage: USAGE,
  options: [...[..."ifv"].map((letter) => o(letter)), ...[..."cpurhmed"].map((letter) => o(letter, "", "required"))],
  async run(process, options) {
    const verbosity = options.values("v").length;
    const where = options.value("p") ?? "80";
    const colon = where.lastIndexOf(":");
    const port = Number(where.slice(colon + 1));
    if (!Number.isInteger(port) || port < 1 || port > 65535) throw new ToolError(`bad port '${where}'`);
    const address = colon > 0 ? where.slice(0, colon) : undefined;
    const home = process.resolve(options.value("h") ?? ".").replace(/(.)\/$/, "$1");
    const { fs } = process.machine;
    if (!fs.exists(home))
      throw new ToolError(`can't change directory to '${options.value("h")}': No such file or directory`);
    const serve = async (server: Process): Promise<number> => {
      const listener = server.net.listen(port, address === undefined ? { address: "::" } : { address });
      const handler = handlerOf(server, home, verbosity);
      await serveHttp(listener, handler, { interruption: server.interruption, maxRequestsPerConnection: 1 });
      return 0;
    };
    try {
      // Tried here, so that a taken port is told by the process that was started.
      process.net.listen(port, address === undefined ? { address: "::" } : { address }).close();
    } catch (error) {
      if (!isErrno(error)) throw error;
      throw new ToolError(`bind: ${reasonOf(process, error)}`);
    }
    if (options.has("f")) return serve(process);
    process.fork(process.argv, serve, { session: { tty: null } });
    return 0;
  },
});

const httpDate = (ms: number): string => formatDate(ms, "%a, %d %b %Y %H:%M:%S GMT");

function handlerOf(process: Process, home: string, verbosity: number): HttpHandler {
  return async (request, response) => {
    const peer = `[::ffff:${request.socket.remoteAddress}]:${request.socket.remotePort}`;
    if (verbosity > 1) await process.stderr.write(`${peer}: url:${request.target}\n`);
    const reply = answer(process, home, request);
    if (verbosity > 0) await process.stderr.write(`${peer}: response:${reply.status}\n`);
    const headers = new HttpHeaders();
    headers.append("Date", httpDate(process.clock.now())).append("Connection", "close");
    if (reply.type !== undefined) headers.append("Content-type", reply.type);
    for (const [name, value] of reply.headers) headers.append(name, value);
    await response.writeHead(reply.status, headers, reply.reason);
    await response.end(reply.body);
  };
}

interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly type: string | undefined;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

function refusal(status: number): Reply {
  const [reason, text] = INFORMATION[status] ?? ["", ""];
  const heading = `${status} ${reason}`;
  const page = `<HTML><HEAD><TITLE>${heading}</TITLE></HEAD>\n<BODY><H1>${heading}</H1>\n${text}\n</BODY></HTML>\n`;
  const body = new TextEncoder().encode(page);
  return { status, reason, type: "text/html", headers: [["Content-Length", String(body.length)]], body };
}

function answer(process: Process, home: string, request: HttpServerRequest): Reply {
  if (!["GET", "HEAD"].includes(request.method)) return refusal(501);
  const { fs } = process.machine;
  let path = home + requestPath(request.target);
  try {
    const stat = fs.stat(path.replace(/(.)\/$/, "$1"), process.credentials);
    if (stat.kind === "directory" && !path.endsWith("/")) {
      const location = `${requestPath(request.target)}/`;
      const headers = [
        ["Location", location],
        ["Content-Length", "0"],
      ] as const;
      return { status: 302, reason: "Found", type: "text/html", headers, body: new Uint8Array() };
    }
    if (path.endsWith("/")) path += "index.html";
    const { modifiedMs } = fs.stat(path, process.credentials);
    const body = fs.readFile(path, process.credentials);
    const etag = `"${Math.floor(modifiedMs / 1000).toString(16)}-${body.length.toString(16)}"`;
    const headers = [
      ["Accept-Ranges", "bytes"],
      ["Last-Modified", httpDate(modifiedMs)],
      ["ETag", etag],
      ["Content-Length", String(body.length)],
    ] as const;
    return { status: 200, reason: "OK", type: mediaTypeOf(path) ?? "application/octet-stream", headers, body };
  } catch (error) {
    if (!isErrno(error)) throw error;
    return refusal(error.code === "EACCES" ? 403 : 404);
  }
}
