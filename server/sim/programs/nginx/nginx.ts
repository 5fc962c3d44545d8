/**
 * nginx 1.14–1.29: reads its own configuration and serves it. Source: nginx.org's manual, the
 * official image's output. Left out: stream and mail, caches, limits, compression, HTTP/2; one
 * process answers for all workers, which are there to be seen.
 */
import { serveHttp } from "../../machine/http.ts";
import type { Interruption, Listener, Process, Program } from "../../machine/types.ts";
import { createInterruption, anyOf } from "../../machine/interruption.ts";
import { errnoNumber } from "../../machine/errno.ts";
import { findAccount } from "../toolkit/accounts.ts";
import { isErrno } from "../toolkit/tool.ts";
import { ConfigurationError, type Directive, readConfiguration, readGlobals } from "./configuration.ts";
import { SiteHandler } from "./handler.ts";
import { type Level, Logs } from "./logs.ts";
import { errorPage } from "./pages.ts";
import { Upstreams } from "./proxy.ts";
import { buildSite, type Site, socketName, type VirtualServer } from "./servers.ts";
import { type Arguments, BUILD, HELP, parseArguments } from "./arguments.ts";
import { checkVariables } from "./checks.ts";
import { httpDate } from "./static-files.ts";
import { Workers, workerUser } from "./workers.ts";

const DEFAULT_VERSION = "1.27.5";
const DEFAULT_CONFIGURATION = "/etc/nginx/nginx.conf";
const BIND_ATTEMPTS = 5;
const BIND_PAUSE_MS = 500;
const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] as const;

export const nginx: Program = {
  name: "nginx",
  async run(process) {
    const version = process.program.version ?? DEFAULT_VERSION;
    const parsed = parseArguments(process.argv);
    if (typeof parsed === "string") {
      await process.stderr.write(`nginx: ${parsed}\n`);
      return 1;
    }
    const { letters } = parsed;
    if ([..."?hvV"].some((letter) => letters.has(letter))) {
      const configure = letters.has("V") ? BUILD : "";
      const help = letters.has("?") || letters.has("h") ? HELP : "";
      await process.stderr.write(`nginx version: nginx/${version}\n${configure}${help}`);
      return 0;
    }
    return new Nginx(process, version, parsed).run();
  },
};

/** One address that is listened on, for as long as the configuration names it. */
interface OpenListener {
  readonly listener: Listener;
  /** Ends the serving with an old configuration. */
  stop: () => void;
}

interface Loaded {
  readonly site: Site;
  readonly upstreams: Upstreams;
}

class Nginx {
  #process: Process;
  readonly #version: string;
  readonly #path: string;
  readonly #globals: string;
  readonly #arguments: Arguments;
  #logs: Logs;
  #listeners = new Map<string, OpenListener>();
  #workers: Workers | null = null;

  constructor(process: Process, version: string, given: Arguments) {
    this.#process = process;
    this.#version = version;
    this.#arguments = given;
    this.#path = process.resolve(given.values.get("c") ?? DEFAULT_CONFIGURATION);
    this.#globals = given.values.get("g") ?? "";
    this.#logs = new Logs(process);
  }

  async run(): Promise<number> {
    const { letters, values } = this.#arguments;
    const isTest = letters.has("t") || letters.has("T");
    const signal = values.get("s");
    if (signal !== undefined && !["stop", "quit", "reopen", "reload"].includes(signal)) {
      await this.#process.stderr.write(`nginx: invalid option: "-s ${signal}"\n`);
      return 1;
    }
    try {
      await this.#openDefaultLog();
      const loaded = await this.#load();
      if (signal !== undefined) return await this.#signal(signal, loaded.site);
      if (isTest) return await this.#tested(loaded.site);
      return await this.#start(loaded);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      await this.#say("emerg", error.message);
      if (isTest) await this.#process.stderr.write(`nginx: configuration file ${this.#path} test failed\n`);
      return 1;
    } finally {
      await this.#logs.flush();
    }
  }

  async #openDefaultLog(): Promise<void> {
    try {
      this.#logs.open("/var/log/nginx/error.log");
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      await this.#process.stderr.write(`nginx: [alert] could not open error log file: ${error.message}\n`);
    }
  }

  /** Before the configuration holds, complaints go to standard error and to the log. */
  async #say(level: Level, text: string): Promise<void> {
    this.#logs.error(level, text);
    await this.#logs.flush();
    await this.#process.stderr.write(`nginx: [${level}] ${text}\n`);
  }

  async #load(): Promise<Loaded> {
    const { fs } = this.#process.machine;
    const as = this.#process.credentials;
    const globals = readGlobals(fs, this.#globals, as);
    const directives = [...globals, ...readConfiguration(fs, this.#path, as)];
    const site = buildSite(directives);
    checkVariables(site, fs);
    await this.#warnOfUser(site);
    return { site, upstreams: await Upstreams.of(this.#process, site) };
  }

  async #warnOfUser(site: Site): Promise<void> {
    const user = site.main.own("user").at(-1);
    if (!user) return;
    if (this.#process.credentials.uid !== 0) {
      const text = `the "user" directive makes sense only if the master process runs with super-user privileges, ignored`;
      await this.#say("warn", `${text} in ${user.file}:${user.line}`);
    } else if (!findAccount(this.#process, user.args[0] ?? "")) {
      throw new ConfigurationError(`getpwnam("${user.args[0]}") failed in ${user.file}:${user.line}`);
    }
  }

  async #tested(site: Site): Promise<number> {
    this.#prepareFolders(site);
    if (this.#arguments.letters.has("q")) return 0;
    await this.#process.stderr.write(
      `nginx: the configuration file ${this.#path} syntax is ok\nnginx: configuration file ${this.#path} test is successful\n`,
    );
    if (!this.#arguments.letters.has("T")) return 0;
    const files = new Set([this.#path, ...filesOf(site.main.directives)]);
    for (const file of files) {
      await this.#process.stdout.write(`# configuration file ${file}:\n${this.#process.machine.fs.readText(file)}\n`);
    }
    return 0;
  }

  async #signal(name: string, site: Site): Promise<number> {
    this.#logs.configure(site.main);
    this.#logs.error("notice", "signal process started");
    const path = pidPath(site);
    try {
      const pid = Number(this.#process.machine.fs.readText(path, this.#process.credentials).trim());
      const signals = { stop: "SIGTERM", quit: "SIGQUIT", reload: "SIGHUP", reopen: "SIGUSR1" } as const;
      this.#process.kill(pid, signals[name as keyof typeof signals]);
      return 0;
    } catch (error) {
      if (!isErrno(error)) throw error;
      const failed =
        error.code === "ESRCH"
          ? `kill(${this.#process.machine.fs.readText(path).trim()}, ${name})`
          : `open() "${path}"`;
      await this.#say("error", `${failed} failed (${errnoNumber(error.code)}: ${error.message})`);
      return 1;
    }
  }

  // ----------------------------------------------------------------- starting

  async #start(loaded: Loaded): Promise<number> {
    this.#prepareFolders(loaded.site);
    const bound = await this.#bindAll(loaded.site);
    if (!bound) return 1;
    const isDaemon = loaded.site.main.own("daemon").at(-1)?.args[0] !== "off";
    if (!isDaemon) return this.#serve(loaded);
    // The master lives on by itself, without a terminal, and listens anew.
    this.#closeListeners();
    const { stdout, stderr } = this.#process;
    const fds = new Map([
      [1, stdout.file],
      [2, stderr.file],
    ]);
    this.#process.fork(
      this.#process.argv,
      async (master) => {
        this.#process = master;
        this.#logs = new Logs(master);
        if (!(await this.#bindAll(loaded.site))) return 1;
        return this.#serve(loaded);
      },
      { session: { tty: null }, fds },
    );
    return 0;
  }

  #prepareFolders(site: Site): void {
    const { fs } = this.#process.machine;
    for (const name of TEMPORARY) {
      const directive = `${name === "client_body" ? "client_body" : name}_temp_path`;
      const folder = name === "client_body" ? "client" : name;
      const path = site.http?.first(directive)?.[0] ?? `/var/cache/nginx/${folder}_temp`;
      if (fs.exists(path)) continue;
      try {
        fs.mkdir(path, { mode: 0o700, as: this.#process.credentials });
      } catch (error) {
        if (!isErrno(error)) throw error;
        throw new ConfigurationError(`mkdir() "${path}" failed (${errnoNumber(error.code)}: ${error.message})`);
      }
    }
  }

  #writePid(site: Site): void {
    const path = pidPath(site);
    try {
      this.#process.machine.fs.writeFile(path, `${this.#process.pid}\n`, { as: this.#process.credentials });
    } catch (error) {
      if (!isErrno(error)) throw error;
      throw new ConfigurationError(`open() "${path}" failed (${errnoNumber(error.code)}: ${error.message})`);
    }
  }

  /** Half a second between attempts, as long as another process holds an address. */
  async #bindAll(site: Site): Promise<boolean> {
    for (let attempt = 1; attempt <= BIND_ATTEMPTS; attempt++) {
      let isComplete = true;
      for (const { address, port, key } of addressesOf(site)) {
        if (this.#listeners.has(key)) continue;
        try {
          const listener = this.#process.net.listen(port, { address });
          this.#listeners.set(key, { listener, stop: () => undefined });
        } catch (error) {
          if (!isErrno(error)) throw error;
          await this.#say("emerg", `bind() to ${key} failed (${errnoNumber(error.code)}: ${error.message})`);
          if (error.code !== "EADDRINUSE") return this.#closeListeners();
          isComplete = false;
        }
      }
      if (isComplete) return true;
      this.#logs.error("notice", "try again to bind() after 500ms");
      await this.#process.sleep(BIND_PAUSE_MS);
    }
    await this.#say("emerg", "still could not bind()");
    return this.#closeListeners();
  }

  #closeListeners(): false {
    for (const { listener } of this.#listeners.values()) listener.close();
    this.#listeners.clear();
    return false;
  }

  // ------------------------------------------------------------------ serving

  async #serve(first: Loaded): Promise<number> {
    const process = this.#process;
    this.#logs.configure(first.site.main);
    this.#writePid(first.site);
    const notice = (text: string, pid?: number): void => this.#logs.error("notice", text, pid);
    notice('using the "epoll" event method');
    notice(`nginx/${this.#version}`);
    notice(
      process.machine.libc === "musl"
        ? "built by gcc 14.2.0 (Alpine 14.2.0) "
        : "built by gcc 12.2.0 (Debian 12.2.0-14) ",
    );
    notice(`OS: Linux ${process.machine.kernelVersion}`);
    notice("getrlimit(RLIMIT_NOFILE): 1048576:1048576");
    this.#workers = Workers.start(process, this.#logs, first.site);
    this.#listen(first);
    for (;;) {
      const signal = await nextSignal(process);
      if (signal === "SIGHUP") {
        await this.#reload();
        continue;
      }
      return this.#end(signal, first.site);
    }
  }

  #listen({ site, upstreams }: Loaded): void {
    const handler = new SiteHandler({
      process: this.#process,
      site,
      upstreams,
      logs: this.#logs,
      version: this.#version,
      workerUser: workerUser(this.#process, site),
      workerPid: () => this.#workers?.firstPid ?? this.#process.pid,
    });
    for (const { key } of addressesOf(site)) {
      const open = this.#listeners.get(key);
      if (!open) continue;
      const servers = site.servers.filter((server) =>
        server.listens.some((listen) => socketName(listen.address, listen.port) === key),
      );
      const stop = createInterruption();
      open.stop = () => stop.interrupt();
      const interruption = anyOf(this.#process.interruption, stop.interruption);
      void this.#serveAt(open.listener, key, servers, handler, interruption);
    }
  }

  #serveAt(
    listener: Listener,
    key: string,
    servers: readonly VirtualServer[],
    handler: SiteHandler,
    interruption: Interruption,
  ): Promise<void> {
    const tlsServer = servers.find((server) =>
      server.listens.some((one) => one.isTls && socketName(one.address, one.port) === key),
    );
    const certificatePath = tlsServer?.scope.first("ssl_certificate")?.[0];
    const page = errorPage(400, `nginx/${this.#version}`) ?? "";
    return serveHttp(listener, handler.at(key, servers, tlsServer ? "https" : "http"), {
      interruption,
      defaultHeaders: () => ({ Server: `nginx/${this.#version}`, Date: httpDate(this.#process.clock.now()) }),
      badRequest: { headers: { "Content-Type": "text/html", "Content-Length": String(page.length) }, body: page },
      ...(certificatePath === undefined
        ? {}
        : {
            tls: {
              certificates: this.#process.machine.fs.readText(certificatePath),
              now: () => this.#process.clock.now(),
            },
          }),
    });
  }

  async #reload(): Promise<void> {
    const notice = (text: string): void => this.#logs.error("notice", text);
    notice("signal 1 (SIGHUP) received, reconfiguring");
    notice("reconfiguring");
    let loaded: Loaded;
    try {
      loaded = await this.#load();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      // The old configuration goes on.
      this.#logs.error("emerg", error.message);
      return;
    }
    const wanted = new Set(addressesOf(loaded.site).map(({ key }) => key));
    for (const open of this.#listeners.values()) open.stop();
    for (const [key, open] of this.#listeners) {
      if (wanted.has(key)) continue;
      open.listener.close();
      this.#listeners.delete(key);
    }
    if (!(await this.#bindAll(loaded.site))) return;
    notice('using the "epoll" event method');
    const old = this.#workers;
    this.#workers = Workers.start(this.#process, this.#logs, loaded.site);
    this.#listen(loaded);
    old?.stop(true);
  }

  async #end(signal: "SIGTERM" | "SIGINT" | "SIGQUIT", site: Site): Promise<number> {
    const isGraceful = signal === "SIGQUIT";
    const number = { SIGTERM: 15, SIGINT: 2, SIGQUIT: 3 }[signal];
    this.#logs.error("notice", `signal ${number} (${signal}) received, ${isGraceful ? "shutting down" : "exiting"}`);
    for (const open of this.#listeners.values()) open.stop();
    this.#closeListeners();
    this.#workers?.stop(isGraceful);
    this.#logs.error("notice", "exit");
    this.#process.machine.fs.removeTree(pidPath(site));
    await this.#logs.flush();
    return 0;
  }
}

function pidPath(site: Site): string {
  return site.main.own("pid").at(-1)?.args[0] ?? "/run/nginx.pid";
}

function filesOf(directives: readonly Directive[]): readonly string[] {
  return directives
    .flatMap((directive) => [directive.file, ...filesOf(directive.block ?? [])])
    .filter((file) => file.startsWith("/"));
}

/** Every address once, in the order written; `[::]` stands for this host's own IPv6 loopback beside `0.0.0.0`. */
function addressesOf(site: Site): readonly { readonly address: string; readonly port: number; readonly key: string }[] {
  const found = new Map<string, { address: string; port: number; key: string }>();
  for (const { address, port } of site.servers.flatMap((server) => server.listens)) {
    const key = socketName(address, port);
    // IPV6_V6ONLY is on by default: the wildcard does not take the IPv4 port.
    found.set(key, { address: address === "::" ? "::1" : address, port, key });
  }
  return [...found.values()];
}

function nextSignal(process: Process): Promise<"SIGTERM" | "SIGINT" | "SIGQUIT" | "SIGHUP"> {
  return new Promise((resolve, reject) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] as const)
      process.onSignal(signal, () => resolve(signal));
    process.interruption.onInterrupt(reject);
  });
}
