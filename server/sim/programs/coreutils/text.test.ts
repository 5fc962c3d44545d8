import { describe, expect, it } from "vitest";
import { type ToolCase, toolBench } from "../testing/tool-bench.ts";
import { cut } from "./cut.ts";
import { head } from "./head.ts";
import { sort } from "./sort.ts";
import { tail } from "./tail.ts";
import { tr } from "./tr.ts";

const run = toolBench([cut, head, sort, tail, tr], {
  sizes: "b 10 x\na 9 y\nc 10 a\na 9 z\n",
  fields: "one:two:three\nno delim\na::c\n",
  numbers: "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n",
});

// Each result is what the program of Debian 12 prints in the C locale.
const cases: readonly ToolCase[] = [
  ["sort compares bytes", ["sort", "sizes"], { stdout: "a 9 y\na 9 z\nb 10 x\nc 10 a\n" }],
  [
    "sort takes keys with their own order, then the whole line",
    ["sort", "-k2n", "-k3r", "sizes"],
    { stdout: "a 9 z\na 9 y\nb 10 x\nc 10 a\n" },
  ],
  ["sort -u compares only the key", ["sort", "-t", " ", "-k1,1", "-u", "sizes"], { stdout: "a 9 y\nb 10 x\nc 10 a\n" }],
  [
    "sort takes a second key for ties",
    ["sort", "-k2,2nr", "-k1,1", "sizes"],
    { stdout: "b 10 x\nc 10 a\na 9 y\na 9 z\n" },
  ],
  ["sort -h knows units", ["sort", "-h"], { stdout: "512\n10K\n2M\n1G\n" }, "10K\n2M\n1G\n512\n"],
  ["sort -V knows versions", ["sort", "-V"], { stdout: "v1.2\nv1.9\nv1.10\n" }, "v1.10\nv1.9\nv1.2\n"],
  [
    "sort -c names the first line out of order",
    ["sort", "-c", "numbers"],
    { stderr: "sort: numbers:10: disorder: 10\n", code: 1 },
  ],
  ["sort -n of numbers is silent with -c", ["sort", "-n", "-c", "numbers"], {}],
  ["cut leaves lines without a delimiter whole", ["cut", "-d:", "-f2", "fields"], { stdout: "two\nno delim\n\n" }],
  ["cut -s drops them", ["cut", "-s", "-d:", "-f1,3-", "fields"], { stdout: "one:three\na:c\n" }],
  ["cut -c counts characters", ["cut", "-c2-4", "fields"], { stdout: "ne:\no d\n::c\n" }],
  [
    "cut joins with another delimiter",
    ["cut", "--output-delimiter=+", "-d:", "-f1,2", "fields"],
    { stdout: "one+two\nno delim\na+\n" },
  ],
  [
    "cut wants a list",
    ["cut", "fields"],
    {
      stderr: "cut: you must specify a list of bytes, characters, or fields\nTry 'cut --help' for more information.\n",
      code: 1,
    },
  ],
  [
    "cut counts from one",
    ["cut", "-f0", "fields"],
    { stderr: "cut: fields are numbered from 1\nTry 'cut --help' for more information.\n", code: 1 },
  ],
  ["tr translates ranges", ["tr", "a-z", "A-Z"], { stdout: "HELLO  WORLD\n" }, "Hello  World\n"],
  ["tr squeezes what it has translated", ["tr", "-s", " ", "\n"], { stdout: "Hello\nWorld\n" }, "Hello  World\n"],
  ["tr deletes classes", ["tr", "-d", "[:digit:]"], { stdout: "ab\n" }, "a1b2\n"],
  ["tr keeps only what is not in the complement", ["tr", "-cd", "[:alpha:]\n"], { stdout: "ab\n" }, "a1b2\n"],
  ["tr wants an operand", ["tr"], { stderr: "tr: missing operand\nTry 'tr --help' for more information.\n", code: 1 }],
  ["head takes a count as an option", ["head", "-3", "numbers"], { stdout: "1\n2\n3\n" }],
  ["head leaves out the last lines", ["head", "-n", "-10", "numbers"], { stdout: "1\n2\n" }],
  ["head counts bytes", ["head", "-c5", "numbers"], { stdout: "1\n2\n3" }],
  [
    "head names files and those that are missing",
    ["head", "-n1", "fields", "nofile", "numbers"],
    {
      stdout: "==> fields <==\none:two:three\n\n==> numbers <==\n1\n",
      stderr: "head: cannot open 'nofile' for reading: No such file or directory\n",
      code: 1,
    },
  ],
  [
    "head refuses what is no number",
    ["head", "-n", "x", "numbers"],
    { stderr: "head: invalid number of lines: 'x'\n", code: 1 },
  ],
  ["tail takes the last lines", ["tail", "-2", "numbers"], { stdout: "11\n12\n" }],
  ["tail starts at a line", ["tail", "-n", "+11", "numbers"], { stdout: "11\n12\n" }],
  [
    "tail names files",
    ["tail", "-n1", "fields", "numbers"],
    { stdout: "==> fields <==\na::c\n\n==> numbers <==\n12\n" },
  ],
];

describe("text filters", () => {
  for (const [name, argv, expected, stdin] of cases) {
    it(name, async () => {
      const { code, stdout, stderr } = await run(argv, stdin);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "", ...expected });
    });
  }
});
