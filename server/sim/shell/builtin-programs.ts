/** `echo`, `printf`, `test` and `[` as files in /usr/bin: the same code as the builtins, without a shell around it. */
import type { Process, Program } from "../machine/types.ts";
import { builtins } from "./builtins/index.ts";
import { Interpreter } from "./interpreter.ts";
import { runBuiltin } from "./simple-command.ts";
import { ShellState } from "./state.ts";

async function run(process: Process, name: string): Promise<number> {
  const builtin = builtins.get(name);
  if (!builtin) return 127;
  const isBusybox = process.program.name === "busybox" || process.machine.libc === "musl";
  const shell = new Interpreter(process, new ShellState(isBusybox ? "ash" : "bash", name));
  shell.programName = name;
  return runBuiltin(shell, builtin, name, process.argv.slice(1));
}

export const builtinPrograms: readonly Program[] = ["echo", "printf", "test", "["].map((name) => ({
  name,
  run: (process) => run(process, name),
}));
