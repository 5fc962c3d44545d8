/** How env, timeout, nohup, xargs, sudo and others start the command that follows them. */
import type { ChildProcess, Process, SpawnOptions } from "../../machine/types.ts";
import { inLocale, isBusybox, isErrno, quoted, toolName } from "../toolkit/tool.ts";

export type StartedCommand =
  | { readonly kind: "started"; readonly child: ChildProcess }
  /** 127 not found, 126 cannot be run; the message has been printed. */
  | { readonly kind: "failed"; readonly status: number };

export interface CommandStyle {
  /** The text printed when it cannot start; `failed to run command 'x': reason` when absent. */
  readonly failure?: (name: string, reason: string) => string;
}

/** Searches PATH of the child's environment. A file without `#!` is run by sh, as execvp does. */
export async function runCommand(
  process: Process,
  argv: readonly string[],
  options: SpawnOptions = {},
  style: CommandStyle = {},
): Promise<StartedCommand> {
  const name = argv[0] ?? "";
  const fail = async (reason: string, status: number): Promise<StartedCommand> => {
    const text =
      style.failure?.(name, reason) ??
      (isBusybox(process) ? `can't execute '${name}': ${reason}` : `failed to run command ${quoted(name)}: ${reason}`);
    await process.stderr.write(`${toolName(process)}: ${inLocale(process, text)}\n`);
    return { kind: "failed", status };
  };
  const path = name.includes("/") ? process.resolve(name) : findInPath(process, name, options.env?.get("PATH"));
  if (path === undefined) return fail("No such file or directory", 127);
  try {
    return { kind: "started", child: process.spawn(path, argv, options) };
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code === "ENOEXEC") {
      return { kind: "started", child: process.spawn("/bin/sh", ["sh", path, ...argv.slice(1)], options) };
    }
    return fail(error.message, error.code === "ENOENT" ? 127 : 126);
  }
}

function findInPath(process: Process, name: string, path: string | undefined): string | undefined {
  if (path === undefined) return process.findExecutable(name);
  for (const folder of path.split(":")) {
    const candidate = process.resolve(`${folder === "" ? "." : folder}/${name}`);
    try {
      const stat = process.machine.fs.stat(candidate);
      if (stat.kind === "file" && (stat.mode & 0o111) !== 0) return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
