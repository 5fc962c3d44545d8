import { describe, expect, it } from "vitest";
import { type ToolCase, toolBench } from "../testing/tool-bench.ts";
import { find } from "./find.ts";

const run = toolBench([find], {
  sizes: "b 10 x\na 9 y\nc 10 a\na 9 z\n",
  fields: "one:two:three\nno delim\na::c\n",
  numbers: "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n",
  old: "a\nb\nc\nd\n",
  new: "a\nB\nc\ne\nf\n",
  "dir/inner": "hi\n",
});

// Each result is what the program of Debian 12 prints in the C locale.
const cases: readonly ToolCase[] = [
  ["walks a directory", ["find", "dir"], { stdout: "dir\ndir/inner\n" }],
  ["chooses by type", ["find", "dir", "-type", "f"], { stdout: "dir/inner\n" }],
  ["prints with zeros", ["find", "dir", "-type", "d", "-print0"], { stdout: "dir\u0000" }],
  ["names a missing directory", ["find", "nodir"], { stderr: "find: 'nodir': No such file or directory\n", code: 1 }],
  ["refuses an unknown test", ["find", ".", "-foo"], { stderr: "find: unknown predicate `-foo'\n", code: 1 }],
  [
    "refuses an unknown type",
    ["find", "dir", "-type", "x"],
    { stderr: "find: Unknown argument to -type: x\n", code: 1 },
  ],
  ["wants a value", ["find", "dir", "-name"], { stderr: "find: missing argument to `-name'\n", code: 1 }],
  ["prints formats", ["find", "dir", "-name", "in*", "-printf", "%f %p %s\\n"], { stdout: "inner dir/inner 3\n" }],
  ["joins tests with -o", ["find", "dir", "-name", "x", "-o", "-name", "inner"], { stdout: "dir/inner\n" }],
  ["negates", ["find", "dir", "!", "-type", "d"], { stdout: "dir/inner\n" }],
  ["compares with a date", ["find", "dir", "-newermt", "2020-01-01", "-type", "f"], { stdout: "dir/inner\n" }],
  [
    "reads regular expressions as told",
    ["find", "dir", "-regextype", "posix-extended", "-regex", "dir/(x|inner)"],
    { stdout: "dir/inner\n" },
  ],
  ["finds other names of a file", ["find", "dir", "-type", "f", "-samefile", "dir/inner"], { stdout: "dir/inner\n" }],
  [
    "wants something before an operator",
    ["find", "dir", "-o", "-name", "x"],
    {
      stderr: "find: invalid expression; you have used a binary operator '-o' with nothing before it.\n",
      code: 1,
    },
  ],
  [
    "wants a number for a depth",
    ["find", "dir", "-maxdepth", "x"],
    { stderr: "find: Expected a positive decimal integer argument to -maxdepth, but got 'x'\n", code: 1 },
  ],
  [
    "wants a number for an age",
    ["find", "dir", "-mtime", "x"],
    { stderr: "find: invalid argument `x' to `-mtime'\n", code: 1 },
  ],
  ["limits the depth", ["find", "dir", "-maxdepth", "0"], { stdout: "dir\n" }],
];

describe("find", () => {
  for (const [name, argv, expected, stdin] of cases) {
    it(name, async () => {
      const { code, stdout, stderr } = await run(argv, stdin);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "", ...expected });
    });
  }
});
