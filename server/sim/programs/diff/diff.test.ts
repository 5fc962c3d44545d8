import { describe, expect, it } from "vitest";
import { type ToolCase, toolBench } from "../testing/tool-bench.ts";
import { cmp, diff } from "./diff.ts";

const run = toolBench([cmp, diff], { old: "a\nb\nc\nd\n", new: "a\nB\nc\ne\nf\n", "dir/inner": "hi\n" });

// Each result is what the program of Debian 12 prints in the C locale.
const cases: readonly ToolCase[] = [
  [
    "prints commands of ed",
    ["diff", "old", "new"],
    { stdout: "2c2\n< b\n---\n> B\n4c4,5\n< d\n---\n> e\n> f\n", code: 1 },
  ],
  [
    "prints unified hunks",
    ["diff", "-u", "--label", "x", "--label", "y", "old", "new"],
    { stdout: "--- x\n+++ y\n@@ -1,4 +1,5 @@\n a\n-b\n+B\n c\n-d\n+e\n+f\n", code: 1 },
  ],
  ["is silent about equal files", ["diff", "old", "old"], {}],
  ["tells briefly", ["diff", "-q", "old", "new"], { stdout: "Files old and new differ\n", code: 1 }],
  ["names a missing file", ["diff", "old", "nofile"], { stderr: "diff: nofile: No such file or directory\n", code: 2 }],
  ["ignores case", ["diff", "-i", "old", "new"], { stdout: "4c4,5\n< d\n---\n> e\n> f\n", code: 1 }],
  [
    "prints context hunks",
    ["diff", "-c", "--label", "x", "--label", "y", "old", "new"],
    {
      stdout:
        "*** x\n--- y\n***************\n*** 1,4 ****\n  a\n! b\n  c\n! d\n--- 1,5 ----\n  a\n! B\n  c\n! e\n! f\n",
      code: 1,
    },
  ],
  [
    "prints side by side",
    ["diff", "-y", "-W40", "old", "new"],
    { stdout: "a\t\t\ta\nb\t\t   |\tB\nc\t\t\tc\nd\t\t   |\te\n\t\t   >\tf\n", code: 1 },
  ],
  ["writes a script for ed", ["diff", "-e", "old", "new"], { stdout: "4c\ne\nf\n.\n2c\nB\n.\n", code: 1 }],
  [
    "paints",
    ["diff", "-u0", "--color=always", "--label", "x", "--label", "y", "-i", "old", "new"],
    {
      stdout:
        "\u001b[1m--- x\u001b[0m\n\u001b[1m+++ y\u001b[0m\n\u001b[36m@@ -4 +4,2 @@\u001b[0m\n" +
        "\u001b[31m-d\u001b[0m\n\u001b[32m+e\u001b[0m\n\u001b[32m+f\u001b[0m\n",
      code: 1,
    },
  ],
  [
    "refuses a third file",
    ["diff", "old", "new", "old"],
    { stderr: "diff: extra operand 'old'\ndiff: Try 'diff --help' for more information.\n", code: 2 },
  ],
  [
    "cmp says where the shorter file ends",
    ["cmp", "old", "-"],
    { stderr: "cmp: EOF on - after byte 2, line 1\n", code: 1 },
    "a\n",
  ],
  ["cmp lists all bytes", ["cmp", "-l", "old", "-"], { stdout: "3 142 170\n", code: 1 }, "a\nx\nc\nd\n"],
  ["compares directories", ["diff", "-r", "dir", "dir"], {}],
];

describe("diff", () => {
  for (const [name, argv, expected, stdin] of cases) {
    it(name, async () => {
      const { code, stdout, stderr } = await run(argv, stdin);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "", ...expected });
    });
  }
});
