// `npm run bench`: the product's figures as tables. Nothing is asserted; machines differ.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installDependencies, requireNode, root } from "./prepare.mjs";

requireNode();
installDependencies();
const chosen = process.argv.slice(2);
const suites = ["world", "terminals", "net"].filter((name) => chosen.length === 0 || chosen.includes(name));
for (const name of suites) {
  const file = join(root, "test", "bench", `${name}.bench.ts`);
  if (!existsSync(file)) continue;
  const result = spawnSync(process.execPath, ["--expose-gc", "--import", "tsx", file], { cwd: root, stdio: "inherit" });
  if (result.status !== 0) process.exitCode = 1;
}
