#!/usr/bin/env node
// The `netpol-lab` command on a checkout: builds what is stale, then runs the built command.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fail, installDependencies, requireNode, root, runNode } from "../scripts/prepare.mjs";

const built = join(root, "dist", "server", "cli.mjs");

requireNode();
// A packed installation (the container image) has no sources to build from.
if (existsSync(join(root, "server"))) {
  installDependencies();
  if (runNode([join(root, "scripts", "build.mjs"), "--if-stale"], { stdio: ["ignore", 2, 2] }) !== 0) {
    fail("the build failed; its output is above");
  }
}
await import(pathToFileURL(built).href);
