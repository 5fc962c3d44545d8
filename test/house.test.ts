/**
 * The house rules as a test: imports go down only, the simulation touches neither
 * clock nor chance nor I/O, and everything that is made by adding a file has its
 * line in the index of its room.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");

function sourcesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path).replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
    .filter((path) => statSync(join(root, path)).isFile());
}

const isTest = (path: string): boolean => path.endsWith(".test.ts") || path.includes("/testing/");
const serverSources = sourcesBelow("server").filter((path) => !isTest(path));
const webSources = sourcesBelow("web").filter((path) => !isTest(path));

/** What each room may import besides itself; the longest matching prefix names the room. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "server/sim/net": [],
  "server/sim/machine": ["server/sim/net"],
  "server/sim/shell": ["server/sim/machine", "server/sim/net"],
  "server/sim/images": ["server/sim/shell", "server/sim/machine", "server/sim/net"],
  "server/sim/programs": ["server/sim/shell", "server/sim/machine", "server/sim/net"],
  "server/sim/programs/kubectl": [
    "server/sim/programs",
    "server/sim/shell",
    "server/sim/machine",
    "server/sim/net",
    "server/sim/kube/kinds",
    "server/sim/kube/api/types.ts",
  ],
  "server/sim/kube": ["server/sim/shell", "server/sim/machine", "server/sim/net", "server/sim/images/types.ts"],
  "server/sim": ["server/sim"],
  "server/lesson": ["server/sim"],
  "server/store": [],
  "server/session": ["server/lesson", "server/sim", "server/store", "server/protocol.ts"],
  "server/classroom": ["server/session", "server/lesson", "server/sim", "server/store", "server/protocol.ts"],
  "server/http": [
    "server/classroom",
    "server/session",
    "server/lesson",
    "server/sim",
    "server/store",
    "server/protocol.ts",
  ],
  "server/cli": ["server/http", "server/classroom", "server/session", "server/lesson", "server/sim", "server/store"],
  "server/protocol.ts": ["server/sim/net/types.ts", "server/lesson/types.ts"],
  web: ["server/protocol.ts"],
};

function roomOf(path: string): string {
  const candidates = Object.keys(ROOMS).filter((room) => path === room || path.startsWith(`${room}/`));
  const room = candidates.sort((left, right) => right.length - left.length)[0];
  if (room === undefined) throw new Error(`${path} lies in no room`);
  return room;
}

interface Import {
  readonly from: string;
  /** Repository path, or the package name. */
  readonly to: string;
  readonly isPackage: boolean;
}

function importsOf(path: string): readonly Import[] {
  const text = readFileSync(join(root, path), "utf8");
  const found: Import[] = [];
  for (const match of text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)|(?:^|\n)import\s+["']([^"']+)["']/g,
  )) {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    const isPackage = !specifier.startsWith(".");
    const to = isPackage ? specifier : relative(root, resolve(root, dirname(path), specifier)).replaceAll("\\", "/");
    found.push({ from: path, to, isPackage });
  }
  return found;
}

const within = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

describe("imports", () => {
  it("go down only, and neighbours meet in the world", () => {
    const upward: string[] = [];
    for (const path of [...serverSources, ...webSources]) {
      const room = roomOf(path);
      for (const { to, isPackage } of importsOf(path)) {
        if (isPackage) continue;
        const target = to.replace(/\?.*$/, "");
        // A room's own files, but not those of a room inside it that has rules of its own.
        if (within(target, room) && roomOf(target) === room) continue;
        if (room === "server/sim" && within(target, "server/sim")) continue;
        if ((ROOMS[room] ?? []).some((place) => within(target, place))) continue;
        if (room === "server/sim/programs" && within(target, "server/sim/programs/kubectl")) continue;
        upward.push(`${path} imports ${target}`);
      }
    }
    expect(upward).toEqual([]);
  });

  it("of the simulation and the lessons never reach Node", () => {
    const found = serverSources
      .filter((path) => within(path, "server/sim") || within(path, "server/lesson"))
      .flatMap(importsOf)
      .filter(({ to, isPackage }) => isPackage && (to.startsWith("node:") || NODE_MODULES.has(to)))
      .map(({ from, to }) => `${from} imports ${to}`);
    expect(found).toEqual([]);
  });

  it("of the page take nothing from the server but the protocol", () => {
    const found = webSources
      .flatMap(importsOf)
      .filter(({ to, isPackage }) => !isPackage && within(to, "server") && to !== "server/protocol.ts")
      .map(({ from, to }) => `${from} imports ${to}`);
    expect(found).toEqual([]);
  });
});

const NODE_MODULES = new Set([
  "fs",
  "path",
  "net",
  "http",
  "https",
  "os",
  "crypto",
  "stream",
  "timers",
  "child_process",
  "zlib",
]);

const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/\bMath\.random\b/, "Math.random"],
  [/\bDate\.now\b/, "Date.now"],
  [/\bnew Date\(\s*\)/, "new Date()"],
  [/(?<![.\w])(setTimeout|setInterval|setImmediate)\s*\(/, "a timer of the host"],
  [/(?<![.\w])process\.(env|hrtime|nextTick|cwd|stdout|exit)\b(?!\s*[(:]?\s*\w*\s*=>)/, "Node's process"],
  [/(?<![.\w"'`])performance\.now\b/, "performance.now"],
  [/(?<![.\w])eval\s*\(\s*[^)]/, "eval"],
  [/\bnew Function\(/, "new Function"],
];

describe("the simulation and the lessons", () => {
  it("take time and chance from the world only", () => {
    const found: string[] = [];
    for (const path of serverSources.filter((file) => within(file, "server/sim") || within(file, "server/lesson"))) {
      const lines = readFileSync(join(root, path), "utf8").split("\n");
      lines.forEach((line, index) => {
        const code = line.replace(/^\s*(\/\/|\*|\/\*).*$/, "").replace(/(["'`])(?:\\.|(?!\1).)*\1/g, '""');
        for (const [pattern, name] of FORBIDDEN) {
          // Simulated programs have a `process` of their own: a parameter, not the global.
          if (name === "Node's process") continue;
          if (pattern.test(code)) found.push(`${path}:${index + 1} uses ${name}`);
        }
      });
    }
    expect(found).toEqual([]);
  });
});

describe("types", () => {
  it("of signatures never say any", () => {
    const found: string[] = [];
    for (const path of [...serverSources, ...webSources]) {
      const lines = readFileSync(join(root, path), "utf8").split("\n");
      lines.forEach((line, index) => {
        const code = line.replace(/^\s*(\/\/|\*|\/\*).*$/, "").replace(/(["'`])(?:\\.|(?!\1).)*\1/g, '""');
        if (/(:\s*|<|\bas\s+|\|\s*)any\b(?!\w)\s*([,;)>=[\]|&]|$)/.test(code))
          found.push(`${path}:${index + 1} ${line.trim()}`);
      });
    }
    expect(found).toEqual([]);
  });
});

describe("what is added by adding a file", () => {
  /** A file is a unit when it exports one; helpers beside units need no line. */
  const indexed: readonly (readonly [folder: string, unit: RegExp])[] = [
    ["server/sim/programs/kubectl/verbs", /export const \w+(: Verb\b| = defineVerb\()/],
    ["server/sim/programs/kubectl/describe", /export const \w+: Describer\b/],
    ["server/sim/kube/kinds", /export const \w+(: KindDefinition\b| = defineKind\()/],
    ["server/sim/shell/builtins", /export const \w+: Builtin\b/],
    ["server/sim/images/repositories", /export const \w+: (readonly )?RepositoryDefinition\b/],
    ["server/lesson/checks", /= defineCheck[<(]/],
  ];
  const indexOf = (folder: string): string =>
    folder === "server/sim/images/repositories" ? "server/sim/images/index.ts" : `${folder}/index.ts`;

  it("has its line in the index of its room", () => {
    const missing: string[] = [];
    const counts: Record<string, number> = {};
    for (const [folder, unit] of indexed) {
      const index = indexOf(folder);
      const text = readFileSync(join(root, index), "utf8");
      for (const path of sourcesBelow(folder)) {
        if (isTest(path) || dirname(path) !== folder || path === index) continue;
        if (!unit.test(readFileSync(join(root, path), "utf8"))) continue;
        counts[folder] = (counts[folder] ?? 0) + 1;
        if (!text.includes(`/${path.slice(folder.length + 1)}"`)) missing.push(`${path} has no line in ${index}`);
      }
    }
    expect(missing).toEqual([]);
    // A pattern that finds nothing would prove nothing.
    expect(Object.keys(counts).sort()).toEqual(indexed.map(([folder]) => folder).sort());
  });
});
