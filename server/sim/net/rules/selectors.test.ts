/** Rules A4 of the NetworkPolicy semantics: label selectors. */
import { describe, expect, test } from "vitest";
import { compileSelector, selectorMatches } from "../policy/selector.ts";
import { SmallCluster } from "../testing/small-cluster.ts";
import type { Labels, LabelSelector } from "../types.ts";

const matches = (selector: LabelSelector | null, labels: Labels) => selectorMatches(compileSelector(selector), labels);
const expression = (key: string, operator: string, values?: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
});

describe("A4 label selectors", () => {
  test("rule 37: {} matches everything; a peer selector that is null restricts nothing", () => {
    expect([matches({}, {}), matches({}, { a: "b" }), matches(null, { a: "b" })]).toEqual([true, true, true]);
    expect(matches({ matchLabels: null, matchExpressions: null }, {})).toBe(true);
  });

  test("rule 38: all entries of matchLabels and matchExpressions are required", () => {
    const selector = { matchLabels: { app: "web", tier: "front" }, ...expression("env", "In", ["prod"]) };
    expect(matches(selector, { app: "web", tier: "front", env: "prod" })).toBe(true);
    for (const missing of ["app", "tier", "env"]) {
      const labels: Record<string, string> = { app: "web", tier: "front", env: "prod" };
      delete labels[missing];
      expect(matches(selector, labels)).toBe(false);
    }
  });

  test("rules 39, 40: a missing key fails In and satisfies NotIn", () => {
    expect(matches(expression("a", "In", ["x"]), {})).toBe(false);
    expect(matches(expression("a", "NotIn", ["x"]), {})).toBe(true);
    expect(matches(expression("a", "NotIn", ["x"]), { a: "x" })).toBe(false);
  });

  test("rule 41: Exists and DoesNotExist look at the key only; an empty value counts as present", () => {
    expect([matches(expression("a", "Exists"), { a: "" }), matches(expression("a", "Exists"), {})]).toEqual([
      true,
      false,
    ]);
    expect([matches(expression("a", "DoesNotExist"), { a: "" }), matches(expression("a", "DoesNotExist"), {})]).toEqual(
      [false, true],
    );
  });

  test("rule 42: an empty wanted value needs the key", () => {
    expect([matches({ matchLabels: { a: "" } }, { a: "" }), matches({ matchLabels: { a: "" } }, {})]).toEqual([
      true,
      false,
    ]);
  });

  test("rule 43: several requirements on one key are all required", () => {
    const selector = {
      matchExpressions: [
        { key: "a", operator: "In", values: ["x", "y"] },
        { key: "a", operator: "NotIn", values: ["y"] },
      ],
    };
    expect([matches(selector, { a: "x" }), matches(selector, { a: "y" })]).toEqual([true, false]);
  });

  test("rules 44, 45: a namespace is selected by name through its metadata.name label only", () => {
    const cluster = SmallCluster.ofFour();
    const only = (labels: Labels) =>
      cluster.policy("x/p", { ingress: [{ from: [{ namespaceSelector: { matchLabels: labels } }] }] });
    only({ "kubernetes.io/metadata.name": "y" });
    expect(cluster.reaches("y/a", "x/a")).toBe(true);
    cluster.namespace("y", {});
    expect(cluster.reaches("y/a", "x/a")).toBe(true);
    only({ name: "y" });
    expect(cluster.reaches("y/a", "x/a")).toBe(false);
    cluster.namespace("y", { name: "y" });
    expect(cluster.reaches("y/a", "x/a")).toBe(true);
  });

  test("rule 46: NotIn on namespaces includes those without the label, as every other namespace by name", () => {
    const cluster = SmallCluster.ofFour();
    cluster.pod("kube-system/dns");
    const from = [{ namespaceSelector: expression("kubernetes.io/metadata.name", "NotIn", ["y"]) }];
    cluster.policy("x/p", { ingress: [{ from }] });
    const all = ["x/b", "y/a", "kube-system/dns"];
    expect(all.filter((client) => cluster.reaches(client, "x/a"))).toEqual(["x/b", "kube-system/dns"]);
  });

  test("rule 47: values compare with their case", () => {
    expect(matches({ matchLabels: { app: "Web" } }, { app: "web" })).toBe(false);
  });

  test("rule 48: only the pod's own labels count", () => {
    const cluster = SmallCluster.ofFour();
    cluster.policy("x/p", { ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }] });
    cluster.pod("x/web-5d4f", { labels: { "pod-template-hash": "5d4f" } });
    expect(cluster.reaches("x/web-5d4f", "x/a")).toBe(false);
    cluster.relabel("x/web-5d4f", { app: "web" });
    expect(cluster.reaches("x/web-5d4f", "x/a")).toBe(true);
  });

  test("a label named like a member of every JavaScript object is a label like any other", () => {
    expect(matches(expression("constructor", "Exists"), {})).toBe(false);
    expect(matches({ matchLabels: { constructor: "x" } }, { constructor: "x" } as unknown as Labels)).toBe(true);
  });

  test("an operator no API server would store matches nothing", () => {
    expect(matches(expression("a", "Equals", ["x"]), { a: "x" })).toBe(false);
  });
});
