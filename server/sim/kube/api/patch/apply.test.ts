import { describe, expect, it } from "vitest";
import { createTestServer } from "../../testing/test-server.ts";

const URL = "/api/v1/namespaces/default/configmaps/c";
const config = (data: Record<string, string>) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c" },
  data,
});
const apply = (server: ReturnType<typeof createTestServer>, data: Record<string, string>, query: string) =>
  server.call("PATCH", `${URL}?${query}`, {
    body: config(data),
    headers: { "content-type": "application/apply-patch+yaml" },
  });

describe("server-side apply", () => {
  it("records what the manager applied and creates the object if it is missing", async () => {
    const server = createTestServer();
    const created = await apply(server, { k: "v" }, "fieldManager=kubectl");
    expect(created.status).toBe(201);
    expect(created.json.metadata.managedFields).toEqual([
      {
        manager: "kubectl",
        operation: "Apply",
        apiVersion: "v1",
        time: "2026-11-21T10:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:data": { "f:k": {} } },
      },
    ]);
  });

  it("refuses to change another manager's field, unless forced", async () => {
    const server = createTestServer();
    await apply(server, { k: "v" }, "fieldManager=kubectl");
    await server.call("PATCH", URL, {
      body: { data: { k: "changed" } },
      headers: { "content-type": "application/merge-patch+json", "user-agent": "kubectl-patch/v1" },
    });
    const refused = await apply(server, { k: "v" }, "fieldManager=kubectl");
    expect(refused.status).toBe(409);
    expect(refused.json.message).toBe('Apply failed with 1 conflict: conflict with "kubectl-patch" using v1: .data.k');
    const forced = await apply(server, { k: "v" }, "fieldManager=kubectl&force=true");
    expect(forced.json.data).toEqual({ k: "v" });
    expect(forced.json.metadata.managedFields).toHaveLength(1);
    const other = await apply(server, { k: "other" }, "fieldManager=other");
    expect(other.json.message).toBe('Apply failed with 1 conflict: conflict with "kubectl": .data.k');
  });

  it("takes over from client-side apply what is as that left it, and keeps its annotation", async () => {
    const server = createTestServer();
    const lastApplied = (data: Record<string, string>) => `${JSON.stringify({ ...config(data), data })}\n`;
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": lastApplied({ a: "1", b: "2" }) };
    await server.call("POST", "/api/v1/namespaces/default/configmaps", {
      body: { ...config({ a: "1", b: "2" }), metadata: { name: "c", annotations } },
      headers: { "user-agent": "kubectl-client-side-apply/v1" },
    });
    await server.call("PATCH", URL, {
      body: { data: { b: "edited" } },
      headers: { "content-type": "application/merge-patch+json", "user-agent": "kubectl-edit/v1" },
    });
    expect((await apply(server, { a: "x", b: "y" }, "fieldManager=kubectl")).json.message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.b',
    );
    expect((await apply(server, { a: "x" }, "fieldManager=other")).status).toBe(409);
    const taken = await apply(server, { a: "x" }, "fieldManager=kubectl");
    expect(taken.json.data).toEqual({ a: "x", b: "edited" });
    expect(taken.json.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]).toBe(
      '{"apiVersion":"v1","data":{"a":"x"},"kind":"ConfigMap","metadata":{"name":"c"}}\n',
    );
  });

  it("removes what the manager no longer applies, but not what others own", async () => {
    const server = createTestServer();
    await apply(server, { a: "1", b: "2", c: "3" }, "fieldManager=one");
    await apply(server, { b: "2" }, "fieldManager=two");
    const again = await apply(server, { a: "1" }, "fieldManager=one");
    expect(again.json.data).toEqual({ a: "1", b: "2" });
  });

  it("does not write when nothing changes", async () => {
    const server = createTestServer();
    await apply(server, { a: "1" }, "fieldManager=one");
    const before = server.store.revision;
    server.clock.advance(60_000);
    await apply(server, { a: "1" }, "fieldManager=one");
    expect(server.store.revision).toBe(before);
  });

  it("merges containers by name and keeps the server's other ones", async () => {
    const server = createTestServer();
    const url = "/api/v1/namespaces/default/pods/p";
    const pod = (image: string) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: {
        containers: [
          { name: "a", image },
          { name: "b", image: "nginx" },
        ],
      },
    });
    const send = (image: string) =>
      server.call("PATCH", `${url}?fieldManager=me`, {
        body: pod(image),
        headers: { "content-type": "application/apply-patch+yaml" },
      });
    await send("nginx:1");
    const changed = await send("nginx:2");
    expect(changed.json.spec.containers.map((each: { image: string }) => each.image)).toEqual(["nginx:2", "nginx"]);
    expect(changed.json.metadata.managedFields[0].fieldsV1["f:spec"]["f:containers"]['k:{"name":"a"}']).toEqual({
      ".": {},
      "f:image": {},
      "f:name": {},
    });
  });
});
