// Brings a checkout into a state from which anything can run: the right Node, the
// dependencies of the lock file. Uses nothing that has to be installed first.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Ends the process with one line on stderr and exit status 1. */
export function fail(message) {
  process.stderr.write(`netpol-lab: ${message}\n`);
  process.exit(1);
}

export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Node ${process.versions.node} is too old; please install Node 20.19 or newer`);
  }
}

/** Installs what package-lock.json names, unless exactly that is installed already. */
export function installDependencies() {
  const stamp = join(root, "node_modules", ".netpol-lab-lock");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .update(process.versions.modules)
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("Installing dependencies (once, about half a minute) …\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  // Not `npm ci`: it refuses a lock file that lacks the binaries of other platforms, which
  // `npm install` adds for the one at hand.
  const result = spawnSync(npm, ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (result.error) fail(`npm could not be started: ${result.error.message}`);
  if (result.status !== 0) fail("npm install failed; its output is above");
  writeFileSync(stamp, wanted);
}

/** Runs a Node script of the project and returns its exit status. */
export function runNode(args, options = {}) {
  const result = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit", ...options });
  if (result.error) fail(result.error.message);
  return result.status ?? 1;
}
