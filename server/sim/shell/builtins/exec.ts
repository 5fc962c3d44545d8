import { ExitShell } from "../control.ts";
import { becomeProgram } from "../external-command.ts";
import { type Builtin, parseOptions, refuseOptions } from "./builtin.ts";

const SYNOPSIS = "exec [-cl] [-a name] [command [argument ...]] [redirection ...]";

export const exec: Builtin = {
  name: "exec",
  isSpecial: true,
  synopsis: SYNOPSIS,
  summary: "Replace the shell with the given command.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, shell.isBash ? "cla:" : "a:");
    const refused = await refuseOptions(call, options, SYNOPSIS);
    if (refused !== undefined) return refused;
    const words = options.operands;
    if (words.length === 0) return 0;
    const name = shell.currentBuiltin;
    shell.currentBuiltin = "exec";
    const status = await becomeProgram(shell, {
      words,
      assignments: [],
      opened: undefined,
      text: () => words.join(" "),
      isExec: true,
    });
    shell.currentBuiltin = name;
    // The program could not be started: a shell that is not interactive ends.
    if (!shell.state.isInteractive && !shell.options.has("execfail")) throw new ExitShell(status);
    return status;
  },
};
