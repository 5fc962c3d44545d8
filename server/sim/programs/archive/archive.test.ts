import { expect, it } from "vitest";
import { createTestMachine } from "../../machine/testing/machine.ts";
import type { Process, Program } from "../../machine/types.ts";
import { gunzip, gzip, zcat } from "./gzip.ts";
import { tar } from "./tar.ts";

function box() {
  const machine = createTestMachine({ programs: [tar, gzip, gunzip, zcat] });
  const { fs } = machine;
  fs.mkdir("/w/a", { recursive: true });
  fs.writeFile("/w/a/f", "one\n", { mode: 0o640 });
  fs.writeFile(`/w/a/${"n".repeat(120)}`, "long\n");
  fs.symlink("f", "/w/a/l");
  const run = (program: Program, ...args: string[]) =>
    machine.run(
      (process: Process) => {
        process.cwd = "/w";
        return program.run(process);
      },
      { argv: [program.name, ...args] },
    );
  return { fs, run, machine };
}

it("what tar packs, it unpacks: modes, links, long names", async () => {
  const { fs, run, machine } = box();
  expect((await run(tar, "czf", "a.tgz", "a")).code).toBe(0);
  const listed = await run(tar, "tzf", "a.tgz");
  expect(listed.stdout.split("\n").sort()).toEqual(["", "a/", "a/f", "a/l", `a/${"n".repeat(120)}`]);
  fs.mkdir("/w/out");
  expect((await run(tar, "-xzf", "a.tgz", "-C", "out", "--strip-components=1")).code).toBe(0);
  expect(fs.readText("/w/out/f")).toBe("one\n");
  expect(fs.stat("/w/out/f").mode).toBe(0o640);
  expect(fs.readlink("/w/out/l")).toBe("f");
  expect(fs.readText(`/w/out/${"n".repeat(120)}`)).toBe("long\n");
  expect(machine.faults).toEqual([]);
});

it("tar -m makes files as new as their extraction", async () => {
  const { fs, run } = box();
  fs.utimes("/w/a/f", 1000, 1000);
  await run(tar, "-cf", "a.tar", "a/f");
  fs.mkdir("/w/new");
  expect((await run(tar, "--no-same-permissions", "-xmf", "a.tar", "-C", "new")).code).toBe(0);
  expect(fs.stat("/w/new/a/f").modifiedMs).toBeGreaterThan(1000);
  expect(fs.readText("/w/new/a/f")).toBe("one\n");
});

it("tar refuses in GNU tar's words", async () => {
  const { run } = box();
  expect(await run(tar, "xf", "none.tar")).toEqual({
    code: 2,
    stdout: "",
    stderr: "tar: none.tar: Cannot open: No such file or directory\ntar: Error is not recoverable: exiting now\n",
  });
  expect((await run(tar, "cf", "x.tar", "none")).stderr).toBe(
    "tar: none: Cannot stat: No such file or directory\ntar: Exiting with failure status due to previous errors\n",
  );
  expect((await run(tar, "xf", "a/f")).stderr).toContain("tar: ");
});

it("gzip replaces a file and gunzip brings it back", async () => {
  const { fs, run } = box();
  expect((await run(gzip, "a/f")).code).toBe(0);
  expect(fs.exists("/w/a/f")).toBe(false);
  expect((await run(zcat, "a/f.gz")).stdout).toBe("one\n");
  expect((await run(gunzip, "a/f.gz")).code).toBe(0);
  expect(fs.readText("/w/a/f")).toBe("one\n");
  expect(await run(gunzip, "a/f")).toEqual({ code: 1, stdout: "", stderr: "gunzip: a/f: unknown suffix -- ignored\n" });
});
