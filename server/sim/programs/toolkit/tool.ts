/** What small programs have in common: options, complaints, exit statuses, `--help`. */
import type { ErrnoError, Process, Program } from "../../machine/types.ts";
import { gnuSynopsis, gnuVersionText } from "./gnu-banners.ts";
import { type OptionSpec, type ParsedOptions, type ParseStyle, parseOptions, UsageError } from "./options.ts";

export interface ToolDefinition extends ParseStyle {
  readonly name: string;
  readonly options: readonly OptionSpec[];
  /** Printed for `--help`, and by busybox after a usage error. Lines of the real program. */
  readonly usage?: string;
  /** What follows the complaint about a usage error, where that is not `Try 'NAME --help' …`. */
  readonly usageHint?: string;
  /** Exit status of a usage error (1 for most; 2 for grep, sort, ls; 125 for env-like). */
  readonly usageStatus?: number;
  run(process: Process, options: ParsedOptions): Promise<number>;
}

/**
 * A refusal in the program's own words: printed as `NAME: MESSAGE` on stderr.
 * `status` ends the program.
 */
export class ToolError extends Error {
  override readonly name = "ToolError";
  constructor(
    message: string,
    readonly status = 1,
  ) {
    super(message);
  }
}

export function defineTool(definition: ToolDefinition): Program {
  return {
    name: definition.name,
    async run(process) {
      const args = process.argv.slice(1);
      const page = pageOf(process, definition, args);
      if (page !== undefined) {
        await process.stdout.write(page);
        return 0;
      }
      try {
        return await definition.run(process, parseOptions(args, definition.options, definition));
      } catch (error) {
        if (error instanceof UsageError) return reportUsage(process, definition, error.message);
        if (error instanceof ToolError) {
          await process.stderr.write(`${toolName(process)}: ${inLocale(process, error.message)}\n`);
          return error.status;
        }
        if (isErrno(error) && error.code !== "EPIPE") {
          await complain(process, error.path ?? "", error);
          return 1;
        }
        throw error;
      }
    },
  };
}

/** What a lone `--help` or `--version` prints; undefined for everything else. */
function pageOf(process: Process, definition: ToolDefinition, args: readonly string[]): string | undefined {
  const [word] = args;
  const isOwn = definition.options.some((option) => `--${option.long}` === word);
  if (args.length !== 1 || isOwn) return undefined;
  if (word === "--version" && !isBusybox(process)) return gnuVersionText(definition.name);
  if (word !== "--help") return undefined;
  const usage = definition.usage ?? (isBusybox(process) ? undefined : gnuSynopsis(definition.name));
  return usage === undefined ? undefined : `${usage}\n`;
}

async function reportUsage(process: Process, definition: ToolDefinition, message: string): Promise<number> {
  const name = toolName(process);
  const hint = isBusybox(process)
    ? `BusyBox v${busyboxVersion(process)} multi-call binary.\n\n${definition.usage ?? `Usage: ${name}`}\n`
    : `${definition.usageHint ?? `Try '${name} --help' for more information.`}\n`;
  await process.stderr.write(`${name}: ${message}\n${hint}`);
  return definition.usageStatus ?? 1;
}

/** The name a program calls itself by in messages. */
export function toolName(process: Process): string {
  return process.argv[0]?.includes("/") && !isBusybox(process) ? (process.argv[0] ?? process.name) : process.name;
}

export function isBusybox(process: Process): boolean {
  return process.program.name === "busybox";
}

export function busyboxVersion(process: Process): string {
  return process.program.version ?? "1.36.1";
}

/** `NAME: PATH: REASON`, the shape that most programs and busybox share. */
export async function complain(process: Process, path: string, error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  const place = path === "" ? "" : `${path}: `;
  await process.stderr.write(`${toolName(process)}: ${place}${reason}\n`);
}

export function isErrno(error: unknown): error is ErrnoError {
  return error instanceof Error && "code" in error && typeof error.code === "string" && /^E[A-Z]+$/.test(error.code);
}

/** A name in the quotes GNU programs print. */
export function quote(name: string): string {
  return `'${name.replaceAll("'", "'\\''")}'`;
}

/**
 * A word in the quotes of the reader's language, which GNU programs put around what was typed (gnulib's `quote`),
 * as opposed to the shell's quotes around file names (`quote`). Goes through `inLocale` when it is printed.
 */
export function quoted(word: string): string {
  return `\u2018${word}\u2019`;
}

/**
 * A message with the quotes of the locale: directed ones in UTF-8, upright ones elsewhere, as in
 * containers without LANG. busybox has upright ones always.
 */
export function inLocale(process: Process, message: string): string {
  const { env } = process;
  const locale = env.get("LC_ALL") || env.get("LC_CTYPE") || env.get("LANG") || "";
  const isDirected = /utf-?8/i.test(locale) && !isBusybox(process);
  return isDirected ? message : message.replace(/[\u2018\u2019]/g, "'");
}
