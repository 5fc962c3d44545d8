/** `dirs`, `pushd`, `popd`: a stack of directories under the working one. */
import type { Interpreter } from "../interpreter.ts";
import { BASH_ONLY, type Builtin, type BuiltinCall, parseOptions, refuseOptions } from "./builtin.ts";
import { changeDirectory } from "./cd.ts";

function stack(shell: Interpreter): string[] {
  return [shell.variables.scalar("PWD") ?? shell.process.cwd, ...shell.state.directoryStack];
}

function withTilde(shell: Interpreter, directory: string): string {
  const home = shell.variables.scalar("HOME");
  if (!home || home === "/") return directory;
  if (directory === home) return "~";
  return directory.startsWith(`${home}/`) ? `~${directory.slice(home.length)}` : directory;
}

async function show(shell: Interpreter): Promise<void> {
  await shell.write(
    `${stack(shell)
      .map((directory) => withTilde(shell, directory))
      .join(" ")}\n`,
  );
}

/** `+1`, `-0` → index from the top. */
function indexOf(text: string, size: number): number | undefined {
  const match = /^([-+])([0-9]+)$/.exec(text);
  if (!match) return undefined;
  const number = Number(match[2]);
  return match[1] === "+" ? number : size - 1 - number;
}

export const dirs: Builtin = {
  name: "dirs",
  flavours: BASH_ONLY,
  synopsis: "dirs [-clpv] [+N] [-N]",
  summary: "Display directory stack.",
  async run(call) {
    const { shell } = call;
    const place = call.args.find((arg) => /^[-+][0-9]+$/.test(arg));
    const options = parseOptions(
      call.args.filter((arg) => arg !== place),
      "clpv",
    );
    const refused = await refuseOptions(call, options, dirs.synopsis);
    if (refused !== undefined) return refused;
    const { flags } = options;
    if (flags.has("c")) {
      shell.state.directoryStack = [];
      return 0;
    }
    const shown = stack(shell).map((directory) => (flags.has("l") ? directory : withTilde(shell, directory)));
    if (place !== undefined) {
      const index = indexOf(place, shown.length) ?? -1;
      const directory = shown[index];
      if (directory === undefined) {
        await shell.report(`${place}: directory stack index out of range`);
        return 1;
      }
      await shell.write(`${directory}\n`);
      return 0;
    }
    if (flags.has("v"))
      await shell.write(shown.map((directory, index) => `${String(index).padStart(2)}  ${directory}\n`).join(""));
    else await shell.write(`${shown.join(flags.has("p") ? "\n" : " ")}\n`);
    return 0;
  },
};

async function rotate(call: BuiltinCall, index: number, operand: string): Promise<number> {
  const { shell } = call;
  const all = stack(shell);
  if (all[index] === undefined) {
    await shell.report(all.length === 1 ? "directory stack empty" : `${operand}: directory stack index out of range`);
    return 1;
  }
  const turned = [...all.slice(index), ...all.slice(0, index)];
  if (!(await changeDirectory(call, turned[0] ?? "/", false, turned[0] ?? "/"))) return 1;
  shell.state.directoryStack = turned.slice(1);
  await show(shell);
  return 0;
}

export const pushd: Builtin = {
  name: "pushd",
  flavours: BASH_ONLY,
  synopsis: "pushd [-n] [+N | -N | dir]",
  summary: "Add directories to stack.",
  async run(call) {
    const { shell } = call;
    const onlyStack = call.args[0] === "-n";
    const [operand] = onlyStack ? call.args.slice(1) : call.args;
    const all = stack(shell);
    if (operand === undefined) {
      if (all.length < 2) {
        await shell.report("no other directory");
        return 1;
      }
      const [top = "/", second = "/", ...rest] = all;
      if (!(await changeDirectory(call, second, false, second))) return 1;
      shell.state.directoryStack = [top, ...rest];
      await show(shell);
      return 0;
    }
    const index = indexOf(operand, all.length);
    if (index !== undefined) return rotate(call, index, operand);
    if (onlyStack) {
      shell.state.directoryStack = [operand, ...shell.state.directoryStack];
      await show(shell);
      return 0;
    }
    const old = all[0] ?? "/";
    if (
      !(await changeDirectory(
        call,
        operand === "-" ? (shell.variables.scalar("OLDPWD") ?? "") : operand,
        false,
        operand,
      ))
    )
      return 1;
    shell.state.directoryStack = [old, ...shell.state.directoryStack];
    await show(shell);
    return 0;
  },
};

export const popd: Builtin = {
  name: "popd",
  flavours: BASH_ONLY,
  synopsis: "popd [-n] [+N | -N]",
  summary: "Remove directories from stack.",
  async run(call) {
    const { shell } = call;
    const [operand] = call.args[0] === "-n" ? call.args.slice(1) : call.args;
    const all = stack(shell);
    const index = operand === undefined ? 0 : indexOf(operand, all.length);
    if (index === undefined) {
      await shell.report(`${operand}: invalid argument`);
      return 2;
    }
    if (all.length < 2) {
      await shell.report("directory stack empty");
      return 1;
    }
    if (all[index] === undefined) {
      await shell.report(`${operand}: directory stack index out of range`);
      return 1;
    }
    const rest = all.filter((_, each) => each !== index);
    if (index === 0 && call.args[0] !== "-n" && !(await changeDirectory(call, rest[0] ?? "/", false, rest[0] ?? "/")))
      return 1;
    shell.state.directoryStack = rest.slice(1);
    await show(shell);
    return 0;
  },
};
