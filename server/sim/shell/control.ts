/** How control leaves the normal order of execution: thrown by builtins, caught by loops, functions and shells. */

export class BreakLoop extends Error {
  constructor(
    readonly action: "break" | "continue",
    public levels: number,
  ) {
    super(action);
  }
}

export class ReturnFromFunction extends Error {
  constructor(readonly status: number) {
    super("return");
  }
}

/** The shell (or subshell) ends. EXIT traps still run. */
export class ExitShell extends Error {
  constructor(readonly status: number) {
    super("exit");
  }
}

/**
 * The rest of the line that was read is given up, its message already printed:
 * a failed expansion, an assignment to a readonly variable, an interrupt.
 */
export class DiscardCommand extends Error {
  constructor(
    readonly status: number,
    readonly isInterrupt = false,
  ) {
    super("discard");
  }
}

/**
 * An error in an expansion, found below the place that can print it.
 * `isFatal`: a non-interactive shell exits (`${x?}`, `set -u`); otherwise the line is discarded.
 */
export class ExpansionError extends Error {
  constructor(
    message: string,
    readonly isFatal = false,
    readonly status = 1,
  ) {
    super(message);
  }
}

/** A syntax error found while running (`eval`, `[[`, lowering): message as the flavour prints it, without prefix. */
export class ShellSyntaxError extends Error {
  constructor(
    message: string,
    /** UTF-16 offset in the source. */
    readonly position: number,
    /** Whether the offending line is repeated in a second line, as bash does for unexpected tokens. */
    readonly repeatsLine: boolean,
  ) {
    super(message);
  }
}
