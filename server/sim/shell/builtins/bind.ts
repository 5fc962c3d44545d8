import { BASH_ONLY, type Builtin, parseOptions, refuseOptions } from "./builtin.ts";

/**
 * Takes what start-up files say to readline and changes nothing: the keys of the line editor are
 * fixed. Lists nothing either, as there is nothing that could be changed back.
 */
export const bind: Builtin = {
  name: "bind",
  flavours: BASH_ONLY,
  synopsis:
    "bind [-lpsvPSVX] [-m keymap] [-f filename] [-q name] [-u name] [-r keyseq] [-x keyseq:shell-command] [keyseq:readline-function or readline-command]",
  summary: "Set Readline key bindings and variables.",
  async run(call) {
    const options = parseOptions(call.args, "lpsvPSVXm:f:q:u:r:x:");
    const refused = await refuseOptions(call, options, bind.synopsis);
    return refused ?? 0;
  },
};
