/**
 * What real bash 5.2 printed for a few hundred small scripts, run again in a simulated machine.
 * `SHELL_CASES=file.jsonl` runs other cases of the same form instead.
 */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { FsImageBuilder } from "../server/sim/machine/fs/image.ts";
import { collectOutput, openInput } from "../server/sim/machine/open-file.ts";
import { exitCode } from "../server/sim/machine/signals.ts";
import { createTestMachine, ROOT } from "../server/sim/machine/testing/machine.ts";
import type { Program } from "../server/sim/machine/types.ts";
import { programNames, programs } from "../server/sim/programs/index.ts";

interface ShellCase {
  readonly id: string;
  readonly name: string;
  readonly code: string;
  readonly stdout: string;
  readonly exit: number;
}

function readCases(): readonly ShellCase[] {
  const given = process.env.SHELL_CASES;
  const bytes = readFileSync(
    given && existsSync(given) ? given : new URL("fixtures/shell/bash-sample.jsonl.gz", import.meta.url),
  );
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as ShellCase);
}

const installed: readonly Program[] = programNames()
  .map((name) => programs.get(name))
  .filter((program): program is Program => program !== undefined);

const image = (() => {
  const builder = new FsImageBuilder();
  builder.directory("/tmp/work", { mode: 0o755 }).directory("/etc").directory("/root").directory("/usr/bin");
  for (const program of installed) builder.executable(`/usr/bin/${program.name}`, program.name);
  builder.symlink("/bin", "usr/bin");
  if (programs.get("dash")) builder.symlink("/usr/bin/sh", "dash");
  builder.file("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
  builder.file("/etc/hostname", "box\n");
  return builder.build();
})();

/** Words of a script that could be programs this machine lacks. */
function missingProgram(stderr: string): string | undefined {
  return /: ([\w.+-]+): (?:command )?not found/.exec(stderr)?.[1];
}

async function run(code: string, argv: readonly string[]) {
  const { machine, faults } = createTestMachine({ image, programs: installed });
  const [stdout, stderr] = [collectOutput(), collectOutput()];
  if (argv[1] === "SCRIPT") machine.fs.writeFile("/tmp/SCRIPT", code);
  const child = machine.start("/usr/bin/bash", argv[1] === "SCRIPT" ? ["bash", "/tmp/SCRIPT"] : argv, {
    env: new Map([
      ["PATH", "/usr/bin:/bin"],
      ["HOME", "/root"],
      ["LC_ALL", "C.UTF-8"],
      ["TZ", "UTC"],
    ]),
    cwd: "/tmp/work",
    credentials: ROOT,
    fds: new Map([
      [0, openInput("")],
      [1, stdout],
      [2, stderr],
    ]),
    tty: null,
  });
  const status = await child.exit;
  return { stdout: stdout.text(), stderr: stderr.text(), exit: exitCode(status), faults };
}

describe("bash prints what bash 5.2 prints", () => {
  for (const each of readCases()) {
    it(`${each.id}: ${each.name}`, async (context) => {
      for (const argv of [
        ["bash", "-c", each.code],
        ["bash", "SCRIPT"],
      ]) {
        const result = await run(each.code, argv);
        const missing = missingProgram(result.stderr);
        const differs = result.stdout !== each.stdout || result.exit !== each.exit;
        // A program that is not written yet is no fault of the shell.
        if (differs && missing && !/nosuch|notthere|nope/.test(missing) && !each.stdout.includes(missing))
          context.skip();
        expect({ stdout: result.stdout, exit: result.exit }).toEqual({ stdout: each.stdout, exit: each.exit });
        expect(result.faults).toEqual([]);
      }
    });
  }
});
