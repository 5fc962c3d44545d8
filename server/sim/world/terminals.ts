/** A person's terminals: login shells on ttys of the terminal host. */
import { exitCode } from "../machine/signals.ts";
import type { ChildProcess, Machine, Tty, TtySize } from "../machine/types.ts";
import type { Terminal, TerminalOptions } from "../world-types.ts";
import { type Login, loginEnvironment } from "./run.ts";
import { type ShellBook, type ShellHandle, startLoginShell } from "./shells.ts";

export class WorldTerminal implements Terminal {
  readonly id: string;
  readonly #tty: Tty;
  readonly #shell: ShellHandle;
  readonly #child: ChildProcess;
  readonly #exitListeners = new Set<(code: number) => void>();
  readonly #onClosed: () => void;

  constructor(machine: Machine, login: Login, book: ShellBook, options: TerminalOptions, onClosed: () => void) {
    this.id = options.id;
    this.#onClosed = onClosed;
    this.#tty = machine.openTty(options.size);
    const file = this.#tty.file;
    this.#shell = startLoginShell(machine, book, {
      env: loginEnvironment(login),
      cwd: login.home,
      credentials: login.credentials,
      audit: login.audit,
      fds: new Map([
        [0, file],
        [1, file],
        [2, file],
      ]),
      tty: this.#tty,
      restore: options.restore,
    });
    this.#child = this.#shell.child;
    void this.#child.exit.then((status) => {
      for (const listener of this.#exitListeners) listener(exitCode(status));
      this.#onClosed();
    });
  }

  input(bytes: Uint8Array | string): void {
    this.#tty.input(bytes);
  }

  resize(size: TtySize): void {
    this.#tty.resize(size);
  }

  onOutput(listener: (bytes: Uint8Array) => void | Promise<void>): () => void {
    return this.#tty.onOutput(listener);
  }

  onExit(listener: (code: number) => void): () => void {
    this.#exitListeners.add(listener);
    return () => this.#exitListeners.delete(listener);
  }

  onCommand(listener: (command: { readonly line: string; readonly exitCode: number }) => void): () => void {
    return this.#shell.onCommand(listener);
  }

  close(): void {
    this.#tty.hangUp();
    this.#onClosed();
  }

  /** What the shell remembers, as JSON data. */
  snapshot(): unknown {
    return this.#shell.snapshot();
  }
}
