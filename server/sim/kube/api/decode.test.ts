import { describe, expect, it } from "vitest";
import { decodeObject } from "./decode.ts";

const POD = "io.k8s.api.core.v1.Pod";
const SERVICE = "io.k8s.api.core.v1.Service";
const DEPLOYMENT = "io.k8s.api.apps.v1.Deployment";
const POLICY = "io.k8s.api.networking.v1.NetworkPolicy";

/** Spec → what the recorded server said of it. */
const TYPE_ERRORS: readonly (readonly [definition: string, spec: unknown, message: string])[] = [
  [
    POLICY,
    { ingress: [{ ports: [{ port: 80.5 }] }] },
    "json: cannot unmarshal number 80.5 into Go struct field NetworkPolicyPort.spec.ingress.ports.port of type int32",
  ],
  [
    POLICY,
    { ingress: [{ ports: [{ port: 80, endPort: "90" }] }] },
    "json: cannot unmarshal string into Go struct field NetworkPolicyPort.spec.ingress.ports.endPort of type int32",
  ],
  [
    POLICY,
    { policyTypes: "Ingress" },
    "json: cannot unmarshal string into Go struct field NetworkPolicySpec.spec.policyTypes of type []v1.PolicyType",
  ],
  [
    POLICY,
    { podSelector: { matchExpressions: [{ key: "a", operator: "In", values: [true] }] } },
    "json: cannot unmarshal bool into Go struct field LabelSelectorRequirement.spec.podSelector.matchExpressions.values of type string",
  ],
  [
    SERVICE,
    { selector: { app: 1 } },
    "json: cannot unmarshal number into Go struct field ServiceSpec.spec.selector of type string",
  ],
  [
    SERVICE,
    { ports: [{ port: "80" }] },
    "json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32",
  ],
  [
    DEPLOYMENT,
    { selector: { matchLabels: { app: true } } },
    "json: cannot unmarshal bool into Go struct field LabelSelector.spec.selector.matchLabels of type string",
  ],
  [
    DEPLOYMENT,
    { replicas: "two" },
    "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
  ],
  [
    POD,
    { containers: [{ name: "c", env: [{ name: "A", value: 1 }] }] },
    "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string",
  ],
  [
    POD,
    { containers: [{ name: "c", command: "sleep" }] },
    "json: cannot unmarshal string into Go struct field Container.spec.containers.command of type []string",
  ],
  [
    POD,
    { containers: [{ name: "c", ports: [{ containerPort: 80, protocol: 6 }] }] },
    "json: cannot unmarshal number into Go struct field ContainerPort.spec.containers.ports.protocol of type v1.Protocol",
  ],
  [
    POD,
    { containers: "nginx" },
    "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container",
  ],
  [
    POD,
    { containers: ["nginx"] },
    "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type v1.Container",
  ],
  [
    POD,
    { containers: [{ name: "c", resources: { limits: { cpu: "abc" } } }] },
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
];

describe("decoding an object", () => {
  it.each(TYPE_ERRORS)("%s refuses %j", (definition, spec, message) => {
    expect(() => decodeObject(definition, { spec })).toThrow(message);
  });

  it("names fields the type does not have, with their place, and drops them", () => {
    const { draft, strictErrors } = decodeObject(POD, {
      metadata: { name: "p", label: { a: "b" } },
      spec: { container: [], containers: [{ name: "c", images: "nginx" }], volumes: [{ name: "v", emptydir: {} }] },
    });
    expect(strictErrors).toEqual([
      'unknown field "metadata.label"',
      'unknown field "spec.container"',
      'unknown field "spec.containers[0].images"',
      'unknown field "spec.volumes[0].emptydir"',
    ]);
    expect(draft).toEqual({
      metadata: { name: "p" },
      spec: { containers: [{ name: "c" }], volumes: [{ name: "v" }] },
    });
  });

  it("takes null for absent in fields and for the zero value in lists", () => {
    const { draft } = decodeObject(POLICY, { spec: { egress: null, ingress: [null], policyTypes: [null] } });
    expect(draft).toEqual({ spec: { ingress: [{}], policyTypes: [""] } });
  });

  it("words a mismatch in a strategic merge patch as the tree converter does", () => {
    expect(() => decodeObject(DEPLOYMENT, { spec: { replicas: "two" } }, "tree")).toThrow("unrecognized type: int32");
    expect(() => decodeObject(POD, { spec: "x" }, "tree")).toThrow("cannot restore struct from: string");
    expect(() => decodeObject(POD, { spec: { containers: "x" } }, "tree")).toThrow("cannot restore slice from string");
  });
});
