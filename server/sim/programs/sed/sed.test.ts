import { describe, expect, it } from "vitest";
import { type ToolCase, toolBench } from "../testing/tool-bench.ts";
import { sed } from "./sed.ts";

const run = toolBench([sed], {
  sizes: "b 10 x\na 9 y\nc 10 a\na 9 z\n",
  fields: "one:two:three\nno delim\na::c\n",
  numbers: "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n",
  old: "a\nb\nc\nd\n",
  new: "a\nB\nc\ne\nf\n",
});

// Each result is what the program of Debian 12 prints in the C locale.
const cases: readonly ToolCase[] = [
  ["prints a range", ["sed", "-n", "2,3p", "numbers"], { stdout: "2\n3\n" }],
  ["substitutes groups and deletes", ["sed", "s/\\(o\\)n/\\1N/;2d", "fields"], { stdout: "oNe:two:three\na::c\n" }],
  [
    "takes extended syntax",
    ["sed", "-E", "s/([a-z]+):([a-z]+)/\\2 \\1/", "fields"],
    { stdout: "two one:three\nno delim\na::c\n" },
  ],
  ["joins pairs", ["sed", "$!N;s/\\n/-/", "old"], { stdout: "a-b\nc-d\n" }],
  ["prints from a match to a match", ["sed", "-n", "/b/,/d/p", "old"], { stdout: "b\nc\nd\n" }],
  ["inserts a line", ["sed", "2i\\x", "old"], { stdout: "a\nx\nb\nc\nd\n" }],
  ["steps", ["sed", "1~2d", "old"], { stdout: "b\nd\n" }],
  ["translates", ["sed", "y/abc/xyz/", "old"], { stdout: "x\ny\nz\nd\n" }],
  ["counts lines", ["sed", "-n", "$=", "numbers"], { stdout: "12\n" }],
  ["quits", ["sed", "2q", "numbers"], { stdout: "1\n2\n" }],
  ["repeats the match with &", ["sed", "s/a/&&/g;s/x$/U/", "sizes"], { stdout: "b 10 U\naa 9 y\nc 10 aa\naa 9 z\n" }],
  [
    "names a missing file",
    ["sed", "p", "nofile"],
    { stderr: "sed: can't read nofile: No such file or directory\n", code: 2 },
  ],
  [
    "refuses an open s",
    ["sed", "s/a", "sizes"],
    { stderr: "sed: -e expression #1, char 3: unterminated `s' command\n", code: 1 },
  ],
  [
    "refuses an unknown command",
    ["sed", "k", "sizes"],
    { stderr: "sed: -e expression #1, char 1: unknown command: `k'\n", code: 1 },
  ],
  ["shows the ends of lines", ["sed", "-n", "l", "fields"], { stdout: "one:two:three$\nno delim$\na::c$\n" }],
  ["holds lines", ["sed", "/b/{h;d};/d/{G}", "old"], { stdout: "a\nc\nd\nb\n" }],
  ["changes case of the second match", ["sed", "s/./\\U&/2", "fields"], { stdout: "oNe:two:three\nnO delim\na::c\n" }],
  ["takes files apart with -s", ["sed", "-s", "-n", "$p", "old", "new"], { stdout: "d\nf\n" }],
  ["loops with labels", ["sed", ":a;N;$!ba;s/\\n/,/g", "old"], { stdout: "a,b,c,d\n" }],
  ["keeps a last line without newline", ["sed", "s/a/b/"], { stdout: "b\nb" }, "a\na"],
  ["keeps blanks behind a\\", ["sed", "/a/a\\  x: 1\\n  y: 2", "new"], { stdout: "a\n  x: 1\n  y: 2\nB\nc\ne\nf\n" }],
  ["names characters by their codes", ["sed", "s/\\x41/<\\x26\\o102>/"], { stdout: "<&B>\n" }, "A\n"],
  ["finds nothing right behind a match", ["sed", "s/b*/x/g"], { stdout: "xaxcx\n" }, "abc\n"],
  [
    "takes the longest of several words",
    ["sed", "-E", "s/(foo|foobar)x?/[\\1]/"],
    { stdout: "[foobar]\n" },
    "foobarx\n",
  ],
  ["ends a range at the next multiple", ["sed", "2,~2d", "old"], { stdout: "a\n" }],
  ["changes a range once", ["sed", "2,3c\\x", "old"], { stdout: "a\nx\nd\n" }],
];

describe("sed", () => {
  for (const [name, argv, expected, stdin] of cases) {
    it(name, async () => {
      const { code, stdout, stderr } = await run(argv, stdin);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "", ...expected });
    });
  }
});
