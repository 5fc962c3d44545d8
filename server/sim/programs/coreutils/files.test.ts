import { describe, expect, it } from "vitest";
import { programRegistry } from "../../machine/executables.ts";
import { createBusybox } from "../busybox/busybox.ts";
import { type ToolCase, toolBench } from "../testing/tool-bench.ts";
import { cp, mv } from "./copy.ts";
import { mkdir, mktemp, rm, rmdir } from "./files.ts";
import { ls } from "./ls.ts";
import { chgrp, chmod } from "./modes.ts";

const run = toolBench([chgrp, chmod, cp, ls, mkdir, mktemp, mv, rm, rmdir], {
  sizes: "b 10 x\na 9 y\nc 10 a\na 9 z\n",
  fields: "one:two:three\nno delim\na::c\n",
  "dir/inner": "hi\n",
});

// Each result is what the program of Debian 12 prints in the C locale.
const cases: readonly ToolCase[] = [
  [
    "chmod -v tells of the change",
    ["chmod", "-v", "600", "sizes"],
    { stdout: "mode of 'sizes' changed from 0644 (rw-r--r--) to 0600 (rw-------)\n" },
  ],
  ["chmod -c is silent about what stays", ["chmod", "-c", "644", "sizes"], {}],
  ["chgrp names the group alone", ["chgrp", "nogrp", "sizes"], { stderr: "chgrp: invalid group: 'nogrp'\n", code: 1 }],
  ["rm -rv tells of all it takes", ["rm", "-rv", "dir"], { stdout: "removed 'dir/inner'\nremoved directory 'dir'\n" }],
  [
    "mkdir refuses a mode in its own words",
    ["mkdir", "-m", "abc", "d"],
    { stderr: "mkdir: invalid mode 'abc'\n", code: 1 },
  ],
  [
    "mktemp refuses two templates",
    ["mktemp", "aXXX", "bXXX"],
    { stderr: "mktemp: too many templates\nTry 'mktemp --help' for more information.\n", code: 1 },
  ],
  ["ls passes over what -I names", ["ls", "-d", "-I", "s*", "sizes"], { stdout: "sizes\n" }],
  ["ls lays out columns when told", ["ls", "-C", "-w", "20", "sizes", "fields"], { stdout: "fields  sizes\n" }],
  [
    "cp leaves out directories without -r",
    ["cp", "dir", "e"],
    { stderr: "cp: -r not specified; omitting directory 'dir'\n", code: 1 },
  ],
  [
    "cp of nothing there",
    ["cp", "nofile", "x"],
    { stderr: "cp: cannot stat 'nofile': No such file or directory\n", code: 1 },
  ],
  [
    "cp of several wants a directory",
    ["cp", "sizes", "fields", "nodir"],
    { stderr: "cp: target 'nodir': No such file or directory\n", code: 1 },
  ],
  [
    "cp wants a destination",
    ["cp", "sizes"],
    { stderr: "cp: missing destination file operand after 'sizes'\nTry 'cp --help' for more information.\n", code: 1 },
  ],
  [
    "cp -r does not copy a directory into itself",
    ["cp", "-r", "dir", "dir/x"],
    { stderr: "cp: cannot copy a directory, 'dir', into itself, 'dir/x'\n", code: 1 },
  ],
  ["cp -v tells", ["cp", "-v", "sizes", "dir"], { stdout: "'sizes' -> 'dir/sizes'\n" }],
  [
    "mv of nothing there",
    ["mv", "nofile", "x"],
    { stderr: "mv: cannot stat 'nofile': No such file or directory\n", code: 1 },
  ],
  [
    "mv of several wants a directory",
    ["mv", "sizes", "fields", "nodir"],
    { stderr: "mv: target 'nodir': No such file or directory\n", code: 1 },
  ],
  [
    "mv of a file to itself",
    ["mv", "sizes", "sizes"],
    { stderr: "mv: 'sizes' and 'sizes' are the same file\n", code: 1 },
  ],
  ["mv -v tells", ["mv", "-v", "sizes", "other"], { stdout: "renamed 'sizes' -> 'other'\n" }],
  ["rm keeps directories", ["rm", "dir"], { stderr: "rm: cannot remove 'dir': Is a directory\n", code: 1 }],
  [
    "rm of nothing there",
    ["rm", "nofile"],
    { stderr: "rm: cannot remove 'nofile': No such file or directory\n", code: 1 },
  ],
  ["rm -f is silent", ["rm", "-f", "nofile"], {}],
  ["rm wants an operand", ["rm"], { stderr: "rm: missing operand\nTry 'rm --help' for more information.\n", code: 1 }],
  [
    "rmdir keeps what is in a directory",
    ["rmdir", "dir"],
    { stderr: "rmdir: failed to remove 'dir': Directory not empty\n", code: 1 },
  ],
  [
    "mkdir does not replace",
    ["mkdir", "dir"],
    { stderr: "mkdir: cannot create directory 'dir': File exists\n", code: 1 },
  ],
  [
    "mkdir wants the parent",
    ["mkdir", "a/b"],
    { stderr: "mkdir: cannot create directory 'a/b': No such file or directory\n", code: 1 },
  ],
  [
    "mkdir -pv tells each",
    ["mkdir", "-pv", "a/b"],
    { stdout: "mkdir: created directory 'a'\nmkdir: created directory 'a/b'\n" },
  ],
];

describe("copying, moving and removing", () => {
  for (const [name, argv, expected, stdin] of cases) {
    it(name, async () => {
      const { code, stdout, stderr } = await run(argv, stdin);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "", ...expected });
    });
  }
});

const runBusybox = toolBench([createBusybox(programRegistry([cp, mkdir, mv, rm, rmdir]), () => true)], {
  sizes: "b 10 x\n",
  "dir/inner": "hi\n",
});

describe("copying, moving and removing in busybox", () => {
  it.each<readonly [argv: readonly string[], stderr: string]>([
    [["cp", "nofile", "x"], "cp: can't stat 'nofile': No such file or directory\n"],
    [["cp", "dir", "e"], "cp: omitting directory 'dir'\n"],
    [["mv", "nofile", "x"], "mv: can't rename 'nofile': No such file or directory\n"],
    [["rm", "nofile"], "rm: can't remove 'nofile': No such file or directory\n"],
    [["rm", "dir"], "rm: 'dir' is a directory\n"],
    [["rmdir", "dir"], "rmdir: 'dir': Directory not empty\n"],
    [["mkdir", "dir"], "mkdir: can't create directory 'dir': File exists\n"],
  ])("%j is refused", async (argv, expected) => {
    const { code, stdout, stderr } = await runBusybox(argv);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: expected });
  });
});
