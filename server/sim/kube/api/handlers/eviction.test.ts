import { describe, expect, it } from "vitest";
import { createTestServer, podManifest, type TestServer } from "../../testing/test-server.ts";

const LABELS = { app: "web" };

/** A server with running, ready pods `p0` … and a budget over them that allows `disruptionsAllowed` evictions. */
function withBudget(disruptionsAllowed: number): TestServer {
  const server = createTestServer();
  for (const name of ["p0", "p1"]) {
    const manifest = podManifest(name);
    server.client.create("pods", { ...manifest, metadata: { ...manifest.metadata, labels: LABELS } });
    server.client.create("pods/binding", {
      metadata: { name, namespace: "default" },
      target: { kind: "Node", name: "node01" },
    });
    server.client.mutate("pods", "default", name, (pod) => ({ ...pod, status: { phase: "Running" } }), {
      subresource: "status",
    });
  }
  server.client.create("poddisruptionbudgets.policy", {
    metadata: { name: "budget", namespace: "default" },
    spec: { minAvailable: 1, selector: { matchLabels: LABELS } },
  });
  server.client.mutate(
    "poddisruptionbudgets.policy",
    "default",
    "budget",
    (budget) => ({
      ...budget,
      status: {
        observedGeneration: 1,
        disruptionsAllowed,
        currentHealthy: 1 + disruptionsAllowed,
        desiredHealthy: 1,
        expectedPods: 2,
        conditions: [
          {
            type: "DisruptionAllowed",
            status: "True",
            observedGeneration: 1,
            lastTransitionTime: "2026-11-21T10:00:00Z",
            reason: "SufficientPods",
            message: "",
          },
        ],
      },
    }),
    { subresource: "status" },
  );
  return server;
}

function evict(server: TestServer, name: string, dryRun = false) {
  return server.call("POST", `/api/v1/namespaces/default/pods/${name}/eviction`, {
    body: {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name, namespace: "default" },
      ...(dryRun ? { deleteOptions: { dryRun: ["All"] } } : {}),
    },
  });
}

describe("evicting a pod", () => {
  it("spends one disruption of the budget, and notes the pod in it", async () => {
    const server = withBudget(1);
    expect(await evict(server, "p0")).toMatchObject({ status: 201, json: { kind: "Status", status: "Success" } });
    expect(server.client.get("pods", "default", "p0")?.metadata.deletionTimestamp).toBeDefined();
    expect(server.client.get("poddisruptionbudgets.policy", "default", "budget")).toMatchObject({
      status: { disruptionsAllowed: 0, disruptedPods: { p0: "2026-11-21T10:00:00Z" } },
    });
  });

  it("is refused with 429 when the budget is spent", async () => {
    const server = withBudget(1);
    await evict(server, "p0");
    const refused = await evict(server, "p1");
    expect(refused.status).toBe(429);
    expect(refused.json).toMatchObject({
      reason: "TooManyRequests",
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          {
            reason: "DisruptionBudget",
            message: "The disruption budget budget needs 1 healthy pods and has 2 currently",
          },
        ],
      },
    });
    expect(server.client.get("pods", "default", "p1")?.metadata.deletionTimestamp).toBeUndefined();
  });
});
