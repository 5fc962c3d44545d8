import { describe, expect, it } from "vitest";
import { type ToolCase, toolBench } from "../testing/tool-bench.ts";
import { digests } from "./digests.ts";

const HI = "98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4";
const run = toolBench(digests, { hi: "hi\n", other: "other\n" });

// Each result is what coreutils 9.1 prints in the C locale.
const cases: readonly ToolCase[] = [
  ["prints the digest and the name", ["sha256sum", "hi"], { stdout: `${HI}  hi\n` }],
  [
    "names the algorithm with --tag",
    ["md5sum", "--tag", "hi"],
    { stdout: "MD5 (hi) = 764efa883dda1e11db47671c4a3bbd9e\n" },
  ],
  ["checks a list", ["sha256sum", "--check"], { stdout: "hi: OK\n" }, `${HI}  hi\n`],
  [
    "tells of files that differ, are missing, and of lines that are none",
    ["sha256sum", "-c"],
    {
      stdout: "other: FAILED\nnofile: FAILED open or read\n",
      stderr:
        "sha256sum: nofile: No such file or directory\nsha256sum: WARNING: 1 line is improperly formatted\n" +
        "sha256sum: WARNING: 1 listed file could not be read\nsha256sum: WARNING: 1 computed checksum did NOT match\n",
      code: 1,
    },
    `${HI}  other\n${HI}  nofile\nnonsense\n`,
  ],
  [
    "refuses a list of other digests",
    ["md5sum", "-c", "hi"],
    { stderr: "md5sum: hi: no properly formatted checksum lines found\n", code: 1 },
  ],
];

describe("digests", () => {
  for (const [name, argv, expected, stdin] of cases) {
    it(name, async () => {
      const { code, stdout, stderr } = await run(argv, stdin);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "", ...expected });
    });
  }
});
