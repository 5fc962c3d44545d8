import { describe, expect, it } from "vitest";
import { at, objects } from "./fields.ts";
import { KindHarness } from "./testing/harness.ts";
import type { Draft } from "./types.ts";

function manifest(name: string, spec: Draft): Draft {
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec };
}

const web = (more: Draft = {}) => manifest("web", { selector: { app: "web" }, ports: [{ port: 80 }], ...more });

describe("a Service", () => {
  it("keeps its cluster IP over updates that do not name it", () => {
    const harness = new KindHarness();
    const created = harness.apply(web());
    const updated = harness.apply(web({ ports: [{ port: 8080 }] }));
    expect(updated.errors).toEqual([]);
    expect(at(updated.object, "spec", "clusterIP")).toBe(at(created.object, "spec", "clusterIP"));
    expect(at(updated.object, "spec", "clusterIP")).toMatch(/^10\.(9[6-9]|10\d|11[01])\.\d+\.\d+$/);
  });

  it("gets a node port when it becomes a NodePort and gives it back after", () => {
    const harness = new KindHarness();
    harness.apply(web());
    const nodePort = harness.apply(web({ type: "NodePort" }));
    const [port] = objects(at(nodePort.object, "spec", "ports"));
    expect(port?.["nodePort"]).toBeGreaterThanOrEqual(30000);
    const kept = harness.apply(web({ type: "NodePort", sessionAffinity: "ClientIP" }));
    expect(objects(at(kept.object, "spec", "ports"))[0]).toEqual(port);
    const back = harness.apply(web({ ports: [{ port: 80, nodePort: port?.["nodePort"] }] }));
    expect(back.errors).toEqual([]);
    expect(objects(at(back.object, "spec", "ports"))[0]).not.toHaveProperty("nodePort");
  });

  // Recorded: golden patch/patch_edit_wait.
  it("refuses another cluster IP", () => {
    const harness = new KindHarness();
    harness.apply(web());
    expect(harness.apply(web({ clusterIP: "10.96.99.99" })).errors).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.96.99.99"]: may not change once set',
    ]);
  });

  it("loses its cluster IP when it becomes an ExternalName", () => {
    const harness = new KindHarness();
    harness.apply(web());
    const { object, errors } = harness.apply(manifest("web", { type: "ExternalName", externalName: "example.com" }));
    expect(errors).toEqual([]);
    expect(object["spec"]).toEqual({ type: "ExternalName", externalName: "example.com", sessionAffinity: "None" });
  });

  it("without selector and cluster IP belongs to both address families", () => {
    const { object } = new KindHarness().apply(manifest("db", { clusterIP: "None", ports: [{ port: 5432 }] }));
    expect(at(object, "spec", "ipFamilies")).toEqual(["IPv4", "IPv6"]);
    expect(at(object, "spec", "ipFamilyPolicy")).toBe("RequireDualStack");
  });

  it("cannot be dual-stack on a cluster with one family", () => {
    expect(new KindHarness().apply(web({ ipFamilyPolicy: "RequireDualStack" })).errors).toEqual([
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ]);
  });
});
