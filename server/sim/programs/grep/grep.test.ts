import { describe, expect, it } from "vitest";
import { type ToolCase, toolBench } from "../testing/tool-bench.ts";
import { grep } from "./grep.ts";

const run = toolBench([grep], {
  sizes: "b 10 x\na 9 y\nc 10 a\na 9 z\n",
  fields: "one:two:three\nno delim\na::c\n",
  numbers: "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n",
  old: "a\nb\nc\nd\n",
  new: "a\nB\nc\ne\nf\n",
  "dir/inner": "hi\n",
});

// Each result is what the program of Debian 12 prints in the C locale.
const cases: readonly ToolCase[] = [
  ["numbers lines", ["grep", "-n", "a", "sizes"], { stdout: "2:a 9 y\n3:c 10 a\n4:a 9 z\n" }],
  ["counts lines", ["grep", "-c", "a", "sizes"], { stdout: "3\n" }],
  ["prints each match", ["grep", "-o", "[0-9]*", "sizes"], { stdout: "10\n9\n10\n9\n" }],
  ["takes extended syntax", ["grep", "-E", "^(a|b) ", "sizes"], { stdout: "b 10 x\na 9 y\na 9 z\n" }],
  ["inverts", ["grep", "-v", "a", "sizes"], { stdout: "b 10 x\n" }],
  ["lists files", ["grep", "-l", "one", "sizes", "fields", "numbers"], { stdout: "fields\n" }],
  ["names a missing file", ["grep", "x", "nofile"], { stderr: "grep: nofile: No such file or directory\n", code: 2 }],
  ["shows context with another mark", ["grep", "-A1", "-n", "b", "sizes"], { stdout: "1:b 10 x\n2-a 9 y\n" }],
  [
    "parts groups",
    ["grep", "-A1", "10", "sizes", "fields"],
    { stdout: "sizes:b 10 x\nsizes-a 9 y\nsizes:c 10 a\nsizes-a 9 z\n" },
  ],
  ["matches whole words", ["grep", "-w", "10", "sizes", "fields"], { stdout: "sizes:b 10 x\nsizes:c 10 a\n" }],
  ["fails silently", ["grep", "-q", "zzz", "sizes"], { code: 1 }],
  ["ignores case", ["grep", "-i", "B", "old", "new"], { stdout: "old:b\nnew:B\n" }],
  ["stops after a count", ["grep", "-m1", "a", "sizes"], { stdout: "a 9 y\n" }],
  ["matches whole lines", ["grep", "-x", "a", "old"], { stdout: "a\n" }],
  ["takes fixed text", ["grep", "-F", ".", "fields"], { code: 1 }],
  ["takes Perl syntax", ["grep", "-P", "a \\d", "sizes"], { stdout: "a 9 y\na 9 z\n" }],
  ["walks directories", ["grep", "-rn", "hi", "dir"], { stdout: "dir/inner:1:hi\n" }],
  ["takes back references", ["grep", "\\(.\\)\\1", "fields"], { stdout: "one:two:three\na::c\n" }],
  ["reads standard input by name", ["grep", "-H", "x"], { stdout: "(standard input):x\n" }, "x\n"],
  ["finds the longest branch", ["grep", "-oE", "[0-9]+|[0-9]+[.][0-9]+"], { stdout: "1.25\n" }, "1.25\n"],
  [
    "tells that standard input is binary",
    ["grep", "a"],
    { stderr: "grep: (standard input): binary file matches\n" },
    "a\0b\n",
  ],
  [
    "separates groups as told",
    ["grep", "-A0", "--group-separator=..", "-e", "a", "-e", "d", "old"],
    { stdout: "a\n..\nd\n" },
  ],
  ["skips folders when told", ["grep", "-d", "skip", "hi", "dir"], { code: 1 }],
  [
    "answers a wrong option with its synopsis",
    ["grep", "-Q", "a"],
    {
      stderr:
        "grep: invalid option -- 'Q'\nUsage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n",
      code: 2,
    },
  ],
  ["wants numbers for counts", ["grep", "-m", "x", "a", "old"], { stderr: "grep: invalid max count\n", code: 2 }],
  [
    "explains where a class belongs",
    ["grep", "[:digit:]", "old"],
    { stderr: "grep: character class syntax is [[:space:]], not [:space:]\n", code: 2 },
  ],
  ["counts in each file", ["grep", "-c", "a", "old", "new"], { stdout: "old:1\nnew:1\n" }],
];

describe("grep", () => {
  for (const [name, argv, expected, stdin] of cases) {
    it(name, async () => {
      const { code, stdout, stderr } = await run(argv, stdin);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "", ...expected });
    });
  }
});
