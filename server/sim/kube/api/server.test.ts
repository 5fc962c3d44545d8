import { describe, expect, it } from "vitest";
import { createTestServer } from "../testing/test-server.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const configMap = (name: string, data: Record<string, string> = { a: "1" }) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});

describe("the API server", () => {
  it("creates, reads, lists, replaces, patches and deletes an object", async () => {
    const { call } = createTestServer();
    const created = await call("POST", CONFIG_MAPS, { body: configMap("c") });
    expect(created.status).toBe(201);
    expect(created.json.metadata).toMatchObject({ name: "c", namespace: "default" });
    expect((await call("GET", `${CONFIG_MAPS}/c`)).json.data).toEqual({ a: "1" });
    const list = await call("GET", CONFIG_MAPS);
    expect(list.json.kind).toBe("ConfigMapList");
    expect(list.json.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(["c"]);
    const replaced = await call("PUT", `${CONFIG_MAPS}/c`, { body: configMap("c", { b: "2" }) });
    expect(replaced.json.data).toEqual({ b: "2" });
    const patched = await call("PATCH", `${CONFIG_MAPS}/c`, {
      body: { data: { b: null, c: "3" } },
      headers: { "content-type": "application/merge-patch+json" },
    });
    expect(patched.json.data).toEqual({ c: "3" });
    const deleted = await call("DELETE", `${CONFIG_MAPS}/c`);
    expect(deleted.json).toMatchObject({
      kind: "Status",
      status: "Success",
      details: { name: "c", kind: "configmaps" },
    });
    expect((await call("GET", `${CONFIG_MAPS}/c`)).json.message).toBe('configmaps "c" not found');
  });

  it("does not write an object that a request leaves as it is", async () => {
    const { call, store } = createTestServer();
    await call("POST", CONFIG_MAPS, { body: configMap("c") });
    const before = store.revision;
    const again = await call("PUT", `${CONFIG_MAPS}/c`, { body: configMap("c") });
    expect(again.status).toBe(200);
    expect(store.revision).toBe(before);
  });

  it("streams changes to a watch that started at a list's resourceVersion", async () => {
    const { call, clock, raw } = createTestServer();
    const list = await call("GET", CONFIG_MAPS);
    const url = `${CONFIG_MAPS}?watch=true&timeoutSeconds=5&resourceVersion=${list.json.metadata.resourceVersion}`;
    const watch = call("GET", url);
    await call("POST", CONFIG_MAPS, { body: configMap("c") });
    await raw("DELETE", `${CONFIG_MAPS}/c`);
    await Promise.resolve();
    clock.advance(5_000);
    const lines = (await watch).text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => [line.type, line.object.metadata.name])).toEqual([
      ["ADDED", "c"],
      ["DELETED", "c"],
    ]);
  });

  it("lets the client in the same process hear of changes after the write returned", async () => {
    const { client } = createTestServer();
    const heard: string[] = [];
    client.watch("configmaps", (event) => heard.push(`${event.type} ${event.object.metadata.name}`));
    client.create("configmaps", { metadata: { name: "c", namespace: "default" }, data: {} });
    client.mutate("configmaps", "default", "c", (current) => ({ ...current, data: { x: "y" } }));
    client.delete("configmaps", "default", "c");
    expect(heard).toEqual([]);
    await Promise.resolve();
    expect(heard).toEqual(["ADDED c", "MODIFIED c", "DELETED c"]);
  });

  it("writes JSON for people to people, and escapes markup as Go does", async () => {
    const { call } = createTestServer();
    await call("POST", CONFIG_MAPS, { body: configMap("c", { a: "<b> & c" }) });
    const plain = await call("GET", `${CONFIG_MAPS}/c`);
    expect(plain.text).toContain('"data":{"a":"\\u003cb\\u003e \\u0026 c"}}\n');
    const version = { user: null, headers: { "user-agent": "curl/8.5.0" } };
    expect((await call("GET", "/api/v1/nodes", version)).text).toMatch(
      /^\{\n {2}"kind": "Status",\n.*"code": 403\n\}$/s,
    );
    expect((await call("GET", `${CONFIG_MAPS}/c?pretty=true`)).text).toContain('\n  "data": {\n    "a": ');
  });

  it("shows people the fields in Go's order", async () => {
    const { call } = createTestServer();
    const spec = {
      policyTypes: ["Egress"],
      egress: [{ to: [], ports: [{ port: 53, protocol: "UDP" }] }],
      podSelector: {},
    };
    const url = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies";
    await call("POST", url, { body: { spec, metadata: { name: "n" } } });
    const shown = (await call("GET", `${url}?pretty=1`)).json.items[0].spec;
    expect(Object.keys(shown)).toEqual(["podSelector", "egress", "policyTypes"]);
    expect(Object.keys(shown.egress[0].ports[0])).toEqual(["protocol", "port"]);
  });

  it("answers in the form that is asked for", async () => {
    const { call } = createTestServer();
    await call("POST", CONFIG_MAPS, { body: configMap("c") });
    const as = (accept: string) => call("GET", CONFIG_MAPS, { headers: { accept } });
    const partial = await as("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
    expect(partial.json).toMatchObject({
      kind: "PartialObjectMetadataList",
      items: [{ kind: "PartialObjectMetadata" }],
    });
    const table = await as("application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
    expect(table.json.rows[0]).toMatchObject({ cells: ["c", 1, "0s"], object: { kind: "PartialObjectMetadata" } });
    expect((await as("application/yaml")).text).toContain("kind: ConfigMapList\n");
    const refused = await as("text/html");
    expect(refused.json).toMatchObject({
      code: 406,
      reason: "NotAcceptable",
      message:
        "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
    });
  });
});
