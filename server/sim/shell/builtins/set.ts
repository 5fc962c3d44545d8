import { assignmentLine, functionText } from "../declarations.ts";
import type { Interpreter } from "../interpreter.ts";
import { posixSetOptions, setOptions, type ShellOption } from "../options.ts";
import { type Builtin, type BuiltinCall, usageError } from "./builtin.ts";

const SYNOPSIS = "set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]";

export const set: Builtin = {
  name: "set",
  isSpecial: true,
  synopsis: SYNOPSIS,
  summary: "Set or unset values of shell options and positional parameters.",
  run: runSet,
};

function table(shell: Interpreter): readonly ShellOption[] {
  return shell.isBash ? setOptions : posixSetOptions;
}

async function runSet(call: BuiltinCall): Promise<number> {
  const { shell, args } = call;
  if (args.length === 0) return listVariables(shell);
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index] ?? "";
    if (word === "--") {
      shell.state.positional = args.slice(index + 1);
      return 0;
    }
    if (word === "-" && shell.isBash) {
      shell.options.set("xtrace", false);
      shell.options.set("verbose", false);
      if (index + 1 < args.length) shell.state.positional = args.slice(index + 1);
      return 0;
    }
    if (!/^[-+]./.test(word)) break;
    const consumed = await applyWord(call, word, args[index + 1]);
    if (typeof consumed === "string") return badOption(call, consumed);
    index += consumed;
  }
  if (index < args.length) shell.state.positional = args.slice(index);
  return 0;
}

async function badOption(call: BuiltinCall, option: string): Promise<number> {
  if (!call.shell.isBash) {
    await call.shell.report(
      call.shell.state.flavour === "dash" ? `Illegal option ${option}` : `illegal option ${option}`,
    );
    return 2;
  }
  if (option.startsWith("-o ") || option.startsWith("+o ")) {
    await call.shell.report(`${option.slice(3)}: invalid option name`);
    return 2;
  }
  return usageError(call, SYNOPSIS, `${option}: invalid option`);
}

/** Applies `-eu`, `+x`, `-o name`; gives how many further words it took, or the bad option. */
async function applyWord({ shell }: BuiltinCall, word: string, next: string | undefined): Promise<number | string> {
  const isOn = word.startsWith("-");
  let consumed = 0;
  for (const letter of word.slice(1)) {
    if (letter === "o") {
      if (next === undefined) {
        await listOptions(shell, isOn);
        continue;
      }
      if (!setNamedOption(shell, next, isOn)) return `${word.charAt(0)}o ${next}`;
      consumed = 1;
      continue;
    }
    const option = table(shell).find((each) => each.letter === letter);
    if (!option) return `${word.charAt(0)}${letter}`;
    applyOption(shell, option.name, isOn);
  }
  return consumed;
}

/** False for an unknown name. */
export function setNamedOption(shell: Interpreter, name: string, isOn: boolean): boolean {
  const known =
    table(shell).some((option) => option.name === name) || (shell.state.flavour === "ash" && name === "pipefail");
  if (known) applyOption(shell, name, isOn);
  return known;
}

function applyOption(shell: Interpreter, name: string, isOn: boolean): void {
  if (name === "interactive" || name === "stdin" || name === "onecmd") return;
  shell.options.set(name, isOn);
}

async function listOptions(shell: Interpreter, isTable: boolean): Promise<void> {
  const { options } = shell;
  if (!shell.isBash && isTable) await shell.write("Current option settings\n");
  for (const { name } of table(shell)) {
    const isOn = options.has(name) || (name === "interactive" && shell.state.isInteractive);
    if (isTable)
      await shell.write(
        shell.isBash ? `${name.padEnd(15)}\t${isOn ? "on" : "off"}\n` : `${name.padEnd(16)}${isOn ? "on" : "off"}\n`,
      );
    else await shell.write(`set ${isOn ? "-" : "+"}o ${name}\n`);
  }
}

async function listVariables(shell: Interpreter): Promise<number> {
  const lines: string[] = [];
  for (const name of shell.variables.names()) {
    const line = assignmentLine(shell, name);
    if (line !== undefined) lines.push(line);
  }
  if (shell.isBash)
    for (const definition of [...shell.state.functions.values()].sort((a, b) => (a.name < b.name ? -1 : 1)))
      lines.push(functionText(definition));
  await shell.write(lines.map((line) => `${line}\n`).join(""));
  return 0;
}
