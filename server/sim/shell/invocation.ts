/** The command line of a shell. */
import type { Flavour } from "./flavour.ts";
import { posixSetOptions, setOptions, shoptNames } from "./options.ts";

export interface Invocation {
  readonly kind: "run";
  readonly command: string | undefined;
  readonly script: string | undefined;
  /** `bash -c TEXT NAME`: `$0`. */
  readonly shellName: string | undefined;
  readonly positional: readonly string[];
  readonly options: readonly (readonly [name: string, isOn: boolean])[];
  readonly isInteractive: boolean;
  readonly isLogin: boolean;
  readonly readsProfile: boolean;
  readonly readsRc: boolean;
  readonly rcFile: string | undefined;
}

export type InvocationResult =
  | Invocation
  | { readonly kind: "version" }
  | { readonly kind: "refused"; readonly message: string };

interface Draft {
  wantsCommand: boolean;
  wantsStandardInput: boolean;
  isInteractive: boolean;
  isLogin: boolean;
  readsProfile: boolean;
  readsRc: boolean;
  rcFile: string | undefined;
  readonly options: [string, boolean][];
}

export const PLAIN_INVOCATION: Invocation = {
  kind: "run",
  command: undefined,
  script: undefined,
  shellName: undefined,
  positional: [],
  options: [],
  isInteractive: false,
  isLogin: false,
  readsProfile: true,
  readsRc: true,
  rcFile: undefined,
};

export function parseInvocation(argv: readonly string[], flavour: Flavour): InvocationResult {
  const name = argv[0] ?? flavour;
  const draft: Draft = {
    wantsCommand: false,
    wantsStandardInput: false,
    isInteractive: false,
    isLogin: name.startsWith("-"),
    readsProfile: true,
    readsRc: true,
    rcFile: undefined,
    options: [],
  };
  let index = 1;
  for (; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (word === "--" || word === "-") {
      index++;
      break;
    }
    if (word === "--version" && flavour === "bash") return { kind: "version" };
    const used =
      word.startsWith("--") && flavour === "bash"
        ? longOption(draft, word, argv[index + 1])
        : shortOptions(draft, word, argv[index + 1], flavour);
    if (used === "end") break;
    if (typeof used === "string") return { kind: "refused", message: refusal(name, used, flavour) };
    index += used;
  }
  return finish(draft, argv.slice(index), name, flavour);
}

function finish(draft: Draft, operands: readonly string[], name: string, flavour: Flavour): InvocationResult {
  const [first, ...rest] = operands;
  if (draft.wantsCommand && first === undefined) {
    return {
      kind: "refused",
      message:
        flavour === "bash"
          ? `${name}: -c: option requires an argument\n`
          : `${name}: ${flavour === "dash" ? "0: " : ""}-c requires an argument\n`,
    };
  }
  const { wantsCommand, wantsStandardInput, ...kept } = draft;
  const common = { kind: "run", ...kept } as const;
  if (wantsCommand)
    return { ...common, command: first, script: undefined, shellName: rest[0], positional: rest.slice(1) };
  if (wantsStandardInput || first === undefined)
    return { ...common, command: undefined, script: undefined, shellName: undefined, positional: operands };
  return { ...common, command: undefined, script: first, shellName: undefined, positional: rest };
}

function refusal(name: string, option: string, flavour: Flavour): string {
  const base = name.slice(name.lastIndexOf("/") + 1);
  if (flavour === "dash") return `${name}: 0: Illegal option ${option}\n`;
  if (flavour === "ash") return `${name}: illegal option ${option}\n`;
  return `${base}: ${option}: invalid option\nUsage:\t${base} [GNU long option] [option] ...\n\t${base} [GNU long option] [option] script-file ...\n${USAGE_OPTIONS}`;
}

const LONG_OPTIONS = [
  "debug",
  "debugger",
  "dump-po-strings",
  "dump-strings",
  "help",
  "init-file",
  "login",
  "noediting",
  "noprofile",
  "norc",
  "posix",
  "pretty-print",
  "rcfile",
  "restricted",
  "verbose",
  "version",
];

const USAGE_OPTIONS = `GNU long options:
${LONG_OPTIONS.map((option) => `\t--${option}\n`).join("")}Shell options:
\t-ilrsD or -c command or -O shopt_option\t\t(invocation only)
\t-abefhkmnptuvxBCEHPT or -o option
`;

function longOption(draft: Draft, word: string, next: string | undefined): number | string {
  switch (word) {
    case "--login":
      draft.isLogin = true;
      return 0;
    case "--norc":
      draft.readsRc = false;
      return 0;
    case "--noprofile":
      draft.readsProfile = false;
      return 0;
    case "--rcfile":
    case "--init-file":
      draft.rcFile = next;
      return 1;
    case "--posix":
      draft.options.push(["posix", true]);
      return 0;
    case "--verbose":
      draft.options.push(["verbose", true]);
      return 0;
    case "--noediting":
    case "--debugger":
    case "--restricted":
      return 0;
    default:
      return word;
  }
}

function shortOptions(draft: Draft, word: string, next: string | undefined, flavour: Flavour): number | string {
  if (!/^[-+]./.test(word)) return "end";
  const isOn = word.startsWith("-");
  const table = flavour === "bash" ? setOptions : posixSetOptions;
  let used = 0;
  for (const letter of word.slice(1)) {
    if (letter === "c") draft.wantsCommand = true;
    else if (letter === "s") draft.wantsStandardInput = true;
    else if (letter === "i") draft.isInteractive = true;
    else if (letter === "l") draft.isLogin = true;
    else if (letter === "o" || (letter === "O" && flavour === "bash")) {
      const known =
        letter === "O"
          ? shoptNames.has(next ?? "")
          : table.some((option) => option.name === next) || (flavour === "ash" && next === "pipefail");
      if (!known || next === undefined) return `${next ?? word}`;
      draft.options.push([next, isOn]);
      used = 1;
    } else {
      const option = table.find((each) => each.letter === letter);
      if (!option && letter !== "D" && letter !== "r") return `${word.charAt(0)}${letter}`;
      if (option) draft.options.push([option.name, isOn]);
    }
  }
  return used;
}
