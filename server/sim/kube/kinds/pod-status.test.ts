import { describe, expect, it } from "vitest";
import { podRow, restartsText } from "./pod-status.ts";

const running = { running: { startedAt: "2026-11-21T10:00:00Z" } };
const waiting = (reason: string) => ({ waiting: { reason } });
const terminated = (exitCode: number, reason?: string) => ({
  terminated: { exitCode, ...(reason === undefined ? {} : { reason }), finishedAt: "2026-11-21T10:00:05Z" },
});
const container = (state: object, more: object = {}) => ({
  name: "c",
  ready: "running" in state,
  restartCount: 0,
  state,
  ...more,
});
const initialized = [{ type: "Initialized", status: "True" }];

function row(status: object, spec: object = { containers: [{ name: "c" }] }, metadata: object = {}): string {
  const { ready, status: text } = podRow({ metadata, spec, status });
  return `${ready} ${text}`;
}

describe("STATUS of a pod", () => {
  it.each([
    ["a pod nobody has scheduled", "0/1 Pending", { phase: "Pending" }],
    [
      "a container being created",
      "0/1 ContainerCreating",
      { phase: "Pending", containerStatuses: [container(waiting("ContainerCreating"))] },
    ],
    ["a running container", "1/1 Running", { phase: "Running", containerStatuses: [container(running)] }],
    [
      "a crashing container",
      "0/1 CrashLoopBackOff",
      { phase: "Running", containerStatuses: [container(waiting("CrashLoopBackOff"))] },
    ],
    [
      "a finished container",
      "0/1 Completed",
      { phase: "Succeeded", containerStatuses: [container(terminated(0, "Completed"))] },
    ],
    ["a failed container", "0/1 Error", { phase: "Failed", containerStatuses: [container(terminated(1, "Error"))] }],
    ["an exit without a reason", "0/1 ExitCode:3", { phase: "Failed", containerStatuses: [container(terminated(3))] }],
    ["an evicted pod", "0/1 Evicted", { phase: "Failed", reason: "Evicted" }],
    [
      "a gated pod",
      "0/1 SchedulingGated",
      { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] },
    ],
  ] as const)("of %s is %s", (_, expected, status) => {
    expect(row(status)).toBe(expected);
  });

  const withInit = { containers: [{ name: "c" }], initContainers: [{ name: "i" }, { name: "j" }] };
  it.each([
    ["Init:0/2", [container(running, { name: "i" }), container(waiting("PodInitializing"), { name: "j" })]],
    ["Init:1/2", [container(terminated(0, "Completed"), { name: "i" }), container(running, { name: "j" })]],
    ["Init:Error", [container(terminated(1, "Error"), { name: "i" })]],
    ["Init:CrashLoopBackOff", [container(waiting("CrashLoopBackOff"), { name: "i" })]],
  ] as const)("while init containers run is %s", (expected, initContainerStatuses) => {
    const status = {
      phase: "Pending",
      initContainerStatuses,
      containerStatuses: [container(waiting("PodInitializing"))],
    };
    expect(row(status, withInit)).toBe(`0/1 ${expected}`);
  });

  it("counts a started sidecar as ready", () => {
    const spec = { containers: [{ name: "c" }], initContainers: [{ name: "s", restartPolicy: "Always" }] };
    const initContainerStatuses = [container(running, { name: "s", started: true })];
    expect(
      row(
        { phase: "Running", conditions: initialized, initContainerStatuses, containerStatuses: [container(running)] },
        spec,
      ),
    ).toBe("2/2 Running");
  });

  it("is Terminating once deletion has begun, unless the pod has ended", () => {
    const deleted = { deletionTimestamp: "2026-11-21T10:00:00Z" };
    const spec = { containers: [{ name: "c" }] };
    expect(row({ phase: "Running", containerStatuses: [container(running)] }, spec, deleted)).toBe("1/1 Terminating");
    expect(row({ phase: "Succeeded", containerStatuses: [container(terminated(0, "Completed"))] }, spec, deleted)).toBe(
      "0/1 Completed",
    );
  });

  it("is NotReady when one container has finished and the other is not ready", () => {
    const spec = { containers: [{ name: "c" }, { name: "d" }] };
    const containerStatuses = [container(terminated(0, "Completed")), container(running, { name: "d" })];
    expect(row({ phase: "Running", containerStatuses }, spec)).toBe("1/2 NotReady");
  });
});

describe("RESTARTS of a pod", () => {
  it("tells when the last one was", () => {
    const crashed = container(running, { restartCount: 2, lastState: terminated(1, "Error") });
    const pod = { spec: { containers: [{ name: "c" }] }, status: { phase: "Running", containerStatuses: [crashed] } };
    expect(restartsText(podRow(pod), Date.parse("2026-11-21T10:00:10Z"))).toBe("2 (5s ago)");
  });

  it("is a plain 0 without any", () => {
    expect(restartsText(podRow({ status: { phase: "Pending" } }), 0)).toBe("0");
  });
});
