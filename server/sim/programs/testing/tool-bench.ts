/** Runs one program on a small machine with some files, for tables of cases. */
import { exitCode } from "../../machine/signals.ts";
import { createTestMachine } from "../../machine/testing/machine.ts";
import type { Program } from "../../machine/types.ts";

/** A sentence, the command line, what it prints and its status; and what it reads from standard input. */
export type ToolCase = readonly [
  name: string,
  argv: readonly string[],
  expected: { readonly stdout?: string; readonly stderr?: string; readonly code?: number },
  stdin?: string,
];

/** The first word names one of the programs, or an applet when the program is busybox. */
export function toolBench(programs: readonly Program[], files: Readonly<Record<string, string>>) {
  return async (argv: readonly string[], stdin = "") => {
    const { fs, machine, run } = createTestMachine({ programs });
    for (const [path, text] of Object.entries(files)) {
      fs.mkdir(`/${path}`.replace(/\/[^/]*$/, "") || "/", { recursive: true });
      fs.writeFile(`/${path}`, text);
    }
    const name = argv[0] ?? "";
    const file = programs.some((program) => program.name === name) ? name : "busybox";
    const result = await run(async (process) => exitCode(await process.spawn(`/usr/bin/${file}`, argv).exit), {
      stdin,
    });
    return { ...result, fs, machine };
  };
}
