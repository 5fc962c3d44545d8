/** Evaluates a scenario file with measurements: hashes first, so that engines can be compared, then times. */
import { type End, packetFamily, type PolicyEngine } from "../filter/engine.ts";
import { PodMatrix } from "../reach/pod-matrix.ts";
import {
  engineOfCluster,
  type GeneratedQueries,
  isClusterPolicy,
  type PolicyScenario,
  type ScenarioCluster,
  scenarioEnd,
  type ScenarioPort,
  scenarioPodFacts,
  scenarioProtocol,
} from "./scenario.ts";
import type { ProtocolNumber } from "../policy/port-set.ts";
import type { NetworkPolicy } from "../types.ts";

/** What measuring needs of the outside. */
export interface Instruments {
  /** Milliseconds, as fine as possible. */
  now(): number;
  /** Milliseconds of CPU time of this process. */
  cpuMs(): number;
  peakRssMB(): number;
  createSha256(): { update(bytes: Uint8Array): unknown; hex(): string };
}

export interface ScenarioRunOptions {
  /** Only the rows 0, N, 2N, … of the matrix. */
  readonly rowStep?: number;
  /** Also measure single changes. */
  readonly update?: boolean;
}

export interface ScenarioReport {
  readonly scenario: string;
  readonly pods: number;
  readonly policies: number;
  readonly queries: number;
  readonly allowed: number;
  readonly denied: number;
  readonly hash: string;
  readonly buildMs: number;
  readonly nsPerVerdict: number;
  readonly queryCpuMs: number;
  readonly relabelMs?: number;
  readonly policyChangeMs?: number;
  readonly matrix?: MatrixReport;
  readonly peakRssMB: number;
}

export interface MatrixReport {
  readonly rows: number;
  readonly totalRows: number;
  readonly rowStep: number;
  readonly ports: number;
  readonly verdicts: number;
  readonly allowed: number;
  readonly hash: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Queries as columns: ends by index, then port and protocol. */
interface QueryColumns {
  readonly ends: readonly End[];
  readonly sources: Int32Array;
  readonly destinations: Int32Array;
  readonly ports: Int32Array;
  readonly protocols: Int32Array;
}

export function evaluateScenario(
  scenario: PolicyScenario,
  instruments: Instruments,
  options: ScenarioRunOptions = {},
): ScenarioReport {
  const { cluster, matrix } = scenario;
  const readBuild = stopwatch(instruments);
  const engine = engineOfCluster(cluster);
  firstVerdict(engine, cluster);
  const buildMs = readBuild();
  const columns = queryColumns(engine, scenario);
  const readQueries = stopwatch(instruments);
  const bits = answer(engine, columns);
  const queryCpuMs = readQueries();
  const count = columns.sources.length;
  const allowed = bits.allowed;
  const hash = instruments.createSha256();
  hash.update(bits.bytes);
  const matrixReport = matrix && runMatrix(engine, cluster, matrix.ports, options.rowStep ?? 1, instruments);
  const updates = options.update ? measureChanges(engine, cluster, columns, instruments) : {};
  return {
    scenario: scenario.name ?? scenario.id ?? "",
    pods: cluster.pods.length,
    policies: cluster.policies.length,
    queries: count,
    allowed,
    denied: count - allowed,
    hash: hash.hex(),
    buildMs: round(buildMs, 3),
    nsPerVerdict: count === 0 ? 0 : round((queryCpuMs * 1e6) / count, 1),
    queryCpuMs: round(queryCpuMs, 3),
    ...updates,
    ...(matrixReport === undefined ? {} : { matrix: matrixReport }),
    peakRssMB: round(instruments.peakRssMB(), 1),
  };
}

/**
 * CPU time of one thread since the call, in milliseconds, as closely as it can be known: the process's
 * CPU time counts helper threads too, the clock counts other processes; neither is ever too small.
 */
function stopwatch({ now, cpuMs }: Instruments): () => number {
  const [start, cpuStart] = [now(), cpuMs()];
  return () => Math.min(now() - start, cpuMs() - cpuStart);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function firstVerdict(engine: PolicyEngine, { pods }: ScenarioCluster): boolean {
  const [first] = pods;
  if (first === undefined) return true;
  const end = scenarioEnd(engine, `${first.ns}/${first.name}`);
  return engine.allows(end, engine.addressEnd("203.0.113.1"), 0, 80);
}

// ------------------------------------------------------------------------ queries

function queryColumns(engine: PolicyEngine, { cluster, queries }: PolicyScenario): QueryColumns {
  const generate = queries?.generate;
  const list = queries?.list ?? [];
  const count = (generate?.count ?? 0) + list.length;
  const indexes = new Map<string, number>();
  const ends: End[] = [];
  const indexOf = (name: string) => {
    let index = indexes.get(name);
    if (index === undefined) {
      index = ends.length;
      indexes.set(name, index);
      ends.push(scenarioEnd(engine, name));
    }
    return index;
  };
  for (const { ns, name } of cluster.pods) indexOf(`${ns}/${name}`);
  const column = () => new Int32Array(count);
  const columns = { ends, sources: column(), destinations: column(), ports: column(), protocols: column() };
  if (generate !== undefined) fillGenerated(columns, generate, cluster.pods.length, indexOf);
  for (const [i, [source, destination, port, protocol]] of list.entries()) {
    const at = count - list.length + i;
    columns.sources[at] = indexOf(source);
    columns.destinations[at] = indexOf(destination);
    columns.ports[at] = port;
    columns.protocols[at] = scenarioProtocol(protocol);
  }
  return columns;
}

function fillGenerated(
  columns: QueryColumns,
  generate: GeneratedQueries,
  podCount: number,
  indexOf: (name: string) => number,
): void {
  const { seed, count, externals = [], extDstPct = 0, extSrcPct = 0 } = generate;
  const ports = generate.ports.map(({ port, protocol }) => ({ port, protocol: scenarioProtocol(protocol) }));
  const outside = externals.map(indexOf);
  const draw = xorshift32(seed);
  for (let i = 0; i < count; i++) {
    const [a, b, c, d] = [draw(), draw(), draw(), draw()];
    let source = a % podCount;
    let destination = b % podCount;
    if (destination === source) destination = (destination + 1) % podCount;
    const external = outside[Math.floor(d / 100) % Math.max(1, outside.length)];
    if (external !== undefined) {
      const percent = d % 100;
      if (percent < extDstPct) destination = external;
      else if (percent < extDstPct + extSrcPct) source = external;
    }
    const port = ports[c % ports.length];
    columns.sources[i] = source;
    columns.destinations[i] = destination;
    columns.ports[i] = port?.port ?? 0;
    columns.protocols[i] = port?.protocol ?? 0;
  }
}

function xorshift32(seed: number): () => number {
  let x = seed >>> 0;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x;
  };
}

function answer(engine: PolicyEngine, columns: QueryColumns): { bytes: Uint8Array; allowed: number } {
  const { ends, sources, destinations, ports, protocols } = columns;
  const bytes = new Uint8Array((sources.length + 7) >>> 3);
  let allowed = 0;
  for (let i = 0; i < sources.length; i++) {
    const source = ends[sources[i] as number] as End;
    const destination = ends[destinations[i] as number] as End;
    const family = packetFamily(source, destination);
    if (!engine.allows(source, destination, protocols[i] as ProtocolNumber, ports[i] as number, family)) continue;
    allowed++;
    bytes[i >>> 3] = (bytes[i >>> 3] as number) | (0x80 >>> (i & 7));
  }
  return { bytes, allowed };
}

// ------------------------------------------------------------------------- matrix

function runMatrix(
  engine: PolicyEngine,
  cluster: ScenarioCluster,
  matrixPorts: readonly ScenarioPort[],
  rowStep: number,
  instruments: Instruments,
): MatrixReport {
  const start = instruments.now();
  const readCpu = stopwatch(instruments);
  const ends = cluster.pods.map(({ ns, name }) => scenarioEnd(engine, `${ns}/${name}`));
  const ports = matrixPorts.map(({ port, protocol }) => ({ port, protocol: scenarioProtocol(protocol) }));
  const matrix = new PodMatrix(engine, ends, ports);
  const hash = instruments.createSha256();
  let allowed = 0;
  let rows = 0;
  for (let source = 0; source < ends.length; source += rowStep) {
    const row = matrix.row(source);
    hash.update(row.bytes);
    allowed += row.allowed;
    rows++;
  }
  const hex = hash.hex();
  return {
    rows,
    totalRows: ends.length,
    rowStep,
    ports: ports.length,
    verdicts: rows * ends.length * ports.length,
    allowed,
    hash: hex,
    seconds: round((instruments.now() - start) / 1000, 4),
    cpuSeconds: round(readCpu() / 1000, 4),
  };
}

// ------------------------------------------------------------------------ changes

const CHANGES = 40;

/** Medians over single changes, each with a verdict that concerns it; the end state is checked against a fresh build. */
function measureChanges(
  engine: PolicyEngine,
  cluster: ScenarioCluster,
  columns: QueryColumns,
  instruments: Instruments,
): { relabelMs: number; policyChangeMs: number } {
  const pods = [...cluster.pods];
  const policies = [...cluster.policies];
  const relabel: number[] = [];
  const change: number[] = [];
  for (let i = 0; i < CHANGES && pods.length > 1; i++) {
    const at = Math.floor((i * pods.length) / CHANGES);
    const pod = pods[at];
    const model = pods[(at + Math.floor(pods.length / 2)) % pods.length];
    if (pod === undefined || model === undefined) continue;
    // Labels of a quite different pod, every other time with a value nobody has had yet.
    const labels = { ...model.labels, ...(i % 2 === 0 ? {} : { version: `v-${i}` }) };
    pods[at] = { ...pod, labels };
    relabel.push(timed(instruments, () => engine.setPod(scenarioPodFacts({ ...pod, labels })), engine, pod));
  }
  const plain = policies.flatMap((policy, at) => (isClusterPolicy(policy) ? [] : [{ policy, at }]));
  for (let i = 0; i < CHANGES && plain.length > 1; i++) {
    const own = plain[Math.floor((i * plain.length) / CHANGES)];
    const model = plain[(Math.floor((i * plain.length) / CHANGES) + 1) % plain.length];
    if (own === undefined || model === undefined) continue;
    const changed: NetworkPolicy = { ...own.policy, spec: model.policy.spec ?? {} };
    policies[own.at] = changed;
    const near = pods.find((pod) => pod.ns === (own.policy.metadata.namespace ?? "default")) ?? pods[0];
    if (near !== undefined) change.push(timed(instruments, () => engine.setPolicy(changed), engine, near));
  }
  assertCurrent(engine, { ...cluster, pods, policies }, columns);
  return { relabelMs: round(median(relabel), 4), policyChangeMs: round(median(change), 4) };
}

function timed(
  instruments: Instruments,
  change: () => void,
  engine: PolicyEngine,
  pod: { readonly ns: string; readonly name: string },
): number {
  const read = stopwatch(instruments);
  change();
  const end = scenarioEnd(engine, `${pod.ns}/${pod.name}`);
  engine.allows(engine.addressEnd("203.0.113.1"), end, 0, 8080);
  return read();
}

function assertCurrent(engine: PolicyEngine, cluster: ScenarioCluster, columns: QueryColumns): void {
  const fresh = engineOfCluster(cluster);
  const names = columns.ends.map((end) => end.name);
  const count = Math.min(columns.sources.length, 20_000);
  const slice = (column: Int32Array) => column.subarray(0, count);
  const cut = {
    sources: slice(columns.sources),
    destinations: slice(columns.destinations),
    ports: slice(columns.ports),
    protocols: slice(columns.protocols),
  };
  const [kept, rebuilt] = [engine, fresh].map((one) =>
    answer(one, { ...cut, ends: names.map((name) => scenarioEnd(one, name)) }),
  );
  if (kept?.bytes.join() !== rebuilt?.bytes.join()) throw new Error("verdicts after changes differ from a fresh build");
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >>> 1] ?? 0;
}
