// `npm test`: installs and builds what is stale, then runs everything: compilers, linter,
// unit tests, the suites that cross rooms, and the browser suite in a real Chromium.
// Closes with one line `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail, installDependencies, requireNode, root, runNode } from "./prepare.mjs";

requireNode();
installDependencies();
if (runNode([join(root, "scripts", "build.mjs"), "--if-stale"]) !== 0) fail("the build failed; its output is above");

const binary = (name) => join(root, "node_modules", ...name);
const steps = [
  [
    "the simulation compiles without Node and DOM",
    [binary(["typescript", "bin", "tsc"]), "-p", "server/sim/tsconfig.json"],
  ],
  ["everything compiles", [binary(["typescript", "bin", "tsc"]), "-p", "tsconfig.json"]],
  [
    "the linter finds nothing",
    [binary(["@biomejs", "biome", "bin", "biome"]), "check", "--diagnostic-level=error", "."],
  ],
];

let passed = 0;
let failed = 0;
let skipped = 0;
const only = process.argv.slice(2);
if (only.length === 0) {
  for (const [title, args] of steps) {
    const isGood = runNode(args) === 0;
    process.stdout.write(`${isGood ? "✓" : "✗"} ${title}\n`);
    if (isGood) passed++;
    else failed++;
  }
}

const folder = mkdtempSync(join(tmpdir(), "netpol-lab-test-"));
const report = join(folder, "report.json");
const run = spawnSync(
  process.execPath,
  [
    binary(["vitest", "vitest.mjs"]),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...only,
  ],
  { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
);
if (existsSync(report)) {
  const result = JSON.parse(readFileSync(report, "utf8"));
  passed += result.numPassedTests;
  failed += result.numFailedTests;
  skipped += result.numPendingTests + result.numTodoTests;
  // A file that cannot even be loaded holds no failed test, yet it failed.
  for (const file of result.testResults) {
    if (file.status === "failed" && file.assertionResults.length === 0) failed++;
  }
}
rmSync(folder, { recursive: true, force: true });
if (run.status !== 0 && failed === 0) failed = 1;
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
