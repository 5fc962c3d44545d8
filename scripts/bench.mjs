// `npm run bench`: the product's figures as tables. Nothing is asserted; machines differ.
// The suites are bundled as the server is: a loader that keeps names would give each closure
// a dictionary of its own, which memory figures would show.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { installDependencies, requireNode, root, runNode } from "./prepare.mjs";

requireNode();
installDependencies();
runNode([join(root, "scripts", "build.mjs"), "--if-stale"]);
const { build } = await import("esbuild");
const chosen = process.argv.slice(2);
const suites = readdirSync(join(root, "test", "bench"))
  .filter((name) => name.endsWith(".bench.ts"))
  .map((name) => name.replace(".bench.ts", ""))
  .filter((name) => chosen.length === 0 || chosen.includes(name));
for (const name of suites) {
  const outfile = join(root, "dist", "bench", `${name}.mjs`);
  await build({
    entryPoints: [join(root, "test", "bench", `${name}.bench.ts`)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "error",
  });
  if (!existsSync(outfile)) continue;
  const result = spawnSync(process.execPath, ["--expose-gc", outfile], { cwd: root, stdio: "inherit" });
  if (result.status !== 0) process.exitCode = 1;
}
