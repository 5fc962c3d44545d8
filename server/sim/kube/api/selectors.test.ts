import { describe, expect, it } from "vitest";
import { kinds } from "../kinds/index.ts";
import type { KindDefinition } from "../kinds/types.ts";
import { matchesLabels, parseFieldSelector, parseLabelSelector } from "./selectors.ts";

const selects = (selector: string, labels: Record<string, string>) =>
  matchesLabels(parseLabelSelector(selector), labels);

describe("a label selector", () => {
  it.each([
    ["a=b", { a: "b" }, true],
    ["a==b", { a: "c" }, false],
    ["a!=b", {}, true],
    ["a", { a: "" }, true],
    ["!a", { a: "" }, false],
    ["a in (b, c),d notin (e)", { a: "c" }, true],
    ["a in (b),x", { a: "b" }, false],
    ["a>1", { a: "2" }, true],
    ["a<1", { a: "2" }, false],
    ["in=x", { in: "x" }, true],
    ["", { a: "b" }, true],
  ] as const)("%s on %j is %s", (selector, labels, expected) => {
    expect(selects(selector, labels)).toBe(expected);
  });

  it.each([
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    [",", "found ',', expected: !, identifier, or 'end of string'"],
    ["a,", "found '', expected: identifier after ','"],
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, >, <"],
  ])("%s is refused: %s", (selector, message) => {
    expect(() => parseLabelSelector(selector)).toThrow(message);
  });
});

describe("a field selector", () => {
  const policies = kinds.find((kind) => kind.plural === "networkpolicies") as KindDefinition;

  it("knows name and namespace of every kind", () => {
    expect(parseFieldSelector(policies, "metadata.name=a,metadata.namespace!=b")).toEqual([
      { field: "metadata.name", isEqual: true, value: "a" },
      { field: "metadata.namespace", isEqual: false, value: "b" },
    ]);
  });

  it("refuses others", () => {
    expect(() => parseFieldSelector(policies, "spec.x=1")).toThrow(
      '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
    expect(() => parseFieldSelector(policies, "nonsense")).toThrow(
      "invalid selector: 'nonsense'; can't understand 'nonsense'",
    );
  });
});
