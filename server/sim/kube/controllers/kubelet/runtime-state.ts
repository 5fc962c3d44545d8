/** What a kubelet knows of the containers it runs; the API's status is computed from it. */
import type { Container } from "../objects.ts";
import type { ContainerLog } from "./container-log.ts";

export type ContainerRole = "init" | "sidecar" | "main" | "ephemeral";

export interface Terminated {
  readonly kind: "terminated";
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly containerId: string;
}

export type RuntimeState =
  | { readonly kind: "waiting"; readonly reason: string; readonly message?: string }
  | { readonly kind: "running"; readonly startedMs: number }
  | Terminated;

/** One container of a pod over all its restarts. */
export interface ContainerRecord {
  readonly spec: Container;
  readonly role: ContainerRole;
  state: RuntimeState;
  lastState: Terminated | undefined;
  restartCount: number;
  /** Empty before the first creation. */
  containerId: string;
  imageId: string;
  /** As the pod names it. */
  imageReference: string;
  user: { readonly uid: number; readonly gid: number };
  /** Passed its startup probe (or has none). */
  isStarted: boolean;
  /** Passes its readiness probe (or has none). */
  isReady: boolean;
  log: ContainerLog;
  previousLog: ContainerLog | undefined;
  /** The present crash back-off; 0 before the first. */
  backoffMs: number;
}

export const CREATING: RuntimeState = { kind: "waiting", reason: "ContainerCreating" };
export const INITIALIZING: RuntimeState = { kind: "waiting", reason: "PodInitializing" };

export const isSidecar = (container: Container): boolean => container.restartPolicy === "Always";
