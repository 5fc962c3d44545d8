import type { ExitStatus } from "./types.ts";

/**
 * What every pending and later call of a process rejects with once it has ended.
 * Programs let it pass; it carries no stack, because it is no fault.
 */
export class ProcessEnded extends Error {
  readonly status: ExitStatus;

  constructor(status: ExitStatus) {
    super("the process has ended");
    this.name = "ProcessEnded";
    this.status = status;
  }
}

export function isProcessEnded(error: unknown): error is ProcessEnded {
  return error instanceof ProcessEnded;
}
