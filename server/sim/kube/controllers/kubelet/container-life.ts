/** Starting, watching, restarting and stopping the containers of one pod. */

import { MemoryFileSystem } from "../../../machine/fs/file-system.ts";
import type { FsSnapshot } from "../../../machine/fs/snapshot.ts";
import { exitCode as exitCodeOf } from "../../../machine/signals.ts";
import { isProcessEnded } from "../../../machine/process-ended.ts";
import type { Cancel, ExitStatus, SignalName } from "../../../machine/types.ts";
import type { ContainerImage } from "../../../images/types.ts";
import type { Container, LifecycleHandler } from "../objects.ts";
import {
  type ContainerPlan,
  credentialsOf,
  type MountableVolumes,
  mountVolumes,
  type RunningContainer,
  StartError,
  startContainer,
} from "./container-run.ts";
import { ContainerLog } from "./container-log.ts";
import { ContainerConfigError, environmentOf } from "./environment.ts";
import { execAndCollect, hexadecimal } from "./exec-session.ts";
import { goDuration } from "./image-store.ts";
import { TIMES } from "./node-runtime.ts";
import { hostnameOf, writePodFiles } from "./pod-files.ts";
import type { PodWorker, RecordSnapshot } from "./pod-worker.ts";
import { type ProbeKind, startProbes } from "./probes.ts";
import type { ContainerRecord, Terminated } from "./runtime-state.ts";

export class ContainerLife {
  readonly #worker: PodWorker;
  readonly #running = new Map<ContainerRecord, { readonly run: RunningContainer; readonly stopProbes: Cancel }>();
  readonly #starting = new Set<ContainerRecord>();
  readonly #stopping = new Set<ContainerRecord>();
  readonly #pullBackoffMs = new Map<ContainerRecord, number>();

  constructor(worker: PodWorker) {
    this.#worker = worker;
  }

  runningOf(record: ContainerRecord): RunningContainer | undefined {
    return this.#running.get(record)?.run;
  }

  /** Brings the container to run, unless it runs, has ended for good or must wait. */
  ensure(record: ContainerRecord): void {
    const { state } = record;
    if (state.kind === "running" || this.#starting.has(record) || this.#worker.hasTimer(`start ${record.spec.name}`))
      return;
    if (state.kind === "terminated" && !this.#mayRestart(record, state)) return;
    const ended = state.kind === "terminated" ? state : record.lastState;
    if (ended !== undefined && this.#isBackingOff(record, ended)) return;
    this.#starting.add(record);
    void this.#launch(record)
      .catch((error: unknown) => this.#worker.node.reportFault(error, `kubelet: container ${record.spec.name}`))
      .finally(() => {
        this.#starting.delete(record);
        // A start is seen with the next look at the runtime; what ended by then was never seen running.
        if (this.#running.has(record)) this.#worker.wakeAfter("relist", TIMES.relistMs);
        else this.#worker.wake();
      });
  }

  #mayRestart({ role }: ContainerRecord, { exitCode }: Terminated): boolean {
    if (role === "ephemeral") return false;
    if (role === "sidecar") return true;
    const policy = this.#worker.pod.spec.restartPolicy ?? "Always";
    if (role === "init") return exitCode !== 0 && policy !== "Never";
    return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
  }

  /** The first restart comes at once, the others after 10 s, 20 s, 40 s … up to five minutes. */
  #isBackingOff(record: ContainerRecord, ended: Terminated): boolean {
    const { clock } = this.#worker.node;
    const ranMs = ended.startedMs === 0 ? 0 : ended.finishedMs - ended.startedMs;
    if (ranMs >= TIMES.forgivingRunMs) record.backoffMs = 0;
    const waitMs = record.backoffMs === 0 ? 0 : ended.finishedMs + record.backoffMs - clock.now();
    if (waitMs <= 0) {
      record.backoffMs =
        record.backoffMs === 0 ? TIMES.firstCrashBackoffMs : Math.min(record.backoffMs * 2, TIMES.longestBackoffMs);
      return false;
    }
    const { namespace, name } = this.#worker.pod.metadata;
    const podName = `${name}_${namespace}(${this.#worker.uid})`;
    record.lastState = ended;
    record.state = {
      kind: "waiting",
      reason: "CrashLoopBackOff",
      message: `back-off ${goBackoff(record.backoffMs)} restarting failed container=${record.spec.name} pod=${podName}`,
    };
    this.#event(
      record,
      "Warning",
      "BackOff",
      `Back-off restarting failed container ${record.spec.name} in pod ${podName}`,
    );
    this.#worker.wakeAfter(`start ${record.spec.name}`, waitMs);
    return true;
  }

  #event(record: ContainerRecord, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#worker.event(type, reason, message, record);
  }

  get #isOver(): boolean {
    return (
      this.#worker.isGone || this.#worker.isTerminating || this.#worker.pod.metadata.deletionTimestamp !== undefined
    );
  }

  async #launch(record: ContainerRecord): Promise<void> {
    const image = await this.#pull(record);
    if (image === undefined || this.#isOver) return;
    await this.#worker.node.clock.sleep(TIMES.startMs);
    if (this.#isOver) return;
    try {
      this.#create(record, image);
    } catch (error) {
      if (error instanceof ContainerConfigError) this.#refuseConfig(record, error.message);
      else if (error instanceof StartError) this.#refuseStart(record, error);
      else throw error;
    }
  }

  // -------------------------------------------------------------------- images

  async #pull(record: ContainerRecord): Promise<ContainerImage | undefined> {
    const { node } = this.#worker;
    const spec = this.#worker.specOf(record);
    const plan = node.images.plan(spec.image, spec.imagePullPolicy ?? "IfNotPresent");
    if (plan.kind === "present") {
      this.#event(
        record,
        "Normal",
        "Pulled",
        `Container image "${spec.image}" already present on machine and can be accessed by the pod`,
      );
      return plan.image;
    }
    if (plan.pullMs > 0) this.#event(record, "Normal", "Pulling", `Pulling image "${spec.image}"`);
    await node.clock.sleep(plan.pullMs);
    if (this.#isOver) return undefined;
    if (plan.kind === "fail") {
      this.#refusePull(record, spec, plan.reason, plan.message);
      return undefined;
    }
    node.images.add(plan.image);
    this.#pullBackoffMs.delete(record);
    const duration = goDuration(plan.pullMs);
    this.#event(
      record,
      "Normal",
      "Pulled",
      `Successfully pulled image "${spec.image}" in ${duration} (${duration} including waiting). Image size: ${plan.image.sizeBytes} bytes.`,
    );
    return plan.image;
  }

  #refusePull(record: ContainerRecord, spec: Container, reason: string, message: string): void {
    if (reason === "InvalidImageName") this.#event(record, "Warning", "InspectFailed", message);
    else if (reason === "ErrImageNeverPull") this.#event(record, "Warning", reason, message);
    else this.#event(record, "Warning", "Failed", `Failed to pull image "${spec.image}": ${message}`);
    this.#event(record, "Warning", "Failed", `Error: ${reason}`);
    record.state = { kind: "waiting", reason, message };
    const backoffMs = Math.min(
      (this.#pullBackoffMs.get(record) ?? TIMES.firstPullBackoffMs / 2) * 2,
      TIMES.longestBackoffMs,
    );
    this.#pullBackoffMs.set(record, backoffMs);
    this.#worker.wakeAfter(`start ${record.spec.name}`, backoffMs);
    if (reason !== "ErrImagePull") return;
    this.#worker.wakeAfter(`back-off ${record.spec.name}`, 1_500, () => {
      if (record.state.kind !== "waiting" || record.state.reason !== "ErrImagePull") return;
      this.#event(record, "Normal", "BackOff", `Back-off pulling image "${spec.image}"`);
      this.#event(record, "Warning", "Failed", "Error: ImagePullBackOff");
      record.state = {
        kind: "waiting",
        reason: "ImagePullBackOff",
        message: `Back-off pulling image "${spec.image}": ErrImagePull: ${message}`,
      };
    });
  }

  // ------------------------------------------------------------------ creation

  /** Throws ContainerConfigError, StartError. */
  #create(record: ContainerRecord, image: ContainerImage): void {
    const { node } = this.#worker;
    const plan = this.#planOf(record, image, image.createRootFileSystem());
    this.#checkUser(plan);
    // The machine binds the clock too, but only after these files are written.
    if (plan.fs instanceof MemoryFileSystem) {
      plan.fs.bind({ clock: node.clock, random: node.random });
    }
    writePodFiles(plan.fs, {
      pod: this.#worker.pod,
      podIp: this.#worker.podIp ?? "",
      clusterDns: node.clusterDns,
      clusterDomain: node.clusterDomain,
      hostFs: node.machine.fs,
    });
    mountVolumes(plan.fs, plan.spec.volumeMounts ?? [], this.#volumes, (name) => plan.env.get(name));
    this.#beginLife(record, plan);
    this.#event(record, "Normal", "Created", "Container created");
    const run = startContainer(plan);
    record.state = { kind: "running", startedMs: node.clock.now() };
    this.#event(record, "Normal", "Started", "Container started");
    this.#watch(record, run);
    const hook = plan.spec.lifecycle?.postStart;
    if (hook) void this.#runHook(record, run, hook, "FailedPostStartHook");
  }

  #planOf(record: ContainerRecord, image: ContainerImage, fs: ContainerPlan["fs"]): ContainerPlan {
    const { node, pod, podIp = "", network } = this.#worker;
    if (network === undefined) throw new Error("a container was started before its sandbox");
    const spec = this.#worker.specOf(record);
    const env = environmentOf({
      api: node.api,
      pod,
      container: spec,
      podIp,
      hostIp: node.nodeIp,
      nodeCpus: node.machine.cpus,
      nodeMemoryBytes: node.machine.memoryBytes,
    });
    return {
      host: node,
      spec,
      podSecurity: pod.spec.securityContext ?? {},
      image,
      hostname: pod.spec.hostNetwork === true ? node.nodeName : hostnameOf(pod),
      network,
      env,
      fs,
      onOutput: (bytes) => record.log.append(bytes),
    };
  }

  #checkUser(plan: ContainerPlan): void {
    const needsNonRoot = plan.spec.securityContext?.runAsNonRoot ?? plan.podSecurity.runAsNonRoot ?? false;
    if (!needsNonRoot || credentialsOf(plan).uid !== 0) return;
    const { namespace, name } = this.#worker.pod.metadata;
    throw new ContainerConfigError(
      `container has runAsNonRoot and image will run as root (pod: "${name}_${namespace}(${this.#worker.uid})", container: ${plan.spec.name})`,
    );
  }

  /** The record turns to a new container: the old log becomes the previous one. */
  #beginLife(record: ContainerRecord, plan: ContainerPlan): void {
    const { node } = this.#worker;
    if (record.containerId !== "") {
      record.restartCount++;
      if (record.state.kind === "terminated") record.lastState = record.state;
      record.previousLog = record.log;
      record.log = new ContainerLog(() => node.clock.now());
    }
    const { uid, gid } = credentialsOf(plan);
    record.containerId = hexadecimal(node.random.bytes(32));
    record.imageReference = plan.spec.image;
    record.imageId = plan.image.digest;
    record.user = { uid, gid };
  }

  #watch(record: ContainerRecord, run: RunningContainer): void {
    const spec = this.#worker.specOf(record);
    if (record.role !== "init") {
      record.isStarted ||= spec.startupProbe === undefined;
      record.isReady ||= spec.startupProbe === undefined && spec.readinessProbe === undefined;
    }
    const { node, pod, podIp = "" } = this.#worker;
    const rests = pod.metadata.namespace === "kube-system";
    const stopProbes = startProbes({
      spec,
      container: run,
      podIp,
      clock: node.clock,
      network: () => node.probeNetwork(),
      ...(rests ? { restsUntil: (listener) => node.onControlPlaneChange(listener) } : {}),
      // A probe that rests after its success rests on in a world taken from an image.
      isAtRest: rests && node.isResuming() && record.isStarted && record.isReady,
      onResult: (kind, isPassing) => this.#probed(record, kind, isPassing),
      onFailure: (kind, message) => {
        const name = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
        this.#event(record, "Warning", "Unhealthy", `${name} probe failed: ${message}`);
      },
    });
    this.#running.set(record, { run, stopProbes });
    void run.process.exit.then((status) => this.#ended(record, run, status));
  }

  #probed(record: ContainerRecord, kind: ProbeKind, isPassing: boolean): void {
    if (record.state.kind !== "running") return;
    if (kind === "readiness") record.isReady = isPassing;
    else if (isPassing) {
      record.isStarted = true;
      if (kind === "startup" && this.#worker.specOf(record).readinessProbe === undefined) record.isReady = true;
    } else {
      this.#event(record, "Normal", "Killing", `Container ${record.spec.name} failed ${kind} probe, will be restarted`);
      this.#kill(record, (this.#worker.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000);
    }
    this.#worker.wake();
  }

  #ended(record: ContainerRecord, run: RunningContainer, status: ExitStatus): void {
    const present = this.#running.get(record);
    if (present?.run !== run) return;
    present.stopProbes();
    this.#running.delete(record);
    this.#stopping.delete(record);
    this.#worker.cancelTimer(`kill ${record.spec.name}`);
    run.machine.shutdown();
    record.log.close();
    const exitCode = exitCodeOf(status);
    const message = terminationMessage(this.#worker.specOf(record), run, record, exitCode);
    record.state = {
      kind: "terminated",
      exitCode,
      reason: exitCode === 0 ? "Completed" : "Error",
      ...(message ? { message } : {}),
      startedMs: record.state.kind === "running" ? record.state.startedMs : this.#worker.node.clock.now(),
      finishedMs: this.#worker.node.clock.now(),
      containerId: record.containerId,
    };
    record.isReady = false;
    record.isStarted = false;
    if (this.#isOver) this.#worker.wake();
    else if (!this.#worker.hasTimer("relist")) this.#worker.wakeAfter("relist", TIMES.relistMs);
  }

  #refuseConfig(record: ContainerRecord, message: string): void {
    this.#event(record, "Warning", "Failed", `Error: ${message}`);
    record.state = { kind: "waiting", reason: "CreateContainerConfigError", message };
    this.#worker.wakeAfter(`start ${record.spec.name}`, TIMES.configRetryMs);
  }

  #refuseStart(record: ContainerRecord, { message, exitCode }: StartError): void {
    const nowMs = this.#worker.node.clock.now();
    this.#event(record, "Warning", "Failed", `Error: ${message}`);
    record.log.close();
    record.lastState = {
      kind: "terminated",
      exitCode,
      reason: "StartError",
      message,
      startedMs: 0,
      finishedMs: nowMs,
      containerId: record.containerId,
    };
    const policy = this.#worker.pod.spec.restartPolicy ?? "Always";
    if (policy === "Never") record.state = record.lastState;
    else {
      record.state = { kind: "waiting", reason: "RunContainerError", message };
      // Shown as RunContainerError until the next sync tries again.
      this.#worker.wakeAfter(`start ${record.spec.name}`, 1_000);
    }
  }

  // ------------------------------------------------------------------ stopping

  /** Asks the container to end: hook, stop signal and, after the grace, SIGKILL. */
  stop(record: ContainerRecord, graceMs: number): void {
    if (this.#stopping.has(record) || !this.#running.has(record)) return;
    this.#event(record, "Normal", "Killing", `Stopping container ${record.spec.name}`);
    this.#kill(record, graceMs);
  }

  #kill(record: ContainerRecord, graceMs: number): void {
    const present = this.#running.get(record);
    if (present === undefined || this.#stopping.has(record)) return;
    this.#stopping.add(record);
    present.stopProbes();
    const { run } = present;
    const spec = this.#worker.specOf(record);
    this.#worker.wakeAfter(`kill ${spec.name}`, Math.max(graceMs, 0), () => signal(run, "SIGKILL"));
    const stopSignal = this.#worker.node.images.find(spec.image)?.stopSignal ?? "SIGTERM";
    const ask = (): void => {
      if (this.#running.get(record)?.run === run) signal(run, stopSignal);
    };
    const hook = spec.lifecycle?.preStop;
    if (hook) void this.#runHook(record, run, hook, "FailedPreStopHook").then(ask);
    else ask();
  }

  async #runHook(
    record: ContainerRecord,
    run: RunningContainer,
    hook: LifecycleHandler,
    reason: string,
  ): Promise<void> {
    if (hook.sleep) await this.#worker.node.clock.sleep(hook.sleep.seconds * 1000);
    const command = hook.exec?.command;
    if (command === undefined) return;
    const result = await execAndCollect(run, command);
    if (!("error" in result) && result.exitCode === 0) return;
    const kind = reason === "FailedPostStartHook" ? "PostStartHook" : "PreStopHook";
    this.#event(record, "Warning", reason, `${kind} failed`);
    if (kind === "PostStartHook") this.#kill(record, 0);
  }

  discard(): void {
    for (const { run, stopProbes } of this.#running.values()) {
      stopProbes();
      run.machine.shutdown();
    }
    for (const record of this.#running.keys()) record.log.close();
    this.#running.clear();
  }

  get #volumes(): MountableVolumes {
    return { trees: this.#worker.volumes, specs: this.#worker.pod.spec.volumes ?? [] };
  }

  /** A volume has a new content: it replaces the old one where it is mounted whole. */
  remount(volumeName: string): void {
    const volume = this.#worker.volumes.get(volumeName);
    if (volume === undefined) return;
    for (const [record, { run }] of this.#running) {
      for (const mount of this.#worker.specOf(record).volumeMounts ?? []) {
        if (mount.name !== volumeName || mount.subPath || mount.subPathExpr) continue;
        run.machine.fs.unmount(mount.mountPath);
        mountVolumes(run.machine.fs, [mount], this.#volumes, () => undefined);
      }
    }
  }

  // ----------------------------------------------------------------- snapshots

  snapshot(record: ContainerRecord): RecordSnapshot {
    const fs = this.#running.get(record)?.run.machine.fs;
    const files: FsSnapshot | undefined = fs instanceof MemoryFileSystem ? fs.snapshot() : undefined;
    const { spec, lastState, log, previousLog, ...rest } = record;
    return {
      ...rest,
      name: spec.name,
      log: log.snapshot(),
      ...(lastState ? { lastState } : {}),
      ...(previousLog ? { previousLog: previousLog.snapshot() } : {}),
      ...(files ? { fs: files } : {}),
    };
  }

  restore(record: ContainerRecord, saved: RecordSnapshot): void {
    const now = (): number => this.#worker.node.clock.now();
    const { name: _name, role: _role, fs, log, previousLog, lastState, ...rest } = saved;
    Object.assign(record, rest, {
      lastState,
      log: ContainerLog.restore(now, log),
      previousLog: previousLog && ContainerLog.restore(now, previousLog),
    });
    if (saved.state.kind === "running") this.#resume(record, fs);
    else if (saved.state.kind === "terminated") record.log.close();
  }

  #resume(record: ContainerRecord, saved: FsSnapshot | undefined): void {
    const image = this.#worker.node.images.find(this.#worker.specOf(record).image);
    if (image === undefined) return;
    const root = image.createRootFileSystem();
    if (saved && root instanceof MemoryFileSystem) root.restore(saved);
    try {
      const plan = this.#planOf(record, image, root);
      mountVolumes(root, plan.spec.volumeMounts ?? [], this.#volumes, (name) => plan.env.get(name));
      this.#watch(record, startContainer({ ...plan, onOutput: this.#onceResumed(plan.onOutput) }));
    } catch (error) {
      if (error instanceof StartError) this.#refuseStart(record, error);
      else if (error instanceof ContainerConfigError) this.#refuseConfig(record, error.message);
      else throw error;
    }
  }

  /** A program that starts again says again what the log already has. */
  #onceResumed(onOutput: ContainerPlan["onOutput"]): ContainerPlan["onOutput"] {
    return (bytes) => {
      if (!this.#worker.node.isResuming()) onOutput(bytes);
    };
  }
}

/** What the container left in its termination message file, or the end of its log. */
function terminationMessage(
  spec: Container,
  { machine }: RunningContainer,
  record: ContainerRecord,
  exitCode: number,
): string | undefined {
  const path = spec.terminationMessagePath ?? "/dev/termination-log";
  const written = machine.fs.exists(path) ? machine.fs.readText(path).slice(0, 4096) : "";
  if (written !== "") return written;
  const usesLog = spec.terminationMessagePolicy === "FallbackToLogsOnError" && exitCode !== 0;
  return usesLog ? record.log.tailText(80, 2048) || undefined : undefined;
}

/** A handler that ends its process throws what every call of an ended process throws. */
function signal(run: RunningContainer, name: SignalName): void {
  try {
    run.machine.kill(1, name);
  } catch (error) {
    if (!isProcessEnded(error)) throw error;
  }
}

const goBackoff = (ms: number): string =>
  ms < 60_000 ? `${ms / 1000}s` : `${Math.floor(ms / 60_000)}m${(ms % 60_000) / 1000}s`;
