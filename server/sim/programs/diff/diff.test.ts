import { describe, expect, it } from "vitest";
import { type ToolCase, toolBench } from "../testing/tool-bench.ts";
import { diff } from "./diff.ts";

const run = toolBench([diff], { old: "a\nb\nc\nd\n", new: "a\nB\nc\ne\nf\n", "dir/inner": "hi\n" });

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
