import { describe, expect, it } from "vitest";
import { normalise } from "./normalise.ts";
import type { Draft } from "./types.ts";
import { unifiedDiff } from "./unified-diff.ts";

function normal(definition: string, draft: Draft): Draft {
  normalise(draft, definition);
  return draft;
}

const NETWORK_POLICY = "io.k8s.api.networking.v1.NetworkPolicySpec";
const POD = "io.k8s.api.core.v1.PodSpec";

describe("the normal form of an object", () => {
  it("leaves out empty lists, but not empty selectors", () => {
    const spec = { podSelector: {}, ingress: [], egress: [{ to: [], ports: null }], policyTypes: [] };
    expect(normal(NETWORK_POLICY, spec)).toEqual({ podSelector: {}, egress: [{}] });
  });

  it("makes an empty rule of a null one", () => {
    expect(normal(NETWORK_POLICY, { ingress: [null] })).toEqual({ ingress: [{}] });
  });

  it("leaves out plain zeros and keeps those that Go holds by pointer", () => {
    const spec = { hostNetwork: false, enableServiceLinks: false, hostname: "", terminationGracePeriodSeconds: 0 };
    expect(normal(POD, spec)).toEqual({ enableServiceLinks: false, terminationGracePeriodSeconds: 0 });
  });

  it("writes quantities canonically", () => {
    const spec = { containers: [{ name: "c", resources: { requests: { cpu: 0.5, memory: "1024Mi" } } }] };
    expect(normal(POD, spec)).toEqual({
      containers: [{ name: "c", resources: { requests: { cpu: "500m", memory: "1Gi" } } }],
    });
  });

  it('keeps the storage class "", which asks for none', () => {
    const spec = { storageClassName: "", accessModes: [] };
    expect(normal("io.k8s.api.core.v1.PersistentVolumeClaimSpec", spec)).toEqual({ storageClassName: "" });
  });

  it("keeps null times of conditions and drops those of metadata", () => {
    const template = { metadata: { creationTimestamp: null }, spec: {} };
    expect(normal("io.k8s.api.core.v1.PodTemplateSpec", template)).toEqual({ metadata: {}, spec: {} });
    const condition = { type: "Ready", status: "True", lastProbeTime: null };
    expect(normal("io.k8s.api.core.v1.PodCondition", condition)).toEqual(condition);
  });
});

describe("differences of lines", () => {
  it("stand in hunks with three lines around them", () => {
    const before = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"];
    const after = before.map((line) => (line === "2" ? "two" : line)).filter((line) => line !== "11");
    expect(unifiedDiff(before, after)).toBe(
      [
        "@@ -1,5 +1,5 @@",
        " 1",
        "-2",
        "+two",
        " 3",
        " 4",
        " 5",
        "@@ -8,5 +8,4 @@",
        " 8",
        " 9",
        " 10",
        "-11",
        " 12",
        "",
        "",
      ].join("\n"),
    );
  });

  it("are empty between equal texts", () => {
    expect(unifiedDiff(["a"], ["a"])).toBe("");
  });
});
