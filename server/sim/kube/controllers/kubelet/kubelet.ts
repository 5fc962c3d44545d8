/**
 * The agent of one node: runs the pods bound to it and the static pods of its manifest
 * folder, and answers the API server's questions about them. Models kubelet v1.36.
 */
import type { ImageRegistry } from "../../../images/types.ts";
import { createNetworkNamespace, type NetworkNamespaceHandle } from "../../../machine/sockets.ts";
import type { MachineKernel } from "../../../machine/machine.ts";
import type { Cancel, MachineServices, ProcessNetwork, ProgramRegistry } from "../../../machine/types.ts";
import type { NetworkFabric } from "../../../net/index.ts";
import type { NodeAgent } from "../../api/types.ts";
import type { ControllerContext } from "../context.ts";
import { isReason } from "../errors.ts";
import type { Pod } from "../objects.ts";
import { isFinished } from "../pods.ts";
import { ImageStore } from "./image-store.ts";
import { createNodeAgent } from "./node-agent.ts";
import type { NodeRuntime } from "./node-runtime.ts";
import { type PodSnapshot, PodWorker } from "./pod-worker.ts";
import {
  createMirror,
  isMirror,
  MIRROR_ANNOTATION,
  type StaticPodSource,
  staticUid,
  watchStaticPods,
} from "./static-pods.ts";

export interface KubeletOptions extends ControllerContext {
  readonly nodeName: string;
  readonly nodeIp: string;
  /** `10.244.1.0/24` */
  readonly podCidr: string;
  readonly machine: MachineKernel;
  readonly fabric: NetworkFabric;
  readonly images: ImageRegistry;
  readonly programs: ProgramRegistry;
  /** Services lent to the programs in containers of this node. */
  readonly services: MachineServices;
  readonly clusterDns: string;
  readonly clusterDomain: string;
  onControlPlaneChange(listener: () => void): Cancel;
  issueToken(pod: Pod, audience: string | undefined, expirationSeconds: number): string;
  /** References of images a fresh node has already. */
  readonly presentImages?: readonly string[];
  readonly snapshot?: KubeletSnapshot;
}

export interface KubeletSnapshot {
  readonly images: readonly string[];
  readonly lastIp: number;
  readonly pods: readonly PodSnapshot[];
}

const MANIFESTS = "/etc/kubernetes/manifests";

export class Kubelet {
  readonly agent: NodeAgent;
  readonly images: ImageStore;
  readonly #options: KubeletOptions;
  readonly #runtime: NodeRuntime;
  /** By the uid of the pod, or the configuration hash of a static pod. */
  readonly #workers = new Map<string, PodWorker>();
  readonly #usedIps = new Set<string>();
  readonly #restored: Map<string, PodSnapshot>;
  readonly #staticPods: StaticPodSource;
  readonly #stops: Cancel[] = [];
  #lastIp: number;
  #isStopped = false;
  #isResuming: boolean;
  #probeNetwork: ProcessNetwork | undefined;

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.images = new ImageStore(options.images, options.snapshot?.images ?? options.presentImages ?? []);
    this.#lastIp = options.snapshot?.lastIp ?? 1;
    this.#isResuming = options.snapshot !== undefined;
    if (this.#isResuming) {
      options.clock.setTimer(0, () => {
        this.#isResuming = false;
      });
    }
    this.#restored = new Map((options.snapshot?.pods ?? []).map((pod) => [pod.uid, pod]));
    for (const pod of this.#restored.values()) if (pod.podIp) this.#usedIps.add(pod.podIp);
    this.#runtime = this.#createRuntime();
    this.agent = createNodeAgent((pod) => this.workerOf(pod as Pod), options.random);
    this.#openProbeNetwork();
    this.#staticPods = this.#watchManifests();
    this.#watchApi();
  }

  /** The running pods of this node. */
  get workers(): readonly PodWorker[] {
    return [...this.#workers.values()];
  }

  workerOf(pod: Pod): PodWorker | undefined {
    return this.#workers.get(keyOf(pod));
  }

  stop(): void {
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
    this.#staticPods.stop();
    for (const worker of this.#workers.values()) worker.discard();
    this.#workers.clear();
  }

  snapshot(): KubeletSnapshot {
    return {
      images: this.images.present,
      lastIp: this.#lastIp,
      pods: this.workers.map((worker) => worker.snapshot()).sort((left, right) => (left.uid < right.uid ? -1 : 1)),
    };
  }

  /** The kubelet is a process of its node, whose network its probes use. */
  #openProbeNetwork(): void {
    this.#options.machine.startFunction(
      ["/usr/bin/kubelet", "--config=/var/lib/kubelet/config.yaml"],
      (process) => {
        this.#probeNetwork = process.net;
        return new Promise<number>((_, reject) => {
          process.interruption.onInterrupt((reason) => {
            this.#probeNetwork = undefined;
            reject(reason);
          });
        });
      },
      {
        env: new Map([["PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]]),
        cwd: "/",
        credentials: { uid: 0, gid: 0, groups: [0] },
        fds: new Map(),
      },
    );
  }

  #createRuntime(): NodeRuntime {
    const options = this.#options;
    return {
      clock: options.clock,
      random: options.random,
      programs: options.programs,
      services: options.services,
      reportFault: options.reportFault,
      api: options.api,
      nodeName: options.nodeName,
      nodeIp: options.nodeIp,
      machine: options.machine,
      images: this.images,
      clusterDns: options.clusterDns,
      clusterDomain: options.clusterDomain,
      allocateIp: (pod) => this.#requestedIp(pod) ?? this.#allocateIp(),
      releaseIp: (address) => this.#usedIps.delete(address),
      createPodNetwork: (pod, address) => this.#createPodNetwork(pod, address),
      issueToken: options.issueToken,
      isResuming: () => this.#isResuming,
      probeNetwork: () => this.#probeNetwork,
      onControlPlaneChange: options.onControlPlaneChange,
    };
  }

  /**
   * The address a pod asks for by Calico's annotation, if nobody has it. Calico routes single
   * addresses, so it need not lie in the node's own range.
   */
  #requestedIp(pod: Pod): string | undefined {
    const text = pod.metadata.annotations?.["cni.projectcalico.org/ipAddrs"];
    const address = /^\s*\[\s*"(\d{1,3}(?:\.\d{1,3}){3})"/.exec(text ?? "")?.[1];
    if (address === undefined || this.#options.fabric.hostByAddress(address) !== undefined) return undefined;
    this.#usedIps.add(address);
    return address;
  }

  /** Addresses are handed out in turn, as the host-local plugin does; .0 and .1 are the bridge's. */
  #allocateIp(): string {
    const base = this.#options.podCidr.split("/")[0]?.split(".").slice(0, 3).join(".") ?? "10.244.0";
    for (let tries = 0; tries < 253; tries++) {
      this.#lastIp = this.#lastIp >= 254 ? 2 : this.#lastIp + 1;
      const address = `${base}.${this.#lastIp}`;
      if (this.#usedIps.has(address)) continue;
      this.#usedIps.add(address);
      return address;
    }
    throw new Error(`no address left in ${this.#options.podCidr}`);
  }

  #createPodNetwork(pod: Pod, address: string): NetworkNamespaceHandle {
    const { fabric, clock, random, nodeName } = this.#options;
    const { namespace = "", name } = pod.metadata;
    this.#usedIps.add(address);
    return createNetworkNamespace({
      id: `pod:${namespace}/${name}`,
      kind: "pod",
      addresses: [address],
      fabric,
      clock,
      random,
      nodeName,
      namespace,
      podName: name,
    });
  }

  // ---------------------------------------------------------------- API's pods

  #watchApi(): void {
    const { api, nodeName } = this.#options;
    const isHere = (pod: Pod): boolean => pod.spec.nodeName === nodeName;
    this.#stops.push(
      api.watch<Pod>("pods", ({ type, object }) => {
        if (!isHere(object) || this.#isStopped) return;
        if (type === "DELETED") this.#podDeleted(object);
        else this.#podChanged(object);
      }),
    );
    for (const resource of ["configmaps", "secrets"]) {
      this.#stops.push(
        api.watch(
          resource,
          ({ object }) => {
            for (const worker of this.#workers.values()) {
              if (worker.pod.metadata.namespace === object.metadata.namespace) {
                worker.objectChanged(`${resource}/${object.metadata.name}`);
              }
            }
          },
          { skipInitial: true },
        ),
      );
    }
  }

  #podChanged(pod: Pod): void {
    if (isMirror(pod) && pod.metadata.deletionTimestamp !== undefined && this.#hasManifest(pod)) {
      this.#dropMirror(pod);
      return;
    }
    const key = keyOf(pod);
    const worker = this.#workers.get(key);
    if (worker !== undefined) {
      worker.update(pod);
      return;
    }
    if (isMirror(pod)) return;
    const saved = this.#restored.get(key);
    if (isFinished(pod) && saved === undefined && pod.metadata.deletionTimestamp === undefined) return;
    this.#startWorker(pod, key);
  }

  #startWorker(pod: Pod, key: string): void {
    const worker = new PodWorker(this.#runtime, pod, key, () => this.#workers.delete(key));
    this.#workers.set(key, worker);
    const saved = this.#restored.get(key);
    this.#restored.delete(key);
    if (saved) worker.restore(saved);
    else worker.wake();
  }

  #hasManifest(mirror: Pod): boolean {
    return this.#staticPods.has(mirror.metadata.annotations?.[MIRROR_ANNOTATION] ?? "");
  }

  /** Deleting a mirror pod ends no container: only its file does. The mirror goes at once, and comes again. */
  #dropMirror({ metadata: { namespace = "", name, uid } }: Pod): void {
    try {
      this.#options.api.delete("pods", namespace, name, { gracePeriodSeconds: 0, ...(uid ? { uid } : {}) });
    } catch (error) {
      if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
    }
  }

  /** A pod that is gone from the API without our doing was deleted by force. */
  #podDeleted(pod: Pod): void {
    if (isMirror(pod)) {
      if (this.#hasManifest(pod)) {
        this.#options.clock.setTimer(1_000, () => {
          if (!this.#isStopped) this.#staticPods.mirror();
        });
      }
      return;
    }
    this.#workers.get(keyOf(pod))?.remove();
  }

  // --------------------------------------------------------------- static pods

  #watchManifests(): StaticPodSource {
    const { machine, nodeName, api, clock } = this.#options;
    const parts = {
      fs: machine.fs,
      path: MANIFESTS,
      nodeName,
      api,
      now: () => clock.now(),
      onAdded: (pod: Pod) => {
        createMirror(parts, pod);
        const { namespace = "", name } = pod.metadata;
        this.#startWorker(api.get<Pod>("pods", namespace, name) ?? pod, staticUid(pod));
      },
      onRemoved: (uid: string) => this.#workers.get(uid)?.remove(),
      onInvalid: () => {},
    };
    return watchStaticPods(parts);
  }
}

const keyOf = (pod: Pod): string => pod.metadata.annotations?.[MIRROR_ANNOTATION] ?? pod.metadata.uid ?? "";
