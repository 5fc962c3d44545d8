import { describe, expect, it } from "vitest";
import { o, parseOptions, type ParseStyle, UsageError } from "./options.ts";

const SPECS = [
  o("n", "lines", "required"),
  o("q", "quiet"),
  o("v", "verbose"),
  o("i", "in-place", "optional"),
  o("", "version"),
];

type Given = readonly (readonly [name: string, value: string | null])[];

function parse(args: readonly string[], style?: ParseStyle): { given: Given; operands: readonly string[] } {
  const { given, operands } = parseOptions(args, SPECS, style);
  return { given: given.map(({ name, value }) => [name, value]), operands };
}

describe("options", () => {
  it.each<readonly [name: string, args: readonly string[], given: Given, operands: readonly string[]]>([
    [
      "reads clusters",
      ["-qv"],
      [
        ["quiet", null],
        ["verbose", null],
      ],
      [],
    ],
    [
      "takes attached and separate values",
      ["-n5", "-n", "6"],
      [
        ["lines", "5"],
        ["lines", "6"],
      ],
      [],
    ],
    [
      "takes a value at the end of a cluster",
      ["-qn5"],
      [
        ["quiet", null],
        ["lines", "5"],
      ],
      [],
    ],
    [
      "takes long values",
      ["--lines=5", "--lines", "6"],
      [
        ["lines", "5"],
        ["lines", "6"],
      ],
      [],
    ],
    ["takes unambiguous beginnings", ["--li=5"], [["lines", "5"]], []],
    ["takes an optional value only when attached", ["-i", ".bak"], [["in-place", null]], [".bak"]],
    ["takes an attached optional value", ["-i.bak"], [["in-place", ".bak"]], []],
    ["finds options behind operands", ["a", "-q", "b"], [["quiet", null]], ["a", "b"]],
    ["ends at --", ["-q", "--", "-v"], [["quiet", null]], ["-v"]],
    ["takes - as an operand", ["-"], [], ["-"]],
  ])("%s", (_, args, given, operands) => {
    expect(parse(args)).toEqual({ given, operands });
  });

  it("ends at the first operand when told so", () => {
    expect(parse(["-q", "cmd", "-v"], { stopsAtOperand: true })).toEqual({
      given: [["quiet", null]],
      operands: ["cmd", "-v"],
    });
  });

  it("takes digits as a count when told so", () => {
    expect(parse(["-15", "f"], { digitsAre: "lines" })).toEqual({ given: [["lines", "15"]], operands: ["f"] });
  });

  it.each([
    ["-x", "invalid option -- 'x'"],
    ["--nope", "unrecognized option '--nope'"],
    ["--ver", "option '--ver' is ambiguous; possibilities: '--verbose' '--version'"],
    ["--quiet=yes", "option '--quiet' doesn't allow an argument"],
    ["--lines", "option '--lines' requires an argument"],
    ["-n", "option requires an argument -- 'n'"],
  ])("refuses %s", (argument, message) => {
    expect(() => parse([argument])).toThrow(new UsageError(message));
  });
});
