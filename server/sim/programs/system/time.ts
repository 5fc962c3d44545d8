/** coreutils 9.1 and busybox: date, sleep, timeout. */
import type { ExitStatus, Process, SignalName } from "../../machine/types.ts";
import { lines } from "../toolkit/input.ts";
import { formatDate, parseDate } from "../toolkit/dates.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, quoted, ToolError, toolName } from "../toolkit/tool.ts";
import { runCommand } from "./run-command.ts";

export const date = defineTool({
  name: "date",
  usage: "Usage: date [OPTION]... [+FORMAT]\nDisplay date and time in the given FORMAT.",
  options: [
    o("d", "date", "required"),
    o("f", "file", "required"),
    o("u", "utc"),
    o("R", "rfc-email"),
    o("I", "iso-8601", "optional"),
    o("r", "reference", "required"),
    o("s", "set", "required"),
    o("", "rfc-3339", "required"),
  ],
  async run(process, options) {
    const operand = options.operands[0];
    if (operand !== undefined && !operand.startsWith("+")) throw new ToolError(`invalid date ${quoted(operand)}`);
    const format = operand?.slice(1) ?? namedFormat(options.has, options.value);
    const file = options.value("file");
    const texts: string[] = [];
    if (file !== undefined) for await (const { text } of lines(process, file)) texts.push(text);
    else texts.push(options.value("date") ?? "now");
    for (const text of texts) {
      const reference = options.value("reference");
      const now =
        reference === undefined ? process.clock.now() : process.machine.fs.stat(process.resolve(reference)).modifiedMs;
      const ms = parseDate(text, now);
      if (ms === null) throw new ToolError(`invalid date ${quoted(text)}`);
      await process.stdout.write(`${formatDate(ms, format)}\n`);
    }
    return 0;
  },
});

function namedFormat(has: (name: string) => boolean, value: (name: string) => string | undefined): string {
  if (has("rfc-email")) return "%a, %d %b %Y %H:%M:%S %z";
  if (has("iso-8601")) {
    const precision = value("iso-8601") ?? "date";
    if (precision.startsWith("s")) return "%Y-%m-%dT%H:%M:%S%:z";
    if (precision.startsWith("m")) return "%Y-%m-%dT%H:%M%:z";
    if (precision.startsWith("h")) return "%Y-%m-%dT%H%:z";
    if (precision.startsWith("n")) return "%Y-%m-%dT%H:%M:%S,%N%:z";
    return "%Y-%m-%d";
  }
  const rfc = value("rfc-3339");
  if (rfc !== undefined)
    return rfc === "date" ? "%Y-%m-%d" : rfc === "ns" ? "%Y-%m-%d %H:%M:%S.%N%:z" : "%Y-%m-%d %H:%M:%S%:z";
  return "%a %b %e %H:%M:%S %Z %Y";
}

const SECONDS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** `1.5m` in milliseconds; Infinity for `inf`; null when it is no duration. */
export function parseDuration(text: string): number | null {
  if (/^inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY;
  const match = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(text);
  return match ? Number(match[1]) * (SECONDS[match[2] ?? ""] ?? 1) * 1000 : null;
}

export const sleep = defineTool({
  name: "sleep",
  usage: "Usage: sleep NUMBER[SUFFIX]...\nPause for NUMBER seconds.",
  options: [],
  async run(process, options) {
    const hint = `\nTry '${toolName(process)} --help' for more information.`;
    if (options.operands.length === 0) throw new ToolError(`missing operand${hint}`);
    let total = 0;
    for (const operand of options.operands) {
      const ms = parseDuration(operand);
      if (ms === null) throw new ToolError(`invalid time interval ${quoted(operand)}${hint}`);
      total += ms;
    }
    if (Number.isFinite(total)) await process.sleep(total);
    else await new Promise<never>((_, reject) => process.interruption.onInterrupt(reject));
    return 0;
  },
});

export const timeout = defineTool({
  name: "timeout",
  usage:
    "Usage: timeout [OPTION] DURATION COMMAND [ARG]...\nStart COMMAND, and kill it if still running after DURATION.",
  usageStatus: 125,
  options: [
    o("s", "signal", "required"),
    o("k", "kill-after", "required"),
    o("", "preserve-status"),
    o("", "foreground"),
    o("v", "verbose"),
    o("t", "", "required"),
  ],
  stopsAtOperand: true,
  async run(process, options) {
    const operands = [...options.operands];
    // busybox before 1.30 spelled the duration `-t SECONDS`.
    const spelled = options.value("t") ?? operands.shift();
    const hint = `\nTry '${toolName(process)} --help' for more information.`;
    if (spelled === undefined || operands.length === 0) throw new ToolError(`missing operand${hint}`, 125);
    const limitMs = parseDuration(spelled);
    if (limitMs === null) throw new ToolError(`invalid time interval ${quoted(spelled)}${hint}`, 125);
    const signal = signalNamed(options.value("signal") ?? "TERM");
    if (!signal) throw new ToolError(`${quoted(options.value("signal") ?? "")}: invalid signal`, 125);
    const command = await runCommand(process, operands);
    if (command.kind === "failed") return command.status;
    const { child } = command;
    let hasTimedOut = false;
    const cancels: (() => void)[] = [];
    if (limitMs > 0 && Number.isFinite(limitMs)) {
      cancels.push(
        process.clock.setTimer(limitMs, () => {
          hasTimedOut = true;
          process.kill(child.pid, signal);
          const killAfter = parseDuration(options.value("kill-after") ?? "");
          if (killAfter) cancels.push(process.clock.setTimer(killAfter, () => process.kill(child.pid, "SIGKILL")));
        }),
      );
    }
    cancels.push(process.onSignal("SIGTERM", () => process.kill(child.pid, "SIGTERM")));
    try {
      const status = await child.exit;
      if (!hasTimedOut) return exitCode(status);
      if (options.has("preserve-status")) return exitCode(status);
      // busybox reports the signal, coreutils 124.
      if (process.program.name === "busybox") return exitCode(status);
      return status.kind === "signaled" && status.signal === "SIGKILL" ? 137 : 124;
    } finally {
      for (const cancel of cancels) cancel();
    }
  },
});

const SIGNAL_NUMBERS: Readonly<Record<number, SignalName>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  6: "SIGABRT",
  8: "SIGFPE",
  9: "SIGKILL",
  10: "SIGUSR1",
  11: "SIGSEGV",
  12: "SIGUSR2",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
  17: "SIGCHLD",
  18: "SIGCONT",
  19: "SIGSTOP",
  20: "SIGTSTP",
  21: "SIGTTIN",
  22: "SIGTTOU",
  28: "SIGWINCH",
};

/** `TERM`, `SIGTERM`, `15`. */
export function signalNamed(text: string): SignalName | undefined {
  if (/^\d+$/.test(text)) return SIGNAL_NUMBERS[Number(text)];
  const name = text.toUpperCase().replace(/^(SIG)?/, "SIG");
  return Object.values(SIGNAL_NUMBERS).find((signal) => signal === name);
}

export function signalNumber(signal: SignalName): number {
  return Number(Object.entries(SIGNAL_NUMBERS).find(([, name]) => name === signal)?.[0] ?? 0);
}

/** As a shell's `$?` shows it. */
export function exitCode(status: ExitStatus): number {
  return status.kind === "exited" ? status.code : 128 + signalNumber(status.signal);
}

export function signalList(): readonly (readonly [number, SignalName])[] {
  return Object.entries(SIGNAL_NUMBERS).map(([number, name]) => [Number(number), name]);
}

export type { Process };
