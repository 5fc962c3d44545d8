/** Real files for the simulated terminal host: `--file DEST=SRC`. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { World } from "../sim/world-types.ts";

/** One clear line for the person at the terminal. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Copies a file or a folder; a relative destination lies in the user's home. Throws `CommandError`. */
export function copyIntoWorld(world: World, option: string): void {
  const at = option.indexOf("=");
  if (at <= 0) throw new CommandError(`--file wants DEST=SRC, not "${option}"`);
  const destination = atHome(world, option.slice(0, at));
  const source = option.slice(at + 1);
  try {
    copyTree(world, source, destination);
  } catch (error) {
    throw new CommandError(`--file ${option}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function copyTree(world: World, source: string, destination: string): void {
  if (statSync(source).isDirectory()) {
    makeFolder(world, destination);
    for (const name of readdirSync(source)) copyTree(world, join(source, name), `${destination}/${name}`);
    return;
  }
  makeFolder(world, destination.slice(0, destination.lastIndexOf("/")) || "/");
  const mode = (statSync(source).mode & 0o111) === 0 ? 0o644 : 0o755;
  world.terminalHost.fs.writeFile(destination, readFileSync(source), { mode });
  own(world, destination);
}

export function atHome(world: World, path: string): string {
  return path.startsWith("/") ? path : `${world.login.home}/${path.replace(/^~\//, "")}`;
}

/** Makes a folder and those above it; new ones belong to the person. */
export function makeFolder(world: World, path: string): void {
  const { fs } = world.terminalHost;
  const names = path.split("/").filter((name) => name !== "");
  let current = "";
  for (const name of names) {
    current += `/${name}`;
    if (fs.exists(current)) continue;
    fs.mkdir(current);
    own(world, current);
  }
}

function own(world: World, path: string): void {
  const { fs } = world.terminalHost;
  const { uid, gid } = fs.stat(world.login.home);
  if (path.startsWith(`${world.login.home}/`)) fs.chown(path, uid, gid);
}
