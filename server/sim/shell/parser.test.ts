import { describe, expect, it } from "vitest";
import { expandBraces } from "./braces.ts";
import { expandHistory } from "./history.ts";
import { isUnfinished, readProgram } from "./parser.ts";
import { compilePattern } from "./pattern.ts";
import { SourceText } from "./source-text.ts";
import { evaluateArithmetic } from "./arithmetic.ts";

describe("unfinished input", () => {
  it.each([
    "if true",
    "for i in a; do",
    "case x in a) echo",
    "f() {",
    "echo 'a",
    'echo "$(',
    "a &&",
    "a |",
    "echo \\",
    "cat <<E\nabc",
    "a=(1",
    "((1+",
    "[[ a &&",
  ])("%j waits for more", (text) => expect(isUnfinished(text)).toBe(true));

  it.each([
    "echo a",
    "fi",
    "a ;; b",
    "cat <<E\nx\nE",
    "echo a >",
    "{ }",
    "# comment",
    "a | | b",
    "foo(",
    "if true then echo; fi",
    "",
  ])("%j is judged as it is", (text) => expect(isUnfinished(text)).toBe(false));
});

describe("a program with an error", () => {
  it("still runs the lines before it, and nothing of its own line", () => {
    const program = readProgram(new SourceText("echo a\necho b; echo )\necho c\n", "main"), "bash");
    expect(program.groups).toHaveLength(1);
    expect(program.fault?.message).toBe("syntax error near unexpected token `)'");
  });

  it("names the construct that is open at the end", () => {
    const fault = (text: string): string | undefined =>
      readProgram(new SourceText(text, "main"), "bash").fault?.message;
    expect(fault('echo "a')).toBe("unexpected EOF while looking for matching `\"'");
    expect(fault("if true; then")).toBe("syntax error: unexpected end of file");
    expect(fault("echo >")).toBe("syntax error near unexpected token `newline'");
  });
});

describe("brace expansion", () => {
  it("multiplies, nests and counts", () => {
    expect(expandBraces("a{b,c{d,e}}f")).toEqual(["abf", "acdf", "acef"]);
    expect(expandBraces("{01..10..4}")).toEqual(["01", "05", "09"]);
    expect(expandBraces("{c..a}")).toEqual(["c", "b", "a"]);
    expect(expandBraces("{one} ${x,y} '{a,b}'")).toEqual(["{one} ${x,y} '{a,b}'"]);
  });
});

describe("patterns", () => {
  it("know extended groups, classes and quoted characters", () => {
    const matches = (pattern: string, text: string): boolean => compilePattern(pattern, { extglob: true }).test(text);
    expect(matches("!(*.txt)", "a.md")).toBe(true);
    expect(matches("!(*.txt)", "a.txt")).toBe(false);
    expect(matches("[[:digit:]]*", "1a")).toBe(true);
    expect(matches("[!a-c]", "b")).toBe(false);
    expect(matches("a\\*", "a*")).toBe(true);
    expect(matches("a\\*", "ab")).toBe(false);
  });
});

describe("arithmetic", () => {
  it("wraps at 64 bits and changes variables on the way", () => {
    const variables = new Map([["x", "5"]]);
    const scope = {
      read: (name: string) => variables.get(name),
      assign: (name: string, _subscript: string | undefined, value: string) => void variables.set(name, value),
    };
    expect(evaluateArithmetic("9223372036854775807 + 1", scope)).toBe(-9223372036854775808n);
    expect(evaluateArithmetic("x++ * 2 + (x == 6 ? 16#ff : 0)", scope)).toBe(265n);
    expect(variables.get("x")).toBe("6");
    expect(() => evaluateArithmetic("1 / (x - 6)", scope)).toThrow("division-by-zero");
  });
});

describe("history expansion", () => {
  const expand = (line: string) => expandHistory(["kubectl get pods", "echo one two"], 1, line);

  it("finds events and words of them", () => {
    expect(expand("!!")).toMatchObject({ text: "echo one two" });
    expect(expand("sudo !kube -A")).toMatchObject({ text: "sudo kubectl get pods -A" });
    expect(expand("cat !$")).toMatchObject({ text: "cat two" });
    expect(expand("!1:s/pods/svc/")).toMatchObject({ text: "kubectl get svc" });
    expect(expand("^one^1^")).toMatchObject({ text: "echo 1 two" });
  });

  it("leaves quoted marks and tests alone", () => {
    expect(expand("echo '!!' \"a!\" $! [ ! -f x ]")).toEqual({ kind: "same" });
    expect(expand("!nosuch")).toEqual({ kind: "failed", message: "!nosuch: event not found" });
  });
});
