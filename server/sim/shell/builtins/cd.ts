import { isErrno } from "../../machine/errno.ts";
import type { Interpreter } from "../interpreter.ts";
import { type Builtin, type BuiltinCall, parseOptions, refuseOptions } from "./builtin.ts";

const SYNOPSIS = "cd [-L|[-P [-e]] [-@]] [dir]";

export const cd: Builtin = {
  name: "cd",
  synopsis: SYNOPSIS,
  summary: "Change the shell working directory.",
  run: runCd,
};

async function runCd(call: BuiltinCall): Promise<number> {
  const { shell } = call;
  const options = parseOptions(call.args, "LPe@");
  const refused = await refuseOptions(call, options, SYNOPSIS);
  if (refused !== undefined) return refused;
  const [operand, extra] = options.operands;
  if (extra !== undefined && shell.isBash) {
    await shell.report("too many arguments");
    return 1;
  }
  const target = operand ?? shell.variables.scalar("HOME");
  if (target === undefined) {
    await shell.report("HOME not set");
    return 1;
  }
  if (operand === "-") return changeBack(call);
  const isPhysical = options.flags.has("P") || shell.options.has("physical");
  const found = searchCdPath(shell, target);
  if (!(await changeDirectory(call, found ?? target, isPhysical, operand ?? target))) return shell.isBash ? 1 : 2;
  if (found !== undefined && found !== target) await shell.write(`${shell.process.cwd}\n`);
  return 0;
}

async function changeBack(call: BuiltinCall): Promise<number> {
  const { shell } = call;
  const old = shell.variables.scalar("OLDPWD");
  if (old === undefined) {
    await shell.report("OLDPWD not set");
    return 1;
  }
  if (!(await changeDirectory(call, old, false, old))) return 1;
  await shell.write(`${shell.variables.scalar("PWD") ?? shell.process.cwd}\n`);
  return 0;
}

function searchCdPath(shell: Interpreter, target: string): string | undefined {
  const path = shell.variables.scalar("CDPATH");
  if (!path || /^(?:\/|\.\.?(?:\/|$))/.test(target)) return undefined;
  for (const directory of path.split(":")) {
    if (directory === "" || directory === ".") continue;
    const candidate = `${directory}/${target}`;
    try {
      if (shell.process.machine.fs.stat(shell.process.resolve(candidate)).kind === "directory") return candidate;
    } catch {
      // Not there: the next one.
    }
  }
  return undefined;
}

/** Changes the directory, PWD and OLDPWD; reports a refusal. `shown` is the name in the message. */
export async function changeDirectory(
  call: BuiltinCall,
  target: string,
  isPhysical: boolean,
  shown: string,
): Promise<boolean> {
  const { shell } = call;
  const { process } = shell;
  const { fs } = process.machine;
  const logical = normalisePath(
    target.startsWith("/") ? target : `${shell.variables.scalar("PWD") ?? process.cwd}/${target}`,
  );
  try {
    const stat = fs.stat(process.resolve(logical), process.credentials);
    if (target === "" && !shell.isBash) return true;
    if (stat.kind !== "directory") throw new NotDirectory();
    if (!fs.access(process.resolve(logical), 1, process.credentials)) throw new Denied();
  } catch (error) {
    await shell.report(refusal(shell, shown, error));
    return false;
  }
  const directory = isPhysical ? fs.realpath(process.resolve(logical)) : logical;
  const old = shell.variables.scalar("PWD") ?? process.cwd;
  process.cwd = directory;
  shell.variables.assign("OLDPWD", old);
  shell.variables.assign("PWD", directory);
  if (shell.variables.raw("OLDPWD") && shell.isBash) shell.variables.setAttributes("OLDPWD", ["x"], []);
  return true;
}

class NotDirectory extends Error {}
class Denied extends Error {}

function refusal(shell: Interpreter, target: string, error: unknown): string {
  const reason =
    error instanceof NotDirectory
      ? "Not a directory"
      : error instanceof Denied
        ? "Permission denied"
        : isErrno(error)
          ? error.message
          : String(error);
  if (shell.isBash) return `${target}: ${reason}`;
  return shell.state.flavour === "dash" ? `can't cd to ${target}` : `can't cd to ${target}: ${reason}`;
}

/** Resolves `.` and `..` by name, not through links. */
export function normalisePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}
