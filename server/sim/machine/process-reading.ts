/** Reading as a process does it: job control decides who may read a terminal, and a stop calls a read off. */
import { anyOf, createInterruption } from "./interruption.ts";
import type { SimulatedProcess } from "./process.ts";
import type { Interruption, OpenFile } from "./types.ts";

const STOPPED = new Error("The process was stopped while it was reading.");

/**
 * What `read` gives, once the process may read `file`. A process that is stopped while it waits for
 * its terminal lets go of it, or it would take what is typed for the shell; it asks anew when it is continued.
 */
export async function readAsProcess(
  process: SimulatedProcess,
  file: OpenFile,
  read: (interruption: Interruption) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  for (;;) {
    await process.readyToRead(file);
    if (!file.tty || file.tty !== process.tty) return process.blocking(read(process.interruption));
    const stop = createInterruption();
    const cancel = process.onStopChange((isStopped) => {
      if (isStopped) stop.interrupt(STOPPED);
    });
    try {
      return await process.blocking(read(anyOf(process.interruption, stop.interruption)));
    } catch (error) {
      if (error !== STOPPED) throw error;
    } finally {
      cancel();
    }
  }
}
