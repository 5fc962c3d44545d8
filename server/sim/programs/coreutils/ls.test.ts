import { describe, expect, it } from "vitest";
import { exitCode } from "../../machine/signals.ts";
import { createTestMachine } from "../../machine/testing/machine.ts";
import { ls } from "./ls.ts";

async function list(...argv: readonly string[]) {
  const { fs, run } = createTestMachine({ programs: [ls] });
  fs.mkdir("/box/dir", { recursive: true, mode: 0o750 });
  fs.writeFile("/box/a", "x".repeat(1536), { mode: 0o644 });
  fs.writeFile("/box/run", "#!/bin/sh\n", { mode: 0o4755 });
  fs.writeFile("/box/.hidden", "", { mode: 0o600 });
  fs.symlink("a", "/box/link");
  return run(async (process) => exitCode(await process.spawn("/usr/bin/ls", ["ls", ...argv], { cwd: "/box" }).exit));
}

describe("ls", () => {
  it.each<readonly [argv: readonly string[], stdout: string]>([
    [[], "a\ndir\nlink\nrun\n"],
    [["-A"], ".hidden\na\ndir\nlink\nrun\n"],
    [["-F"], "a\ndir/\nlink@\nrun*\n"],
    [["-r"], "run\nlink\ndir\na\n"],
    [["-S"], "dir\na\nrun\nlink\n"],
    [["-d", "dir", "a"], "a\ndir\n"],
    [["-m"], "a, dir, link, run\n"],
    [
      ["-l"],
      "total 12\n-rw-r--r-- 1 0 0 1536 Jan 15 10:00 a\ndrwxr-x--- 2 0 0 4096 Jan 15 10:00 dir\n" +
        "lrwxrwxrwx 1 0 0    1 Jan 15 10:00 link -> a\n-rwsr-xr-x 1 0 0   10 Jan 15 10:00 run\n",
    ],
    [["-lh", "a"], "-rw-r--r-- 1 0 0 1.5K Jan 15 10:00 a\n"],
    [["-l", "a", "dir"], "-rw-r--r-- 1 0 0 1536 Jan 15 10:00 a\n\ndir:\ntotal 0\n"],
  ])("%j", async (argv, stdout) => {
    expect(await list(...argv)).toEqual({ code: 0, stdout, stderr: "" });
  });

  it("names what is missing and lists the rest", async () => {
    expect(await list("nofile", "a")).toEqual({
      code: 2,
      stdout: "a\n",
      stderr: "ls: cannot access 'nofile': No such file or directory\n",
    });
  });
});
