/** One cluster of a world: API server, nodes with their kubelets, and the components their processes run. */
import { bootstrapObjects } from "../kube/api/bootstrap.ts";
import { issueToken } from "../kube/api/auth/tokens.ts";
import { type ApiServerParts, createApiServer } from "../kube/api/server.ts";
import type { ApiClient, ApiServer, ComponentHealth } from "../kube/api/types.ts";
import type { DnsZone } from "../kube/controllers/cluster-dns.ts";
import type { Controller, ControllerContext } from "../kube/controllers/context.ts";
import { startControllerManager } from "../kube/controllers/index.ts";
import { Kubelet, type KubeletSnapshot } from "../kube/controllers/kubelet/kubelet.ts";
import { startKubernetesServiceController } from "../kube/controllers/kubernetes-service.ts";
import { startNetworkPlugin } from "../kube/controllers/network-plugin.ts";
import type { EndpointSlice, Namespace, Pod, Service } from "../kube/controllers/objects.ts";
import { storedResources } from "../kube/controllers/resources.ts";
import { startScheduler } from "../kube/controllers/scheduler.ts";
import { startServiceProxy } from "../kube/controllers/service-proxy.ts";
import { kinds } from "../kube/kinds/index.ts";
import { Store, type StoreImage, type StoreSnapshot } from "../kube/store/store.ts";
import { createFileSystem, type MemoryFileSystem } from "../machine/fs/file-system.ts";
import type { FsSnapshot } from "../machine/fs/snapshot.ts";
import { createMachine, type MachineKernel } from "../machine/machine.ts";
import type { ServiceTable } from "../machine/services.ts";
import { createNetworkNamespace } from "../machine/sockets.ts";
import type { Clock, ProgramRegistry, Random } from "../machine/types.ts";
import type { ImageRegistry } from "../images/types.ts";
import type { NetworkFabric } from "../net/index.ts";
import { createClusterObjects } from "./cluster-objects.ts";
import type { HostImages } from "./host-image.ts";
import { API_SERVER, type ComponentName, COMPONENTS, DNS_ZONE } from "./keys.ts";
import { registerNodes } from "./node-objects.ts";
import type { Pki } from "./pki.ts";
import type { NodeSettings, WorldSettings } from "./settings.ts";

export interface ClusterParts {
  readonly settings: WorldSettings;
  readonly pki: Pki;
  readonly hostImages: HostImages;
  readonly clock: Clock;
  readonly random: Random;
  readonly fabric: NetworkFabric;
  readonly programs: ProgramRegistry;
  readonly images: ImageRegistry;
  /** Lent to the programs of nodes and containers; the cluster adds its own. */
  readonly services: ServiceTable;
  reportFault(error: unknown, context: string): void;
}

/** A cluster at rest, shared by the worlds that start from it. */
export interface ClusterImage {
  readonly store: StoreImage;
  readonly nodes: Readonly<Record<string, NodeSnapshot>>;
  readonly components: readonly ComponentName[];
}

export interface NodeSnapshot {
  readonly fs: FsSnapshot;
  readonly kubelet: KubeletSnapshot;
}

export interface ClusterSnapshot {
  readonly store: StoreSnapshot;
  readonly nodes: Readonly<Record<string, NodeSnapshot>>;
  readonly components: readonly ComponentName[];
}

export interface ClusterNode {
  readonly settings: NodeSettings;
  readonly machine: MachineKernel;
  readonly fs: MemoryFileSystem;
  readonly kubelet: Kubelet;
}

const RESOURCES = storedResources(kinds);
/** Nodes join with `kubeadm join` when the control plane is up; cluster DNS runs there by then. */
const JOIN_MS = 45_000;
/** What somebody has run on these nodes before. */
const PRELOADED_IMAGES = ["docker.io/library/busybox:1.36", "docker.io/library/nginx:1.27"];

export class Cluster {
  readonly parts: ClusterParts;
  readonly api: ApiServerParts;
  readonly nodes = new Map<string, ClusterNode>();
  readonly #services: ServiceTable;
  readonly #changeListeners = new Set<() => void>();
  readonly #components = new Map<ComponentName, { readonly controller: Controller; users: number }>();
  /** No first look at stored objects is needed: they come from an image at rest. */
  #isSteady: boolean;

  constructor(parts: ClusterParts, image: ClusterImage | undefined, snapshot: ClusterSnapshot | undefined) {
    this.parts = parts;
    this.#services = parts.services;
    this.#isSteady = image !== undefined && snapshot === undefined;
    this.api = this.#createApi(image, snapshot);
    this.#lendServices();
    if (image === undefined) this.#createObjects();
    else for (const component of (snapshot ?? image).components) this.#prepare(component);
    for (const node of parts.settings.nodes) {
      this.nodes.set(node.name, this.#createNode(node, (snapshot ?? image)?.nodes[node.name]));
    }
    this.#isSteady = false;
  }

  /** With the rights of the administrator. */
  get client(): ApiClient {
    return this.api.client;
  }

  image(): ClusterImage {
    return { store: this.api.store.image(), nodes: this.#nodeSnapshots(), components: this.#runningComponents() };
  }

  snapshot(image: ClusterImage): ClusterSnapshot {
    return {
      store: this.api.store.snapshot(image.store),
      nodes: this.#nodeSnapshots(),
      components: this.#runningComponents(),
    };
  }

  stop(): void {
    for (const { controller } of this.#components.values()) controller.stop();
    for (const { kubelet, machine } of this.nodes.values()) {
      kubelet.stop();
      machine.shutdown();
    }
  }

  #nodeSnapshots(): Readonly<Record<string, NodeSnapshot>> {
    return Object.fromEntries(
      [...this.nodes].map(([name, { fs, kubelet }]) => [name, { fs: fs.snapshot(), kubelet: kubelet.snapshot() }]),
    );
  }

  #runningComponents(): readonly ComponentName[] {
    return [...this.#components.keys()];
  }

  #createApi(image: ClusterImage | undefined, snapshot: ClusterSnapshot | undefined): ApiServerParts {
    const { settings, clock, random, reportFault } = this.parts;
    const onFault = (error: unknown): void => reportFault(error, "watch");
    const store =
      image === undefined
        ? new Store({ onFault })
        : snapshot === undefined
          ? new Store({ image: image.store, onFault })
          : Store.restore(image.store, snapshot.store, { onFault });
    return createApiServer({
      clock,
      random,
      store,
      profile: settings.profile,
      serviceCidr: settings.serviceCidr,
      podCidr: settings.podCidr,
      serverAddress: `${settings.controlPlane.address}:6443`,
      isEtcdUp: () => this.#components.has("etcd"),
      componentHealth: () => this.#componentHealth(),
      nodeAgent: (name) => this.nodes.get(name)?.kubelet.agent,
    });
  }

  /** As the API server's checks of the health ports find them. */
  #componentHealth(): readonly ComponentHealth[] {
    const check = (name: string, component: ComponentName, address: string, path: string): ComponentHealth => {
      const isHealthy = this.#components.has(component);
      const refusal = `Get "https://${address}${path}": dial tcp ${address}: connect: connection refused`;
      return { name, isHealthy, message: isHealthy ? "ok" : refusal };
    };
    return [
      check("scheduler", "kube-scheduler", "127.0.0.1:10259", "/healthz"),
      check("controller-manager", "kube-controller-manager", "127.0.0.1:10257", "/healthz"),
      check("etcd-0", "etcd", "127.0.0.1:2379", "/health"),
    ];
  }

  #createObjects(): void {
    const { settings, pki, clock } = this.parts;
    const client = this.client;
    bootstrapObjects({
      client,
      advertiseAddress: settings.controlPlane.address,
      serviceCidr: settings.serviceCidr,
      kubernetesServiceIp: settings.kubernetesIp,
    });
    const input = { client, settings, pki, nowMs: clock.now() };
    registerNodes(input, [settings.controlPlane]);
    createClusterObjects(input);
    const others = settings.nodes.filter((node) => node !== settings.controlPlane);
    clock.setTimer(JOIN_MS, () => registerNodes({ ...input, nowMs: clock.now() }, others));
  }

  // --------------------------------------------------------------- components

  #lendServices(): void {
    this.#services
      .set(API_SERVER, this.#reportedServer())
      .set(COMPONENTS, {
        start: (component) => this.#start(component),
        isRunning: (component) => this.#components.has(component),
      })
      .set(DNS_ZONE, (domain, ttlSeconds) => this.#zone(domain, ttlSeconds));
  }

  /** The process answers 500 to what the API function throws; a fault of ours must not end there. */
  #reportedServer(): ApiServer {
    return {
      handle: async (request) => {
        try {
          return await this.api.server.handle(request);
        } catch (error) {
          this.parts.reportFault(error, `kube-apiserver: ${request.method} ${request.path}`);
          throw error;
        }
      },
    };
  }

  /** Components of an image work before their processes have started again. */
  #prepare(component: ComponentName): void {
    this.#components.set(component, { controller: this.#create(component), users: 0 });
  }

  #start(component: ComponentName): Controller {
    const isNew = !this.#components.has(component);
    const entry = this.#components.get(component) ?? { controller: this.#create(component), users: 0 };
    this.#components.set(component, entry);
    entry.users++;
    if (isNew) this.#tellOfChange(component);
    let isRunning = true;
    return {
      stop: () => {
        if (!isRunning) return;
        isRunning = false;
        if (--entry.users > 0) return;
        entry.controller.stop();
        if (this.#components.get(component) !== entry) return;
        this.#components.delete(component);
        this.#tellOfChange(component);
      },
    };
  }

  /** The API server answers its probes differently without etcd; nothing else depends on another in them. */
  #tellOfChange(component: ComponentName): void {
    if (component === "etcd") for (const listener of [...this.#changeListeners]) listener();
  }

  #create(component: ComponentName): Controller {
    const context = this.#context(component);
    switch (component) {
      case "etcd":
        return { stop: () => {} };
      case "kube-apiserver":
        return startKubernetesServiceController(context);
      case "kube-controller-manager":
        return startControllerManager(context, { resources: RESOURCES, caCertificate: this.parts.pki.caCertificate });
      case "kube-scheduler":
        return startScheduler(context);
      case "kube-proxy":
        return startServiceProxy(context, this.parts.fabric);
      case "network-plugin":
        return startNetworkPlugin(context, this.parts.fabric);
      case "policy-agent":
        // What the agent has programmed stays when it ends, as packet filter rules do.
        this.parts.fabric.profile = { ...this.parts.fabric.profile, enforcesPolicies: true };
        return { stop: () => {} };
      default: {
        const unreachable: never = component;
        return unreachable;
      }
    }
  }

  #context(manager: string): ControllerContext {
    const { clock, random, reportFault } = this.parts;
    const user = { name: `system:${manager}`, groups: ["system:masters", "system:authenticated"] };
    return {
      api: this.api.clientFor({ user, manager }),
      clock,
      random,
      reportFault,
      isSteady: this.#isSteady,
      watchEverything: (listener) =>
        this.api.store.watch("/registry/", ({ type, object, previous }) =>
          listener({ type: type === "delete" ? "DELETED" : previous ? "MODIFIED" : "ADDED", object }),
        ),
    };
  }

  #zone(domain: string, ttlSeconds: number): DnsZone {
    const { client } = this;
    const slices = (namespace?: string): readonly EndpointSlice[] =>
      client.list<EndpointSlice>("endpointslices.discovery.k8s.io", namespace);
    return {
      domain,
      ttlSeconds,
      namespace: (name) => client.get<Namespace>("namespaces", "", name),
      service: (namespace, name) => client.get<Service>("services", namespace, name),
      services: () => client.list<Service>("services"),
      slices: (namespace, service) =>
        slices(namespace).filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service),
      allSlices: () => slices(),
    };
  }

  // -------------------------------------------------------------------- nodes

  #createNode(settings: NodeSettings, saved: NodeSnapshot | undefined): ClusterNode {
    const { clock, random, fabric, programs, images, hostImages, reportFault } = this.parts;
    const fs = createFileSystem({ image: hostImages.node(settings), device: "/dev/vda1" });
    const machine = createMachine({
      hostname: settings.name,
      fs,
      network: createNetworkNamespace({
        id: `node:${settings.name}`,
        kind: "node",
        addresses: [settings.address],
        fabric,
        clock,
        random,
        nodeName: settings.name,
      }),
      clock,
      random,
      libc: "glibc",
      programs,
      services: this.#services,
      firstPid: 1000,
      reportFault,
    });
    if (saved) fs.restore(saved.fs);
    const user = { name: `system:node:${settings.name}`, groups: ["system:nodes", "system:authenticated"] };
    const kubelet = new Kubelet({
      ...this.#context("kubelet"),
      api: this.api.clientFor({ user, manager: "kubelet" }),
      nodeName: settings.name,
      nodeIp: settings.address,
      podCidr: settings.podCidr,
      machine,
      fabric,
      images,
      programs,
      services: this.#services,
      clusterDns: this.parts.settings.dnsIp,
      clusterDomain: this.parts.settings.clusterDomain,
      onControlPlaneChange: (listener) => {
        this.#changeListeners.add(listener);
        return () => this.#changeListeners.delete(listener);
      },
      issueToken: (pod, audience, seconds) => this.#issueToken(pod, audience, seconds),
      ...(saved ? { snapshot: saved.kubelet } : { presentImages: PRELOADED_IMAGES }),
    });
    return { settings, machine, fs, kubelet };
  }

  #issueToken(pod: Pod, audience: string | undefined, expirationSeconds: number): string {
    const name = pod.spec.serviceAccountName ?? "default";
    const account = this.client.get("serviceaccounts", pod.metadata.namespace ?? "", name);
    if (account === undefined) return "";
    const audiences = audience === undefined ? [] : [audience];
    return issueToken(this.api.resources, { account, audiences, expirationSeconds, pod }).token;
  }
}
