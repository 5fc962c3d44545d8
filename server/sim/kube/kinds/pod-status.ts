/**
 * How a pod appears in a table: ready containers, STATUS and restarts. Follows `printPod` of
 * the API server's `pkg/printers/internalversion`.
 */
import { at, type Fields, fields, integer, isObject, objects, text } from "./fields.ts";
import { ageOf } from "./human-duration.ts";

export interface PodRow {
  /** `1/2`. */
  readonly ready: string;
  /** `Running`, `Init:0/1`, `CrashLoopBackOff`, … */
  readonly status: string;
  readonly restarts: number;
  /** RFC 3339; empty when no restart is known by time. */
  readonly lastRestart: string;
}

export function podRow(pod: unknown): PodRow {
  const spec = fields(fields(pod)["spec"]);
  const status = fields(fields(pod)["status"]);
  const sidecars = new Set(
    objects(spec["initContainers"])
      .filter((container) => container["restartPolicy"] === "Always")
      .map((container) => text(container["name"])),
  );
  const init = initState(spec, status, sidecars);
  const isInitialising = init.reason !== undefined;
  const main = isInitialising && !hasCondition(status, "Initialized") ? undefined : mainState(status);
  const total = objects(spec["containers"]).length + sidecars.size;
  const counted = main === undefined ? init.all : merge(init.sidecars, main.restarts);
  return {
    ready: `${init.ready + (main?.ready ?? 0)}/${total}`,
    status: finalReason(pod, status, main?.reason ?? init.reason ?? startReason(status)),
    restarts: counted.count,
    lastRestart: counted.last,
  };
}

/** `0`, `3`, `1 (5s ago)`. */
export function restartsText({ restarts, lastRestart }: PodRow, nowMs: number): string {
  return restarts !== 0 && lastRestart !== "" ? `${restarts} (${ageOf(lastRestart, nowMs)} ago)` : String(restarts);
}

interface Restarts {
  readonly count: number;
  readonly last: string;
}

const NO_RESTARTS: Restarts = { count: 0, last: "" };

function merge(left: Restarts, right: Restarts): Restarts {
  return { count: left.count + right.count, last: later(left.last, right.last) };
}

/** RFC 3339 times in UTC compare as text. */
function later(left: string, right: string): string {
  if (left > right) return left;
  return right;
}

function restartsOf(container: Fields): Restarts {
  return {
    count: integer(container["restartCount"]),
    last: text(at(container, "lastState", "terminated", "finishedAt")),
  };
}

/** The phase, or the reason that overrides it. */
function startReason(status: Fields): string {
  const isGated = objects(status["conditions"]).some(
    (condition) => condition["type"] === "PodScheduled" && condition["reason"] === "SchedulingGated",
  );
  return isGated ? "SchedulingGated" : text(status["reason"]) || text(status["phase"]);
}

interface InitState {
  /** Set while initialisation is not done. */
  readonly reason: string | undefined;
  readonly ready: number;
  readonly all: Restarts;
  readonly sidecars: Restarts;
}

function initState(spec: Fields, status: Fields, sidecars: ReadonlySet<string>): InitState {
  let [ready, all, ofSidecars] = [0, NO_RESTARTS, NO_RESTARTS];
  for (const [index, container] of objects(status["initContainerStatuses"]).entries()) {
    const isSidecar = sidecars.has(text(container["name"]));
    all = merge(all, restartsOf(container));
    if (isSidecar) ofSidecars = merge(ofSidecars, restartsOf(container));
    if (
      isObject(at(container, "state", "terminated")) &&
      integer(at(container, "state", "terminated", "exitCode")) === 0
    ) {
      continue;
    }
    if (isSidecar && container["started"] === true) {
      if (container["ready"] === true) ready += 1;
      continue;
    }
    const reason = initReason(container, index, objects(spec["initContainers"]).length);
    return { reason, ready, all, sidecars: ofSidecars };
  }
  return { reason: undefined, ready, all, sidecars: ofSidecars };
}

function initReason(container: Fields, index: number, total: number): string {
  const terminated = at(container, "state", "terminated");
  if (isObject(terminated)) return `Init:${terminationReason(terminated)}`;
  const waiting = text(at(container, "state", "waiting", "reason"));
  return waiting !== "" && waiting !== "PodInitializing" ? `Init:${waiting}` : `Init:${index}/${total}`;
}

function terminationReason(terminated: Fields): string {
  const reason = text(terminated["reason"]);
  if (reason !== "") return reason;
  const signal = integer(terminated["signal"]);
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${integer(terminated["exitCode"])}`;
}

interface MainState {
  readonly reason: string;
  readonly ready: number;
  readonly restarts: Restarts;
}

/** The last container that is not running names the reason, unless an earlier one overrides it. */
function mainState(status: Fields): MainState {
  let [reason, ready, restarts, hasRunning] = [startReason(status), 0, NO_RESTARTS, false];
  for (const container of [...objects(status["containerStatuses"])].reverse()) {
    restarts = merge(restarts, restartsOf(container));
    const state = fields(container["state"]);
    const waiting = text(at(state, "waiting", "reason"));
    if (waiting !== "") reason = waiting;
    else if (isObject(state["terminated"])) reason = terminationReason(state["terminated"]);
    else if (container["ready"] === true && isObject(state["running"])) {
      hasRunning = true;
      ready += 1;
    }
  }
  if (reason === "Completed" && hasRunning) reason = hasCondition(status, "Ready") ? "Running" : "NotReady";
  return { reason, ready, restarts };
}

function hasCondition(status: Fields, type: string): boolean {
  return objects(status["conditions"]).some(
    (condition) => condition["type"] === type && condition["status"] === "True",
  );
}

function finalReason(pod: unknown, status: Fields, reason: string): string {
  if (text(at(pod, "metadata", "deletionTimestamp")) === "") return reason;
  if (status["reason"] === "NodeLost") return "Unknown";
  return status["phase"] === "Succeeded" || status["phase"] === "Failed" ? reason : "Terminating";
}
