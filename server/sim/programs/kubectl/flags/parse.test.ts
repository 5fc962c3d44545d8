import { describe, expect, test } from "vitest";
import { findCommand, flagSetOf, suggestionsFor } from "./find.ts";
import { FlagError, parseFlags, parseGoDuration } from "./parse.ts";

const parse = (words: string, line: string) => parseFlags(flagSetOf(words), line.split(" "));
const refusal = (words: string, line: string): string => {
  try {
    parse(words, line);
    return "";
  } catch (error) {
    return error instanceof FlagError ? error.message : `not a FlagError: ${String(error)}`;
  }
};

describe("flags", () => {
  test.each([
    ["pods -nfoo", "namespace", "foo"],
    ["pods -owide", "output", "wide"],
    ["pods -o=wide", "output", "wide"],
    ["pods --output wide", "output", "wide"],
    ["pods -wAowide", "output", "wide"],
    ["pods -lapp=a", "selector", "app=a"],
  ])("`get %s` sets %s", (line, name, value) => {
    expect(parse("get", line).string(name)).toBe(value);
  });

  test("a cluster of shorthands sets each of them", () => {
    const parsed = parse("exec", "-itc web pod -- sh -c x");
    expect([parsed.bool("stdin"), parsed.bool("tty"), parsed.string("container")]).toEqual([true, true, "web"]);
    expect(parsed.args).toEqual(["pod", "sh", "-c", "x"]);
    expect(parsed.argsLengthAtDash).toBe(1);
  });

  test("a flag with an optional value does not take the next word", () => {
    const parsed = parse("run", "x --dry-run --image nginx");
    expect([parsed.string("dry-run"), parsed.string("image")]).toEqual(["unchanged", "nginx"]);
  });

  test("slices split at commas and add up", () => {
    expect(parse("get", "-f a,b -f c").list("filename")).toEqual(["a", "b", "c"]);
    expect(parse("create configmap", "x --from-literal=a=1,2").list("from-literal")).toEqual(["a=1,2"]);
  });

  test.each([
    ["get", "--nosuch", "unknown flag: --nosuch"],
    ["get", "-z", "unknown shorthand flag: 'z' in -z"],
    ["get", "pods -n", "flag needs an argument: 'n' in -n"],
    ["get", "pods --namespace", "flag needs an argument: --namespace"],
    [
      "get",
      "--watch=maybe",
      'invalid argument "maybe" for "-w, --watch" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [
      "get",
      "--chunk-size=x",
      'invalid argument "x" for "--chunk-size" flag: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    ["wait", "--timeout=5", 'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"'],
  ])("`%s %s` is refused in pflag's words", (words, line, message) => {
    expect(refusal(words, line)).toBe(message);
  });

  test("durations are milliseconds", () => {
    expect(["1h2m3s", "1.5s", "0", "-2s", "100ms"].map(parseGoDuration)).toEqual([3_723_000, 1500, 0, -2000, 100]);
  });
});

describe("finding the command", () => {
  test.each([
    ["get pods", "get", ["pods"]],
    ["-n x get pods", "get", ["-n", "x", "pods"]],
    ["create svc clusterip a", "create service clusterip", ["a"]],
    ["create deploy a --image=b", "create deployment", ["a", "--image=b"]],
    ["config use x", "config use-context", ["x"]],
    ["exec a -- get pods", "exec", ["a", "--", "get", "pods"]],
    ["nosuch", "", ["nosuch"]],
  ])("`%s` means `%s`", (line, words, args) => {
    expect(findCommand(line.split(" "))).toEqual({ words, args });
  });

  test("mistyped commands are answered with what is near, in the order of the help page", () => {
    expect(suggestionsFor("gett")).toEqual(["set", "get"]);
    expect(suggestionsFor("aply")).toEqual(["apply"]);
    expect(suggestionsFor("list")).toEqual(["get", "wait"]);
    expect(suggestionsFor("network")).toEqual([]);
  });
});
