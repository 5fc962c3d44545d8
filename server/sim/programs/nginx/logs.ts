/** nginx's error and access logs. */
import type { OpenFile, Process } from "../../machine/types.ts";
import { formatDate } from "../toolkit/dates.ts";
import { openToAppend } from "../toolkit/own-files.ts";
import { isErrno } from "../toolkit/tool.ts";
import { errnoNumber } from "../../machine/errno.ts";
import type { Exchange } from "./exchange.ts";
import { ConfigurationError } from "./configuration.ts";
import type { Scope } from "./servers.ts";
import { expand } from "./variables.ts";

const LEVELS = ["emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"] as const;
export type Level = (typeof LEVELS)[number];

export const DEFAULT_ERROR_LOG = "/var/log/nginx/error.log";

const COMBINED = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`;

export class Logs {
  readonly #process: Process;
  readonly #files = new Map<string, OpenFile>();
  #errorLogs: readonly { readonly path: string; readonly level: Level }[] = [
    { path: DEFAULT_ERROR_LOG, level: "notice" },
  ];
  /** Lines are written one after another; nobody waits for them. */
  #queue: Promise<void> = Promise.resolve();

  constructor(process: Process) {
    this.#process = process;
  }

  /** Throws ConfigurationError when a log cannot be opened. */
  open(path: string): void {
    if (path === "off" || path.startsWith("syslog:") || path.includes("$") || this.#files.has(path)) return;
    try {
      this.#files.set(path, path === "stderr" ? this.#process.stderr.file.retain() : openToAppend(this.#process, path));
    } catch (error) {
      if (!isErrno(error)) throw error;
      throw new ConfigurationError(`open() "${path}" failed (${errnoNumber(error.code)}: ${error.message})`);
    }
  }

  /** Takes `error_log` from the outermost block; opens what all blocks name. */
  configure(main: Scope): void {
    const logs = main.own("error_log").map(({ args }) => ({
      path: args[0] ?? DEFAULT_ERROR_LOG,
      level: LEVELS.find((level) => level === args[1]) ?? ("error" as const),
    }));
    const configured = logs.length > 0 ? logs : [{ path: DEFAULT_ERROR_LOG, level: "error" as const }];
    for (const { path } of configured) this.open(path);
    this.#errorLogs = configured;
  }

  error(level: Level, text: string, pid = this.#process.pid): void {
    const date = formatDate(this.#process.clock.now(), "%Y/%m/%d %H:%M:%S");
    const line = `${date} [${level}] ${pid}#${pid}: ${text}\n`;
    for (const log of this.#errorLogs) {
      if (LEVELS.indexOf(level) <= LEVELS.indexOf(log.level)) this.#append(log.path, line);
    }
  }

  access(exchange: Exchange): void {
    const directives = exchange.scope.all("access_log");
    const logs = directives.length > 0 ? directives : [];
    for (const { args } of logs) {
      const [path = "off", name = "combined"] = args;
      if (path === "off") continue;
      const condition = args.find((argument) => argument.startsWith("if="));
      if (condition !== undefined && /^0?$/.test(expand(condition.slice(3), exchange))) continue;
      this.#append(path, `${expand(this.#format(exchange, name), exchange, "-", escapeValue)}\n`);
    }
    if (directives.length === 0)
      this.#append("/var/log/nginx/access.log", `${expand(COMBINED, exchange, "-", escapeValue)}\n`);
  }

  #format(exchange: Exchange, name: string): string {
    const formats = exchange.scope.all("log_format");
    const format = formats.find((directive) => directive.args[0] === name);
    if (!format) return COMBINED;
    return format.args.slice(format.args[1]?.startsWith("escape=") ? 2 : 1).join("");
  }

  #append(path: string, line: string): void {
    try {
      this.open(path);
    } catch {
      // It cannot be opened: the line is lost.
      return;
    }
    const file = this.#files.get(path);
    if (!file) return;
    const bytes = new TextEncoder().encode(line);
    this.#queue = this.#queue.then(() => this.#process.writeTo(file, bytes)).catch(() => undefined);
  }

  /** Resolves when what was logged is written. */
  flush(): Promise<void> {
    return this.#queue;
  }

  close(): void {
    for (const file of this.#files.values()) file.release();
    this.#files.clear();
  }
}

function escapeValue(value: string): string {
  return value.replace(
    /["\\\x00-\x1f\x7f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
