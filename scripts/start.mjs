// `npm start`: installs and builds whatever is missing or stale, then serves.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fail, installDependencies, requireNode, root, runNode } from "./prepare.mjs";

requireNode();
installDependencies();
if (runNode([join(root, "scripts", "build.mjs"), "--if-stale"]) !== 0) fail("the build failed; its output is above");

const server = spawn(process.execPath, [join(root, "dist", "server", "cli.mjs"), "serve", ...process.argv.slice(2)], {
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => server.kill(signal));
server.on("exit", (code, signal) => process.exit(signal ? 0 : (code ?? 1)));
