import { describe, expect, it } from "vitest";
import { createTestServer, podManifest, type TestServer } from "../testing/test-server.ts";

const PODS = "/api/v1/namespaces/default/pods";

function bind(server: TestServer, name: string): void {
  server.client.create("pods/binding", {
    metadata: { name, namespace: "default" },
    target: { kind: "Node", name: "node01" },
  });
}

describe("deleting a pod", () => {
  it("waits for the kubelet when the pod has a node", async () => {
    const server = createTestServer();
    server.client.create("pods", podManifest("p"));
    bind(server, "p");
    const deleted = await server.call("DELETE", `${PODS}/p`);
    expect(deleted.json.metadata).toMatchObject({
      deletionTimestamp: "2026-11-21T10:00:30Z",
      deletionGracePeriodSeconds: 30,
      generation: 2,
    });
    expect((await server.call("DELETE", `${PODS}/p?gracePeriodSeconds=0`)).status).toBe(200);
    expect(server.client.get("pods", "default", "p")).toBeUndefined();
  });

  it("is immediate for a pod without a node, or one that has ended", async () => {
    const server = createTestServer();
    server.client.create("pods", podManifest("p"));
    await server.call("DELETE", `${PODS}/p`);
    expect(server.client.get("pods", "default", "p")).toBeUndefined();
    server.client.create("pods", podManifest("q"));
    bind(server, "q");
    server.client.mutate("pods", "default", "q", (pod) => ({ ...pod, status: { phase: "Succeeded" } }), {
      subresource: "status",
    });
    await server.call("DELETE", `${PODS}/q`);
    expect(server.client.get("pods", "default", "q")).toBeUndefined();
  });

  it("waits for finalizers and ends with the last of them", async () => {
    const server = createTestServer();
    const manifest = podManifest("p");
    server.client.create("pods", { ...manifest, metadata: { ...manifest.metadata, finalizers: ["example.com/wait"] } });
    await server.call("DELETE", `${PODS}/p?gracePeriodSeconds=0`);
    expect(server.client.get("pods", "default", "p")?.metadata.deletionTimestamp).toBeDefined();
    await server.call("PATCH", `${PODS}/p`, {
      body: { metadata: { finalizers: null } },
      headers: { "content-type": "application/merge-patch+json" },
    });
    expect(server.client.get("pods", "default", "p")).toBeUndefined();
  });
});

describe("deleting with a propagation policy", () => {
  it.each([
    ["Foreground", "foregroundDeletion"],
    ["Orphan", "orphan"],
  ])("%s leaves the rest to the garbage collector", async (propagationPolicy, finalizer) => {
    const server = createTestServer();
    const url = "/api/v1/namespaces/default/configmaps";
    await server.call("POST", url, { body: { metadata: { name: "c" } } });
    const deleted = await server.call("DELETE", `${url}/c`, { body: { propagationPolicy } });
    expect(deleted.json.metadata.finalizers).toEqual([finalizer]);
    expect(deleted.json.metadata.deletionTimestamp).toBeDefined();
  });
});

describe("subresources", () => {
  it("status changes nothing else, and the object's own update not the status", async () => {
    const server = createTestServer();
    server.client.create("pods", podManifest("p"));
    const pod = server.client.get("pods", "default", "p");
    const changed = {
      ...pod,
      spec: { ...(pod?.["spec"] as object), schedulerName: "other" },
      status: { phase: "Running" },
    };
    const status = await server.call("PUT", `${PODS}/p/status`, { body: changed });
    expect(status.json.spec.schedulerName).toBe("default-scheduler");
    expect(status.json.status.phase).toBe("Running");
    const again = await server.call("PATCH", `${PODS}/p`, {
      body: { status: { phase: "Failed" }, metadata: { labels: { a: "b" } } },
      headers: { "content-type": "application/merge-patch+json" },
    });
    expect(again.json.status.phase).toBe("Running");
    expect(again.json.metadata.labels).toEqual({ a: "b" });
  });

  it("scale reads and sets the replicas", async () => {
    const server = createTestServer();
    const url = "/apis/apps/v1/namespaces/default/deployments";
    await server.call("POST", url, {
      body: {
        metadata: { name: "web" },
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: "web" } },
          template: {
            metadata: { labels: { app: "web" } },
            spec: { containers: [{ name: "c", image: "nginx" }] },
          },
        },
      },
    });
    const scale = (await server.call("GET", `${url}/web/scale`)).json;
    expect(scale).toMatchObject({ kind: "Scale", spec: { replicas: 2 }, status: { replicas: 0, selector: "app=web" } });
    const scaled = await server.call("PATCH", `${url}/web/scale`, {
      body: { spec: { replicas: 5 } },
      headers: { "content-type": "application/merge-patch+json" },
    });
    expect(scaled.json.spec.replicas).toBe(5);
    const deployment = (await server.call("GET", `${url}/web`)).json;
    expect(deployment.spec.replicas).toBe(5);
    expect(deployment.metadata.generation).toBe(2);
    expect((await server.call("PUT", `${url}/web/scale`, { body: { ...scale, spec: { replicas: 1 } } })).status).toBe(
      409,
    );
  });

  it("binding happens once", async () => {
    const server = createTestServer();
    server.client.create("pods", podManifest("p"));
    bind(server, "p");
    const body = { metadata: { name: "p" }, target: { kind: "Node", name: "node02" } };
    const refused = await server.call("POST", `${PODS}/p/binding`, { body });
    expect(refused.json.message).toBe(
      'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "node01"',
    );
  });

  it("log wants a container when there are several", async () => {
    const server = createTestServer();
    server.client.create("pods", {
      metadata: { name: "two", namespace: "default" },
      spec: {
        initContainers: [{ name: "i", image: "busybox" }],
        containers: [
          { name: "a", image: "nginx" },
          { name: "b", image: "nginx" },
        ],
      },
    });
    expect((await server.call("GET", `${PODS}/two/log`)).json.message).toBe(
      "a container name must be specified for pod two, choose one of: [a b] or one of the init containers: [i]",
    );
    expect((await server.call("GET", `${PODS}/two/log?container=x`)).json.message).toBe(
      "container x is not valid for pod two",
    );
    expect((await server.call("POST", `${PODS}/two/exec?container=a&command=ls`)).json.message).toBe(
      "pod two does not have a host assigned",
    );
  });

  it("a kind without it does not know it", async () => {
    const server = createTestServer();
    await server.call("POST", "/api/v1/namespaces/default/configmaps", { body: { metadata: { name: "c" } } });
    const refused = await server.call("PATCH", "/api/v1/namespaces/default/configmaps/c/status", { body: {} });
    expect(refused.json.message).toBe("the server could not find the requested resource");
  });
});

describe("lists", () => {
  it("come in pages of one revision", async () => {
    const server = createTestServer();
    const url = "/api/v1/namespaces/default/configmaps";
    for (const name of ["a", "b", "c"]) await server.call("POST", url, { body: { metadata: { name } } });
    const first = (await server.call("GET", `${url}?limit=2`)).json;
    expect(first.metadata.remainingItemCount).toBe(1);
    await server.call("DELETE", `${url}/c`);
    const second = (await server.call("GET", `${url}?limit=2&continue=${first.metadata.continue}`)).json;
    expect(second.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(["c"]);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });
});

describe("watches", () => {
  it("end with 410 when their past is gone", async () => {
    const server = createTestServer();
    server.client.create("configmaps", { metadata: { name: "a", namespace: "default" } });
    server.store.compact(server.store.revision);
    const answer = await server.call("GET", "/api/v1/configmaps?watch=1&resourceVersion=1");
    expect(JSON.parse(answer.text)).toMatchObject({
      type: "ERROR",
      object: { code: 410, reason: "Expired", message: "too old resource version: 1 (3)" },
    });
  });

  it("show what leaves a selection as deleted", async () => {
    const server = createTestServer();
    const watch = server.call("GET", "/api/v1/configmaps?watch=1&labelSelector=a%3Db&timeoutSeconds=1");
    server.client.create("configmaps", { metadata: { name: "c", namespace: "default", labels: { a: "b" } } });
    server.client.mutate("configmaps", "default", "c", (object) => ({
      ...object,
      metadata: { ...object.metadata, labels: {} },
    }));
    await Promise.resolve();
    server.clock.advance(1_000);
    const lines = (await watch).text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.type)).toEqual(["ADDED", "DELETED"]);
    expect(lines[1].object.metadata.labels).toEqual({ a: "b" });
  });
});

describe("events", () => {
  it("are counted when they repeat, and forgotten after an hour", () => {
    const server = createTestServer();
    const involved = server.client.create<ReturnType<typeof podManifest>>("pods", podManifest("p"));
    const event = { involved, type: "Normal", reason: "Pulled", message: "m", component: "kubelet" } as const;
    server.client.recordEvent(event);
    server.client.recordEvent(event);
    expect(server.client.list("events").map((each) => each["count"])).toEqual([2]);
    server.clock.advance(3_601_000);
    server.client.recordEvent({ ...event, reason: "Other" });
    expect(server.client.list("events").map((each) => each["reason"])).toEqual(["Other"]);
  });
});

it("reading Endpoints warns of their deprecation", async () => {
  const { call } = createTestServer();
  expect((await call("GET", "/api/v1/endpoints")).headers["warning"]).toBe(
    '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
  );
});

it("the server brings its own Service back", async () => {
  const server = createTestServer();
  server.client.create("services", {
    metadata: { name: "kubernetes", namespace: "default" },
    spec: { clusterIP: "10.96.0.1", ports: [{ port: 443 }] },
  });
  await server.call("DELETE", "/api/v1/namespaces/default/services/kubernetes");
  await Promise.resolve();
  server.clock.advance(9_999);
  expect(server.client.get("services", "default", "kubernetes")).toBeUndefined();
  server.clock.advance(1);
  expect(server.client.get("services", "default", "kubernetes")).toMatchObject({ spec: { clusterIP: "10.96.0.1" } });
});

it("an empty list sent again counts as a change of a NetworkPolicy", async () => {
  const server = createTestServer();
  const url = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies";
  const body = { metadata: { name: "deny" }, spec: { podSelector: {}, ingress: [] } };
  const created = (await server.call("POST", url, { body })).json;
  expect(created.metadata.generation).toBe(1);
  expect(created.spec).toEqual({ podSelector: {}, policyTypes: ["Ingress"] });
  const patched = await server.call("PATCH", `${url}/deny`, {
    body: { spec: { ingress: [] } },
    headers: { "content-type": "application/strategic-merge-patch+json" },
  });
  expect(patched.json.metadata.generation).toBe(2);
  const labelled = await server.call("PATCH", `${url}/deny`, {
    body: { metadata: { labels: { a: "b" } } },
    headers: { "content-type": "application/merge-patch+json" },
  });
  expect(labelled.json.metadata.generation).toBe(2);
});

describe("creating", () => {
  it("gives a Job with a drawn name that name in its labels", async () => {
    const server = createTestServer();
    const { json } = await server.call("POST", "/apis/batch/v1/namespaces/default/jobs", {
      body: {
        metadata: { generateName: "j-" },
        spec: { template: { spec: { ...podSpec(), restartPolicy: "Never" } } },
      },
    });
    expect(json.metadata.name).toMatch(/^j-[a-z0-9]{5}$/);
    expect(json.spec.template.metadata.labels["job-name"]).toBe(json.metadata.name);
  });

  it("lets a StatefulSet mount a claim that only its claim templates name", async () => {
    const server = createTestServer();
    const template = podSpec({ volumeMounts: [{ name: "data", mountPath: "/data" }] });
    const labels = { app: "db" };
    const { status } = await server.call("POST", "/apis/apps/v1/namespaces/default/statefulsets", {
      body: {
        metadata: { name: "db" },
        spec: {
          serviceName: "db",
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: template },
          volumeClaimTemplates: [claim("data")],
        },
      },
    });
    expect(status).toBe(201);
  });

  it("protects claims and volumes", async () => {
    const server = createTestServer();
    const { json } = await server.call("POST", "/api/v1/namespaces/default/persistentvolumeclaims", {
      body: claim("c"),
    });
    expect(json.metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
  });
});

const podSpec = (container: object = {}) => ({ containers: [{ name: "c", image: "busybox", ...container }] });

const claim = (name: string) => ({
  metadata: { name },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
});
