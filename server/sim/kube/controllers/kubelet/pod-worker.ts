/**
 * The life of one pod on its node: sandbox, init containers, containers, restarts, the end.
 * Models kubelet's pod worker and `computePodActions`, v1.36. Event driven: it acts when the
 * pod changes, a process ends or a timer is due.
 */
import type { FsSnapshot } from "../../../machine/fs/snapshot.ts";
import type { MemoryFileSystem } from "../../../machine/fs/file-system.ts";
import type { NetworkNamespaceHandle } from "../../../machine/sockets.ts";
import type { Cancel } from "../../../machine/types.ts";
import { isReason } from "../errors.ts";
import type { Container, Pod, PodStatus, Volume } from "../objects.ts";
import { canonical } from "../template.ts";
import { ContainerLife } from "./container-life.ts";
import { type LogSnapshot, ContainerLog } from "./container-log.ts";
import { type NodeRuntime, TIMES } from "./node-runtime.ts";
import { phaseOf, podStatus } from "./pod-status.ts";
import {
  type ContainerRecord,
  type ContainerRole,
  CREATING,
  INITIALIZING,
  isSidecar,
  type RuntimeState,
  type Terminated,
} from "./runtime-state.ts";
import { createVolume, referencesOf, VolumeError } from "./volumes.ts";

export interface RecordSnapshot {
  readonly name: string;
  readonly role: ContainerRole;
  readonly state: RuntimeState;
  readonly lastState?: Terminated;
  readonly restartCount: number;
  readonly containerId: string;
  readonly imageId: string;
  readonly imageReference: string;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly isStarted: boolean;
  readonly isReady: boolean;
  readonly backoffMs: number;
  readonly log: LogSnapshot;
  readonly previousLog?: LogSnapshot;
  /** The container's own files, while it runs. */
  readonly fs?: FsSnapshot;
}

export interface PodSnapshot {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly startedMs: number;
  readonly podIp?: string;
  readonly records: readonly RecordSnapshot[];
  /** Contents of emptyDir volumes. */
  readonly volumes: Readonly<Record<string, FsSnapshot>>;
  /** When the content of a projected volume was written. */
  readonly volumeTimes: Readonly<Record<string, number>>;
}

export class PodWorker {
  readonly node: NodeRuntime;
  readonly uid: string;
  pod: Pod;
  readonly records: ContainerRecord[] = [];
  readonly volumes = new Map<string, MemoryFileSystem>();
  readonly life: ContainerLife;
  podIp: string | undefined;
  network: NetworkNamespaceHandle | undefined;
  startedMs = 0;

  readonly #onGone: () => void;
  readonly #timers = new Map<string, Cancel>();
  readonly #volumeTimes = new Map<string, number>();
  #failure: { readonly reason: string; readonly message: string } | undefined;
  #hasSandbox = false;
  #isTerminating = false;
  #isGone = false;
  #isWakeQueued = false;
  #mountRetryMs: number = TIMES.firstMountRetryMs;

  constructor(node: NodeRuntime, pod: Pod, uid: string, onGone: () => void) {
    this.node = node;
    this.pod = pod;
    this.uid = uid;
    this.#onGone = onGone;
    this.life = new ContainerLife(this);
    this.#syncRecords();
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  get isTerminating(): boolean {
    return this.#isTerminating;
  }

  /** The pod as the API has it now. */
  update(pod: Pod): void {
    this.pod = pod;
    this.#syncRecords();
    this.wake();
  }

  /** The pod is not wanted any more: its containers get their grace and it goes. */
  remove(): void {
    this.#isTerminating = true;
    this.wake();
  }

  wake(): void {
    if (this.#isWakeQueued || this.#isGone) return;
    this.#isWakeQueued = true;
    queueMicrotask(() => {
      this.#isWakeQueued = false;
      if (this.#isGone) return;
      try {
        this.#sync();
      } catch (error) {
        this.node.reportFault(error, `kubelet ${this.node.nodeName}: ${this.pod.metadata.name}`);
      }
    });
  }

  /** Wakes once after a delay; a later call for the same purpose replaces the earlier. */
  wakeAfter(purpose: string, delayMs: number, before?: () => void): void {
    this.cancelTimer(purpose);
    this.#timers.set(
      purpose,
      this.node.clock.setTimer(delayMs, () => {
        this.#timers.delete(purpose);
        before?.();
        this.wake();
      }),
    );
  }

  cancelTimer(purpose: string): void {
    this.#timers.get(purpose)?.();
    this.#timers.delete(purpose);
  }

  hasTimer(purpose: string): boolean {
    return this.#timers.has(purpose);
  }

  // ------------------------------------------------------------------ records

  #syncRecords(): void {
    const { spec } = this.pod;
    const add = (container: Container, role: ContainerRole): void => {
      if (this.records.some((record) => record.spec.name === container.name)) return;
      this.records.push(this.#newRecord(container, role));
    };
    for (const container of spec.initContainers ?? []) add(container, isSidecar(container) ? "sidecar" : "init");
    for (const container of spec.containers) add(container, "main");
    for (const container of spec.ephemeralContainers ?? []) add(container, "ephemeral");
  }

  #newRecord(spec: Container, role: ContainerRole): ContainerRecord {
    const waits = role !== "ephemeral" && (this.pod.spec.initContainers ?? []).length > 0;
    return {
      spec,
      role,
      state: waits ? INITIALIZING : CREATING,
      lastState: undefined,
      restartCount: 0,
      containerId: "",
      imageId: "",
      imageReference: "",
      user: { uid: 0, gid: 0 },
      isStarted: false,
      isReady: false,
      log: new ContainerLog(() => this.node.clock.now()),
      previousLog: undefined,
      backoffMs: 0,
    };
  }

  /** The present spec of a record: the image may have been changed in place. */
  specOf(record: ContainerRecord): Container {
    const { initContainers = [], containers, ephemeralContainers = [] } = this.pod.spec;
    const all = [...initContainers, ...containers, ...ephemeralContainers];
    return all.find(({ name }) => name === record.spec.name) ?? record.spec;
  }

  // --------------------------------------------------------------------- sync

  #sync(): void {
    if (this.#isTerminating || this.pod.metadata.deletionTimestamp !== undefined) {
      this.#terminate();
      return;
    }
    if (this.startedMs === 0) this.#admit();
    if (this.isFinished) {
      this.#wrapUp();
      return;
    }
    if (!this.#hasSandbox) {
      this.#prepareSandbox();
      return;
    }
    this.#runContainers();
    this.publish();
    if (this.isFinished) this.#wrapUp();
  }

  get isFinished(): boolean {
    if (this.#failure) return true;
    const phase = phaseOf(this.pod, this.records);
    return phase === "Succeeded" || phase === "Failed";
  }

  #admit(): void {
    this.startedMs = this.node.clock.now();
    const { activeDeadlineSeconds } = this.pod.spec;
    if (activeDeadlineSeconds !== undefined) {
      this.wakeAfter("deadline", activeDeadlineSeconds * 1000, () => {
        this.#failure = {
          reason: "DeadlineExceeded",
          message: "Pod was active on the node longer than the specified deadline",
        };
      });
    }
    this.publish();
  }

  /** Nothing will be started again; what still runs is stopped. */
  #wrapUp(): void {
    for (const record of this.records) {
      if (record.state.kind === "running") this.life.stop(record, this.#graceMs());
    }
    this.publish();
  }

  #prepareSandbox(): void {
    if (this.hasTimer("sandbox") || this.hasTimer("mount")) return;
    const problem = this.#setUpVolumes();
    if (problem !== undefined) {
      this.event("Warning", "FailedMount", problem);
      this.wakeAfter("mount", this.#mountRetryMs);
      this.#mountRetryMs = Math.min(this.#mountRetryMs * 2, TIMES.longestMountRetryMs);
      return;
    }
    this.wakeAfter("sandbox", TIMES.sandboxMs, () => this.#createSandbox());
  }

  #createSandbox(): void {
    if (this.pod.spec.hostNetwork === true) {
      this.podIp = this.node.nodeIp;
      this.network = this.node.machine.network;
    } else {
      this.podIp ??= this.node.allocateIp(this.pod);
      this.network = this.node.createPodNetwork(this.pod, this.podIp);
    }
    this.#hasSandbox = true;
  }

  #setUpVolumes(): string | undefined {
    for (const volume of this.pod.spec.volumes ?? []) {
      if (this.volumes.has(volume.name)) continue;
      try {
        this.#setUpVolume(volume, this.startedMs);
      } catch (error) {
        if (!(error instanceof VolumeError)) throw error;
        return `MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`;
      }
    }
    return undefined;
  }

  #setUpVolume(volume: Volume, timeMs: number): void {
    this.#volumeTimes.set(volume.name, timeMs);
    this.volumes.set(
      volume.name,
      createVolume(
        {
          api: this.node.api,
          pod: this.pod,
          nowMs: timeMs,
          podIp: this.podIp ?? "",
          hostIp: this.node.nodeIp,
          hostFs: this.node.machine.fs,
          nodeCpus: this.node.machine.cpus,
          nodeMemoryBytes: this.node.machine.memoryBytes,
          issueToken: (audience, seconds) => this.node.issueToken(this.pod, audience, seconds),
        },
        volume,
      ),
    );
  }

  /** A ConfigMap or Secret has changed: volumes that show it are written again with the next sync. */
  objectChanged(reference: string): void {
    const concerned = (this.pod.spec.volumes ?? []).filter((volume) => referencesOf(volume).includes(reference));
    if (concerned.length === 0) return;
    if (this.hasTimer("mount")) {
      // A missing object has come: no need to wait out the retry.
      this.wakeAfter("mount", Math.min(this.#mountRetryMs, 1_000));
      return;
    }
    if (!this.#hasSandbox) return;
    this.wakeAfter(`refresh ${reference}`, TIMES.volumeRefreshMs, () => this.#refresh(concerned));
  }

  #refresh(volumes: readonly Volume[]): void {
    for (const volume of volumes) {
      try {
        this.#setUpVolume(volume, this.node.clock.now());
      } catch (error) {
        if (!(error instanceof VolumeError)) throw error;
        continue;
      }
      this.life.remount(volume.name);
    }
  }

  #runContainers(): void {
    for (const record of this.records) {
      if (record.role === "init") {
        if (record.state.kind === "terminated" && record.state.exitCode === 0) continue;
        this.life.ensure(record);
        return;
      }
      if (record.role === "sidecar") {
        this.life.ensure(record);
        if (!record.isStarted) return;
      } else this.life.ensure(record);
    }
  }

  // ------------------------------------------------------------------- ending

  #graceMs(): number {
    const { metadata, spec } = this.pod;
    return 1000 * (metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30);
  }

  #terminate(): void {
    if (!this.#isTerminating || !this.hasTimer("terminating")) {
      this.#isTerminating = true;
      for (const purpose of [...this.#timers.keys()]) {
        const isEnding = purpose.startsWith("kill ") || purpose === "terminating" || purpose === "clean-up";
        if (!isEnding) this.cancelTimer(purpose);
      }
      // Marks the phase and looks again should a process resist even SIGKILL.
      this.wakeAfter("terminating", this.#graceMs() + 5_000);
    }
    const running = this.records.filter(({ state }) => state.kind === "running");
    const mains = running.filter(({ role }) => role !== "sidecar");
    for (const record of mains.length > 0 ? mains : running) this.life.stop(record, this.#graceMs());
    if (running.length > 0) return;
    if (this.startedMs === 0 || this.pod.metadata.deletionGracePeriodSeconds === 0) {
      this.#finish();
      return;
    }
    if (this.hasTimer("clean-up")) return;
    this.publish();
    this.wakeAfter("clean-up", TIMES.cleanUpMs, () => this.#finish());
  }

  #finish(): void {
    if (this.startedMs > 0) this.publish();
    this.discard();
    const { namespace = "", name, uid } = this.pod.metadata;
    try {
      this.node.api.delete("pods", namespace, name, { gracePeriodSeconds: 0, ...(uid ? { uid } : {}) });
    } catch (error) {
      if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
    }
  }

  /** Ends everything at once, without a word to the API: the world stops, or the node is reset. */
  discard(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.life.discard();
    if (this.network && this.pod.spec.hostNetwork !== true) this.network.detach();
    if (this.podIp !== undefined && this.pod.spec.hostNetwork !== true) this.node.releaseIp(this.podIp);
    this.#onGone();
  }

  // ------------------------------------------------------------------- status

  publish(): void {
    const { namespace = "", name } = this.pod.metadata;
    const current = this.node.api.get<Pod>("pods", namespace, name);
    if (current === undefined || current.spec.nodeName !== this.node.nodeName) return;
    const status = podStatus({
      pod: current,
      records: this.records,
      hostIp: this.node.nodeIp,
      podIp: this.podIp,
      startedMs: this.startedMs,
      hasSandbox: this.#hasSandbox,
      nowMs: this.node.clock.now(),
      ...(this.#failure ? { failure: this.#failure } : {}),
    });
    if (canonical(current.status ?? {}) === canonical({ ...keep(current.status), ...status })) return;
    if (this.#isOnlySandbox(current.status, status)) return;
    this.node.api.mutate<Pod>(
      "pods",
      namespace,
      name,
      (pod) => ({ ...pod, status: { ...keep(pod.status), ...status } }),
      {
        subresource: "status",
      },
    );
  }

  /** The address alone is no news: it is told with the first container's start or trouble. */
  #isOnlySandbox(present: PodStatus | undefined, next: PodStatus): boolean {
    if (present?.startTime === undefined || present.podIP !== undefined) return false;
    const states = (status: PodStatus): string =>
      canonical([status.phase, status.initContainerStatuses, status.containerStatuses]);
    return states(present) === states(next);
  }

  event(type: "Normal" | "Warning", reason: string, message: string, record?: ContainerRecord): void {
    const field = record === undefined ? undefined : `spec.${fieldOf(record.role)}{${record.spec.name}}`;
    this.node.api.recordEvent({
      involved: this.pod,
      type,
      reason,
      message,
      component: "kubelet",
      host: this.node.nodeName,
      ...(field === undefined ? {} : { fieldPath: field }),
    });
  }

  // ---------------------------------------------------------------- snapshots

  snapshot(): PodSnapshot {
    const { namespace = "", name } = this.pod.metadata;
    const volumes: Record<string, FsSnapshot> = {};
    for (const volume of this.pod.spec.volumes ?? []) {
      const fs = this.volumes.get(volume.name);
      if (volume.emptyDir && fs) volumes[volume.name] = fs.snapshot();
    }
    return {
      uid: this.uid,
      namespace,
      name,
      startedMs: this.startedMs,
      ...(this.#hasSandbox && this.podIp ? { podIp: this.podIp } : {}),
      records: this.records.map((record) => this.life.snapshot(record)),
      volumes,
      volumeTimes: Object.fromEntries(this.#volumeTimes),
    };
  }

  /** Takes over from a snapshot: running containers run again, without a restart being counted. */
  restore(snapshot: PodSnapshot): void {
    this.startedMs = snapshot.startedMs;
    if (snapshot.podIp !== undefined) {
      this.podIp = snapshot.podIp;
      this.#restoreVolumes(snapshot);
      this.#createSandbox();
    }
    for (const saved of snapshot.records) {
      const record = this.records.find(({ spec }) => spec.name === saved.name);
      if (record) this.life.restore(record, saved);
    }
    this.#resumeDeadline();
    this.wake();
  }

  #restoreVolumes(snapshot: PodSnapshot): void {
    for (const volume of this.pod.spec.volumes ?? []) {
      try {
        this.#setUpVolume(volume, snapshot.volumeTimes[volume.name] ?? this.startedMs);
      } catch (error) {
        if (!(error instanceof VolumeError)) throw error;
        continue;
      }
      const saved = snapshot.volumes[volume.name];
      if (saved) this.volumes.get(volume.name)?.restore(saved);
    }
  }

  #resumeDeadline(): void {
    const { activeDeadlineSeconds } = this.pod.spec;
    if (activeDeadlineSeconds === undefined || this.startedMs === 0) return;
    const leftMs = this.startedMs + activeDeadlineSeconds * 1000 - this.node.clock.now();
    this.wakeAfter("deadline", Math.max(0, leftMs), () => {
      this.#failure = {
        reason: "DeadlineExceeded",
        message: "Pod was active on the node longer than the specified deadline",
      };
    });
  }
}

const fieldOf = (role: ContainerRole): string =>
  role === "main" ? "containers" : role === "ephemeral" ? "ephemeralContainers" : "initContainers";

/** Fields of the status that others own (quality of service, resize, nominated node). */
function keep(status: PodStatus | undefined): Partial<PodStatus> {
  const { nominatedNodeName, resize, extendedResourceClaimStatus } = status ?? {};
  return {
    ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
    ...(resize === undefined ? {} : { resize }),
    ...(extendedResourceClaimStatus === undefined ? {} : { extendedResourceClaimStatus }),
  };
}
