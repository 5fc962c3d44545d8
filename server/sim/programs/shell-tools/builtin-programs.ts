/** What is a builtin in shells exists as an executable too: echo, printf, test, [. */
import { createShellSession } from "../../shell/index.ts";
import type { Program } from "../../machine/types.ts";

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

function builtinProgram(name: string): Program {
  return {
    name,
    run: async (process) =>
      (await createShellSession(process)).execute([name, ...process.argv.slice(1).map(quoted)].join(" ")),
  };
}

export const builtinPrograms: readonly Program[] = ["echo", "printf", "test", "["].map(builtinProgram);
