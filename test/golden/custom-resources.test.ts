/** Replays what a real server said of ClusterNetworkPolicies, served by their CustomResourceDefinition. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createTestServer } from "../../server/sim/kube/testing/test-server.ts";

interface Recorded {
  readonly manifest: string;
  readonly stdout: string;
  readonly stderr: string;
}

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
const recordings = JSON.parse(fixture("cnp-validation.json").toString()) as Recorded[];
const definition = parse(gunzipSync(fixture("cnp-standard.yaml.gz")).toString());

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const POLICIES = "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies";

/** A refusal as kubectl prints it. */
// biome-ignore lint/suspicious/noExplicitAny: a Status as it came
function printed(status: any): string {
  if (status.reason !== "Invalid")
    return `Error from server (${status.reason}): error when creating "STDIN": ${status.message}\n`;
  const causes = status.details.causes.map(
    (cause: { field: string; message: string }) => `${cause.field}: ${cause.message}`,
  );
  const text = causes.length === 1 ? causes[0] : causes.map((cause: string) => `\n* ${cause}`).join("");
  return `The ${status.details.kind} "${status.details.name}" is invalid: ${text}\n`;
}

describe("a custom resource", () => {
  const server = createTestServer();

  beforeAll(async () => {
    const { status: _status, ...manifest } = definition;
    const created = await server.call("POST", CRDS, { body: manifest });
    expect(created.status).toBe(201);
    await Promise.resolve();
  });

  it("is served once its definition is there, and the definition says so", async () => {
    const crd = await server.call("GET", `${CRDS}/clusternetworkpolicies.policy.networking.k8s.io`);
    const conditions = crd.json.status.conditions.map((each: { type: string; status: string }) => [
      each.type,
      each.status,
    ]);
    expect(conditions).toEqual([
      ["NamesAccepted", "True"],
      ["Established", "True"],
    ]);
    const resources = await server.call("GET", "/apis/policy.networking.k8s.io/v1alpha2");
    expect(resources.json.resources.map((each: { name: string }) => each.name)).toEqual([
      "clusternetworkpolicies",
      "clusternetworkpolicies/status",
    ]);
  });

  it("has an APIService of its own", async () => {
    const { json } = await server.call("GET", "/apis/apiregistration.k8s.io/v1/apiservices");
    const [service] = json.items;
    expect(service.metadata).toMatchObject({
      name: "v1alpha2.policy.networking.k8s.io",
      labels: { "kube-aggregator.kubernetes.io/automanaged": "true" },
    });
    expect(service.status.conditions[0]).toMatchObject({ type: "Available", status: "True", reason: "Local" });
  });

  recordings.forEach(({ manifest, stdout, stderr }) => {
    const object = parse(manifest, { version: "1.1" });
    it(`${object.metadata.name}: ${(stderr || stdout).trim().slice(0, 120)}`, async () => {
      const answer = await server.call("POST", `${POLICIES}?fieldValidation=Strict`, { body: object });
      if (stderr === "") expect([201, 409]).toContain(answer.status);
      else expect(printed(answer.json)).toBe(stderr);
    });
  });

  it("has the columns its definition names", async () => {
    const table = await server.call("GET", POLICIES, {
      headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
    });
    expect(table.json.columnDefinitions.map((column: { name: string }) => column.name)).toEqual([
      "Name",
      "Tier",
      "Priority",
      "Age",
    ]);
    expect(table.json.rows[0].cells).toEqual(["bad-label", "Admin", "1", "0s"]);
  });

  it("goes away with its definition", async () => {
    await server.call("DELETE", `${CRDS}/clusternetworkpolicies.policy.networking.k8s.io`);
    await Promise.resolve();
    expect((await server.call("GET", POLICIES)).status).toBe(404);
    expect((await server.call("GET", "/apis/apiregistration.k8s.io/v1/apiservices")).json.items).toEqual([]);
  });
});
