import { ExpansionError } from "../control.ts";
import { parseReference } from "../variables.ts";
import { type Builtin, type BuiltinCall, parseOptions, refuseOptions } from "./builtin.ts";

const SYNOPSIS = "unset [-f] [-v] [-n] [name ...]";

export const unset: Builtin = {
  name: "unset",
  isSpecial: true,
  synopsis: SYNOPSIS,
  summary: "Unset values and attributes of shell variables and functions.",
  async run(call) {
    const options = parseOptions(call.args, call.shell.isBash ? "fvn" : "fv");
    const refused = await refuseOptions(call, options, SYNOPSIS);
    if (refused !== undefined) return refused;
    let status = 0;
    for (const name of options.operands) status = Math.max(status, await unsetOne(call, name, options.flags));
    return status;
  },
};

async function unsetOne({ shell }: BuiltinCall, name: string, flags: ReadonlyMap<string, string>): Promise<number> {
  const { state, variables } = shell;
  if (flags.has("f")) {
    state.functions.delete(name);
    return 0;
  }
  if (flags.has("n")) {
    variables.unsetReference(name);
    return 0;
  }
  const reference = parseReference(name);
  if (!reference) {
    if (shell.isBash && !flags.has("v")) {
      state.functions.delete(name);
      return 0;
    }
    await shell.report(shell.isBash ? `\`${name}': not a valid identifier` : `${name}: bad variable name`);
    return shell.isBash ? 1 : 2;
  }
  try {
    const isDone =
      reference.subscript === undefined
        ? unsetVariable(shell, name, flags.has("v"))
        : unsetElement(shell, reference.name, reference.subscript);
    if (isDone) return 0;
    await shell.report(shell.isBash ? `${reference.name}: cannot unset: readonly variable` : `${name}: is read only`);
    return shell.isBash ? 1 : 2;
  } catch (error) {
    if (!(error instanceof ExpansionError)) throw error;
    await shell.report(error.message);
    return 1;
  }
}

function unsetElement(shell: BuiltinCall["shell"], name: string, subscript: string): boolean {
  const isAssociative = shell.variables.isAssociative(name);
  if ((subscript === "@" || subscript === "*") && !isAssociative) return shell.variables.unset(name);
  return shell.variables.unsetElement(name, isAssociative ? subscript.replace(/^(['"])(.*)\1$/s, "$2") : subscript);
}

/** A name that is no variable is taken for a function's. */
function unsetVariable(shell: BuiltinCall["shell"], name: string, isVariableOnly: boolean): boolean {
  const { variables, state } = shell;
  if (!isVariableOnly && shell.isBash && !variables.raw(name) && !variables.dynamic.has(name)) {
    state.functions.delete(name);
    return true;
  }
  const isDone = variables.unset(name);
  if (isDone && name === "PATH") state.hashedCommands.clear();
  return isDone;
}
