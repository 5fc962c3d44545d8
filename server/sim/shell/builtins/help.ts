import { BASH_VERSION } from "../flavour.ts";
import { compilePattern } from "../pattern.ts";
import { type Builtin, helpText, NOT_DASH, parseOptions } from "./builtin.ts";
import { builtins } from "./index.ts";

export const help: Builtin = {
  name: "help",
  flavours: NOT_DASH,
  synopsis: "help [-dms] [pattern ...]",
  summary: "Display information about builtin commands.",
  async run({ shell, args }) {
    const { flags, operands } = parseOptions(args, "dms");
    const all = [...builtins.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    if (operands.length === 0) {
      await shell.write(
        `GNU bash, version ${BASH_VERSION} (x86_64-pc-linux-gnu)\nThese shell commands are defined internally.  Type \`help' to see this list.\nType \`help name' to find out more about the function \`name'.\n\n`,
      );
      for (const builtin of all) await shell.write(` ${builtin.synopsis}\n`);
      return 0;
    }
    let status = 1;
    for (const pattern of operands) {
      const matcher = compilePattern(pattern, { extglob: false });
      const found = all.filter((builtin) => matcher.test(builtin.name));
      for (const builtin of found) {
        status = 0;
        if (flags.has("d")) await shell.write(`${builtin.name} - ${builtin.summary}\n`);
        else if (flags.has("s")) await shell.write(`${builtin.name}: ${builtin.synopsis}\n`);
        else await shell.write(helpText(builtin));
      }
    }
    if (status !== 0)
      await shell.report(
        `no help topics match \`${operands.at(-1)}'.  Try \`help help' or \`man -k ${operands.at(-1)}' or \`info ${operands.at(-1)}'.`,
      );
    return status;
  },
};
