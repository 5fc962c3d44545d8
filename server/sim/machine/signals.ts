/** Signals: numbers and what they do when nobody handles them. Source: signal(7), x86-64 and arm64. */
import type { ExitStatus, SignalName } from "./types.ts";

export const SIGNAL_NUMBERS: Readonly<Record<SignalName, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGWINCH: 28,
};

export type DefaultAction = "terminate" | "ignore" | "stop" | "continue";

export function defaultAction(signal: SignalName): DefaultAction {
  switch (signal) {
    case "SIGCHLD":
    case "SIGWINCH":
      return "ignore";
    case "SIGCONT":
      return "continue";
    case "SIGSTOP":
    case "SIGTSTP":
    case "SIGTTIN":
    case "SIGTTOU":
      return "stop";
    default:
      return "terminate";
  }
}

/** `TERM`, `SIGTERM`, `term` or `15`; undefined when there is no such signal. */
export function parseSignal(text: string): SignalName | undefined {
  const upper = text.toUpperCase();
  const name = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  for (const [known, number] of Object.entries(SIGNAL_NUMBERS)) {
    if (known === name || String(number) === text) return known as SignalName;
  }
  return undefined;
}

/** What `$?` shows: the code, or 128 and the signal's number. */
export function exitCode(status: ExitStatus): number {
  return status.kind === "exited" ? status.code : 128 + SIGNAL_NUMBERS[status.signal];
}
