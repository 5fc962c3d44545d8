/** Shells that outlive a command: a person's login shell and the headless shell of transcripts. */
import type { ChildProcess, Machine, StartOptions } from "../machine/types.ts";
import type { HeadlessShell, RunOptions } from "../world-types.ts";
import { type Account, type Driver, runScript } from "./run.ts";

export interface ShellHandle {
  readonly child: ChildProcess;
  onCommand(listener: (command: { readonly line: string; readonly exitCode: number }) => void): () => void;
  snapshot(): unknown;
}

export function startLoginShell(
  machine: Machine,
  { restore: _restore, ...options }: StartOptions & { readonly restore?: unknown },
): ShellHandle {
  const child = machine.start("/bin/bash", ["-bash"], options);
  return { child, onCommand: () => () => {}, snapshot: () => null };
}

export function openHeadlessShell(machine: Machine, account: Account, base: RunOptions, driver: Driver): HeadlessShell {
  return {
    execute: (command, options = {}) => runScript(machine, account, command, { ...base, ...options }, driver),
    close: () => {},
  };
}
