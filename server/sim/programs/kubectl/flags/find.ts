/**
 * Finds the command a line means, as spf13/cobra's `Command.Find` does: flags
 * before and between command words are stepped over, with their values.
 */
import { COMMANDS } from "../generated/commands.ts";
import { FlagSet } from "./parse.ts";
import type { FlagDefinition, FlagRow } from "./types.ts";

/** Flags that help pages do not list: `--help`, deprecated ones. */
const HIDDEN_FLAGS: Readonly<Record<string, readonly FlagDefinition[]>> = (() => {
  const record: FlagDefinition = {
    name: "record",
    short: "",
    type: "bool",
    defaultText: "false",
    noOptionValue: "true",
    deprecated: "--record will be removed in the future",
  };
  const recorded = [
    "annotate",
    "autoscale",
    "create",
    "edit",
    "expose",
    "label",
    "patch",
    "run",
    "scale",
    "set image",
    "set resources",
    "set selector",
    "set serviceaccount",
    "apply",
  ];
  const table: Record<string, FlagDefinition[]> = Object.fromEntries(recorded.map((words) => [words, [record]]));
  table["autoscale"]?.push({
    name: "cpu-percent",
    short: "",
    type: "int",
    defaultText: "-1",
    deprecated:
      "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).",
  });
  table["exec"] = [
    {
      name: "pod",
      short: "p",
      type: "string",
      defaultText: "",
      deprecated: "This flag is deprecated and will be removed in future. Use exec POD_NAME instead.",
    },
  ];
  return table;
})();

const HELP_FLAG: FlagDefinition = {
  name: "help",
  short: "h",
  type: "bool",
  defaultText: "false",
  noOptionValue: "true",
};

function toDefinition([name, short, type, defaultText, noOptionValue]: FlagRow): FlagDefinition {
  return { name, short, type, defaultText, ...(noOptionValue === undefined ? {} : { noOptionValue }) };
}

let globalFlags: readonly FlagDefinition[] | undefined;
const flagSets = new Map<string, FlagSet>();

/** The flags a command accepts, global ones included. */
export function flagSetOf(words: string): FlagSet {
  let set = flagSets.get(words);
  if (set === undefined) {
    globalFlags ??= (COMMANDS["options"]?.flags ?? []).map(toDefinition);
    const own = (COMMANDS[words]?.flags ?? []).map(toDefinition);
    set = new FlagSet([...own, ...(HIDDEN_FLAGS[words] ?? []), HELP_FLAG, ...globalFlags]);
    flagSets.set(words, set);
  }
  return set;
}

/** The names below a command group, in the order of the help pages. */
export function subcommandsOf(words: string): readonly string[] {
  return children().get(words) ?? [];
}

let childTable: Map<string, string[]> | undefined;
function children(): Map<string, string[]> {
  if (childTable === undefined) {
    childTable = new Map();
    for (const words of Object.keys(COMMANDS)) {
      if (words === "") continue;
      const parent = words.split(" ").slice(0, -1).join(" ");
      const name = words.split(" ").at(-1) ?? "";
      const list = childTable.get(parent);
      if (list === undefined) childTable.set(parent, [name]);
      else list.push(name);
    }
    childTable.get("")?.push("alpha", "help");
  }
  return childTable;
}

function childNamed(parent: string, name: string): string | undefined {
  for (const child of subcommandsOf(parent)) {
    const words = parent === "" ? child : `${parent} ${child}`;
    if (child === name || COMMANDS[words]?.aliases.includes(name)) return words;
  }
  return undefined;
}

export interface FoundCommand {
  /** `create service nodeport`; empty for kubectl itself. */
  readonly words: string;
  /** What remains to be parsed: flags and arguments, command words taken out. */
  readonly args: readonly string[];
}

/** The deepest command that the words of `args` name. */
export function findCommand(args: readonly string[]): FoundCommand {
  let words = "";
  let rest = args;
  for (;;) {
    const next = firstArgument(words, rest);
    if (next === undefined) return { words, args: rest };
    const child = childNamed(words, next.value);
    if (child === undefined) return { words, args: rest };
    words = child;
    rest = [...rest.slice(0, next.index), ...rest.slice(next.index + 1)];
  }
}

/** The first word that is neither a flag nor a flag's value, as cobra's stripFlags sees it. */
export function firstArgument(words: string, args: readonly string[]): { value: string; index: number } | undefined {
  const set = flagSetOf(words);
  const takesValue = (arg: string): boolean => {
    if (arg.startsWith("--")) return !arg.includes("=") && set.byName.get(arg.slice(2))?.noOptionValue === undefined;
    return arg.length === 2 && set.byShort.get(arg[1] ?? "")?.noOptionValue === undefined;
  };
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "--") return undefined;
    if (arg.startsWith("--") || (arg.startsWith("-") && !arg.includes("="))) {
      if (takesValue(arg)) index++;
    } else if (arg !== "" && !arg.startsWith("-")) {
      return { value: arg, index };
    }
  }
  return undefined;
}

const SUGGEST_FOR: Readonly<Record<string, readonly string[]>> = {
  get: ["list", "ps"],
  wait: ["list", "ps"],
  delete: ["rm"],
};

/** The commands cobra proposes for a mistyped one. */
export function suggestionsFor(typed: string): readonly string[] {
  const lower = typed.toLowerCase();
  return subcommandsOf("").filter(
    (name) =>
      name !== "alpha" &&
      (editDistance(lower, name.toLowerCase()) <= 2 ||
        name.toLowerCase().startsWith(lower) ||
        (SUGGEST_FOR[name] ?? []).some((word) => word === lower)),
  );
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + cost));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
