#!/usr/bin/env node
// Runs the conformance suites of the packet filter: `npm run conformance [-- --markdown]`. Exit 1 if any verdict differs.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const script = fileURLToPath(new URL("../test/conformance/print.ts", import.meta.url));
const { status, error } = spawnSync(process.execPath, ["--import", "tsx", script, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
if (error) console.error(`conformance: ${error.message}`);
process.exit(status ?? 1);
