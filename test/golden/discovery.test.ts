/** Discovery documents recorded from a real kube-apiserver v1.36.3. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createTestServer } from "../../server/sim/kube/testing/test-server.ts";

const fixture = readFileSync(new URL("../fixtures/discovery.json.gz", import.meta.url));
const recorded = JSON.parse(gunzipSync(fixture).toString()) as Readonly<Record<string, unknown>>;
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

describe("discovery", () => {
  const { call } = createTestServer();

  it.each(Object.keys(recorded))("%s", async (name) => {
    const path = `/${name.replace(".aggregated", "").replaceAll("__", "/")}`;
    const accept = name.endsWith(".aggregated") ? AGGREGATED : "application/json";
    const answer = await call("GET", path, { headers: { accept } });
    expect(answer.json).toEqual(recorded[name]);
  });
});
