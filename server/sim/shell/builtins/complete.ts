/** `complete`, `compgen`, `compopt`. */
import { quoteForReuse } from "../quote.ts";
import type { CompletionSpec } from "../state.ts";
import { compilePattern } from "../pattern.ts";
import { generate } from "../completion.ts";
import { BASH_ONLY, type Builtin, type BuiltinCall, parseOptions, refuseOptions } from "./builtin.ts";

const LETTER_ACTIONS: Readonly<Record<string, string>> = {
  a: "alias",
  b: "builtin",
  c: "command",
  d: "directory",
  e: "export",
  f: "file",
  g: "group",
  j: "job",
  k: "keyword",
  s: "service",
  u: "user",
  v: "variable",
};
const LETTERS = `${Object.keys(LETTER_ACTIONS).join("")}o:A:G:W:F:C:X:P:S:`;

interface CompletionRequest {
  readonly spec: CompletionSpec;
  readonly exclude: string | undefined;
  readonly prefix: string;
  readonly suffix: string;
}

/** `-o` and `-A` may come several times: they are read from the words themselves. */
function repeated(args: readonly string[], letter: string): string[] {
  const values: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? "";
    if (word === `-${letter}`) values.push(args[++index] ?? "");
    else if (word.startsWith(`-${letter}`) && word.length > 2) values.push(word.slice(2));
  }
  return values;
}

function toRequest(args: readonly string[], flags: ReadonlyMap<string, string>): CompletionRequest {
  const actions = [...flags.keys()]
    .map((letter) => LETTER_ACTIONS[letter])
    .filter((action): action is string => action !== undefined);
  const [functionName, words, command, globPattern] = [flags.get("F"), flags.get("W"), flags.get("C"), flags.get("G")];
  return {
    spec: {
      actions: [...actions, ...repeated(args, "A")],
      options: repeated(args, "o"),
      ...(functionName === undefined ? {} : { functionName }),
      ...(words === undefined ? {} : { words }),
      ...(command === undefined ? {} : { command }),
      ...(globPattern === undefined ? {} : { globPattern }),
    },
    exclude: flags.get("X"),
    prefix: flags.get("P") ?? "",
    suffix: flags.get("S") ?? "",
  };
}

export const compgen: Builtin = {
  name: "compgen",
  flavours: BASH_ONLY,
  synopsis:
    "compgen [-abcdefgjksuv] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [word]",
  summary: "Display possible completions depending on the options.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, LETTERS);
    const refused = await refuseOptions(call, options, compgen.synopsis);
    if (refused !== undefined) return refused;
    const request = toRequest(call.args, options.flags);
    const word = options.operands[0] ?? "";
    let found = await generate(shell, request.spec, { words: [word], index: 0, word, line: word });
    if (request.exclude) {
      const matcher = compilePattern(request.exclude.replace(/^!/, ""), { extglob: true });
      const keeps = request.exclude.startsWith("!");
      found = found.filter((each) => matcher.test(each) === keeps);
    }
    await shell.write(found.map((each) => `${request.prefix}${each}${request.suffix}\n`).join(""));
    return found.length > 0 ? 0 : 1;
  },
};

export const complete: Builtin = {
  name: "complete",
  flavours: BASH_ONLY,
  synopsis:
    "complete [-abcdefgjksuv] [-pr] [-DEI] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [name ...]",
  summary: "Specify how arguments are to be completed.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, `prDEI${LETTERS}`);
    const refused = await refuseOptions(call, options, complete.synopsis);
    if (refused !== undefined) return refused;
    const { flags, operands } = options;
    const { completions } = shell.state;
    if (flags.has("p") || call.args.length === 0) return print(call, operands);
    if (flags.has("r")) {
      if (operands.length === 0) completions.clear();
      for (const name of operands) completions.delete(name);
      return 0;
    }
    const names = flags.has("D") ? ["-D"] : flags.has("E") ? ["-E"] : flags.has("I") ? ["-I"] : operands;
    for (const name of names) completions.set(name, toRequest(call.args, flags).spec);
    return 0;
  },
};

async function print({ shell }: BuiltinCall, names: readonly string[]): Promise<number> {
  let status = 0;
  for (const name of names.length > 0 ? names : shell.state.completions.keys()) {
    const spec = shell.state.completions.get(name);
    if (spec) await shell.write(`complete ${describe(spec)}${name}\n`);
    else {
      await shell.report(`${name}: no completion specification`);
      status = 1;
    }
  }
  return status;
}

function describe(spec: CompletionSpec): string {
  const parts = spec.options.map((option) => `-o ${option} `);
  for (const action of spec.actions) {
    const letter = Object.entries(LETTER_ACTIONS).find(([, name]) => name === action)?.[0];
    parts.push(letter ? `-${letter} ` : `-A ${action} `);
  }
  if (spec.globPattern !== undefined) parts.push(`-G ${quoteForReuse(spec.globPattern)} `);
  if (spec.words !== undefined) parts.push(`-W ${quoteForReuse(spec.words)} `);
  if (spec.command !== undefined) parts.push(`-C ${quoteForReuse(spec.command)} `);
  if (spec.functionName !== undefined) parts.push(`-F ${spec.functionName} `);
  return parts.join("");
}

const OPTIONS = new Set([
  "bashdefault",
  "default",
  "dirnames",
  "filenames",
  "noquote",
  "nosort",
  "nospace",
  "plusdirs",
]);

export const compopt: Builtin = {
  name: "compopt",
  flavours: BASH_ONLY,
  synopsis: "compopt [-o|+o option] [-DEI] [name ...]",
  summary: "Modify or display completion options.",
  async run({ args, shell }) {
    const changes: (readonly [string, boolean])[] = [];
    const names: string[] = [];
    for (let index = 0; index < args.length; index++) {
      const word = args[index] ?? "";
      if (word !== "-o" && word !== "+o") {
        names.push(word);
        continue;
      }
      const option = args[++index] ?? "";
      if (!OPTIONS.has(option)) {
        await shell.report(`${option}: invalid option name`);
        return 2;
      }
      changes.push([option, word === "-o"]);
    }
    const change = (options: Set<string>) => {
      for (const [option, isSet] of changes) {
        if (isSet) options.add(option);
        else options.delete(option);
      }
      return options;
    };
    const { completionOptions, completions } = shell.state;
    if (names.length === 0) {
      if (completionOptions !== null) change(completionOptions);
      else await shell.report("not currently executing completion function");
      return completionOptions === null ? 1 : 0;
    }
    let status = 0;
    for (const name of names) {
      const spec = completions.get(name);
      if (spec !== undefined) completions.set(name, { ...spec, options: [...change(new Set(spec.options))] });
      else {
        await shell.report(`${name}: no completion specification`);
        status = 1;
      }
    }
    return status;
  },
};
