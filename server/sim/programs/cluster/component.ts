/** Programs of the control plane and the nodes whose work is done by controllers of the world while they run. */
import type { Process, Program } from "../../machine/types.ts";
import { serveHttp } from "../../machine/http.ts";
import { componentRegistrarKey } from "./services.ts";

export interface ComponentDefinition {
  readonly name: string;
  /** klog or logrus lines printed at the start. */
  readonly banner?: (process: Process) => readonly string[];
  /** HTTP health ports on every address, answered with `ok`. */
  readonly healthPorts?: readonly number[];
}

export function component(definition: ComponentDefinition): Program {
  return {
    name: definition.name,
    async run(process) {
      for (const line of definition.banner?.(process) ?? []) await process.stderr.write(`${line}\n`);
      const stop = process.machine.services.get(componentRegistrarKey)?.started(definition.name, process);
      try {
        for (const port of definition.healthPorts ?? []) serveHealth(process, port);
        return await untilSignal(process);
      } finally {
        stop?.();
      }
    },
  };
}

/** Waits for SIGTERM or SIGINT and ends with 0, as daemons do. */
export function untilSignal(process: Process): Promise<number> {
  return new Promise((resolve, reject) => {
    process.onSignal("SIGTERM", () => resolve(0));
    process.onSignal("SIGINT", () => resolve(0));
    process.interruption.onInterrupt(reject);
  });
}

function serveHealth(process: Process, port: number): void {
  try {
    const listener = process.net.listen(port);
    void serveHttp(listener, async (_, response) => response.send(200, { "Content-Type": "text/plain" }, "ok"), {
      interruption: process.interruption,
    });
  } catch {
    // Another component of the node has the port (host network): the real ones log and go on.
  }
}

/** `I1121 11:39:01.293978       1 FILE:LINE] TEXT` */
export function klog(process: Process, place: string, text: string): string {
  const date = new Date(process.clock.now());
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}.${String(date.getUTCMilliseconds()).padStart(3, "0")}000`;
  return `I${two(date.getUTCMonth() + 1)}${two(date.getUTCDate())} ${time}       1 ${place}] ${text}`;
}
