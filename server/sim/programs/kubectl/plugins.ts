/** Plugins: executables named `kubectl-…` on the PATH, tried when a word is no command. */
import type { Process } from "../../machine/types.ts";
import { firstArgument } from "./flags/find.ts";

/** The plugin's exit code; undefined when there is none. A flag before the plugin's name is refused. */
export async function runPlugin(process: Process, args: readonly string[]): Promise<number | undefined> {
  const words: string[] = [];
  for (const arg of args) {
    if (arg.startsWith("-")) break;
    words.push(arg.replaceAll("-", "_"));
  }
  if (words.length === 0) {
    const unknown = firstArgument("", args);
    if (unknown === undefined) return undefined;
    await process.stderr.write(`Error: flags cannot be placed before plugin name: ${args[0] ?? ""}\n`);
    return 1;
  }
  for (let length = words.length; length > 0; length--) {
    const path = process.findExecutable(`kubectl-${words.slice(0, length).join("-")}`);
    if (path === undefined) continue;
    const status = await process.spawn(path, [path, ...args.slice(length)]).exit;
    return status.kind === "exited" ? status.code : 1;
  }
  return undefined;
}

/** Lets a plugin complete its own words: `kubectl_complete-NAME`. Undefined when it is none, or has no such helper. */
export async function completePlugin(process: Process, args: readonly string[]): Promise<number | undefined> {
  const [word = ""] = args;
  if (args.length < 2 || !/^[\w-]+$/.test(word) || word.startsWith("-")) return undefined;
  const path = process.findExecutable(`kubectl_complete-${word}`);
  if (path === undefined) return undefined;
  const status = await process.spawn(path, [path, ...args.slice(1)]).exit;
  return status.kind === "exited" ? status.code : 1;
}

/** What plugins are called by. */
export function pluginWords(process: Process): readonly string[] {
  const words = listPlugins(process).map((path) => path.slice(path.lastIndexOf("/kubectl-") + "/kubectl-".length));
  return [...new Set(words)];
}

/** Every plugin on the PATH, in its order. */
export function listPlugins(process: Process): readonly string[] {
  const { fs } = process.machine;
  return (process.env.get("PATH") ?? "").split(":").flatMap((folder) => {
    const full = process.resolve(folder || ".");
    if (!fs.exists(full) || fs.stat(full).kind !== "directory") return [];
    return fs
      .readdir(full)
      .filter((name) => name.startsWith("kubectl-"))
      .map((name) => `${folder}/${name}`);
  });
}
