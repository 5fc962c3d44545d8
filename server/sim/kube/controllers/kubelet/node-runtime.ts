import type { MachineKernel } from "../../../machine/machine.ts";
import type { NetworkNamespaceHandle } from "../../../machine/sockets.ts";
import type { Cancel, ProcessNetwork } from "../../../machine/types.ts";
import type { ApiClient } from "../../api/types.ts";
import type { Pod } from "../objects.ts";
import type { ContainerHost } from "./container-run.ts";
import type { ImageStore } from "./image-store.ts";

/** What the workers of one node share. */
export interface NodeRuntime extends ContainerHost {
  readonly api: ApiClient;
  readonly nodeName: string;
  readonly nodeIp: string;
  /** The node itself: its files for hostPath, its network for hostNetwork. */
  readonly machine: MachineKernel;
  readonly images: ImageStore;
  readonly clusterDns: string;
  readonly clusterDomain: string;
  allocateIp(pod: Pod): string;
  releaseIp(address: string): void;
  createPodNetwork(pod: Pod, address: string): NetworkNamespaceHandle;
  /** A bound ServiceAccount token for the pod. */
  issueToken(pod: Pod, audience: string | undefined, expirationSeconds: number): string;
  /**
   * Whether containers are being taken over from a snapshot right now: what they print as
   * they start stands in their logs already.
   */
  isResuming(): boolean;
  /** Where probes are sent from. */
  probeNetwork(): ProcessNetwork | undefined;
  /** Calls when a component that others of the control plane depend on has come or gone. */
  onControlPlaneChange(listener: () => void): Cancel;
}

/** Simulated durations, as on a small cloud machine. */
export const TIMES = {
  /** Volumes, cgroups and the pod's network. */
  sandboxMs: 350,
  /** Creating and starting one container. */
  startMs: 120,
  /** Until the kubelet notices that a process has ended. */
  relistMs: 300,
  /** Unmounting volumes and removing the sandbox once all containers have ended. */
  cleanUpMs: 900,
  firstCrashBackoffMs: 10_000,
  longestBackoffMs: 300_000,
  firstPullBackoffMs: 10_000,
  /** A run this long forgives earlier crashes. */
  forgivingRunMs: 600_000,
  firstMountRetryMs: 500,
  longestMountRetryMs: 122_000,
  configRetryMs: 12_000,
  /** Changed ConfigMaps and Secrets reach volumes with the next sync of the pod. */
  volumeRefreshMs: 45_000,
} as const;
