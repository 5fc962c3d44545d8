/** nginx's worker processes: there to be seen by ps and signals, while the master serves. */
import { createInterruption } from "../../machine/interruption.ts";
import type { Credentials, Interruption, Process } from "../../machine/types.ts";
import { findAccount, groups } from "../toolkit/accounts.ts";
import type { Logs } from "./logs.ts";
import type { Site } from "./servers.ts";

const WORKERS_PER_HOST = 2;
const MAX_WORKERS = 8;

interface Worker {
  readonly pid: number;
  readonly stop: () => void;
}

/** The workers of one configuration; a reload starts others and then stops these. */
export class Workers {
  readonly #logs: Logs;
  readonly #workers: readonly Worker[];

  private constructor(logs: Logs, workers: readonly Worker[]) {
    this.#logs = logs;
    this.#workers = workers;
  }

  static start(process: Process, logs: Logs, site: Site): Workers {
    const wanted = site.main.own("worker_processes").at(-1)?.args[0] ?? "1";
    const count = wanted === "auto" ? WORKERS_PER_HOST : Math.max(1, Math.min(MAX_WORKERS, Number(wanted) || 1));
    logs.error("notice", "start worker processes");
    const credentials = workerUser(process, site);
    const workers = Array.from({ length: count }, () => {
      const ended = createInterruption();
      const child = process.fork(["nginx: worker process"], (worker) => idle(worker, ended.interruption), {
        credentials,
      });
      logs.error("notice", `start worker process ${child.pid}`);
      return { pid: child.pid, stop: () => ended.interrupt() };
    });
    return new Workers(logs, workers);
  }

  get firstPid(): number | undefined {
    return this.#workers[0]?.pid;
  }

  stop(isGraceful: boolean): void {
    for (const { pid } of this.#workers) {
      if (isGraceful) this.#logs.error("notice", "gracefully shutting down", pid);
      this.#logs.error("notice", "exiting", pid);
      this.#logs.error("notice", "exit", pid);
    }
    for (const { pid, stop } of this.#workers) {
      stop();
      this.#logs.error("notice", `signal 17 (SIGCHLD) received from ${pid}`);
      this.#logs.error("notice", `worker process ${pid} exited with code 0`);
    }
  }
}

/** Whom workers run as: the `user` directive's account, or the master's own when it is not root. */
export function workerUser(process: Process, site: Site): Credentials {
  const { credentials } = process;
  if (credentials.uid !== 0) return credentials;
  const [name = "nginx", group = name] = site.main.own("user").at(-1)?.args ?? [];
  const account = findAccount(process, name);
  if (!account) return credentials;
  const gid = groups(process).find((one) => one.name === group)?.gid ?? account.gid;
  return { uid: account.uid, gid, groups: [gid] };
}

/** A worker waits; it ends by itself when told, or by a signal. */
function idle(worker: Process, ended: Interruption): Promise<number> {
  worker.onSignal("SIGINT", "ignore");
  return new Promise((resolve, reject) => {
    worker.onSignal("SIGQUIT", () => resolve(0));
    ended.onInterrupt(() => resolve(0));
    worker.interruption.onInterrupt(reject);
  });
}
