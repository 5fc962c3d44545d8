/** hashicorp/http-echo 1.0: one text for every request. Source: the program's README and output. */
import { serveHttp } from "../../machine/http.ts";
import type { Process, Program } from "../../machine/types.ts";
import { formatDate } from "../toolkit/dates.ts";
import { isErrno } from "../toolkit/tool.ts";

const DEFAULT_VERSION = "1.0.0";

/** `-name value`, `-name=value`, with one dash or two. */
function flagsOf(argv: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  for (let index = 1; index < argv.length; index++) {
    const match = /^--?([\w-]+)(?:=([\s\S]*))?$/.exec(argv[index] ?? "");
    if (match) flags.set(match[1] ?? "", match[2] ?? (match[1] === "version" ? "true" : (argv[++index] ?? "")));
  }
  return flags;
}

export const httpEcho: Program = {
  name: "http-echo",
  async run(process) {
    const flags = flagsOf(process.argv);
    const version = process.program.version ?? DEFAULT_VERSION;
    if (flags.has("version")) {
      await process.stderr.write(`http-echo v${version}\n`);
      return 0;
    }
    const text = flags.get("text") ?? process.env.get("ECHO_TEXT") ?? "";
    if (text === "") {
      await process.stderr.write("Missing -text option!\n");
      return 127;
    }
    const listen = flags.get("listen") ?? ":5678";
    return serve(process, version, text, listen, Number(flags.get("status-code") ?? 200));
  },
};

async function serve(process: Process, version: string, text: string, listen: string, status: number): Promise<number> {
  const port = Number(listen.slice(listen.lastIndexOf(":") + 1));
  const stamp = (): string => formatDate(process.clock.now(), "%Y/%m/%d %H:%M:%S");
  let listener: ReturnType<Process["net"]["listen"]>;
  try {
    listener = process.net.listen(port);
  } catch (error) {
    if (!isErrno(error)) throw error;
    await process.stdout.write(`${stamp()} [ERR] listen tcp ${listen}: bind: ${error.message.toLowerCase()}\n`);
    return 1;
  }
  await process.stdout.write(`${stamp()} [INFO] server is listening on ${listen}\n`);
  void serveHttp(
    listener,
    async (request, response) => {
      const headers = [
        ["X-App-Name", "http-echo"],
        ["X-App-Version", version],
        ["Date", formatDate(process.clock.now(), "%a, %d %b %Y %H:%M:%S GMT")],
        ["Content-Length", String(text.length + 1)],
        ["Content-Type", "text/plain; charset=utf-8"],
      ] as const;
      await response.send(status, headers, `${text}\n`);
      const { socket, method, target, version: protocol } = request;
      const agent = request.headers.get("User-Agent") ?? "";
      await process.stdout.write(
        `${stamp()} ${request.headers.get("Host") ?? ""} ${socket.remoteAddress}:${socket.remotePort} "${method} ${target} HTTP/${protocol}" ${status} ${text.length + 1} "${agent}" 27.1µs\n`,
      );
    },
    { interruption: process.interruption },
  );
  const signal = await new Promise<string>((resolve, reject) => {
    process.onSignal("SIGTERM", () => resolve("terminated"));
    process.onSignal("SIGINT", () => resolve("interrupt"));
    process.interruption.onInterrupt(reject);
  });
  await process.stdout.write(`${stamp()} [INFO] received ${signal}, shutting down...\n`);
  return 0;
}
