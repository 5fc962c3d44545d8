import { singleQuote } from "../quote.ts";
import type { Interpreter } from "../interpreter.ts";
import { type Builtin, parseOptions, refuseOptions, usageError } from "./builtin.ts";

function line(shell: Interpreter, name: string, value: string): string {
  return `${shell.isBash ? "alias " : ""}${name}=${singleQuote(value)}\n`;
}

export const alias: Builtin = {
  name: "alias",
  synopsis: "alias [-p] [name[=value] ... ]",
  summary: "Define or display aliases.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, "p");
    const refused = await refuseOptions(call, options, alias.synopsis);
    if (refused !== undefined) return refused;
    const { aliases } = shell.state;
    if (options.operands.length === 0 || options.flags.has("p")) {
      for (const [name, value] of [...aliases].sort(([a], [b]) => (a < b ? -1 : 1)))
        await shell.write(line(shell, name, value));
    }
    let status = 0;
    for (const word of options.operands) {
      const equals = word.indexOf("=");
      if (equals > 0) {
        const name = word.slice(0, equals);
        if (/[\s$`"'\\/|&;()<>]/.test(name)) {
          await shell.report(`\`${name}': invalid alias name`);
          status = 1;
        } else aliases.set(name, word.slice(equals + 1));
        continue;
      }
      const value = aliases.get(word);
      if (value !== undefined) await shell.write(line(shell, word, value));
      else {
        if (shell.isBash) await shell.report(`${word}: not found`);
        else await shell.writeError(`alias: ${word} not found\n`);
        status = 1;
      }
    }
    return status;
  },
};

export const unalias: Builtin = {
  name: "unalias",
  synopsis: "unalias [-a] name [name ...]",
  summary: "Remove each NAME from the list of defined aliases.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, "a");
    const refused = await refuseOptions(call, options, unalias.synopsis);
    if (refused !== undefined) return refused;
    if (options.flags.has("a")) {
      shell.state.aliases.clear();
      return 0;
    }
    if (options.operands.length === 0) return usageError(call, unalias.synopsis);
    let status = 0;
    for (const name of options.operands) {
      if (shell.state.aliases.delete(name)) continue;
      await (shell.isBash ? shell.report(`${name}: not found`) : shell.writeError(`unalias: ${name} not found\n`));
      status = 1;
    }
    return status;
  },
};
