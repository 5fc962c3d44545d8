import type { Cancel } from "../../machine/types.ts";
import type { Controller, ControllerContext } from "./context.ts";
import { WorkQueue } from "./work-queue.ts";

export interface ControllerParts {
  readonly name: string;
  /** Brings one key in order; `again` asks to be called for the same key later. */
  sync(key: string, again: (delayMs: number) => void): void;
  /** Starts the watches that fill the queue. */
  watch(queue: WorkQueue, options: { readonly skipInitial: boolean }): readonly Cancel[];
}

export function runController(context: ControllerContext, parts: ControllerParts): Controller {
  const queue: WorkQueue = new WorkQueue({
    name: parts.name,
    clock: context.clock,
    reportFault: context.reportFault,
    handle: (key) => parts.sync(key, (delayMs) => queue.addAfter(key, delayMs)),
  });
  const stops = parts.watch(queue, { skipInitial: context.isSteady });
  return {
    stop: () => {
      for (const stop of stops) stop();
      queue.stop();
    },
  };
}
