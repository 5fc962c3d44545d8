/**
 * python3 as far as `python3 -m http.server` goes: the interpreter itself is not there, and says
 * so: words of the real one would send the learner to look for a mistake. Source: CPython 3.12, `Lib/http/server.py`.
 */
import { HttpHeaders, type HttpServerRequest, serveHttp } from "../../machine/http.ts";
import type { Process, Program } from "../../machine/types.ts";
import { formatDate } from "../toolkit/dates.ts";
import { mediaTypeOf, requestPath } from "../toolkit/media-types.ts";
import { errnoNumber } from "../../machine/errno.ts";
import { isErrno } from "../toolkit/tool.ts";

const DEFAULT_VERSION = "3.12.11";
const DEFAULT_PORT = 8000;

export const python3: Program = {
  name: "python3",
  async run(process) {
    const args = process.argv.slice(1);
    const version = process.program.version ?? DEFAULT_VERSION;
    const [first, ...rest] = args[0] === "-u" ? args.slice(1) : args;
    if (first === "-V" || first === "--version") {
      await process.stdout.write(`Python ${version}\n`);
      return 0;
    }
    const path = process.argv[0]?.includes("/")
      ? process.argv[0]
      : (process.findExecutable(process.name) ?? process.name);
    if (first === "-m") {
      if (rest[0] === "http.server") return serveFiles(process, version, rest.slice(1));
      await process.stderr.write(`${path}: No module named ${rest[0] ?? ""}\n`);
      return 1;
    }
    if (first !== undefined && !first.startsWith("-") && !process.machine.fs.exists(process.resolve(first))) {
      await process.stderr.write(
        `${path}: can't open file '${process.resolve(first)}': [Errno 2] No such file or directory\n`,
      );
      return 2;
    }
    await process.stderr.write(`${process.name}: there is no interpreter in this sandbox, only -m http.server\n`);
    return 1;
  },
};

async function serveFiles(process: Process, version: string, args: readonly string[]): Promise<number> {
  let [port, address, folder] = [DEFAULT_PORT, "0.0.0.0", process.cwd];
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? "";
    const value = (): string =>
      argument.includes("=") ? argument.slice(argument.indexOf("=") + 1) : (args[++index] ?? "");
    if (/^(-b|--bind)/.test(argument)) address = value();
    else if (/^(-d|--directory)/.test(argument)) folder = process.resolve(value());
    else if (/^(-p|--protocol|--cgi)/.test(argument)) value();
    else if (/^\d+$/.test(argument)) port = Number(argument);
    else {
      await process.stderr.write(
        `usage: server.py [-h] [--cgi] [-b ADDRESS] [-d DIRECTORY] [-p VERSION] [port]\nserver.py: error: argument port: invalid int value: '${argument}'\n`,
      );
      return 2;
    }
  }
  let listener: ReturnType<Process["net"]["listen"]>;
  try {
    listener = process.net.listen(port, { address });
  } catch (error) {
    if (!isErrno(error)) throw error;
    await process.stderr.write(`OSError: [Errno ${errnoNumber(error.code)}] ${error.message}\n`);
    return 1;
  }
  await process.stdout.write(`Serving HTTP on ${address} port ${port} (http://${address}:${port}/) ...\n`);
  void serveHttp(
    listener,
    async (request, response) => {
      const reply = answer(process, folder, request);
      const date = formatDate(process.clock.now(), "%d/%b/%Y %H:%M:%S");
      const prefix = `${request.socket.remoteAddress} - - [${date}]`;
      if (reply.status === 404) await process.stderr.write(`${prefix} code 404, message File not found\n`);
      await process.stderr.write(
        `${prefix} "${request.method} ${request.target} HTTP/${request.version}" ${reply.status} -\n`,
      );
      const headers = new HttpHeaders([
        ["Server", `SimpleHTTP/0.6 Python/${version}`],
        ["Date", formatDate(process.clock.now(), "%a, %d %b %Y %H:%M:%S GMT")],
        ...reply.headers,
      ]);
      await response.send(reply.status, headers, reply.body, reply.reason);
    },
    { interruption: process.interruption, maxRequestsPerConnection: 1 },
  );
  await new Promise<void>((resolve, reject) => {
    process.onSignal("SIGINT", () => resolve());
    process.interruption.onInterrupt(reject);
  });
  await process.stdout.write("\nKeyboard interrupt received, exiting.\n");
  return 0;
}

interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function failure(status: number, reason: string, explanation: string): Reply {
  const body = `<!DOCTYPE HTML>\n<html lang="en">\n    <head>\n        <meta charset="utf-8">\n        <title>Error response</title>\n    </head>\n    <body>\n        <h1>Error response</h1>\n        <p>Error code: ${status}</p>\n        <p>Message: ${reason}.</p>\n        <p>Error code explanation: ${status} - ${explanation}.</p>\n    </body>\n</html>\n`;
  return { status, reason, headers: [["Content-Type", "text/html;charset=utf-8"]], body: encode(body) };
}

function answer(process: Process, folder: string, request: HttpServerRequest): Reply {
  const { fs } = process.machine;
  if (!["GET", "HEAD"].includes(request.method)) {
    return failure(501, `Unsupported method ('${request.method}')`, "Server does not support this operation");
  }
  const path = requestPath(request.target);
  const file = folder.replace(/\/$/, "") + path;
  try {
    const stat = fs.stat(file.replace(/(.)\/$/, "$1"), process.credentials);
    if (stat.kind === "directory") {
      if (!path.endsWith("/")) {
        return {
          status: 301,
          reason: "Moved Permanently",
          headers: [["Location", `${path}/`]],
          body: new Uint8Array(),
        };
      }
      const index = ["index.html", "index.htm"].find((name) => fs.exists(file + name));
      return index === undefined ? listing(process, path, file) : content(process, file + index);
    }
    return path.endsWith("/")
      ? failure(404, "File not found", "Nothing matches the given URI")
      : content(process, file);
  } catch (error) {
    if (!isErrno(error)) throw error;
    return failure(404, "File not found", "Nothing matches the given URI");
  }
}

function content(process: Process, path: string): Reply {
  const { fs } = process.machine;
  const body = fs.readFile(path, process.credentials);
  const modified = formatDate(fs.stat(path).modifiedMs, "%a, %d %b %Y %H:%M:%S GMT");
  const headers = [
    ["Content-type", mediaTypeOf(path) ?? "application/octet-stream"],
    ["Content-Length", String(body.length)],
    ["Last-Modified", modified],
  ] as const;
  return { status: 200, reason: "OK", headers, body };
}

function listing(process: Process, path: string, folder: string): Reply {
  const { fs } = process.machine;
  const lines = fs.readdir(folder, process.credentials).map((name) => {
    const shown = fs.stat(folder + name).kind === "directory" ? `${name}/` : name;
    return `<li><a href="${encodeURI(shown)}">${shown}</a></li>\n`;
  });
  const title = `Directory listing for ${path}`;
  const body = `<!DOCTYPE HTML>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>${title}</title>\n</head>\n<body>\n<h1>${title}</h1>\n<hr>\n<ul>\n${lines.join("")}</ul>\n<hr>\n</body>\n</html>\n`;
  return { status: 200, reason: "OK", headers: [["Content-type", "text/html; charset=utf-8"]], body: encode(body) };
}
