import { describe, expect, test } from "vitest";
import { canonicalSpec, policiesIn } from "./policy-places.ts";

const TEXT = `# two documents
kind: ConfigMap
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
spec:
  podSelector:
    matchLabels: {app.kubernetes.io/name: web, tier: x}
  ingress:
  - from:
    - podSelector:
        matchExpressions:
        - {key: a, operator: Exists}
        - key: b
          operator: Exists
    - ipBlock:
        cidr: 10.0.0.0/8
        except:
        - 10.1.0.0/16
        - 10.2.0.0/16
    ports:
    - port: 80
`;

describe("lines of a written policy", () => {
  const [written] = policiesIn(TEXT);

  test.each([
    ["spec", 8],
    ["spec.podSelector", 9],
    ["spec.podSelector.matchLabels.app.kubernetes.io/name", 10],
    ["spec.ingress[0]", 12],
    ["spec.ingress[0].from[0].podSelector.matchExpressions[1]", 16],
    ["spec.ingress[0].from[1].ipBlock.cidr", 19],
    ["spec.ingress[0].from[1].ipBlock.except[1]", 22],
    ["spec.ingress[0].ports[0].protocol", 24],
    ["spec.policyTypes", 8],
  ])("%s stands in line %i", (path, line) => {
    expect(written?.lineOf(path)).toBe(line);
  });

  test("are none in malformed texts", () => {
    expect(policiesIn("kind: NetworkPolicy\n a: [")).toEqual([]);
  });
});

describe("lines of a written ClusterNetworkPolicy", () => {
  const [written] = policiesIn(`apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: stop}
spec:
  tier: Admin
  subject:
    namespaces: {}
  egress:
  - action: Deny
    to:
    - networks:
      - 10.0.0.0/8
      - 192.168.0.0/16
`);

  test.each([
    ["spec.subject", 6],
    ["spec.egress[0]", 9],
    ["spec.egress[0].to[0].networks[1]", 13],
  ])("%s stands in line %i", (path, line) => {
    expect(written).toMatchObject({ kind: "ClusterNetworkPolicy", name: "stop" });
    expect(written?.lineOf(path)).toBe(line);
  });
});

describe("specs are equal in meaning", () => {
  test.each([
    [{}, { podSelector: {}, policyTypes: ["Ingress"] }],
    [{ ingress: [{ ports: [{ port: 80 }] }] }, { ingress: [{ from: null, ports: [{ protocol: "TCP", port: 80 }] }] }],
    [{ egress: [{}] }, { egress: [{}], policyTypes: ["Ingress", "Egress"] }],
    [{ podSelector: { matchLabels: { a: "1", b: "2" } } }, { podSelector: { matchLabels: { b: "2", a: "1" } } }],
  ])("%j and %j", (left, right) => {
    expect(canonicalSpec(left)).toBe(canonicalSpec(right));
  });

  test("but not when a rule, a type or a value differs", () => {
    const specs = [{}, { ingress: [{}] }, { policyTypes: ["Egress"] }, { podSelector: { matchLabels: { a: "1" } } }];
    expect(new Set(specs.map((one) => canonicalSpec(one))).size).toBe(specs.length);
  });
});
