// Builds the page into dist/web and the server into dist/server, each only when what it
// is made of has changed. `--force` builds in any case.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { performance } from "node:perf_hooks";
import { brotliCompressSync, constants } from "node:zlib";
import { root } from "./prepare.mjs";

const dist = join(root, "dist");
const isForced = process.argv.includes("--force");

const targets = [
  {
    name: "web",
    sources: [
      "web",
      "server/protocol.ts",
      "package-lock.json",
      "scripts/build.mjs",
      "tsconfig.json",
      "tsconfig.base.json",
    ],
    result: "index.html",
    build: buildPage,
  },
  {
    name: "server",
    sources: ["server", "package-lock.json", "scripts/build.mjs", "tsconfig.json", "tsconfig.base.json"],
    result: "cli.mjs",
    build: buildServer,
  },
];

for (const target of targets) {
  if (!existsSync(join(root, target.sources[0]))) continue;
  const stamp = join(dist, `.${target.name}.sha256`);
  const wanted = hashOf(target.sources);
  const isFresh =
    existsSync(join(dist, target.name, target.result)) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (isFresh && !isForced) continue;
  const startedMs = performance.now();
  // Built beside and then put in place, so that nobody ever sees half of it.
  const fresh = join(dist, `.${target.name}-${process.pid}`);
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  try {
    await target.build(fresh);
    replace(join(dist, target.name), fresh);
    writeFileSync(stamp, wanted);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  process.stderr.write(`Built ${target.name} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
}

async function buildPage(outDir) {
  const { build } = await import("vite");
  await build({
    configFile: join(root, "web", "vite.config.ts"),
    logLevel: "warn",
    build: { outDir, emptyOutDir: true },
  });
  const assets = join(outDir, "assets");
  for (const name of readdirSync(assets)) {
    if (!/\.(?:js|css|svg)$/.test(name)) continue;
    const text = readFileSync(join(assets, name));
    const options = {
      params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: text.length },
    };
    writeFileSync(join(assets, `${name}.br`), brotliCompressSync(text, options));
  }
}

async function buildServer(outdir) {
  const { build } = await import("esbuild");
  await build({
    entryPoints: { cli: join(root, "server", "cli", "main.ts") },
    outdir,
    bundle: true,
    // Commands load what they need when they need it.
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    outExtension: { ".js": ".mjs" },
    sourcemap: true,
    sourcesContent: false,
    logLevel: "warning",
  });
}

/** One hash over the paths and contents of all files, tests left out. */
function hashOf(sources) {
  const hash = createHash("sha256").update(process.versions.modules);
  for (const source of sources) {
    for (const file of filesIn(join(root, source))) hash.update(`${relative(root, file)}\n`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function* filesIn(path) {
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOTDIR") yield path;
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === "testing" || /\.test\.ts$/.test(entry.name) || entry.name.startsWith(".")) continue;
    const inside = join(path, entry.name);
    if (entry.isDirectory()) yield* filesIn(inside);
    else yield inside;
  }
}

function replace(place, fresh) {
  const old = `${fresh}-old`;
  if (existsSync(place)) renameSync(place, old);
  renameSync(fresh, place);
  rmSync(old, { recursive: true, force: true });
}
