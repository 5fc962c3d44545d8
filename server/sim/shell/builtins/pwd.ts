import { type Builtin, parseOptions, refuseOptions } from "./builtin.ts";

const SYNOPSIS = "pwd [-LP]";

export const pwd: Builtin = {
  name: "pwd",
  synopsis: SYNOPSIS,
  summary: "Print the name of the current working directory.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, "LP");
    const refused = await refuseOptions(call, options, SYNOPSIS);
    if (refused !== undefined) return refused;
    const { process } = shell;
    const directory = options.flags.has("P")
      ? process.machine.fs.realpath(process.cwd)
      : (shell.variables.scalar("PWD") ?? process.cwd);
    await shell.write(`${directory.startsWith("/") ? directory : process.cwd}\n`);
    return 0;
  },
};
