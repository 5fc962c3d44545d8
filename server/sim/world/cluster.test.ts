import { beforeAll, describe, expect, it } from "vitest";
import type { KubeObject, StatusObject } from "../kube/api/types.ts";
import type { Deployment, EndpointSlice, Job, Pod, Service } from "../kube/controllers/objects.ts";
import { never } from "../machine/interruption.ts";
import { bootTestCluster, createTestCluster, START_MS, type TestCluster, testImage } from "./testing/test-cluster.ts";

const pod = (name: string, spec: Record<string, unknown>, metadata: Record<string, unknown> = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", ...metadata },
  spec,
});
const container = (command: readonly string[], more: Record<string, unknown> = {}) => ({
  name: "c",
  image: "busybox:1.36",
  command,
  ...more,
});
const deployment = (name: string, replicas: number, command: readonly string[]) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "default" },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [container(command)] } },
  },
});

interface EventObject extends KubeObject {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly name: string };
}

const eventsOf = (test: TestCluster, name: string): readonly string[] =>
  test.cluster.client
    .list<EventObject>("events", "default")
    .filter((event) => event.involvedObject.name === name)
    .map((event) => `${event.reason}: ${event.message}`);

const stateOf = (test: TestCluster, name: string) =>
  test.cluster.client.get<Pod>("pods", "default", name)?.status?.containerStatuses?.[0];

let test: TestCluster;
beforeAll(async () => {
  await testImage();
});

describe("a fresh cluster", () => {
  it("runs the pods of a kubeadm cluster with canal", async () => {
    test = await bootTestCluster();
    const names = test
      .pods("kube-system")
      .map(({ metadata }) => metadata.name.replace(/-[a-z0-9]{8,10}-[a-z0-9]{5}$|-[a-z0-9]{5}$/, ""));
    expect([...new Set(names)]).toEqual([
      "calico-kube-controllers",
      "canal",
      "coredns",
      "etcd-controlplane",
      "kube-apiserver-controlplane",
      "kube-controller-manager-controlplane",
      "kube-proxy",
      "kube-scheduler-controlplane",
    ]);
    expect(test.pods("kube-system").map((each) => each.status?.phase)).toEqual(Array(13).fill("Running"));
    expect(test.faults).toEqual([]);
  });

  it("is at rest: a world from its image writes nothing by itself", async () => {
    test = await bootTestCluster();
    const { revision } = test.cluster.api.store;
    await test.pass(3600);
    expect(test.cluster.api.store.revision).toBe(revision);
  });
});

describe("controllers", () => {
  it("a Deployment becomes available pods and endpoints of its Service", async () => {
    test = await bootTestCluster();
    const { client } = test.cluster;
    client.create("services", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "default" },
      spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    client.create("deployments.apps", deployment("web", 3, ["nc", "-l", "8080"]));
    await test.pass(10);
    const made = client.get<Deployment>("deployments.apps", "default", "web");
    expect(made?.status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3 });
    expect(made?.status?.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`)).toEqual([
      "Available=True MinimumReplicasAvailable",
      "Progressing=True NewReplicaSetAvailable",
    ]);
    const [slice] = client
      .list<EndpointSlice>("endpointslices.discovery.k8s.io", "default")
      .filter(({ metadata }) => metadata.name.startsWith("web-"));
    expect(slice?.endpoints?.length).toBe(3);
    expect(eventsOf(test, "web")).toEqual([
      expect.stringMatching(/^ScalingReplicaSet: Scaled up replica set web-[a-z0-9]+ from 0 to 3$/),
    ]);
    const service = client.get<Service>("services", "default", "web");
    const flow = test.fabric.connect({
      source: "node:node01",
      address: service?.spec.clusterIP ?? "",
      port: 80,
      protocol: "TCP",
    });
    expect(flow.outcome).toBe("connected");
  });

  it("a rolling update surges by one, then replaces all pods and keeps the old ReplicaSet", async () => {
    const { client } = test.cluster;
    client.mutate<Deployment>("deployments.apps", "default", "web", (current) => ({
      ...current,
      spec: {
        ...current.spec,
        template: {
          ...current.spec.template,
          spec: { containers: [container(["nc", "-l", "-k", "8080"])] as never },
        },
      },
    }));
    await test.clock.drain();
    expect(test.pods().filter(({ metadata }) => metadata.name.startsWith("web-"))).toHaveLength(4);
    await test.pass(60);
    expect(test.pods().map((each) => each.spec.containers[0]?.command?.[2])).toEqual(["-k", "-k", "-k"]);
    const revision = client.get("deployments.apps", "default", "web")?.metadata.annotations;
    expect(revision?.["deployment.kubernetes.io/revision"]).toBe("2");
    expect(client.list("replicasets.apps", "default")).toHaveLength(2);
  });

  it("deleting a Deployment takes its ReplicaSets and pods with it", async () => {
    const { client } = test.cluster;
    client.delete("deployments.apps", "default", "web", { propagationPolicy: "Background" });
    await test.pass(5);
    expect(client.list("replicasets.apps", "default")).toEqual([]);
    expect(test.pods()).toEqual([]);
  });

  it("a claim that is deleted stays while a pod uses it, its volume while it is bound", async () => {
    const { client } = test.cluster;
    const size = { storage: "1Gi" };
    const accessModes = ["ReadWriteOnce"];
    client.create("persistentvolumes", {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "disk" },
      spec: { accessModes, capacity: size, hostPath: { path: "/srv/disk" }, storageClassName: "manual" },
    });
    client.create("persistentvolumeclaims", {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data", namespace: "default" },
      spec: { accessModes, resources: { requests: size }, storageClassName: "manual" },
    });
    client.create("pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "user", namespace: "default" },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [container(["sleep", "1000"])],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
      },
    });
    await test.pass(20);
    client.delete("persistentvolumes", "", "disk");
    client.delete("persistentvolumeclaims", "default", "data");
    await test.pass(20);
    expect(client.get("persistentvolumeclaims", "default", "data")?.metadata.deletionTimestamp).toBeDefined();
    expect(client.get("persistentvolumes", "", "disk")?.metadata.deletionTimestamp).toBeDefined();
    client.delete("pods", "default", "user");
    await test.pass(20);
    expect(client.get("persistentvolumeclaims", "default", "data")).toBeUndefined();
    expect(client.get("persistentvolumes", "", "disk")).toBeUndefined();
  });

  it("a Job completes, and one that fails waits before it tries again", async () => {
    const { client } = test.cluster;
    const job = (name: string, command: readonly string[]) => ({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name, namespace: "default" },
      spec: { template: { spec: { restartPolicy: "Never", containers: [container(command)] } } },
    });
    client.create("jobs.batch", job("good", ["echo", "hi"]));
    client.create("jobs.batch", job("bad", ["false"]));
    await test.pass(5);
    const good = client.get<Job>("jobs.batch", "default", "good");
    expect(good?.status?.conditions?.map(({ type }) => type)).toEqual(["SuccessCriteriaMet", "Complete"]);
    expect(eventsOf(test, "good").at(-1)).toMatch(/^(Completed: Job completed|SuccessfulCreate: .*)$/);
    expect(client.get<Job>("jobs.batch", "default", "bad")?.status?.failed).toBe(1);
    await test.pass(12);
    expect(client.get<Job>("jobs.batch", "default", "bad")?.status?.failed).toBe(2);
  });

  it("a namespace is emptied before it goes", async () => {
    const { client } = test.cluster;
    client.create("namespaces", { metadata: { name: "short" } });
    await test.clock.drain();
    expect(client.get("serviceaccounts", "short", "default")?.metadata.name).toBe("default");
    client.create("pods", pod("p", { containers: [container(["sleep", "1000"])] }, { namespace: "short" }));
    await test.pass(4);
    client.delete("namespaces", "", "short");
    await test.pass(2);
    expect(client.get("namespaces", "", "short")?.["status"]).toMatchObject({ phase: "Terminating" });
    await test.pass(40);
    expect(client.get("namespaces", "", "short")).toBeUndefined();
  });

  it("a pod that fits nowhere says why", async () => {
    const { client } = test.cluster;
    client.create(
      "pods",
      pod("huge", { containers: [container(["sleep", "1"], { resources: { requests: { cpu: "100" } } })] }),
    );
    client.create("pods", pod("picky", { nodeSelector: { disk: "ssd" }, containers: [container(["sleep", "1"])] }));
    await test.clock.drain();
    expect(eventsOf(test, "huge")).toEqual([
      "FailedScheduling: 0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
    ]);
    expect(eventsOf(test, "picky")).toEqual([
      "FailedScheduling: 0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
    ]);
  });
});

describe("the kubelet", () => {
  it("restarts a failing container at once, then after ten seconds", async () => {
    test = await bootTestCluster();
    test.cluster.client.create("pods", pod("crash", { containers: [container(["false"])] }));
    await test.pass(5);
    expect(stateOf(test, "crash")).toMatchObject({
      restartCount: 1,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 1, reason: "Error" } },
    });
    await test.pass(10);
    expect(stateOf(test, "crash")?.restartCount).toBe(2);
  });

  it("tells what is wrong with image, configuration and command", async () => {
    const { client } = test.cluster;
    client.create("pods", pod("no-image", { containers: [container(["x"], { image: "doesnotexist/x:1" })] }));
    const env = [{ name: "A", valueFrom: { configMapKeyRef: { name: "none", key: "k" } } }];
    client.create("pods", pod("no-config", { containers: [container(["echo"], { env })] }));
    client.create("pods", pod("no-command", { containers: [container(["nosuch"])] }));
    await test.pass(5);
    expect(stateOf(test, "no-image")?.state.waiting?.reason).toBe("ImagePullBackOff");
    expect(stateOf(test, "no-config")?.state.waiting).toEqual({
      message: 'configmap "none" not found',
      reason: "CreateContainerConfigError",
    });
    expect(stateOf(test, "no-command")?.lastState.terminated).toMatchObject({ exitCode: 128, reason: "StartError" });
  });

  it("runs init containers first and waits for readiness", async () => {
    const { client } = test.cluster;
    const initContainers = [{ name: "first", image: "busybox:1.36", command: ["sleep", "3"] }];
    const readinessProbe = { exec: { command: ["cat", "/ready"] }, periodSeconds: 1 };
    client.create(
      "pods",
      pod("slow", { initContainers, containers: [container(["sleep", "1000"], { readinessProbe })] }),
    );
    await test.pass(3);
    expect(client.get<Pod>("pods", "default", "slow")?.status?.phase).toBe("Pending");
    await test.pass(5);
    expect(stateOf(test, "slow")).toMatchObject({ ready: false, started: true });
    const node = client.get<Pod>("pods", "default", "slow")?.spec.nodeName ?? "";
    const worker = test.cluster.nodes.get(node)?.kubelet.workers.find(({ pod: each }) => each.metadata.name === "slow");
    const record = worker?.records.find(({ role }) => role === "main");
    if (record) worker?.life.runningOf(record)?.machine.fs.writeFile("/ready", "");
    await test.pass(2);
    expect(stateOf(test, "slow")?.ready).toBe(true);
  });

  it("answers exec of a missing program as the runtime does", async () => {
    const slow = test.cluster.client.get<Pod>("pods", "default", "slow");
    const agent = test.cluster.nodes.get(slow?.spec.nodeName ?? "")?.kubelet.agent;
    if (!slow || !agent) throw new Error("the pod of the test before is gone");
    const options = { container: "c", command: ["curl"], stdin: false, stdout: true, stderr: true, tty: false };
    const status: StatusObject = await agent.exec(slow, options).run({
      stdin: null,
      stdout: async () => {},
      stderr: async () => {},
      onResize: () => () => {},
      interruption: never,
    });
    expect(status.message).toMatch(
      /OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable file not found in \$PATH$/,
    );
  });

  it("keeps a deleted pod for its grace when it does not end by itself", async () => {
    const { client } = test.cluster;
    client.delete("pods", "default", "slow");
    await test.pass(29);
    expect(client.get("pods", "default", "slow")?.metadata.deletionTimestamp).toBeDefined();
    await test.pass(2);
    expect(client.get("pods", "default", "slow")).toBeUndefined();
    expect(test.faults).toEqual([]);
  });

  it("runs static pods from the manifest folder as long as the file is there", async () => {
    const node = test.cluster.nodes.get("node01");
    const manifest =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: local}\nspec: {containers: [{name: c, image: busybox, command: [sleep, '1000']}]}\n";
    node?.fs.writeFile("/etc/kubernetes/manifests/local.yaml", manifest);
    await test.pass(5);
    expect(test.cluster.client.get<Pod>("pods", "default", "local-node01")?.status?.phase).toBe("Running");
    node?.fs.unlink("/etc/kubernetes/manifests/local.yaml");
    await test.pass(40);
    expect(test.cluster.client.get("pods", "default", "local-node01")).toBeUndefined();
  });

  it("makes a deleted mirror pod again, and its containers run on", async () => {
    const node = test.cluster.nodes.get("node01");
    const manifest =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: again}\nspec: {containers: [{name: c, image: busybox, command: [sleep, '1000']}]}\n";
    node?.fs.writeFile("/etc/kubernetes/manifests/again.yaml", manifest);
    await test.pass(5);
    const before = stateOf(test, "again-node01");
    test.cluster.client.delete("pods", "default", "again-node01");
    await test.pass(5);
    expect(stateOf(test, "again-node01")).toEqual(before);
    expect(before?.state).toHaveProperty("running");
    node?.fs.unlink("/etc/kubernetes/manifests/again.yaml");
    await test.pass(40);
    expect(test.cluster.client.get("pods", "default", "again-node01")).toBeUndefined();
    expect(test.faults).toEqual([]);
  });
});

describe("the control plane is made of processes", () => {
  it("without etcd the API server fails, and ends when it is started anew", async () => {
    test = await bootTestCluster();
    const fs = test.cluster.nodes.get("controlplane")?.fs;
    const path = "/etc/kubernetes/manifests/etcd.yaml";
    const manifest = fs?.readText(path) ?? "";
    const ask = (target: string) =>
      test.cluster.api.server.handle({
        method: "GET",
        path: target,
        query: [],
        headers: {},
        body: new Uint8Array(),
        identity: { certificate: undefined },
      } as unknown as Parameters<typeof test.cluster.api.server.handle>[0]);
    expect((await ask("/readyz")).status).toBe(200);
    fs?.unlink(path);
    await test.pass(40);
    expect((await ask("/readyz")).status).toBe(500);
    expect(JSON.stringify(await ask("/api/v1/nodes"))).toContain("etcdserver: request timed out");
    const apiServer = () =>
      test.cluster.client.get<Pod>("pods", "kube-system", "kube-apiserver-controlplane")?.status
        ?.containerStatuses?.[0];
    await test.pass(240);
    expect(apiServer()).toMatchObject({ ready: false, lastState: { terminated: { exitCode: 1 } } });
    fs?.writeFile(path, manifest);
    await test.pass(400);
    expect(apiServer()).toMatchObject({ ready: true, state: { running: {} } });
    expect(test.faults).toEqual([]);
  });

  it("without the scheduler's manifest pods stay Pending without an event", async () => {
    test = await bootTestCluster();
    const fs = test.cluster.nodes.get("controlplane")?.fs;
    const path = "/etc/kubernetes/manifests/kube-scheduler.yaml";
    const manifest = fs?.readText(path) ?? "";
    fs?.unlink(path);
    await test.pass(40);
    test.cluster.client.create("pods", pod("waits", { containers: [container(["sleep", "1000"])] }));
    await test.pass(10);
    expect(test.cluster.client.get<Pod>("pods", "default", "waits")?.spec.nodeName).toBeUndefined();
    expect(eventsOf(test, "waits")).toEqual([]);
    fs?.writeFile(path, manifest);
    await test.pass(30);
    expect(test.cluster.client.get<Pod>("pods", "default", "waits")?.status?.phase).toBe("Running");
  });

  it("without kube-apiserver nobody listens on 6443", async () => {
    const request = { source: "node:node01", address: "172.30.1.2", port: 6443, protocol: "TCP" as const };
    expect(test.fabric.connect(request).outcome).toBe("connected");
    test.cluster.nodes.get("controlplane")?.fs.unlink("/etc/kubernetes/manifests/kube-apiserver.yaml");
    await test.pass(40);
    expect(test.fabric.connect(request).outcome).toBe("refused");
  });
});

describe("snapshots", () => {
  it("bring back pods, logs and files without a restart being counted", async () => {
    test = await bootTestCluster();
    const { client } = test.cluster;
    client.create("deployments.apps", deployment("web", 2, ["nc", "-l", "8080"]));
    await test.pass(10);
    const image = await testImage();
    const before = test.pods();
    const snapshot = JSON.parse(JSON.stringify(test.cluster.snapshot(image)));
    const again = createTestCluster({ image, snapshot, startMs: test.clock.now(), randomState: 9 });
    await again.pass(1);
    expect(again.pods()).toEqual(before);
    const taken = JSON.parse(JSON.stringify(again.cluster.snapshot(image)));
    expect(taken).toEqual({ ...snapshot, store: { ...snapshot.store, compactRevision: snapshot.store.revision } });
    const address = before[0]?.status?.podIP ?? "";
    expect(again.fabric.connect({ source: "node:node02", address, port: 8080, protocol: "TCP" }).outcome).toBe(
      "connected",
    );
    expect(again.faults).toEqual([]);
  });

  it("the same commands with the same seed give the same objects", async () => {
    const play = async (): Promise<string> => {
      const world = createTestCluster({ image: await testImage(), startMs: START_MS + 600_000, randomState: 3 });
      world.cluster.client.create("deployments.apps", deployment("web", 3, ["nc", "-l", "8080"]));
      await world.pass(20);
      return JSON.stringify(world.cluster.api.store.image());
    };
    expect(await play()).toBe(await play());
  });
});

describe("the network plugin", () => {
  it("flannel takes policies and enforces none; a running calico-node makes them count", async () => {
    const flannel = createTestCluster({ scenario: { plugin: "flannel" } });
    await flannel.pass(120);
    expect(flannel.pods("kube-flannel").map((each) => each.status?.phase)).toEqual(["Running", "Running", "Running"]);
    expect(flannel.fabric.profile.enforcesPolicies).toBe(false);
    const calico = { name: "calico", namespace: "kube-system" };
    const spec = { hostNetwork: true, containers: [{ name: "node", image: "docker.io/calico/node:v3.32.1" }] };
    flannel.cluster.client.create("pods", { apiVersion: "v1", kind: "Pod", metadata: calico, spec });
    await flannel.pass(30);
    expect(flannel.fabric.profile.enforcesPolicies).toBe(true);
  });
});
