/** The shape of a builtin command. One file a builtin; `index.ts` names them. */
import type { ReadyAssignment } from "../assignments.ts";
import type { Flavour } from "../flavour.ts";
import type { Interpreter } from "../interpreter.ts";

/** A word, or an assignment given to `declare` and its like. */
export type BuiltinArgument = string | { readonly assignment: ReadyAssignment };

export interface BuiltinCall {
  readonly shell: Interpreter;
  /** As it was called. */
  readonly name: string;
  readonly args: readonly string[];
  readonly rawArguments: readonly BuiltinArgument[];
}

export interface Builtin {
  readonly name: string;
  /** Shells that have it; all when absent. */
  readonly flavours?: readonly Flavour[];
  /** POSIX special builtins: found before functions, and their errors end POSIX shells. */
  readonly isSpecial?: boolean;
  /** Takes assignments as arguments (`declare a=(1 2)`). */
  readonly declares?: boolean;
  /** `help` prints it: `cd [-L|-P] [dir]`. */
  readonly synopsis: string;
  /** One sentence for `help NAME`. */
  readonly summary: string;
  run(call: BuiltinCall): number | Promise<number>;
}

/** What `help NAME` prints. */
export function helpText(builtin: Builtin): string {
  return `${builtin.name}: ${builtin.synopsis}\n    ${builtin.summary}\n`;
}

export const BASH_ONLY: readonly Flavour[] = ["bash"];
export const NOT_DASH: readonly Flavour[] = ["bash", "ash"];

/** Prints `usage: …` after a wrong option and gives the status. */
export async function usageError(call: BuiltinCall, synopsis: string, message?: string): Promise<number> {
  if (message) await call.shell.report(message);
  await call.shell.writeError(`${call.name}: usage: ${synopsis}\n`);
  return 2;
}

export interface ParsedOptions {
  /** Letters met, in order, those with arguments as `[letter, argument]`. */
  readonly flags: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
  /** The first option that is none, with its dash. */
  readonly unknown?: string;
  /** The option whose argument is missing. */
  readonly missing?: string;
}

/** getopt(3) over single letters; `spec` as there (`"ab:"`). Stops at the first operand. */
export function parseOptions(args: readonly string[], spec: string): ParsedOptions {
  const flags = new Map<string, string>();
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index] ?? "";
    if (word === "--") {
      index++;
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at);
      const place = letter === ":" ? -1 : spec.indexOf(letter);
      if (place < 0) return { flags, operands: args.slice(index), unknown: `-${letter}` };
      if (spec[place + 1] !== ":") {
        flags.set(letter, "");
        continue;
      }
      const rest = word.slice(at + 1);
      const value = rest !== "" ? rest : args[++index];
      if (value === undefined) return { flags, operands: [], missing: `-${letter}` };
      flags.set(letter, value);
      break;
    }
  }
  return { flags, operands: args.slice(index) };
}

/** Reports what `parseOptions` found wrong. Undefined when nothing is. */
export async function refuseOptions(
  call: BuiltinCall,
  options: ParsedOptions,
  synopsis: string,
): Promise<number | undefined> {
  if (options.unknown === undefined && options.missing === undefined) return undefined;
  const { shell } = call;
  if (!shell.isBash) {
    const message = options.unknown
      ? shell.state.flavour === "dash"
        ? `Illegal option ${options.unknown}`
        : `unrecognized option: ${options.unknown.slice(1)}`
      : `No arg for ${options.missing} option`;
    await shell.report(message);
    return 2;
  }
  return usageError(
    call,
    synopsis,
    options.unknown ? `${options.unknown}: invalid option` : `${options.missing}: option requires an argument`,
  );
}
