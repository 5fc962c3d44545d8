/** Echo requests in flight: each answers by itself, while the next ones are sent. */
import type { EchoOutcome, Interruption, Process } from "../../machine/types.ts";
import { createInterruption } from "../../machine/interruption.ts";
import { isErrno } from "../toolkit/tool.ts";

export interface ProbeTarget {
  readonly address: string;
  /** As typed, for the flow log. */
  readonly requestedName: string;
  readonly sizeBytes: number;
}

export type ProbeAnswer = EchoOutcome | { readonly kind: "unsendable"; readonly error: Error };

/** One run of a ping: `stop` ends it, `settled` wakes whoever waits for the last answers. */
export class ProbeRun {
  readonly #process: Process;
  readonly #target: ProbeTarget;
  readonly #stop = createInterruption();
  #changed = createInterruption();

  constructor(process: Process, target: ProbeTarget) {
    this.#process = process;
    this.#target = target;
  }

  get isStopped(): boolean {
    return this.#stop.interruption.isInterrupted;
  }

  stop(): void {
    this.#stop.interrupt("stopped");
    this.#changed.interrupt();
  }

  /** Sends a request; `answer` is called at most once. Replies on this network come at once. */
  async send(timeoutMs: number, answer: (outcome: ProbeAnswer) => Promise<void>): Promise<void> {
    const { address, requestedName, sizeBytes } = this.#target;
    const options = { interruption: this.#stop.interruption, requestedName, sizeBytes };
    const answered = this.#process.net
      .echo(address, timeoutMs, options)
      .catch((error: unknown): ProbeAnswer | null => {
        if (isErrno(error)) return { kind: "unsendable", error };
        if (this.isStopped) return null;
        throw error;
      })
      .then(async (outcome) => {
        if (!outcome || this.isStopped) return;
        await answer(outcome);
        this.#changed.interrupt();
        this.#changed = createInterruption();
      });
    // The process may end while an answer is awaited: then there is nobody to tell.
    void answered.catch(() => undefined);
  }

  /** Waits `ms`, or until `isEnough` holds after an answer, or the run is stopped. */
  async wait(ms: number, isEnough: () => boolean = () => false): Promise<void> {
    const deadlineMs = this.#process.clock.now() + ms;
    while (!this.isStopped && !isEnough()) {
      const leftMs = deadlineMs - this.#process.clock.now();
      if (leftMs <= 0) return;
      await this.#process.sleep(leftMs, this.#changed.interruption);
    }
  }

  get interruption(): Interruption {
    return this.#stop.interruption;
  }
}
