import { describe, expect, it } from "vitest";
import { createBed } from "../testing/pod-bed.ts";
import { type ToolCase, toolBench } from "../testing/tool-bench.ts";
import { od, hexdump } from "../text-tools/dump.ts";
import { comm } from "./comm.ts";
import { dd } from "./dd.ts";
import { join } from "./join.ts";
import { numfmt } from "./numfmt.ts";
import { seq } from "./seq.ts";
import { expand, fold, nl, paste, shuf, tac } from "./small-filters.ts";
import { sort } from "./sort.ts";
import { split } from "./split.ts";
import { tail } from "./tail.ts";

const run = toolBench(
  [comm, dd, expand, fold, hexdump, join, nl, numfmt, od, paste, seq, shuf, sort, split, tac, tail],
  {
    left: "1 a\n2 b\n3 c\n",
    right: "1 x\n3 y\n4 z\n",
    unsorted: "2 a\n1 b\n",
  },
);

// Each result is what the program of Debian 12 prints in the C locale.
const cases: readonly ToolCase[] = [
  [
    "join lists fields of its own choice",
    ["join", "-o", "auto", "-a", "1", "-e-", "left", "right"],
    { stdout: "1 a x\n2 b -\n3 c y\n" },
  ],
  [
    "join complains about unsorted lines that do not pair",
    ["join", "unsorted", "right"],
    { stdout: "", stderr: "join: unsorted:2: is not sorted: 1 b\njoin: input is not in sorted order\n", code: 1 },
  ],
  [
    "join names the operand before the missing one",
    ["join", "left"],
    { stderr: "join: missing operand after 'left'\nTry 'join --help' for more information.\n", code: 1 },
  ],
  [
    "comm counts the lines of each column",
    ["comm", "--total", "-123", "left", "right"],
    { stdout: "3\t3\t0\ttotal\n" },
  ],
  [
    "comm complains about the order",
    ["comm", "-3", "unsorted", "right"],
    {
      stdout: "\t1 x\n2 a\n1 b\n\t3 y\n\t4 z\n",
      stderr: "comm: file 1 is not in sorted order\ncomm: input is not in sorted order\n",
      code: 1,
    },
  ],
  [
    "dd counts blocks, and a short one apart",
    ["dd", "bs=4", "status=noxfer"],
    { stdout: "abcdef", stderr: "1+1 records in\n1+1 records out\n" },
    "abcdef",
  ],
  ["dd converts letters", ["dd", "conv=ucase", "status=none"], { stdout: "HELLO" }, "hello"],
  ["dd refuses a size that is none", ["dd", "bs=x"], { stderr: "dd: invalid number: 'x'\n", code: 1 }],
  [
    "dd refuses words it does not know",
    ["dd", "foo"],
    { stderr: "dd: unrecognized operand 'foo'\nTry 'dd --help' for more information.\n", code: 1 },
  ],
  ["seq takes negative numbers", ["seq", "-2", "0"], { stdout: "-2\n-1\n0\n" }],
  ["seq formats", ["seq", "-f", "%04g.", "9", "10"], { stdout: "0009.\n0010.\n" }],
  [
    "seq refuses formats of whole numbers",
    ["seq", "-f", "%d", "3"],
    { stderr: "seq: format '%d' has unknown %d directive\n", code: 1 },
  ],
  [
    "fold refuses to fold to nothing",
    ["fold", "-w", "0"],
    { stderr: "fold: invalid number of columns: '0': Numerical result out of range\n", code: 1 },
    "endless",
  ],
  ["tac has separators of any kind", ["tac", "-s:"], { stdout: "c:b:a:" }, "a:b:c:"],
  ["nl numbers what matches", ["nl", "-bp^a"], { stdout: "     1\ta\n       b\n" }, "a\nb\n"],
  [
    "paste names a missing file",
    ["paste", "nofile"],
    { stderr: "paste: nofile: No such file or directory\n", code: 1 },
  ],
  ["numfmt reads and writes units", ["numfmt", "--to=iec", "1024", "2048000"], { stdout: "1.0K\n2.0M\n" }],
  ["numfmt converts one field", ["numfmt", "--field=2", "--from=iec"], { stdout: "x 2048 y\n" }, "x 2K y\n"],
  ["numfmt refuses what is no number", ["numfmt", "abc"], { stderr: "numfmt: invalid number: 'abc'\n", code: 2 }],
  ["sort -m merges without sorting", ["sort", "-m", "unsorted", "left"], { stdout: "1 a\n2 a\n1 b\n2 b\n3 c\n" }],
  [
    "sort cannot read a missing file",
    ["sort", "nofile"],
    { stderr: "sort: cannot read: nofile: No such file or directory\n", code: 2 },
  ],
  [
    "od counts addresses from the start of the file",
    ["od", "-An", "-j1", "-tx1z"],
    { stdout: " 62 63                                            >bc<\n" },
    "abc",
  ],
  [
    "tail has nothing to follow",
    ["tail", "-f", "nofile"],
    {
      stderr: "tail: cannot open 'nofile' for reading: No such file or directory\ntail: no files remaining\n",
      code: 1,
    },
  ],
];

describe("filters of lines", () => {
  for (const [name, argv, expected, stdin] of cases) {
    it(name, async () => {
      const { code, stdout, stderr } = await run(argv, stdin);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "", ...expected });
    });
  }

  it("shuf gives each line once, and as many as asked for", async () => {
    const { stdout } = await run(["shuf"], "1\n2\n3\n");
    expect(stdout.split("\n").sort()).toEqual(["", "1", "2", "3"]);
    expect((await run(["shuf", "-n", "2", "-i", "5-9"])).stdout).toMatch(/^[5-9]\n[5-9]\n$/);
    expect((await run(["shuf", "-i", "x"])).stderr).toBe("shuf: invalid input range: 'x'\n");
  });

  it("split deals lines in turn, and keeps whole lines", async () => {
    const { fs } = await run(["split", "-n", "r/2"], "1\n2\n3\n");
    expect([fs.readText("/xaa"), fs.readText("/xab")]).toEqual(["1\n3\n", "2\n"]);
    const sizes = await run(["split", "-C", "4"], "1\n22\n3\n");
    expect(["/xaa", "/xab"].map((path) => sizes.fs.readText(path))).toEqual(["1\n", "22\n"]);
  });
});

describe("input without end", () => {
  it("exhausts a program's memory, not the machine's", async () => {
    const endless = createBed().pod("debian:12", "10.244.1.5", null);
    expect((await endless.exec("sort /dev/zero")).stderr).toBe("sort: memory exhausted\n");
    expect((await endless.exec("head -c 70M /dev/zero | base64 | tail -c 1")).stderr).toBe(
      "base64: memory exhausted\n",
    );
    expect((await endless.exec("xargs < /dev/zero")).stderr).toBe("xargs: memory exhausted\n");
    expect((await endless.exec("head -c 2M /dev/zero | wc -c")).stdout).toBe("2097152\n");
    expect((await endless.exec("dd if=/dev/zero bs=1M count=3 2>/dev/null | wc -c")).stdout).toBe("3145728\n");
    expect((await endless.exec("head -c 1 /dev/zero > /dev/full")).stderr).toBe(
      "head: error writing 'standard output': No space left on device\n",
    );
    expect((await endless.exec("cat /etc/passwd > /dev/full")).stderr).toBe(
      "cat: write error: No space left on device\n",
    );
  });

  it("leaves loops of sed open to signals", async () => {
    const { code } = await createBed().pod("debian:12", "10.244.1.5", null).exec("echo x | timeout 1 sed ':a;ba'");
    expect(code).toBe(124);
  });
});
