/**
 * Command-line options as GNU getopt_long reads them (glibc 2.36): clusters, attached
 * and separate values, abbreviated long options, permutation of operands, `--`.
 */

export interface OptionSpec {
  /** One letter. */
  readonly short?: string;
  readonly long?: string;
  /** Whether a value follows. `optional` takes only an attached one. */
  readonly value?: "required" | "optional";
}

export interface ParsedOptions {
  /** In the order given: the long name, or the letter where there is none. */
  readonly given: readonly { readonly name: string; readonly value: string | null }[];
  readonly operands: readonly string[];
  /** What follows the word that `restAfter` names; null without that word. */
  readonly rest: readonly string[] | null;
  has(name: string): boolean;
  /** The last value given. */
  value(name: string): string | undefined;
  /** All values given. */
  values(name: string): readonly string[];
}

/** What getopt complains about, without the program's name in front. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface ParseStyle {
  /** Options end at the first operand (`env`, `timeout`, `xargs`; POSIXLY_CORRECT). */
  readonly stopsAtOperand?: boolean;
  /** `-5` means `-n 5` (head, tail). The name of the option it stands for. */
  readonly digitsAre?: string;
  /** `-5` and `-.5` are numbers, not options (seq). */
  readonly takesNegatives?: boolean;
  /** A word of its own that ends the command line: all behind it are `rest` (busybox `nc -e PROG ARGS`). */
  readonly restAfter?: string;
}

export function parseOptions(
  words: readonly string[],
  specs: readonly OptionSpec[],
  style: ParseStyle = {},
): ParsedOptions {
  const end = style.restAfter === undefined ? -1 : words.indexOf(style.restAfter);
  const args = end === -1 ? words : words.slice(0, end);
  const given: { name: string; value: string | null }[] = [];
  const operands: string[] = [];
  let index = 0;
  while (index < args.length) {
    const argument = args[index++] ?? "";
    if (argument === "--") {
      operands.push(...args.slice(index));
      break;
    }
    if (argument.startsWith("--")) {
      index += parseLong(argument, args[index], specs, given);
    } else if (argument.length > 1 && argument.startsWith("-") && !(style.takesNegatives && /^-[.\d]/.test(argument))) {
      if (style.digitsAre !== undefined && /^-\d/.test(argument)) {
        given.push({ name: style.digitsAre, value: argument.slice(1) });
      } else {
        index += parseCluster(argument, args[index], specs, given);
      }
    } else if (style.stopsAtOperand) {
      operands.push(argument, ...args.slice(index));
      break;
    } else {
      operands.push(argument);
    }
  }
  return {
    given,
    operands,
    rest: end === -1 ? null : words.slice(end + 1),
    has: (name) => given.some((option) => option.name === name),
    value: (name) => given.findLast((option) => option.name === name)?.value ?? undefined,
    values: (name) => given.filter((option) => option.name === name).map((option) => option.value ?? ""),
  };
}

/** Returns how many further arguments were used. */
function parseLong(
  argument: string,
  next: string | undefined,
  specs: readonly OptionSpec[],
  given: { name: string; value: string | null }[],
): number {
  const equals = argument.indexOf("=");
  const typed = equals === -1 ? argument.slice(2) : argument.slice(2, equals);
  const candidates = specs.filter((spec) => spec.long?.startsWith(typed));
  const spec = candidates.find((candidate) => candidate.long === typed) ?? candidates[0];
  if (spec?.long === undefined) throw new UsageError(`unrecognized option '--${typed}'`);
  if (candidates.length > 1 && spec.long !== typed) {
    const possibilities = candidates.map((candidate) => `'--${candidate.long}'`).join(" ");
    throw new UsageError(`option '--${typed}' is ambiguous; possibilities: ${possibilities}`);
  }
  if (equals !== -1) {
    if (!spec.value) throw new UsageError(`option '--${spec.long}' doesn't allow an argument`);
    given.push({ name: spec.long, value: argument.slice(equals + 1) });
    return 0;
  }
  if (spec.value !== "required") {
    given.push({ name: spec.long, value: null });
    return 0;
  }
  if (next === undefined) throw new UsageError(`option '--${spec.long}' requires an argument`);
  given.push({ name: spec.long, value: next });
  return 1;
}

function parseCluster(
  argument: string,
  next: string | undefined,
  specs: readonly OptionSpec[],
  given: { name: string; value: string | null }[],
): number {
  for (let at = 1; at < argument.length; at++) {
    const letter = argument[at] ?? "";
    const spec = specs.find((candidate) => candidate.short === letter);
    if (!spec) throw new UsageError(`invalid option -- '${letter}'`);
    const name = spec.long ?? letter;
    const rest = argument.slice(at + 1);
    if (!spec.value) {
      given.push({ name, value: null });
      continue;
    }
    if (rest !== "") {
      given.push({ name, value: rest });
      return 0;
    }
    if (spec.value === "optional") {
      given.push({ name, value: null });
      return 0;
    }
    if (next === undefined) throw new UsageError(`option requires an argument -- '${letter}'`);
    given.push({ name, value: next });
    return 1;
  }
  return 0;
}

/** `o("n", "lines", "required")`: short spelling for tables of options. */
export function o(short: string, long?: string, value?: OptionSpec["value"]): OptionSpec {
  return { ...(short === "" ? {} : { short }), ...(long ? { long } : {}), ...(value ? { value } : {}) };
}
