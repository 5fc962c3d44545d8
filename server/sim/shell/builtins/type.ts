/** `type`, `command`, `builtin`, `hash`, `enable`. */
import { KEYWORDS, POSIX_KEYWORDS } from "../reserved-words.ts";
import { functionText } from "../declarations.ts";
import { findAllInPath, findInPath, runExternal } from "../external-command.ts";
import type { Interpreter } from "../interpreter.ts";
import { singleQuote } from "../quote.ts";
import { findBuiltin, runBuiltin } from "../simple-command.ts";
import { BASH_ONLY, type Builtin, type BuiltinCall, parseOptions, refuseOptions } from "./builtin.ts";
import { builtins, specialBuiltins } from "./index.ts";

export function isKeyword(shell: Interpreter, name: string): boolean {
  return (
    (shell.isBash ? KEYWORDS : POSIX_KEYWORDS).has(name) ||
    (shell.state.flavour === "ash" && (name === "[[" || name === "]]" || name === "function"))
  );
}

type Meaning =
  | { readonly kind: "alias"; readonly value: string }
  | { readonly kind: "keyword" }
  | { readonly kind: "function" }
  | { readonly kind: "builtin" }
  | { readonly kind: "file"; readonly path: string; readonly isHashed: boolean };

function meanings(
  shell: Interpreter,
  name: string,
  options: { readonly skipsFunctions?: boolean; readonly all?: boolean; readonly onlyPath?: boolean },
): Meaning[] {
  const found: Meaning[] = [];
  const { state } = shell;
  if (!options.onlyPath) {
    const alias = state.aliases.get(name);
    if (alias !== undefined && shell.options.has("expand_aliases")) found.push({ kind: "alias", value: alias });
    if (isKeyword(shell, name)) found.push({ kind: "keyword" });
    if (state.functions.has(name) && !options.skipsFunctions) found.push({ kind: "function" });
    if (findBuiltin(shell, name)) found.push({ kind: "builtin" });
  }
  if (found.length > 0 && !options.all) return found.slice(0, 1);
  const hashed = state.hashedCommands.get(name);
  if (options.all) {
    const paths = name.includes("/") ? [findInPathOrSelf(shell, name)] : findAllInPath(shell, name);
    for (const path of paths) if (path !== undefined) found.push({ kind: "file", path, isHashed: false });
  } else if (hashed) found.push({ kind: "file", path: hashed.path, isHashed: true });
  else {
    const path = findInPathOrSelf(shell, name);
    if (path !== undefined) found.push({ kind: "file", path, isHashed: false });
  }
  return found;
}

function findInPathOrSelf(shell: Interpreter, name: string): string | undefined {
  if (!name.includes("/")) return findInPath(shell, name);
  const { fs } = shell.process.machine;
  const path = shell.process.resolve(name);
  return fs.access(path, 1, shell.process.credentials) && fs.stat(path).kind === "file" ? name : undefined;
}

function describe(shell: Interpreter, name: string, meaning: Meaning): string {
  switch (meaning.kind) {
    case "alias":
      return shell.isBash ? `${name} is aliased to \`${meaning.value}'` : `${name} is an alias for ${meaning.value}`;
    case "keyword":
      return `${name} is a shell keyword`;
    case "function": {
      const definition = shell.state.functions.get(name);
      return shell.isBash
        ? `${name} is a function${definition ? `\n${functionText(definition)}` : ""}`
        : `${name} is a ${shell.state.flavour === "dash" ? "shell " : ""}function`;
    }
    case "builtin":
      return specialBuiltins.has(name) && (!shell.isBash || shell.options.has("posix"))
        ? `${name} is a special shell builtin`
        : `${name} is a shell builtin`;
    case "file":
      return shell.isBash && meaning.isHashed
        ? `${name} is hashed (${meaning.path})`
        : `${name} is ${shell.state.flavour === "dash" && meaning.isHashed ? "a tracked alias for " : ""}${meaning.path}`;
    default: {
      const unknown: never = meaning;
      return unknown;
    }
  }
}

export const type: Builtin = {
  name: "type",
  synopsis: "type [-afptP] name [name ...]",
  summary: "Display information about command type.",
  async run(call) {
    const { shell } = call;
    const options = shell.isBash
      ? parseOptions(call.args, "afptP")
      : { flags: new Map<string, string>(), operands: call.args };
    const refused = await refuseOptions(call, options, type.synopsis);
    if (refused !== undefined) return refused;
    const { flags, operands } = options;
    let status = 0;
    for (const name of operands) {
      const found = meanings(shell, name, {
        all: flags.has("a"),
        skipsFunctions: flags.has("f"),
        onlyPath: flags.has("P"),
      });
      if (found.length === 0) {
        if (!flags.has("t") && !flags.has("p") && !flags.has("P"))
          await (shell.isBash ? shell.report(`${name}: not found`) : shell.write(`${name}: not found\n`));
        status = shell.isBash ? 1 : 127;
      }
      for (const meaning of found) {
        const text = flags.has("t")
          ? meaning.kind
          : flags.has("p") || flags.has("P")
            ? meaning.kind === "file"
              ? meaning.path
              : undefined
            : describe(shell, name, meaning);
        if (text !== undefined) await shell.write(`${text}\n`);
      }
    }
    return status;
  },
};

export const command: Builtin = {
  name: "command",
  synopsis: "command [-pVv] command [arg ...]",
  summary: "Execute a simple command or display information about commands.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, "pVv");
    const refused = await refuseOptions(call, options, command.synopsis);
    if (refused !== undefined) return refused;
    const { flags, operands } = options;
    if (flags.has("v") || flags.has("V")) return describeCommands(call, operands, flags.has("V"));
    const [name] = operands;
    if (name === undefined) return 0;
    const raw = call.rawArguments.slice(call.rawArguments.length - operands.length + 1);
    const builtin = findBuiltin(shell, name);
    if (builtin) return runBuiltin(shell, builtin, name, raw);
    const outer = shell.currentBuiltin;
    shell.currentBuiltin = undefined;
    try {
      return await runExternal(shell, {
        words: operands,
        assignments: [],
        opened: undefined,
        text: () => operands.join(" "),
      });
    } finally {
      shell.currentBuiltin = outer;
    }
  },
};

async function describeCommands({ shell }: BuiltinCall, names: readonly string[], isVerbose: boolean): Promise<number> {
  let status = 0;
  for (const name of names) {
    const [meaning] = meanings(shell, name, {});
    if (!meaning) {
      if (isVerbose) await (shell.isBash ? shell.report(`${name}: not found`) : shell.write(`${name}: not found\n`));
      status = shell.isBash ? 1 : 127;
      continue;
    }
    if (isVerbose) await shell.write(`${describe(shell, name, meaning)}\n`);
    else if (meaning.kind === "alias") await shell.write(`alias ${name}=${singleQuote(meaning.value)}\n`);
    else await shell.write(`${meaning.kind === "file" ? absolute(shell, meaning.path) : name}\n`);
  }
  return status;
}

function absolute(shell: Interpreter, path: string): string {
  return path.startsWith("./") && !path.startsWith("/")
    ? path.includes("/")
      ? path
      : shell.process.resolve(path)
    : path;
}

export const builtin: Builtin = {
  name: "builtin",
  flavours: BASH_ONLY,
  synopsis: "builtin [shell-builtin [arg ...]]",
  summary: "Execute shell builtins.",
  async run(call) {
    const { shell } = call;
    const args = call.rawArguments[0] === "--" ? call.rawArguments.slice(1) : call.rawArguments;
    const [name, ...rest] = args;
    if (typeof name !== "string") return 0;
    const found = findBuiltin(shell, name);
    if (!found) {
      await shell.report(`${name}: not a shell builtin`);
      return 1;
    }
    return runBuiltin(shell, found, name, rest);
  },
};

export const hash: Builtin = {
  name: "hash",
  synopsis: "hash [-lr] [-p pathname] [-dt] [name ...]",
  summary: "Remember or display program locations.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, shell.isBash ? "lrp:dt" : "rv");
    const refused = await refuseOptions(call, options, hash.synopsis);
    if (refused !== undefined) return refused;
    const { flags, operands } = options;
    const { hashedCommands } = shell.state;
    if (flags.has("r")) hashedCommands.clear();
    if (operands.length === 0) return flags.has("r") ? 0 : listHashed(shell);
    let status = 0;
    for (const name of operands) {
      if (flags.has("d")) {
        if (!hashedCommands.delete(name)) status = 1;
        continue;
      }
      if (flags.has("t")) {
        const known = hashedCommands.get(name);
        if (known) await shell.write(operands.length > 1 ? `${name}\t${known.path}\n` : `${known.path}\n`);
        else {
          await shell.report(`${name}: not found`);
          status = 1;
        }
        continue;
      }
      const given = flags.get("p");
      if (findBuiltin(shell, name) || shell.state.functions.has(name)) continue;
      const path = given ?? findInPath(shell, name);
      if (path !== undefined) hashedCommands.set(name, { path, hits: 0 });
      else {
        await shell.report(`${name}: not found`);
        status = 1;
      }
    }
    return status;
  },
};

async function listHashed(shell: Interpreter): Promise<number> {
  const { hashedCommands } = shell.state;
  if (!shell.isBash) {
    for (const { path } of hashedCommands.values()) await shell.write(`${path}\n`);
    return 0;
  }
  if (hashedCommands.size === 0) {
    await shell.write("hash: hash table empty\n");
    return 0;
  }
  await shell.write("hits\tcommand\n");
  for (const { path, hits } of hashedCommands.values()) await shell.write(`${String(hits).padStart(4)}\t${path}\n`);
  return 0;
}

export const enable: Builtin = {
  name: "enable",
  flavours: BASH_ONLY,
  synopsis: "enable [-a] [-dnps] [-f filename] [name ...]",
  summary: "Enable and disable shell builtins.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, "adnpsf:");
    const refused = await refuseOptions(call, options, enable.synopsis);
    if (refused !== undefined) return refused;
    const { flags, operands } = options;
    const { disabledBuiltins } = shell.state;
    if (operands.length === 0) {
      for (const name of [...builtins.keys()].sort()) {
        const isDisabled = disabledBuiltins.has(name);
        if (flags.has("a") || isDisabled === flags.has("n"))
          await shell.write(`enable ${isDisabled ? "-n " : ""}${name}\n`);
      }
      return 0;
    }
    let status = 0;
    for (const name of operands) {
      if (!builtins.has(name)) {
        await shell.report(`${name}: not a shell builtin`);
        status = 1;
      } else if (flags.has("n")) disabledBuiltins.add(name);
      else disabledBuiltins.delete(name);
    }
    return status;
  },
};
