import { isValidName } from "../variables.ts";
import type { Interpreter } from "../interpreter.ts";
import { type Builtin, type BuiltinCall, usageError } from "./builtin.ts";

export const getopts: Builtin = {
  name: "getopts",
  synopsis: "getopts optstring name [arg ...]",
  summary: "Parse option arguments.",
  run: runGetopts,
};

async function runGetopts(call: BuiltinCall): Promise<number> {
  const { shell } = call;
  const [spec, name, ...given] = call.args[0] === "--" ? call.args.slice(1) : call.args;
  if (spec === undefined || name === undefined) {
    if (shell.isBash) return usageError(call, getopts.synopsis);
    await shell.report("Usage: getopts optstring var [arg...]");
    return 2;
  }
  const args = given.length > 0 ? given : shell.positional;
  const result = nextOption(shell, spec, args);
  if (!isValidName(name)) {
    await shell.report(`\`${name}': not a valid identifier`);
    return 1;
  }
  shell.variables.assign(name, result.value);
  if (result.argument === undefined) shell.variables.unset("OPTARG");
  else shell.variables.assign("OPTARG", result.argument);
  if (result.message && shell.variables.scalar("OPTERR") !== "0") {
    await shell.writeError(shell.isBash ? `${shell.shellName}: ${result.message}\n` : (result.posixMessage ?? ""));
  }
  return result.isEnd ? 1 : 0;
}

interface OptionResult {
  readonly value: string;
  readonly argument?: string | undefined;
  readonly isEnd?: boolean;
  readonly message?: string;
  readonly posixMessage?: string;
}

function nextOption(shell: Interpreter, spec: string, args: readonly string[]): OptionResult {
  const { state, variables } = shell;
  const isSilent = spec.startsWith(":");
  let index = Number(variables.scalar("OPTIND") ?? "1") || 1;
  const word = args[index - 1];
  const setIndex = (value: number, offset: number): void => {
    variables.assign("OPTIND", String(value));
    state.getoptsOffset = offset;
  };
  if (state.getoptsOffset === 0) {
    if (word === "--") setIndex(index + 1, 0);
    if (word === undefined || !word.startsWith("-") || word === "-" || word === "--")
      return { value: "?", isEnd: true };
  }
  const offset = state.getoptsOffset === 0 ? 1 : state.getoptsOffset;
  const letter = (word ?? "").charAt(offset);
  const isLast = offset + 1 >= (word ?? "").length;
  const place = letter === ":" ? -1 : spec.indexOf(letter, isSilent ? 1 : 0);
  if (isLast) index++;
  setIndex(index, isLast ? 0 : offset + 1);
  if (place < 0) {
    if (isSilent) return { value: "?", argument: letter };
    return { value: "?", message: `illegal option -- ${letter}`, posixMessage: `Illegal option -${letter}\n` };
  }
  if (spec[place + 1] !== ":") return { value: letter };
  const argument = isLast ? args[index - 1] : (word ?? "").slice(offset + 1);
  if (argument === undefined) {
    setIndex(index, 0);
    if (isSilent) return { value: ":", argument: letter };
    return {
      value: "?",
      message: `option requires an argument -- ${letter}`,
      posixMessage: `No arg for -${letter} option\n`,
    };
  }
  setIndex(isLast ? index + 1 : index + 1, 0);
  return { value: letter, argument };
}
