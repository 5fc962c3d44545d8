import { describe, expect, it } from "vitest";
import { createTestServer, podManifest } from "../../testing/test-server.ts";

const PODS = "/api/v1/namespaces/default/pods";

describe("admission of pods", () => {
  it("mounts the account's token in every container that has nothing there", async () => {
    const { call } = createTestServer();
    const manifest = {
      ...podManifest("p"),
      spec: {
        initContainers: [{ name: "i", image: "busybox" }],
        containers: [
          {
            name: "a",
            image: "nginx",
            volumeMounts: [{ name: "own", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" }],
          },
          { name: "b", image: "nginx" },
        ],
        volumes: [{ name: "own", emptyDir: {} }],
      },
    };
    const { spec } = (await call("POST", PODS, { body: manifest })).json;
    const mounts = (container: { volumeMounts: { name: string }[] }) => container.volumeMounts.map(({ name }) => name);
    expect(mounts(spec.containers[0])).toEqual(["own"]);
    expect(mounts(spec.containers[1])[0]).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    expect(mounts(spec.initContainers[0])).toEqual(mounts(spec.containers[1]));
    expect(spec.volumes).toHaveLength(2);
  });

  it("leaves the token out where account or pod say so", async () => {
    const { call, client } = createTestServer();
    client.mutate("serviceaccounts", "default", "default", (account) => ({
      ...account,
      automountServiceAccountToken: false,
    }));
    const { spec } = (await call("POST", PODS, { body: podManifest("p") })).json;
    expect(spec.volumes).toBeUndefined();
  });

  it("wants the account to be there", async () => {
    const { call } = createTestServer();
    const manifest = podManifest("sa");
    const body = { ...manifest, spec: { ...(manifest["spec"] as object), serviceAccountName: "nosuch" } };
    expect((await call("POST", PODS, { body })).json.message).toBe(
      'pods "sa" is forbidden: error looking up service account default/nosuch: serviceaccount "nosuch" not found',
    );
  });

  it("resolves the priority class", async () => {
    const { call, client } = createTestServer();
    client.create("priorityclasses.scheduling.k8s.io", { metadata: { name: "high" }, value: 1000 });
    const manifest = podManifest("p");
    const withClass = (priorityClassName: string) => ({
      body: { ...manifest, spec: { ...(manifest["spec"] as object), priorityClassName } },
    });
    expect((await call("POST", PODS, withClass("nosuch"))).json.message).toBe(
      'pods "p" is forbidden: no PriorityClass with name nosuch was found',
    );
    expect((await call("POST", PODS, withClass("high"))).json.spec).toMatchObject({ priority: 1000 });
  });

  it("fills in a LimitRange's defaults and keeps its bounds", async () => {
    const { call, client } = createTestServer();
    client.create("limitranges", {
      metadata: { name: "limits", namespace: "default" },
      spec: {
        limits: [{ type: "Container", default: { cpu: "500m" }, defaultRequest: { cpu: "250m" }, max: { cpu: "1" } }],
      },
    });
    const created = await call("POST", PODS, { body: podManifest("p") });
    expect(created.json.spec.containers[0].resources).toEqual({ limits: { cpu: "500m" }, requests: { cpu: "250m" } });
    expect(created.json.metadata.annotations["kubernetes.io/limit-ranger"]).toBe(
      "LimitRanger plugin set: cpu request for container c; cpu limit for container c",
    );
    const greedy = podManifest("q");
    const spec = { containers: [{ name: "c", image: "nginx", resources: { limits: { cpu: "2" } } }] };
    expect((await call("POST", PODS, { body: { ...greedy, spec } })).json.message).toBe(
      'pods "q" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
    );
  });

  it("counts against a ResourceQuota", async () => {
    const { call, client } = createTestServer();
    client.create("resourcequotas", { metadata: { name: "q", namespace: "default" }, spec: { hard: { pods: "1" } } });
    expect((await call("POST", PODS, { body: podManifest("a") })).status).toBe(201);
    expect((await call("POST", PODS, { body: podManifest("b") })).json.message).toBe(
      'pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    );
  });

  it("demands the fields a compute quota is about", async () => {
    const { call, client } = createTestServer();
    client.create("resourcequotas", {
      metadata: { name: "q", namespace: "default" },
      spec: { hard: { "limits.cpu": "1", "requests.memory": "1Gi" } },
    });
    expect((await call("POST", PODS, { body: podManifest("a") })).json.message).toBe(
      'pods "a" is forbidden: failed quota: q: must specify limits.cpu for: c; requests.memory for: c',
    );
  });
});

describe("a pod whose name is generated", () => {
  const generated = { ...podManifest(""), metadata: { generateName: "web-" } };

  it("is refused by its prefix before the name is drawn, and by its name after", async () => {
    const { call, client } = createTestServer();
    const nosuch = {
      ...generated,
      spec: { serviceAccountName: "nosuch", containers: [{ name: "c", image: "nginx" }] },
    };
    expect((await call("POST", PODS, { body: nosuch })).json.message).toMatch(
      /^pods "web-" is forbidden: error looking/,
    );
    client.create("resourcequotas", {
      metadata: { name: "q", namespace: "default" },
      spec: { hard: { pods: "0" } },
    });
    expect((await call("POST", PODS, { body: generated })).json.message).toMatch(
      /^pods "web-[a-z0-9]{5}" is forbidden: exceeded quota: q/,
    );
  });
});

describe("the pod security labels of a namespace", () => {
  const label = (server: ReturnType<typeof createTestServer>, labels: Record<string, string>) =>
    server.call("PATCH", "/api/v1/namespaces/default", {
      body: { metadata: { labels } },
      headers: { "content-type": "application/merge-patch+json" },
    });

  it("must name a level and a version", async () => {
    const server = createTestServer();
    const refused = await label(server, {
      "pod-security.kubernetes.io/enforce": "strict",
      "pod-security.kubernetes.io/warn-version": "1.2",
    });
    expect(refused.json.message).toBe(
      'Namespace "default" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.2": must be "latest" or "v1.x"]',
    );
  });

  it("warn of pods that do not keep a higher level", async () => {
    const server = createTestServer();
    server.client.create("pods", podManifest("a"));
    server.client.create("pods", podManifest("b"));
    const { headers } = await label(server, { "pod-security.kubernetes.io/enforce": "restricted" });
    const warnings = [
      'existing pods in namespace "default" violate the new PodSecurity enforce level "restricted:latest"',
      "a (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile",
    ];
    expect(headers["warning"]).toBe(warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(", "));
  });
});

describe("pod security", () => {
  const RESTRICTED =
    'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")';

  function startWith(labels: Record<string, string>) {
    const server = createTestServer();
    server.client.mutate("namespaces", "", "default", (namespace) => ({
      ...namespace,
      metadata: { ...namespace.metadata, labels: { ...namespace.metadata.labels, ...labels } },
    }));
    return server;
  }

  it("refuses a pod below the level the namespace enforces", async () => {
    const { call } = startWith({ "pod-security.kubernetes.io/enforce": "restricted" });
    expect((await call("POST", PODS, { body: podManifest("p") })).json.message).toBe(
      `pods "p" is forbidden: violates PodSecurity "restricted:latest": ${RESTRICTED}`,
    );
    const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, runAsNonRoot: true };
    const spec = {
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      containers: [{ name: "c", image: "nginx", securityContext }],
    };
    expect((await call("POST", PODS, { body: { ...podManifest("p"), spec } })).status).toBe(201);
  });

  it("warns where the namespace says so, of templates too", async () => {
    const { call } = startWith({ "pod-security.kubernetes.io/warn": "restricted" });
    const created = await call("POST", PODS, { body: podManifest("p") });
    expect(created.status).toBe(201);
    const warning = JSON.stringify(`would violate PodSecurity "restricted:latest": ${RESTRICTED}`);
    expect(created.headers["warning"]).toBe(`299 - ${warning}`);
    const template = { metadata: { labels: { a: "b" } }, spec: podManifest("p")["spec"] };
    const deployment = { metadata: { name: "d" }, spec: { selector: { matchLabels: { a: "b" } }, template } };
    const url = "/apis/apps/v1/namespaces/default/deployments";
    expect((await call("POST", url, { body: deployment })).headers["warning"]).toBe(`299 - ${warning}`);
  });

  it("at baseline forbids the host's things", async () => {
    const { call } = startWith({ "pod-security.kubernetes.io/enforce": "baseline" });
    const container = {
      name: "c",
      image: "nginx",
      securityContext: { privileged: true },
      ports: [{ containerPort: 80, hostPort: 80 }],
    };
    const spec = { hostNetwork: true, containers: [container], volumes: [{ name: "v", hostPath: { path: "/" } }] };
    expect((await call("POST", PODS, { body: { ...podManifest("p"), spec } })).json.message).toBe(
      'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true), hostPath volumes (volume "v"), hostPort (container "c" uses hostPort 80), privileged (container "c" must not set securityContext.privileged=true)',
    );
  });
});

describe("a namespace", () => {
  it("carries its name as a label", () => {
    const { client } = createTestServer();
    expect(client.get("namespaces", "", "default")?.metadata.labels).toEqual({
      "kubernetes.io/metadata.name": "default",
    });
  });

  it("that is going away takes nothing new", async () => {
    const { call, client } = createTestServer();
    client.create("namespaces", { metadata: { name: "old" } });
    const deleted = await call("DELETE", "/api/v1/namespaces/old");
    expect(deleted.json.status.phase).toBe("Terminating");
    const refused = await call("POST", "/api/v1/namespaces/old/configmaps", { body: { metadata: { name: "c" } } });
    expect(refused.json).toMatchObject({
      message:
        'configmaps "c" is forbidden: unable to create new content in namespace old because it is being terminated',
      code: 403,
      details: { causes: [{ reason: "NamespaceTerminating", field: "metadata.namespace" }] },
    });
    client.mutate("namespaces", "", "old", (namespace) => ({ ...namespace, spec: { finalizers: [] } }));
    expect(client.get("namespaces", "", "old")).toBeUndefined();
  });

  it("of the system cannot be deleted", async () => {
    const { call } = createTestServer();
    expect((await call("DELETE", "/api/v1/namespaces/default")).json.message).toBe(
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
  });
});
