/**
 * The figures of the packet filter: `node --import tsx test/bench/net.bench.ts [--huge]`. CPU time of this
 * process, medians of warm runs; "fresh process" is what `netpol-lab verdicts` says of itself. Prints one table; asserts nothing.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROCESS_INSTRUMENTS } from "../../server/cli/verdicts.ts";
import type { PacketFacts } from "../../server/sim/net/filter/decision.ts";
import type { End, PolicyEngine } from "../../server/sim/net/filter/engine.ts";
import { explain } from "../../server/sim/net/explain/explanation.ts";
import { PodMatrix, reachedByClass } from "../../server/sim/net/reach/pod-matrix.ts";
import { engineOfCluster, type PolicyScenario, scenarioEnd } from "../../server/sim/net/scenario/scenario.ts";
import { evaluateScenario, type ScenarioReport } from "../../server/sim/net/scenario/scenario-run.ts";

interface Figure {
  readonly what: string;
  readonly aim: string;
  readonly measured: string;
}

const GENERATOR = "test/fixtures/netpol/gen.mjs";
const MATRIX_PORTS = [8080, 9090, 5432].map((port) => ({ protocol: 0 as const, port }));
const PROFILES = ["agree", "full"];

function scenario(size: string, profile: string): PolicyScenario {
  return inScenarioFile(size, profile, (path) => JSON.parse(readFileSync(path, "utf8")) as PolicyScenario);
}

function inScenarioFile<T>(size: string, profile: string, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "netpol-bench-"));
  try {
    const path = join(folder, "scenario.json");
    execFileSync(process.execPath, [GENERATOR, "--size", size, "--profile", profile, "--out", path]);
    return use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What `netpol-lab verdicts` reports, several times, each in a process of its own whose code is not compiled yet. */
function coldReports(size: string, profile: string): ScenarioReport[] {
  return inScenarioFile(size, profile, (path) =>
    Array.from({ length: 7 }, () => {
      const line = execFileSync(process.execPath, ["bin/netpol-lab.mjs", "verdicts", path], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      return JSON.parse(line.toString("utf8")) as ScenarioReport;
    }),
  );
}

function coldFigures(reports: readonly ScenarioReport[]): Figure[] {
  const middle = (of: (report: ScenarioReport) => number) => {
    const values = reports.map(of).sort((a, b) => a - b);
    return values[values.length >>> 1] ?? 0;
  };
  const seconds = middle(({ matrix }) => matrix?.cpuSeconds ?? 0);
  return [
    {
      what: "fresh process: build",
      aim: "300 ms",
      measured: unit(
        middle(({ buildMs }) => buildMs),
        "ms",
        0,
      ),
    },
    {
      what: "fresh process: a verdict by rules",
      aim: "400 ns",
      measured: unit(
        middle((one) => one.nsPerVerdict),
        "ns",
        0,
      ),
    },
    { what: "fresh process: reachability expanded and hashed", aim: "600 ms", measured: unit(1000 * seconds, "ms", 0) },
    {
      what: "fresh process: peak memory",
      aim: "300 MB",
      measured: unit(
        middle((one) => one.peakRssMB),
        "MB",
        0,
      ),
    },
  ];
}

function cpuMs(work: () => void): number {
  const start = PROCESS_INSTRUMENTS.cpuMs();
  work();
  return PROCESS_INSTRUMENTS.cpuMs() - start;
}

function median(times: number, measure: () => number): number {
  const values = Array.from({ length: times }, measure).sort((a, b) => a - b);
  return values[values.length >>> 1] ?? 0;
}

function build({ cluster }: PolicyScenario): PolicyEngine {
  const engine = engineOfCluster(cluster);
  engine.allows(engine.addressEnd("203.0.113.1"), podEnds(engine, cluster.pods.slice(0, 1))[0] as End, 0, 80);
  return engine;
}

function podEnds(engine: PolicyEngine, pods: PolicyScenario["cluster"]["pods"]): End[] {
  return pods.map(({ ns, name }) => scenarioEnd(engine, `${ns}/${name}`));
}

function unit(value: number, name: string, digits = 1): string {
  return `${value.toFixed(digits)} ${name}`;
}

/** Random pairs, the same on every run. */
function pairs(count: number, ends: number): Int32Array {
  const drawn = new Int32Array(2 * count);
  let x = 12345;
  for (let i = 0; i < drawn.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    drawn[i] = x % ends;
  }
  return drawn;
}

function verdictFigures(data: PolicyScenario, engine: PolicyEngine): Figure[] {
  const ends = podEnds(engine, data.cluster.pods);
  const count = 200_000;
  const drawn = pairs(count, ends.length);
  const ports = [8080, 9090, 5432, 6379, 9001, 53, 443];
  let allowed = 0;
  const byRules = median(5, () =>
    cpuMs(() => {
      for (let i = 0; i < count; i++) {
        const [source, destination] = [ends[drawn[2 * i] as number], ends[drawn[2 * i + 1] as number]] as [End, End];
        if (engine.allows(source, destination, 0, ports[i % 7] as number)) allowed++;
      }
    }),
  );
  const table = engine.table(0, 8080);
  const classes = Int32Array.from(ends, (end) => end.classId);
  const byTables = median(5, () =>
    cpuMs(() => {
      for (let i = 0; i < count; i++) {
        const source = classes[drawn[2 * i] as number] as number;
        if (table.allows(source, classes[drawn[2 * i + 1] as number] as number)) allowed++;
      }
    }),
  );
  if (allowed === 0) throw new Error("nothing was allowed");
  return [
    { what: "a verdict by rules", aim: "400 ns", measured: unit((byRules * 1e6) / count, "ns", 0) },
    { what: "a verdict from the tables", aim: "80 ns", measured: unit((byTables * 1e6) / count, "ns", 0) },
  ];
}

function byClass(data: PolicyScenario): number {
  const engine = build(data);
  return cpuMs(() => {
    for (const { protocol, port } of MATRIX_PORTS) reachedByClass(engine, protocol, port);
  });
}

function expanded(data: PolicyScenario): number {
  const engine = build(data);
  const ends = podEnds(engine, data.cluster.pods);
  return cpuMs(() => {
    const matrix = new PodMatrix(engine, ends, MATRIX_PORTS);
    for (let i = 0; i < ends.length; i++) matrix.row(i);
  });
}

function explanationFigure(data: PolicyScenario): Figure {
  const engine = build(data);
  const ends = podEnds(engine, data.cluster.pods);
  const count = 20_000;
  const drawn = pairs(count, ends.length);
  const run = () =>
    cpuMs(() => {
      for (let i = 0; i < count; i++) {
        const source = ends[drawn[2 * i] as number] as End;
        const destination = ends[drawn[2 * i + 1] as number] as End;
        explain(engine, { source, destination, protocol: 0, port: 8080, family: 0 } satisfies PacketFacts);
      }
    });
  return { what: "an explanation", aim: "20 µs", measured: unit((median(3, run) * 1000) / count, "µs") };
}

function label(size: string, profile: string, figures: readonly Figure[]): Figure[] {
  return figures.map((figure) => ({ ...figure, what: `${size} ${profile}: ${figure.what}` }));
}

function measureSize(size: string, profile: string): Figure[] {
  const data = scenario(size, profile);
  if (size === "S") {
    const cold = cpuMs(() => build(data));
    const warm = median(41, () => cpuMs(() => build(data)));
    return [{ what: "build", aim: "2 ms", measured: `${unit(warm, "ms", 2)} (first ${unit(cold, "ms")})` }];
  }
  if (size === "M") {
    const full = median(7, () => expanded(data));
    return [
      { what: "full reachability on three ports", aim: "10 ms", measured: unit(full, "ms") },
      explanationFigure(data),
    ];
  }
  const warm = median(5, () => cpuMs(() => build(data)));
  const report = evaluateScenario(data, PROCESS_INSTRUMENTS, { update: true });
  return [
    ...verdictFigures(data, build(data)),
    { what: "build", aim: "300 ms", measured: unit(warm, "ms", 0) },
    { what: "a pod relabelled, three tables current", aim: "5 ms", measured: unit(report.relabelMs ?? 0, "ms", 2) },
    {
      what: "a policy changed, three tables current",
      aim: "15 ms",
      measured: unit(report.policyChangeMs ?? 0, "ms", 2),
    },
    {
      what: "full reachability by class",
      aim: "100 ms",
      measured: unit(
        median(5, () => byClass(data)),
        "ms",
        0,
      ),
    },
    {
      what: "full reachability expanded to pods",
      aim: "600 ms",
      measured: unit(
        median(5, () => expanded(data)),
        "ms",
        0,
      ),
    },
    ...coldFigures(coldReports(size, profile)),
  ];
}

function print(figures: readonly Figure[]): void {
  const widths = [60, 10];
  const line = (a: string, b: string, c: string) =>
    console.log(`${a.padEnd(widths[0] ?? 0)} ${b.padEnd(widths[1] ?? 0)} ${c}`);
  line("packet filter", "aim", "measured");
  for (const { what, aim, measured } of figures) line(what, `≤ ${aim}`, measured);
}

const figures: Figure[] = [];
for (const size of ["L", "M", "S"]) {
  for (const profile of PROFILES) figures.push(...label(size, profile, measureSize(size, profile)));
}
if (process.argv.includes("--huge")) {
  const data = scenario("100000x10000", "agree");
  const seconds = cpuMs(() => build(data)) / 1000;
  figures.push({ what: "100,000 pods, 10,000 policies: build", aim: "4 s", measured: unit(seconds, "s", 2) });
}
print(figures);
