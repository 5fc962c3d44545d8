import { describe, expect, test } from "vitest";
import { emitYaml } from "./emit.ts";
import { parseYaml, YamlError } from "./parse.ts";

const problem = (text: string): string => {
  try {
    parseYaml(text);
    return "";
  } catch (error) {
    return error instanceof YamlError ? error.message : `not a YamlError: ${String(error)}`;
  }
};

describe("reading YAML", () => {
  test.each([
    ["a: y", { a: true }],
    ["a: off", { a: false }],
    ["a: ~", { a: null }],
    ["a: 010", { a: 8 }],
    ["a: 0x1f", { a: 31 }],
    ["a: 1_000", { a: 1000 }],
    ["a: 1e3", { a: 1000 }],
    ["a: '1'", { a: "1" }],
    ["a: 2026-01-01", { a: "2026-01-01" }],
    ["1: x", { "1": "x" }],
    ["a: {b: [1, {c: d}], e: }", { a: { b: [1, { c: "d" }], e: null } }],
    ["- a\n- - b\n  - c", ["a", ["b", "c"]]],
    ["a: |\n  x\n  y\nb: >-\n  x\n  y\n", { a: "x\ny\n", b: "x y" }],
    ["a: &x {b: 1}\nc:\n  <<: *x\n  d: 2", { a: { b: 1 }, c: { b: 1, d: 2 } }],
    ["a: 1\na: 2", { a: 2 }],
    ['"a\\u0041": "b\\n"', { aA: "b\n" }],
    ["a: b: c".replace(": c", ":c"), { a: "b:c" }],
    ["a:\n- b\n# comment\n- c # more", { a: ["b", "c"] }],
  ])("%j", (text, value) => {
    expect(parseYaml(text)).toEqual(value);
  });

  test.each([
    ["a:\n  b: 1\n c: 2\n", "yaml: line 2: did not find expected key"],
    ["a:\n\tb: 1\n", "yaml: line 2: found character that cannot start any token"],
    ["a: b: c\n", "yaml: mapping values are not allowed in this context"],
    ["x: 1\na: [1, 2\n", "yaml: line 2: did not find expected ',' or ']'"],
    ["x: 1\na: {\n", "yaml: line 2: did not find expected node content"],
    ['x: 1\na: "b\n', "yaml: line 3: found unexpected end of stream"],
    ["x: 1\nabc\n", "yaml: line 3: could not find expected ':'"],
    ["a: *b\n", "yaml: unknown anchor 'b' referenced"],
  ])("%j is refused in go-yaml's words", (text, message) => {
    expect(problem(text)).toBe(message);
  });
});

describe("writing YAML", () => {
  test("keys are sorted, lists stay at their key's column, empty collections are short", () => {
    expect(emitYaml({ b: [{ y: 1, x: [] }, "z"], a: {} })).toBe('a: {}\nb:\n- x: []\n  "y": 1\n- z\n');
  });

  test.each([
    ["true", '"true"'],
    ["1", '"1"'],
    ["", '""'],
    ["a: b", "'a: b'"],
    ["*", "'*'"],
    ["- x", "'- x'"],
    ["it's", "it's"],
    ["2026-01-01T00:00:00Z", '"2026-01-01T00:00:00Z"'],
    ["tab\there", '"tab\\there"'],
    ["😀", '"\\U0001F600"'],
    ["null", '"null"'],
    ["10:20", '"10:20"'],
  ])("the string %j is written %s", (value, text) => {
    expect(emitYaml({ k: value })).toBe(`k: ${text}\n`);
  });

  test("texts of several lines become blocks", () => {
    expect(emitYaml({ a: "x\ny\n", b: "x\ny", c: "x\n\n" })).toBe("a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\n");
  });

  test("long texts are folded behind column 80", () => {
    const words = Array.from({ length: 30 }, (_, index) => `word${index}`).join(" ");
    const text = emitYaml({ k: words });
    expect(text.split("\n").length).toBeGreaterThan(3);
    expect(parseYaml(text)).toEqual({ k: words });
  });
});
