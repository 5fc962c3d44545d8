/** What the world lends to shells, and what it learns of them. */
import { serviceKey } from "../machine/services.ts";
import type { Cancel, Process, Tty } from "../machine/types.ts";
import type { ShellSnapshot } from "./snapshot.ts";

export interface FinishedCommand {
  readonly line: string;
  readonly exitCode: number;
}

/** A shell that prompts on a terminal. */
export interface InteractiveShell {
  readonly process: Process;
  readonly tty: Tty;
  /** What would be restored; taken at any time, the state is that after the last command. */
  snapshot(): ShellSnapshot;
  /** Called when a command line has ended and the prompt is about to come. */
  onCommand(listener: (command: FinishedCommand) => void): Cancel;
  /** Called when the shell ends. */
  onEnd(listener: () => void): Cancel;
}

export interface ShellServices {
  /** An interactive shell is about to print its first prompt. Nested shells (`bash`, `kubectl exec -it … sh`) come, too. */
  shellStarted?(shell: InteractiveShell): void;
  /** What a shell that starts on this terminal has to restore. Asked once, by the terminal's first shell. */
  snapshotFor?(tty: Tty): ShellSnapshot | undefined;
}

export const shellServices = serviceKey<ShellServices>("shell");
