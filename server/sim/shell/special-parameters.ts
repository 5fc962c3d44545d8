import type { Interpreter } from "./interpreter.ts";
import { flagOrder, posixSetOptions, setOptions } from "./options.ts";

/** `$?`, `$$`, `$!`, `$-`, `$#`. Undefined when unset. */
export function specialParameter(shell: Interpreter, name: string): string | undefined {
  const { state } = shell;
  switch (name) {
    case "?":
      return String(state.lastStatus);
    case "$":
      return String(state.shellPid);
    case "!":
      return state.lastBackgroundPid === undefined ? undefined : String(state.lastBackgroundPid);
    case "#":
      return String(state.positional.length);
    case "-":
      return optionFlags(shell);
    case "_":
      return state.lastArgument;
    default:
      return undefined;
  }
}

function optionFlags(shell: Interpreter): string {
  const { state } = shell;
  const table = shell.isBash ? setOptions : posixSetOptions;
  const letters = new Set(
    table.filter((option) => option.letter && state.options.has(option.name)).map((option) => option.letter),
  );
  if (state.isInteractive) letters.add("i");
  if (state.options.has("-c")) letters.add("c");
  if (state.readsStandardInput) letters.add("s");
  return [...flagOrder].filter((letter) => letters.has(letter)).join("");
}
